"""Losses: values and gradients by hand, void that never counts, weights from the papers' formulas, mistakes told."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt

from helpers.segmentation import losses
from helpers.segmentation.boundary import edges
from helpers.segmentation.losses import (
    border_weights,
    cross_entropy,
    dice_loss,
    focal_loss,
    median_frequency_weights,
)

LOSSES = {
    "cross entropy": cross_entropy,
    "cross entropy, classes weighted": partial(cross_entropy, weight=torch.tensor([1.0, 2.0, 0.5])),
    "focal": focal_loss,
    "focal, gamma 0.5": partial(focal_loss, gamma=0.5),
    "focal, classes weighted": partial(focal_loss, weight=torch.tensor([1.0, 2.0, 0.5])),
    "Dice": dice_loss,
}


def draw(seed=0, shape=(2, 3, 4, 5), dtype=torch.float32, void=True):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(shape, generator=generator, dtype=dtype).requires_grad_()
    target = torch.randint(0, shape[1], (shape[0], *shape[2:]), generator=generator)
    if void:
        target[0, :2] = 255
    return logits, target


def logits_of(*pixels):
    """Logits [1, C, 1, W] whose softmax is the given probabilities, a tuple a pixel."""
    return torch.tensor(pixels, dtype=torch.float64).log().T[None, :, None]


# All of them


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradients_are_right(loss):
    logits, target = draw(dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: loss(x, target), logits)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_void_does_not_count(loss):
    logits, target = draw()
    loss(logits, target).backward()
    assert (logits.grad[0, :, :2] == 0).all() and (logits.grad[0, :, 2:] != 0).any()
    changed = logits.detach().clone()
    changed[0, :, :2] = 100 * torch.randn(3, 2, 5)
    assert loss(changed, target).item() == pytest.approx(loss(logits, target).item())
    assert loss(logits, target.where(target != 255, -1), ignore_index=-1) == loss(logits, target)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_nothing_but_void_is_0_and_moves_nothing(loss):
    logits, target = draw()
    value = loss(logits, torch.full_like(target, 255))
    value.backward()
    assert value == 0 and (logits.grad == 0).all()
    assert F.cross_entropy(logits, torch.full_like(target, 255), ignore_index=255).isnan()  # what torch does
    assert loss(torch.zeros(0, 3, 4, 5), torch.zeros(0, 4, 5).long()) == 0


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_kinds_of_targets_and_logits(loss):
    logits, target = draw()
    expected = loss(logits, target)
    assert expected.dtype == torch.float32 and expected.shape == ()
    for dtype in (torch.uint8, torch.int16, torch.int32):
        assert loss(logits, target.to(dtype)) == expected
    for dtype in (torch.float16, torch.bfloat16):
        narrow = logits.detach().to(dtype).requires_grad_()
        value = loss(narrow, target)
        assert value.dtype == torch.float32 and value == loss(narrow.detach().float(), target)
        value.backward()
        assert narrow.grad.dtype == dtype
    assert loss(logits.double(), target).dtype == torch.float64
    pictures = loss(logits[:, :, 0, 0], torch.tensor([2, 1]))
    assert pictures.item() == pytest.approx(loss(logits[:, :, :1, :1], torch.tensor([2, 1])[:, None, None]).item())


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("sure", [20, 1000])
def test_certainty_gives_no_nan(loss, sure):
    target = torch.tensor([[[0, 1, 2]]])
    right = (sure * F.one_hot(target, 3).movedim(-1, 1).float()).requires_grad_()
    wrong = (sure * F.one_hot((target + 1) % 3, 3).movedim(-1, 1).float()).requires_grad_()
    for logits in (right, wrong):
        loss(logits, target).backward()
        assert logits.grad.isfinite().all()
    assert loss(right, target) < 1e-6 and loss(wrong, target) > 0.99


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_descent_ends_at_the_truth(loss):
    logits, target = draw()
    for _ in range(60):
        (gradient,) = torch.autograd.grad(loss(logits, target), logits)
        logits = (logits - 20 * gradient).detach().requires_grad_()
    known = target != 255
    assert (logits.argmax(1) == target)[known].all() and loss(logits, target) < 0.1


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_mistakes(loss):
    logits, target = draw()
    for label, dtype in ((3, torch.uint8), (254, torch.uint8), (-1, torch.int64), (-100, torch.int64)):
        wrong = target.to(dtype)
        wrong[1, 0, :2] = label
        message = rf"^The target holds {label} \(2 pixels\), but there are 3 classes: expected 0 to 2, or 255"
        for _ in range(2):  # a CPU is asked every time
            with pytest.raises(ValueError, match=message):
                loss(logits, wrong)
    with pytest.raises(ValueError, match=r"target is torch.float32 \[2, 4, 5\]; expected integer labels: target.long"):
        loss(logits, target.float())
    with pytest.raises(ValueError, match=r"logits are \[2, 3, 4, 5\], the target is \[2, 8, 9\]; expected \[2, 4"):
        loss(logits, torch.zeros(2, 8, 9).long())
    with pytest.raises(ValueError, match=r"For a valid U-Net, crop the target's centre; else resize the logits\.$"):
        loss(logits, torch.zeros(2, 8, 9).long())
    with pytest.raises(ValueError, match=r"the target is \[2, 1, 4, 5\]; expected \[2, 4, 5\]\.$"):
        loss(logits, target[:, None])
    with pytest.raises(ValueError, match=r"logits are tuple; expected one float tensor \[N, C, H, W\] \(of a pair"):
        loss((logits, logits), target)
    with pytest.raises(ValueError, match=r"logits are torch.int64 \[2, 4, 5\]; expected one float tensor"):
        loss(target, target)


# Cross entropy


@pytest.mark.parametrize("weight", [None, torch.tensor([0.2, 3.0, 1.0])])
def test_cross_entropy_is_torchs_where_torch_has_a_number(weight):
    logits, target = draw()
    expected = F.cross_entropy(logits, target, weight, ignore_index=255)
    assert cross_entropy(logits, target, weight).item() == pytest.approx(expected.item())
    twice = None if weight is None else 2 * weight
    assert cross_entropy(logits, target, twice).item() == pytest.approx(expected.item())


def test_cross_entropy_by_hand():
    logits = logits_of((1 / 2, 1 / 4, 1 / 4), (1 / 8, 3 / 4, 1 / 8), (1, 1, 1)).requires_grad_()
    target = torch.tensor([[[0, 2, 255]]])
    # -log p is log 2 and 3 log 2.
    assert cross_entropy(logits, target).item() == pytest.approx(2 * math.log(2))
    weight = torch.tensor([3.0, 100.0, 1.0])
    assert cross_entropy(logits, target, weight).item() == pytest.approx((3 * 1 + 1 * 3) / 4 * math.log(2))
    pixel_weights = torch.tensor([[[5.0, 1.0, 1000.0]]])
    assert cross_entropy(logits, target, None, pixel_weights).item() == pytest.approx((5 + 3) / 2 * math.log(2))
    both = cross_entropy(logits, target, weight, pixel_weights)
    assert both.item() == pytest.approx((3 * 5 * 1 + 1 * 1 * 3) / 4 * math.log(2))
    cross_entropy(logits, target).backward()
    # (p - g) / 2
    expected = torch.tensor([[-1 / 2, 1 / 4, 1 / 4], [1 / 8, 3 / 4, -7 / 8], [0, 0, 0]]) / 2
    assert torch.allclose(logits.grad[0, :, 0].T, expected.double())


def test_pixel_weights():
    logits, target = draw()
    plain = cross_entropy(logits, target)
    assert cross_entropy(logits, target, pixel_weights=torch.ones(2, 4, 5)) == plain
    twice = cross_entropy(logits, target, pixel_weights=torch.full((2, 4, 5), 2.0))
    assert twice.item() == pytest.approx(2 * plain.item())
    with pytest.raises(ValueError, match=r"pixel_weights is \[4, 5\]; expected \[2, 4, 5\], as the target"):
        cross_entropy(logits, target, pixel_weights=torch.ones(4, 5))


@pytest.mark.parametrize("loss", [cross_entropy, focal_loss])
def test_class_weights(loss):
    logits, target = draw()
    with pytest.raises(ValueError, match=r"weight is \[4\]; expected one a class, \[3\]"):
        loss(logits, target, weight=torch.ones(4))
    logits.grad = None
    value = loss(logits, torch.zeros_like(target), weight=torch.tensor([0.0, 1, 1]))
    value.backward()
    assert value == 0 and (logits.grad == 0).all()  # no class that is there has a weight
    assert loss(logits, target, weight=[1, 2, 3]) == loss(logits, target, weight=torch.tensor([1.0, 2, 3]).double())


# Focal


@pytest.mark.parametrize("weight", [None, torch.tensor([0.2, 3.0, 1.0])])
def test_focal_with_gamma_0_is_cross_entropy(weight):
    logits, target = draw()
    expected = cross_entropy(logits, target, weight)
    assert focal_loss(logits, target, gamma=0, weight=weight).item() == pytest.approx(expected.item())


def test_focal_by_hand():
    logits = logits_of((3 / 4, 1 / 4), (1 / 4, 3 / 4))
    target = torch.tensor([[[0, 0]]])
    expected = -((1 / 4) ** 2 * math.log(3 / 4) + (3 / 4) ** 2 * math.log(1 / 4)) / 2
    assert focal_loss(logits, target).item() == pytest.approx(expected)
    assert focal_loss(logits, target, gamma=1.0, weight=torch.tensor([2.0, 1.0])).item() == pytest.approx(
        -(1 / 4 * math.log(3 / 4) + 3 / 4 * math.log(1 / 4)) / 2
    )
    other = torch.tensor([[[0, 1]]])  # both p = 3/4, weighted 2 and 6 over 8: as without weights
    assert focal_loss(logits, other, weight=torch.tensor([2.0, 6.0])).item() == pytest.approx(
        -((1 / 4) ** 2) * math.log(3 / 4)
    )
    # Lin et al. 2017, section 3.2: with gamma 2, an example with p = 0.9 has a 100 times lower loss than with cross
    # entropy, and with p = 0.968 a 1000 times lower one.
    for p, times in ((0.9, 100), (0.968, 1000)):
        pair = logits_of((p, 1 - p)), torch.tensor([[[0]]])
        assert cross_entropy(*pair) / focal_loss(*pair) == pytest.approx(times, rel=0.03)
    with pytest.raises(ValueError, match="gamma=-1: expected 0 .cross entropy. or more"):
        focal_loss(logits, target, gamma=-1)


# Dice


def test_dice_by_hand():
    logits = logits_of((1 / 2, 1 / 2, 1e-30), (1 / 4, 3 / 4, 1e-30), (1, 1, 1))
    target = torch.tensor([[[0, 1, 255]]])
    # Class 0: 2 (1/2) / (1/4 + 1/16 + 1); class 1: 2 (3/4) / (1/4 + 9/16 + 1); class 2 is nowhere and left out.
    expected = 1 - (16 / 21 + 24 / 29) / 2
    assert dice_loss(logits, target).item() == pytest.approx(expected)


def test_dice_sums_over_the_batch():
    logits, target = draw()
    one = torch.cat(list(logits), 1)[None], torch.cat(list(target))[None]  # the same pixels as one picture
    assert dice_loss(*one).item() == pytest.approx(dice_loss(logits, target).item())
    apart = [dice_loss(x[None], t[None]).item() for x, t in zip(logits, target, strict=True)]
    assert np.mean(apart) != pytest.approx(dice_loss(logits, target).item(), abs=1e-4)


def test_dice_of_hard_predictions_is_dice():
    from helpers.metrics import ConfusionMatrix

    target = draw()[1]
    prediction = draw(seed=1, void=False)[1]
    sure = 1000 * F.one_hot(prediction, 3).movedim(-1, 1).float()
    expected = 1 - ConfusionMatrix(3).update(prediction, target).dice().mean().item()
    assert dice_loss(sure, target).item() == pytest.approx(expected)


def test_dice_ends_at_1_for_all_wrong():
    sure = 1000 * F.one_hot(torch.ones(1, 2, 2).long(), 2).movedim(-1, 1).float()
    assert dice_loss(sure, torch.zeros(1, 2, 2).long()) == 1


# Class weights from frequencies


def test_median_frequency_by_hand():
    # Class 0: 5 of the 8 pixels of both pictures; 1: 1 of the 4 of the first; 2: 1 of 4 (void counts in the area).
    masks = [torch.tensor([[0, 0], [0, 1]]), np.array([[0, 2], [255, 0]], np.uint8)]
    expected = torch.tensor([0.25 / (5 / 8), 1, 0, 1])
    order = torch.tensor([0, 1, 3, 2])
    weights = median_frequency_weights(masks, 4)
    assert weights.dtype == torch.float32
    assert torch.allclose(weights[order], expected)
    stack = torch.stack([masks[0], torch.from_numpy(masks[1]).long()])
    assert torch.equal(median_frequency_weights(stack, 4), weights)
    pairs = [("picture", mask) for mask in masks]
    assert torch.equal(median_frequency_weights(pairs, 4), weights)
    # An even number of classes: the median lies between the middle two.
    assert median_frequency_weights([torch.tensor([[0, 0, 0, 1]])], 2).tolist() == pytest.approx([2 / 3, 2])
    # Twice the same pictures have the same frequencies.
    assert torch.equal(median_frequency_weights(masks * 2, 4), weights)


def test_median_frequency_mistakes():
    with pytest.raises(ValueError, match=r"The mask holds 4 \(1 pixel\), but there are 4 classes"):
        median_frequency_weights([torch.tensor([[4, 0]])], 4)
    for nothing in ([], [torch.full((2, 2), 255)]):
        with pytest.raises(ValueError, match="No pixel of the masks has a class"):
            median_frequency_weights(nothing, 4)


# U-Net's border weights


def test_border_weights_by_hand():
    """Two cells of one row, a gap of two between them, all distances in whole pixels.

    Columns 0 to 7; cells 1 (columns 1 to 2) and 2 (columns 5 to 6): their borders are 1, 2 and 5, 6.
    """
    row = np.array([[0, 1, 1, 0, 0, 2, 2, 0]])
    both = np.array([1 + 5, 0 + 4, 0 + 3, 1 + 2, 2 + 1, 3 + 0, 4 + 0, 5 + 1])
    weights = border_weights(row, class_weights=(1, 3))
    assert weights.dtype == torch.float32 and weights.shape == (1, 8)
    expected = np.where(row > 0, 3, 1) + 10 * np.exp(-(both**2) / 50)
    assert np.allclose(weights, expected, rtol=1e-6)
    expected = 1 + 4 * np.exp(-(both**2) / 8)
    assert np.allclose(border_weights(torch.from_numpy(row), w0=4, sigma=2)[0], expected, rtol=1e-6)


def test_inside_a_cell_the_distance_is_to_its_own_border():
    # A cell of 7x7 at columns 0 to 6 of a wide picture, another from column 8: at (4, 3), 3 to its own border (rows
    # 1 and 7, column 6), 5 to the other's.
    picture = np.zeros((9, 16), int)
    picture[1:8, :7], picture[1:8, 8:15] = 1, 2
    assert border_weights(picture)[4, 3].item() == pytest.approx(1 + 10 * math.exp(-(8**2) / 50), rel=1e-6)


def test_cells_that_touch_weigh_most_where_they_do():
    picture = np.zeros((20, 20), int)
    picture[5:15, 2:10], picture[5:15, 10:18] = 7, 300  # numbers may leave gaps
    weights = border_weights(picture)
    assert weights.max().item() == pytest.approx(1 + 10 * math.exp(-1 / 50))
    assert (weights == weights.max())[5:15, 9:11].all()
    assert weights.argmax(1)[10] in (9, 10)


def brute(picture, w0, sigma):
    border = edges(picture)
    cells = [distance_transform_edt(~(border & (picture == c))) for c in np.unique(picture) if c]
    first, second = np.sort(cells, axis=0)[:2]
    return 1 + w0 * np.exp(-((first + second) ** 2) / (2 * sigma**2))


@pytest.mark.parametrize("sigma", [1, 3, 5])
def test_border_weights_against_all_distances(sigma):
    generator = np.random.default_rng(0)
    picture = np.zeros((90, 70), int)
    for cell in range(1, 25):
        y, x = generator.integers(0, 84), generator.integers(0, 64)
        picture[y : y + generator.integers(2, 9), x : x + generator.integers(2, 9)] = cell
    weights = border_weights(np.stack([picture, picture.T[:, ::-1].T]), sigma=sigma)
    assert np.allclose(weights[0], brute(picture, 10, sigma), rtol=1e-6)
    assert np.allclose(weights[1], brute(picture.T[:, ::-1].T, 10, sigma), rtol=1e-6)


def test_fewer_than_two_cells_have_class_weights_alone():
    one = np.zeros((6, 6), int)
    one[2:4, 2:4] = 1
    assert torch.equal(border_weights(one, class_weights=(1, 2)), torch.from_numpy(one).float() + 1)
    assert torch.equal(border_weights(one * 0), torch.ones(6, 6))
    assert torch.equal(border_weights(one * 0 + 1), torch.ones(6, 6))
    assert torch.equal(border_weights(np.stack([one, 0 * one])), torch.ones(2, 6, 6))
    assert border_weights(np.zeros((0, 6, 6), int)).shape == (0, 6, 6)


def test_border_weights_go_into_the_loss():
    row = torch.tensor([[[1, 1, 0, 2, 2]]])
    weights = border_weights(row)
    logits = torch.zeros(1, 2, 1, 5)
    value = cross_entropy(logits, (row > 0).long(), pixel_weights=weights)
    assert value.item() == pytest.approx(math.log(2) * weights.mean().item())


def test_border_weights_mistakes():
    for wrong in (np.zeros((4, 4)), np.zeros(4, int), np.full((4, 4), -1), np.zeros((1, 1, 4, 4), int)):
        with pytest.raises(ValueError, match=r"expected integers, 0 for background, in \[H, W\] or \[N, H, W\]"):
            border_weights(wrong)
    with pytest.raises(ValueError, match="sigma=0: expected a width in pixels above 0"):
        border_weights(np.zeros((4, 4), int), sigma=0)


# A device that is not waited for


def test_a_gpu_is_asked_once_a_shape(monkeypatch):
    # Fake tensors have a device and no values: whatever would wait for a value raises.
    from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

    monkeypatch.setattr(losses, "_seen_shapes", set())
    with FakeTensorMode():
        logits = torch.zeros(2, 3, 8, 8, device="cuda", dtype=torch.float16)
        target = torch.zeros(2, 8, 8, dtype=torch.uint8, device="cuda")
        weight = torch.ones(3)
        calls = [
            lambda: cross_entropy(logits, target),
            lambda: cross_entropy(logits, target, weight, torch.ones(2, 8, 8, device="cuda")),
            lambda: focal_loss(logits, target, weight=weight),
            lambda: dice_loss(logits, target),
        ]
        for call in calls:
            with pytest.raises(DataDependentOutputException):
                call()
        asked = []
        with monkeypatch.context() as patch:
            patch.setattr(losses, "check_labels", lambda *arguments: asked.append(arguments))
            for call in calls:
                assert call().device.type == "cuda"
        assert len(asked) == 1
        for call in calls:
            call()
        monkeypatch.setenv("CUDA_LAUNCH_BLOCKING", "1")
        with pytest.raises(DataDependentOutputException):
            calls[0]()


def test_on_a_gpu(monkeypatch):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    monkeypatch.setattr(losses, "_seen_shapes", set())
    logits, target = draw()
    for loss in LOSSES.values():
        assert loss(logits.cuda(), target.cuda()).item() == pytest.approx(loss(logits, target).item(), rel=1e-5)
    with pytest.raises(ValueError, match=r"The target holds 7 \(1 picture\)"):
        cross_entropy(torch.zeros(1, 3).cuda(), torch.tensor([7]).cuda())
