"""PSPNet: what a pixel is depends on the scene around it, so let it see the whole scene.

Zhao, Shi, Qi, Wang, Jia 2017, "Pyramid Scene Parsing Network", CVPR; figure 3 is the forward of :class:`PSPNet`. The
last map of a dilated ResNet is averaged over 1x1, 2x2, 3x3 and 6x6 regions; each average is brought to a quarter of the
channels, enlarged again and laid beside the map. A second, auxiliary classifier looks at the stage before the last and
helps the deep trunk to train (section 3.3).

Where this differs from the paper, and why:

- The trunks are torchvision's: one 7x7 convolution where the authors' ResNet begins with three 3x3, since the weights
  are at hand; and only the layers behind a removed step are dilated (:func:`.make_atrous`), the authors dilate all.
- The authors' map is 60x60, which 6 divides. For other sizes the regions are those of adaptive pooling: they overlap.
- With one picture a batch the 1x1 region is one value a channel; see :class:`.layers.BatchNorm2d` for what is done.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.segmentation.backbones import Trunk
from helpers.segmentation.layers import Network, conv_bn_relu, resize


class PyramidPooling(nn.Module):
    """The map, beside its averages over ever smaller regions.

    Parameters
    ----------
    in_channels : int
        C; each of the N averages gets C // N.
    bins : sequence of int
        Regions along a side; none gives the map back as it is.
    """

    def __init__(self, in_channels: int, bins: Sequence[int] = (1, 2, 3, 6)):
        super().__init__()
        self.bins = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(size), *conv_bn_relu(in_channels, in_channels // len(bins), 1))
            for size in bins
        )
        self.out_channels = in_channels + sum(in_channels // len(bins) for _ in bins)

    def forward(self, x: Tensor) -> Tensor:
        # [N, 2048, h, w] -> [N, 2048, b, b] -> [N, 512, b, b] -> [N, 512, h, w], four times
        pooled = (resize(region(x), x, align_corners=True) for region in self.bins)
        return torch.cat([x, *pooled], dim=1)  # [N, 4096, h, w]


class PSPNet(Network):
    """Pyramid scene parsing network.

    Parameters
    ----------
    num_classes : int
    backbone : {"resnet50", "resnet18", "resnet34", "resnet101", "resnet152", "mobilenet_v2"}
    bins : sequence of int
        The pyramid's levels; fewer, or none, to see what they do.
    output_stride : {8, 16, 32}
    aux : bool
        In ``train()``, give ``(logits, aux_logits)``; the second loss counts :attr:`aux_weight`, 0.4.
    """

    aux_weight = 0.4  # section 5.2, table 1

    def __init__(
        self,
        num_classes: int,
        backbone: str = "resnet50",
        bins: Sequence[int] = (1, 2, 3, 6),
        output_stride: int = 8,
        aux: bool = True,
    ):
        super().__init__(num_classes)
        self.backbone = Trunk(backbone, output_stride)
        channels = self.backbone.channels
        self.pyramid = PyramidPooling(channels.high, bins)
        self.classifier = _head(self.pyramid.out_channels, channels.high // 4, num_classes)
        self.aux = _head(channels.middle, channels.middle // 4, num_classes) if aux else None
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float; in training with ``aux``, two of them."""
        images = self.check(images)
        features = self.backbone(images)  # high [N, 2048, H/8, W/8], middle [N, 1024, H/8, W/8]
        logits = resize(self.classifier(self.pyramid(features.high)), images, align_corners=True)
        if self.training and self.aux is not None:
            return logits, resize(self.aux(features.middle), images, align_corners=True)
        return logits


def _head(in_channels: int, channels: int, num_classes: int) -> nn.Sequential:
    """A 3x3 convolution that fuses what lies side by side, and the scores."""
    return nn.Sequential(*conv_bn_relu(in_channels, channels), nn.Dropout(0.1), nn.Conv2d(channels, num_classes, 1))
