"""What a unit of a network sees of the picture, worked out and measured, and what each layer does to the resolution.

For any network of convolutions, poolings, up-samplings and what lies between them, the course's own or torchvision's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from helpers.segmentation.running import Linear, evaluating, output_of, picture_shape, values_of
from helpers.segmentation.trace import Field, follow

if TYPE_CHECKING:
    import pandas as pd


class ReceptiveField(NamedTuple):
    """What the units of a layer see of the picture.

    Attributes
    ----------
    height, width : int
        Pixels that a unit sees, those of the padding included; where units differ (after an up-sampling), the most.
    stride : int or float, or a pair (vertical, horizontal)
        Pixels of the picture from one unit to the next.
    box : (top, left, bottom, right)
        What the asked unit sees of this picture; bottom and right are the first pixels outside. Four zeros if
        that is nothing but padding.
    """

    height: int
    width: int
    stride: float | tuple[float, float]
    box: tuple[int, int, int, int]


class MeasuredField(NamedTuple):
    """What one unit of a layer sees of a picture, by its gradient.

    Attributes
    ----------
    height, width : int
        Of the box.
    box : (top, left, bottom, right)
        Around all pixels that count; bottom and right are the first pixels outside. Four zeros where none does.
    gradient : Tensor [H, W], float
        How much the unit changes with each pixel: absolute values, added up over the picture's channels.
    """

    height: int
    width: int
    box: tuple[int, int, int, int]
    gradient: Tensor


def receptive_field(
    model: nn.Module,
    layer: str | None = None,
    *,
    size: int | Sequence[int] = 224,
    unit: tuple[int, int] | None = None,
) -> ReceptiveField:
    """Work out what the units of a layer see of the picture, without computing a map.

    Along a chain of layers the field grows as ``field += dilation * (kernel - 1) * stride so far``. Where branches meet
    (residual sums, concatenations) a unit sees all that any branch sees. Up-sampling makes the stride smaller, and
    units then differ in what they see; each is followed on its own. Normalisation counts as seeing its own pixel.

    Parameters
    ----------
    model : Module
        Is not changed; it may hold no numbers (``torch.device("meta")``).
    layer : str, optional
        A name of ``model.named_modules()``; the model's output by default. If it runs more than once, its last run.
    size : int, (height, width) or (channels, height, width)
        Of the picture. It decides what adaptive pooling and a fully connected layer see, and the box.
    unit : (row, column), optional
        The middle one by default.

    Returns
    -------
    ReceptiveField
        height, width, stride, box.

    Raises
    ------
    ValueError
        If there is no such layer or unit, or the picture does not fit the model.
    NotImplementedError
        If a layer does something else, such as attention.

    References
    ----------
    Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill, 2019.

    Examples
    --------
    >>> two = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=2, dilation=2))
    >>> receptive_field(two, size=32)
    ReceptiveField(height=12, width=12, stride=2, box=(11, 11, 23, 23))
    >>> receptive_field(two, "1", size=32, unit=(0, 0)).box
    (0, 0, 3, 3)
    """
    shape = picture_shape(model, size)
    field, _ = follow(model, shape, layer)
    places = zip(field, _unit(unit, [len(axis.low) for axis in field]), strict=True)
    (top, bottom), (left, right) = ((int(axis.low[place]), int(axis.high[place]) + 1) for axis, place in places)
    box = (top, left, bottom, right) if top < bottom and left < right else (0, 0, 0, 0)
    return ReceptiveField(field.rows.extent(), field.columns.extent(), _stride(field), box)


def measured_receptive_field(
    model: nn.Module,
    picture: int | Sequence[int] | Tensor,
    layer: str | None = None,
    *,
    unit: tuple[int, ...] | None = None,
    linear: bool = False,
    threshold: float = 0.0,
) -> MeasuredField:
    """Measure what a unit sees by the gradient of its value with respect to the picture.

    Parameters
    ----------
    model : Module
        Is left as it was found: weights, gradients, hooks and modes. It runs in evaluation mode.
    picture : Tensor [C, H, W] or [1, C, H, W], float; or its size as in :func:`receptive_field`
        Of a size, noise of that size is made, always the same. With ``linear`` its numbers do not matter.
    layer : str, optional
        As in :func:`receptive_field`.
    unit : (row, column) or (channel, row, column), optional
        The middle one, over all channels, by default.
    linear : bool
        True: all weights are one positive number a layer, activations and normalisations are passed by, maximum pooling
        takes the mean. Nothing cancels, and the box is that of :func:`receptive_field`. False: the network as it is,
        with its dead units and small weights: the effective receptive field.
    threshold : float
        Share of the greatest gradient that a pixel needs to count for the box; 0: all that is not zero.

    Returns
    -------
    MeasuredField
        height, width, box, gradient.

    Raises
    ------
    ValueError
        If there is no such layer or unit, or the picture does not fit the model.

    References
    ----------
    Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", 2016.

    Examples
    --------
    >>> two = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=2, dilation=2))
    >>> measured_receptive_field(two, 32, unit=(0, 5), linear=True).box
    (0, 2, 4, 9)
    """
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold={threshold!r}: expected a share of the greatest gradient, from 0 to below 1.")
    number = next((value for value in values_of(model).values() if value.is_floating_point()), torch.empty(0))
    kind = {"dtype": number.dtype, "device": number.device}
    if linear:
        # The corners of a field count some 10^-50 of its middle: too little for 32 bits, and Apple's GPU has no more.
        kind = {"dtype": torch.float64, "device": "cpu" if number.device.type == "mps" else number.device}
    with evaluating(model), torch.enable_grad():
        given = _picture(model, picture, **kind)
        given = (torch.ones_like(given) if linear else given).requires_grad_()
        with Linear() if linear else nullcontext():
            values = {name: _evened(value, **kind) for name, value in values_of(model).items()} if linear else {}
            out = output_of(model, layer, values, given.clone())  # a copy: the first layer may write into it
        out = out if out.ndim == 4 else out.reshape(1, -1, 1, 1)
        channel, rest = (slice(None), unit) if unit is None or len(unit) != 3 else (unit[0], unit[1:])
        if channel != slice(None) and not -out.shape[1] <= channel < out.shape[1]:
            raise ValueError(f"unit={unit!r}: the layer has {out.shape[1]} channels.")
        row, column = _unit(rest, out.shape[-2:])
        value = out[0, channel, row, column].sum()
        # Nothing but padding may reach a unit.
        slope = torch.autograd.grad(value, given, allow_unused=True)[0] if value.requires_grad else None
    gradient = (torch.zeros_like(given) if slope is None else slope)[0].detach().abs().sum(0)
    if not gradient.isfinite().all():
        raise ValueError(f"The gradient of {type(model).__name__} is not finite: are its weights and the picture?")
    box = _box(gradient > threshold * gradient.max())
    return MeasuredField(box[2] - box[0], box[3] - box[1], box, gradient)


def stride_table(model: nn.Module, size: int | Sequence[int] = 224, *, resolution_only: bool = False) -> pd.DataFrame:
    """List the layers that read more than their own pixel, in the order in which they run, without computing a map.

    Parameters
    ----------
    model : Module
        Is not changed.
    size : int, (height, width) or (channels, height, width)
        Of the picture.
    resolution_only : bool
        Keep the layers that change the total stride, and no others.

    Returns
    -------
    pandas.DataFrame
        A row a convolution, pooling, up-sampling or linear layer, with ``name`` (of the module that runs it;
        ``(network)`` is the model itself), ``kind``, ``kernel``, ``stride``, ``dilation``, ``total_stride``,
        ``height``, ``width``, ``channels``, ``receptive_field`` and ``parameters``. What differs between the axes is a
        pair (vertical, horizontal); what a layer does not have is None.

    Raises
    ------
    ValueError, NotImplementedError
        As in :func:`receptive_field`.

    Examples
    --------
    >>> two = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3))
    >>> stride_table(two, 32)[["name", "kind", "total_stride", "height", "receptive_field", "parameters"]]
      name         kind  total_stride  height  receptive_field  parameters
    0    0  convolution             1      30                3         224
    1    2  max pooling             2      15                4           0
    2    3  convolution             2      13                8         584
    """
    import pandas as pd

    rows = []
    for step in follow(model, size)[1]:
        if resolution_only and _stride(step.before) == _stride(step.field):
            continue
        height, width = step.shape[-2:] if len(step.shape) == 4 else (1, 1)
        rows.append(
            {
                "name": step.name or "(network)",
                "kind": step.kind,
                **{key: _one(getattr(step, key)) for key in ("kernel", "stride", "dilation")},
                "total_stride": _stride(step.field),
                "height": height,
                "width": width,
                "channels": step.shape[1] if len(step.shape) > 1 else step.shape[0],
                "receptive_field": _one(tuple(axis.extent() for axis in step.field)),
                "parameters": step.parameters,
            }
        )
    table = pd.DataFrame(rows)
    for name in ("kernel", "stride", "dilation"):
        # Else a column of 3 and None turns into 3.0 and NaN.
        table[name] = pd.Series([row[name] for row in rows], dtype=object)
    return table


def _unit(unit, sides):
    if unit is None:
        return tuple(n // 2 for n in sides)
    if len(unit) != 2 or not all(-n <= i < n for i, n in zip(unit, sides, strict=True)):
        raise ValueError(f"unit={unit!r}: expected (row, column) on a map of {sides[0]}x{sides[1]} units.")
    return tuple(unit)


def _picture(model, picture, dtype, device):
    if not isinstance(picture, Tensor):
        shape = picture_shape(model, picture)
        return torch.randn(1, *shape, generator=torch.Generator().manual_seed(0)).to(device, dtype)
    if picture.ndim not in (3, 4) or (picture.ndim == 4 and len(picture) != 1):
        raise ValueError(f"The picture is a tensor {[*picture.shape]}; expected [C, H, W] or [1, C, H, W].")
    return picture.detach().reshape(1, *picture.shape[-3:]).to(device, dtype).clone()


def _evened(value, **kind):
    """Return a weight with all its numbers alike and positive, so that a constant map stays about as large."""
    if not value.is_floating_point():
        return value.to(kind["device"])
    return torch.full_like(value, len(value) / value.numel() if value.ndim > 1 else 0.0, **kind)


def _box(counts):
    rows, columns = (counts.any(dim).nonzero().flatten() for dim in (1, 0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _stride(field: Field):
    return _one(tuple(_plain(axis.step) for axis in field))


def _one(values):
    """Return the value that both axes have, or both."""
    return values[0] if values is not None and values[0] == values[1] else values


def _plain(number: Fraction):
    return int(number) if number.denominator == 1 else float(number)
