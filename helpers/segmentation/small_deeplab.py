"""DeepLab in small: the same parts on a trunk that trains in a second on one core, to take away one at a time.

Chen et al. 2017, DeepLabv3: a residual trunk whose later strides turn into rates, and the atrous pyramid. Chen et al.
2018, DeepLabv3+: the decoder. The parts are those of :mod:`.deeplab`; only the trunk is another.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.segmentation.backbones import Features, make_atrous
from helpers.segmentation.deeplab import ASPP
from helpers.segmentation.layers import Network, conv_bn_relu, resize


class SmallDeepLab(Network):
    """A residual trunk of a few units, at any output stride; a pyramid and a decoder where they are asked for.

    Parameters
    ----------
    num_classes : int
    output_stride : int
        At most 2 to the number of ``channels``, at least 4: the decoder's fine map has stride 4. The weights do not
        depend on it: ``load_state_dict`` takes those of a network with another.
    channels : sequence of int
        Of the stem and of each unit; each halves the map, until the output stride is reached.
    width : int
        Channels of the pyramid's branches and of the decoder.
    atrous_rates : sequence of int, optional
        Of the pyramid; None for no pyramid.
    decoder : bool
        Add what the first unit saw, before the scores.
    align_corners : bool
        True: a cell of the map stands on the pixel that it was centred on, as in the authors' code, if the sides of
        the picture are one more than a multiple of the stride. False: as in torchvision and
        :class:`.deeplab.DeepLabV3`.

    References
    ----------
    Chen et al. 2017, DeepLabv3, sections 3.1 to 3.3; Chen et al. 2018, DeepLabv3+, section 3.1 and figure 2.

    Examples
    --------
    >>> coarse, fine = (SmallDeepLab(3, output_stride, atrous_rates=None).eval() for output_stride in (16, 8))
    >>> _ = fine.load_state_dict(coarse.state_dict())
    >>> images = torch.rand(1, 3, 65, 65)
    >>> coarse.backbone(images).high.shape, fine.backbone(images).high.shape
    (torch.Size([1, 48, 5, 5]), torch.Size([1, 48, 9, 9]))
    >>> torch.allclose(coarse.backbone(images).high, fine.backbone(images).high[..., ::2, ::2], atol=1e-5)
    True
    """

    def __init__(
        self,
        num_classes: int,
        output_stride: int = 8,
        *,
        channels: Sequence[int] = (16, 24, 32, 48),
        width: int = 32,
        atrous_rates: Sequence[int] | None = (1, 2, 4),
        decoder: bool = False,
        align_corners: bool = True,
    ):
        super().__init__(num_classes)
        if output_stride < 4:
            raise ValueError(f"output_stride={output_stride}: expected 4 at least, the stride of the fine map.")
        self.align_corners = align_corners
        self.backbone = make_atrous(SmallTrunk(channels), output_stride)
        top = channels[-1] if atrous_rates is None else width
        self.aspp = nn.Identity() if atrous_rates is None else ASPP(channels[-1], atrous_rates, width)
        self.low = conv_bn_relu(channels[1], width // 4, 1) if decoder else None
        self.decoder = (
            nn.Sequential(conv_bn_relu(top + width // 4, width), conv_bn_relu(width, width)) if decoder else None
        )
        self.classifier = nn.Conv2d(width if decoder else top, num_classes, 1)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        images = self.check(images)
        features = self.backbone(images)  # low [N, 24, H/4, W/4], high [N, 48, H/s, W/s], s = output_stride
        x = self.aspp(features.high)
        if self.decoder is not None:
            low = self.low(features.low)
            x = self.decoder(torch.cat([resize(x, low, self.align_corners), low], dim=1))
        return resize(self.classifier(x), images, self.align_corners)


class SmallTrunk(nn.Module):
    """A stem of stride 2 and residual units of stride 2.

    Parameters
    ----------
    channels : sequence of int
        Of the stem and of each unit, three numbers or more for a map that is coarser than the fine one.
    """

    def __init__(self, channels: Sequence[int]):
        super().__init__()
        if len(channels) < 2:
            raise ValueError(f"channels={channels!r}: expected those of the stem and of one unit at least.")
        self.stem = _stepping(3, channels[0])
        self.units = nn.ModuleList([Residual(*pair) for pair in zip(channels, channels[1:], strict=False)])

    def forward(self, images: Tensor) -> Features:
        maps = [self.stem(images)]
        for unit in self.units:
            maps.append(unit(maps[-1]))
        return Features(low=maps[1], middle=maps[-2], high=maps[-1])


class Residual(nn.Module):
    """Two 3x3 convolutions beside a 1x1 one; the first of each steps by 2."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.convs = nn.Sequential(*_stepping(in_channels, out_channels), *conv_bn_relu(out_channels, out_channels))
        self.beside = nn.Conv2d(in_channels, out_channels, 1, stride=2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.beside(x) + self.convs(x)


def silence(part: nn.Module) -> nn.Module:
    """Let a part of a network give zeros: it is taken away, and the number of parameters stays.

    Examples
    --------
    >>> silence(nn.Conv2d(3, 4, 1))(torch.rand(1, 3, 2, 2)).abs().sum().item()
    0.0
    """
    part.register_forward_hook(lambda _, given, out: torch.zeros_like(out))
    return part


def _stepping(in_channels: int, out_channels: int) -> nn.Sequential:
    layers = conv_bn_relu(in_channels, out_channels)
    layers[0].stride = (2, 2)
    return layers
