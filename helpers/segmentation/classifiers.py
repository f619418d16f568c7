"""Classifiers as fully convolutional networks: the scores of one picture become a map of scores of a larger one.

A fully connected layer over a 7x7 map multiplies each of its values with a weight; so does a 7x7 convolution, in the
one place where it fits. :func:`convolutionalize` reshapes the weights; :func:`stages` cuts the result for :mod:`.fcn`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
import torchvision
from torch import nn

from helpers.segmentation.weights import pick


def convolutionalize(classifier: nn.Module) -> nn.Sequential:
    """Write a classifier's fully connected layers as convolutions, by reshaping their weights.

    On a picture of the classifier's own size, 224x224, the scores are the same; on a larger one they become a map.

    Parameters
    ----------
    classifier : Module
        torchvision's AlexNet, VGG, GoogLeNet, SqueezeNet or MobileNetV2. The result shares its weights.

    Returns
    -------
    Sequential
        Takes [N, 3, H, W], H and W from 224 up, and gives [N, classes, h, w]; h = 1 for H = 224.

    References
    ----------
    Long et al. 2015, section 3.1 and figure 2.

    Examples
    --------
    >>> convolutionalize(torchvision.models.squeezenet1_1())(torch.zeros(1, 3, 288, 224)).shape
    torch.Size([1, 1000, 5, 1])
    """
    kind = type(classifier).__name__
    side = {"AlexNet": 6, "VGG": 7, "GoogLeNet": 7, "MobileNetV2": 7, "SqueezeNet": 13}.get(kind)  # last map, at 224
    if side is None:
        raise ValueError(f"{kind}: expected torchvision's AlexNet, VGG, GoogLeNet, SqueezeNet or MobileNetV2.")
    if kind == "GoogLeNet":
        layers = [layer for name, layer in classifier.named_children() if name[:3] not in ("aux", "avg", "dro", "fc")]
        head = [classifier.avgpool, classifier.dropout, classifier.fc]
        if classifier.transform_input:
            layers.insert(0, _ToHalf())
    else:
        layers, head = [*classifier.features], [*classifier.classifier]
        if kind in ("AlexNet", "VGG"):
            head.insert(0, classifier.avgpool)
        elif kind == "MobileNetV2":
            head.insert(0, nn.AdaptiveAvgPool2d(1))
    for layer in head:
        if isinstance(layer, nn.AdaptiveAvgPool2d):
            window = layer.output_size if isinstance(layer.output_size, int) else layer.output_size[0]
            if window == 1:  # AlexNet's and VGG's gives back the 6x6 or 7x7 that it gets at 224 pixels: nothing to do
                layers.append(nn.AvgPool2d(side, stride=1))
        elif isinstance(layer, nn.Linear):
            layers.append(_as_convolution(layer, window))
            window = 1
        else:
            layers.append(layer)
    return nn.Sequential(*layers)


def _as_convolution(linear: nn.Linear, size: int) -> nn.Conv2d:
    """[out, in * size * size] -> [out, in, size, size]: the flattened map was channel by channel, row by row."""
    conv = nn.Conv2d(linear.in_features // size**2, linear.out_features, size, device="meta")
    conv.weight = nn.Parameter(linear.weight.detach().view(linear.out_features, -1, size, size))
    conv.bias = linear.bias
    return conv


class _ToHalf(nn.Module):
    """torchvision's GoogLeNet wants (x - 0.5) / 0.5 of pictures normalised by ImageNet's mean and deviation."""

    def __init__(self):
        super().__init__()
        mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        self.register_buffer("scale", (deviation / 0.5).view(3, 1, 1), persistent=False)
        self.register_buffer("shift", ((mean - 0.5) / 0.5).view(3, 1, 1), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale + self.shift


def classifier(backbone: str) -> nn.Module:
    more = {"aux_logits": False, "transform_input": True} if backbone == "googlenet" else {}
    if backbone != "alexnet":
        more["init_weights"] = False  # PyTorch's own start is as good here, and a second faster
    return getattr(torchvision.models, backbone)(weights=None, **more)


def stages(backbone: str, zeros: int | None, state: Mapping[str, torch.Tensor] | None = None) -> nn.ModuleList:
    """Cut a convolutional classifier, without its 1,000 classes, behind each pooling.

    Parameters
    ----------
    backbone : {"vgg16", "alexnet", "googlenet"}
    zeros : int or None
        Pixels of zeros around the picture, the last window then fits without (the paper). None: every layer is padded
        so that it keeps the size of its map but for its stride.
    state : mapping, optional
        torchvision's weights for the classifier.
    """
    whole = classifier(backbone)
    if state is not None:
        whole.load_state_dict(pick(state, whole.state_dict(), backbone))  # GoogLeNet's auxiliary heads are left
    layers = [*convolutionalize(whole)][:-1]
    _pad(layers, zeros)
    return nn.ModuleList(_cut_behind_poolings(layers))


def _pad(layers: list[nn.Module], zeros: int | None) -> None:
    steps = [one for layer in layers for one in layer.modules() if hasattr(one, "kernel_size")]
    for one in steps:
        if isinstance(one, nn.MaxPool2d):
            one.ceil_mode = True  # as Caffe does: no row is lost
    window = next(one for one in reversed(steps) if one.kernel_size not in (1, (1, 1), 3, (3, 3)))  # fc6, 7x7 average
    border = steps[0].kernel_size[0] // 2 if zeros is None else zeros
    steps[0].padding = (border, border)
    if zeros is not None:
        return
    if isinstance(window, nn.AvgPool2d):
        window.padding, window.count_include_pad = 3, False
    else:
        window.padding = tuple(size // 2 for size in window.kernel_size)


def _cut_behind_poolings(layers: list[nn.Module]) -> Iterable[nn.Sequential]:
    """Stages of layers; each but the last ends with a max pooling."""
    stage = nn.Sequential()
    for layer in layers:
        stage.append(layer)
        if isinstance(layer, nn.MaxPool2d):
            yield stage
            stage = nn.Sequential()
    yield stage
