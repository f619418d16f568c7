"""FCN: a classifier that reads every part of a picture, and adds what it sees finely to what it sees coarsely.

Long, Shelhamer, Darrell 2015, "Fully Convolutional Networks for Semantic Segmentation", CVPR; figure 3 is the forward
of :class:`SkipFCN`. A fully connected layer over a 7x7 map is a 7x7 convolution that fits in one place. Read as a
convolution it slides over a larger map, and the classifier gives a map of scores. Transposed convolutions bring that
map back to the picture's size; on the way, the scores of finer maps are added to it (section 4.2).

Where this differs from the paper, and why:

- AlexNet and GoogLeNet are torchvision's, since their weights are at hand: one tower without response norm; batch norm,
  3x3 filters for the 5x5 and a smaller fourth pooling, so that a score sees 571 pixels where the paper's sees 907.
- ``padding="same"``, the default, leaves out the 100 pixels of zeros around the picture; ``"paper"`` puts them there.
- GoogLeNet, of which the authors published no model, gets 116 of them: at 1x1 pixel its 7x7 average needs as many.
- The last upsampling stays bilinear and those before it learn (section 4.3); the authors' files fix all of them.
- ``resnet50`` and ``mobilenet_v2`` come from later work: a trunk made atrous, torchvision's head, no skips.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from helpers.segmentation.backbones import Trunk, one_of
from helpers.segmentation.classifiers import stages
from helpers.segmentation.layers import Network, bilinear_upsampling, conv_bn_relu, resize

_ZEROS = {"vgg16": 100, "alexnet": 100, "googlenet": 116}  # pixels around the picture, for padding="paper"
_SMALLEST = {("alexnet", "same"): 29, ("googlenet", "same"): 15}  # pixels: their 3x3 poolings need as much
# Channels of the maps that are scored, coarse to fine: 1/32, 1/16 and 1/8 of the picture.
_CHANNELS = {"vgg16": (4096, 512, 256), "alexnet": (4096, 192, 64), "googlenet": (1024, 480, 192)}
_DILATED = ("resnet50", "mobilenet_v2", "resnet18", "resnet34", "resnet101")


class FCN(Network):
    """Fully convolutional network.

    Parameters
    ----------
    num_classes : int
    backbone : {"vgg16", "alexnet", "googlenet", "resnet50", "mobilenet_v2", "resnet18", "resnet34", "resnet101"}
        The first three are the paper's, with its skips; the others a dilated trunk with torchvision's head.
    output_stride : {32, 16, 8}
        FCN-32s, FCN-16s or FCN-8s; for a dilated trunk, the stride of its last map.
    padding : {"same", "paper"}
        The paper's 100 pixels of zeros around the picture, or none. Dilated trunks know ``"same"`` alone.
    """

    def __init__(self, num_classes: int, backbone: str = "vgg16", output_stride: int = 32, padding: str = "same"):
        one_of("backbone", backbone, (*_ZEROS, *_DILATED))
        one_of("output_stride", output_stride, (32, 16, 8))
        one_of("padding", padding, ("same", "paper") if backbone in _ZEROS else ("same",))
        super().__init__(num_classes, smallest=_SMALLEST.get((backbone, padding), 1))
        self.backbone_name = backbone
        if backbone in _ZEROS:
            parts = stages(backbone, _ZEROS[backbone] if padding == "paper" else None)
            self.body = SkipFCN(num_classes, parts, _CHANNELS[backbone], output_stride)
        else:
            self.body = DilatedFCN(num_classes, backbone, output_stride)
        self.to(memory_format=torch.channels_last)

    @property
    def backbone(self) -> nn.Module:
        """What the classifier gave: the layers that :meth:`from_torchvision` fills."""
        return self.body.stages if isinstance(self.body, SkipFCN) else self.body.backbone

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] -> logits [N, num_classes, H, W], float."""
        return self.body(self.check(images))

    def from_torchvision(self, source=None, *, or_random: bool = False) -> FCN:
        """Take torchvision's weights, whole (fcn_resnet50, fcn_resnet101) or the backbone's; see :mod:`.weights`."""
        state = self._pretrained(source, self.backbone_name, or_random)
        if state is None:
            return self
        if self.backbone_name in _ZEROS:
            self.body.stages.load_state_dict(stages(self.backbone_name, None, state).state_dict())
        elif any(key.startswith("backbone.") for key in state):
            self.load_state_dict({f"body.{key}": one for key, one in state.items() if not key.startswith("aux_")})
        else:
            self.body.backbone.load_torchvision(state)
        return self


class SkipFCN(nn.Module):
    """The paper's network: scores, upsampling and sums on a trunk.

    Parameters
    ----------
    num_classes : int
    trunk : ModuleList
        Stages that end with a pooling, then one with the layers that were fully connected.
    channels : sequence of int
        Of the maps that may be scored, coarse to fine: the last stage's, and those of the poolings before the last.
    output_stride : int
    """

    def __init__(self, num_classes: int, trunk: nn.ModuleList, channels: Sequence[int], output_stride: int):
        super().__init__()
        self.stages = trunk
        grids = [*_grids(self.stages)]  # (stride, centre of cell 0) of each stage's map, in pixels of the picture
        skips = [n for n, (stride, _) in enumerate(grids[:-2]) if stride >= output_stride]
        self.taps = [len(grids) - 1, *reversed(skips)]  # the stages that are scored, coarse to fine
        self.scores = nn.ModuleList(
            nn.Conv2d(wide, num_classes, 1) for wide, _ in zip(channels, self.taps, strict=False)
        )
        for score in self.scores:
            nn.init.zeros_(score.weight)
            nn.init.zeros_(score.bias)
        self.ups, self.offsets, grid = nn.ModuleList(), [], grids[-1]
        for goal in (*(grids[n] for n in self.taps[1:]), (1, 0.0)):
            up, offset = _upsampling(num_classes, grid, goal)
            self.ups.append(up)
            self.offsets.append(offset)
            grid = goal[0], goal[1] + max(0, offset) * goal[0]  # what is cut of the finer map is gone
        self.ups[-1].requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        maps = [images]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        coarse, *finer = (score(maps[n + 1]) for score, n in zip(self.scores, self.taps, strict=True))
        # coarse [N, C, H/32, W/32]; finer: [N, C, H/16, W/16] and [N, C, H/8, W/8], as many as there are skips
        for up, offset, skip in zip(self.ups, self.offsets, finer, strict=False):
            # The finer map is cut to where both show the same place: by 5 and 9 cells in the paper's network.
            coarse, skip = _cut(up(coarse), -offset), _cut(skip, offset)
            height, width = (min(coarse.shape[n], skip.shape[n]) for n in (2, 3))
            coarse = coarse[..., :height, :width] + skip[..., :height, :width]  # a sum, not a concatenation
        x = _cut(self.ups[-1](coarse), -self.offsets[-1])  # 19, 27 or 31 pixels in the paper's
        return x[..., : images.shape[2], : images.shape[3]]


class DilatedFCN(nn.Module):
    """A trunk whose last map is fine enough by itself, and torchvision's head."""

    def __init__(self, num_classes: int, backbone: str, output_stride: int):
        super().__init__()
        self.backbone = Trunk(backbone, output_stride)
        channels = self.backbone.channels.high
        self.classifier = nn.Sequential(
            *conv_bn_relu(channels, channels // 4), nn.Dropout(0.1), nn.Conv2d(channels // 4, num_classes, 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        return resize(self.classifier(self.backbone(images).high), images)


def _grids(stages: Iterable[nn.Module]) -> Iterable[tuple[int, float]]:
    """Where the cells of each stage's map lie: pixels from cell to cell, and the place of cell 0 in the picture."""
    stride, centre = 1, 0.0
    for stage in stages:
        for layer in stage.modules():
            if hasattr(layer, "kernel_size"):
                size, step, padding = (_first(getattr(layer, key)) for key in ("kernel_size", "stride", "padding"))
                centre += stride * ((size - 1) / 2 - padding)
                stride *= step
        yield stride, centre


def _upsampling(num_classes, have: tuple[int, float], want: tuple[int, float]) -> tuple[nn.ConvTranspose2d, int]:
    """A transposed convolution from one grid to a finer one, and how many cells of the finer one lie before it.

    A kernel of 2 * factor puts the new cells between the old ones, one of 2 * factor - 1 onto them: whichever makes the
    offset a whole number. This gives the authors' offsets: 19 (32s), 5 and 27 (16s), 5, 9 and 31 (8s), 18 (AlexNet).
    """
    factor = have[0] // want[0]
    for kernel_size in (2 * factor, 2 * factor - 1):
        offset = (have[1] - want[0] * (kernel_size - 1) / 2 - want[1]) / want[0]
        if offset.is_integer():
            return bilinear_upsampling(num_classes, factor, kernel_size), int(offset)
    raise AssertionError(f"no kernel brings {have} onto {want}")


def _cut(x: Tensor, cells: int) -> Tensor:
    """Without the first rows and columns; a negative number cuts nothing."""
    return x[..., max(0, cells) :, max(0, cells) :]


def _first(value) -> int:
    return value[0] if isinstance(value, tuple) else value
