"""The confusion matrix: equal to scikit-learn's and torchmetrics', right at the edges, and each mistake told."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.metrics import ConfusionMatrix, check_labels

RNG = np.random.default_rng(0)


def draw(classes, shape, void=0.1, true=None, predicted=None):
    """A target, some of it void, and a prediction that is right half of the time."""
    target = torch.from_numpy(RNG.choice(true or classes, shape))
    prediction = torch.from_numpy(RNG.choice(predicted or classes, shape))
    if true is None and predicted is None:
        prediction = torch.where(torch.from_numpy(RNG.random(shape) < 0.5), target, prediction)
    target[torch.from_numpy(RNG.random(shape) < void)] = 255
    return prediction, target


CASES = {
    "random": (5, draw(5, (3, 17, 9))),
    "2 classes": (2, draw(2, (3, 17, 9))),
    "19 classes": (19, draw(19, (2, 40, 50))),
    "150 classes": (150, draw(150, (2, 40, 50))),
    "absent classes": (6, draw(6, (2, 10, 10), true=[1, 4], predicted=[1, 2])),
    "predicted, never true": (3, draw(3, (2, 10, 10), true=[0, 1], predicted=[0, 1, 2])),
    "true, never predicted": (3, draw(3, (2, 10, 10), true=[0, 1, 2], predicted=[0, 1])),
    "one class only": (3, draw(3, (2, 10, 10), true=[1], predicted=[1])),
    "nothing right": (3, draw(3, (2, 10, 10), true=[1], predicted=[2])),
    "no void": (4, draw(4, (2, 10, 10), void=0)),
    "one picture": (4, draw(4, (1, 1, 1), void=0)),
}


def kept(prediction, target):
    return target[target != 255], prediction[target != 255]


# Equal to others


@pytest.mark.parametrize("case", CASES)
def test_equal_to_scikit_learn(case):
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, jaccard_score, recall_score

    classes, (prediction, target) = CASES[case]
    ours = ConfusionMatrix(classes).update(prediction, target)
    true, predicted = kept(prediction, target)
    labels = [*range(classes)]
    matrix = confusion_matrix(true, predicted, labels=labels)
    assert np.array_equal(ours.matrix, matrix)
    present = [c for c in labels if c in true or c in predicted]
    scores = {"average": None, "labels": labels, "zero_division": 0}
    for mine, theirs, there in (
        (ours.iou(), jaccard_score(true, predicted, **scores), present),
        (ours.dice(), f1_score(true, predicted, **scores), present),
        (ours.class_accuracy(), recall_score(true, predicted, **scores), [c for c in labels if c in true]),
    ):
        assert mine.dtype == torch.float64
        assert (~mine.isnan()).nonzero().ravel().tolist() == there
        assert np.allclose(mine[there], theirs[there], rtol=1e-12)
    assert ours.pixel_accuracy() == pytest.approx(accuracy_score(true, predicted), rel=1e-12)
    assert ours.mean_iou() == pytest.approx(ours.iou()[present].mean().item(), rel=1e-12)
    recall = [matrix[c, c] / matrix[c].sum() for c in {*true.tolist()}]
    assert ours.mean_class_accuracy() == pytest.approx(np.mean(recall))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_equal_to_torchmetrics(case):
    from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

    classes, (prediction, target) = CASES[case]
    ours = ConfusionMatrix(classes)
    settings = {"num_classes": classes, "ignore_index": 255}
    macro = MulticlassJaccardIndex(**settings, average="macro")
    none = MulticlassJaccardIndex(**settings, average="none")
    micro = MulticlassAccuracy(**settings, average="micro")
    for part in zip(prediction, target, strict=True):  # a batch a picture
        ours.update(*(labels[None] for labels in part))
        for metric in (macro, none, micro):
            metric.update(*(labels[None] for labels in part))
    assert ours.mean_iou() == pytest.approx(macro.compute().item(), abs=1e-6)
    assert ours.iou().nan_to_num(0).tolist() == pytest.approx(none.compute().tolist(), abs=1e-6)
    assert ours.pixel_accuracy() == pytest.approx(micro.compute().item(), abs=1e-6)


labels_strategy = st.integers(1, 12).flatmap(
    lambda c: st.tuples(
        st.just(c),
        st.lists(st.tuples(st.integers(0, c - 1), st.sampled_from([*range(c), -7])), max_size=40),
        st.sampled_from([torch.uint8, torch.int16, torch.int32, torch.int64]),
        st.sampled_from([torch.uint8, torch.int8, torch.int64]),
        st.sampled_from([255, -1, -100, 12, 70_000, None]),
    )
)


@settings(max_examples=150, deadline=None)
@given(labels_strategy)
def test_counts_one_by_one(drawn):
    classes, pairs, of_target, of_prediction, void = drawn
    if void is None:
        pairs = [(predicted, true) for predicted, true in pairs if true >= 0]
    elif void < 0 and of_target == torch.uint8 or void > torch.iinfo(of_target).max:
        of_target = torch.int64
    expected = torch.zeros(classes, classes, dtype=torch.int64)
    for predicted, true in pairs:
        if true >= 0:
            expected[true, predicted] += 1
    prediction = torch.tensor([predicted for predicted, _ in pairs], dtype=of_prediction)
    target = torch.tensor([void if true < 0 else true for _, true in pairs]).to(of_target)
    confusion = ConfusionMatrix(classes, ignore_index=void).update(prediction, target)
    assert torch.equal(confusion.matrix, expected)
    later = ConfusionMatrix(classes, ignore_index=void)
    if pairs:
        counts = later._count_later(prediction, target, torch.zeros(2, 2, dtype=torch.int64))
        assert torch.equal(counts, confusion._counts)


# The trap


def trap():
    """Two pictures 10x10; the same prediction scores .970 over both, but .663 in the mean over pictures.

    The first is right throughout: 50 pixels of class 0, 25 of 1, 25 of 2. The second is class 0 throughout, but one
    pixel is taken for 1 and one for 2. Over both, 0 has 148 of 150, 1 and 2 have 25 of 26. By picture, the first has
    1, 1, 1; the second .98, 0, 0.
    """
    target = torch.zeros(2, 10, 10, dtype=torch.long)
    target[0, 5:, :5], target[0, 5:, 5:] = 1, 2
    prediction = target.clone()
    prediction[1, 3, 3], prediction[1, 7, 7] = 1, 2
    whole = (Fraction(148, 150) + 2 * Fraction(25, 26)) / 3
    by_picture = (1 + Fraction(98, 100) / 3) / 2
    return prediction, target, whole, by_picture


def test_a_mean_over_pictures_is_another_number():
    prediction, target, whole, by_picture = trap()
    assert (round(float(whole), 3), round(float(by_picture), 3)) == (0.970, 0.663)

    confusion = ConfusionMatrix(3).update(prediction, target)
    assert confusion.iou().tolist() == pytest.approx([148 / 150, 25 / 26, 25 / 26])
    assert confusion.mean_iou() == pytest.approx(float(whole))
    alone = [ConfusionMatrix(3).update(p[None], t[None]).mean_iou() for p, t in zip(prediction, target, strict=True)]
    assert np.mean(alone) == pytest.approx(float(by_picture))


@pytest.mark.slow
def test_torchmetrics_has_both_numbers():
    from torchmetrics.classification import MulticlassJaccardIndex
    from torchmetrics.segmentation import MeanIoU

    prediction, target, whole, by_picture = trap()
    assert MulticlassJaccardIndex(3)(prediction, target).item() == pytest.approx(float(whole))
    assert MeanIoU(3, input_format="index")(prediction, target).item() == pytest.approx(float(by_picture))


# Edges


def test_nothing_counted():
    for confusion in (
        ConfusionMatrix(3),
        ConfusionMatrix(3).update(torch.zeros(2, 4, 4).long(), torch.full((2, 4, 4), 255)),
        ConfusionMatrix(3).update(torch.zeros(0, 3, 4, 4), torch.zeros(0, 4, 4).long()),
        ConfusionMatrix(3).update(torch.zeros(2, 4, 4).long(), torch.zeros(2, 4, 4).long()).reset(),
    ):
        assert confusion.matrix.tolist() == [[0] * 3] * 3
        assert confusion.iou().isnan().all() and confusion.dice().isnan().all()
        assert math.isnan(confusion.mean_iou()) and math.isnan(confusion.pixel_accuracy())


def test_one_class():
    confusion = ConfusionMatrix(1).update(torch.randn(1, 1, 2, 2), torch.tensor([[[0, 0], [0, 255]]]))
    assert confusion.matrix.tolist() == [[3]] and confusion.mean_iou() == 1
    with pytest.raises(ValueError, match=r"holds 1 \(1 pixel\), but there is 1 class: expected 0, or 255 to ignore"):
        confusion.update(torch.zeros(1, 1, 2, 2), torch.tensor([[[0, 1], [0, 255]]]))


def test_logits_of_pixels_and_of_pictures():
    for shape in ((3, 7, 6, 5), (3, 7)):
        logits = torch.randn(shape, generator=torch.Generator().manual_seed(0)).requires_grad_()
        target = torch.randint(0, 7, (3, *shape[2:]), generator=torch.Generator().manual_seed(1))
        expected = ConfusionMatrix(7).update(logits.argmax(1), target).matrix
        for same in (logits, logits.contiguous(memory_format=torch.channels_last) if logits.ndim == 4 else logits):
            assert torch.equal(ConfusionMatrix(7).update(same, target).matrix, expected)
        assert int(expected.sum()) == target.numel()
    tie = ConfusionMatrix(3).update(torch.tensor([[1.0, 2.0, 2.0]]).half(), torch.tensor([2]))
    assert tie.matrix[2].tolist() == [0, 1, 0]


def test_rows_are_true_and_columns_predicted():
    confusion = ConfusionMatrix(2).update(torch.tensor([1, 1, 0]), torch.tensor([0, 0, 0]))
    assert confusion.matrix.tolist() == [[1, 2], [0, 0]]
    assert confusion.iou().tolist() == pytest.approx([1 / 3, 0])
    assert confusion.dice().tolist() == pytest.approx([1 / 2, 0])
    assert confusion.class_accuracy()[0].item() == pytest.approx(1 / 3) and confusion.class_accuracy()[1].isnan()
    assert confusion.mean_class_accuracy() == pytest.approx(1 / 3)


def test_other_kinds_of_labels():
    prediction, target = draw(2, (2, 6, 6), void=0)
    expected = ConfusionMatrix(2).update(prediction, target).matrix
    assert torch.equal(ConfusionMatrix(2).update(prediction.bool(), target.bool()).matrix, expected)
    assert torch.equal(ConfusionMatrix(2).update(prediction.numpy(), target.numpy().astype(np.uint16)).matrix, expected)
    view = torch.stack([prediction, prediction], -1)[..., 0]
    assert torch.equal(ConfusionMatrix(2).update(view, target.mT.contiguous().mT).matrix, expected)


def test_labels_are_left_as_they_were():
    for dtype in (torch.uint8, torch.int16, torch.int32, torch.int64):
        prediction, target = (labels.to(dtype) for labels in draw(3, (2, 6, 6)))
        before = prediction.clone(), target.clone()
        ConfusionMatrix(3).update(prediction, target)
        assert torch.equal(prediction, before[0]) and torch.equal(target, before[1])


def test_void_prediction_counts_for_nothing():
    target = torch.tensor([[0, 255, 1]])
    matrices = [ConfusionMatrix(2).update(torch.tensor([[0, p, 1]]), target).matrix for p in (0, 1)]
    assert torch.equal(*matrices)


def test_many_pixels_of_one_cell():
    confusion = ConfusionMatrix(2)
    for _ in range(3):
        confusion.update(torch.ones(200_000, dtype=torch.uint8), torch.ones(200_000, dtype=torch.uint8))
    assert confusion.matrix[1, 1] == 600_000


def test_made_in_inference_mode():
    with torch.inference_mode():
        confusion = ConfusionMatrix(2).update(torch.tensor([0]), torch.tensor([0]))
    assert confusion.merge(confusion).update(torch.tensor([1]), torch.tensor([1])).matrix.tolist() == [[2, 0], [0, 1]]


# Several processes


def test_parts_add_up():
    prediction, target = draw(4, (6, 8, 8))
    whole = ConfusionMatrix(4).update(prediction, target)
    halves = [ConfusionMatrix(4).update(prediction[part::2], target[part::2]) for part in (0, 1)]
    before = halves[0].matrix
    assert torch.equal((halves[0] + halves[1]).matrix, whole.matrix)
    assert torch.equal(halves[0].matrix, before)
    assert torch.equal(ConfusionMatrix(4).merge(halves[0].matrix + halves[1].matrix).matrix, whole.matrix)
    assert halves[0].merge(pickle.loads(pickle.dumps(halves[1]))) is halves[0]
    assert torch.equal(halves[0].matrix, whole.matrix)
    other = ConfusionMatrix(4, ignore_index=-1).update(prediction[1::2], target[1::2].where(target[1::2] < 4, -1))
    assert torch.equal(ConfusionMatrix(4).update(prediction[::2], target[::2]).merge(other).matrix, whole.matrix)
    with pytest.raises(ValueError, match=r"other matrix is \[3, 3\]; expected \[4, 4\]"):
        whole.merge(ConfusionMatrix(3))


def test_the_matrix_is_a_copy():
    confusion = ConfusionMatrix(2).update(torch.tensor([0]), torch.tensor([0]))
    confusion.matrix[0, 0] = 9
    assert confusion.matrix[0, 0] == 1


# Words and tables


def test_table():
    table = ConfusionMatrix(3).update(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1])).table(["a", "b", "c"])
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["pixels"].tolist() == [1, 2, 0]
    assert table["IoU"][:2].tolist() == [0.5, 0.5] and math.isnan(table["IoU"]["c"])
    assert table["Dice"]["a"] == pytest.approx(2 / 3) and table["accuracy"]["b"] == 0.5
    assert ConfusionMatrix(3).table().index.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="There are 2 names for 3 classes"):
        ConfusionMatrix(3).table(["a", "b"])


def test_repr():
    confusion = ConfusionMatrix(3).update(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]))
    assert repr(confusion) == "ConfusionMatrix(3 classes, ignore_index=255: 3 counted, mean IoU 0.500)"


# Mistakes


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64])
@pytest.mark.parametrize("label", [11, 12, 37, 254])
def test_a_target_out_of_range(label, dtype):
    confusion = ConfusionMatrix(11)
    target = torch.zeros(1, 4, 4, dtype=dtype)
    target[0, 0], target[0, 1:, 0] = 255, label
    message = rf"^The target holds {label} \(3 pixels\), but there are 11 classes: expected 0 to 10, or 255 to ignore\."
    for prediction in (torch.zeros(1, 4, 4).long(), torch.zeros(1, 11, 4, 4)):
        with pytest.raises(ValueError, match=message):
            confusion.update(prediction, target)
    assert confusion.matrix.sum() == 0  # the refused batch is not counted


@pytest.mark.parametrize("label", [-1, -256, 256, 65536, 65537, 2**40])
def test_a_wide_target_out_of_range(label):
    with pytest.raises(ValueError, match=rf"The target holds {label} \(1 pixel\)"):
        ConfusionMatrix(11).update(torch.tensor([[0, 1]]), torch.tensor([[label, 0]]))


@pytest.mark.parametrize("label", [3, 255, -1, 65536, 2**40])
def test_a_prediction_out_of_range(label):
    message = rf"^The prediction holds {label} \(1 picture\), but there are 3 classes: expected 0 to 2\.$"
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix(3).update(torch.tensor([label, 0]), torch.tensor([255, 0]))


def test_labels_between_void_and_the_classes():
    target = torch.tensor([-1, -100, 0, 2])
    assert ConfusionMatrix(3, ignore_index=-100).update(torch.tensor([0, 0, 0]), target[1:]).matrix.sum() == 2
    with pytest.raises(ValueError, match=r"holds -1 \(1 picture\), .* expected 0 to 2, or -100 to ignore"):
        ConfusionMatrix(3, ignore_index=-100).update(torch.zeros(4).long(), target)
    with pytest.raises(ValueError, match=r"holds -100 \(1 picture\), -1 \(1 picture\), .* expected 0 to 2\.$"):
        ConfusionMatrix(3, ignore_index=None).update(torch.zeros(4).long(), target)


def test_a_byte_of_255_is_not_minus_1():
    confusion = ConfusionMatrix(3, ignore_index=-1)
    with pytest.raises(ValueError, match=r"holds 255 \(1 picture\), .* or -1 to ignore"):
        confusion.update(torch.tensor([0]), torch.tensor([255], dtype=torch.uint8))


def test_many_labels_out_of_range_are_not_all_listed():
    with pytest.raises(ValueError, match=r"holds 3 \(1 picture\), .*, 7 \(1 picture\) and 13 other labels, but"):
        check_labels(torch.arange(21), 3)


def test_shapes_that_do_not_fit():
    target = torch.zeros(2, 8, 8).long()
    with pytest.raises(ValueError, match=r"logits are \[2, 21, 8, 8\]; expected \[2, 11, 8, 8\] for 11 classes and a"):
        ConfusionMatrix(11).update(torch.zeros(2, 21, 8, 8), target)
    with pytest.raises(ValueError, match=r"logits are \[2, 11, 4, 4\]; expected \[2, 11, 8, 8\]"):
        ConfusionMatrix(11).update(torch.zeros(2, 11, 4, 4), target)
    with pytest.raises(ValueError, match=r"predicted labels are int64 \[2, 8\], the target is \[2, 8, 8\]"):
        ConfusionMatrix(11).update(torch.zeros(2, 8).long(), target)
    with pytest.raises(ValueError, match=r"logits are \[2, 8, 8\].*Are they labels\? Make them integers first"):
        ConfusionMatrix(11).update(torch.zeros(2, 8, 8), target)
    with pytest.raises(ValueError, match=r"target is float32 \[2, 8, 8\]; expected integer labels"):
        ConfusionMatrix(11).update(torch.zeros(2, 11, 8, 8), target.float())


def test_impossible_settings():
    with pytest.raises(ValueError, match="num_classes=0: expected at least 1"):
        ConfusionMatrix(0)
    with pytest.raises(ValueError, match=r"ignore_index=255 is one of the 1000 classes.*outside 0 to 999, such as -1"):
        ConfusionMatrix(1000)
    assert ConfusionMatrix(255).matrix.shape == (255, 255)


# A device that is not waited for


def late(monkeypatch, *batches, **settings):
    """Count as on a CUDA device: check nothing until the numbers are read."""
    monkeypatch.setattr(torch.Tensor, "is_cuda", True)
    confusion = ConfusionMatrix(**settings)
    for prediction, target in batches:
        confusion.update(torch.tensor(prediction), torch.tensor(target))
    return confusion


def test_late_counts_are_the_same(monkeypatch):
    prediction, target = draw(5, (4, 9, 9))
    now = ConfusionMatrix(5).update(prediction, target).matrix
    assert torch.equal(late(monkeypatch, (prediction.tolist(), target.tolist()), num_classes=5).matrix, now)


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        ([[0, 1, 2]], [[0, 11, 11]], r"so far hold targets of 11 \(2 times\), but there are 11 classes: exp"),
        ([[0, 1, 2, 2]], [[0, 254, 9, 37]], r"so far hold targets of 37 \(1 times\), 254 \(1 times\), but"),
        ([[0, 1, 2]], [[0, 70000, 1]], "hold targets from 0 to 70000 and predictions from 0 to 2, but there are 11 cl"),
        ([[0, 1, 2]], [[0, -1, 1]], "hold targets from -1 to 2 and predictions from 0 to 2, but"),
        ([[0, 1, 12]], [[0, 1, 10]], "hold targets from 0 to 10 and predictions from 0 to 12, but"),
        ([[0, 1, -5]], [[0, 1, 1]], "predictions from -5 to 2, but"),
        ([[0, 1, 255]], [[0, 1, 255]], "targets from 0 to 255 and predictions from 0 to 255, but"),
    ],
)
def test_late_labels_out_of_range_are_found_on_reading(prediction, target, message, monkeypatch):
    right = [[0, 1, 2]], [[0, 1, 2]]
    confusion = late(monkeypatch, right, (prediction, target), right, num_classes=11)
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            confusion.mean_iou()
    assert "reset() and count again" in repr(confusion)
    assert confusion.reset().update(*map(torch.tensor, right)).mean_iou() == 1


def test_an_update_on_a_gpu_does_not_wait_for_it():
    # Fake tensors have a device and no values: whatever would wait for a value raises.
    from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

    with FakeTensorMode():
        logits, target = torch.zeros(2, 5, 8, 8, device="cuda"), torch.zeros(2, 8, 8, dtype=torch.uint8, device="cuda")
        confusion = ConfusionMatrix(5)
        for prediction in (logits, target.long()):
            confusion.update(prediction, target.cpu()).update(prediction, target)
        assert confusion._counts.device.type == "cuda"
        with pytest.raises(DataDependentOutputException):
            confusion.mean_iou()


def test_on_a_gpu():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    prediction, target = draw(5, (4, 9, 9))
    expected = ConfusionMatrix(5).update(prediction, target).matrix
    for where in (None, "cuda", "cpu"):
        confusion = ConfusionMatrix(5, device=where).update(prediction.cuda(), target)
        assert confusion.matrix.device.type == (where or "cuda")
        assert torch.equal(confusion.matrix.cpu(), expected)
    with pytest.raises(ValueError, match=r"batches so far hold targets of 7 \(1 times\)"):
        ConfusionMatrix(5).update(torch.zeros(1, 1).long().cuda(), torch.tensor([[7]])).mean_iou()
