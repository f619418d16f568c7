"""Which positions a filter, a transposed convolution or a pyramid's bin touches, counted with NumPy and no network.

What figures of atrous filters, checkerboards and pyramid bins are drawn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def valid_taps(size: int | tuple[int, int], rate: int, kernel: int = 3) -> dict[int, float]:
    """Count on how much of a map an atrous filter reads how many numbers of the map, not of its zero padding.

    Parameters
    ----------
    size : int or (height, width)
        Of the map, not of the picture.
    rate : int
        Positions from one tap to the next.
    kernel : int
        Taps a side, odd; the map is padded so that it keeps its size.

    Returns
    -------
    dict of int to float
        For each number of taps that a position can have, the share of all positions; they add up to 1.

    References
    ----------
    Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, section 3.3 and figure 4.

    Examples
    --------
    >>> {taps: round(share, 3) for taps, share in valid_taps(65, rate=6).items()}
    {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.034, 6: 0.301, 9: 0.665}
    """
    rate, kernel = whole_number("rate", rate), whole_number("kernel", kernel)
    if kernel % 2 == 0:
        raise ValueError(f"kernel={kernel}: an even filter has no middle; expected an odd number.")
    offsets = (np.arange(kernel) - kernel // 2) * rate
    # How many positions of a side have 1, 2, ... taps inside.
    sides = [Counter(_inside(n, offsets).tolist()) for n in _sides("size", size)]
    shares = dict.fromkeys(sorted({a * b for a in range(1, kernel + 1) for b in range(1, kernel + 1)}), 0.0)
    total = sides[0].total() * sides[1].total()
    for down, rows in sides[0].items():
        for across, columns in sides[1].items():
            shares[down * across] += rows * columns / total
    return shares


def overlap_counts(
    size: int | tuple[int, int],
    kernel: int | tuple[int, int],
    stride: int | tuple[int, int],
    padding: int | tuple[int, int] = 0,
) -> np.ndarray:
    """Count how many inputs of a transposed convolution add to each of its outputs.

    Where the kernel is no multiple of the stride the counts differ from output to output: the checkerboard.

    Parameters
    ----------
    size : int or (height, width)
        Of the map that goes in. An int makes one axis, a pair two.
    kernel, stride, padding : int or (vertical, horizontal)
        As in :class:`torch.nn.ConvTranspose2d`.

    Returns
    -------
    array [L] or [H, W], int

    References
    ----------
    Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016.

    Examples
    --------
    >>> overlap_counts(5, kernel=3, stride=2)
    array([1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1])
    >>> overlap_counts(5, kernel=4, stride=2, padding=1)
    array([1, 2, 2, 2, 2, 2, 2, 2, 2, 1])
    """
    axes = []
    for n, k, s, p in zip(
        *(_sides(*one) for one in (("size", size), ("kernel", kernel), ("stride", stride))),
        _sides("padding", padding, least=0),
        strict=True,
    ):
        counts = np.zeros((n - 1) * s + k, int)
        np.add.at(counts, np.arange(n)[:, None] * s + np.arange(k), 1)
        if len(counts) <= 2 * p:
            raise ValueError(f"padding={p} cuts off all {len(counts)} outputs; expected less than {len(counts) / 2:g}.")
        axes.append(counts[p : len(counts) - p])
    return axes[0] if isinstance(size, (int, np.integer)) else np.outer(*axes)


def coverage(rates: Sequence[int], kernel: int = 3) -> np.ndarray:
    """Count on how many ways a stack of atrous convolutions reads each position along one axis.

    A 0 is a position that the stack never sees: the gridding artefact. Both axes at once: ``np.outer(c, c)``.

    Parameters
    ----------
    rates : sequence of int
        One a layer, in any order.
    kernel : int
        Taps a side.

    Returns
    -------
    array [1 + sum of (kernel - 1) * rate], int
        As long as the stack's receptive field, which the middle unit is the centre of.

    References
    ----------
    Wang et al., "Understanding Convolution for Semantic Segmentation", 2018, section 3.2 and figure 2.

    Examples
    --------
    >>> coverage([2, 2, 2])
    array([1, 0, 3, 0, 6, 0, 7, 0, 6, 0, 3, 0, 1])
    >>> counts = coverage([1, 2, 5])
    >>> int(np.count_nonzero(counts)), len(counts)
    (17, 17)
    """
    kernel, counts = whole_number("kernel", kernel), np.ones(1, int)
    if isinstance(rates, (int, np.integer)):
        raise ValueError(f"rates={rates}: expected one a layer, such as rates=[{rates}].")
    for rate in rates:
        holes = np.zeros((kernel - 1) * whole_number("rate", rate) + 1, int)
        holes[::rate] = 1
        counts = np.convolve(counts, holes)
    return counts


def pyramid_bins(size: int | tuple[int, int], bins: int | tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Find the windows of a map that adaptive average pooling takes the means of, row by row.

    Where the bins do not divide the map, windows overlap. The pooling of the PSPNet paper's code, with kernel and
    stride alike, needs a map that they divide: 60 x 60.

    Parameters
    ----------
    size : int or (height, width)
        Of the map.
    bins : int or (rows, columns)

    Returns
    -------
    list of (top, left, bottom, right)
        In units of the map; bottom and right are the first that are outside.

    References
    ----------
    Zhao et al., "Pyramid Scene Parsing Network", 2017, section 3.2.

    Examples
    --------
    >>> pyramid_bins(60, 2)
    [(0, 0, 30, 30), (0, 30, 30, 60), (30, 0, 60, 30), (30, 30, 60, 60)]
    >>> [(top, bottom) for top, left, bottom, right in pyramid_bins(28, 6) if left == 0]
    [(0, 5), (4, 10), (9, 14), (14, 19), (18, 24), (23, 28)]
    """
    rows, columns = (adaptive_windows(n, m) for n, m in zip(_sides("size", size), _sides("bins", bins), strict=True))
    return [(top, left, bottom, right) for top, bottom in rows for left, right in columns]


def adaptive_windows(n: int, m: int) -> list[tuple[int, int]]:
    """Return the m windows (start, stop) that adaptive pooling lays over n units."""
    return [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


def _inside(n, offsets):
    """Count the taps inside for each of n positions."""
    taps = np.arange(n)[:, None] + offsets
    return ((taps >= 0) & (taps < n)).sum(1)


def whole_number(name: str, value: int, least: int = 1) -> int:
    """Return ``value``, or tell by the argument's name what was expected."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}={value!r}: expected a whole number, {least} or more.")
    return int(value)


def _sides(name, value, least=1):
    """Return (vertical, horizontal) of one number for both or of a pair."""
    both = (value, value) if isinstance(value, (int, float, np.integer)) else tuple(value)
    if len(both) != 2:
        raise ValueError(f"{name}={value!r}: expected one whole number or a pair (vertical, horizontal).")
    return tuple(whole_number(name, one, least) for one in both)
