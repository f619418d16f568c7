"""What a network is made of: its maps in the order in which they are made, and which map is made of which.

:mod:`.trace` follows a picture through the live model; here its steps become a list of maps, or, joined where nothing
happens to the resolution, a shorter list of stages. :mod:`.diagram` draws it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import nn

from helpers.segmentation.backbones import one_of
from helpers.segmentation.running import first_tensor, picture_shape
from helpers.segmentation.trace import Step, follow

PICTURE, CUT = "picture", "cut"


class Map(NamedTuple):
    """One map of a network, and the layers that made it.

    Attributes
    ----------
    name : str
        The module, or the first of them; empty where the network itself calls a function.
    kinds : tuple of str
        What made it: ``"convolution"``, ``"max pooling"`` and the others of :func:`.explain.stride_table`;
        ``"picture"`` for the first map and ``"cut"`` for a last one that is nothing but cut to size.
    kernels : tuple of (int, int)
    stride : int
        The largest.
    rates : tuple of int
        How far apart the taps of filters wider than one pixel lie.
    layers : int
        Convolutions, poolings and so on that were joined into this map.
    channels, height, width : int
    parameters : int
        A batch norm's count with the layer before it.
    sources : tuple of int
        Numbers of the maps that it reads.
    given : (channels, height, width)
        What it reads, after the sources were cut, added or laid side by side.
    """

    name: str
    kinds: tuple[str, ...]
    kernels: tuple[tuple[int, int], ...]
    stride: int
    rates: tuple[int, ...]
    layers: int
    channels: int
    height: int
    width: int
    parameters: int
    sources: tuple[int, ...]
    given: tuple[int, int, int]


def anatomy(model: nn.Module, size: int | Sequence[int], *, detail: str = "layers") -> list[Map]:
    """List the maps of a network, beginning with the picture, without computing one.

    Parameters
    ----------
    model : Module
        Is not changed; it may hold no numbers (``torch.device("meta")``). It is followed in evaluation mode: a head
        that only training uses has no map.
    size : int, (height, width) or (channels, height, width)
        Of the picture.
    detail : {"layers", "stages"}
        A map a layer; or one for all convolutions of a stage that leave the size of the map as it is. A stage is the
        largest module without a list of modules in it: a block of a U-Net, ``layer3`` of a ResNet.

    Returns
    -------
    list of Map
        ``pandas.DataFrame(anatomy(...))`` makes a table of it. All parameters that run are in it once.

    Raises
    ------
    ValueError, NotImplementedError
        As in :func:`.explain.receptive_field`; ValueError for another detail.

    Examples
    --------
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.MaxPool2d(2), nn.Conv2d(8, 5, 1))
    >>> for one in anatomy(net, 32):
    ...     print(one.kinds[0], one.channels, one.height, one.parameters, one.sources)
    picture 3 32 0 ()
    convolution 8 30 232 (0,)
    max pooling 8 15 0 (1,)
    convolution 5 15 45 (2,)
    """
    one_of("detail", detail, ("layers", "stages"))
    shape = picture_shape(model, size)
    run = _Run()
    with ExitStack() as hooks:
        for name, module in model.named_modules():
            note = run.noting(name, module)
            hooks.callback(module.register_forward_hook(note).remove)
        out, steps = follow(model, shape)
    parameters = run.parameters_of(steps)
    groups = [_Group(n, n, one.name, one.shape) for n, one in enumerate(steps)]
    if detail == "stages":
        groups = _joined(model, steps, run.shapes)
    maps = [Map("", (PICTURE,), (), 1, (), 0, *shape, 0, (), shape)]
    number = {-1: 0}  # of the map that holds a step
    for group in groups:
        number.update(dict.fromkeys(group.steps, len(maps)))
        maps.append(_map(group, [steps[n] for n in group.steps], [parameters[n] for n in group.steps], number))
    height, width = (len(axis.first) for axis in out)
    if (height, width) != (maps[-1].height, maps[-1].width):
        last = maps[-1]
        given = (last.channels, last.height, last.width)
        maps.append(Map("", (CUT,), (), 1, (), 0, last.channels, height, width, 0, (len(maps) - 1,), given))
    return maps


class _Run:
    """The modules with parameters in the order in which they run, and the shape of what each module gives."""

    def __init__(self):
        self.order, self.shapes = {}, {}

    def noting(self, name, module):
        own = sum(one.numel() for one in module.parameters(recurse=False))

        def note(_, given, out):
            self.shapes[name] = first_tensor(out).shape
            self.order.setdefault(name, own)  # a module that runs twice counts once

        return note

    def parameters_of(self, steps: Sequence[Step]) -> list[int]:
        """Give each step the parameters of its module, and of what runs between it and the next step's."""
        counts, place = [0] * len(steps), {}
        for n, step in enumerate(steps):
            place.setdefault(step.name, n)
        now = 0
        for name, own in self.order.items():
            now = place.get(name, now) if own else now
            if own:
                counts[now] += own
        return counts


@dataclass
class _Group:
    """Steps ``first`` to ``last``, joined into the map of this shape."""

    first: int
    last: int
    name: str
    shape: tuple[int, ...]
    stage: str = ""
    family: str = ""
    steps: range = field(init=False)

    def __post_init__(self):
        self.steps = range(self.first, self.last + 1)


def _map(group: _Group, steps: list[Step], parameters: list[int], number: dict[int, int]) -> Map:
    own = set(group.steps)
    sources = {number[one] for step in steps for one in step.sources if one not in own}
    wide = [step for step in steps if step.kernel and max(step.kernel) > 1]
    channels, height, width = (*group.shape[1:], 1, 1)[:3]
    return Map(
        group.name,
        tuple(dict.fromkeys(step.kind for step in steps)),
        tuple(dict.fromkeys(step.kernel for step in steps if step.kernel)),
        max((max(step.stride) for step in steps if step.stride), default=1),
        tuple(dict.fromkeys(max(step.dilation) for step in wide)),
        len(steps),
        channels,
        height,
        width,
        sum(parameters),
        tuple(sorted(sources)),
        (*steps[0].given[1:], 1, 1)[:3],
    )


def _joined(model: nn.Module, steps: Sequence[Step], shapes: dict[str, tuple[int, ...]]) -> list[_Group]:
    """Join the convolutions of a stage as long as the map keeps its size."""
    modules, groups = dict(model.named_modules()), []
    for unit in _units(modules, steps, shapes):
        before = groups[-1] if groups else None
        if before is not None and _continues(modules, before, unit):
            unit = _Group(before.first, unit.last, before.name, unit.shape, before.stage, unit.family)
            unit.name = unit.stage
            groups.pop()
        groups.append(unit)
    return groups


def _units(modules: dict[str, nn.Module], steps: Sequence[Step], shapes) -> Iterator[_Group]:
    """Group steps that only make sense together: those of a residual or an inception block; others are alone."""
    last = None
    for n, step in enumerate(steps):
        prefixes = [step.name[:at] for at, letter in enumerate(step.name + ".") if letter == "."]
        stage = next((one for one in prefixes if one and not _has_lists(modules[one])), "")
        # Inside a stage, a block is the outermost module that is more than a sequence and has parts.
        inside = [one for one in prefixes if stage and len(one) >= len(stage)]
        block = next((one for one in inside if _is_block(modules[one])), "")
        family = "block" if block else step.kind
        if step.kernel == (1, 1) and not block:
            family = "1x1 " + family  # scores stay apart from the filters before them
        if block and last is not None and last.name == block:
            last.last, last.steps = n, range(last.first, n + 1)
            continue
        if last is not None:
            yield last
        last = _Group(n, n, block or step.name, shapes[block] if block else step.shape, stage, family)
    if last is not None:
        yield last


def _has_lists(module: nn.Module) -> bool:
    return any(isinstance(one, (nn.ModuleList, nn.ModuleDict)) for one in module.modules())


def _is_block(module: nn.Module) -> bool:
    return not isinstance(module, nn.Sequential) and any(True for _ in module.children())


def _continues(modules: dict[str, nn.Module], before: _Group, unit: _Group) -> bool:
    kept = "convolution" in unit.family or unit.family == "block"
    if not kept or before.family != unit.family or before.shape[2:] != unit.shape[2:]:
        return False
    if before.stage == unit.stage:
        return bool(unit.stage)
    # The parts of a trunk, one after the other: MobileNetV2's blocks are no stages by themselves.
    parents = [one.stage.rpartition(".")[0] for one in (before, unit)]
    same = parents[0] == parents[1] and isinstance(modules[parents[0]], nn.ModuleDict)
    return same and before.shape[1] == unit.shape[1]
