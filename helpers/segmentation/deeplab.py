"""DeepLabv3 and DeepLabv3+: filters with holes, at several rates side by side, then a decoder for the borders.

Chen, Papandreou, Schroff, Adam 2017, "Rethinking Atrous Convolution for Semantic Image Segmentation" (DeepLabv3):
figure 5 is the forward of :class:`DeepLabV3`. Chen, Zhu, Papandreou, Schroff, Adam 2018, "Encoder-Decoder with Atrous
Separable Convolution" (DeepLabv3+), ECCV: figure 2 is the forward of :class:`DeepLabV3Plus`.

Where this differs from the papers, and why:

- The trunks are torchvision's ResNets, which step in the first unit of a stage, where the authors' step in the last.
- :class:`DeepLabV3` has the paper's head. torchvision's has one more 3x3 convolution, no multi-grid, rates 12, 24, 36
  at any stride; :meth:`DeepLabV3.from_torchvision` takes that form when it is given torchvision's whole network.
- Behind the projection is a dropout of 0.1, which the papers do not mention and the authors' code has.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.segmentation.atrous import AtrousConv2d
from helpers.segmentation.backbones import Trunk, one_of
from helpers.segmentation.layers import Network, conv_bn_relu, resize, separable_conv

# By output stride. DeepLabv3, section 3.3: (6, 12, 18) at 16, doubled at 8; halved at 32 by the same rule.
RATES = {8: (12, 24, 36), 16: (6, 12, 18), 32: (3, 6, 9)}
MULTI_GRID = (1, 2, 4)  # DeepLabv3, table 5


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: the map seen at several rates and as a whole, side by side.

    Parameters
    ----------
    in_channels : int
    atrous_rates : sequence of int
    channels : int
        Of each branch, and of the result.
    separable : bool
        A filter a channel, then a 1x1 convolution (DeepLabv3+, section 3.1).
    """

    def __init__(self, in_channels: int, atrous_rates: Sequence[int], channels: int = 256, separable: bool = False):
        super().__init__()
        self.atrous_rates, self._told = tuple(atrous_rates), set()
        self.convs = nn.ModuleList([conv_bn_relu(in_channels, channels, 1)])
        for rate in atrous_rates:
            if separable:
                branch = separable_conv(in_channels, channels, dilation=rate)
            else:
                branch = conv_bn_relu(in_channels, channels, dilation=rate)
                branch[0] = AtrousConv2d(in_channels, channels, rate)
            self.convs.append(branch)
        self.convs.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), *conv_bn_relu(in_channels, channels, 1)))
        self.project = nn.Sequential(*conv_bn_relu(len(self.convs) * channels, channels, 1), nn.Dropout(0.1))

    def forward(self, x: Tensor) -> Tensor:
        if not torch.compiler.is_compiling():
            self._warn(*x.shape[2:])
        # [N, 2048, h, w] -> [N, 256, h, w] five times; the picture's mean is one value a channel, spread over the map
        branches = [branch(x) for branch in self.convs]
        branches[-1] = branches[-1].expand_as(branches[0])
        return self.project(torch.cat(branches, dim=1))  # [N, 1280, h, w] -> [N, 256, h, w]

    def _warn(self, height: int, width: int) -> None:
        lost = {rate for rate in self.atrous_rates if rate >= min(height, width)} - self._told
        if not lost:
            return
        self._told |= lost
        rates = " and ".join(map(str, sorted(lost)))
        left = "1x1 convolutions" if min(lost) >= max(height, width) else "less than 3x3 taps"
        warnings.warn(
            f"The map is {height}x{width} cells: of the 3x3 filters at rate {rates}, {left} are left. Give larger "
            "pictures or smaller atrous_rates.",
            stacklevel=4,
        )


class DeepLabV3(Network):
    """ResNet with holes, atrous spatial pyramid pooling, scores.

    Parameters
    ----------
    num_classes : int
    backbone : {"resnet50", "resnet18", "resnet34", "resnet101", "resnet152", "mobilenet_v2"}
    output_stride : {8, 16, 32}
    atrous_rates : sequence of int, optional
        Default: the paper's, (6, 12, 18) at output stride 16, twice that at 8 and half at 32.
    multi_grid : sequence of int, optional
        Rates of the last stage's units, times the stage's own; None for none.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: str = "resnet50",
        output_stride: int = 8,
        atrous_rates: Sequence[int] | None = None,
        multi_grid: Sequence[int] | None = MULTI_GRID,
    ):
        super().__init__(num_classes)
        self.backbone, self.aspp = _encoder(backbone, output_stride, atrous_rates, multi_grid)
        self.extra = nn.Sequential()  # torchvision's one more 3x3 convolution comes here
        self.classifier = nn.Conv2d(256, num_classes, 1)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        images = self.check(images)
        x = self.aspp(self.backbone(images).high)  # [N, 2048, H/8, W/8] -> [N, 256, H/8, W/8]
        return resize(self.classifier(self.extra(x)), images)

    def from_torchvision(self, source=None, *, or_random: bool = False) -> DeepLabV3:
        """Take torchvision's weights, of deeplabv3_resnet50 or 101 whole, or of the trunk's classifier.

        The whole network comes in its own form: it gets the 3x3 convolution more, loses the multi-grid, and keeps its
        output stride and rates (torchvision's: 8, and 12, 24, 36).
        """
        state = self._pretrained(source, self.backbone.name, or_random)
        if state is None:
            return self
        if "classifier.0.project.0.weight" not in state:
            self.backbone.load_torchvision(state)
            return self
        names = {"classifier.0.": "aspp.", "classifier.1.": "extra.0.", "classifier.2.": "extra.1."}
        names |= {"classifier.4.": "classifier.", "backbone.": "backbone."}
        renamed = {
            ours + key.removeprefix(theirs): value
            for key, value in state.items()
            for theirs, ours in names.items()
            if key.startswith(theirs)
        }
        self.refuse_other_classes(renamed)  # before anything is changed
        self.backbone = Trunk(self.backbone.name, self.backbone.output_stride).to(self.classifier.weight)
        self.extra = conv_bn_relu(256, 256).to(self.classifier.weight)
        self.load_state_dict(renamed)
        return self.to(memory_format=torch.channels_last)


class DeepLabV3Plus(Network):
    """DeepLabv3 as the encoder, and a decoder that adds what the first stage saw.

    Parameters
    ----------
    num_classes : int
    backbone, output_stride, atrous_rates, multi_grid
        As for :class:`DeepLabV3`; the paper trains and tests at output stride 16.
    separable : bool
        Depthwise separable 3x3 convolutions in the pyramid and in the decoder (section 3.1).
    """

    def __init__(
        self,
        num_classes: int,
        backbone: str = "resnet50",
        output_stride: int = 16,
        atrous_rates: Sequence[int] | None = None,
        multi_grid: Sequence[int] | None = MULTI_GRID,
        separable: bool = False,
    ):
        super().__init__(num_classes)
        self.backbone, self.aspp = _encoder(backbone, output_stride, atrous_rates, multi_grid, separable)
        self.low = conv_bn_relu(self.backbone.channels.low, 48, 1)  # table 1: 48 channels do best
        conv = separable_conv if separable else conv_bn_relu
        self.decoder = nn.Sequential(conv(256 + 48, 256), conv(256, 256))  # table 2: two do best
        self.classifier = nn.Conv2d(256, num_classes, 1)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        images = self.check(images)
        features = self.backbone(images)  # low [N, 256, H/4, W/4], high [N, 2048, H/16, W/16]
        x, low = self.aspp(features.high), self.low(features.low)  # [N, 256, H/16, W/16], [N, 48, H/4, W/4]
        x = self.decoder(torch.cat([resize(x, low), low], dim=1))  # [N, 304, H/4, W/4] -> [N, 256, H/4, W/4]
        return resize(self.classifier(x), images)


def _encoder(backbone, output_stride, atrous_rates, multi_grid, separable=False) -> tuple[Trunk, ASPP]:
    one_of("output_stride", output_stride, RATES)
    trunk = Trunk(backbone, output_stride)
    if multi_grid is not None:
        trunk.set_multi_grid(multi_grid)
    return trunk, ASPP(trunk.channels.high, atrous_rates or RATES[output_stride], separable=separable)
