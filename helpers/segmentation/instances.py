"""Cells one by one: a mask that keeps them apart, and how many of them a network finds."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import label
from torch import Tensor

from helpers.datasets.segmentation import between


def separated(instances: Tensor | np.ndarray) -> Tensor:
    """Return masks of two classes in which cells that touch are parted by a thin line of background.

    Parameters
    ----------
    instances : Tensor or array [N, H, W], integer
        0 is background, every cell has a number of its own.

    Returns
    -------
    Tensor [N, H, W], uint8
        1 for a cell, without the pixels that have another cell among their eight neighbours.

    References
    ----------
    Ronneberger, Fischer and Brox 2015, U-Net, section 3: such lines between touching cells are what it has to learn.

    Examples
    --------
    >>> separated(np.array([[[1, 1, 1, 2, 2, 2, 0, 3]]])).tolist()
    [[[1, 1, 0, 0, 1, 1, 0, 1]]]
    """
    instances = np.asarray(instances).astype(np.int32)
    apart = [(cells > 0) & ~between(cells) for cells in instances]
    return torch.from_numpy(np.stack(apart).astype(np.uint8))


def cells_found(found: Tensor | np.ndarray, instances: Tensor | np.ndarray) -> float:
    """Return the F1 of cells found: a blob of the mask and a cell belong together if their IoU is above 1/2.

    Parameters
    ----------
    found : Tensor or array [N, H, W]
        What is not 0 is cell; pixels that touch (above, below, left, right) are one blob.
    instances : Tensor or array [N, H, W], integer
        The true cells, as for :func:`separated`.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN) over all pictures; nan if there is no cell and no blob. Above an IoU of 1/2 no cell can
        have two blobs and no blob two cells.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Caicedo et al. 2019, Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl (F1 at an IoU).

    Examples
    --------
    >>> cells = np.array([[[1, 1, 1, 2, 2, 2, 0, 3]]])
    >>> cells_found(cells > 0, cells)  # 1 and 2 are one blob, 3 is found: TP 1, FP 1, FN 2
    0.4
    >>> cells_found(separated(cells), cells)
    1.0
    """
    found, instances = np.asarray(found), np.asarray(instances)
    if found.shape != instances.shape or found.ndim != 3:
        raise ValueError(f"found is {[*found.shape]}, instances {[*instances.shape]}; expected one shape, [N, H, W].")
    right = blobs = cells = 0
    for mask, truth in zip(found, instances, strict=True):
        named, count = label(mask != 0)
        numbers, truth = np.unique(truth, return_inverse=True)
        truth = truth.reshape(mask.shape) + (numbers[0] != 0)  # 0 stays background where there is none
        both = np.zeros((truth.max() + 1, count + 1), int)
        np.add.at(both, (truth.ravel(), named.ravel()), 1)
        union = both.sum(1, keepdims=True) + both.sum(0, keepdims=True) - both
        right += int((both[1:, 1:] / union[1:, 1:] > 0.5).sum())
        blobs, cells = blobs + count, cells + int(truth.max())
    return 2 * right / (blobs + cells) if blobs + cells else float("nan")
