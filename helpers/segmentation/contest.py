"""A contest of networks: one trouble at a time, a score a seed, and what may be said when two are compared.

Each trouble of :mod:`helpers.datasets.scenes` is a set of pictures of its own, and its score counts what it is about:
poles, birds, boats and cars, balloons, or cells one by one. A network is ahead of another only if its worst seed is
better than the other's best; :func:`by_luck` says how often that happens to two that do not differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from helpers.datasets import scenes
from helpers.metrics import ConfusionMatrix
from helpers.segmentation import samples
from helpers.segmentation.boundary import BoundaryF1
from helpers.segmentation.instances import cells_found, separated


class Pictures(NamedTuple):
    """Pictures of one trouble.

    Attributes
    ----------
    images : Tensor [N, 3, H, W], uint8
    masks : Tensor [N, H, W], uint8
        0 is background. Cells that touch are parted by a line of background.
    cells : Tensor [N, H, W], integer
        The cells of a picture from 1; all 0 where the trouble is another.
    num_classes : int
    """

    images: Tensor
    masks: Tensor
    cells: Tensor
    num_classes: int


class Scores(NamedTuple):
    """What one network reached on one trouble: what the trouble is about, mean IoU, boundary F1 within a pixel."""

    own: float
    mean_iou: float
    boundary: float


def pictures(trouble: str, split: str, n: int, size: int = 40) -> Pictures:
    """Draw the pictures of one trouble.

    Parameters
    ----------
    trouble : {"thin", "small", "context", "scale", "touching"}
    split : {"train", "val", "test"}
    n : int
    size : int

    Examples
    --------
    >>> drawn = pictures("context", "val", n=4)
    >>> drawn.images.shape, drawn.masks.shape, drawn.num_classes
    (torch.Size([4, 3, 40, 40]), torch.Size([4, 40, 40]), 3)
    """
    if trouble == "touching":
        images, _, cells = samples.microscope(split, n, size)
        return Pictures(images, separated(cells), cells, 2)
    drawn = scenes.draw(n, size, split=split, only=trouble, instances=True)
    images, masks, cells = map(torch.from_numpy, drawn)
    return Pictures(images.movedim(3, 1).contiguous(), masks, cells, 1 + len(scenes.TROUBLES[trouble]))


def judge(found: Tensor, drawn: Pictures) -> Scores:
    """Score the masks that a network found.

    Parameters
    ----------
    found : Tensor [N, H, W], integer
    drawn : Pictures

    Returns
    -------
    Scores
        ``own`` is the IoU of what the trouble is about (the mean of two classes for "context"), or, where there are
        cells, the F1 of cells found one by one.

    Raises
    ------
    ValueError
        If the masks have another shape: then other pixels would be judged.
    """
    confusion = ConfusionMatrix(drawn.num_classes).update(found, drawn.masks)
    own = cells_found(found, drawn.cells) if drawn.cells.any() else confusion.iou()[1:].nanmean().item()
    boundary = BoundaryF1(drawn.num_classes, tolerance=1).update(found, drawn.masks).mean()
    return Scores(own, confusion.mean_iou(), boundary)


def ahead(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether the worst seed of one is better than the best seed of the other.

    Examples
    --------
    >>> ahead([0.6, 0.7, 0.9], [0.4, 0.5, 0.5]), ahead([0.6, 0.7, 0.9], [0.4, 0.5, 0.65])
    (True, False)
    """
    return min(one) > max(other)


def leaders(scores: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the network with the highest mean, and all that it is not :func:`ahead` of, by their means.

    Examples
    --------
    >>> leaders({"a": [0.5, 0.6], "b": [0.1, 0.2], "c": [0.4, 0.55]})
    ['a', 'c']
    """
    ranked = sorted(scores, key=lambda name: -np.mean(scores[name]))
    return [name for name in ranked if not ahead(scores[ranked[0]], scores[name])]


def by_luck(seeds: int) -> float:
    """Return how often one of two equal networks is :func:`ahead` of the other, with so many seeds each.

    Of all ways to deal ``2 * seeds`` different scores to the two, two part them wholly: an exact permutation test.

    References
    ----------
    Fisher 1935, The Design of Experiments, section 21.

    Examples
    --------
    >>> [round(by_luck(seeds), 3) for seeds in (1, 2, 3, 5)]
    [1.0, 0.333, 0.1, 0.008]
    """
    return 2 / math.comb(2 * seeds, seeds)


def turned(one: Sequence[float], other: Sequence[float]) -> float:
    """Return in what share of all pairs of single seeds the order of two networks is not that of their means.

    Equal scores count half.

    Examples
    --------
    >>> turned([0.6, 0.7], [0.5, 0.65])  # of four pairs, 0.6 against 0.65 has it the wrong way round
    0.25
    """
    gaps = np.subtract.outer(np.asarray(one, float), np.asarray(other, float)) * np.sign(np.mean(one) - np.mean(other))
    return float((gaps < 0).mean() + (gaps == 0).mean() / 2)


def cheapest(cost: Sequence[float], score: Sequence[float]) -> list[int]:
    """Return the numbers of those that nothing beats: no other costs as little and scores as much, one of both better.

    Ordered by cost.

    References
    ----------
    Pareto 1906, Manuale di economia politica.

    Examples
    --------
    >>> cheapest([1, 2, 3, 2], [0.5, 0.4, 0.9, 0.7])
    [0, 3, 2]
    """
    pairs = list(zip(cost, score, strict=True))
    kept = [
        number
        for number, (paid, got) in enumerate(pairs)
        if not any(c <= paid and s >= got and (c, s) != (paid, got) for c, s in pairs)
    ]
    return sorted(kept, key=lambda number: cost[number])
