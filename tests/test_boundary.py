"""Boundary F1 and trimap IoU: small outlines counted by hand, and a slow reference on random ones."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from helpers.metrics import ConfusionMatrix
from helpers.segmentation.boundary import BoundaryF1, TrimapIoU, edges

RNG = np.random.default_rng(0)


def square(size=12, at=(4, 4), side=4):
    picture = np.zeros((1, size, size), int)
    picture[0, at[0] : at[0] + side, at[1] : at[1] + side] = 1
    return picture


def blobs(n=3, size=24, classes=3, void=True):
    """Coarse random labels, a few pixels a side."""
    labels = RNG.integers(0, classes, (n, size // 4, size // 4)).repeat(4, 1).repeat(4, 2)
    if void:
        labels[:, 6:8, 5:9] = 255
    return labels


# Edges


def test_edges_of_a_square():
    marked = edges(square()[0])
    # Of the square the ring of 12; around it 4 a side, no corners, which touch only corner to corner.
    assert (marked & (square()[0] == 1)).sum() == 12
    assert (marked & (square()[0] == 0)).sum() == 16
    assert not marked[5:7, 5:7].any() and not marked[3, 3] and marked[3, 4]


def test_the_pictures_border_is_no_edge():
    assert not edges(np.ones((3, 5, 5), int)).any()
    left = square(at=(0, 0))[0]
    assert np.argwhere(edges(left) & (left == 1)).tolist() == [[0, 3], [1, 3], [2, 3], [3, 0], [3, 1], [3, 2], [3, 3]]


def test_pictures_of_a_stack_do_not_touch():
    stack = np.stack([np.zeros((4, 4), int), np.ones((4, 4), int)])
    assert not edges(stack).any()
    assert edges(np.zeros((0, 4, 4), int)).shape == (0, 4, 4)
    assert not edges(np.zeros((2, 1, 1), int)).any()


# Boundary F1


def test_identity_is_one():
    labels = blobs()
    measure = BoundaryF1(3, tolerance=0).update(np.where(labels == 255, 2, labels), labels)
    assert measure.mean() == 1
    assert (measure.per_picture() == 1).all()


def test_a_square_shifted_by_one_pixel():
    """A square 4x4, shifted to the right by 1: outlines counted by hand.

    Within 0 pixels: of the square's ring of 12 the top and bottom keep 3 each; the left side's 2 inner pixels go, and
    so do the right side's, but each ring crosses the other's columns only at top and bottom: 6 of 12. Of the 16
    around it, top and bottom keep 3 each, the sides nothing: 6 of 16. Within 1 pixel all are met.
    """
    truth, shifted = square(), square(at=(4, 5))
    assert BoundaryF1(2, tolerance=0).update(shifted, truth).per_class().tolist() == [6 / 16, 6 / 12]
    assert BoundaryF1(2, tolerance=0).update(shifted, truth).mean() == pytest.approx((6 / 16 + 6 / 12) / 2)
    assert BoundaryF1(2, tolerance=0.99).update(shifted, truth).per_class().tolist() == [6 / 16, 6 / 12]
    assert BoundaryF1(2, tolerance=1).update(shifted, truth).mean() == 1


def test_precision_is_not_recall():
    # Truth: a square; prediction: it and another far away. Of 24 predicted ring pixels 12 are right, of 12 true all.
    truth = square(size=20, at=(2, 2))
    both = truth + square(size=20, at=(12, 12))
    assert BoundaryF1(2, tolerance=1).update(both, truth).per_class()[1] == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert BoundaryF1(2, tolerance=1).update(truth, both).per_class()[1] == pytest.approx(2 * 0.5 * 1 / 1.5)


@pytest.mark.parametrize("diagonally", [1, 2])
def test_distances_are_euclidean(diagonally):
    truth, prediction = square(size=20, at=(4, 4), side=1), square(size=20, at=(4 + diagonally, 4 + diagonally), side=1)
    away = math.sqrt(2) * diagonally
    for tolerance, met in ((away - 0.01, 0), (away + 0.01, 1)):
        assert BoundaryF1(2, tolerance=tolerance).update(prediction, truth).per_class()[1] == met


def test_the_tolerance_grows_with_the_picture():
    # 0.0075 of the diagonal of 300x400 is 3.75: an outline 3 pixels too low is met, one 4 too low is not.
    truth = np.zeros((1, 300, 400), int)
    truth[:, 150:] = 1
    down = truth.copy()
    down[:, 150:153] = 0
    assert BoundaryF1(2).update(down, truth).mean() == 1
    down[:, 150:154] = 0
    assert BoundaryF1(2).update(down, truth).mean() == 0


def test_absent_classes():
    truth = square()
    measure = BoundaryF1(4).update(truth, truth)
    assert measure.per_picture()[0].tolist() == pytest.approx([1, 1, math.nan, math.nan], nan_ok=True)
    assert measure.mean() == 1
    # Predicted, but not true; true, but not predicted: 0. Class 0 has the same outline: (1 + 0 + 0) / 3.
    other = np.where(truth == 1, 2, 0)
    assert BoundaryF1(4).update(other, truth).per_class().tolist() == pytest.approx([1, 0, 0, math.nan], nan_ok=True)
    assert BoundaryF1(4).update(other, truth).mean() == pytest.approx(1 / 3)
    # No outline in either picture: nothing to measure.
    assert math.isnan(BoundaryF1(2).update(np.zeros((1, 5, 5), int), np.zeros((1, 5, 5), int)).mean())
    assert math.isnan(BoundaryF1(2).mean()) and np.isnan(BoundaryF1(2).per_class()).all()


def test_the_mean_is_over_pictures():
    # One picture has classes 0 and 1 right (1, 1); the other has 0 right, 1 and 2 wrong (1, 0, 0): not 3 of 5.
    truth = np.concatenate([square(), square()])
    prediction = np.concatenate([square(), square() * 2])
    measure = BoundaryF1(3).update(prediction, truth)
    assert measure.mean() == pytest.approx((1 + 1 / 3) / 2)
    assert measure.per_class().tolist() == [1, 0.5, 0]
    apart = BoundaryF1(3).update(prediction[:1], truth[:1]).update(prediction[1:], truth[1:])
    assert np.array_equal(apart.per_picture(), measure.per_picture(), equal_nan=True)
    assert math.isnan(measure.reset().mean())


def test_an_outline_against_void_is_none():
    truth = square()
    truth[:, 2:10, 2:4] = 255  # along the left side
    prediction = square()
    assert BoundaryF1(2, tolerance=0).update(prediction, truth).mean() == 1
    # Whatever is predicted inside void, and to which side of it, changes nothing.
    prediction[:, 2:10, 2:4] = 1
    assert BoundaryF1(2, tolerance=0).update(prediction, truth).mean() == 1
    surrounded = np.full((1, 12, 12), 255)
    surrounded[:, 4:8, 4:8] = 1
    assert math.isnan(BoundaryF1(2).update(prediction, surrounded).mean())


@pytest.mark.parametrize("tolerance", [0, 1, 1.5, 3])
def test_against_distance_maps(tolerance):
    truth, prediction = blobs(), blobs(void=False)
    measured = BoundaryF1(3, tolerance=tolerance).update(prediction, truth).per_picture()
    prediction[truth == 255] = 255

    def outline(labels, c):  # pixel by pixel
        marked = np.zeros(labels.shape, bool)
        for y, x in np.argwhere(labels == c):
            around = [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            inside = [labels[i, j] for i, j in around if 0 <= i < labels.shape[0] and 0 <= j < labels.shape[1]]
            marked[y, x] = any(label not in (c, 255) for label in inside)
        return marked

    for n in range(3):
        for c in range(3):
            drawn, true = outline(prediction[n], c), outline(truth[n], c)
            precision = (distance_transform_edt(~true)[drawn] <= tolerance).mean()
            recall = (distance_transform_edt(~drawn)[true] <= tolerance).mean()
            assert measured[n, c] == pytest.approx(2 * precision * recall / (precision + recall))


def test_logits_will_do():
    truth = torch.from_numpy(square())
    logits = torch.nn.functional.one_hot(truth, 2).movedim(-1, 1).float()
    assert BoundaryF1(2).update(logits, truth).mean() == 1
    assert TrimapIoU(2).update(logits, truth).mean_iou()[1] == 1


# Trimap


def test_identity_is_one_in_every_band():
    labels = blobs()
    measured = TrimapIoU(3).update(np.where(labels == 255, 0, labels), labels).mean_iou()
    assert measured == dict.fromkeys((1, 2, 4, 8, 16, 32), 1)


def test_a_straight_boundary_gets_width_pixels_on_either_side():
    truth = np.zeros((1, 3, 20), int)
    truth[:, :, 10:] = 1
    for width, counted in ((1, 2), (2, 4), (3.5, 6), (10, 20), (math.inf, 20)):
        trimap = TrimapIoU(2, [width]).update(truth, truth)
        assert trimap.confusions[width].matrix.diagonal().tolist() == [3 * counted / 2] * 2


def test_a_late_boundary_costs_most_in_the_narrowest_band():
    """The outline of a row of 20 comes one pixel late: in a band of w on either side one of 2 w pixels is wrong.

    Class 0 has w of w + 1, class 1 has w - 1 of w.
    """
    truth = np.zeros((1, 3, 20), int)
    truth[:, :, 10:] = 1
    late = np.roll(truth, 1, 2)
    late[:, :, 0] = 0
    measured = TrimapIoU(2, (1, 2, 4, 10, math.inf)).update(late, truth).mean_iou()
    expected = {width: (width / (width + 1) + (width - 1) / width) / 2 for width in (1, 2, 4, 10)}
    assert measured == pytest.approx(expected | {math.inf: expected[10]})


def test_an_infinite_band_is_the_ordinary_iou():
    truth, prediction = blobs(), blobs(void=False)
    truth[2] = 1  # no outline at all
    whole = ConfusionMatrix(3).update(prediction, truth)
    trimap = TrimapIoU(3, [math.inf, 1000]).update(prediction, truth)
    assert torch.equal(trimap.confusions[math.inf].matrix, whole.matrix)
    # However wide a band is, a picture without outline has none.
    assert trimap.confusions[1000].matrix.sum() == (truth[:2] != 255).sum()


def test_void_is_not_counted_but_has_an_outline():
    truth = np.zeros((1, 1, 12), int)
    truth[..., 5:7] = 255
    trimap = TrimapIoU(2, [1, 2]).update(np.zeros_like(truth), truth)
    assert [trimap.confusions[width].matrix.sum() for width in (1, 2)] == [2, 4]


def test_without_a_void_label():
    truth = square()
    trimap = TrimapIoU(2, [1, math.inf], ignore_index=None).update(truth, truth)
    assert trimap.confusions[1].matrix.diagonal().tolist() == [16, 12]
    assert trimap.confusions[math.inf].matrix.sum() == 144
    assert math.isnan(trimap.reset().mean_iou()[1])


def test_batches_add_up():
    truth, prediction = blobs(), blobs(void=False)
    whole, parts = TrimapIoU(3).update(prediction, truth), TrimapIoU(3)
    for picture in zip(prediction, truth, strict=True):
        parts.update(*(labels[None] for labels in picture))
    assert parts.mean_iou() == whole.mean_iou()


# Mistakes


@pytest.mark.parametrize("measure", [BoundaryF1(2), TrimapIoU(2), BoundaryF1(2, ignore_index=None)])
def test_labels_and_shapes_that_do_not_fit(measure):
    zeros = np.zeros((2, 4, 4), int)
    with pytest.raises(ValueError, match=r"The target holds 7 \(32 pixels\), but there are 2 classes: expected 0 to 1"):
        measure.update(zeros, zeros + 7)
    with pytest.raises(ValueError, match=r"The prediction holds 255 \(32 pixels\), but .* expected 0 to 1\.$"):
        measure.update(zeros + 255, zeros)
    with pytest.raises(ValueError, match=r"target is \[4, 4\]; expected pictures in a stack, \[N, H, W\]"):
        measure.update(zeros[0], zeros[0])
    with pytest.raises(ValueError, match=r"predicted labels are int64 \[1, 4, 4\], the target is \[2, 4, 4\]"):
        measure.update(zeros[:1], zeros)


def test_impossible_settings():
    for tolerance in (-1, math.nan):
        with pytest.raises(ValueError, match="expected a distance in pixels, 0 or more"):
            BoundaryF1(2, tolerance=tolerance)
    for widths in ([], [0, 1], [math.nan]):
        with pytest.raises(ValueError, match="expected half-widths in pixels, each at least 1"):
            TrimapIoU(2, widths)
