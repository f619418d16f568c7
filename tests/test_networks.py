"""One list of properties, run over every network; then what each says to bad input.

FCN's classifiers are thin ones here (see oracles/nets.py): the same layers with few channels.
"""

import copy
import io
import math
import os
import pickle
import warnings
from functools import cache, partial

import pytest
import torch
import torch.nn.functional as F
from oracles.nets import randomise, relative, thin_fcn
from torch import nn
from torchvision.models.vgg import VGG, make_layers

from helpers.datasets import bring
from helpers.segmentation import FCN, DeconvNet, DeepLabV3, DeepLabV3Plus, PSPNet, UNet, classifiers
from helpers.segmentation.atrous import AtrousConv2d
from helpers.segmentation.backbones import Trunk, make_atrous
from helpers.segmentation.classifiers import convolutionalize
from helpers.segmentation.layers import BatchNorm2d

CLASSES = 3
SKIP_FCN = {
    f"FCN-{stride}s {backbone} {padding}": partial(thin_fcn, backbone=backbone, output_stride=stride, padding=padding)
    for backbone in ("vgg16", "alexnet", "googlenet")
    for stride in (32, 16, 8)
    for padding in ("same", "paper")
}
RATES = {"atrous_rates": (1, 2)}  # that fit the small maps of these tests
OTHERS = {
    "FCN resnet18": partial(FCN, backbone="resnet18", output_stride=8),
    "FCN mobilenet_v2": partial(FCN, backbone="mobilenet_v2", output_stride=16),
    "DeconvNet": partial(DeconvNet, base_channels=4, fc_channels=16, fc_kernel=3),
    "DeconvNet without fc": partial(DeconvNet, base_channels=4, fc_channels=None),
    "UNet": partial(UNet, base_channels=4),
    "UNet valid": partial(UNet, base_channels=4, padding="valid", dropout="block"),
    "UNet batch norm": partial(UNet, base_channels=4, dropout=None, batch_norm=True),
    "UNet depth 2": partial(UNet, base_channels=4, depth=2, dropout="block"),
    "PSPNet": partial(PSPNet, backbone="resnet18"),
    "PSPNet mobilenet_v2": partial(PSPNet, backbone="mobilenet_v2", bins=(1, 4), output_stride=16, aux=False),
    "PSPNet without pyramid": partial(PSPNet, backbone="resnet18", bins=(), output_stride=32),
    "DeepLabV3": partial(DeepLabV3, backbone="resnet18", **RATES),
    "DeepLabV3 mobilenet_v2": partial(DeepLabV3, backbone="mobilenet_v2", output_stride=16, **RATES),
    "DeepLabV3Plus": partial(DeepLabV3Plus, backbone="resnet18", multi_grid=None, **RATES),
    "DeepLabV3Plus separable": partial(DeepLabV3Plus, backbone="mobilenet_v2", separable=True, **RATES),
}
QUICK = ("FCN-32s alexnet paper", "FCN-16s googlenet same", "FCN-8s vgg16 paper", "FCN mobilenet_v2", "DeconvNet")
QUICK += ("UNet", "UNet valid", "UNet batch norm", "PSPNet", "DeepLabV3 mobilenet_v2", "DeepLabV3Plus separable")
NETWORKS = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS if name not in QUICK)]
ONE_OF_EACH = ("FCN-8s vgg16 paper", "FCN mobilenet_v2", "DeconvNet", "UNet", "UNet valid", "PSPNet")
ONE_OF_EACH += ("DeepLabV3 mobilenet_v2", "DeepLabV3Plus separable")


def build(name, num_classes=CLASSES, seed=0):
    torch.manual_seed(seed)
    return (SKIP_FCN | OTHERS)[name](num_classes)


@cache
def _built(name, num_classes):
    return build(name, num_classes)


def fresh(name, num_classes=CLASSES):
    """A copy of a network as it is built."""
    return copy.deepcopy(_built(name, num_classes))


def lively(name, seed=1):
    """In evaluation, with weights of which each counts: FCN's scores begin at zero, batch norms at the identity."""
    return randomise(fresh(name), seed).eval()


def side(net, least=48):
    """A small picture's height that the network takes."""
    return max(least, net.smallest)


def draw(net, n=2, height=None, width=None, seed=0, dtype=torch.float32):
    height, width = height or side(net), width or side(net)
    return torch.randn(n, 3, height, width, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def first(out):
    return out[0] if isinstance(out, tuple) else out


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


# Properties of every network


def sizes(net):
    """Square, tall, wide, odd, and the smallest."""
    least = net.smallest
    if getattr(net, "padding", "") == "valid":
        return [(least, least), (least + 16, least)]
    return [(least, least), (least, least + 34), (max(least, 65), max(least, 31)), (max(least, 50), max(least, 77))]


@pytest.mark.filterwarnings("ignore:The map is")
@pytest.mark.parametrize("name", SKIP_FCN | OTHERS)
def test_logits_have_the_size_of_the_picture(name):
    net = fresh(name).eval()
    lost = 184 if name == "UNet valid" else 0  # 572 - 388, U-Net, figure 1
    for height, width in sizes(net):
        with torch.no_grad():
            out = net(draw(net, 1, height, width))
        assert out.shape == (1, CLASSES, height - lost, width - lost)
        assert out.dtype == torch.float32 and out.isfinite().all()


@pytest.mark.parametrize("name", [name for name in SKIP_FCN if "paper" in name and "googlenet" not in name])
def test_the_papers_fcn_takes_every_size(name):
    _every_size(name, range(1, 101))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SKIP_FCN if "paper" not in name or "googlenet" in name])
def test_the_other_fcns_take_sizes_from_their_smallest(name):
    _every_size(name, range(fresh(name).smallest, 101, 3))  # leaves every remainder of 32


def _every_size(name, sizes):
    net = fresh(name).to("meta").eval()
    for size in zip(sizes, reversed(sizes), strict=True):  # each stands once for the height, once for the width
        assert net(torch.empty(1, 3, *size, device="meta")).shape == (1, CLASSES, *size)


def test_one_class(name):
    net = fresh(name, 1).eval()
    assert net(draw(net, 1)).shape[:2] == (1, 1)


def test_training_gives_an_auxiliary_output_where_there_is_a_head_for_it(name):
    net = fresh(name).train()
    out = net(draw(net))
    has_head = name in ("PSPNet", "PSPNet without pyramid")
    assert isinstance(out, tuple) == has_head
    if has_head:
        assert len(out) == 2 and out[0].shape == out[1].shape and not torch.equal(*out)
        assert net.aux_weight == 0.4  # Zhao et al. 2017, section 5.2
    assert isinstance(net.eval()(draw(net)), torch.Tensor)


def test_gradients_reach_every_parameter(name):
    net = lively(name).train()
    out = net(draw(net))
    loss = sum((one.square().mean() for one in out), 0) if isinstance(out, tuple) else out.square().mean()
    loss.backward()
    for key, one in net.named_parameters():
        if one.requires_grad:
            assert one.grad is not None and one.grad.isfinite().all(), key
            assert one.ndim == 1 or one.grad.any(), key


def test_a_seed_gives_the_weights_and_the_output(name):
    one, same = fresh(name), build(name)
    state, again = one.state_dict(), same.state_dict()
    assert all(torch.equal(state[key], again[key]) for key in state)
    images = draw(one)
    torch.manual_seed(7)
    out = first(one.train()(images))
    torch.manual_seed(7)
    assert torch.equal(out, first(same.train()(images)))


def test_evaluation_repeats_and_changes_nothing(name):
    net = lively(name)
    before, images = copy.deepcopy(net.state_dict()), draw(net)
    given = images.clone()
    out = net(images)
    assert torch.equal(net(images), out) and torch.equal(images, given)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    # The other picture of a batch has no say.
    assert relative(net(images[1:]), out[1:]) < 1e-5


def test_weights_survive_a_file(name):
    net, other, file = lively(name), fresh(name).eval(), io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    images = draw(net, 1)
    assert torch.equal(other(images), net(images))
    assert torch.equal(copy.deepcopy(net)(images), net(images))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_pickle(name):
    net = lively(name)
    assert torch.equal(pickle.loads(pickle.dumps(net))(draw(net, 1)), net(draw(net, 1)))


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_export(name):
    net = lively(name)
    images = draw(net, 1)
    exported = torch.export.export(net, (images,), strict=False).module()
    assert relative(exported(images), net(images)) < 1e-5


def test_memory_is_channels_last_and_the_output_the_same(name):
    net = lively(name)
    plain, images = copy.deepcopy(net).to(memory_format=torch.contiguous_format), draw(net)
    convs = [one for one in net.modules() if isinstance(one, nn.Conv2d) and min(one.kernel_size) > 1]
    assert convs and all(one.weight.is_contiguous(memory_format=torch.channels_last) for one in convs)
    assert not any(one.weight.is_contiguous(memory_format=torch.channels_last) for one in plain.modules()
                   if isinstance(one, nn.Conv2d) and min(one.kernel_size) > 1 and one.weight.shape[1] > 1)  # fmt: skip
    assert relative(plain(images), net(images)) < 1e-5
    given = []
    convs[0].register_forward_pre_hook(lambda layer, args: given.append(args[0]))
    net(images)
    assert given[0].is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(net(images.contiguous(memory_format=torch.channels_last)), net(images))


def test_double_precision(name):
    net = lively(name)
    out = net(draw(net, 1))
    double = net.double()(draw(net, 1).double())
    assert double.dtype == torch.float64
    assert relative(out, double.float()) < 1e-4


def test_a_few_steps_lower_the_loss(name):
    torch.manual_seed(0)
    net = fresh(name).train()
    if "vgg16" in name or "alexnet" in name:
        randomise(net.body.stages)  # with PyTorch's own start and so few channels, nothing gets through 15 layers
    images = draw(net)
    size = first(net(images)).shape[2:]
    target = F.interpolate(images[:, :1], size=size, mode="area")[:, 0].gt(0).long() + 1  # what a network can see
    trained = [one for one in net.parameters() if one.requires_grad]
    optimizer, losses = torch.optim.AdamW(trained, lr=1e-3), []
    for _ in range(8):
        out = net(images)
        loss = F.cross_entropy(first(out), target)
        losses.append(loss.item())
        if isinstance(out, tuple):
            loss = loss + net.aux_weight * F.cross_entropy(out[1], target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert math.isfinite(losses[-1]) and sum(losses[-3:]) / 3 < 0.97 * losses[0]


def test_the_auxiliary_loss_trains_the_trunk_up_to_its_last_stage_but_one():
    net = lively("PSPNet").train()
    net(draw(net))[1].square().mean().backward()
    reached = {key.split(".")[1] for key, one in net.backbone.named_parameters("backbone") if one.grad is not None}
    assert reached == {"conv1", "bn1", "layer1", "layer2", "layer3"}
    assert net.aux[0].weight.grad.any() and net.classifier[0].weight.grad is None


# FCN


@pytest.mark.parametrize("name", SKIP_FCN)
def test_fcn_begins_undecided(name):
    """Scores begin at zero (Long et al. 2015, section 4.3): every class is as likely, the loss is ln(classes)."""
    net = fresh(name)
    target = torch.arange(2 * side(net) ** 2).view(2, side(net), side(net)) % CLASSES
    for mode in (True, False):
        logits = net.train(mode)(draw(net))
        assert not logits.any()
        assert F.cross_entropy(logits, target).item() == pytest.approx(math.log(CLASSES), abs=1e-6)


@pytest.mark.parametrize("name", SKIP_FCN)
def test_fcn_upsampling_begins_bilinear_and_the_last_one_stays(name):
    net = fresh(name)
    ups = net.body.ups
    assert [up.weight.requires_grad for up in ups] == [True] * (len(ups) - 1) + [False]
    assert len(ups) == {"32s": 1, "16s": 2, "8s": 3}[name[4:].split()[0]]
    for up in ups:
        factor = up.stride[0]
        for j, k in ((0, 0), (1, 0), (factor - 1, factor // 2)):  # the taps that meet in one output add to 1
            assert up.weight[0, 0, j::factor, k::factor].sum().item() == pytest.approx(1)
        assert not up.weight[0, 1].any() and up.bias is None


def test_the_average_at_the_border_is_of_pixels_alone():
    pool = [one for one in fresh("FCN-32s googlenet same").modules() if isinstance(one, nn.AvgPool2d)]
    assert len(pool) == 1 and torch.equal(pool[0](torch.ones(1, 2, 9, 8)), torch.ones(1, 2, 9, 8))


def averaging(net):
    """Turn an FCN into one that averages: every layer gives the mean of what it sees, skips a third each."""
    for layer in net.modules():
        for key, child in layer.named_children():
            if isinstance(child, nn.MaxPool2d):
                keys = ("kernel_size", "stride", "padding", "ceil_mode")
                setattr(layer, key, nn.AvgPool2d(*(getattr(child, one) for one in keys)))
            elif isinstance(child, nn.BatchNorm2d | nn.ReLU | nn.Dropout | classifiers._ToHalf):
                setattr(layer, key, nn.Identity())
    with torch.no_grad():
        for key, one in net.body.named_parameters():
            if not key.startswith("ups."):
                one.fill_(1 / one[0].numel() if one.ndim > 1 else 0)
        for score in net.body.scores:
            score.weight /= len(net.body.scores)
    return net.eval()


SHIFTED = [name for name in SKIP_FCN if "googlenet" not in name]
SHIFTED += [pytest.param(name, marks=pytest.mark.slow) for name in SKIP_FCN if "googlenet" in name]


@pytest.mark.parametrize("name", SHIFTED)
def test_fcn_answers_for_the_pixel_that_was_asked(name):
    """Averages of a ramp lie on the ramp, at the middle of what was averaged: no map may be cut a pixel aside."""
    net = averaging(fresh(name))
    margin = 470 if "googlenet" in name else 230  # half the field of view, where zeros around the picture come in
    size = 2 * margin + 70
    ramp = (torch.arange(float(size)) / size).expand(1, 3, size, size)
    for images in (ramp, ramp.mT):
        with torch.no_grad():
            out = net(images)[..., margin:-margin, margin:-margin]
        away = (out - images[:, :1, margin:-margin, margin:-margin]) * size  # in pixels
        assert away.abs().max() < 0.1


# A batch of one


@pytest.mark.parametrize("name", ["DeconvNet", "PSPNet", "DeepLabV3", "DeepLabV3Plus separable"])
def test_a_batch_of_one_trains_and_is_told_once(name, monkeypatch):
    monkeypatch.setattr(BatchNorm2d, "told", False)
    net, seen = lively(name).train(), {}
    norms = {key: one for key, one in net.named_modules() if isinstance(one, BatchNorm2d)}
    before = copy.deepcopy(net.state_dict())
    for key, one in norms.items():
        one.register_forward_hook(lambda layer, given, out, key=key: seen.update({key: (given[0].clone(), out)}))
        one.register_forward_pre_hook(lambda layer, given: (given[0].clone(),))  # the ReLU behind it works in place
    for layer in net.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False
    images = draw(net, 1, side(net, 72), side(net, 72))
    with pytest.warns(UserWarning, match=r"batch of one picture.*drop_last=True") as told:
        first(net(images)).square().mean().backward()
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net(images)
    single = [key for key, (given, _) in seen.items() if given.numel() == given.shape[1]]
    # DeconvNet: fc6 and fc7; the others: what is pooled to 1x1.
    assert len(single) == (2 if name == "DeconvNet" else 1)
    for key, layer in norms.items():
        given, out = seen[key]
        kept = all(torch.equal(before[f"{key}.{one}"], getattr(layer, one)) for one in ("running_mean", "running_var"))
        assert kept == (key in single)
        if key in single:
            mean, var = (before[f"{key}.running_{one}"].view(1, -1, 1, 1) for one in ("mean", "var"))
            weight, bias = (before[f"{key}.{one}"].view(1, -1, 1, 1) for one in ("weight", "bias"))
            torch.testing.assert_close(out, (given - mean) / (var + layer.eps).sqrt() * weight + bias)


def test_batch_norm_is_the_ordinary_one_otherwise():
    torch.manual_seed(0)
    ours, theirs = BatchNorm2d(4), nn.BatchNorm2d(4)
    for shape in ((2, 4, 1, 1), (1, 4, 1, 2), (3, 4, 5, 6)):
        x = torch.randn(shape)
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict())
    torch.testing.assert_close(ours.eval()(x[:1]), theirs.eval()(x[:1]))


# U-Net


def test_unet_dropout_is_where_it_is_said():
    def places(dropout):
        net = UNet(2, base_channels=2, dropout=dropout)
        return {key for key, one in net.named_modules() if isinstance(one, nn.Dropout)}, net

    # Ronneberger et al. 2015, section 3.1: "Drop-out layers at the end of the contracting path".
    keys, net = places("bottleneck")
    assert keys == {"down.3.4", "down.4.4"} and len(net.down[4]) == 5  # the last of the two deepest blocks
    keys, net = places("block")
    assert len(keys) == 9 and all(isinstance(block[2], nn.Dropout) for block in (*net.down, *net.up))
    assert [type(one) for one in net.down[0]] == [nn.Conv2d, nn.ReLU, nn.Dropout, nn.Conv2d, nn.ReLU]
    assert places(None)[0] == set()


def test_unet_begins_with_the_deviations_of_the_paper():
    torch.manual_seed(0)
    net = UNet(2, base_channels=16)
    for block in (*net.down, *net.up):
        for conv in (block[0], block[2]):
            # Ronneberger et al. 2015, section 3: sqrt(2 / N), "e.g. for a 3x3 convolution and 64 feature channels
            # in the previous layer N = 9 * 64".
            assert conv.weight.std().item() == pytest.approx((2 / (9 * conv.in_channels)) ** 0.5, rel=0.1)
            assert not conv.bias.any()
    for up in net.ups:  # 2x2 at a stride of 2: one tap of each channel meets an output
        assert up.weight.std().item() == pytest.approx((2 / up.in_channels) ** 0.5, rel=0.1)


def test_unet_takes_grey_pictures():
    net = UNet(2, in_channels=1, base_channels=2).eval()
    assert net(torch.randn(1, 1, 20, 31)).shape == (1, 2, 20, 31)


# Rates as large as the map


@pytest.mark.parametrize("size", [(7, 7), (5, 9), (9, 5), (1, 6), (1, 1)])
@pytest.mark.parametrize("rate", [1, 2, 4, 5, 6, 7, 8, 9, 36])
def test_taps_that_meet_only_zeros_are_not_missed(size, rate):
    torch.manual_seed(0)
    ours = AtrousConv2d(3, 4, rate).double()
    theirs = nn.Conv2d(3, 4, 3, padding=rate, dilation=rate, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    x, y = (torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True) for _ in range(2))
    y.data.copy_(x.data)
    out, other = ours(x), theirs(y)
    torch.testing.assert_close(out, other, rtol=0, atol=1e-14)
    weigh = torch.randn_like(out)
    (out * weigh).sum().backward()
    (other * weigh).sum().backward()
    torch.testing.assert_close(x.grad, y.grad, rtol=0, atol=1e-13)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, rtol=0, atol=1e-13)


@pytest.mark.parametrize("backbone", ["resnet18", "mobilenet_v2"])
def test_rates_too_wide_for_the_map_are_told_once(backbone):
    with torch.device("meta"):
        net, other = (DeepLabV3(21, backbone, output_stride=8).eval() for _ in range(2))
        pictures = {size: torch.empty(1, 3, *size) for size in ((224, 224), (321, 321), (97, 321), (96, 96))}
    # 224 / 8 = 28: rate 36 reaches over the map; 24 does not.
    with pytest.warns(UserWarning, match=r"The map is 28x28 cells: .* at rate 36, 1x1 convolutions are left") as told:
        net(pictures[224, 224])
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net(pictures[224, 224])
        other(pictures[321, 321])  # a map of 41x41
    with pytest.warns(UserWarning, match=r"The map is 13x41 cells: .* at rate 24, less than 3x3 taps are left") as told:
        net(pictures[97, 321])
    assert len(told) == 1
    with pytest.warns(UserWarning, match=r"The map is 12x12 cells: .* at rate 12, 1x1 convolutions are left"):
        net(pictures[96, 96])  # as wide as the map is too wide


# Bad input


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_pictures_that_are_none(name):
    net, kind = fresh(name), type(fresh(name)).__name__
    with pytest.raises(TypeError, match=rf"{kind} got torch.uint8 pictures; expected floats: images.float\(\) / 255"):
        net(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))
    with pytest.raises(ValueError, match=rf"{kind} got .* shape \[1, 1, 64, 64\]; expected \[N, 3, H, W\]"):
        net(torch.zeros(1, 1, 64, 64))
    with pytest.raises(ValueError, match=rf"{kind} got .* shape \[3, 64, 64\]; expected \[N, 3, H, W\]"):
        net(torch.zeros(3, 64, 64))


@pytest.mark.parametrize(
    "net, least",
    [
        (partial(DeconvNet, 2, base_channels=2, fc_channels=8), 224),
        (partial(DeconvNet, 2, base_channels=2, fc_channels=8, fc_kernel=3), 96),
        (partial(DeconvNet, 2, base_channels=2, fc_channels=None), 32),
        (partial(thin_fcn, 2, "alexnet"), 29),
        (partial(thin_fcn, 2, "googlenet", 16), 15),
        (partial(UNet, 2, base_channels=2, padding="valid"), 188),
        (partial(UNet, 2, base_channels=2, padding="valid", depth=2), 44),
    ],
)
def test_pictures_too_small(net, least):
    net = net().eval()
    with pytest.raises(ValueError, match=rf"got {least - 1}x{least + 4} pixels; it needs {least}x{least} or more"):
        net(torch.zeros(1, 3, least - 1, least + 4))
    assert net(torch.zeros(1, 3, least, least)).shape[:2] == (1, 2)


def test_pictures_that_an_unpadded_unet_cannot_halve():
    net = UNet(2, base_channels=2, padding="valid")
    with pytest.raises(
        ValueError, match=r"halves its maps 4 times .*: 573 pixels do not, 572 and 588 do\. UNet.predict"
    ):
        net(torch.zeros(1, 3, 572, 573))
    # 572: Ronneberger et al. 2015, figure 1.
    assert net.to("meta")(torch.empty(1, 3, 572, 588, device="meta")).shape == (1, 2, 388, 404)


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: FCN(2, "resnet20"),
            r"backbone='resnet20': expected one of 'vgg16', 'alexnet', 'googlenet', 'resnet50'",
        ),
        (lambda: FCN(2, output_stride=4), r"output_stride=4: expected one of 32, 16, 8\."),
        (lambda: FCN(2, padding="valid"), r"padding='valid': expected one of 'same', 'paper'\."),
        (lambda: FCN(2, "resnet18", padding="paper"), r"padding='paper': expected one of 'same'\."),
        (lambda: PSPNet(2, "vgg16"), r"backbone='vgg16': expected one of 'resnet18', .* 'mobilenet_v2'\."),
        (lambda: PSPNet(2, "resnet18", output_stride=12), r"output_stride=12: expected one of 32, 16, 8, 4\."),
        (lambda: DeepLabV3(2, "vgg"), r"backbone='vgg': expected one of 'resnet18'"),
        (lambda: DeepLabV3(2, "resnet18", output_stride=4), r"output_stride=4: expected one of 8, 16, 32\."),
        (lambda: UNet(2, padding="paper"), r"padding='paper': expected one of 'same', 'valid'\."),
        (lambda: UNet(2, dropout=0.5), r"dropout=0.5: expected one of 'bottleneck', 'block', None\."),
        (lambda: UNet(2, in_channels=0), r"in_channels=0: expected a whole number from 1 up\."),
    ],
)
def test_choices_that_there_are_not(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("number", [0, -1, 2.0, None])
@pytest.mark.parametrize("kind", [FCN, DeconvNet, UNet, PSPNet, DeepLabV3, DeepLabV3Plus])
def test_no_class(kind, number):
    with pytest.raises(ValueError, match=rf"num_classes={number}: expected a whole number from 1 up\."):
        kind(number)


def test_weights_for_other_classes(name):
    net = fresh(name)
    with pytest.raises(ValueError, match=rf"for 1 classes .*, this {type(net).__name__} has 3\. .* num_classes=1"):
        net.load_state_dict(fresh(name, 1).state_dict())


# torchvision's weights: what they give is in test_oracles.py


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No data, and nothing that can be reached."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(bring.Probe, "failure", lambda *_: "no answer")


HAVE_WEIGHTS = [name for name in ONE_OF_EACH if "UNet" not in name]


@pytest.mark.parametrize("name", HAVE_WEIGHTS)
def test_weights_out_of_reach(name, offline):
    net = fresh(name)
    kind = type(net).__name__
    with pytest.raises(
        FileNotFoundError, match=rf"no answer; .* {kind}.from_torchvision\(\.\.\., or_random=True\)\.$"
    ) as e:
        net.from_torchvision()
    assert "\n" not in str(e.value)
    before = copy.deepcopy(net.state_dict())
    with pytest.warns(UserWarning, match=rf"no answer; .* {kind} goes on from random weights\.$") as told:
        assert net.from_torchvision(or_random=True) is net
    assert len(told) == 1 and "\n" not in str(told[0].message) and told[0].filename == __file__
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_unet_has_no_weights_at_torchvision():
    with pytest.raises(ValueError, match="torchvision has no weights for UNet: it is trained from scratch"):
        UNet(2, base_channels=2).from_torchvision()


def test_sources_that_are_no_weights(tmp_path, offline):
    net = PSPNet(2, "resnet18")
    with pytest.raises(
        ValueError, match=r"No weights 'resnet_18'\. Did you mean 'resnet18'.*\? Expected .* one of .*vgg16"
    ):
        net.from_torchvision("resnet_18")
    with pytest.raises(ValueError, match=r"No weights 18: expected a state dict, a file, or one of "):
        net.from_torchvision(18)
    for content in ([1, 2], {"epoch": 3, "model": {"weight": torch.zeros(1)}}):
        torch.save(content, tmp_path / "list.pth")
        with pytest.raises(ValueError, match=r"list\.pth holds no state dict: expected a mapping of names to tensors"):
            net.from_torchvision(tmp_path / "list.pth")
    (tmp_path / "page.pth").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match=r"page\.pth holds no state dict"):
        net.from_torchvision(tmp_path / "page.pth")


class Trap:
    """What a file could do when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_files_are_not_unpickled(tmp_path):
    torch.save({"weight": Trap(tmp_path / "here")}, tmp_path / "trap.pth")
    with pytest.raises(ValueError, match=r"trap\.pth holds no state dict"):
        fresh("DeepLabV3 mobilenet_v2").from_torchvision(tmp_path / "trap.pth")
    assert not (tmp_path / "here").exists()


def test_a_file_of_weights(tmp_path):
    source, net = randomise(Trunk("mobilenet_v2")), fresh("DeepLabV3 mobilenet_v2")
    torch.save({**source.state_dict(), "classifier.1.weight": torch.zeros(1000, 1280)}, tmp_path / "trunk.pth")
    for path in (tmp_path / "trunk.pth", str(tmp_path / "trunk.pth")):
        net = fresh("DeepLabV3 mobilenet_v2")
        assert net.from_torchvision(path) is net
        torch.testing.assert_close(net.backbone.state_dict(), source.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("name", ["FCN-16s googlenet same", "DeconvNet", "PSPNet", "DeepLabV3 mobilenet_v2"])
def test_weights_of_another_network(name):
    net = fresh(name)
    before = copy.deepcopy(net.state_dict())
    with pytest.raises(ValueError, match=r"not the weights of \w+: they have no [\w.]+ and \d+ more\.$"):
        net.from_torchvision({"bn1.bias": torch.zeros(64), "fc.weight": torch.zeros(5, 5)})
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


def test_a_whole_network_for_other_classes_changes_nothing():
    net, other = (fresh("DeepLabV3", classes) for classes in (CLASSES, 1))
    state = {"classifier.0.project.0.weight": torch.zeros(1), "classifier.4.weight": other.classifier.weight}
    rates = [one.dilation for one in net.modules() if isinstance(one, nn.Conv2d)]
    with pytest.raises(ValueError, match=r"for 1 classes \(classifier.weight\), this DeepLabV3 has 3\."):
        net.from_torchvision(state)
    assert len(net.extra) == 0 and [one.dilation for one in net.modules() if isinstance(one, nn.Conv2d)] == rates


# Strides and classifiers


def test_strides_that_cannot_be():
    def step(kernel=3):
        return nn.Conv2d(3, 3, kernel, stride=2, padding=kernel // 2)

    with pytest.raises(ValueError, match=r"output_stride=12: expected a power of two, such as 16 or 8\."):
        make_atrous(nn.Sequential(step()), 12)
    with pytest.raises(ValueError, match=r"output_stride=0: expected a power of two"):
        make_atrous(nn.Sequential(step()), 0)
    with pytest.raises(ValueError, match=r"output_stride=8: the network has 4 already, and steps don't come back\."):
        make_atrous(nn.Sequential(step(), step()), 8)
    with pytest.raises(ValueError, match=r"2 has the even kernel \(2, 2\): it has no centre to spread around\."):
        make_atrous(nn.Sequential(step(), step(), nn.MaxPool2d(2)), 2)
    kept = make_atrous(nn.Sequential(nn.MaxPool2d(2), step()), 2)  # it need not spread: nothing before it was removed
    assert kept[0].dilation in (1, (1, 1)) and kept[1].stride == (1, 1)


def test_classifiers_that_are_not_known():
    with pytest.raises(ValueError, match=r"Linear: expected torchvision's AlexNet, VGG, GoogLeNet, SqueezeNet or"):
        convolutionalize(nn.Linear(2, 2))


def test_deconvnet_takes_the_way_down_from_vgg16():
    torch.manual_seed(0)
    widths = [4, 4, "M", 8, 8, "M", 16, 16, 16, "M", 32, 32, 32, "M", 32, 32, 32, "M"]
    with torch.device("meta"):
        vgg = VGG(nn.Sequential(), init_weights=False)
    vgg.features = make_layers(widths, batch_norm=True)
    vgg.classifier = nn.Sequential(nn.Linear(32 * 49, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16), nn.ReLU())
    randomise(vgg).eval()
    net = DeconvNet(2, base_channels=4, fc_channels=16)
    assert net.from_torchvision(vgg.state_dict()) is net
    net.eval()
    for unit in (net.fc[1], net.fc[4]):  # the classifier has no batch norm there
        assert torch.equal(unit.running_var, torch.ones(16)) and torch.equal(unit.running_mean, torch.zeros(16))
    seen = {}
    net.fc.register_forward_pre_hook(lambda layer, given: seen.update(map=given[0]))
    net.fc[5].register_forward_hook(lambda layer, given, out: seen.update(fc7=out.clone()))
    images = torch.randn(1, 3, 224, 224)
    net(images)
    assert relative(seen["map"], vgg.features(images)) < 1e-5
    # An untrained batch norm divides by sqrt(1 + 1e-5), twice.
    assert relative(seen["fc7"].flatten(1), vgg.classifier(vgg.features(images).flatten(1))) < 1e-4
