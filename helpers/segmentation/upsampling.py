"""One layer that enlarges a map, looked at by itself: what pattern it draws on a blank sheet, and how fast it learns.

For any module that takes a map [N, C, H, W] and gives one a whole number of times as large.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@torch.no_grad()
def unevenness(up: nn.Module, channels: int = 3, factor: int = 2) -> float:
    """Measure the checkerboard that a layer draws: how far pixels of different places differ on a blank sheet.

    Parameters
    ----------
    up : Module
        [N, channels, H, W] -> [N, any, factor * H, factor * W].
    channels, factor : int

    Returns
    -------
    float
        Standard deviation, for a sheet of ones, over the ``factor * factor`` kinds of pixels, mean over the channels
        that come out. Pixels near the border are left out.

    References
    ----------
    Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016.

    Examples
    --------
    >>> unevenness(nn.Upsample(scale_factor=2))
    0.0
    """
    sheet = up(torch.ones(1, channels, 16, 16))[0, :, 4 * factor : -4 * factor, 4 * factor : -4 * factor]
    kinds = sheet.unflatten(2, (8, factor)).unflatten(1, (8, factor)).mean((1, 3))  # [channels, factor, factor]
    return kinds.std((1, 2)).mean().item()


def teach(
    up: nn.Module,
    train: tuple[Tensor, Tensor],
    new: tuple[Tensor, Tensor] | None = None,
    *,
    steps: int = 300,
    seed: int = 0,
    lr: float = 0.01,
) -> list[float]:
    """Teach a layer to make large maps of small ones, by Adam on the mean square error of batches of 8.

    Parameters
    ----------
    up : Module
        Trained in place, where it is.
    train : (Tensor [N, C, h, w], Tensor [N, C, H, W])
        Small maps, and the large ones that are wanted.
    new : the same of other pictures, optional
        To be judged on.
    steps, seed, lr
        Updates; luck of the batches; Adam's rate.

    Returns
    -------
    list of float
        The mean square error on ``new`` before each update; empty without ``new``.
    """
    luck, adam, errors = torch.Generator().manual_seed(seed), torch.optim.Adam(up.parameters(), lr=lr), []
    small, large = train
    for _ in range(steps):
        if new is not None:
            with torch.no_grad():
                errors.append(F.mse_loss(up(new[0]), new[1]).item())
        batch = torch.randint(len(small), (8,), generator=luck)
        F.mse_loss(up(small[batch]), large[batch]).backward()
        adam.step()
        adam.zero_grad()
    return errors
