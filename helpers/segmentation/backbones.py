"""torchvision's classifiers without their classifier: three feature maps, at any output stride.

The output stride is how many pixels of the picture one cell of the last map stands for. A classifier ends at 32; a
network that draws borders wants 16 or 8. :func:`make_atrous` gets there without touching a weight: where a layer would
step by 2 it steps by 1, and all filters behind it spread their taps by 2 instead (Chen et al. 2017, DeepLabv3, 3.1).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
import torchvision
from torch import Tensor, nn
from torch.func import functional_call

from helpers.segmentation import weights
from helpers.segmentation.running import on_meta

_RESNET = {"low": "layer1", "middle": "layer3", "high": "layer4"}
# Where each trunk is tapped: after the layers of stride 4, after those of stride 16, at the end. MobileNetV2's last
# 1x1 convolution, to 1,280 channels, belongs to its classifier and stays out (as in the DeepLab authors' model).
_TAPS = {
    **{f"resnet{depth}": _RESNET for depth in (18, 34, 50, 101, 152)},
    "mobilenet_v2": {"low": "3", "middle": "13", "high": "17"},
}


class Features(NamedTuple):
    """What a trunk sees: fine and simple, in between, coarse and rich."""

    low: Tensor  # [N, C_low, H/4, W/4]
    middle: Tensor  # [N, C_middle, H/s, W/s], s = min(16, output_stride)
    high: Tensor  # [N, C_high, H/s, W/s], s = output_stride


class Trunk(nn.ModuleDict):
    """The layers of a torchvision classifier up to its last feature map, under torchvision's names.

    Parameters
    ----------
    name : {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "mobilenet_v2"}
    output_stride : {32, 16, 8, 4}

    Attributes
    ----------
    channels : Features of int
        Channels of the three maps.

    Raises
    ------
    ValueError
        For a name or an output stride that is not in the lists.
    """

    def __init__(self, name: str, output_stride: int = 32):
        super().__init__()
        one_of("backbone", name, _TAPS)
        one_of("output_stride", output_stride, (32, 16, 8, 4))
        self.name, self.output_stride, self.taps = name, output_stride, _TAPS[name]
        whole = getattr(torchvision.models, name)(weights=None)
        layers = dict((whole.features if hasattr(whole, "features") else whole).named_children())
        last = [*layers].index(self.taps["high"]) + 1
        self.update(dict([*layers.items()][:last]))
        make_atrous(self, output_stride)
        with torch.no_grad():
            maps = functional_call(self, on_meta(self), (torch.empty(2, 3, 64, 64, device="meta"),))
        self.channels = Features(*(one.shape[1] for one in maps))

    def forward(self, images: Tensor) -> Features:
        kept, x = {}, images
        for name, layer in self.items():
            x = kept[name] = layer(x)
        return Features(**{tap: kept[name] for tap, name in self.taps.items()})

    def load_torchvision(self, state: Mapping[str, Tensor]) -> None:
        """Take the trunk's part of a classifier's state dict; what belongs to its head is left."""
        state = {key.removeprefix("backbone.").removeprefix("features."): value for key, value in state.items()}
        self.load_state_dict(weights.pick(state, self.state_dict(), self.name), strict=False)

    def set_multi_grid(self, units: Sequence[int]) -> None:
        """Give the units of a ResNet's last stage rates of their own, in multiples of the stage's rate.

        At output stride 16 the stage's rate is 2, and ``(1, 2, 4)`` gives 2, 4, 8. A stage of two units takes the first
        two. MobileNetV2 has no such stage and is left as it is.

        References
        ----------
        Chen et al. 2017, DeepLabv3, section 3.2.1.
        """
        if "layer4" not in self:
            return
        for unit, block in zip(units, self["layer4"], strict=False):
            rate = unit * 32 // self.output_stride
            for layer in block.modules():
                if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
                    layer.dilation = layer.padding = (rate, rate)


def make_atrous(model: nn.Module, output_stride: int) -> nn.Module:
    """Make a network keep a finer map: no step beyond the output stride, filters spread by as much instead.

    The weights stay as they are, and so does what they compute: the new map, taken at every s-th position, is the old
    one. For that, a layer that steps keeps the rate of what comes before it; only the layers behind it spread. Calling
    it again with a smaller stride goes on from there.

    Parameters
    ----------
    model : Module
        Takes [N, 3, H, W]. Its layers are changed in place.
    output_stride : int
        A power of two, at most the stride that the network has.

    Returns
    -------
    Module
        The same.

    Raises
    ------
    ValueError
        If the stride is no power of two or larger than the network's own, or a pooling layer with an even kernel would
        have to spread (it has no centre).

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 4, 3, stride=2, padding=1),
    ...                     nn.Conv2d(4, 4, 3, padding=1))
    >>> make_atrous(net, 2)(torch.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 4, 4, 4])
    >>> [layer.dilation for layer in net]
    [(1, 1), (1, 1), (2, 2)]
    """
    if output_stride < 1 or output_stride & (output_stride - 1):
        raise ValueError(f"output_stride={output_stride}: expected a power of two, such as 16 or 8.")
    strides = _strides(model)
    if (most := max(after for _, after in strides.values())) < output_stride:
        raise ValueError(f"output_stride={output_stride}: the network has {most} already, and steps don't come back.")
    for name, (before, after) in strides.items():
        layer = model.get_submodule(name)
        rate = max(1, before // output_stride)
        step = min(after, output_stride) // min(before, output_stride)
        kernel, dilation, padding = (_pair(getattr(layer, key)) for key in ("kernel_size", "dilation", "padding"))
        if rate > 1 and any(size % 2 == 0 for size in kernel):
            raise ValueError(f"{name} has the even kernel {kernel}: it has no centre to spread around.")
        if max(kernel) > 1:
            layer.dilation = tuple(rate * one for one in dilation)
            layer.padding = tuple(rate * one for one in padding)
        layer.stride = (step, step)
    return model


def _strides(model) -> dict[str, tuple[int, int]]:
    """Each convolution and max pooling: the stride of its input and of its output, read off the size of the maps."""
    found, size = {}, 256
    twin = copy.deepcopy(model).to("meta").eval()

    def stride(x):
        return 2 ** round(math.log2(size / x.shape[-1]))

    for name, layer in twin.named_modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            layer.register_forward_hook(
                lambda _, given, out, name=name: found.update({name: (stride(given[0]), stride(out))})
            )
    with torch.no_grad():
        twin(torch.empty(1, 3, size, size, device="meta"))
    return found


def _pair(value) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def one_of(name: str, value, allowed) -> None:
    """Raise ValueError, with the list, for a value that is not in it."""
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, allowed))}.")
