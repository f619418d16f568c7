"""What the networks minimise: cross entropy, Dice and focal loss, weights for rare classes and for cells that touch.

Every loss is called ``loss(logits, target)``; set its options with functools.partial. Void (255) never counts, a batch
of nothing but void costs 0 and moves nothing, and half-precision logits are computed in float32.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt, find_objects
from torch import Tensor

from helpers.metrics import check_labels
from helpers.segmentation.boundary import edges

_seen_shapes = set()


def cross_entropy(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pixel_weights: Tensor | None = None,
    ignore_index: int = 255,
) -> Tensor:
    """Return the mean of -log p(true class) over the pixels that are not void.

    Parameters
    ----------
    logits : Tensor [N, C, H, W] or [N, C], float
    target : Tensor [N, H, W] or [N], any integers
        A class a pixel (or picture). On a CPU checked at every call. Elsewhere a check makes the program wait for the
        device, so only the first call with each shape is checked, and every call where CUDA_LAUNCH_BLOCKING=1 is set:
        set it when CUDA reports a device-side assert.
    weight : Tensor [C], optional
        Of each class. As in torch, the mean is then a weighted one, divided by the sum of the pixels' weights: common
        factors cancel.
    pixel_weights : Tensor [N, H, W], optional
        Of each pixel, such as :func:`border_weights`. The sum is divided by the number of pixels (by their class
        weights where ``weight`` is given), not by these weights: U-Net's energy, which is the plain sum, times a
        constant. Twice the weights are twice the loss.
    ignore_index : int
        Label of void.

    Returns
    -------
    Tensor [], float
        0 with a gradient of 0 where all is void, for which torch gives nan.

    Raises
    ------
    ValueError
        If shapes do not fit, the target is float, or a label is no class: which one, and how often.

    Examples
    --------
    >>> logits = torch.zeros(1, 4, 2, 2)
    >>> target = torch.tensor([[[0, 3], [255, 255]]])
    >>> cross_entropy(logits, target)  # log 4
    tensor(1.3863)
    >>> cross_entropy(logits, torch.full((1, 2, 2), 255))
    tensor(0.)
    """
    logits, target = _checked(logits, target, ignore_index)
    weight = None if weight is None else _class_weights(weight, logits)
    losses = F.cross_entropy(logits, target, weight, ignore_index=ignore_index, reduction="none")
    if pixel_weights is not None:
        if pixel_weights.shape != target.shape:
            raise ValueError(f"pixel_weights is {[*pixel_weights.shape]}; expected {[*target.shape]}, as the target.")
        losses = losses * pixel_weights.to(losses)
    return losses.sum() / _mass(target, weight, ignore_index)


def focal_loss(
    logits: Tensor, target: Tensor, gamma: float = 2.0, weight: Tensor | None = None, ignore_index: int = 255
) -> Tensor:
    """Return the mean of -(1 - p)^gamma log p, with p = p(true class): pixels that are right already count little.

    Parameters
    ----------
    logits, target, weight, ignore_index
        As for :func:`cross_entropy`, and so is the mean: divided by the sum of the weights. (The paper divides by the
        number of boxes assigned to an object, which pixels do not have.)
    gamma : float
        0 is cross entropy.

    Returns
    -------
    Tensor [], float

    Raises
    ------
    ValueError
        As :func:`cross_entropy`, or if gamma is negative.

    References
    ----------
    Lin et al. 2017, Focal Loss for Dense Object Detection, section 3.2, equations 4 and 5 (``weight`` is their alpha).

    Examples
    --------
    >>> logits = torch.tensor([[3.0, 1.0]]).log()  # p = 3/4
    >>> focal_loss(logits, torch.tensor([0])) / cross_entropy(logits, torch.tensor([0]))  # (1/4)^2
    tensor(0.0625)
    """
    if gamma < 0:
        raise ValueError(f"gamma={gamma}: expected 0 (cross entropy) or more; the paper takes 2.")
    logits, target = _checked(logits, target, ignore_index)
    weight = None if weight is None else _class_weights(weight, logits)
    losses = F.cross_entropy(logits, target, ignore_index=ignore_index, reduction="none")
    # 1 - p; the clamp keeps the gradient of its power finite at p = 1.
    wrong = (-torch.expm1(-losses)).clamp(min=torch.finfo(losses.dtype).tiny)
    losses = wrong**gamma * losses
    if weight is not None:
        losses = losses * weight[target.masked_fill(target == ignore_index, 0)]
    return losses.sum() / _mass(target, weight, ignore_index)


def dice_loss(logits: Tensor, target: Tensor, ignore_index: int = 255) -> Tensor:
    """Return 1 - the mean over classes of the soft Dice 2 sum(p g) / (sum(p^2) + sum(g^2)).

    p are probabilities, g is 1 where the class is true. The sums run over all pixels of the batch that are not void.
    A class counts as much as any other, however few pixels it has. One that is nowhere true in the batch is left out;
    its probabilities still take from those of the others.

    Parameters
    ----------
    logits, target, ignore_index
        As for :func:`cross_entropy`.

    Returns
    -------
    Tensor [], float
        From 0 (all right and certain) to 1. Nothing is added to keep the denominator from 0: it cannot be.

    Raises
    ------
    ValueError
        As :func:`cross_entropy`.

    References
    ----------
    Milletari et al. 2016, V-Net, section 3, Dice loss layer: for one class, with these squared denominators. (Others
    leave the squares out; both are Dice when p is 0 or 1.)

    Examples
    --------
    >>> logits = torch.tensor([[[[3.0, 1.0]], [[1.0, 1.0]]]]).log()  # p(class 0) is 3/4, then 1/2
    >>> dice_loss(logits, torch.tensor([[[0, 255]]]))  # 1 - 2 * 3/4 / (9/16 + 1)
    tensor(0.0400)
    """
    logits, target = _checked(logits, target, ignore_index)
    classes = logits.shape[1]
    known = target != ignore_index
    truth = F.one_hot(target.masked_fill(~known, 0), classes).movedim(-1, 1).to(logits.dtype) * known.unsqueeze(1)
    p = logits.softmax(1) * known.unsqueeze(1)
    pixels = [dim for dim in range(logits.ndim) if dim != 1]
    true = truth.sum(pixels)  # g is 0 or 1, and so is its square
    present = true > 0
    denominator = torch.where(present, p.square().sum(pixels) + true, 1)
    dice = 2 * (p * truth).sum(pixels) / denominator
    return ((1 - dice) * present).sum() / present.sum().clamp(min=1)


def median_frequency_weights(masks: Iterable, num_classes: int, ignore_index: int = 255) -> Tensor:
    """Return class weights for :func:`cross_entropy`: the median of the classes' frequencies over each one's own.

    A class's frequency is its pixels over all pixels, void included, of those pictures in which it occurs.

    Parameters
    ----------
    masks : iterable of Tensor or array [H, W], integer
        Tensor [N, H, W] (the second of ``datasets.as_tensors``) or a data set of (image, mask) will do too.
    num_classes : int
    ignore_index : int

    Returns
    -------
    Tensor [num_classes], float32
        1 for a class of median frequency, more for rarer ones. A class that never occurs gets 0 and has no part in
        the median.

    Raises
    ------
    ValueError
        If a label is no class, or no pixel has a class.

    References
    ----------
    Eigen and Fergus 2015, Predicting Depth, Surface Normals and Semantic Labels, where classes are reweighted.

    Examples
    --------
    >>> median_frequency_weights([np.array([[0, 0, 0, 1]]), np.array([[0, 0, 2, 2]])], num_classes=4)
    tensor([0.8000, 2.0000, 1.0000, 0.0000])
    """
    pixels, where = np.zeros(num_classes), np.zeros(num_classes)
    for item in masks:
        mask = torch.as_tensor(item[1] if isinstance(item, tuple | list) else item).long()
        check_labels(mask, num_classes, ignore_index, "mask")
        counts = torch.bincount(mask[mask != ignore_index], minlength=num_classes).numpy()
        pixels += counts
        where += (counts > 0) * mask.numel()
    present = pixels > 0
    if not present.any():
        raise ValueError("No pixel of the masks has a class: expected at least one that is not void.")
    frequency = pixels[present] / where[present]
    weights = np.zeros(num_classes, np.float32)
    weights[present] = np.median(frequency) / frequency
    return torch.from_numpy(weights)


def border_weights(
    instances: Tensor | np.ndarray,
    w0: float = 10.0,
    sigma: float = 5.0,
    class_weights: Sequence[float] = (1.0, 1.0),
) -> Tensor:
    """Return U-Net's weight of each pixel, high where two cells are near: for ``cross_entropy(pixel_weights=...)``.

    w(x) = w_c(x) + w0 exp(-(d1(x) + d2(x))^2 / (2 sigma^2)), as printed, at all pixels: d1 and d2 are the distances
    to the border of the nearest and of the second nearest cell. (Much code takes the distance to the cell itself, or
    weights the background alone.)

    Parameters
    ----------
    instances : Tensor or array [H, W] or [N, H, W], integer
        0 is background, every cell has a number of its own; 255 is a cell like others. Number the parts of a mask of
        classes first: ``scipy.ndimage.label(mask)[0]``.
    w0, sigma : float
        Height of the second term, and its width in pixels.
    class_weights : (background, cell)
        w_c, which balances the classes.

    Returns
    -------
    Tensor of the same shape, float32
        w_c alone in a picture with fewer than two cells. A cell's border is those of its pixels that touch (above,
        below, left, right) another label; the picture's border is none. Cells more than 6 sigma away are left out:
        they would add less than w0 e^-18.

    Raises
    ------
    ValueError
        If instances are not integers from 0, or not [H, W] or [N, H, W], or sigma is not positive.

    References
    ----------
    Ronneberger et al. 2015, U-Net, section 3, equation 2: w0 = 10, sigma about 5 pixels.

    Examples
    --------
    >>> border_weights(np.array([[1, 1, 0, 0, 2, 2]]))[0]  # in the gap: 1 + 10 exp(-(1 + 2)^2 / 50)
    tensor([7.0653, 9.3527, 9.3527, 9.3527, 9.3527, 7.0653])
    """
    labels = np.asarray(instances)
    if not np.issubdtype(labels.dtype, np.integer) or labels.ndim not in (2, 3) or labels.min(initial=0) < 0:
        held = f"{labels.dtype} {[*labels.shape]}"
        raise ValueError(f"instances is {held}; expected integers, 0 for background, in [H, W] or [N, H, W].")
    if not sigma > 0:
        raise ValueError(f"sigma={sigma}: expected a width in pixels above 0.")
    pictures = labels if labels.ndim == 3 else labels[None]
    weights = np.where(pictures > 0, class_weights[1], class_weights[0]).astype(np.float32)
    for picture, weight in zip(pictures, weights, strict=True):
        weight += w0 * np.exp(-(_two_nearest(picture, 6 * sigma) ** 2) / (2 * sigma**2))
    return torch.from_numpy(weights.reshape(labels.shape))


def _two_nearest(labels, reach):
    """Sum of the distances to the borders of the two nearest cells; infinite where fewer than two are in reach."""
    nearest, second = np.full(labels.shape, np.inf), np.full(labels.shape, np.inf)
    border = edges(labels)
    for cell, place in enumerate(find_objects(labels), start=1):
        if place is None:
            continue
        # Beyond reach, nothing depends on this cell.
        near = tuple(slice(max(0, part.start - int(reach) - 1), part.stop + int(reach) + 1) for part in place)
        distance = distance_transform_edt(~(border[near] & (labels[near] == cell)))
        second[near] = np.minimum(second[near], np.maximum(nearest[near], distance))
        nearest[near] = np.minimum(nearest[near], distance)
    return nearest + second


def _checked(logits, target, ignore_index):
    """Logits in float32 or float64 and the target as int64, where they fit each other."""
    if not isinstance(logits, Tensor) or not logits.is_floating_point():
        kind = f"{logits.dtype} {[*logits.shape]}" if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"The logits are {kind}; expected one float tensor [N, C, H, W] (of a pair, take one).")
    if target.is_floating_point():
        raise ValueError(f"The target is {target.dtype} {[*target.shape]}; expected integer labels: target.long().")
    expected = (*logits.shape[:1], *logits.shape[2:])
    if target.shape != expected:
        smaller = target.ndim == 3 and logits.ndim == 4 and target.shape[1:] != logits.shape[2:]
        hint = " For a valid U-Net, crop the target's centre; else resize the logits." if smaller else ""
        raise ValueError(
            f"The logits are {[*logits.shape]}, the target is {[*target.shape]}; expected {[*expected]}.{hint}"
        )
    target = target.long()
    if _worth_a_check(logits):
        check_labels(target, logits.shape[1], ignore_index)
        _seen_shapes.add((logits.device, logits.shape))
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits, target


def _worth_a_check(logits):
    if torch.compiler.is_compiling():
        return False
    known = logits.device.type != "cpu" and (logits.device, logits.shape) in _seen_shapes
    return not known or os.environ.get("CUDA_LAUNCH_BLOCKING") == "1"


def _class_weights(weight, logits):
    weight = torch.as_tensor(weight).to(logits)
    if weight.shape != logits.shape[1:2]:
        raise ValueError(f"weight is {[*weight.shape]}; expected one a class, [{logits.shape[1]}].")
    return weight


def _mass(target, weight, ignore_index):
    """Weight of all pixels that are not void; 1 where there is none, so that 0 / 1 is 0."""
    known = target != ignore_index
    mass = known.sum() if weight is None else (weight[target.masked_fill(~known, 0)] * known).sum()
    return torch.where(mass > 0, mass, 1)
