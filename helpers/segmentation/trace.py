"""What each number of a network's maps sees of the picture, followed from operation to operation without computing one.

The network runs on meta tensors, which have a size and no numbers. Each of their maps carries a :class:`Field`: for
every row and every column of units the first and the last pixel seen. :mod:`.explain` makes tables and boxes of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from helpers.segmentation.running import Linear, evaluating, first_tensor, on_meta, output_of, pair, picture_shape
from helpers.segmentation.windows import adaptive_windows

_NOTHING = 1 << 40  # the first pixel of a unit that sees none; its last is minus this


@dataclass(frozen=True)
class Axis:
    """What the units along one axis of a map see.

    Attributes
    ----------
    first, last : array [n], int
        First and last pixel that each unit would see if the picture, and every map, went on beyond its border.
    low, high : array [n], int
        First and last pixel that it does see: padding shows nothing.
    step : Fraction
        Pixels of the picture from one unit to the next.
    period : int
        Units after which the pattern repeats itself: 1, until a map is up-sampled.
    """

    first: np.ndarray
    last: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step: Fraction
    period: int = 1

    @classmethod
    def of_picture(cls, n: int) -> Axis:
        """Return the axis of n pixels that see themselves."""
        return cls(*(np.arange(n),) * 4, Fraction(1))

    def through(self, taps: np.ndarray, ratio: Fraction, fed: np.ndarray | bool = True) -> Axis:
        """Return the axis of a map whose unit o is made of the units ``taps[o]`` of this one.

        ``ratio`` is the old units between two new ones; where ``fed`` is False, a tap reads nothing.
        """
        n = len(self.first)
        # A unit in the padding would see what a unit inside sees, moved by whole periods.
        moved = np.where(taps < 0, taps // self.period, np.where(taps < n, 0, (taps - n) // self.period + 1))
        units = np.clip(taps - moved * self.period, 0, n - 1)
        beyond = np.floor(moved * float(self.period * self.step)).astype(int)
        inside = fed & (moved == 0)
        return Axis(
            np.where(fed, self.first[units] + beyond, _NOTHING).min(1),
            np.where(fed, self.last[units] + beyond, -_NOTHING).max(1),
            np.where(inside, self.low[units], _NOTHING).min(1),
            np.where(inside, self.high[units], -_NOTHING).max(1),
            self.step * ratio,
            ratio.denominator * self.period // math.gcd(self.period, ratio.numerator),
        )

    def joined(self, other: Axis) -> Axis:
        """Return what is seen by a sum, product or concatenation of two maps; one unit is repeated for all."""
        long, short = (self, other) if len(self.first) >= len(other.first) else (other, self)
        return Axis(
            np.minimum(long.first, short.first),
            np.maximum(long.last, short.last),
            np.minimum(long.low, short.low),
            np.maximum(long.high, short.high),
            long.step,
            math.lcm(long.period, short.period) if long.step == short.step else long.period,
        )

    def whole(self) -> Axis:
        """Return the one unit that is made of all units of this axis."""
        n = len(self.first)
        return self.through(np.arange(n)[None], Fraction(n))

    def extent(self) -> int:
        """Return the pixels that a unit sees, padding included: the most of all units."""
        return max(0, int((self.last - self.first).max()) + 1)


class Field(NamedTuple):
    """What the units of a map see: rows and columns apart, for no layer here mixes them."""

    rows: Axis
    columns: Axis


class Step(NamedTuple):
    """One convolution, pooling, up-sampling or linear layer that was met on the way.

    ``given`` is the shape of the map that it read, ``shape`` that of the map it made. ``sources`` are the numbers of
    the steps whose maps went into what it read, -1 for the picture itself.
    """

    name: str
    kind: str
    kernel: tuple[int, int] | None
    stride: tuple[int, int] | None
    dilation: tuple[int, int] | None
    before: Field
    field: Field
    shape: torch.Size
    parameters: int
    given: torch.Size
    sources: tuple[int, ...]


def follow(model: nn.Module, size: int | Sequence[int], layer: str | None = None) -> tuple[Field, list[Step]]:
    """Follow a picture through a model; return what the units of a layer see, and the steps of the whole run."""
    shape = picture_shape(model, size)
    picture, values = torch.empty(1, *shape, device="meta"), on_meta(model)
    trace = _Trace(picture, {values[name] for name, _ in model.named_parameters()})
    with evaluating(model), torch.no_grad(), ExitStack() as hooks:
        for name, module in model.named_modules():
            hooks.callback(module.register_forward_pre_hook(lambda _, given, name=name: trace.enter(name)).remove)
            hooks.callback(module.register_forward_hook(lambda _, given, out: trace.leave()).remove)
        with Linear(averages=False), trace:
            out = output_of(model, layer, values, picture)
    return trace.fields[out], trace.steps


class _Trace(TorchDispatchMode):
    """Gives every tensor that comes from the picture its :class:`Field`, and notes the steps."""

    _same = frozenset({"clone", "detach", "alias", "_to_copy", "split", "split_with_sizes", "channel_shuffle"})
    _windows = {"max_pool2d_with_indices": "max pooling", "avg_pool2d": "average pooling"}
    _adaptive = {"_adaptive_avg_pool2d": "adaptive average pooling", "adaptive_max_pool2d": "adaptive max pooling"}
    _views = frozenset(["view", "_unsafe_view", "reshape", "squeeze", "unsqueeze", "expand", "_reshape_alias"])
    _reductions = frozenset(["mean", "sum", "amax", "amin", "max", "min", "var", "std"])
    _products = frozenset(["addmm", "mm", "linear"])

    def __init__(self, picture: Tensor, parameters: set[Tensor]):
        super().__init__()
        self.fields, self.steps, self._inside = WeakTensorKeyDictionary(), [], []
        self.fields[picture] = Field(*map(Axis.of_picture, picture.shape[-2:]))
        self.sources = WeakTensorKeyDictionary({picture: (-1,)})
        self._parameters = WeakTensorKeyDictionary({one: True for one in parameters})

    def enter(self, name: str) -> None:
        self._inside.append(name)

    def leave(self) -> None:
        self._inside.pop()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        if function.overloadpacket.__name__ == "t" and tensors[0] in self._parameters:
            self._parameters[out] = True  # a linear layer's weight, turned over
        seen = [one for one in tensors if one in self.fields]
        if seen:
            schema = function._schema.arguments
            named = {a.name: a.default_value for a in schema if a.has_default_value()}
            named.update(zip((a.name for a in schema), args, strict=False))
            named.update(kwargs or {})
            field = self._field(function, named, seen, first_tensor(out))
            sources = tuple(sorted({number for one in seen for number in self.sources[one]}))
            if (step := self._described(function, named)) is not None:
                count = sum(one.numel() for one in tensors if one in self._parameters)
                shapes = first_tensor(out).shape, count, seen[0].shape
                self.steps.append(Step(self._inside[-1], *step, self.fields[seen[0]], field, *shapes, sources))
                sources = (len(self.steps) - 1,)
            for one in tree_leaves(out):
                if isinstance(one, Tensor):
                    self.fields[one], self.sources[one] = field, sources
        return out

    def _described(self, function, named):
        """Return kind, kernel, stride and dilation of an operation that belongs into a table, else None."""
        name = function.overloadpacket.__name__
        if name == "convolution":
            kind = "transposed convolution" if named["transposed"] else "convolution"
            return kind, tuple(named["weight"].shape[2:]), pair(named["stride"]), pair(named["dilation"])
        if name in self._windows:
            kernel = pair(named["kernel_size"])
            return self._windows[name], kernel, pair(named["stride"] or kernel), pair(named.get("dilation", 1))
        if name in self._products:
            return "linear", None, None, None
        kind = self._adaptive.get(name)
        if name == "mean" and _spatial(named):
            kind = "global average pooling"
        elif name.startswith("upsample_"):
            kind = name.removeprefix("upsample_").removesuffix("2d").strip("_").replace("_", "-") + " up-sampling"
        elif name == "max_unpool2d":
            kind = "unpooling"
        return None if kind is None else (kind, None, None, None)

    def _field(self, function, named, seen, out):
        name, field = function.overloadpacket.__name__, self.fields[seen[0]]
        if torch.Tag.pointwise in function.tags or name == "cat":
            for other in (self.fields[one] for one in seen[1:]):
                field = Field(*(a.joined(b) for a, b in zip(field, other, strict=True)))
            if name != "cat" or named["dim"] % out.ndim < out.ndim - 2:
                return field
        elif name in self._same:
            return field
        elif name in self._views or name in ("permute", "transpose"):
            given = seen[0].shape
            if out.ndim > 2 and (given[-2:] == out.shape[-2:] or name == "expand") and not _turned(name, named, out):
                return field
            if name in self._views:
                return Field(*(axis.whole() for axis in field))
        elif name in self._reductions and not _spatial(named):
            return field
        elif name in self._reductions or name in self._products:
            return Field(*(axis.whole() for axis in field))
        elif (reader := _reader(name, named, self)) is not None and out.ndim == 4:
            sizes = zip(field, seen[0].shape[-2:], out.shape[-2:], (0, 1), strict=True)
            return Field(*(axis.through(*reader(n, m, i)) for axis, n, m, i in sizes))
        elif name == "slice":
            if (dim := named["dim"] % out.ndim - out.ndim) < -2:
                return field
            start = slice(named["start"], None).indices(seen[0].shape[dim])[0]
            taps = start + np.arange(out.shape[dim]) * named["step"]
            cut = field[dim].through(taps[:, None], Fraction(named["step"]))
            return Field(cut, field.columns) if dim == -2 else Field(field.rows, cut)
        raise NotImplementedError(
            f"The layer {self._inside[-1]!r} uses {function.overloadpacket}, which does not say what its units see; "
            "measured_receptive_field(model, size, layer) measures it."
        )


def _reader(name, named, trace):
    """Return a function (old size, new size, axis) -> (taps, ratio, fed) for the operations that read windows."""
    if name == "convolution" and named["transposed"]:
        kernel, stride = named["weight"].shape[2:], pair(named["stride"])
        padding, dilation = pair(named["padding"]), pair(named["dilation"])

        def read(n, m, i):
            reached = np.arange(m)[:, None] + padding[i] - np.arange(kernel[i]) * dilation[i]
            taps = reached // stride[i]
            return taps, Fraction(1, stride[i]), reached % stride[i] == 0

    elif name == "convolution" or name in trace._windows:
        kernel = pair(named["weight"].shape[2:] if name == "convolution" else named["kernel_size"])
        stride, padding = pair(named["stride"] or kernel), pair(named["padding"])
        dilation = pair(named.get("dilation", 1))

        def read(n, m, i):
            taps = np.arange(m)[:, None] * stride[i] - padding[i] + np.arange(kernel[i]) * dilation[i]
            return taps, Fraction(stride[i])

    elif name in trace._adaptive:

        def read(n, m, i):
            start, stop = np.array(adaptive_windows(n, m)).T
            taps = start[:, None] + np.arange((stop - start).max())
            return taps, Fraction(n, m), taps < stop[:, None]

    elif name in ("upsample_nearest2d", "_upsample_nearest_exact2d", "upsample_bilinear2d", "upsample_bicubic2d"):

        def read(n, m, i):
            return _interpolated(name, n, m, bool(named.get("align_corners")), named[("scales_h", "scales_w")[i]])

    elif name in ("max_unpool2d", "pixel_shuffle"):

        def read(n, m, i):
            factor = named.get("upscale_factor") or max(1, round(m / n))
            taps = (np.arange(m) // factor)[:, None]
            return taps, Fraction(1, factor), taps < n

    elif name in ("constant_pad_nd", "reflection_pad2d", "replication_pad2d"):

        def read(n, m, i):
            before, after = [*named.get("pad", named.get("padding")), 0, 0][2 - 2 * i :][:2]
            if name == "constant_pad_nd":  # a negative one cuts off
                return np.arange(-before, n + after)[:, None], Fraction(1)
            mode = "reflect" if name == "reflection_pad2d" else "edge"
            return np.pad(np.arange(n), (before, after), mode)[:, None], Fraction(1)

    else:
        return None
    return read


def _interpolated(name, n, m, align_corners, scale):
    """Return the taps of an up-sampling from n to m units; those of weight 0 are not fed."""
    ratio = Fraction(1 / scale).limit_denominator(1000) if scale else Fraction(n, m)
    if align_corners:
        ratio = Fraction(n - 1, m - 1) if m > 1 and n > 1 else Fraction(n, m)
    a, b, o = ratio.numerator, ratio.denominator, np.arange(m)
    if "nearest" in name:
        at = (2 * o + 1) * a // (2 * b) if "exact" in name else o * a // b
        return np.minimum(at, n - 1)[:, None], ratio
    place, unit = (o * a, b) if align_corners else ((2 * o + 1) * a - b, 2 * b)  # place / unit, in old units
    offsets = np.array([0, 1] if "bilinear" in name else [-1, 0, 1, 2])
    taps = np.clip((place // unit)[:, None] + offsets, 0, n - 1)
    return taps, ratio, (offsets == 0) | (place % unit != 0)[:, None]


def _spatial(named):
    """Tell whether a reduction runs over rows and columns."""
    dims = named.get("dim")
    if dims is None or dims == []:
        return True
    ndim = (named.get("self") if named.get("self") is not None else named["input"]).ndim
    return any(one % ndim >= ndim - 2 for one in ([dims] if isinstance(dims, int) else dims))


def _turned(name, named, out):
    """Tell whether a permutation moves rows or columns to another place."""
    if name == "permute":
        return [one % out.ndim for one in named["dims"]][-2:] != [out.ndim - 2, out.ndim - 1]
    return name == "transpose" and max(named["dim0"] % out.ndim, named["dim1"] % out.ndim) >= out.ndim - 2
