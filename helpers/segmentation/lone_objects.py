"""Pictures that hold one object each, or none: what a classifier is asked, with the place that nobody asks it for.

The object's kind says nothing about its place and the place nothing about the kind, so that a classifier has no reason
to keep the place. With a larger ``size`` the object keeps its size in pixels: there is more ground around it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from helpers.segmentation.windows import whole_number

KINDS = ("nothing", "disc", "ring", "cross")
MARGIN = 9  # pixels that the centre of an object keeps from the border; no object reaches farther


def lone_objects(n: int, size: int = 48, *, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Draw pictures with at most one object.

    Parameters
    ----------
    n : int
    size : int
        Pixels a side, 32 or more.
    seed : int

    Returns
    -------
    images : Tensor [n, 3, size, size], uint8
        A mottled ground, and on it an object of 12 to 16 pixels that is lighter or darker.
    kinds : Tensor [n], uint8
        Numbers of :data:`KINDS`, each as often; 0 for a picture of the ground alone.
    places : Tensor [n, 2], float
        Column and row of the object's centre in pixels; where there is none, of where it would have been.

    Raises
    ------
    ValueError
        If there is no room.

    Examples
    --------
    >>> images, kinds, places = lone_objects(8, size=48)
    >>> images.shape, kinds.bincount().tolist(), bool((places > 8).all())
    (torch.Size([8, 3, 48, 48]), [2, 2, 2, 2], True)
    """
    whole_number("n", n), whole_number("size", size, least=32)
    luck = np.random.default_rng([seed, size])
    kinds = luck.permutation(np.arange(n) % len(KINDS))
    places = luck.uniform(MARGIN, size - MARGIN, (n, 2))
    radius = luck.uniform(6, 8, (n, 1, 1))
    rows, columns = np.mgrid[:size, :size].astype(np.float32) + 0.5
    across, down = columns - places[:, :1, None], rows - places[:, 1:, None]  # [n, size, size]
    across, down = (part.astype(np.float32) / radius.astype(np.float32) for part in (across, down))
    away = np.hypot(across, down)
    shapes = [
        np.zeros_like(away, dtype=bool),
        away < 1,
        (away < 1) & (away > 0.5),
        (away < 1) & (np.minimum(abs(across), abs(down)) < 0.3),
    ]
    inside = np.choose(kinds[:, None, None], shapes)
    coarse = _normal(luck, n, 3, -(-size // 6), -(-size // 6)).repeat(6, axis=2).repeat(6, axis=3)
    ground = luck.uniform(100, 155, (n, 3, 1, 1)).astype(np.float32) + 8 * coarse[..., :size, :size]
    # An object differs from its ground by some 70 grey values, up or down, with a tint of its own.
    lift = luck.choice([-1, 1], (n, 1, 1, 1)) * luck.uniform(50, 90, (n, 3, 1, 1))
    pixels = ground + lift.astype(np.float32) * inside[:, None] + 8 * _normal(luck, n, 3, size, size)
    images = torch.from_numpy(pixels.clip(0, 255).astype(np.uint8))
    return images, torch.from_numpy(kinds.astype(np.uint8)), torch.from_numpy(places).float()


def _normal(luck: np.random.Generator, *shape: int) -> np.ndarray:
    return luck.standard_normal(shape, dtype=np.float32)


def crop_around(images: Tensor, places: Tensor, side: int) -> Tensor:
    """Cut the square around each place, moved inwards where it would leave the picture.

    Parameters
    ----------
    images : Tensor [N, C, H, W]
    places : Tensor [N, 2]
        Column and row, in pixels.
    side : int
        Of the square, at most H and W.

    Returns
    -------
    Tensor [N, C, side, side]

    Examples
    --------
    >>> crop_around(torch.arange(5.0).expand(1, 1, 5, 5), torch.tensor([[5.0, 0.0]]), 3)[0, 0, 0]
    tensor([2., 3., 4.])
    """
    limits = [images.shape[3] - side, images.shape[2] - side]
    if min(limits) < 0:
        raise ValueError(f"side={side}: the pictures are {images.shape[2]}x{images.shape[3]}, expected no more.")
    corners = [
        [min(max(round(at - side / 2), 0), most) for at, most in zip(place, limits, strict=True)]
        for place in places.tolist()
    ]
    return torch.stack(
        [one[:, top : top + side, left : left + side] for one, (left, top) in zip(images, corners, strict=True)]
    )


def linear_read_out(known: Tensor, places: Tensor, asked: Tensor, truth: Tensor) -> float:
    """Say how well a linear map reads places out of features: ridge regression, its strength chosen on what is known.

    Parameters
    ----------
    known, asked : Tensor [N, F] and [M, F]
        Features to learn from, and new ones.
    places, truth : Tensor [N, 2] and [M, 2]

    Returns
    -------
    float
        The share of the variance of ``truth`` that is explained (R squared): 1 for perfect, 0 for no better than the
        mean.

    Examples
    --------
    >>> x = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
    >>> round(linear_read_out(x[:40], x[:40, :2], x[40:], x[40:, :2]), 2)
    1.0
    """
    from sklearn.linear_model import RidgeCV

    mean, spread = known.mean(0), known.std(0) + 1e-6
    ridge = RidgeCV(np.logspace(-1, 5, 10)).fit(((known - mean) / spread).numpy(), places.numpy())
    missed = ridge.predict(((asked - mean) / spread).numpy()) - truth.numpy()
    return float(1 - (missed**2).sum() / ((truth - truth.mean(0)) ** 2).sum())
