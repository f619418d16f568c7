"""How well outlines are met: boundary F1, and IoU in a narrow band (trimap) around the true boundaries.

Most pixels lie far from any outline, so that IoU hardly notices a blurred one. Both measures gather over a data set as
:class:`helpers.metrics.ConfusionMatrix` does. Distances are Euclidean, in pixels, between pixel centres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import KDTree
from torch import Tensor

from helpers.metrics import ConfusionMatrix, as_labels, check_labels


def edges(labels: np.ndarray, void: int | None = None) -> np.ndarray:
    """Mark the pixels that touch (above, below, left, right) a pixel of another label.

    Both sides of a boundary are marked. The picture's own border is no boundary.

    Parameters
    ----------
    labels : array [..., H, W], integer
    void : int, optional
        A label whose outline is no boundary either: nobody knows where the object beside it ends.

    Returns
    -------
    array [..., H, W], bool

    Examples
    --------
    >>> edges(np.array([[0, 0, 0, 1, 1, 255]])).astype(int)
    array([[0, 0, 1, 1, 1, 1]])
    >>> edges(np.array([[0, 0, 0, 1, 1, 255]]), void=255).astype(int)
    array([[0, 0, 1, 1, 0, 0]])
    """
    marked = np.zeros(labels.shape, bool)
    for here, there in (
        ((..., slice(1, None), slice(None)), (..., slice(-1), slice(None))),
        ((..., slice(1, None)), (..., slice(-1))),
    ):
        differ = labels[here] != labels[there]
        if void is not None:
            differ &= (labels[here] != void) & (labels[there] != void)
        marked[here] |= differ
        marked[there] |= differ
    return marked


class BoundaryF1:
    """Measure, picture by picture and class by class, how much of the outlines is met within a tolerance.

    Precision is the part of the predicted boundary that has true boundary of the same class within the tolerance;
    recall the part of the true boundary that has predicted boundary within it; F1 their harmonic mean.

    Parameters
    ----------
    num_classes : int
    tolerance : float, optional
        In pixels; a distance equal to it is within. By default 0.75 % of each picture's diagonal: 4.5 for 360x480.
    ignore_index : int or None

    Notes
    -----
    A class's boundary is its own pixels that touch (above, below, left, right) another class.

    - The picture's border is no boundary: an object that is cut off there has an open outline.
    - Void in the target is void in the prediction too, and an outline against void is no boundary. Where void lies
      along every outline, as in VOC 2012, little is left to measure: take :class:`TrimapIoU`.
    - A class with no boundary in truth and prediction, such as one that is absent, is left out of its picture (nan);
      with a boundary in only one of them it counts 0.

    References
    ----------
    Csurka, Larlus and Perronnin 2013, What is a good evaluation measure for semantic segmentation? (a score a picture,
    then their mean). SegNet (Badrinarayanan et al. 2017) reports it with 0.75 % of the diagonal, over the classes that
    are in the truth; a class that is only predicted, which counts 0 here, is left out there.

    Examples
    --------
    >>> truth = np.zeros((1, 8, 8), int)
    >>> truth[:, 2:5, 2:5] = 1
    >>> shifted = np.roll(truth, 1, axis=2)
    >>> BoundaryF1(2, tolerance=0).update(shifted, truth).per_class().round(3)  # 4 of 12 pixels outside, 4 of 8 inside
    array([0.333, 0.5  ])
    >>> BoundaryF1(2, tolerance=1).update(shifted, truth).mean()
    1.0
    """

    def __init__(self, num_classes: int, tolerance: float | None = None, ignore_index: int | None = 255):
        if tolerance is not None and not tolerance >= 0:
            raise ValueError(f"tolerance={tolerance}: expected a distance in pixels, 0 or more.")
        self.num_classes, self.tolerance, self.ignore_index = num_classes, tolerance, ignore_index
        self.reset()

    def reset(self) -> BoundaryF1:
        """Forget all pictures."""
        self._rows = []
        return self

    def update(self, prediction: Tensor, target: Tensor) -> BoundaryF1:
        """Measure a batch.

        Parameters
        ----------
        prediction : Tensor [N, C, H, W], float: logits; or [N, H, W], integer: labels
        target : Tensor [N, H, W], integer

        Returns
        -------
        BoundaryF1
            Itself.

        Raises
        ------
        ValueError
            If shapes do not fit or a label is no class.
        """
        for predicted, truth in zip(*_pictures(prediction, target, self.num_classes, self.ignore_index), strict=True):
            self._rows.append(self._f1(predicted, truth))
        return self

    def _f1(self, predicted, truth):
        tolerance = 0.0075 * math.hypot(*truth.shape) if self.tolerance is None else self.tolerance
        if self.ignore_index is not None:
            predicted = np.where(truth == self.ignore_index, self.ignore_index, predicted)
        outlines = [edges(labels, self.ignore_index) for labels in (predicted, truth)]
        row = np.full(self.num_classes, np.nan)
        for c in range(self.num_classes):
            drawn = np.argwhere(outlines[0] & (predicted == c))
            true = np.argwhere(outlines[1] & (truth == c))
            if len(drawn) and len(true):
                precision, recall = _near(drawn, true, tolerance), _near(true, drawn, tolerance)
                row[c] = 2 * precision * recall / (precision + recall) if precision + recall else 0
            elif len(drawn) or len(true):
                row[c] = 0
        return row

    def per_picture(self) -> np.ndarray:
        """Return F1, array [pictures, num_classes]; nan where a class has no boundary."""
        return np.array(self._rows).reshape(-1, self.num_classes)

    def per_class(self) -> np.ndarray:
        """Return each class's mean over the pictures where it has a boundary, array [num_classes]."""
        return np.array([_mean(column) for column in self.per_picture().T])

    def mean(self) -> float:
        """Return the mean over pictures of the mean over the classes with a boundary; nan if there is none."""
        return _mean([_mean(row) for row in self._rows])


class TrimapIoU:
    """Count a confusion matrix for each of several bands around the true boundaries.

    A straight boundary gets ``width`` pixels on either side of it. As the band narrows, the IoU in it shows what
    happens at outlines alone; in an infinitely wide one it is the ordinary IoU.

    Parameters
    ----------
    num_classes : int
    widths : sequence of float
        Half-widths of the bands, in pixels; at least 1, ``math.inf`` for the whole picture.
    ignore_index : int or None
        Void is never counted, but an outline against void is a boundary: in VOC 2012 void lies along all of them, and
        the band is then void dilated, as in DeepLabv3+. The picture's border is no boundary.

    Attributes
    ----------
    confusions : dict of float to ConfusionMatrix
        One a width: ``trimap.confusions[2].iou()``.

    References
    ----------
    Kohli, Ladicky and Torr 2009, Robust Higher Order Potentials for Enforcing Label Consistency (trimaps); Krähenbühl
    and Koltun 2011, Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials; Chen et al. 2018,
    Encoder-Decoder with Atrous Separable Convolution (DeepLabv3+), section 4.4.

    Examples
    --------
    >>> truth = np.array([[[0, 0, 0, 0, 1, 1, 1, 1]]])
    >>> late = np.array([[[0, 0, 0, 0, 0, 1, 1, 1]]])
    >>> {width: round(iou, 3) for width, iou in TrimapIoU(2, [1, 2, math.inf]).update(late, truth).mean_iou().items()}
    {1: 0.25, 2: 0.583, inf: 0.775}
    """

    def __init__(
        self, num_classes: int, widths: Sequence[float] = (1, 2, 4, 8, 16, 32), ignore_index: int | None = 255
    ):
        if not len(widths) or not all(width >= 1 for width in widths):
            raise ValueError(f"widths={widths!r}: expected half-widths in pixels, each at least 1.")
        self.num_classes, self.ignore_index = num_classes, ignore_index
        # Pixels outside the band become void; without a void label, one that is no class is taken.
        self._outside = -1 if ignore_index is None else ignore_index
        self.confusions = {width: ConfusionMatrix(num_classes, self._outside) for width in widths}

    def reset(self) -> TrimapIoU:
        """Forget all pictures."""
        for confusion in self.confusions.values():
            confusion.reset()
        return self

    def update(self, prediction: Tensor, target: Tensor) -> TrimapIoU:
        """Count a batch.

        Parameters
        ----------
        prediction : Tensor [N, C, H, W], float: logits; or [N, H, W], integer: labels
        target : Tensor [N, H, W], integer

        Returns
        -------
        TrimapIoU
            Itself.

        Raises
        ------
        ValueError
            If shapes do not fit or a label is no class.
        """
        for predicted, truth in zip(*_pictures(prediction, target, self.num_classes, self.ignore_index), strict=True):
            marked = edges(truth)
            # distance_transform_edt means nothing where there is no edge at all.
            away = distance_transform_edt(~marked) if marked.any() else np.full(truth.shape, np.inf)
            for width, confusion in self.confusions.items():
                confusion.update(predicted, np.where(away <= width - 1, truth, self._outside))
        return self

    def mean_iou(self) -> dict[float, float]:
        """Return the mean IoU in each band; nan where nothing was counted."""
        return {width: confusion.mean_iou() for width, confusion in self.confusions.items()}


def _pictures(prediction, target, num_classes, ignore_index):
    prediction, target = as_labels(prediction, target, num_classes)
    if target.ndim != 3:
        raise ValueError(f"The target is {[*target.shape]}; expected pictures in a stack, [N, H, W].")
    check_labels(target, num_classes, ignore_index)
    check_labels(prediction, num_classes, None, "prediction")
    return prediction.cpu().long().numpy(), target.cpu().long().numpy()


def _near(points, others, tolerance):
    return (KDTree(others).query(points)[0] <= tolerance).mean()


def _mean(values):
    kept = [value for value in values if not math.isnan(value)]
    return float(np.mean(kept)) if kept else math.nan
