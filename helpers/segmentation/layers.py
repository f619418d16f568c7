"""What the networks share: the checks at their door, loading, and the few layers that more than one of them uses."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.segmentation import weights


class Network(nn.Module):
    """The base of every segmentation network: what it takes, and what it says when it gets something else.

    Parameters
    ----------
    num_classes : int
    in_channels : int
        Channels of the pictures: 3 for colour, 1 for grey.
    smallest : int
        The least height and width that the layers can work on, in pixels.
    """

    def __init__(self, num_classes: int, in_channels: int = 3, smallest: int = 1):
        super().__init__()
        for name, value in (("num_classes", num_classes), ("in_channels", in_channels)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name}={value!r}: expected a whole number from 1 up.")
        self.num_classes, self.in_channels, self.smallest = num_classes, in_channels, smallest

    def check(self, images: Tensor) -> Tensor:
        """Return the pictures, channels last in memory; raise where they are not what the network takes.

        Raises
        ------
        TypeError
            For whole numbers, such as uint8 as read from a file.
        ValueError
            For another number of dimensions or channels, or pictures too small.
        """
        name = type(self).__name__
        if not torch.is_floating_point(images):
            raise TypeError(f"{name} got {images.dtype} pictures; expected floats: images.float() / 255, normalised.")
        if images.dim() != 4 or images.shape[1] != self.in_channels:
            raise ValueError(
                f"{name} got pictures of shape {[*images.shape]}; expected [N, {self.in_channels}, H, W] "
                f"(in_channels={self.in_channels})."
            )
        if min(images.shape[2:]) < self.smallest:
            height, width = images.shape[2:]
            raise ValueError(f"{name} got {height}x{width} pixels; it needs {self.smallest}x{self.smallest} or more.")
        return images.contiguous(memory_format=torch.channels_last)

    def load_state_dict(self, state_dict: Mapping[str, Tensor], *args, **options):
        """Load weights as :meth:`torch.nn.Module.load_state_dict` does; ValueError if they are for other classes."""
        self.refuse_other_classes(state_dict)
        return super().load_state_dict(state_dict, *args, **options)

    def refuse_other_classes(self, state_dict: Mapping[str, Tensor]) -> None:
        """Raise ValueError, naming both numbers, if weights are for another number of classes."""
        own = self.state_dict()
        for key in own.keys() & state_dict.keys():
            here, there = own[key].shape, state_dict[key].shape
            if here[:1] == (self.num_classes,) and here != there and len(here) == len(there):
                raise ValueError(
                    f"These weights are for {there[0]} classes ({key}), this {type(self).__name__} has "
                    f"{self.num_classes}. Build it with num_classes={there[0]}, or load the trunk alone."
                )

    def from_torchvision(self, source=None, *, or_random: bool = False) -> Network:
        """Take a classifier's weights for the trunk; a network without one raises ValueError. See :mod:`.weights`."""
        if not hasattr(self, "backbone"):
            raise ValueError(f"torchvision has no weights for {type(self).__name__}: it is trained from scratch.")
        state = self._pretrained(source, self.backbone.name, or_random)
        if state is not None:
            self.backbone.load_torchvision(state)
        return self

    def _pretrained(self, source, default: str, or_random: bool) -> Mapping[str, Tensor] | None:
        return weights.state_dict(default if source is None else source, type(self).__name__, or_random)


class BatchNorm2d(nn.BatchNorm2d):
    """Batch norm that can also be given one value a channel: a batch of one picture, pooled to 1x1.

    One value has no variance: PyTorch refuses it, some packages leave the norm out. This layer then normalises with its
    running statistics, as in ``eval()``, leaves them as they were, and says so once.
    """

    told = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or x.numel() > x.shape[1]:
            return super().forward(x)
        if not BatchNorm2d.told and not torch.compiler.is_compiling():
            BatchNorm2d.told = True
            warnings.warn(
                "A batch of one picture leaves one value a channel in a pooled map: its batch norm uses the running "
                "statistics for this batch. With drop_last=True, or batches of two and more, it never happens.",
                stacklevel=2,
            )
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)


def conv_bn_relu(in_channels: int, out_channels: int, kernel_size: int = 3, *, dilation: int = 1) -> nn.Sequential:
    """Convolution that keeps the size, batch norm, ReLU."""
    padding = dilation * (kernel_size - 1) // 2
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, dilation=dilation, bias=False),
        BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def separable_conv(in_channels: int, out_channels: int, *, dilation: int = 1) -> nn.Sequential:
    """A 3x3 filter a channel, then a 1x1 convolution over channels, batch norm and ReLU after each.

    References
    ----------
    Chen et al. 2018, DeepLabv3+, section 3.1 and figure 3; batch norm and ReLU after the 3x3: section 4 (Xception).
    """
    each = nn.Conv2d(in_channels, in_channels, 3, padding=dilation, dilation=dilation, groups=in_channels, bias=False)
    over = conv_bn_relu(in_channels, out_channels, 1)
    return nn.Sequential(each, BatchNorm2d(in_channels), nn.ReLU(inplace=True), *over)


def bilinear_upsampling(channels: int, factor: int, kernel_size: int | None = None) -> nn.ConvTranspose2d:
    """A transposed convolution that begins as bilinear interpolation and may learn from there.

    Parameters
    ----------
    channels : int
    factor : int
        The stride.
    kernel_size : int, optional
        ``2 * factor`` by default; ``2 * factor - 1`` puts the new pixels onto the old ones, not between them.

    Returns
    -------
    ConvTranspose2d
        Without padding and bias. Weight [channels, channels, k, k]: at first no channel adds to another.

    References
    ----------
    Long et al. 2015, FCN, section 3.3.
    """
    up = nn.ConvTranspose2d(channels, channels, kernel_size or 2 * factor, stride=factor, bias=False)
    size = up.kernel_size[0]
    ramp = 1 - (torch.arange(size) - (size - 1) / 2).abs() / factor  # a triangle: 1 at the centre, 0 a factor away
    with torch.no_grad():
        up.weight.zero_()
        up.weight[range(channels), range(channels)] = ramp[:, None] * ramp
    return up


def resize(x: Tensor, like: Tensor, align_corners: bool = False) -> Tensor:
    """Bilinear interpolation to the height and width of another map."""
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=align_corners)


def centre_crop(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Cut the middle out of a map or a mask [..., H, W]; for a rest of one pixel, the lower and right side loses it."""
    top, left = ((have - want) // 2 for have, want in zip(x.shape[-2:], size, strict=True))
    return x[..., top : top + size[0], left : left + size[1]]


def mirror(images: Tensor, before: int, below: int, right: int) -> Tensor:
    """Continue pictures beyond their borders by their mirror image, again and again where they are small.

    Parameters
    ----------
    images : Tensor [N, C, H, W]
    before : int
        Pixels above and to the left.
    below, right : int

    Examples
    --------
    >>> mirror(torch.arange(3.0).view(1, 1, 1, 3), 0, 0, 4)
    tensor([[[[0., 1., 2., 1., 0., 1., 2.]]]])
    """
    for dim, after in ((2, below), (3, right)):
        size = images.shape[dim]
        there = torch.arange(-before, size + after, device=images.device) % max(2 * size - 2, 1)
        images = images.index_select(dim, torch.minimum(there, (2 * size - 2 - there).clamp(min=0)))
    return images


def he_normal(network: nn.Module) -> None:
    """Fill convolutions for ReLU: standard deviation sqrt(2 / N), N inputs a unit; biases 0 (He et al. 2015)."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            # Of the k*k taps of a transposed convolution, 1 / stride**2 meet each output.
            inputs = layer.in_channels * math.prod(layer.kernel_size)
            if isinstance(layer, nn.ConvTranspose2d):
                inputs //= math.prod(layer.stride)
            nn.init.normal_(layer.weight, std=math.sqrt(2 / (inputs // layer.groups)))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
