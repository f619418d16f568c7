"""DeconvNet: down to a single vector, and up again the way one came.

Noh, Hong, Han 2015, "Learning Deconvolution Network for Semantic Segmentation", ICCV; figure 2 is the forward of
:class:`DeconvNet`. On the way down each max pooling remembers where its maximum was (the switches). On the way up,
unpooling puts each value back to that place, zeros elsewhere, and deconvolutions fill in between (section 3.2). A batch
norm follows every convolution; a network this deep did not train without (section 4.1).

Where this differs from the paper, and why:

- ``base_channels``, ``fc_channels`` and ``fc_kernel`` make small ones, for pictures that a laptop can train on.
- The paper cuts out objects by EdgeBox and adds their maps up (section 4.3): that is a procedure around the network.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from helpers.segmentation.layers import BatchNorm2d, Network
from helpers.segmentation.weights import pick

_DEPTHS = (2, 2, 3, 3, 3)  # convolutions between two poolings, as in VGG16
_WIDTHS = (1, 2, 4, 8, 8)  # their channels, in multiples of base_channels


class DeconvNet(Network):
    """Deconvolution network on VGG16 with batch norm.

    Parameters
    ----------
    num_classes : int
    base_channels : int
        Channels of the first stage; the five have 1, 2, 4, 8, 8 times as many.
    fc_channels : int or None
        Of the two layers that were fully connected; None leaves them and their deconvolution out.
    fc_kernel : int
        Their window, in cells of 32 pixels: 7 takes pictures from 224x224 up, 3 from 96x96.
    """

    def __init__(self, num_classes: int, base_channels: int = 64, fc_channels: int | None = 4096, fc_kernel: int = 7):
        super().__init__(num_classes, smallest=32 * (fc_kernel if fc_channels else 1))
        widths = [base_channels * one for one in _WIDTHS]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = 3
        for depth, width in zip(_DEPTHS, widths, strict=True):
            self.down.append(_stage(nn.Conv2d, [before] + [width] * depth))
            # The mirror: as many deconvolutions, the last of which leaves the channels of the stage before.
            self.up.insert(0, _stage(nn.ConvTranspose2d, [width] * depth + [base_channels if before == 3 else before]))
            before = width
        self.fc = nn.Sequential()
        if fc_channels:
            self.fc.extend(_unit(nn.Conv2d(before, fc_channels, fc_kernel)))  # fc6: 7x7 -> 1x1
            self.fc.extend(_unit(nn.Conv2d(fc_channels, fc_channels, 1)))  # fc7
            self.fc.extend(_unit(nn.ConvTranspose2d(fc_channels, before, fc_kernel)))  # fc6-deconv: 1x1 -> 7x7
        self.classifier = nn.Conv2d(base_channels, num_classes, 1)
        for layer in self.modules():
            if isinstance(layer, nn.ConvTranspose2d):
                nn.init.normal_(layer.weight, std=0.01)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        x, switches = self.check(images), []
        for stage in self.down:
            x = stage(x)  # [N, 64, 224, 224], [N, 128, 112, 112] ... [N, 512, 14, 14]
            size = x.shape[2:]
            x, where = F.max_pool2d(x, 2, return_indices=True)
            switches.append((where, size))
        x = self.fc(x)  # [N, 512, 7, 7] -> [N, 4096, 1, 1] -> [N, 512, 7, 7]
        for stage in self.up:
            where, size = switches.pop()
            x = F.max_unpool2d(x, where, 2, output_size=size)  # odd sizes come back because the size was kept
            x = stage(x)  # [N, 512, 14, 14], [N, 256, 28, 28] ... [N, 64, 224, 224]
        return self.classifier(x)

    def from_torchvision(self, source=None, *, or_random: bool = False) -> DeconvNet:
        """Take VGG16's weights, with batch norm, for the way down, fc6 and fc7."""
        state = self._pretrained(source, "vgg16_bn", or_random)
        if state is None:
            return self
        with torch.device("meta"):
            names = torchvision.models.vgg16_bn().state_dict()
        own, parts = self.state_dict(), ("weight", "bias")
        ours = [key for key in own if key.startswith("down.")] + [f"fc.{n}.{part}" for n in (0, 3) for part in parts]
        theirs = [key for key in names if key.startswith("features.")]
        theirs += [f"classifier.{n}.{part}" for n in (0, 3) for part in parts]
        found = pick(state, theirs, "vgg16_bn")
        self.load_state_dict(
            {mine: found[key].reshape(own[mine].shape) for mine, key in zip(ours, theirs, strict=True) if key in found},
            strict=False,
        )
        return self


def _unit(layer: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(layer, BatchNorm2d(layer.out_channels), nn.ReLU(inplace=True))


def _stage(kind: type, channels: list[int]) -> nn.Sequential:
    """3x3 layers that keep the size, from channels to channels."""
    stage = nn.Sequential()
    for before, after in zip(channels, channels[1:], strict=False):
        stage.extend(_unit(kind(before, after, 3, padding=1)))
    return stage
