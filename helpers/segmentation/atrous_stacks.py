"""Stacks of atrous convolutions at full resolution: what they see of a picture, and a task that shows what they miss.

The pattern that rates with a common divisor leave is called gridding: Wang et al. 2018, "Understanding Convolution for
Semantic Segmentation", section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.segmentation.explain import measured_receptive_field, receptive_field


class Sight(NamedTuple):
    """What the middle pixel of a stack's result sees.

    Attributes
    ----------
    theory, measured : int
        Side of the receptive field, worked out and by gradient, in pixels.
    seen : Tensor [size, size], bool
        The pixels whose gradient is not zero.
    parameters : int
    """

    theory: int
    measured: int
    seen: Tensor
    parameters: int


def stack(rates: Sequence[int], classes: int = 2, width: int = 8) -> nn.Sequential:
    """Build 3x3 convolutions of these rates, one after another, and a 1x1 convolution for the scores.

    Parameters
    ----------
    rates : sequence of int
        One a layer.
    classes : int
    width : int
        Channels of every layer.

    Returns
    -------
    Sequential
        [N, 3, H, W] -> logits [N, classes, H, W], float.

    Examples
    --------
    >>> stack((1, 2, 4))(torch.rand(2, 3, 9, 9)).shape
    torch.Size([2, 2, 9, 9])
    """
    layers, before = [], 3
    for rate in rates:
        conv = nn.Conv2d(before, width, 3, padding=rate, dilation=rate, bias=False)
        layers += [conv, nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    return nn.Sequential(*layers, nn.Conv2d(before, classes, 1))


def look(rates: Sequence[int], size: int = 65) -> Sight:
    """Find what a stack sees from the middle of a picture.

    Parameters
    ----------
    rates : sequence of int
    size : int
        Side of the picture in pixels; beyond its border nothing is seen.

    Returns
    -------
    Sight
        theory, measured, seen, parameters.

    Examples
    --------
    >>> sight = look((2, 2, 2))
    >>> sight.theory, sight.measured, int(sight.seen.sum())
    (13, 13, 49)
    """
    model = stack(rates)
    found = measured_receptive_field(model, size, linear=True)
    parameters = sum(p.numel() for p in model.parameters())
    return Sight(receptive_field(model, size=size).height, found.height, found.gradient > 0, parameters)


def specks(n: int, side: int, seed: int, *, reach: int = 3, share: float = 0.01) -> tuple[Tensor, Tensor]:
    """Draw bright specks on noise; the task is to paint all that lies near one.

    Who does not see a pixel does not know whether it holds a speck, whatever it learns.

    Parameters
    ----------
    n : int
    side : int
        Pixels.
    seed : int
    reach : int
        A pixel is painted if a speck lies at most so many rows and so many columns away.
    share : float
        Of the pixels that hold a speck.

    Returns
    -------
    images : Tensor [n, 3, side, side], uint8
    masks : Tensor [n, side, side], uint8
        1 near a speck, else 0.

    Examples
    --------
    >>> images, masks = specks(2, 32, seed=0)
    >>> bool(((images[:, 0] >= 200) <= masks.bool()).all())
    True
    """
    luck = torch.Generator().manual_seed(seed)
    speck = (torch.rand(n, 1, side, side, generator=luck) < share).float()
    grey = 200 * speck + 55 * torch.rand(n, 1, side, side, generator=luck)
    masks = F.max_pool2d(speck, 2 * reach + 1, 1, reach)[:, 0]
    return grey.to(torch.uint8).repeat(1, 3, 1, 1), masks.to(torch.uint8)
