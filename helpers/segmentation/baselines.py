"""What a network has to beat: classifiers that name each pixel from its colour, alone or with that of its surroundings.

A classifier of scikit-learn sees a pixel as a row of numbers (:func:`pixel_features`). :class:`PixelClassifier` shows
it some of the pixels of the training pictures and then asks it for every pixel of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from sklearn.cluster import KMeans
from torch import Tensor

from helpers.datasets.pictures import IGNORE


def pixel_features(images: Tensor, widths: Sequence[float] = ()) -> np.ndarray:
    """Describe each pixel by its colour and, for each width, by the mean and the spread of the colours around it.

    Parameters
    ----------
    images : Tensor [N, C, H, W], uint8
    widths : sequence of float
        Standard deviations, in pixels, of the Gaussian windows that means and spreads are taken in.

    Returns
    -------
    array [N * H * W, C * (1 + 2 * len(widths))], float32
        Colours from 0 to 1, then C means and C standard deviations a width; pictures beyond their border are mirrored.

    Raises
    ------
    ValueError
        If the pictures are not uint8 [N, C, H, W] or a width is not above 0.

    Examples
    --------
    >>> pixel_features(torch.full((1, 3, 2, 2), 255, dtype=torch.uint8), widths=[1.0]).shape
    (4, 9)
    """
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(f"The pictures are {images.dtype} {[*images.shape]}; expected uint8 [N, C, H, W].")
    if not all(width > 0 for width in widths):
        raise ValueError(f"widths={widths!r}: expected standard deviations in pixels, above 0.")
    colours = images.cpu().numpy().astype(np.float32) / 255
    found = [colours]
    for width in widths:
        mean = gaussian_filter(colours, (0, 0, width, width))
        # The mean of squares less the square of the mean; rounding can bring it a little below 0.
        variance = gaussian_filter(colours**2, (0, 0, width, width)) - mean**2
        found += [mean, np.sqrt(np.maximum(variance, 0))]
    features = np.concatenate(found, axis=1)
    return features.transpose(0, 2, 3, 1).reshape(-1, features.shape[1])


class PixelClassifier:
    """Name each pixel by a classifier of rows of numbers, such as scikit-learn's random forest.

    Parameters
    ----------
    estimator : object with ``fit(X, y)`` and ``predict(X)``
    widths : sequence of float
        See :func:`pixel_features`; none for the pixel's own colour alone.
    pixels : int
        How many pixels of the training pictures the estimator is shown, drawn without replacement.
    seed : int

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> images = torch.tensor([0, 0, 200, 200], dtype=torch.uint8).view(1, 1, 2, 2)
    >>> masks = torch.tensor([[[3, 3], [5, 255]]])
    >>> PixelClassifier(DecisionTreeClassifier()).fit(images, masks).predict(images)
    tensor([[[3, 3],
             [5, 5]]], dtype=torch.uint8)
    """

    def __init__(self, estimator: Any, widths: Sequence[float] = (), pixels: int = 40_000, seed: int = 0):
        self.estimator, self.widths, self.pixels, self.seed = estimator, tuple(widths), pixels, seed

    def fit(self, images: Tensor, masks: Tensor) -> PixelClassifier:
        """Learn from pictures and their masks; void pixels are left out.

        Parameters
        ----------
        images : Tensor [N, C, H, W], uint8
        masks : Tensor [N, H, W], integer

        Raises
        ------
        ValueError
            If sizes do not fit or every pixel is void.
        """
        if masks.shape != (len(images), *images.shape[2:]):
            raise ValueError(f"The pictures are {[*images.shape]}, the masks {[*masks.shape]}: they do not fit.")
        labels = masks.cpu().numpy().ravel()
        known = np.flatnonzero(labels != IGNORE)
        if not len(known):
            raise ValueError("Every pixel of the masks is void: there is nothing to learn.")
        chosen = np.random.default_rng(self.seed).choice(known, min(self.pixels, len(known)), replace=False)
        self.estimator.fit(pixel_features(images, self.widths)[chosen], labels[chosen])
        return self

    def predict(self, images: Tensor) -> Tensor:
        """Return the class of every pixel, Tensor [N, H, W], uint8."""
        named = self.estimator.predict(pixel_features(images, self.widths))
        return torch.from_numpy(named.astype(np.uint8)).view(len(images), *images.shape[2:])


class NamedClusters:
    """K-means, and for each cluster the class that most of its training pixels have.

    Clusters are found without the labels; these only give names.

    Parameters
    ----------
    clusters : int
    seed : int

    Examples
    --------
    >>> rows = np.array([[0.0], [0.1], [1.0], [1.1], [1.2]])
    >>> NamedClusters(2).fit(rows, [7, 7, 4, 4, 7]).predict([[0.2], [0.9]])
    array([7, 4])
    """

    def __init__(self, clusters: int, seed: int = 0):
        self.clusters, self.seed = clusters, seed

    def fit(self, rows: np.ndarray, labels: np.ndarray) -> NamedClusters:
        """Find clusters of rows [N, F], and name each by the most frequent of its labels [N]."""
        self.means = KMeans(self.clusters, n_init=1, random_state=self.seed).fit(rows)
        names, numbers = np.unique(labels, return_inverse=True)
        votes = np.zeros((self.clusters, len(names)), int)
        np.add.at(votes, (self.means.labels_, numbers), 1)
        self.names = names[votes.argmax(axis=1)]
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the name of the nearest cluster of each row, array [N]."""
        return self.names[self.means.predict(rows)]
