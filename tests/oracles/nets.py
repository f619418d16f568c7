"""For both test files of the networks: the paper's classifiers with few channels, and weights that hide no layer."""

from unittest import mock

import torch
from torch import nn
from torchvision.models import AlexNet
from torchvision.models.vgg import VGG, make_layers

from helpers.segmentation import classifiers, fcn

VGG16 = [4, 4, "M", 8, 8, "M", 8, 8, 8, "M", 12, 12, 12, "M", 12, 12, 12, "M"]
ALEXNET = [8, 12, 16, 16, 16]
CHANNELS = {"vgg16": (16, 12, 8), "alexnet": (16, 12, 8)}  # of the maps that FCN scores, coarse to fine


def thin(backbone):
    """VGG16 and AlexNet, their layers in kind, number and size, with few channels: 138 million weights are 20,000."""
    if backbone not in CHANNELS:
        return _classifier(backbone)
    with torch.device("meta"):
        net = AlexNet() if backbone == "alexnet" else VGG(make_layers(VGG16), init_weights=False)
    before, widths = 3, iter(ALEXNET)
    for n, one in enumerate(net.features):
        if isinstance(one, nn.Conv2d):
            after = next(widths) if backbone == "alexnet" else one.out_channels
            net.features[n] = nn.Conv2d(before, after, one.kernel_size, one.stride, one.padding)
            before = after
    before *= net.avgpool.output_size[0] ** 2
    for n, one in enumerate(net.classifier):
        if isinstance(one, nn.Linear):
            net.classifier[n] = nn.Linear(before, CHANNELS[backbone][0])
            before = CHANNELS[backbone][0]
    return net


_classifier = classifiers.classifier


def thin_fcn(num_classes, *args, **options):
    """An FCN of a thin classifier."""
    with mock.patch.object(classifiers, "classifier", thin), mock.patch.dict(fcn._CHANNELS, CHANNELS):
        return fcn.FCN(num_classes, *args, **options)


def randomise(net, seed=0):
    """Fill in place so that no layer hides: maps keep their size through ReLUs, each batch norm does something."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, one in net.named_parameters():
            if one.ndim > 1:
                one.copy_(torch.randn(one.shape, generator=generator) * (2 / one[0].numel()) ** 0.5)
            elif name.endswith("weight"):
                one.copy_(torch.rand(one.shape, generator=generator) + 0.5)
            else:
                one.copy_(torch.randn(one.shape, generator=generator) * 0.2)
        for name, one in net.named_buffers():
            if name.endswith("running_mean"):
                one.copy_(torch.randn(one.shape, generator=generator) * 0.2)
            elif name.endswith("running_var"):
                one.copy_(torch.rand(one.shape, generator=generator) + 0.5)
    return net


def relative(ours, theirs):
    """The largest difference, in units of the largest value."""
    assert ours.shape == theirs.shape
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()
