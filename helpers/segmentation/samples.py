"""Small sets of pictures on which one thing at a time can be shown, and the real sets that take their place.

Each gives tensors that :func:`helpers.training.fit` takes as they are. With ``real=True`` they come from a real set
where one is at hand; otherwise, and wherever none fits, from the course's drawn scenes.
"""

from __future__ import annotations

import torch
from torch import Tensor

from helpers import datasets
from helpers.datasets import scenes


def street(split: str, n: int, size: int) -> tuple[Tensor, Tensor]:
    """Boats on water and cars on roads that look alike: no real set holds that.

    Returns
    -------
    images : Tensor [n, 3, size, size], uint8
    masks : Tensor [n, size, size], uint8
        0 background, 1 boat, 2 car.
    """
    return datasets.as_tensors(scenes.Scenes(split, n=n, size=size, only="context"))


def outlines(split: str, n: int, size: int, *, real: bool = False):
    """Pictures in which outlines are what matters: balloons of all sizes, poles and wires; really, cell membranes.

    Returns
    -------
    data : data set
        For its names and colours.
    images : Tensor [N, C, H, W], uint8
        Of ISBI 2012 all there are, of 256x256.
    masks : Tensor [N, H, W], uint8
    """
    if real and datasets.available("isbi2012"):
        data = datasets.load("isbi2012", split=split, size=(256, 256))
    else:
        data = scenes.Scenes(split, n=n, size=size, only=("thin", "scale"))
    return data, *datasets.as_tensors(data)


def microscope(split: str, n: int, size: int | tuple[int, int], *, real: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """Cells of one kind, bright on a dark ground; really, nuclei of the 2018 Data Science Bowl, 128x128.

    Returns
    -------
    images : Tensor [n, 3, H, W], uint8
    masks : Tensor [n, H, W], uint8
        0 background, 1 cell.
    cells : Tensor [n, H, W], integer
        The cells of a picture one by one from 1.

    Raises
    ------
    ValueError
        If a real set has fewer such pictures.
    """
    if real and datasets.available("dsb2018"):
        images, cells = datasets.as_tensors(datasets.load("dsb2018", split=split, size=(128, 128), instances=True))
    else:
        # Two in five scenes are dark; enough are drawn that n of them are there.
        images, _, cells = scenes.draw(6 * n + 20, size, split=split, only="touching", instances=True)
        images, cells = torch.from_numpy(images).movedim(3, 1).contiguous(), torch.from_numpy(cells)
    dark = torch.nonzero(images.float().mean((1, 2, 3)) < 110)[:n, 0]
    if len(dark) < n:
        raise ValueError(f"There are {len(dark)} pictures of this kind in {split}, fewer than n={n}.")
    return images[dark], (cells[dark] > 0).to(torch.uint8), cells[dark]
