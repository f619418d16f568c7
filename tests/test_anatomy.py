"""Maps, layers and parameters of the six networks, against their papers; the networks hold no numbers here."""

from functools import cache

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.segmentation import FCN, DeconvNet, DeepLabV3, DeepLabV3Plus, PSPNet, UNet
from helpers.segmentation.anatomy import anatomy
from helpers.segmentation.trace import follow

NETWORKS = {
    "FCN-32s": (FCN, {"output_stride": 32}, 512),
    "FCN-8s paper": (FCN, {"output_stride": 8, "padding": "paper"}, 500),
    "FCN resnet50": (FCN, {"backbone": "resnet50", "output_stride": 8}, 512),
    "FCN googlenet": (FCN, {"backbone": "googlenet", "output_stride": 8}, 512),
    "DeconvNet": (DeconvNet, {}, 224),
    "UNet": (UNet, {"batch_norm": True}, 256),
    "UNet valid": (UNet, {"padding": "valid"}, 572),
    "PSPNet": (PSPNet, {}, 473),
    "DeepLabV3": (DeepLabV3, {"output_stride": 16}, 513),
    "DeepLabV3Plus": (DeepLabV3Plus, {}, 513),
    "DeepLabV3Plus mobilenet_v2": (DeepLabV3Plus, {"backbone": "mobilenet_v2", "separable": True}, 513),
}


def build(network, num_classes=21, **options):
    with torch.device("meta"):
        return network(num_classes, **options)


@cache
def maps_of(name, detail="layers"):
    network, options, size = NETWORKS[name]
    return anatomy(build(network, **options), size, detail=detail)


def count(model):
    return sum(one.numel() for one in model.parameters())


def sizes(maps):
    return [one.height for one in maps]


def unet(in_channels=1):
    return anatomy(build(UNet, 2, in_channels=in_channels, padding="valid"), 572)


# Steps know what they read


class Mixed(nn.Module):
    """The picture, a convolution of it and a pooling of that, cut and laid side by side, and all added to a fourth."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Conv2d(2, 2, 3), nn.Conv2d(6, 2, 1), nn.Conv2d(2, 3, 1)

    def forward(self, x):
        a = self.first(x)
        b = F.max_pool2d(a, 3, stride=1, padding=1)
        joined = torch.cat([x[..., 1:-1, 1:-1], a.relu(), b.view(1, 2, *b.shape[2:])], 1)
        return self.third(self.second(joined).sigmoid() + a)


def test_steps_name_the_steps_that_they_read():
    _, steps = follow(Mixed(), 9)
    assert [one.sources for one in steps] == [(-1,), (0,), (-1, 0, 1), (0, 2)]
    assert steps[2].given == (1, 6, 7, 7) and steps[2].shape == (1, 2, 7, 7)


def test_switches_of_a_pooling_are_read_too():
    _, steps = follow(build(DeconvNet, base_channels=4, fc_channels=None), 32)
    kinds = [one.kind for one in steps]
    last = len(kinds) - 1 - kinds[::-1].index("unpooling")
    assert steps[last].sources == (kinds.index("max pooling"), last - 1)


# Ronneberger et al., "U-Net", 2015, figure 1 and section 2.


def test_the_maps_of_unet_have_the_sizes_and_channels_of_the_figure():
    maps = unet()
    down = [572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28]
    assert sizes(maps) == down + [56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388, 388]
    assert [one.width for one in maps] == sizes(maps)
    channels = [1, 64, 64, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512, 1024, 1024]
    channels += [512, 512, 512, 256, 256, 256, 128, 128, 128, 64, 64, 64, 2]
    assert [one.channels for one in maps] == channels


def test_unet_has_23_convolutional_layers():
    assert sum("convolution" in one.kinds[0] for one in unet()) == 23


# The reference notes: 31,030,658 parameters from one channel to two classes, 31,031,810 from three.
@pytest.mark.parametrize(("channels", "parameters"), [(1, 31_030_658), (3, 31_031_810)])
def test_the_parameters_of_unet(channels, parameters):
    assert sum(one.parameters for one in unet(channels)) == parameters


def test_unet_copies_the_map_before_pooling_and_crops_it():
    maps = unet()
    joins = [one for one in maps if len(one.sources) > 1]
    copied = [maps[one.sources[0]] for one in joins]
    assert [one.height for one in copied] == [64, 136, 280, 568]
    assert all(one.kinds == ("convolution",) for one in copied)
    # 1024 channels at 56x56: half of them copied and cut, half from the up-convolution.
    assert [one.given for one in joins] == [(1024, 56, 56), (512, 104, 104), (256, 200, 200), (128, 392, 392)]
    assert all(maps[one.sources[1]].kinds == ("transposed convolution",) for one in joins)


# Long et al., "Fully Convolutional Networks", 2015; the numbers are those of the authors' net.py, counted.
@pytest.mark.parametrize(("stride", "parameters"), [(32, 136_152_917), (16, 134_815_994), (8, 134_489_759)])
def test_the_parameters_of_fcn(stride, parameters):
    assert sum(one.parameters for one in anatomy(build(FCN, output_stride=stride), 512)) == parameters


def test_fcn_8s_scores_the_fourth_and_the_third_pooling():
    maps = anatomy(build(FCN, output_stride=8), 512)
    scores = [one for one in maps if one.name.startswith("body.scores")]
    read = [maps[one.sources[0]] for one in scores[1:]]
    assert [(one.kinds, one.channels, one.height) for one in read] == [
        (("max pooling",), 512, 32),
        (("max pooling",), 256, 64),
    ]
    sums = [one for one in maps if len(one.sources) > 1]
    assert [one.given for one in sums] == [(21, 32, 32), (21, 64, 64)]  # a sum: no more channels


# The authors' voc-fcn8s: 100 pixels of zeros make 698 of 500, a last map of 568 is cut back to 500.
def test_fcn_with_the_zeros_of_the_paper():
    maps = maps_of("FCN-8s paper")
    assert sizes(maps)[:3] == [500, 698, 698] and sizes(maps)[-2:] == [568, 500]
    assert maps[-1].kinds == ("cut",) and maps[-1].parameters == maps[-1].layers == 0
    assert maps[-1].sources == (len(maps) - 2,)


# Noh et al., "Learning Deconvolution Network", 2015, figure 2; parameters: the reference notes.
def test_deconvnet_goes_down_to_one_and_up_again():
    maps = maps_of("DeconvNet")
    poolings = [one.height for one in maps if one.kinds == ("max pooling",)]
    unpoolings = [one for one in maps if one.kinds == ("unpooling",)]
    assert poolings == [112, 56, 28, 14, 7] and [one.height for one in unpoolings] == [14, 28, 56, 112, 224]
    assert [one.channels for one in maps if one.height == 1] == [4096, 4096]
    for one in unpoolings:  # each has the switches of the pooling of its size
        switches = maps[one.sources[0]]
        assert switches.kinds == ("max pooling",) and 2 * switches.height == one.height
    assert sum(one.parameters for one in maps) == 251_805_653


# Zhao et al., "Pyramid Scene Parsing Network", 2017, figure 3: bins 1, 2, 3, 6 on a map of 60x60.
def test_pspnet_lays_four_averages_beside_the_map():
    maps = maps_of("PSPNet", "stages")
    pools = [one for one in maps if "average pooling" in one.kinds[0]]
    assert [one.height for one in pools] == [1, 2, 3, 6] and {one.channels for one in pools} == {2048}
    (join,) = (one for one in maps if one.given[0] == 4096)
    read = [maps[source] for source in join.sources]
    assert [(one.channels, one.height) for one in read] == [(2048, 60)] + 4 * [(512, 60)]
    assert read[0] is maps[pools[0].sources[0]]
    # The auxiliary head, with 2,365,205 parameters, does not run in evaluation.
    assert sum(one.parameters for one in maps) + 2_365_205 == count(build(PSPNet))


# Chen et al., "Rethinking Atrous Convolution", 2017, section 3.3: rates 6, 12, 18 at output stride 16.
def test_the_rates_of_deeplabv3():
    maps = maps_of("DeepLabV3")
    (join,) = (one for one in maps if one.given[0] == 1280)
    branches = [maps[source] for source in join.sources]
    assert [one.rates for one in branches] == [(), (6,), (12,), (18,), ()]
    assert [one.height for one in branches] == [33, 33, 33, 33, 1] and {one.channels for one in branches} == {256}


# Chen et al., "Encoder-Decoder with Atrous Separable Convolution", 2018, figure 2 and table 1.
def test_deeplabv3plus_takes_the_map_of_stride_4():
    maps = maps_of("DeepLabV3Plus", "stages")
    low = next(one for one in maps if one.name.startswith("low"))
    assert (low.channels, low.height) == (48, 129) and maps[low.sources[0]].name == "backbone.layer1"
    (join,) = (one for one in maps if one.given == (304, 129, 129))
    assert {maps[source].kinds[0] for source in join.sources} == {"convolution", "bilinear up-sampling"}


# Of every network


@pytest.mark.parametrize("detail", ["layers", "stages"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_parameter_counts_once(name, detail):
    network, options, _ = NETWORKS[name]
    model = build(network, **options)
    unused = count(model.aux) if getattr(model, "aux", None) is not None else 0
    assert sum(one.parameters for one in maps_of(name, detail)) + unused == count(model)


@pytest.mark.parametrize("detail", ["layers", "stages"])
@pytest.mark.parametrize("name", NETWORKS)
def test_maps_read_earlier_maps_and_the_first_is_the_picture(name, detail):
    maps = maps_of(name, detail)
    size = NETWORKS[name][2]
    assert maps[0].kinds == ("picture",) and maps[0].given == (3, size, size) and maps[0].sources == ()
    for number, one in enumerate(maps[1:], start=1):
        assert one.sources and max(one.sources) < number
    read = {source for one in maps for source in one.sources}
    assert read == set(range(len(maps) - 1))  # all but the last are used


@pytest.mark.parametrize("name", NETWORKS)
def test_stages_keep_all_layers_and_every_size(name):
    layers, stages = maps_of(name), maps_of(name, "stages")
    assert sum(one.layers for one in stages) == sum(one.layers for one in layers)
    # Without padding no two maps of a block are of one size, and a stage is a layer.
    assert len(stages) < len(layers) or name == "UNet valid"
    assert set(sizes(stages)) == set(sizes(layers))
    assert stages[-1][6:9] == layers[-1][6:9]  # channels, height, width


# He et al., "Deep Residual Learning", 2016, table 1: 3, 4, 6, 3 blocks of three, and a projection in each stage.
def test_the_stages_of_a_resnet():
    stages = {one.name.removeprefix("backbone."): one for one in maps_of("DeepLabV3", "stages")}
    found = [(stages[f"layer{n}"].layers, stages[f"layer{n}"].channels) for n in (1, 2, 3, 4)]
    assert found == [(10, 256), (13, 512), (19, 1024), (10, 2048)]
    assert stages["layer4"].rates == (2, 4, 8)  # DeepLabv3, table 5: multi-grid 1, 2, 4 at output stride 16


def test_the_stages_of_a_mobilenet_are_its_blocks_of_one_width():
    maps = maps_of("DeepLabV3Plus mobilenet_v2", "stages")
    # Sandler et al., "MobileNetV2", 2018, table 2, without the last 1x1 convolution.
    assert [one.channels for one in maps[1:9]] == [32, 16, 24, 32, 64, 96, 160, 320]


def test_both_convolutions_of_a_unet_block_are_one_stage():
    stages = {one.name: one for one in maps_of("UNet", "stages")}
    assert stages["down.0"].layers == 2 and stages["down.0"].kernels == ((3, 3),)


def test_a_layer_that_runs_twice_counts_once():
    shared = nn.Conv2d(4, 4, 3, padding=1)
    network = nn.Sequential(shared, nn.BatchNorm2d(4), shared)
    assert [one.parameters for one in anatomy(network, 8)] == [0, 4 * 4 * 9 + 4 + 8, 0]


def test_a_picture_need_not_be_square():
    maps = anatomy(build(UNet, 3), (64, 96))
    assert (maps[0].height, maps[0].width) == (64, 96) == (maps[-1].height, maps[-1].width)


def test_the_list_is_a_table():
    table = pd.DataFrame(unet())
    assert table["parameters"].sum() == 31_030_658 and table["height"].iloc[-1] == 388


def test_the_model_is_left_as_it_was():
    model = UNet(2, base_channels=4)
    model.down[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    anatomy(model, 64, detail="stages")
    assert all(value.equal(before[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


def test_hooks_go_even_if_the_model_does_not_run():
    model = build(UNet, 2, padding="valid")
    with pytest.raises(ValueError, match="does not run on a picture of 3x100x100"):
        anatomy(model, 100)
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


def test_another_detail_is_refused():
    with pytest.raises(ValueError, match="detail='blocks': expected one of 'layers', 'stages'"):
        anatomy(build(UNet, 2), 64, detail="blocks")
