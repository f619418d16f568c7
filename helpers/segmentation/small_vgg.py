"""A VGG small enough to be trained while one waits: as a classifier with fully connected layers, and as an FCN.

Against VGG16 everything is smaller and nothing is left out that the paper needs (Long et al. 2015): fewer channels, one
convolution a stage for two or three, batch norm so that it learns in seconds; for the FCN, a 3x3 window in fc6 for the
7x7. Poolings, fully connected layers, skips, sums and fixed upsampling are those of the paper, in their places.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.segmentation.fcn import SkipFCN
from helpers.segmentation.layers import Network


class SmallClassifier(nn.Module):
    """Convolutions and poolings, then fc6, fc7 and the scores, for pictures of one size.

    Parameters
    ----------
    num_classes : int
    size : int
        Pixels a side of the pictures.
    padding : {0, 1}
        Of the 3x3 convolutions: 0 leaves the zeros away that VGG has around each map.
    channels : sequence of int
        One a stage.
    hidden : int
        Units of fc6 and of fc7.

    Attributes
    ----------
    features : Sequential
        Up to the last map.
    classifier : Sequential
        ``fc6, ReLU, fc7, ReLU, scores``, of the flattened map.
    side : int
        Cells a side of the last map.
    """

    def __init__(
        self,
        num_classes: int,
        size: int = 48,
        padding: int = 0,
        channels: Sequence[int] = (16, 24, 32),
        hidden: int = 64,
    ):
        super().__init__()
        self.num_classes, layers, before = num_classes, [], 3
        for after in channels:
            layers += [nn.Conv2d(before, after, 3, padding=padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
            before = after
        self.features, self.side = nn.Sequential(*layers), size
        for _ in channels:
            self.side = (self.side - 2 + 2 * padding) // 2
        self.classifier = nn.Sequential(
            nn.Linear(before * self.side**2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, num_classes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, size, size], float -> scores [N, num_classes]; another size raises RuntimeError."""
        return self.classifier(self.features(images).flatten(1))


class SmallFCN(Network):
    """An FCN-32s, 16s or 8s on a small VGG.

    Parameters
    ----------
    num_classes : int
    output_stride : {32, 16, 8}
    channels : sequence of int
        One a stage: five.
    hidden : int
        Channels of fc6 and fc7.
    """

    def __init__(
        self,
        num_classes: int,
        output_stride: int = 32,
        channels: Sequence[int] = (12, 16, 24, 32, 48),
        hidden: int = 64,
    ):
        super().__init__(num_classes)
        trunk, before = nn.ModuleList(), 3
        for after in channels:
            trunk.append(nn.Sequential(*_conv(before, after, 3), nn.MaxPool2d(2, ceil_mode=True)))
            before = after
        trunk.append(nn.Sequential(*_conv(before, hidden, 3), *_conv(hidden, hidden, 1)))  # fc6, fc7
        self.body = SkipFCN(num_classes, trunk, (hidden, *channels[-2:-4:-1]), output_stride)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        return self.body(self.check(images))


def _conv(before, after, size):
    return nn.Conv2d(before, after, size, padding=size // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()
