"""How right a classifier is, for whole pictures and for pixels alike: one confusion matrix over a whole data set.

Accuracy, IoU and Dice are read from the matrix at the end. A mean of per-picture or per-batch scores is another number
(see :class:`ConfusionMatrix`), often far from the one that papers report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    import pandas as pd

_LABELS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}


class ConfusionMatrix:
    """Count, over a whole data set, how often a pixel (or picture) of one class was given another.

    The mean IoU of VOC and Cityscapes comes from one matrix over all pictures: per class, then the mean over classes.
    Averaging the mean IoU of single pictures instead lets one wrong pixel of a class that is not in a picture cost as
    much as the whole class.

    Parameters
    ----------
    num_classes : int
    ignore_index : int or None
        Pixels with this label in the target are not counted. It is no class: choose it outside 0 to num_classes - 1.
    device : torch device, optional
        Where the counts lie; by default where the predictions are.

    Raises
    ------
    ValueError
        If there is no class, or ``ignore_index`` is a class.

    Notes
    -----
    On a CPU, :meth:`update` checks the labels at once, and a refused batch leaves the counts as they were. On a CUDA
    device it never waits for the device: labels out of range are found when the numbers are read, and stay an error
    until :meth:`reset`.

    References
    ----------
    Everingham et al. 2015, The Pascal Visual Object Classes Challenge: A Retrospective (IoU).

    Examples
    --------
    >>> truth = torch.tensor([[0, 0, 1, 255]])
    >>> predicted = torch.tensor([[0, 1, 1, 0]])
    >>> confusion = ConfusionMatrix(num_classes=3).update(predicted, truth)
    >>> confusion.matrix.tolist()
    [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    >>> confusion.iou().tolist(), confusion.mean_iou()
    ([0.5, 0.5, nan], 0.5)
    """

    def __init__(self, num_classes: int, ignore_index: int | None = 255, device: torch.device | str | None = None):
        if num_classes < 1:
            raise ValueError(f"num_classes={num_classes}: expected at least 1.")
        if ignore_index is not None and 0 <= ignore_index < num_classes:
            raise ValueError(
                f"ignore_index={ignore_index} is one of the {num_classes} classes: choose a number outside 0 to "
                f"{num_classes - 1}, such as -1, or None to count every pixel."
            )
        self.num_classes, self.ignore_index, self.device = num_classes, ignore_index, device
        # A row a label from the lowest allowed to the highest: void has its own, and so has every label in between,
        # which nobody may use. Counting void and forgetting it is faster than taking it out first.
        void = 0 if ignore_index is None else ignore_index
        self._lowest = min(0, void)
        self._shape = max(num_classes - 1, void) - self._lowest + 1, num_classes
        self._classes = slice(-self._lowest, num_classes - self._lowest)
        self._unused = slice(num_classes, void) if void >= num_classes else slice(1, -void)
        self.reset()

    def reset(self) -> ConfusionMatrix:
        """Forget all counts."""
        self._counts = torch.zeros(self._shape[0] * self._shape[1], dtype=torch.int64, device=self.device)
        # Lowest and highest label of targets and predictions so far, where they are checked late.
        self._seen = torch.zeros(2, 2, dtype=torch.int64, device=self.device)
        return self

    def update(self, prediction: Tensor, target: Tensor) -> ConfusionMatrix:
        """Count a batch.

        Parameters
        ----------
        prediction : Tensor [N, C, H, W] or [N, C], float: logits; or of the target's shape, integer: labels
            Of logits the largest counts, the first one of equals. C is ``num_classes``.
        target : Tensor [N, H, W] or [N], integer
            NumPy arrays will do, for both. Void takes no part, whatever is predicted there.

        Returns
        -------
        ConfusionMatrix
            Itself.

        Raises
        ------
        ValueError
            If shapes do not fit, labels are floats or a label is no class (see Notes of the class).
        """
        prediction, target = as_labels(prediction, target, self.num_classes)
        if target.numel() == 0:
            return self
        seen = torch.stack([torch.stack(labels.aminmax()).long() for labels in (target, prediction)])
        if target.is_cuda:
            counts = self._count_later(prediction, target, seen)
        else:
            counts = self._count_now(prediction, target, seen.tolist())
        where = self.device or target.device
        self._counts = self._counts.to(where) + counts.to(where)
        return self

    def _count_now(self, prediction, target, seen):
        if self._in_range(seen):
            size = self._counts.numel()
            narrow = torch.int64 if target.device.type != "cpu" else torch.int16 if size < 2**15 else torch.int32
            counts = torch.bincount(self._cells(prediction.to(narrow), target.to(narrow)), minlength=size)
            if not counts.view(self._shape)[self._unused].any():
                return counts
        check_labels(target, self.num_classes, self.ignore_index)
        check_labels(prediction, self.num_classes, None, "prediction")
        raise AssertionError("labels out of range that check_labels does not find")

    def _count_later(self, prediction, target, seen):
        # torch.bincount asks the device for the highest label and waits; adding to a table of known size does not.
        cells = self._cells(prediction.long(), target.long()).clamp(0, self._counts.numel() - 1)
        where = self.device or target.device
        before, seen = self._seen.to(where), seen.to(where)
        self._seen = torch.stack((torch.minimum(before[:, 0], seen[:, 0]), torch.maximum(before[:, 1], seen[:, 1])), 1)
        counts = torch.zeros(self._counts.numel(), dtype=torch.int64, device=cells.device)
        return counts.scatter_add(0, cells, torch.ones_like(cells))

    def _cells(self, prediction, target):
        rows = target - self._lowest if self._lowest else target
        return torch.add(prediction, rows, alpha=self.num_classes).flatten()

    def _in_range(self, seen):
        (lowest, highest), (lowest_predicted, highest_predicted) = seen
        allowed = lowest >= self._lowest and highest < self._lowest + self._shape[0]
        return allowed and lowest_predicted >= 0 and highest_predicted < self.num_classes

    @property
    def matrix(self) -> Tensor:
        """Counts, Tensor [C, C], int64: a row a true class, a column a predicted one. A copy.

        Raises
        ------
        ValueError
            If labels out of range were counted on a CUDA device.
        """
        counts, seen = self._counts.view(self._shape), self._seen.tolist()
        unused = counts[self._unused].sum(1)
        if not self._in_range(seen):
            (low, high), (low_predicted, high_predicted) = seen
            held = f"targets from {low} to {high} and predictions from {low_predicted} to {high_predicted}"
        elif unused.any():
            first = self._unused.start + self._lowest
            held = "targets of " + _some([f"{first + row} ({unused[row]} times)" for row in unused.nonzero().ravel()])
        else:
            return counts[self._classes].clone()
        raise ValueError(
            f"The batches so far hold {held}, but {_expected(self.num_classes, self.ignore_index)} (predictions: no "
            "void). Mend the labels, then reset() and count again."
        )

    def merge(self, other: ConfusionMatrix | Tensor) -> ConfusionMatrix:
        """Add another's counts, such as another process's.

        Parameters
        ----------
        other : ConfusionMatrix or Tensor [C, C], integer

        Returns
        -------
        ConfusionMatrix
            Itself.

        Raises
        ------
        ValueError
            If the other has another number of classes.
        """
        matrix = other.matrix if isinstance(other, ConfusionMatrix) else other
        if matrix.shape != (self.num_classes, self.num_classes):
            raise ValueError(
                f"The other matrix is {[*matrix.shape]}; expected {[self.num_classes] * 2}, for as many classes."
            )
        counts = self._counts.clone()
        counts.view(self._shape)[self._classes] += matrix.to(counts.device)
        self._counts = counts
        return self

    def __add__(self, other: ConfusionMatrix) -> ConfusionMatrix:
        return ConfusionMatrix(self.num_classes, self.ignore_index, self.device).merge(self).merge(other)

    def _parts(self):
        matrix = self.matrix.cpu().double()
        return matrix.diagonal(), matrix.sum(1), matrix.sum(0)  # right, true, predicted

    def iou(self) -> Tensor:
        """Return intersection over union, Tensor [C], float64; nan for a class that is neither true nor predicted."""
        right, true, predicted = self._parts()
        return right / (true + predicted - right)

    def mean_iou(self) -> float:
        """Return the mean of :meth:`iou` without absent classes; nan if nothing was counted."""
        return self.iou().nanmean().item()

    def dice(self) -> Tensor:
        """Return Dice (F1), Tensor [C], float64: 2 IoU / (1 + IoU); nan as in :meth:`iou`."""
        right, true, predicted = self._parts()
        return 2 * right / (true + predicted)

    def class_accuracy(self) -> Tensor:
        """Return how much of each class was found (recall), Tensor [C], float64; nan for a class that is never true."""
        right, true, _ = self._parts()
        return right / true

    def mean_class_accuracy(self) -> float:
        """Return the mean of :meth:`class_accuracy` without classes that are never true."""
        return self.class_accuracy().nanmean().item()

    def pixel_accuracy(self) -> float:
        """Return the part of all counted pixels (or pictures) that is right; nan if nothing was counted."""
        right, true, _ = self._parts()
        return (right.sum() / true.sum()).item()

    def table(self, class_names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a row a class: pixels, IoU, Dice, accuracy.

        Parameters
        ----------
        class_names : sequence of num_classes str, optional

        Raises
        ------
        ValueError
            If there is another number of names.
        """
        import pandas as pd

        names = range(self.num_classes) if class_names is None else [*class_names]
        if len(names) != self.num_classes:
            raise ValueError(f"There are {len(names)} names for {self.num_classes} classes.")
        columns = {"IoU": self.iou(), "Dice": self.dice(), "accuracy": self.class_accuracy()}
        pixels = self.matrix.sum(1).cpu()
        return pd.DataFrame({"pixels": pixels} | columns, index=pd.Index(names, name="class"))

    def __repr__(self) -> str:
        try:
            told = f"{int(self.matrix.sum())} counted, mean IoU {self.mean_iou():.3f}"
        except ValueError as error:
            told = str(error)
        return f"ConfusionMatrix({self.num_classes} classes, ignore_index={self.ignore_index}: {told})"


def as_labels(prediction: Tensor, target: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Turn logits or labels, and a target, into two tensors of labels of one shape on the prediction's device.

    Parameters
    ----------
    prediction : Tensor [N, C, ...], float: logits; or Tensor [N, ...], integer: labels
    target : Tensor [N, ...], integer

    Returns
    -------
    prediction, target : Tensor [N, ...], integer

    Raises
    ------
    ValueError
        If shapes do not fit or the target is float.
    """
    prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
    if target.is_floating_point():
        raise ValueError(f"The target is {_kind(target)}; expected integer labels, such as target.long().")
    if prediction.is_floating_point():
        expected = (*target.shape[:1], num_classes, *target.shape[1:])
        if prediction.shape != expected:
            hint = " Are they labels? Make them integers first." if prediction.shape == target.shape else ""
            raise ValueError(
                f"The logits are {[*prediction.shape]}; expected {[*expected]} for {num_classes} classes and a target "
                f"{[*target.shape]}.{hint}"
            )
        prediction = prediction.detach().max(1).indices  # argmax gives the same at two or three times the time
    elif prediction.shape != target.shape:
        raise ValueError(
            f"The predicted labels are {_kind(prediction)}, the target is {[*target.shape]}; expected one shape, or "
            "float logits with a channel a class."
        )
    return _integer(prediction), _integer(target).to(prediction.device)


def check_labels(labels: Tensor, num_classes: int, ignore_index: int | None = 255, name: str = "target") -> None:
    """Refuse labels that are neither a class nor void.

    Parameters
    ----------
    labels : Tensor, integer
    num_classes : int
    ignore_index : int or None
    name : what to call the labels in the message

    Raises
    ------
    ValueError
        Naming the labels, how often each occurs, and what was expected.

    Examples
    --------
    >>> check_labels(torch.tensor([[0, 11, 255]]), 11)
    Traceback (most recent call last):
        ...
    ValueError: The target holds 11 (1 pixel), but there are 11 classes: expected 0 to 10, or 255 to ignore.
    """
    wide = labels.long()
    wrong = (wide < 0) | (wide >= num_classes)
    if ignore_index is not None:
        wrong &= wide != ignore_index
    if not wrong.any():
        return
    unit = "pixel" if labels.ndim > 1 else "picture"
    found = zip(*(part.tolist() for part in wide[wrong].unique(return_counts=True)), strict=True)
    held = _some([f"{label} ({n} {unit}{'s' * (n > 1)})" for label, n in found])
    raise ValueError(f"The {name} holds {held}, but {_expected(num_classes, ignore_index)}.")


def _some(items):
    return ", ".join(items[:5]) + (f" and {len(items) - 5} other labels" if len(items) > 5 else "")


def _expected(num_classes, ignore_index):
    void = "" if ignore_index is None else f", or {ignore_index} to ignore"
    labels = "0" if num_classes == 1 else f"0 to {num_classes - 1}"
    there = "there is 1 class" if num_classes == 1 else f"there are {num_classes} classes"
    return f"{there}: expected {labels}{void}"


def _kind(tensor):
    return f"{str(tensor.dtype).removeprefix('torch.')} {[*tensor.shape]}"


def _integer(labels):
    return labels if labels.dtype in _LABELS else labels.long()  # masks of True and False; wide unsigned numbers
