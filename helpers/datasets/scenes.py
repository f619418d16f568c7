"""Generated scenes: small pictures in which five troubles of segmentation can be met, measured and turned off.

A street or a shore under a sky, or (one scene in five) cells under a microscope, drawn from a seed. The troubles:

- ``thin``: poles and their wires are 1 to 2 pixels wide. Off: 7 to 9.
- ``small``: birds are 3 to 6 pixels long. Off: 23 to 30, and fewer.
- ``context``: boats and cars are drawn alike; the water or the road around them tells which. Off: each has its colours.
- ``scale``: balloons from a tenth of the picture's side to nearly the whole. Off: all a third.
- ``touching``: cells touch, so that in a mask of classes they are one blob. Off: a clear gap around each.

Turning one off leaves everything else in its place. Scene i of a seed and split is the same however it is asked for and
on every platform: its numbers are hashes of (seed, split, i, how many came before), and only integers and what IEEE 754
defines to the last bit (+, -, *, /, sqrt) make a pixel. A pixel is one number while it is drawn: red, green, blue and
class, a byte each; :mod:`.drawing.canvas` lays one over another.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from helpers.datasets import classes
from helpers.datasets.drawing.canvas import INDEX, SIDES, STEP, Recipe, scramble, streams
from helpers.datasets.drawing.microscope import under_microscope
from helpers.datasets.drawing.outdoors import outdoors
from helpers.datasets.files import did_you_mean
from helpers.datasets.pictures import LabelledPictures

# What each trouble is about: with `only`, these are the classes beside background.
TROUBLES = {
    "thin": ("pole",),
    "small": ("bird",),
    "context": ("boat", "car"),
    "scale": ("balloon",),
    "touching": ("cell",),
}
_COUNTS = {"train": 2000, "val": 400, "test": 400}
_SOURCE = "scenes: drawn by the course (helpers.datasets.scenes), not photographs"
_AREA = 80 * 96 * 96  # pixels drawn at once: enough to hide Python's cost, few enough for the processor's cache


def _draw(recipe, first, last):
    """Draw scenes first to last: images [B, H, W, 3], masks [B, H, W], cells [B, H, W], all uint8."""
    (height, width), batch = recipe.size, last - first
    images, masks = np.empty((batch, height, width, 3), np.uint8), np.empty((batch, height, width), np.uint8)
    cells = np.zeros((batch, height, width), np.uint8)
    step = _in_chunk(recipe)
    for n in range(0, batch, step):
        part = slice(n, min(n + step, batch))
        _fill(recipe, np.arange(first + part.start, first + part.stop), images[part], masks[part], cells[part])
    return images, masks, cells


def _fill(recipe, numbers, images, masks, cells):
    """Draw scenes by number into arrays."""
    keys = scramble(np.array([recipe.seed], np.uint64) + STEP)
    keys = scramble(keys ^ np.uint64([*_COUNTS].index(recipe.split) + 1))
    keys = scramble(keys + (numbers.astype(np.uint64) + np.uint64(1)) * STEP)
    height, width = recipe.size
    share = recipe.only.count("touching") / len(recipe.only)
    microscope = streams(keys)["kind"](0, 1) < share
    table = _table(recipe)
    # Cells go through the whole picture many times: fewer at once.
    for paint, wanted, area in ((outdoors, ~microscope, _AREA), (under_microscope, microscope, _AREA // 5)):
        wanted, step = np.flatnonzero(wanted), max(1, area // (height * width))
        for scenes in (wanted[first : first + step] for first in range(0, len(wanted), step)):
            pixels, cells[scenes] = paint(streams(keys[scenes]), recipe)
            parts = pixels.astype("<u4", copy=False).view(np.uint8).reshape(len(scenes), height, width, 4)
            for channel in range(3):
                images[scenes, ..., channel] = parts[..., channel]
            masks[scenes] = table.take(parts[..., 3])


def _recipe(split, size, seed, only, knobs):
    if split not in _COUNTS:
        raise ValueError(f"scenes has no split {split!r}.{did_you_mean(str(split), _COUNTS)} It has train, val, test.")
    sides = (size, size) if isinstance(size, int | np.integer) else tuple(size) if isinstance(size, Sequence) else ()
    low, high = SIDES
    if len(sides) != 2 or not all(isinstance(one, int | np.integer) and low <= one <= high for one in sides):
        raise ValueError(f"size={size!r}: expected a side or (height, width), {low} to {high} pixels, such as size=96.")
    _whole("seed", seed, 0, 2**64 - 1)
    names = tuple(TROUBLES) if only is None else (only,) if isinstance(only, str) else tuple(only)
    for name in names:
        if name not in TROUBLES:
            raise ValueError(f"only={name!r}: no such trouble.{did_you_mean(str(name), TROUBLES)} {_THEY_ARE}")
    if not names:
        raise ValueError(f"only={only!r} leaves nothing to draw. {_THEY_ARE}")
    for name, on in knobs.items():
        if name not in TROUBLES:
            raise TypeError(f"scenes takes no {name}=.{did_you_mean(name, _OPTIONS)} It takes {', '.join(_OPTIONS)}.")
        if on not in (True, False):
            raise ValueError(f"{name}={on!r}: expected True, or False to turn it off.")
    kept = tuple(name for name in TROUBLES if name in names)
    off = tuple(name for name in TROUBLES if not knobs.get(name, True))
    return Recipe(split, (int(sides[0]), int(sides[1])), int(seed), kept, off, only is not None)


_OPTIONS = ("n", "size", "seed", "transform", "instances", "only", *TROUBLES)
_THEY_ARE = f"There are {', '.join(TROUBLES)}."


def _whole(name, value, low, high=None):
    """The value, if it is a whole number in bounds."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or number < low or (high is not None and number > high):
        limit = f"{low} at least" if high is None else f"{low} to {high}"
        raise ValueError(f"{name}={value!r}: expected a whole number, {limit}.")
    return number


def _kinds(recipe):
    shown = {"background"}.union(*(TROUBLES[trouble] for trouble in recipe.only))
    return [one for one in classes.SCENES if not recipe.plain or one.name in shown]


def _table(recipe):
    """From a class of all to a class of this recipe."""
    names = [one.name for one in _kinds(recipe)]
    return np.array([names.index(name) if name in names else 0 for name in INDEX], np.uint8)


def draw(
    n: int,
    size: int | tuple[int, int] = 96,
    *,
    split: str = "train",
    seed: int = 0,
    start: int = 0,
    only: str | Sequence[str] | None = None,
    instances: bool = False,
    **knobs: bool,
) -> tuple[np.ndarray, ...]:
    """Draw scenes ``start`` to ``start + n``, about half a millisecond for one of 96x96.

    Parameters
    ----------
    n : int
    size : int or (height, width)
    split, seed, only, knobs
        As :class:`Scenes` takes them.
    start : int
    instances : bool
        Give the cells' numbers too.

    Returns
    -------
    images : array [n, H, W, 3], uint8
    masks : array [n, H, W], uint8
    cells : array [n, H, W], uint8
        The cells of a scene counted from 1, 0 for none; only with ``instances``.

    Examples
    --------
    >>> images, masks = draw(3, size=64, only="thin")
    >>> images.shape, masks.shape, np.unique(masks).tolist()
    ((3, 64, 64, 3), (3, 64, 64), [0, 1])
    """
    recipe = _recipe(split, size, seed, only, knobs)
    found = _draw(recipe, _whole("start", start, 0), start + _whole("n", n, 1))
    return found if instances else found[:2]


def _in_chunk(recipe):
    return max(1, _AREA // (recipe.size[0] * recipe.size[1]))


@lru_cache(maxsize=64)  # at 2.9 MB each, 190 MB at most: 4,096 scenes of 96x96
def _chunk(recipe, number):
    step = _in_chunk(recipe)
    return _draw(recipe, number * step, (number + 1) * step)


class Scenes(LabelledPictures):
    """A map-style data set of scenes, drawn when they are asked for; the interface is that of the real sets.

    Parameters
    ----------
    split : "train", "val" or "test"
        They never share a scene.
    n : int, optional
        How many; by default 2,000 in train, 400 in val and in test. More leave the first as they are.
    size : int or (height, width)
        32 to 512 pixels. The layout grows with the picture; what is thin or small keeps its size in pixels.
    seed : int
    transform : callable, optional
        Takes and returns ``(image, mask)``, two tensors.
    instances : bool
        Masks are int32 and count the cells of a scene from 1, all else is 0; ``num_classes`` is None.
    only : str or sequence of str, optional
        Draw these troubles alone, in plain scenes. The classes are then background and what they are about: pole
        (thin), bird (small), boat and car (context), balloon (scale), cell (touching).
    thin, small, context, scale, touching : bool
        False turns a trouble off; the classes stay.

    Attributes
    ----------
    name, split, source : str
    num_classes : int
    class_names, class_names_ko : tuple of str
    palette : array [num_classes, 3], uint8
        A colour a class, as red, green, blue.
    size : (height, width)

    Examples
    --------
    >>> ds = Scenes("val", n=10, only="context", context=False)
    >>> ds
    scenes (val): 10 pictures, classes background, boat, car
    >>> image, mask = ds[9]
    >>> image.shape, mask.shape, mask.dtype
    (torch.Size([3, 96, 96]), torch.Size([96, 96]), torch.uint8)
    """

    channels = 3

    def __init__(
        self,
        split: str = "train",
        *,
        n: int | None = None,
        size: int | tuple[int, int] = 96,
        seed: int = 0,
        transform: Callable | None = None,
        instances: bool = False,
        only: str | Sequence[str] | None = None,
        **knobs: bool,
    ):
        self._recipe = _recipe(split, size, seed, only, knobs)
        self._count = _whole("n", _COUNTS[split] if n is None else n, 1)
        self._instances = instances
        self.name, self.split, self.source = "scenes", split, _SOURCE
        self.size, self.transform = self._recipe.size, transform
        kinds = _kinds(self._recipe)
        self.class_names = tuple(one.name for one in kinds)
        self.class_names_ko = tuple(one.ko for one in kinds)
        self.palette = np.array([[*bytes.fromhex(one.colour)] for one in kinds], np.uint8)
        self.num_classes = None if instances else len(kinds)

    def __len__(self) -> int:
        return self._count

    def arrays(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return picture [H, W, 3] and mask [H, W], uint8, without torch and before ``transform``.

        Raises
        ------
        IndexError
            If there is no such scene.
        """
        place = operator.index(index)
        if not -self._count <= place < self._count:
            raise IndexError(f"No scene {place}: {self!r} has 0 to {self._count - 1}.")
        number, row = divmod(place % self._count, _in_chunk(self._recipe))
        image, mask, cells = (part[row] for part in _chunk(self._recipe, number))
        return image.copy(), cells.astype(np.int32) if self._instances else mask.copy()

    def bulk(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield all pictures [B, H, W, 3] and masks [B, H, W] in order, many at a time, before ``transform``."""
        step = _in_chunk(self._recipe)
        for first in range(0, self._count, step):
            images, masks, cells = _draw(self._recipe, first, min(first + step, self._count))
            yield images, cells.astype(np.int32) if self._instances else masks
