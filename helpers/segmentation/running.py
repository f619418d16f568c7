"""Runs any network once, with other numbers in it where that helps, and leaves it as it was found.

The ground under :mod:`.trace` and :mod:`.explain`: which picture, which layer's output, which operations are passed by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import index

import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from helpers.datasets.files import did_you_mean


def picture_shape(model: nn.Module, size: int | Sequence[int]) -> tuple[int, int, int]:
    """Return (channels, height, width) of ``size``: a side, (height, width) or all three.

    Channels that are not given are those that the first convolution of the model takes.
    """
    try:
        sides = tuple(map(index, size)) if isinstance(size, Sequence) else (index(size),) * 2
    except TypeError:
        sides = ()
    if len(sides) not in (2, 3) or min(sides) < 1:
        raise ValueError(f"size={size!r}: expected a side in pixels, (height, width) or (channels, height, width).")
    if len(sides) == 3:
        return sides
    first = next((m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))), None)
    if first is None:
        raise ValueError(f"{type(model).__name__} has no convolution: give size=(channels, height, width).")
    return first.in_channels, *sides


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode, and afterwards each of its modules into the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def output_of(model: nn.Module, layer: str | None, values: dict[str, Tensor], picture: Tensor) -> Tensor:
    """Run a model with other parameters and return what a layer gave when it last ran; None is the model itself.

    Raises
    ------
    ValueError
        If there is no such layer, it does not run, or the picture does not fit the model.
    """
    layers = dict(model.named_modules())
    if layer is not None and layer not in layers:
        known = [name for name in layers if name]
        listed = ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
        raise ValueError(
            f"{type(model).__name__} has no layer {layer!r}.{did_you_mean(layer, known)} "
            f"Its layers are {listed or 'not named'}."
        )
    kept = []
    # A copy: the ReLU that follows may write into the map.
    hook = layers[layer or ""].register_forward_hook(lambda _, given, out: kept.append(first_tensor(out).clone()))
    try:
        functional_call(model, values, (picture,))
    except NotImplementedError:  # a RuntimeError too, but no fault of the picture's
        raise
    except (RuntimeError, ValueError) as error:
        shape = "x".join(map(str, picture.shape[1:]))
        raise ValueError(f"{type(model).__name__} does not run on a picture of {shape}: {error}") from error
    finally:
        hook.remove()
    if not kept:
        raise ValueError(f"The layer {layer!r} does not run when {type(model).__name__} is evaluated.")
    return kept[-1]


def on_meta(model: nn.Module) -> dict[str, Tensor]:
    """Return the model's parameters and buffers without their numbers."""
    return {name: value.detach().to("meta") for name, value in values_of(model).items()}


class Linear(TorchFunctionMode):
    """While it is on, activations and normalisations hand on what they get.

    With ``averages``, maximum pooling takes the mean, unpooling fills its window, and of two maps that are multiplied
    the mean is taken: a chain of products would soon leave the range of numbers. What a unit can see is not changed by
    any of it, and with positive weights nothing cancels.
    """

    _passed = frozenset(
        {"relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish", "hardswish"}
        | {"hardsigmoid", "hardtanh", "sigmoid", "tanh", "softplus", "softsign", "threshold"}
        | {"batch_norm", "group_norm", "layer_norm", "instance_norm", "local_response_norm"}
    )

    def __init__(self, averages: bool = True):
        super().__init__()
        self.averages = averages

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "").rstrip("_")
        if name in self._passed:
            return args[0] if args else kwargs["input"]
        if name in ("softmax", "log_softmax"):
            given = args[0] if args else kwargs["input"]
            dim = args[1] if len(args) > 1 else kwargs.get("dim")
            if dim in (1, 1 - given.ndim):  # over the classes of each pixel
                return given
        if self.averages and name in ("max_pool2d", "max_pool2d_with_indices"):
            return _mean_pool(function, name, args, kwargs)
        if self.averages and name == "max_unpool2d":
            return _repeated(function, args, kwargs)
        if self.averages and name in ("mul", "multiply") and all(_from_picture(one) for one in args[:2]):
            return (args[0] + args[1]) / 2
        return function(*args, **kwargs)


def _mean_pool(function, name, args, kwargs):
    named = dict(zip(("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode"), args, strict=False))
    named.update({key: value for key, value in kwargs.items() if key != "return_indices"})
    if pair(named.pop("dilation", 1)) != (1, 1):
        raise ValueError("A maximum pooling with dilation has no mean pooling to stand for it; linear=False runs.")
    mean = F.avg_pool2d(**named)
    if name == "max_pool2d_with_indices" or kwargs.get("return_indices"):
        return mean, function(*args, **kwargs)[1]
    return mean


def _from_picture(one):
    return isinstance(one, Tensor) and one.requires_grad


def _repeated(function, args, kwargs):
    """Put a number into its whole window, not only where the maximum was."""
    bare = [one.to("meta") if isinstance(one, Tensor) else one for one in args]
    height, width = function(*bare, **kwargs).shape[-2:]
    down, across = (max(1, round(new / old)) for new, old in zip((height, width), args[0].shape[-2:], strict=True))
    large = args[0].repeat_interleave(down, -2).repeat_interleave(across, -1)
    return F.pad(large, (0, width - large.shape[-1], 0, height - large.shape[-2]))


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    """Write a value for both axes out: 3 is (3, 3)."""
    value = (value,) if isinstance(value, int) else tuple(value)
    return (value[0], value[-1])


def first_tensor(out) -> Tensor:
    """Return the first tensor of whatever a layer gives; of a dictionary, that of ``"out"`` where there is one."""
    if isinstance(out, dict) and "out" in out:
        return out["out"]
    return next(one for one in tree_leaves(out) if isinstance(one, Tensor))


def values_of(model: nn.Module) -> dict[str, Tensor]:
    """Return a model's parameters and buffers."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}
