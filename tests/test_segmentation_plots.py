"""Figures of segmentation show what they are given: colours, void, errors, names; networks, what they are made of."""

from itertools import combinations, pairwise
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from torch import nn

from helpers import course
from helpers.segmentation import FCN, DeconvNet, DeepLabV3, DeepLabV3Plus, PSPNet, UNet, plots
from helpers.segmentation.anatomy import anatomy
from helpers.segmentation.layout import arrange, graph, size_text

DATA = SimpleNamespace(
    palette=np.array([[0, 0, 0], [86, 180, 233], [213, 94, 0], [0, 158, 115]], np.uint8),
    class_names=("background", "sky", "car", "tree"),
    class_names_ko=("배경", "하늘", "자동차", "나무"),
)
TRUTH = torch.tensor([[0, 0, 1, 1], [0, 2, 2, 255]], dtype=torch.uint8)
FOUND = torch.tensor([[0, 1, 1, 1], [2, 2, 2, 3]], dtype=torch.uint8)
WRONG = to_rgb(course.PALETTE[3])
NETWORKS = {
    "FCN-32s": (FCN, {}, 512, "stages"),
    "FCN-8s": (FCN, {"output_stride": 8}, 512, "stages"),
    "FCN-8s paper": (FCN, {"output_stride": 8, "padding": "paper"}, 500, "layers"),
    "FCN resnet50": (FCN, {"backbone": "resnet50", "output_stride": 8}, 512, "stages"),
    "DeconvNet": (DeconvNet, {}, 224, "stages"),
    "DeconvNet layers": (DeconvNet, {}, 224, "layers"),
    "UNet valid": (UNet, {"padding": "valid"}, 572, "layers"),
    "UNet": (UNet, {}, 256, "stages"),
    "PSPNet": (PSPNet, {}, 473, "stages"),
    "DeepLabV3": (DeepLabV3, {"output_stride": 16}, 513, "stages"),
    "DeepLabV3Plus": (DeepLabV3Plus, {}, 513, "stages"),
    "DeepLabV3Plus mobilenet_v2": (DeepLabV3Plus, {"backbone": "mobilenet_v2", "separable": True}, 513, "stages"),
}


@pytest.fixture(params=course.LANGUAGES, autouse=True)
def language(request):
    with mpl.rc_context():
        course.setup(language=request.param)
        yield request.param
        plt.close("all")
        course.setup(language="ko")


@pytest.fixture
def ax(language):
    return plt.subplots()[1]


def colours(ax):
    (image,) = ax.images
    return np.asarray(image.get_array())[..., :3]


def hatched(ax):
    """Which pixels let the hatching below shine through."""
    (image,) = ax.images
    below = [one for one in ax.patches if one.get_hatch()]
    assert all(one.get_zorder() < image.get_zorder() for one in below)
    alpha = np.asarray(image.get_array())[..., 3]
    assert (len(below) == 1) == bool((alpha < 1).any())
    return alpha < 1


# Pictures and masks


@pytest.mark.parametrize("kind", ["tensor", "array", "float"])
def test_a_picture_is_drawn_as_it_is(ax, kind):
    image = torch.arange(2 * 3 * 4, dtype=torch.uint8).reshape(1, 3, 2, 4)[0] * 10
    given = {"tensor": image, "array": image.numpy(), "float": image / 255}[kind]
    plots.picture(ax, given)
    np.testing.assert_allclose(colours(ax), image.permute(1, 2, 0) / 255, atol=1e-6)
    assert not ax.axison


def test_one_channel_is_grey(ax):
    plots.picture(ax, np.array([[[0, 51, 255]]], np.uint8))
    np.testing.assert_allclose(colours(ax)[0], [[0] * 3, [0.2] * 3, [1] * 3])


def test_pictures_that_are_none(ax):
    with pytest.raises(ValueError, match=r"values from -2 to 1; expected uint8, or floats from 0 to 1"):
        plots.picture(ax, torch.tensor([[[-2.0, 1.0]]]))
    for shape in ((2, 4, 5), (4, 5), (1, 3, 4, 5)):
        with pytest.raises(ValueError, match=r"expected \[3, H, W\] or \[1, H, W\]"):
            plots.picture(ax, torch.zeros(shape))


def test_a_mask_has_the_colours_of_its_classes_and_hatched_void(ax):
    plots.mask(ax, TRUTH, DATA)
    known = TRUTH.numpy() != 255
    np.testing.assert_allclose(colours(ax)[known], DATA.palette[TRUTH.numpy()[known]] / 255)
    assert (hatched(ax) == ~known).all()
    (below,) = (one for one in ax.patches if one.get_hatch())
    assert isinstance(below, Rectangle) and below.get_bbox().bounds == (-0.5, -0.5, 4, 2)


def test_without_void_nothing_is_hatched(ax):
    plots.mask(ax, FOUND.long(), DATA)
    assert not hatched(ax).any() and not ax.patches


def test_masks_that_are_none(ax):
    with pytest.raises(ValueError, match="has class 4; expected 0 to 3, or 255 for void"):
        plots.mask(ax, torch.tensor([[4]]), DATA)
    with pytest.raises(ValueError, match="has class -1"):
        plots.mask(ax, torch.tensor([[-1]]), DATA)
    with pytest.raises(ValueError, match=r"float32 \[4, 2, 2\]; expected whole numbers \[H, W\]"):
        plots.mask(ax, torch.zeros(4, 2, 2), DATA)


def test_an_overlay_mixes_picture_and_class(ax):
    image = torch.full((3, 2, 4), 255, dtype=torch.uint8)
    plots.overlay(ax, image, TRUTH, DATA, strength=0.25)
    np.testing.assert_allclose(colours(ax)[0, 2], 0.75 + 0.25 * DATA.palette[1] / 255)
    assert hatched(ax).tolist() == (TRUTH == 255).tolist()
    with pytest.raises(ValueError, match="The picture is 3x4, the mask 2x4; layers.centre_crop"):
        plots.overlay(ax, torch.zeros(3, 3, 4), TRUTH, DATA)


# Errors


def test_exactly_the_wrong_pixels_are_marked(ax):
    plots.error(ax, FOUND, TRUTH)
    marked = np.isclose(colours(ax), WRONG).all(axis=2)
    known = TRUTH.numpy() != 255
    assert (marked & known).tolist() == [[False, True, False, False], [True, False, False, False]]
    assert (hatched(ax) == ~known).all()  # what was found in void is no error


def test_a_perfect_prediction_has_no_mark_and_the_outlines_of_the_truth(ax):
    truth = torch.tensor([[0, 0, 1], [0, 0, 1]])
    plots.error(ax, truth, truth)
    drawn = colours(ax)
    assert not np.isclose(drawn, WRONG).all(axis=2).any()
    assert (drawn[:, 1] < drawn[:, 0]).all() and (drawn[:, 0] == drawn[:, 2]).all()


def test_sizes_that_differ(ax):
    with pytest.raises(ValueError, match="The prediction is 1x4, the truth 2x4"):
        plots.error(ax, FOUND[:1], TRUTH)


# Predictions


def scene(n=3):
    return torch.zeros(n, 3, 2, 4, dtype=torch.uint8), TRUTH.expand(n, 2, 4), FOUND.expand(n, 2, 4)


def legend(fig):
    (one,) = fig.legends
    return {text.get_text(): patch for text, patch in zip(one.get_texts(), one.get_patches(), strict=True)}


def test_a_row_is_picture_truth_prediction_and_errors(language):
    plots.predictions(DATA, *scene())
    fig = plt.gcf()
    assert len(fig.axes) == 12
    titles = {"ko": ["그림", "정답", "예측", "틀린 픽셀"], "en": ["picture", "truth", "prediction", "wrong pixels"]}
    assert [ax.get_title() for ax in fig.axes[:4]] == titles[language]
    np.testing.assert_allclose(colours(fig.axes[6]), DATA.palette[FOUND] / 255)
    assert np.isclose(colours(fig.axes[7]), WRONG).all(axis=2).sum() == 2 + 1  # one of them below the hatching
    fig.canvas.draw()  # a missing glyph would be an error


def test_the_legend_names_the_classes_that_occur_and_no_other(language):
    images, truths, _ = scene()
    plots.predictions(DATA, images, truths, torch.zeros_like(truths))
    names = {"ko": ["배경", "하늘", "자동차", "무시"], "en": ["background", "sky", "car", "void"]}[language]
    found = legend(plt.gcf())
    assert list(found) == names
    np.testing.assert_allclose([found[one].get_facecolor()[:3] for one in names[:3]], DATA.palette[:3] / 255)
    assert [bool(one.get_hatch()) for one in found.values()] == [False, False, False, True]


def test_several_networks_stand_side_by_side(language):
    images, truths, found = scene()
    plots.predictions(DATA, images, truths, {"FCN": found, "U-Net": truths % 255, "PSPNet": found}, rows=[2, 0])
    fig = plt.gcf()
    assert len(fig.axes) == 4 * 4  # two pictures of two rows
    top, below = fig.axes[:4], fig.axes[4:8]
    assert [ax.get_title() for ax in top[1:]] == ["FCN", "U-Net", "PSPNet"]
    np.testing.assert_allclose(colours(top[1]), DATA.palette[FOUND] / 255)
    assert [np.isclose(colours(ax), WRONG).all(axis=2).any() for ax in below[1:]] == [True, True, True]
    assert hatched(below[0]).any()  # the truth
    assert (hatched(below[2]) == hatched(below[0])).all()
    fig.canvas.draw()


def test_rows_are_the_first_or_those_asked_for():
    images, truths, found = scene(5)
    images[3] = 255
    plots.predictions(DATA, images, truths, found, rows=2)
    assert len(plt.gcf().axes) == 8
    plots.predictions(DATA, images, truths, found, rows=[3])
    assert len(plt.gcf().axes) == 4 and colours(plt.gcf().axes[0]).min() == 1


def test_numbers_that_do_not_fit():
    images, truths, found = scene()
    with pytest.raises(ValueError, match=r"3 pictures, 3 truths, 2 predictions \(FCN\)"):
        plots.predictions(DATA, images, truths, {"FCN": found[:2]})
    with pytest.raises(ValueError, match="rows=0: nothing to draw"):
        plots.predictions(DATA, images, truths, found, rows=0)


# Networks


def drawn(name, size=(12.8, 6)):
    network, options, side, detail = NETWORKS[name]
    with torch.device("meta"):
        model = network(21, **options)
    fig, ax = plt.subplots(figsize=size)
    plots.architecture(ax, model, side, detail=detail)
    fig.canvas.draw()
    return fig, ax, anatomy(model, side, detail=detail)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_map_is_drawn_with_its_channels_and_size(name):
    fig, ax, maps = drawn(name)
    words = [text.get_text() for text in ax.texts]
    nodes, edges = graph(maps)
    for node in nodes:
        for text in filter(None, (*node.texts, node.note)):
            assert text in words
    written = {size_text(one.height, one.width) for one in maps} | {str(one.channels) for one in maps}
    assert written <= set(words)
    sizes = [one for one in words if one.endswith("²") and one[:-1].isdigit()]
    assert len(sizes) == len(nodes)
    assert len([one for one in ax.patches if isinstance(one, FancyArrowPatch)]) == len(edges)
    assert any(f"{sum(one.parameters for one in maps):,}" in word for word in words)


@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_lies_on_another_or_on_a_map_and_all_is_in_the_figure(name):
    fig, ax, _ = drawn(name)
    texts = [(one.get_text(), one.get_window_extent()) for one in ax.texts]
    for (first, one), (second, other) in combinations(texts, 2):
        # The box of a text has a little air around its letters.
        apart = one.x1 < other.x0 + 1 or other.x1 < one.x0 + 1 or one.y1 < other.y0 + 4 or other.y1 < one.y0 + 4
        assert apart, f"{first!r} lies on {second!r}"
    slabs = [one.get_window_extent() for one in ax.patches if isinstance(one, Rectangle)]
    for word, text in texts:
        for slab in slabs:
            apart = text.x1 < slab.x0 or slab.x1 < text.x0 or text.y1 < slab.y0 + 4 or slab.y1 < text.y0 + 4
            assert apart, f"{word!r} lies on a map"
    for extent in [one for _, one in texts] + slabs:
        assert extent.x0 >= -1 and extent.x1 <= fig.bbox.x1 + 1 and extent.y0 >= -1 and extent.y1 <= fig.bbox.y1 + 1


@pytest.mark.parametrize("name", NETWORKS)
def test_no_arrow_runs_through_a_text_or_a_map(name):
    nodes, edges = graph(drawn(name)[2])
    assert arrange(nodes, edges, 2000, 360) == 1  # wide enough: a point is a point
    for edge in edges:
        for segment in map(Path, pairwise(edge.way)):
            for node in nodes:
                half, high = node.text_width / 2, node.height / 2
                boxes = [Bbox.from_extents(node.x - half, node.y + high + 2, node.x + half, node.y + node.above)]
                if node.note:
                    low = node.y - node.below
                    boxes.append(Bbox.from_extents(node.x - half, low, node.x + half, node.y - high - 2))
                if node not in (nodes[edge.start], nodes[edge.end]):
                    half = node.width / 2
                    boxes.append(Bbox.from_extents(node.x - half, node.y - high, node.x + half, node.y + high))
                for box in boxes:
                    assert not segment.intersects_bbox(box, filled=False), f"{node.texts} lies on the way of {edge}"


# Ronneberger et al., "U-Net", 2015, figure 1.
def test_unet_is_drawn_as_its_paper_does():
    fig, ax, _ = drawn("UNet valid")
    words = [text.get_text() for text in ax.texts]
    for size in (572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28, 56, 54, 52, 104, 200, 392, 390):
        assert f"{size}²" in words
    for before, after in ((64, 56), (136, 104), (280, 200), (568, 392)):
        assert f"{before}² → {after}²" in words
    assert words.count("1024") == 3  # two at the bottom, and 512 beside 512
    assert min(text.get_fontsize() for text in ax.texts) > 11.8


@pytest.mark.parametrize("name", NETWORKS)
def test_finer_maps_lie_higher_and_later_ones_further_right(name):
    nodes, edges = graph(drawn(name)[2])
    arrange(nodes, edges, 850, 350)
    for edge in edges:
        start, end = nodes[edge.start], nodes[edge.end]
        assert start.x + start.width / 2 < end.x and edge.way[0][0] < edge.way[-1][0]
    chain = [node for node in nodes if sum(one.column == node.column for one in nodes) == 1]
    for one, other in combinations(chain, 2):
        assert one.level <= other.level or one.y > other.y


def test_the_legend_says_what_occurs(language):
    labels = {text.get_text() for text in drawn("UNet valid")[1].get_legend().get_texts()}
    if language == "ko":
        expected = {"합성곱 3×3", "합성곱 1×1", "줄이기: 최대 풀링", "키우기: 역합성곱", "잘라서 복사해 이어 붙이기"}
    else:
        expected = {"convolution 3×3", "convolution 1×1", "down: max pooling", "up: transposed convolution"}
        expected.add("cropped, copied, side by side")
    assert labels == expected


def test_rates_are_written(language):
    words = [text.get_text() for text in drawn("DeepLabV3")[1].texts]
    assert {"r 6", "r 12", "r 18", "r 2,4,8\n×10"} <= set(words)


def test_drawing_leaves_the_model_as_it_was(ax):
    model = UNet(2, base_channels=4)
    model.down[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    plots.architecture(ax, model, 64)
    assert all(value.equal(before[name]) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in model.modules())


def test_any_network_of_layers_can_be_drawn(ax):
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    plots.architecture(ax, network, (32, 48))
    words = [text.get_text() for text in ax.texts]
    assert {"32×48", "30×46", "8", "10"} <= set(words)
