"""DeconvNet's way up in miniature, with the choice of what stands in for its unpooling.

:class:`SmallDeconvNet` learns in seconds. How it enlarges a map is a function ``(x, where, size)``: :func:`by_switches`
is the paper's, the others are what it is compared with. All have no weights, so the networks differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from helpers.segmentation.layers import BatchNorm2d, Network, conv_bn_relu

Unpooling = Callable[[Tensor, Tensor, tuple[int, int]], Tensor]


def by_switches(x: Tensor, where: Tensor, size: tuple[int, int]) -> Tensor:
    """Put each value back to where its maximum was, zeros elsewhere.

    Parameters
    ----------
    x : Tensor [N, C, h, w]
    where : Tensor [N, C, h, w], int64
        What ``max_pool2d(..., 2, return_indices=True)`` gave: places in the flat map before the pooling.
    size : (H, W)
        Of that map.

    Returns
    -------
    Tensor [N, C, H, W]

    References
    ----------
    Noh, Hong, Han 2015, "Learning Deconvolution Network for Semantic Segmentation", section 3.2.1.

    Examples
    --------
    >>> import torch
    >>> x, where = F.max_pool2d(torch.tensor([[[[1.0, 4.0], [2.0, 3.0]]]]), 2, return_indices=True)
    >>> by_switches(x, where, (2, 2))
    tensor([[[[0., 4.],
              [0., 0.]]]])
    """
    return F.max_unpool2d(x, where, 2, output_size=size)


def by_shuffled_switches(x: Tensor, where: Tensor, size: tuple[int, int]) -> Tensor:
    """The same with false switches: each value stays in its window, at the place that another window's switch says.

    A map of switches is turned by 180 degrees, so that they are as they were in number and kind, and always the same.
    Parameters, shapes as :func:`by_switches`.
    """
    row, column = _corners(where, size[1])
    down, right = where // size[1] - row, where % size[1] - column
    return by_switches(x, (row + down.flip(2, 3)) * size[1] + column + right.flip(2, 3), size)


def to_corners(x: Tensor, where: Tensor, size: tuple[int, int]) -> Tensor:
    """The same without memory: each value to the upper left of its window.

    Parameters, shapes as :func:`by_switches`.
    """
    row, column = _corners(where, size[1])
    return by_switches(x, row * size[1] + column, size)


def everywhere(x: Tensor, where: Tensor, size: tuple[int, int]) -> Tensor:
    """Plain up-sampling: each value to all places of its window. Parameters, shapes as :func:`by_switches`."""
    return F.interpolate(x, size=size, mode="nearest")


def _corners(where, width):
    """Return row and column of the upper left of each switch's window."""
    return where // width // 2 * 2, where % width // 2 * 2


class SmallDeconvNet(Network):
    """A convolution and a pooling a stage on the way down, an unpooling and a deconvolution a stage on the way up.

    Parameters
    ----------
    num_classes : int
        Or how many numbers a pixel: 3 where it is to give a picture back.
    unpool : callable
        One of this module's functions.
    widths : sequence of int
        Channels of the stages.
    fc_channels : int or None
        Of a vector that the lowest map is squeezed to, as in the paper, and unfolded from; None for none.
    fc_kernel : int
        Side of that lowest map: that of the pictures over ``2 ** len(widths)``.

    Notes
    -----
    Where it differs from :class:`.deconvnet.DeconvNet`: three stages, one layer a stage, PyTorch's own first weights.

    References
    ----------
    Noh, Hong, Han 2015, section 3 and figure 2.
    """

    def __init__(
        self,
        num_classes: int,
        unpool: Unpooling = by_switches,
        widths: Sequence[int] = (12, 24, 48),
        fc_channels: int | None = None,
        fc_kernel: int = 6,
    ):
        super().__init__(num_classes, smallest=2 ** len(widths) * (fc_kernel if fc_channels else 1))
        self.unpool = unpool
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = 3
        for width in widths:
            self.down.append(conv_bn_relu(before, width))
            self.up.insert(0, _deconv_bn_relu(width, widths[0] if before == 3 else before, 3, padding=1))
            before = width
        self.fc = nn.Sequential()
        if fc_channels:
            self.fc.append(nn.Conv2d(before, fc_channels, fc_kernel))  # fc6: the whole map -> 1x1
            self.fc.extend(
                [BatchNorm2d(fc_channels), nn.ReLU(inplace=True), *conv_bn_relu(fc_channels, fc_channels, 1)]
            )
            self.fc.extend(_deconv_bn_relu(fc_channels, before, fc_kernel))  # and back
        self.classifier = nn.Conv2d(widths[0], num_classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> [N, num_classes, H, W], float."""
        x, kept = self.check(images), []
        for stage in self.down:
            x = stage(x)
            size = x.shape[2:]
            x, where = F.max_pool2d(x, 2, return_indices=True)
            kept.append((where, size))
        x = self.fc(x)
        for stage in self.up:
            x = stage(self.unpool(x, *kept.pop()))
        return self.classifier(x)


def _deconv_bn_relu(before: int, after: int, kernel: int, padding: int = 0) -> nn.Sequential:
    layer = nn.ConvTranspose2d(before, after, kernel, padding=padding, bias=False)
    return nn.Sequential(layer, BatchNorm2d(after), nn.ReLU(inplace=True))
