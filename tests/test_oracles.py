"""Equal to what others wrote: torchvision, segmentation-models-pytorch, mmsegmentation, the papers' own numbers.

Random weights are copied, batch norms included; mmsegmentation's outputs are stored, see oracles/make_mmseg.py.
"""

import json
import os
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision.models as tv
from oracles import make_mmseg
from oracles.nets import randomise, relative, thin, thin_fcn
from torch import nn

from helpers import datasets
from helpers.segmentation import FCN, DeconvNet, DeepLabV3, DeepLabV3Plus, PSPNet, UNet, convolutionalize
from helpers.segmentation import fcn as fcn_module
from helpers.segmentation.backbones import Features, Trunk, make_atrous
from helpers.segmentation.layers import bilinear_upsampling, centre_crop, conv_bn_relu, mirror, separable_conv
from helpers.segmentation.pspnet import PyramidPooling, _head


def draw(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def count(net, but=()):
    """Parameters, without those of the submodules named."""
    return sum(one.numel() for key, one in net.named_parameters() if not key.startswith(tuple(but)))


def on_meta(make, *args, **options):
    with torch.device("meta"):
        return make(*args, **options)


# torchvision's networks


@cache
def theirs(name):
    make = getattr(tv.segmentation, name)
    return randomise(make(weights=None, weights_backbone=None, aux_loss=True)).eval()


@pytest.mark.parametrize("size", [(64, 64), (65, 97)])
@pytest.mark.parametrize(
    "ours, name", [(lambda: DeepLabV3(21), "deeplabv3_resnet50"), (lambda: FCN(21, "resnet50", 8), "fcn_resnet50")]
)
@pytest.mark.filterwarnings("ignore:The map is")
def test_torchvisions_networks(ours, name, size):
    net, images = ours().from_torchvision(theirs(name).state_dict()).eval(), draw(2, 3, *size)
    with torch.no_grad():
        assert relative(net(images), theirs(name)(images)["out"]) < 1e-5


def test_torchvisions_classifier_fills_the_trunk():
    source = randomise(tv.resnet18(weights=None)).eval()
    for net in (PSPNet(3, "resnet18", output_stride=32), FCN(3, "resnet18", 32), DeepLabV3(3, "resnet18", 32)):
        net.from_torchvision(source.state_dict())
        backbone = (net.body if isinstance(net, FCN) else net).backbone.eval()
        images = draw(1, 3, 70, 97)
        if isinstance(net, DeepLabV3):  # its multi-grid is not the classifier's
            make_atrous(backbone, 32)
            backbone.set_multi_grid((1, 1))
        x = source.maxpool(source.relu(source.bn1(source.conv1(images))))
        low = source.layer1(x)
        middle = source.layer3(source.layer2(low))
        for one, other in zip(backbone(images), (low, middle, source.layer4(middle)), strict=True):
            assert relative(one, other) < 1e-5


def test_mobilenet_is_tapped_behind_its_strides():
    source = randomise(tv.mobilenet_v2(weights=None)).double().eval()
    net = DeepLabV3Plus(3, "mobilenet_v2", 32).double().from_torchvision(source.state_dict()).eval()
    images = draw(1, 3, 65, 97, dtype=torch.float64)
    # Behind the last layers of stride 4 and 16, and before the 1x1 convolution to 1,280 channels.
    for one, last in zip(net.backbone(images), (3, 13, 17), strict=True):
        assert relative(one, source.features[: last + 1](images)) < 1e-12


@pytest.mark.parametrize("name", ["googlenet", pytest.param("vgg16", marks=pytest.mark.slow)])
def test_torchvisions_classifier_fills_an_fcn(name):
    """At 224 pixels the one window of the 7x7 layer that needs no zeros sees what the classifier sees."""
    more = {"aux_logits": True, "transform_input": True} if name == "googlenet" else {}
    with torch.device("meta"):
        source = getattr(tv, name)(init_weights=False, **more)
    source = randomise(source.to_empty(device="cpu"))
    net = FCN(3, name).from_torchvision(source.state_dict()).eval()
    dense = convolutionalize(source.eval())[:-1]
    images = draw(1, 3, 224, 224)
    with torch.no_grad():
        x = images
        for stage in net.body.stages:
            x = stage(x)
        assert x.shape[2:] == (7, 7)
        assert relative(x[..., 3:4, 3:4], dense(images)) < 1e-5


# Classifiers as convolutions


def classifier(name):
    options = {"googlenet": {"aux_logits": False, "init_weights": False}}.get(name, {})
    if name in ("alexnet", "vgg16"):  # their random start takes seconds and is replaced
        return randomise(on_meta(getattr(tv, name)).to_empty(device="cpu")).eval()
    return randomise(getattr(tv, name)(weights=None, **options)).eval()


@pytest.mark.parametrize(
    "name",
    ["thin vgg16", "googlenet", "squeezenet1_1", "mobilenet_v2"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("alexnet", "vgg16")],
)
def test_a_classifier_as_convolutions(name):
    net = randomise(thin("vgg16")).eval() if "thin" in name else classifier(name)
    images, changes = draw(2, 3, 224, 224), [False]
    if name == "googlenet":
        changes = [False, True]
    for net.transform_input in changes:
        dense = convolutionalize(net).eval()
        with torch.no_grad():
            scores, map_ = net(images), dense(images)
            assert map_.shape == (*scores.shape, 1, 1)
            assert relative(map_.flatten(1), scores) < 1e-5
            larger = dense(torch.zeros(1, 3, 256, 288))
            assert larger.shape[2:] == ((3, 5) if name == "squeezenet1_1" else (2, 3))  # strides of 16 and 32
    ours = {one.data_ptr() for one in dense.parameters()}
    assert all(one.data_ptr() in ours for one in net.parameters())  # shared, not copied


# 355 and 404 pixels: the receptive fields that Long et al. 2015 print in table 1. Exact for layers without padding
# alone: a padded classifier sees zeros around every window, the convolutional one around the whole picture.
@pytest.mark.parametrize("name, window", [("alexnet", 355), ("vgg16", 404)])
def test_a_map_of_scores_is_the_classifier_slid_over_the_picture(name, window):
    net = randomise(thin(name)).eval()
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            layer.padding = (0, 0)
    image = draw(1, 3, window + 32, window + 64)
    with torch.no_grad():
        dense = convolutionalize(net)(image)
        assert dense.shape[2:] == (2, 3)
        for i in range(2):
            for j in range(3):
                part = image[..., 32 * i : 32 * i + window, 32 * j : 32 * j + window]
                assert relative(dense[..., i, j], net(part)) < 1e-5


# Atrous


def test_atrous_convolution_is_one_with_a_zero_stuffed_kernel():
    for rate in (1, 2, 3, 5):
        weight, x = draw(4, 3, 3, 3, dtype=torch.float64), draw(1, 3, 17, 14, seed=1, dtype=torch.float64)
        stuffed = torch.zeros(4, 3, 2 * rate + 1, 2 * rate + 1, dtype=torch.float64)
        stuffed[..., ::rate, ::rate] = weight
        atrous = weighted(conv_bn_relu(3, 4, dilation=rate)[0], weight)(x)
        torch.testing.assert_close(atrous, F.conv2d(x, stuffed, padding=rate), rtol=0, atol=1e-13)
        each = separable_conv(3, 4, dilation=rate)[0]
        one_each = F.conv2d(x, stuffed[:3, :1], padding=rate, groups=3)
        torch.testing.assert_close(weighted(each, weight[:3, :1])(x), one_each, rtol=0, atol=1e-13)


def weighted(layer, weight):
    layer.weight = nn.Parameter(weight)
    return layer


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", pytest.param("resnet50", marks=pytest.mark.slow)])
def test_a_finer_output_stride_gives_the_same_map_more_densely(name):
    coarse = randomise(Trunk(name)).double().eval()
    images = draw(1, 3, 65, 97, dtype=torch.float64)
    with torch.no_grad():
        expected = coarse(images)
        for output_stride in (16, 8, 4):
            fine = Trunk(name, output_stride).double().eval()
            fine.load_state_dict(coarse.state_dict())
            out, step = fine(images), 32 // output_stride
            assert out.high.shape[2] == -(-65 // output_stride)
            assert relative(out.high[..., ::step, ::step], expected.high) < 2e-12
            step = max(1, 16 // output_stride)
            assert relative(out.middle[..., ::step, ::step], expected.middle) < 2e-12
            assert relative(out.low, expected.low) < 2e-12


def settings(net):
    found = {}
    for key, one in net.named_modules():
        if isinstance(one, nn.Conv2d | nn.MaxPool2d):
            values = (one.kernel_size, one.stride, one.dilation, one.padding)
            found[key] = [(value, value) if isinstance(value, int) else value for value in values]
    return found


@pytest.mark.parametrize("output_stride, replaced", [(32, ""), (16, "4"), (8, "34"), (4, "234")])
def test_strides_are_replaced_as_torchvision_does(output_stride, replaced):
    other = on_meta(tv.resnet50, replace_stride_with_dilation=[stage in replaced for stage in "234"])
    assert settings(on_meta(Trunk, "resnet50", output_stride)) == settings(other)
    twice = on_meta(tv.resnet50)
    for one in (32, 16, 8, 4):
        if one >= output_stride:
            make_atrous(twice, one)
    assert settings(twice) == settings(other)


def test_trunks_hand_out_what_the_classifiers_make():
    # Channels: He et al. 2016, table 1; Sandler et al. 2018, table 2.
    channels = {"resnet18": (64, 256, 512), "resnet50": (256, 1024, 2048), "mobilenet_v2": (24, 96, 320)}
    for name, expected in channels.items():
        trunk = on_meta(Trunk, name, 16)
        assert tuple(trunk.channels) == expected
        maps = trunk(torch.empty(1, 3, 129, 97, device="meta"))
        assert [one.shape[2:] for one in maps] == [(33, 25), (9, 7), (9, 7)]


def test_multi_grid_rates():
    # Chen et al. 2017, section 3.2.1: rates 2, 4, 8 for output stride 16 and multi-grid (1, 2, 4).
    for net, expected in ((DeepLabV3, [4, 8, 16]), (DeepLabV3Plus, [2, 4, 8])):  # at output strides 8 and 16
        stage = on_meta(net, 21).backbone["layer4"]
        assert [block.conv2.dilation[0] for block in stage] == expected
        assert all(block.conv2.padding == block.conv2.dilation for block in stage)
        assert all(block.conv2.stride == (1, 1) and block.conv1.dilation == (1, 1) for block in stage)
    small = on_meta(DeepLabV3, 21, "resnet18", 16).backbone["layer4"]
    assert [(block.conv1.dilation[0], block.conv2.dilation[0]) for block in small] == [(2, 2), (4, 4)]
    plain = on_meta(DeepLabV3, 21, output_stride=16, multi_grid=None).backbone
    assert settings(plain) == settings(on_meta(Trunk, "resnet50", 16))


def test_pyramid_rates():
    # Chen et al. 2017, section 3.3: (6, 12, 18) at output stride 16, "doubled when output stride = 8".
    for output_stride, expected in ((16, [6, 12, 18]), (8, [12, 24, 36])):
        aspp = on_meta(DeepLabV3, 21, output_stride=output_stride).aspp
        assert [branch[0].dilation[0] for branch in aspp.convs[1:4]] == expected
    aspp = on_meta(DeepLabV3Plus, 21, separable=True, atrous_rates=(2, 4)).aspp
    assert [branch[0].dilation[0] for branch in aspp.convs[1:3]] == [2, 4] and len(aspp.convs) == 4


# Upsampling


@pytest.mark.parametrize("kernel, stride, padding", [(2, 2, 0), (3, 2, 0), (4, 2, 1), (3, 2, 1), (5, 3, 2), (3, 1, 1)])
def test_transposed_convolution_is_zeros_between_the_pixels_and_a_convolution(kernel, stride, padding):
    layer = nn.ConvTranspose2d(3, 4, kernel, stride, padding).double()
    x = draw(2, 3, 5, 6, dtype=torch.float64)
    spread = torch.zeros(2, 3, 4 * stride + 1, 5 * stride + 1, dtype=torch.float64)
    spread[..., ::stride, ::stride] = x
    weight = layer.weight.flip(2, 3).transpose(0, 1)
    torch.testing.assert_close(
        F.conv2d(spread, weight, layer.bias, padding=kernel - 1 - padding), layer(x), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32])
def test_bilinear_upsampling_is_interpolation_but_for_the_border(factor):
    up, x = bilinear_upsampling(3, factor).double(), draw(1, 3, 5, 6, dtype=torch.float64)
    border = factor // 2
    ours = up(x)[..., border:-border, border:-border]  # padding by half a factor
    expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    inside = (..., slice(border, -border), slice(border, -border))
    torch.testing.assert_close(ours[inside], expected[inside], rtol=0, atol=1e-12)
    # Beyond the outermost cells the one meets zeros, the other repeats the cell.
    assert not torch.isclose(ours[..., 0, :], expected[..., 0, :]).any()
    onto = bilinear_upsampling(3, factor, 2 * factor - 1).double()(x)[..., factor - 1 :, factor - 1 :]
    torch.testing.assert_close(onto[..., : 4 * factor + 1 : factor, : 5 * factor + 1 : factor], x, rtol=0, atol=1e-12)


# FCN


def caffe(net, images, pools, skips):
    """The authors' network as their files have it: 100 zeros, ceiling poolings, scores, sums, and crops as numbers."""
    body, maps, x = net.body, [], images
    for number, stage in enumerate(body.stages):
        for layer in stage:
            if isinstance(layer, nn.Conv2d):
                pad = 100 if x is images else layer.padding[0]
                x = F.conv2d(x, layer.weight, layer.bias, layer.stride, 0 if number == pools else pad)
            elif isinstance(layer, nn.MaxPool2d):
                x = F.max_pool2d(x, layer.kernel_size, layer.stride, ceil_mode=True)
            elif isinstance(layer, nn.ReLU):
                x = x.clamp(min=0)
        maps.append(x)
    score = F.conv2d(maps[-1], body.scores[0].weight, body.scores[0].bias)
    for n, crop in enumerate(skips):  # pool4 cut by 5, pool3 by 9
        score = F.conv_transpose2d(score, body.ups[n].weight, stride=2)
        finer = F.conv2d(maps[3 - n], body.scores[n + 1].weight, body.scores[n + 1].bias)
        score = score + finer[..., crop : crop + score.shape[2], crop : crop + score.shape[3]]
    return score


# Offsets and kernels: shelhamer/fcn.berkeleyvision.org, voc-fcn32s, 16s, 8s and alexnet, val.prototxt.
@pytest.mark.parametrize(
    "backbone, output_stride, skips, kernel, crop",
    [
        ("vgg16", 32, [], 64, 19),
        ("vgg16", 16, [5], 32, 27),
        ("vgg16", 8, [5, 9], 16, 31),
        ("alexnet", 32, [], 63, 18),
    ],
)
def test_fcn_is_the_authors(backbone, output_stride, skips, kernel, crop):
    net = randomise(thin_fcn(21, backbone, output_stride, "paper"), seed=1).eval()
    pools = 5 if backbone == "vgg16" else 3
    assert net.body.offsets == [*skips, -crop]
    assert [up.kernel_size[0] for up in net.body.ups] == [4] * len(skips) + [kernel]
    assert all(score.weight.any() for score in net.body.scores)
    for height, width in ((64, 64), (51, 90)):
        images = draw(2, 3, height, width)
        with torch.no_grad():
            score = caffe(net, images, pools, skips)
            up = F.conv_transpose2d(score, net.body.ups[-1].weight, stride=output_stride)
            expected = up[..., crop : crop + height, crop : crop + width]
            assert relative(net(images), expected) < 1e-5


# Long et al. 2015, table 1: 57M, 134M and 6M parameters. To the last digit: counted in the authors' prototxt files for
# VGG16 (their upsampling included), and in torchvision's AlexNet and GoogLeNet.
@pytest.mark.parametrize(
    "backbone, output_stride, expected, learnt, millions",
    [
        ("vgg16", 32, 136_152_917, 134_346_581, 134),
        ("vgg16", 16, 134_815_994, None, 134),
        ("vgg16", 8, 134_489_759, None, 134),
        ("alexnet", 32, 57_089_877 + 21 * 21 * 63 * 63, 57_089_877, 57),
        ("googlenet", 32, None, 5_621_429, 6),
    ],
)
def test_fcn_counts_as_in_the_paper(backbone, output_stride, expected, learnt, millions):
    for padding in ("same", "paper"):
        net = on_meta(FCN, 21, backbone, output_stride, padding)
        assert expected in (None, count(net))
        assert learnt in (None, count(net, ["body.ups"]))
        assert round(count(net, ["body.ups"]) / 1e6) == millions
        taps = [score.in_channels for score in net.body.scores]
        assert taps == list(fcn_module._CHANNELS[backbone][: len(taps)])


@pytest.mark.slow
def test_fcn_in_full_width_is_the_authors():
    net = on_meta(FCN, 21, "vgg16", 8, "paper").to_empty(device="cpu")
    randomise(net.to(memory_format=torch.channels_last), seed=1).eval()
    images = draw(1, 3, 51, 90)
    with torch.no_grad():
        up = F.conv_transpose2d(caffe(net, images, 5, [5, 9]), net.body.ups[-1].weight, stride=8)
        assert relative(net(images), up[..., 31 : 31 + 51, 31 : 31 + 90]) < 1e-5


def test_parameters_of_the_others():
    # DeconvNet: counted in the authors' DeconvNet_inference_deploy.prototxt, with the scales of the batch norms.
    assert count(on_meta(DeconvNet, 21)) == 251_805_653
    # U-Net: counted by hand from Ronneberger et al. 2015, figure 1.
    assert count(on_meta(UNet, 2, in_channels=1)) == 31_030_658
    assert count(on_meta(UNet, 2)) == 31_031_810
    # torchvision publishes num_params with the weights; the auxiliary head of both is not in ours.
    ours = on_meta(DeepLabV3, 21)
    ours.extra = on_meta(conv_bn_relu, 256, 256)
    published = tv.segmentation.DeepLabV3_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1.meta["num_params"]
    assert published == 42_004_074
    assert count(ours) == published - 2_365_205 == 39_638_869
    fcn_published = tv.segmentation.FCN_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1.meta["num_params"]
    assert count(on_meta(FCN, 21, "resnet50")) == fcn_published - 2_365_205 == 32_957_013
    # mmsegmentation 1.2.2, PSPHead and FCNHead of pspnet_r50-d8, 21 classes.
    psp = on_meta(PSPNet, 21)
    assert count(psp.pyramid) + count(psp.classifier) == 23_084_565
    assert count(psp.aux) == 2_365_205


# DeconvNet


def test_deconvnet_goes_back_the_way_it_came():
    """Section 3.2 of Noh et al. 2015 step by step, with the switches found by hand."""
    net = randomise(DeconvNet(3, base_channels=3, fc_channels=8, fc_kernel=3)).eval()
    images = draw(1, 3, 101, 96)
    with torch.no_grad():
        x, masks = images, []
        for stage in net.down:
            x = stage(x)
            height, width = (size // 2 for size in x.shape[2:])
            windows = F.unfold(x[..., : 2 * height, : 2 * width].transpose(0, 1), 2, stride=2)  # [C, 4, windows]
            chosen = F.one_hot(windows.argmax(1), 4).transpose(1, 2).float()  # of each window's four, the largest
            masks.append((chosen, x.shape, (height, width)))
            x = windows.amax(1).view(1, -1, height, width)
        x = net.fc(x)
        for stage in net.up:
            chosen, shape, (height, width) = masks.pop()
            values = chosen * x.view(x.shape[1], 1, -1)
            put = F.fold(values, (2 * height, 2 * width), 2, stride=2).transpose(0, 1)
            x = stage(F.pad(put, (0, shape[3] - 2 * width, 0, shape[2] - 2 * height)))
        assert relative(net(images), net.classifier(x)) < 1e-5
    shapes = []
    net = on_meta(DeconvNet, 21)
    for stage in (*net.down, net.fc, *net.up):
        stage.register_forward_hook(lambda layer, given, out: shapes.append((out.shape[1], out.shape[2])))
    net.eval()(torch.empty(1, 3, 224, 224, device="meta"))
    # Noh et al. 2015, figure 2 and table of the configuration in the supplement.
    down = [(64, 224), (128, 112), (256, 56), (512, 28), (512, 14)]
    assert shapes == [*down, (512, 7), (512, 14), (256, 28), (128, 56), (64, 112), (64, 224)]


@pytest.mark.slow
def test_torchvisions_vgg_fills_deconvnet():
    source = randomise(on_meta(tv.vgg16_bn).to_empty(device="cpu")).eval()
    net = on_meta(DeconvNet, 2).to_empty(device="cpu").from_torchvision(source.state_dict()).eval()
    x = images = draw(1, 3, 224, 224)
    with torch.no_grad():
        for stage in net.down:
            x = F.max_pool2d(stage(x), 2)
        features = source.features(images)
        assert relative(x, features) < 1e-5
        # Its batch norms behind fc6 and fc7 are DeconvNet's own: torchvision's classifier has none.
        assert relative(net.fc[0](x).flatten(1), source.classifier[0](features.flatten(1))) < 1e-5
        row = draw(1, 4096)
        assert relative(net.fc[3](row[..., None, None]).flatten(1), source.classifier[3](row)) < 1e-5


# U-Net


def test_unet_sizes_are_those_of_figure_1():
    net, sizes = on_meta(UNet, 2, in_channels=1, padding="valid"), []
    for block in (*net.down, *net.ups, *net.up):
        block.register_forward_hook(lambda layer, given, out: sizes.append((out.shape[1], out.shape[2])))
    out = net(torch.empty(1, 1, 572, 572, device="meta"))
    # Ronneberger et al. 2015, figure 1.
    assert sizes[:5] == [(64, 568), (128, 280), (256, 136), (512, 64), (1024, 28)]
    assert sizes[5::2] == [(512, 56), (256, 104), (128, 200), (64, 392)]
    assert sizes[6::2] == [(512, 52), (256, 100), (128, 196), (64, 388)]
    assert out.shape == (1, 2, 388, 388)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_unet_is_its_figure_written_out(padding):
    net = randomise(UNet(2, base_channels=3, padding=padding, depth=2)).eval()
    x = draw(1, 3, 60, 76)

    def convs(block, x):
        for conv in (block[0], block[2]):
            x = F.conv2d(x, conv.weight, conv.bias, padding=1 if padding == "same" else 0).clamp(min=0)
        return x

    with torch.no_grad():
        one = convs(net.down[0], x)
        two = convs(net.down[1], F.max_pool2d(one, 2))
        deep = net.ups[0](convs(net.down[2], F.max_pool2d(two, 2)))
        cut = (two.shape[2] - deep.shape[2]) // 2
        deep = convs(net.up[0], torch.cat([two[..., cut : cut + deep.shape[2], cut : cut + deep.shape[3]], deep], 1))
        deep = net.ups[1](deep)
        cut = (one.shape[2] - deep.shape[2]) // 2
        deep = convs(net.up[1], torch.cat([one[..., cut : cut + deep.shape[2], cut : cut + deep.shape[3]], deep], 1))
        expected = F.conv2d(deep, net.classifier.weight, net.classifier.bias)
        assert relative(net(x), expected) < 1e-5


@pytest.mark.parametrize("size, tile", [((100, 150), 64), ((100, 150), 384), ((100, 150), 50), ((1, 40), 16)])
def test_tiles_of_an_unpadded_unet_are_one_pass(size, tile):
    net = randomise(UNet(2, base_channels=2, padding="valid")).double().eval()
    image = draw(1, 3, *size, dtype=torch.float64)
    # One pass over the picture in a mirror: 92 pixels on each side, and more until the poolings divide it.
    height, width = (-(-(one - 4) // 16) * 16 + 4 if one > 4 else 4 for one in size)
    wide = ((92, 92 + height - size[0]), (92, 92 + width - size[1]))
    wide = torch.from_numpy(np.pad(image.numpy(), ((0, 0), (0, 0), *wide), mode="reflect"))
    with torch.no_grad():
        expected = net(wide)[..., : size[0], : size[1]]
    out = net.train().predict(image, tile=tile)
    assert out.shape == (1, 2, *size) and net.training and not out.requires_grad
    torch.testing.assert_close(out, expected, rtol=0, atol=1e-12)


def test_tiles_of_a_padded_unet_are_one_pass_away_from_the_border():
    net = randomise(UNet(2, base_channels=2)).double().eval()
    image, away = draw(1, 3, 250, 270, dtype=torch.float64), (..., slice(112, -112), slice(112, -112))
    with torch.no_grad():
        expected = net(image)
    for tile in (64, 100, 512):
        out = net.predict(image, tile=tile)
        assert out.shape == expected.shape
        torch.testing.assert_close(out[away], expected[away], rtol=0, atol=1e-12)
    assert not torch.allclose(out, expected)  # zeros around the one, a mirror around the other


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 3), (5, 40), (40, 5)])
def test_mirror(size):
    image = draw(1, 2, *size)
    for before, below, right in ((0, 0, 0), (3, 1, 2), (92, 100, 57)):
        expected = np.pad(image.numpy(), ((0, 0), (0, 0), (before, below), (before, right)), mode="reflect")
        assert np.array_equal(mirror(image, before, below, right).numpy(), expected)


def test_centre_crop():
    x = torch.arange(30).view(5, 6)
    assert centre_crop(x, (3, 2)).tolist() == [[8, 9], [14, 15], [20, 21]]
    assert centre_crop(x, (2, 6)).tolist() == x[1:3].tolist()  # of a rest of three, two are cut below


# mmsegmentation


@pytest.fixture(scope="module")
def mmseg():
    return json.loads(make_mmseg.JSON.read_text())


def drawn(name, shape):
    return torch.from_numpy(make_mmseg.draw(name, shape))


def fill(net):
    """Every weight drawn; the rest are the batch norms' counters."""
    rest = net.load_state_dict(make_mmseg.fill(net.state_dict()), strict=False)
    assert all(key.endswith("num_batches_tracked") for key in rest.missing_keys)


@pytest.mark.parametrize("name", make_mmseg.PSP_MAPS)
def test_pyramid_pooling_is_mmsegmentations(name, mmseg):
    head = nn.ModuleDict({"pyramid": PyramidPooling(8), "classifier": _head(16, 2, 3)}).double().eval()
    fill(head)
    x = drawn(f"map {name}", make_mmseg.PSP_MAPS[name])
    out = head["classifier"](head["pyramid"](x))
    assert relative(out, torch.tensor(mmseg[f"psp {name}"], dtype=torch.float64)) < 1e-12


def test_separable_pyramid_and_decoder_are_mmsegmentations(mmseg):
    net = DeepLabV3Plus(3, "resnet18", atrous_rates=make_mmseg.RATES, separable=True).double().eval()
    low, high = drawn("low", make_mmseg.LOW), drawn("high", make_mmseg.HIGH)
    net.backbone = nn.Module()
    net.backbone.forward = lambda images: Features(low, high, high)
    fill(net)
    images = torch.zeros(1, 3, *low.shape[2:], dtype=torch.float64)  # as large as the map: nothing left to enlarge
    out = net(images)[0]
    assert relative(out, torch.tensor(mmseg["plus"], dtype=torch.float64)) < 1e-10


def test_aux_and_logits_are_resized_with_corners_on_corners():
    net = randomise(PSPNet(2, "resnet18")).train()
    seen = {}
    for name in ("classifier", "aux"):
        getattr(net, name).register_forward_hook(lambda layer, given, out, name=name: seen.update({name: out}))
    out = net(draw(2, 3, 65, 81))
    for one, name in zip(out, ("classifier", "aux"), strict=True):
        assert seen[name].shape[2:] == (9, 11)  # Zhao et al. 2017: an eighth, 65 = 8 * 8 + 1
        torch.testing.assert_close(one[..., ::8, ::8], seen[name], rtol=0, atol=1e-4)


# segmentation-models-pytorch


@pytest.mark.parametrize(
    "backbone, size", [("resnet18", (64, 97)), pytest.param("resnet50", (65, 64), marks=pytest.mark.slow)]
)
@pytest.mark.filterwarnings("ignore:The map is")
def test_deeplab_is_segmentation_models_pytorchs(backbone, size):
    smp = pytest.importorskip("segmentation_models_pytorch", reason="equality with SMP's DeepLabV3 was NOT tested")
    other = smp.DeepLabV3(backbone, encoder_weights=None, classes=21, encoder_output_stride=8)
    # Two repairs. It dilates the first block of a stage too, so that the same weights compute something else ...
    for stage, rate in (("layer3", 1), ("layer4", 2)):
        block = getattr(other.encoder, stage)[0]
        first = block.conv2 if backbone == "resnet50" else block.conv1
        first.dilation = first.padding = (rate, rate)
    # ... and enlarges with align_corners=True.
    assert other.segmentation_head[1].align_corners
    other.segmentation_head[1] = nn.Identity()
    randomise(other).eval()
    state = {}
    for key, value in other.state_dict().items():
        for prefix, ours in (
            ("encoder.", "backbone."),
            ("decoder.aspp.", "classifier.0."),
            ("decoder.conv.", "classifier.1."),
            ("decoder.bn.", "classifier.2."),
            ("segmentation_head.0.", "classifier.4."),
        ):
            if key.startswith(prefix):
                state[ours + key.removeprefix(prefix)] = value
    net = DeepLabV3(21, backbone, output_stride=8).from_torchvision(state).eval()
    images = draw(1, 3, *size)
    with torch.no_grad():
        even = F.pad(images, (0, -size[1] % 8, 0, -size[0] % 8))  # it takes multiples of eight alone
        expected = F.interpolate(other(even), even.shape[2:], mode="bilinear", align_corners=False)
        assert relative(net(even), expected) < 1e-5


# Weights trained on ImageNet


@pytest.fixture
def real(monkeypatch):
    """What lies in COURSE_DATA; skip, saying so, where there is none."""
    if not os.environ.get("COURSE_DATA"):
        pytest.skip("COURSE_DATA not set: trained weights were NOT tested")

    def path(name):
        if not datasets.available(name, "train" if name == "camvid" else None):
            pytest.skip(f"{name} is not in COURSE_DATA: NOT tested")
        return datasets.path(name)

    return path


def road(size):
    """A CamVid picture, normalised as ImageNet's."""
    image = datasets.load("camvid", "train")[0][0].float() / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    image = (image - mean.view(3, 1, 1)) / deviation.view(3, 1, 1)
    return F.interpolate(image[None], size, mode="bilinear", antialias=True) if size else image[None]


@pytest.mark.real
def test_real_weights_fill_the_trunk(real):
    real("camvid")
    whole = tv.mobilenet_v2(weights=None)
    whole.load_state_dict(torch.load(real("mobilenet_v2"), weights_only=True))
    net = DeepLabV3Plus(11, "mobilenet_v2", output_stride=32).from_torchvision().eval()
    with torch.no_grad():
        expected = whole.eval().features[:18](road(None))
        assert expected.shape == (1, 320, 12, 15)
        assert relative(net.backbone(road(None)).high, expected) < 1e-5


@pytest.mark.real
def test_real_squeezenet_as_convolutions(real):
    real("camvid")
    net = tv.squeezenet1_1(weights=None)
    net.load_state_dict(torch.load(real("squeezenet1_1"), weights_only=True))
    dense = convolutionalize(net.eval())
    with torch.no_grad():
        scores = net(road((224, 224)))
        assert relative(dense(road((224, 224))).flatten(1), scores) < 1e-5
        assert scores.std() > 1
        assert dense(road(None)).shape == (1, 1000, 10, 17)
