"""What a unit sees, what a layer does to the resolution, what a pass costs: against papers, torch and the gradient."""

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from helpers.segmentation import costs
from helpers.segmentation.costs import multiply_adds, sliding_window_cost
from helpers.segmentation.explain import measured_receptive_field, receptive_field, stride_table
from helpers.segmentation.sliding import sliding_window
from helpers.segmentation.trace import follow
from helpers.segmentation.windows import coverage, overlap_counts, pyramid_bins, valid_taps


@pytest.fixture(autouse=True)
def one_seed_and_thread():
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # maps of ten pixels: a second thread only waits
    yield
    torch.set_num_threads(threads)


@functools.cache
def bare(name, **options):
    """One of torchvision's networks, without numbers."""
    with torch.device("meta"):
        return torchvision.models.get_model(name, weights=None, **options)


class Branches(nn.Module):
    """Side by side; cut to the smallest and concatenated, or added, or multiplied."""

    def __init__(self, *branches, join):
        super().__init__()
        self.branches, self.join = nn.ModuleList(branches), join

    def forward(self, x):
        maps = [branch(x) for branch in self.branches]
        height, width = (min(one.shape[i] for one in maps) for i in (2, 3))
        if self.join == "cut":
            return torch.cat([one[:, :, -height:, :width] for one in maps], 1)
        return maps[0] + maps[1] if self.join == "add" else maps[0] * maps[1]


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def conv(kernel, **options):
    return nn.Conv2d(2, 2, kernel, **options)


class ValidUNet(nn.Module):
    """The paper's network in figure 1, with a parameter for how wide it is."""

    def __init__(self, base=64, channels=1, classes=2):
        super().__init__()
        widths = [base * 2**level for level in range(5)]
        self.down = nn.ModuleList(self.block(a, b) for a, b in zip([channels, *widths], widths, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * a, a, 2, 2) for a in widths[3::-1])
        self.join = nn.ModuleList(self.block(2 * a, a) for a in widths[3::-1])
        self.head = nn.Conv2d(base, classes, 1)

    @staticmethod
    def block(given, out):
        return nn.Sequential(nn.Conv2d(given, out, 3), nn.ReLU(True), nn.Conv2d(out, out, 3), nn.ReLU(True))

    def forward(self, x):
        kept = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            kept.append(x)
        for up, join, skip in zip(self.up, self.join, kept[3::-1], strict=True):
            x = up(x)
            edge = (skip.shape[-1] - x.shape[-1]) // 2
            x = join(torch.cat([skip[:, :, edge : edge + x.shape[-2], edge : edge + x.shape[-1]], x], 1))
        return self.head(x)


# Receptive fields, worked out


# Long et al., "Fully Convolutional Networks for Semantic Segmentation", 2015, table 1: receptive fields 355 and 404.
@pytest.mark.parametrize(("name", "kernel", "field"), [("alexnet", 6, 355), ("vgg16", 7, 404)])
def test_the_fields_of_the_fully_convolutional_forms(name, kernel, field):
    features = bare(name).features
    with torch.device("meta"):
        network = nn.Sequential(features, nn.Conv2d(256 if name == "alexnet" else 512, 8, kernel))
    for size in (224, 500):
        found = receptive_field(network, size=size)
        assert (found.height, found.width, found.stride) == (field, field, 32)
    # The first fully connected layer sees as much.
    assert receptive_field(bare(name), "classifier.6").height == field


# The same table: 907 for GoogLeNet, its 7x7 average pooling included; 715 before it.
def test_the_field_of_googlenet_with_the_filters_of_its_paper():
    with torch.device("meta"):
        network = torchvision.models.googlenet(init_weights=False, weights=None)
        # Szegedy et al., "Going Deeper with Convolutions", 2015, table 1; torchvision has 2x2 here and 3x3 for 5x5.
        network.maxpool4.kernel_size = 3
        for module in network.modules():
            if hasattr(module, "branch3"):
                old = module.branch3[1].conv
                module.branch3[1].conv = nn.Conv2d(old.in_channels, old.out_channels, 5, padding=2)
    assert receptive_field(network, "inception5b").height == 715
    assert receptive_field(network).height == 907


# Worked out by hand, the sum of (kernel - 1) * dilation * stride: stem 11, then the 3x3 filters of each stage.
def test_the_field_of_a_dilated_resnet():
    network = bare("resnet50", replace_stride_with_dilation=(False, True, True))
    found = receptive_field(network, "layer4", size=600)
    by_hand = 11 + 2 * (3 * 4 + 4 + 3 * 8 + 8 + 5 * 16 + 16 + 2 * 32)
    assert by_hand == found.height == found.width == 427 and found.stride == 8
    assert found.box == (83, 83, 510, 510)
    assert receptive_field(bare("resnet50"), "layer4").stride == 32


# Ronneberger et al., "U-Net", 2015, figure 1: 140 pixels by its filters and poolings, down to 28x28 units.
def test_the_field_of_u_net():
    network = ValidUNet(2)
    found = receptive_field(network, "down.4", size=572)
    assert found[:3] == (140, 140, 16)
    # The first unit of valid convolutions sees no padding.
    assert receptive_field(network, "down.4", size=572, unit=(0, 0)).box == (0, 0, 140, 140)
    assert receptive_field(network, "down.4", size=572, unit=(27, -1)).box == (432, 432, 572, 572)
    assert receptive_field(network, size=572).stride == 1


def test_a_branch_counts_as_far_as_it_sees():
    off = nn.Sequential(Branches(conv(1), nn.Sequential(nn.ZeroPad2d((4, -4, 4, -4)), conv(1)), join="add"))
    assert receptive_field(off, size=9)[:3] == (5, 5, 1)  # one pixel and the one four above: 5 rows
    wide = Branches(conv(3, padding=1), conv(3, padding=4, dilation=4), join="cut")
    assert receptive_field(wide, size=20)[:3] == (9, 9, 1)


def test_after_an_up_sampling_the_units_that_see_most_count():
    twice = nn.Sequential(conv(2, stride=2), nn.ConvTranspose2d(2, 2, 2, 2), conv(2))
    # Two fine units are of one coarse unit or of two.
    assert receptive_field(twice, size=8, unit=(0, 0)).box == (0, 0, 2, 2)
    assert receptive_field(twice, size=8, unit=(1, 1)).box == (0, 0, 4, 4)
    assert receptive_field(twice, size=8)[:3] == (4, 4, 1)


def test_a_stride_after_an_up_sampling():
    network = nn.Sequential(nn.MaxPool2d(3), nn.Upsample(scale_factor=3), conv(2, stride=2), conv(2))
    # Fine units 0 to 3 are of two coarse ones, and so are 2 to 5.
    assert receptive_field(network, size=27)[:3] == (6, 6, 2)


def test_axes_may_differ():
    network = nn.Sequential(nn.Conv2d(1, 1, (1, 3), stride=(1, 2)), nn.Conv2d(1, 1, (5, 3), stride=(2, 1)))
    found = receptive_field(network, size=(9, 20), unit=(0, 1))
    assert (found.height, found.width, found.stride, found.box) == (5, 7, 2, (0, 2, 5, 9))
    assert receptive_field(network, "0", size=(9, 20)).stride == (1, 2)
    assert receptive_field(LAYERS["slices"], size=(2, 9, 9)).stride == (1, 2)


def test_the_middle_unit_is_meant():
    for side, middle in ((8, 4), (9, 4)):
        assert receptive_field(conv(1), size=side).box == (middle, middle, middle + 1, middle + 1)
        assert measured_receptive_field(conv(1), side).box == (middle, middle, middle + 1, middle + 1)


def test_a_layer_that_runs_twice_is_meant_as_it_last_ran():
    again = conv(3, padding=1)
    assert receptive_field(nn.Sequential(again, again), "0", size=9).height == 5


def test_a_unit_that_sees_padding_alone_has_an_empty_box():
    padded = nn.Sequential(nn.ZeroPad2d(3), conv(3))
    assert receptive_field(padded, size=(2, 9, 9), unit=(0, 5)).box == (0, 0, 0, 0)
    assert measured_receptive_field(padded, (2, 9, 9), unit=(0, 5)).box == (0, 0, 0, 0)


# Receptive fields, measured

LAYERS = {
    "convolution": conv((3, 2), stride=(2, 1), padding=1, dilation=(1, 3)),
    "transposed, overlapping": nn.ConvTranspose2d(2, 2, 3, stride=2, padding=1, output_padding=1),
    "transposed, dilated": nn.ConvTranspose2d(2, 2, 3, stride=2, dilation=2, padding=1),
    "transposed, with gaps": nn.ConvTranspose2d(2, 2, 2, stride=3),
    "max pooling": nn.MaxPool2d(3, 2, padding=1, ceil_mode=True),
    "average pooling": nn.AvgPool2d(2, 1),
    "adaptive pooling": nn.AdaptiveAvgPool2d((5, 4)),
    "global pooling": Function(lambda x: x + x.mean((2, 3), keepdim=True)),
    "nearest": nn.Upsample(size=(14, 9)),
    "nearest-exact": nn.Upsample(size=(14, 9), mode="nearest-exact"),
    "bilinear": nn.Upsample(scale_factor=2, mode="bilinear"),
    "bilinear, corners aligned": nn.Upsample(size=(17, 20), mode="bilinear", align_corners=True),
    "bicubic": nn.Upsample(scale_factor=2, mode="bicubic"),
    "reflected": nn.ReflectionPad2d((2, 1, 0, 3)),
    "replicated": nn.ReplicationPad2d((2, 1, 0, 3)),
    "zeros and a crop": nn.ZeroPad2d((2, -1, 0, 3)),
    "slices": Function(lambda x: x[:, :, 1:-1, 2::2]),
    "unpooling": Function(
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=x.shape[-2:])
    ),
    "pixel shuffle": nn.Sequential(nn.Conv2d(2, 8, 1), nn.PixelShuffle(2)),
    "channel shuffle": nn.ChannelShuffle(2),
    "activations": nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(True), nn.GroupNorm(1, 2), nn.Hardtanh(-1, 0), nn.PReLU()),
    "softmax": nn.Softmax2d(),
    "residual": Branches(conv(3, padding=1), nn.Identity(), join="add"),
    "gate": Branches(nn.Identity(), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Sigmoid()), join="multiply"),
    "cut and joined": nn.Sequential(Branches(conv(3), conv(5, dilation=1), conv(2), join="cut"), nn.Conv2d(6, 2, 1)),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_units_of_every_kind_of_layer_see_what_its_gradient_says(layer):
    network = nn.Sequential(conv(3), layer, conv(3, padding=1, stride=2))
    size = (2, 11, 10)
    for name in ("1", None):
        rows, columns = follow(network, size, name)[0]
        height, width, found = len(rows.low), len(columns.low), receptive_field(network, name, size=size)
        for row in {0, 1, height // 2, height // 2 + 1, height - 1} & {*range(height)}:
            for column in {0, width // 2, width // 2 + 1, width - 1} & {*range(width)}:
                measured = measured_receptive_field(network, size, name, unit=(row, column), linear=True)
                box = rows.low[row], columns.low[column], rows.high[row] + 1, columns.high[column] + 1
                assert measured.box == (box if box[0] < box[2] and box[1] < box[3] else (0, 0, 0, 0)), (row, column)
                assert found.height >= measured.height and found.width >= measured.width
        assert found.box == measured_receptive_field(network, size, name, linear=True).box


def test_the_theory_is_reached_inside_a_large_picture():
    network = nn.Sequential(conv(5, stride=2, padding=2), nn.MaxPool2d(2), conv(3, padding=4, dilation=4))
    network.append(nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1)).append(conv(3, padding=1))
    found = receptive_field(network, size=100)
    boxes = [receptive_field(network, size=100, unit=(row, 25)).box for row in range(20, 30)]
    assert max(bottom - top for top, _, bottom, _ in boxes) == found.height < 100
    same = [receptive_field(network, size=size)[:3] for size in (20, 60, 101)]
    assert same == [found[:3]] * 3
    # The same with a branch beside it that sees less, and repeats itself after 1 unit where the other does after 2.
    beside = Branches(network[:4], nn.Upsample(size=50), join="add")
    assert receptive_field(nn.Sequential(beside, network[4]), size=100)[:3] == found[:3]


def test_the_measured_field_of_a_real_network_is_the_theoretical_one():
    network = torchvision.models.resnet18(weights=None)
    measured = measured_receptive_field(network, (241, 33), "layer3", linear=True)
    assert measured.box == receptive_field(network, "layer3", size=(241, 33)).box
    assert measured.height == receptive_field(network, "layer3").height == 211
    effective = measured_receptive_field(network, (241, 65), "layer3", threshold=0.05)
    assert 0 < effective.height < 211 and effective.gradient.shape == (241, 65)


def test_a_chain_of_gates_stays_in_range():
    gates = (Branches(nn.Identity(), conv(3, padding=1), join=join) for _ in range(12) for join in ("add", "multiply"))
    network = nn.Sequential(*gates)  # by itself 2 ** (2 ** 12) and more
    assert measured_receptive_field(network, (2, 60, 9), linear=True)[:2] == (49, 9)


def test_a_corner_that_counts_little_counts():
    deep = nn.Sequential(*(nn.Conv2d(1, 1, (1, 7)) for _ in range(60)))  # 7 ** -60 is nothing in 32 bits
    assert measured_receptive_field(deep, (1, 361), linear=True).width == 361


@pytest.mark.slow
def test_the_measured_field_of_a_dilated_resnet50():
    network = torchvision.models.resnet50(weights=None, replace_stride_with_dilation=(False, True, True))
    assert measured_receptive_field(network, (441, 441), "layer4", linear=True)[:2] == (427, 427)


def test_as_it_is_a_network_sees_less():
    network = nn.Sequential(conv(5, padding=2, bias=False), nn.ReLU(inplace=True))
    with torch.no_grad():
        network[0].weight.zero_()[:, :, 2, 1:4] = 1
    picture = torch.ones(2, 9, 9)
    found = measured_receptive_field(network, picture)
    assert found.box == (4, 3, 5, 6) and (found.height, found.width) == (1, 3)
    assert found.gradient[4, 2:7].tolist() == [0, 4, 4, 4, 0]  # two channels in, two out
    assert measured_receptive_field(network, -picture).box == (0, 0, 0, 0)  # its ReLU is shut
    assert measured_receptive_field(network, -picture, "0").box == (4, 3, 5, 6)
    assert measured_receptive_field(network, picture, linear=True).height == 5
    assert measured_receptive_field(network, picture, unit=(1, 4, 4)).gradient[4, 4] == 2


def test_a_first_layer_may_write_into_the_picture():
    picture = torch.full((2, 5, 5), -1.0)
    assert measured_receptive_field(nn.Sequential(nn.Hardtanh(-2, 0, inplace=True), conv(3)), picture).height == 3
    assert picture.eq(-1).all()


def test_threshold_is_a_share_of_the_greatest():
    network = nn.Conv2d(1, 1, (1, 5), padding=(0, 2), bias=False)
    with torch.no_grad():
        network.weight[:] = torch.tensor([1, 5, -10.0, 5, 2])
    widths = [measured_receptive_field(network, 9, threshold=share).width for share in (0, 0.1, 0.4, 0.5, 0.99)]
    assert widths == [5, 4, 3, 1, 1]


def test_the_same_noise_each_time_and_no_draw_from_the_readers_generator():
    network = nn.Sequential(conv(3), nn.ReLU(), conv(3))
    state = torch.get_rng_state()
    one, two = (measured_receptive_field(network, 16).gradient for _ in range(2))
    assert one.equal(two) and torch.get_rng_state().equal(state)


def broken(x):
    raise RuntimeError("broken on purpose")


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize(
    "explain",
    [
        lambda model: receptive_field(model, size=16),
        lambda model: measured_receptive_field(model, 16),
        lambda model: measured_receptive_field(model, 16, linear=True),
        lambda model: stride_table(model, 16),
        lambda model: multiply_adds(model, 16),
        lambda model: sliding_window(model, torch.rand(2, 4, 4), 4, padding=None),
    ],
)
def test_a_network_is_left_as_it_was_found(explain, fails):
    model = nn.Sequential(conv(3), nn.BatchNorm2d(2), nn.ReLU(True), nn.AdaptiveAvgPool2d(1), conv(1))
    if fails:
        model.append(Function(broken))
    model.train()
    model[1].eval()  # frozen, as in fine-tuning
    model[0].weight.requires_grad_(False)
    model[0].bias.grad = torch.ones(2)
    before = {name: (value, value.clone()) for name, value in model.state_dict(keep_vars=True).items()}
    try:
        explain(model)
        assert not fails
    except (RuntimeError, ValueError) as error:
        assert fails and "broken on purpose" in str(error)
    assert [module.training for module in model] == [True, False] + [True] * (len(model) - 2) and model.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    for name, value in model.state_dict(keep_vars=True).items():
        assert value is before[name][0] and value.equal(before[name][1])
    assert not model[0].weight.requires_grad and model[0].bias.requires_grad
    assert model[0].bias.grad.equal(torch.ones(2)) and model[4].weight.grad is None


# Tables of strides


# Ronneberger et al., "U-Net", 2015, figure 1: the sizes written beside every map.
def test_the_sizes_of_u_net_are_those_of_its_figure():
    with torch.device("meta"):
        table = stride_table(ValidUNet(), 572)
    down = [570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28]
    up = [56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388, 388]
    assert table["height"].tolist() == table["width"].tolist() == down + up
    # Counted from the layers of the same figure, biases included.
    assert table["parameters"].sum() == 31_030_658
    strides = stride_table(ValidUNet(2), 572, resolution_only=True)
    assert strides["total_stride"].tolist() == [2, 4, 8, 16, 8, 4, 2, 1]
    assert strides["kind"].tolist() == ["max pooling"] * 4 + ["transposed convolution"] * 4
    sides = stride_table(Function(lambda x: F.adaptive_avg_pool2d(x, 4)), (3, 8, 4), resolution_only=True)
    assert sides["total_stride"].tolist() == [(2, 1)]
    assert stride_table(Function(lambda x: F.adaptive_avg_pool2d(x, 4)), (3, 4, 4), resolution_only=True).empty
    assert strides["name"].tolist() == ["(network)"] * 4 + [f"up.{level}" for level in range(4)]


def test_the_table_of_vgg16():
    table = stride_table(bare("vgg16"))
    assert table["kind"].value_counts().to_dict() == {
        "convolution": 13,
        "max pooling": 5,
        "adaptive average pooling": 1,
        "linear": 3,
    }
    # torchvision's VGG16_Weights: num_params.
    assert table["parameters"].sum() == torchvision.models.VGG16_Weights.DEFAULT.meta["num_params"] == 138_357_544
    last = table[table["kind"] == "convolution"].iloc[-1]
    assert last[["name", "kernel", "stride", "dilation", "total_stride", "height", "channels"]].tolist() == [
        *("features.28", 3, 1, 1, 16, 14, 512)
    ]
    assert last["receptive_field"] == 196
    assert table.iloc[-1][["kernel", "stride", "dilation"]].tolist() == [None] * 3
    assert table.iloc[-1][["height", "width", "channels"]].tolist() == [1, 1, 1000]


def test_the_table_tells_dilation_from_stride():
    plain, dilated = (
        stride_table(bare("resnet50", replace_stride_with_dilation=(False, *two))) for two in ((0, 0), (1, 1))
    )
    assert plain["parameters"].tolist() == dilated["parameters"].tolist()
    assert plain["total_stride"].iloc[-3] == 32 and dilated["total_stride"].iloc[-3] == 8
    assert dilated["dilation"].dropna().max() == 4 and plain["dilation"].dropna().max() == 1
    two = stride_table(nn.Sequential(nn.Conv2d(1, 1, (3, 1), stride=(2, 1), padding=0)), (9, 4)).iloc[0]
    assert two[["kernel", "stride", "dilation", "total_stride", "height", "width", "receptive_field"]].tolist() == [
        *((3, 1), (2, 1), 1, (2, 1), 4, 4, (3, 1))
    ]


def test_functions_are_in_the_table_too():
    model = Function(lambda x: F.interpolate(F.max_pool2d(x, 2), size=x.shape[-2:], mode="bilinear"))
    table = stride_table(model, (3, 8, 8))
    assert table["kind"].tolist() == ["max pooling", "bilinear up-sampling"]
    assert table["total_stride"].tolist() == [2, 1] and table["parameters"].sum() == 0


# Costs


# torchvision's weights say what a pass costs (GMAC, `_ops`), at 224x224 for the classifiers and 520x520 for DeepLabv3.
@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet50", "googlenet", "mobilenet_v2"])
def test_multiply_adds_are_those_that_torchvision_gives(name):
    options = {"init_weights": False} if name == "googlenet" else {}
    published = torchvision.models.get_model_weights(name).DEFAULT.meta["_ops"]
    assert multiply_adds(bare(name, **options)) / 1e9 == pytest.approx(published, abs=1e-3)


# The same, and DeepLabV3_ResNet50_Weights: 178.722; FCN_ResNet50_Weights: 152.717. Both with the auxiliary head.
@pytest.mark.parametrize(("name", "gmac"), [("deeplabv3_resnet50", 178.722), ("fcn_resnet50", 152.717)])
def test_multiply_adds_of_segmentation_networks(name, gmac):
    found = multiply_adds(bare(name, weights_backbone=None, aux_loss=True), 520)
    assert found / 1e9 == pytest.approx(gmac, abs=5e-4)


def test_multiply_adds_of_a_transposed_convolution_counted_by_hand():
    # Every input number times every weight of its channel.
    network = nn.Sequential(nn.Conv2d(1, 3, 1), nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1))
    assert multiply_adds(network, (6, 7)) == 6 * 7 * 3 + 6 * 7 * 3 * 5 * 4 * 4
    assert multiply_adds(nn.Conv2d(4, 6, 3, groups=2, padding=1), (6, 7)) == 6 * 7 * 2 * 6 * 9


# Windows


# Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, figure 4, recomputed.
@pytest.mark.parametrize(("rate", "nine"), [(6, 66.5), (12, 39.8), (18, 19.9), (24, 6.8)])
def test_valid_taps_on_a_map_of_65(rate, nine):
    assert 100 * valid_taps(65, rate)[9] == pytest.approx(nine, abs=0.05)


@pytest.mark.parametrize(
    ("size", "rate", "kernel"), [(65, 1, 3), ((7, 12), 4, 3), (9, 3, 5), (8, 7, 3), (5, 9, 3), (1, 1, 3)]
)
def test_valid_taps_are_what_a_filter_of_ones_counts(size, rate, kernel):
    ones = torch.ones(1, 1, *((size, size) if isinstance(size, int) else size))
    filled = torch.ones(1, 1, kernel, kernel)
    counts = F.conv2d(ones, filled, padding=rate * (kernel // 2), dilation=rate)
    shares = valid_taps(size, rate, kernel)
    assert math.fsum(shares.values()) == pytest.approx(1) and list(shares) == sorted(shares)
    for taps, share in shares.items():
        assert share == pytest.approx((counts == taps).double().mean().item()), taps


def test_a_filter_wider_than_the_map_is_one_tap():
    assert valid_taps(65, 65)[1] == valid_taps(28, 36)[1] == 1
    assert list(valid_taps(65, 65)) == [1, 2, 3, 4, 6, 9]


# Odena et al., "Deconvolution and Checkerboard Artifacts", 2016: a kernel that the stride divides overlaps evenly.
@pytest.mark.parametrize(
    ("kernel", "stride", "counts"),
    [
        (3, 2, [1, 1, 2, 1, 2, 1, 2, 1, 1]),
        (4, 2, [1, 1, 2, 2, 2, 2, 2, 2, 1, 1]),
        (2, 2, [1] * 8),
        (5, 3, [1, 1, 1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 1, 1]),
        (2, 3, [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1]),
    ],
)
def test_overlap_counts(kernel, stride, counts):
    assert overlap_counts(4, kernel, stride).tolist() == counts
    assert overlap_counts(4, kernel, stride, padding=1).tolist() == counts[1:-1]


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (4, 2, 1), (5, 3, 2), ((2, 3), (3, 1), (0, 1))])
def test_overlap_is_what_a_transposed_convolution_of_ones_gives(kernel, stride, padding):
    filled = torch.ones(1, 1, *((kernel, kernel) if isinstance(kernel, int) else kernel))
    expected = F.conv_transpose2d(torch.ones(1, 1, 4, 6), filled, stride=stride, padding=padding)[0, 0]
    assert overlap_counts((4, 6), kernel, stride, padding).tolist() == expected.int().tolist()


# Reference numbers worked out by hand: a stack of 2, 2, 2 sees every other position; 1, 2, 5 sees all.
@pytest.mark.parametrize(("rates", "seen", "length"), [((2, 2, 2), 7, 13), ((2, 4, 8), 15, 29), ((1, 2, 5), 17, 17)])
def test_coverage(rates, seen, length):
    counts = coverage(rates)
    assert (np.count_nonzero(counts), len(counts), counts.sum()) == (seen, length, 27)
    stack = nn.Sequential(*(nn.Conv2d(1, 1, (1, 3), dilation=rate, bias=False) for rate in rates))
    for layer in stack:
        nn.init.ones_(layer.weight)
    assert counts.tolist() == measured_receptive_field(stack, (1, length)).gradient[0].tolist()


@pytest.mark.parametrize(("size", "bins"), [(28, 6), (60, 6), (7, 3), ((9, 14), (2, 5)), (3, 6), (5, 1)])
def test_pyramid_bins_are_those_of_adaptive_pooling(size, bins):
    height, width = (size, size) if isinstance(size, int) else size
    given = torch.zeros(1, 1, height, width, requires_grad=True)
    pooled = F.adaptive_avg_pool2d(given, bins).flatten()
    windows = pyramid_bins(size, bins)
    assert len(windows) == len(pooled)
    for mean, (top, left, bottom, right) in zip(pooled, windows, strict=True):
        expected = torch.zeros(height, width)
        expected[top:bottom, left:right] = 1 / ((bottom - top) * (right - left))
        assert torch.allclose(torch.autograd.grad(mean, given, retain_graph=True)[0][0, 0], expected)


# Sliding windows


def valid_network():
    first, second = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Tanh()), nn.Conv2d(4, 4, 4)
    return nn.Sequential(first, second, nn.Tanh(), nn.Conv2d(4, 3, 2))


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_patches_give_what_one_pass_gives(batch_size):
    network, picture = valid_network(), torch.rand(2, 11, 14)
    slid = sliding_window(network, picture, patch=7, batch_size=batch_size)
    with torch.no_grad():
        whole = network.eval()(F.pad(picture[None], (3, 3, 3, 3), mode="reflect"))[0]
        inside = network(picture[None])[0]
    assert slid.shape == (3, 11, 14)
    torch.testing.assert_close(slid, whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(sliding_window(network, picture, patch=7, padding=None), inside, atol=1e-5, rtol=0)


def test_a_strided_network_slides_at_its_stride():
    network = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2), nn.MaxPool2d(2), nn.Conv2d(4, 5, 2))  # stride 4, patch 9
    picture = torch.rand(2, 30, 23)
    with torch.no_grad():
        heat = network(picture[None])[0]
    slid = sliding_window(network, picture, patch=9, stride=4, padding=None)
    torch.testing.assert_close(slid, heat, atol=1e-5, rtol=0)
    assert slid.shape == (5, 6, 4)
    assert sliding_window(network, picture, patch=9, stride=4).shape == (5, 8, 6)


def test_a_fully_connected_classifier_sees_a_patch_around_each_pixel():
    picture = torch.arange(1.0, 31).reshape(1, 5, 6)
    patches = sliding_window(nn.Flatten(), picture, patch=5)
    assert patches.shape == (25, 5, 6)
    assert patches[12].equal(picture[0])  # the middle
    corner = patches[:, 0, 0].reshape(5, 5)
    assert corner[2:, 2:].equal(picture[0, :3, :3])
    assert corner[2].tolist() == [3, 2, 1, 2, 3]  # mirrored, the border once
    even = sliding_window(nn.Flatten(), picture, patch=4)
    assert even.shape == (16, 5, 6) and even[10].equal(picture[0])


def test_no_more_than_a_batch_at_once():
    sizes = []

    def count(patches):
        sizes.append(len(patches))
        return patches.mean((2, 3))

    sliding_window(count, torch.rand(1, 5, 7), patch=3, batch_size=8)
    assert sizes == [8, 8, 8, 8, 3]


def test_dropout_and_gradients_are_off():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Dropout(0.9))
    found = sliding_window(network, torch.ones(1, 5, 5), patch=3)
    assert not found.requires_grad and len(found[0].unique()) == 1 and network.training


def test_what_patches_cost():
    network = valid_network()
    sizes = [8, (9, 12), 16]
    table = sliding_window_cost(network, 7, sizes, repeats=2, most_patches=100)
    assert table["patches"].tolist() == [64, 108, 256]
    assert table["multiply_adds_patches"].tolist() == [n * multiply_adds(network, 7) for n in (64, 108, 256)]
    assert table["multiply_adds_pass"].tolist() == [multiply_adds(network, n) for n in (14, (15, 18), 22)]
    ratio = table["multiply_adds_patches"] / table["multiply_adds_pass"]
    assert table["multiply_adds_ratio"].tolist() == ratio.tolist() and (ratio > 1).all()
    assert table["patches_timed"].tolist() == [64, 100, 100]
    assert table["extrapolated"].tolist() == [False, True, True]
    assert (table[["seconds_patches", "seconds_pass"]] > 0).all(axis=None)
    assert table["seconds_ratio"].tolist() == (table["seconds_patches"] / table["seconds_pass"]).tolist()


def test_extrapolated_seconds_are_those_of_the_timed_patches_times_their_share(monkeypatch):
    clock = iter([0, 100, 0, 3, 0, 1, 0, 2, 0, 50, 0, 5, 0, 4, 0, 9])  # each first run warms up
    monkeypatch.setattr(costs.time, "perf_counter", lambda: next(clock))
    row = sliding_window_cost(valid_network(), 7, [10], repeats=3, most_patches=20).iloc[0]
    assert row["seconds_patches"] == 2 * 100 / 20 and row["seconds_pass"] == 5 and row["seconds_ratio"] == 2


def test_only_the_timed_patches_are_run():
    network, ran = valid_network(), []
    network.register_forward_hook(lambda module, given, out: ran.append(tuple(given[0].shape)))
    sliding_window_cost(network, 7, [(10, 12)], repeats=1, most_patches=20, batch_size=16)
    assert [shape for shape in ran if shape[2:] == (7, 7)][-4:] == [(16, 2, 7, 7), (4, 2, 7, 7)] * 2
    assert ran[-3:-1] == [(1, 2, 16, 18)] * 2  # the last is the count of the pass


def test_another_network_may_make_the_one_pass():
    classifier = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 9, 2))
    same = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 2, 1))
    row = sliding_window_cost(classifier, 5, [6], same, margin=0, repeats=1).iloc[0]
    assert row["multiply_adds_patches"] == 36 * (9 * 36 + 72) and row["multiply_adds_pass"] == 36 * (36 + 8)
    with pytest.raises(ValueError, match=r"^One pass over 10x10 pixels gives a map of 10x10, expected one of 6x6"):
        sliding_window_cost(classifier, 5, [6], same)
    with pytest.raises(ValueError, match="does not run on a picture of 1x10x10"):
        sliding_window_cost(classifier, 5, [6])


# Mistakes


@pytest.mark.parametrize("explain", [receptive_field, lambda model, layer: measured_receptive_field(model, 64, layer)])
def test_a_layer_that_is_not_there_or_does_not_run(explain):
    model = nn.Sequential()
    model.first, model.second, model.idle = conv(3), conv(3), nn.Identity()
    model.forward = lambda x: model.second(model.first(x))
    with pytest.raises(ValueError, match=r"no layer 'secnd'\. Did you mean 'second'\? Its layers are first, s"):
        explain(model, "secnd")
    with pytest.raises(ValueError, match="'idle' does not run"):
        explain(model, "idle")
    with pytest.raises(ValueError, match=r"conv1, bn1, relu.* and \d+ more"):
        receptive_field(bare("resnet50"), "fifth")


@pytest.mark.parametrize("unit", [(7, 0), (0, -8), (1,), (1, 2, 3, 4)])
def test_a_unit_out_of_range(unit):
    with pytest.raises(ValueError, match=r"expected \(row, column\) on a map of 7x7 units"):
        receptive_field(conv(3), size=9, unit=unit)
    with pytest.raises(ValueError, match=r"expected \(row, column\) on a map of 7x7 units"):
        measured_receptive_field(conv(3), 9, unit=unit)
    with pytest.raises(ValueError, match="has 2 channels"):
        measured_receptive_field(conv(3), 9, unit=(2, 0, 0))


def test_what_cannot_be_followed_is_said():
    turned = nn.Sequential(conv(3), Function(lambda x: x.transpose(2, 3)))
    with pytest.raises(NotImplementedError, match=r"'1' uses aten.transpose, .* measured_receptive_field"):
        receptive_field(turned, size=9)
    assert measured_receptive_field(turned, 9, unit=(0, 4)).box == (4, 0, 7, 3)
    stacked = Function(lambda x: torch.cat([x, x], 2))
    with pytest.raises(NotImplementedError, match="aten.cat"):
        receptive_field(stacked, size=(1, 4, 4))


@pytest.mark.parametrize("size", [0, (3, 4, 5, 6), (8, 0), "224", 9.5, None, (8, 8.5)])
def test_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="expected a side in pixels"):
        multiply_adds(conv(3), size)


def test_pictures_that_do_not_fit():
    with pytest.raises(ValueError, match="does not run on a picture of 2x2x2"):
        receptive_field(conv(3), size=2)
    with pytest.raises(ValueError, match="does not run on a picture of 3x9x9"):
        measured_receptive_field(conv(3), torch.rand(3, 9, 9))
    measured_receptive_field(conv(3), torch.zeros(1, 2, 9, 9), linear=True)
    with pytest.raises(ValueError, match=r"tensor \[2, 2, 9, 9\]; expected \[C, H, W\]"):
        measured_receptive_field(conv(3), torch.rand(2, 2, 9, 9))
    with pytest.raises(ValueError, match="no convolution: give size"):
        multiply_adds(nn.Flatten(), 8)
    with pytest.raises(ValueError, match="threshold=1: expected a share"):
        measured_receptive_field(conv(3), 9, threshold=1)
    with pytest.raises(ValueError, match="gradient of Conv2d is not finite"):
        nan = conv(3)
        nn.init.constant_(nan.weight, math.nan)
        measured_receptive_field(nan, 9)


def test_windows_that_are_none():
    for wrong, expected in (
        (lambda: valid_taps(65, 0), "rate=0: expected a whole number, 1 or more"),
        (lambda: valid_taps(65, 6, kernel=2), "kernel=2: an even filter"),
        (lambda: overlap_counts(5, 3, 2.5), "stride=2.5: expected a whole number"),
        (lambda: overlap_counts(2, 2, 2, padding=2), "padding=2 cuts off all 4 outputs"),
        (lambda: overlap_counts(5, 3, 2, padding=-1), "padding=-1: expected a whole number, 0 or more"),
        (lambda: coverage(2), r"expected one a layer, such as rates=\[2\]"),
        (lambda: coverage([2, 0]), "rate=0: expected"),
        (lambda: pyramid_bins((4, 5, 6), 2), r"size=\(4, 5, 6\): expected one whole number or a pair"),
        (lambda: pyramid_bins(6, True), "bins=True: expected a whole number"),
    ):
        with pytest.raises(ValueError, match=expected):
            wrong()


def test_patches_that_do_not_fit():
    picture = torch.rand(1, 6, 9)
    with pytest.raises(ValueError, match=r"6x9 pixels, too small for patches of 7x7 without mirroring; expected 7"):
        sliding_window(nn.Flatten(), picture, 7, padding=None)
    with pytest.raises(ValueError, match=r"6x9 pixels, too small for patches of 13x13 with mirroring; expected 7"):
        sliding_window(nn.Flatten(), picture, 13)
    assert sliding_window(nn.Flatten(), picture, 11).shape == (121, 6, 9)
    with pytest.raises(ValueError, match=r"gives \[54, 1, 3, 3\] for 54 patches of 5x5; expected one answer a patch"):
        sliding_window(nn.Conv2d(1, 1, 3), picture, 5)
    with pytest.raises(ValueError, match="uint8"):
        sliding_window(nn.Flatten(), picture.byte(), 3)
    with pytest.raises(ValueError, match=r"expected one picture, float \[C, H, W\]"):
        sliding_window(nn.Flatten(), picture[None], 3)
    with pytest.raises(ValueError, match="padding='zeros': expected 'reflect' or None"):
        sliding_window(nn.Flatten(), picture, 3, padding="zeros")
    for name in ("stride", "batch_size"):
        with pytest.raises(ValueError, match=f"{name}=0: expected a whole number"):
            sliding_window(nn.Flatten(), picture, 3, **{name: 0})
