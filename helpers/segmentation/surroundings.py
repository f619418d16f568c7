"""Experiments on what a pyramid adds: a network that hardly sees beyond its own pixel, and surroundings exchanged.

The drawn street (:func:`.samples.street`) holds boats and cars that look alike, so a network that sees 7 pixels can't
tell them apart. :class:`SmallPSPNet` is such a network with the pyramid of Zhao et al. 2017 (PSPNet, section 3.2) on
top; without pooling it is its own control, with the same weights to learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from scipy import ndimage
from torch import Tensor, nn

from helpers.segmentation.layers import conv_bn_relu, resize
from helpers.segmentation.pspnet import PyramidPooling
from helpers.training import predict


class SmallPSPNet(nn.Module):
    """A trunk of output stride 4 that sees 7 pixels, a pyramid on it, and 1x1 convolutions that see nothing new.

    Parameters
    ----------
    num_classes : int
    bins : sequence of int
        The pyramid's levels.
    pooled : bool
        False: every level keeps its 1x1 convolution and takes no mean. As many weights, no surroundings.
    depth : int
        3x3 convolutions behind the trunk; each sees 8 pixels more. They have no shortcuts, unlike a ResNet's.
    channels : int
    aux : bool
        In ``train()``, give ``(logits, aux_logits)``; the second head sits halfway down the depth.

    Examples
    --------
    >>> [sum(p.numel() for p in SmallPSPNet(3, pooled=pooled).parameters()) for pooled in (True, False)]
    [2587, 2587]
    """

    aux_weight = 0.4

    def __init__(
        self,
        num_classes: int,
        bins: Sequence[int] = (1, 2, 3, 6),
        *,
        pooled: bool = True,
        depth: int = 0,
        channels: int = 16,
        aux: bool = False,
    ):
        super().__init__()
        self.num_classes = num_classes
        self.trunk = nn.Sequential(
            *_half(3, channels // 2), *_half(channels // 2, channels), *conv_bn_relu(channels, channels, 1)
        )
        layers = [conv_bn_relu(channels, channels) for _ in range(depth)]
        self.first, self.rest = nn.Sequential(*layers[: depth // 2]), nn.Sequential(*layers[depth // 2 :])
        self.pyramid = PyramidPooling(channels, bins)
        if not pooled:
            for level in self.pyramid.bins:
                level[0] = nn.Identity()
        self.classifier = _head(self.pyramid.out_channels, channels, num_classes)
        self.aux = _head(channels, channels, num_classes) if aux else None

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """[N, 3, H, W], float -> logits [N, num_classes, H, W]; in training with ``aux``, two of them."""
        halfway = self.first(self.trunk(images))  # [N, channels, H/4, W/4]
        logits = resize(self.classifier(self.pyramid(self.rest(halfway))), images, align_corners=True)
        if self.training and self.aux is not None:
            return logits, resize(self.aux(halfway), images, align_corners=True)
        return logits


def grounds(masks: Tensor) -> tuple[Tensor, Tensor]:
    """Find the pictures whose two objects have one name, and those whose objects have two.

    Parameters
    ----------
    masks : Tensor [N, H, W], integer
        0 is background.

    Returns
    -------
    alike, mixed : Tensor [A], Tensor [M], int64
        Indices of pictures; those with a single object are in neither.

    Examples
    --------
    >>> grounds(torch.tensor([[[1, 0, 1]], [[1, 0, 2]], [[0, 0, 2]]]))
    (tensor([0]), tensor([1]))
    """
    names = [torch.unique(mask[mask > 0]).numel() for mask in masks]
    objects = [ndimage.label(mask.numpy() > 0)[1] for mask in masks]
    pairs = list(enumerate(zip(names, objects, strict=True)))
    alike = [i for i, (kinds, count) in pairs if kinds == 1 and count == 2]
    mixed = [i for i, (kinds, _) in pairs if kinds == 2]
    return torch.tensor(alike, dtype=torch.int64), torch.tensor(mixed, dtype=torch.int64)


def predict_with_surroundings_of(
    model: nn.Module, images: Tensor, others: Tensor, levels: Sequence[int] | None = None
) -> Tensor:
    """Name every pixel, with the pyramid's means taken from other pictures; what lies near stays the picture's own.

    Parameters
    ----------
    model : Module
        With a ``pyramid``, a :class:`.pspnet.PyramidPooling`. Is left as it was.
    images : Tensor [N, 3, H, W], uint8 or standardised float
    others : Tensor [N], int64
        For each picture the number of the one whose means it is given.
    levels : sequence of int, optional
        Which levels of the pyramid, counted from 0, are exchanged; by default all.

    Returns
    -------
    Tensor [N, H, W], uint8
        On the CPU.

    Raises
    ------
    ValueError
        If there are not as many others as pictures, or no such level.
    """
    if len(others) != len(images):
        raise ValueError(f"{len(images)} pictures, but others for {len(others)}.")
    bins = model.pyramid.bins
    levels = range(len(bins)) if levels is None else levels
    if strange := [level for level in levels if not 0 <= level < len(bins)]:
        raise ValueError(f"There is no level {strange[0]}: the pyramid has 0 to {len(bins) - 1}.")
    hooks = [bins[level].register_forward_hook(lambda _, given, out: out[others.to(out.device)]) for level in levels]
    try:
        return predict(model, images, batch_size=len(images))
    finally:
        for hook in hooks:
            hook.remove()


def _half(before: int, after: int) -> tuple[nn.Module, ...]:
    """A 3x3 convolution that steps by 2."""
    return nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)


def _head(before: int, channels: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(*conv_bn_relu(before, channels, 1), nn.Conv2d(channels, num_classes, 1))
