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
class, a byte each; :func:`_mix` lays one over another.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.datasets import classes
from helpers.datasets.files import did_you_mean

# What each trouble is about: with `only`, these are the classes beside background.
TROUBLES = {
    "thin": ("pole",),
    "small": ("bird",),
    "context": ("boat", "car"),
    "scale": ("balloon",),
    "touching": ("cell",),
}
_COUNTS = {"train": 2000, "val": 400, "test": 400}
_SIDES = (32, 512)
_SOURCE = "scenes: drawn by the course (helpers.datasets.scenes), not photographs"
_AREA = 80 * 96 * 96  # pixels drawn at once: enough to hide Python's cost, few enough for the processor's cache


class _Recipe(NamedTuple):
    """What a scene depends on beside its number; the key of the cache."""

    split: str
    size: tuple[int, int]
    seed: int
    only: tuple[str, ...]  # all five where nothing was said
    off: tuple[str, ...]
    plain: bool  # were some asked for by name


# A pixel

_REDBLUE, _GREEN, _CLASS = (np.uint32(mask) for mask in (0x00FF00FF, 0x0000FF00, 0xFF000000))
_BYTE = np.uint32(8)
_ONE = np.uint32(0x010101)  # a step brighter
_INDEX = {one.name: index for index, one in enumerate(classes.SCENES)}


@lru_cache
def _ink(colours, kind="background"):
    """Pixels of these colours ("RRGGBB RRGGBB ...") and this class: array [C], uint32."""
    bytes_ = [[*bytes.fromhex(one), _INDEX[kind]] for one in colours.split()]
    return (np.array(bytes_, np.uint32) << np.array([0, 8, 16, 24], np.uint32)).sum(1, dtype=np.uint32)


def _kind(name):
    return np.uint32(_INDEX[name] << 24)


def _mix(under, over, alpha, keep=False):
    """Lay pixels over others; alpha uint32, 0 to 256. The class is that of the greater part, or kept.

    Red and blue go at once: neither product leaves its half of the number, and what wraps in between wraps back.
    """
    red_blue, green, kind = under & _REDBLUE, under & _GREEN, under & _CLASS
    mixed = ((over & _REDBLUE) - red_blue) * alpha
    mixed += red_blue << _BYTE
    mixed >>= _BYTE
    mixed &= _REDBLUE
    part = ((over & _GREEN) - green) * alpha
    part += green << _BYTE
    part >>= _BYTE
    part &= _GREEN
    mixed |= part
    if not keep:
        kind = kind + ((over & _CLASS) - kind) * ((alpha + np.uint32(128)) >> _BYTE)  # times 1 from alpha 128 on, or 0
    mixed |= kind
    return mixed


def _cover(depth, share=1.0):
    """How much of a pixel is covered, from how deep its centre lies inside an edge (in pixels): uint32, 0 to 256."""
    depth = depth + np.float32(0.5)
    np.clip(depth, 0, 1, out=depth)
    depth *= np.float32(256 * share)
    return depth.astype(np.int32).view(np.uint32)


class _Canvas:
    """Pixels [B, H, W] of a batch of scenes, painted box by box."""

    def __init__(self, batch, height, width):
        self.pixels = np.zeros((batch, height, width), np.uint32)
        self.flat = self.pixels.reshape(-1)
        self.height, self.width = height, width
        self.unit = min(height, width) / 96

    def box(self, left, top, height, width, scenes=None):
        """Where a box lies: (index [b, h, w], x [b, 1, w], y [b, h, 1]); x and y are the centres of its pixels.

        A box that would lie across the edge is moved inside: it still holds all of the thing that can be seen.
        """
        scenes = np.arange(len(self.pixels)) if scenes is None else scenes
        height, width = min(height, self.height), min(width, self.width)
        columns = _begin(left, self.width - width, scenes) + np.arange(width)
        rows = _begin(top, self.height - height, scenes) + np.arange(height)
        index = ((scenes[:, None] * self.height + rows) * self.width)[:, :, None] + columns[:, None, :]
        return index, _centre(columns)[:, None, :], _centre(rows)[:, :, None]

    def paint(self, index, colour, alpha, keep=False):
        self.flat[index] = _mix(self.flat.take(index), colour, alpha, keep)

    def shade(self, tile, dice, top=None, bottom=None, scenes=None):
        """Add a texture between two rows of each scene, from a place in the tile that dice choose."""
        corners = dice.pick(_TILE, 2)
        top = np.zeros(len(self.pixels), int) if top is None else top
        bottom = np.full(len(self.pixels), self.height) if bottom is None else bottom
        for scene in range(len(self.pixels)) if scenes is None else scenes:
            y, x = corners[scene]
            rows = slice(top[scene], bottom[scene])
            self.pixels[scene, rows] += tile[y : y + bottom[scene] - top[scene], x : x + self.width]


def _begin(place, last, scenes):
    return np.broadcast_to(np.clip(np.floor(place), 0, last), len(scenes)).astype(np.int64)[:, None]


def _centre(cells):
    return cells.astype(np.float32) + np.float32(0.5)


# Chance


def _hash(state):
    """SplitMix64's finisher (Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


_STEP = np.uint64(0x9E3779B97F4A7C15)


class _Dice:
    """A stream of numbers for each scene, keys [B], uint64; each call throws all of them once (or ``count`` times)."""

    def __init__(self, keys):
        self.keys, self.thrown = keys, 0

    def _throw(self, count):
        numbers = np.arange(self.thrown + 1, self.thrown + count + 1, dtype=np.uint64)
        self.thrown += count
        return _hash(self.keys[:, None] + numbers * _STEP)

    def __call__(self, low, high, count=None):
        """Even between low and high: float32 [B] or [B, count]."""
        part = (self._throw(count or 1) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)
        part = part * np.float32(high - low) + np.float32(low)
        return part if count else part[:, 0]

    def pick(self, choices, count=None):
        """A whole number below ``choices``: int64 [B] or [B, count]."""
        part = ((self._throw(count or 1) >> np.uint64(32)) * np.uint64(choices) >> np.uint64(32)).astype(np.int64)
        return part if count else part[:, 0]


_PARTS = ("kind", "land", "sky", "hills", "ground", "vehicles", "balloons", "poles", "birds", "cells", "grain")


def _streams(keys):
    """Dice for each part of a scene, so that no part moves another. (Keep the order: it is part of the pictures.)"""
    return {part: _Dice(_hash(keys ^ _hash(np.array([number], np.uint64)))) for number, part in enumerate(_PARTS, 1)}


# Textures: brightness to add, [_TILE + 512, _TILE + 512], repeating after _TILE.

_TILE = 256


@lru_cache
def _tiles():
    dice = _Dice(np.array([2015], np.uint64))  # the year of U-Net

    def smooth(down, along):
        """Blurred noise, 0 to 1: random numbers on a grid of these steps, straight lines between."""
        grid = dice(0, 1, _TILE // down * (_TILE // along)).reshape(_TILE // down, _TILE // along)
        for axis, step in ((0, down), (1, along)):
            part = (np.arange(_TILE) % step).astype(np.float32) / np.float32(step)
            part = part[:, None] if axis == 0 else part
            here = np.repeat(grid, step, axis)
            grid = here + (np.repeat(np.roll(grid, -1, axis), step, axis) - here) * part
        return grid

    def tile(noise):
        steps = np.floor(np.tile(noise, (3, 3))[: _TILE + _SIDES[1], : _TILE + _SIDES[1]]).astype(np.int64)
        return (steps * int(_ONE)).astype(np.uint32)  # wraps: a negative step takes from each byte

    white = dice(-1, 1, _TILE * _TILE).reshape(_TILE, _TILE)
    crest = np.clip((smooth(2, 8) + smooth(4, 16) - 1.12) * 4, 0, 1)
    return {
        "grain": tile(white * 3 + 0.5),
        "water": tile(crest * 13 + smooth(8, 32) * 8 - 7),
        "road": tile(white * 4 + smooth(8, 16) * 6 - 3),
        "meadow": tile(smooth(2, 2) * 8 + smooth(8, 16) * 6 - 7),
        "cells": tile(smooth(4, 4) * 9 + smooth(16, 16) * 8 - 8),
    }


# Out of doors

_LIGHTS = {  # five times of the day, a column each
    "high": _ink("74AEDB 93B3DE 6F80B8 84C4C8 9AAAB9", "sky"),
    "low": _ink("DCE9E4 EED9C6 EABB9C E6EAD6 DDE0DD", "sky"),
    "sun": _ink("EEE3B4 EEDDB0 EEC888 EEE6B8 E8E6DA"),
    "cloud": _ink("ECEEEC EEE6E0 E2BFB8 EBEEE6 E6E8E8"),
    "far hill": _ink("A3BCBD B0AFC4 837FA2 9CC0B8 A3ADB2", "hill"),
    "near hill": _ink("84A882 8CA58C 64806F 7DAA86 7F937F", "hill"),
    "water": _ink("5C9EB8 78A6BA 6A84A8 58A5A6 7492A2", "water"),
    "haze": _ink("9CC6D2 B9C9CC B29DA8 9FCFC8 A9BAC2", "water"),
    "road": _ink("85838A 8E8688 726C7C 84878A 7C7E84", "road"),
    "dust": _ink("A5A3A6 B0A5A2 96868E A6A9A8 9C9EA2", "road"),
    "meadow": _ink("93B577 A4B67E 88996A 90B781 8C9E76"),
    "mown": _ink("86A96C 98AB74 7B8D60 83AB76 80936C"),
}
_BRIGHT = "D4705F DDB254 4F9C99 8C628F E6DAC0 5C82B8"  # balloons, and flowers on the hills
_BODIES = "C95B50 DFA64A 4D8C9B 7B6A9F"


def _wave(turns):
    """A sine by parabolas, -1 to 1, which is the same on every machine."""
    part = 2 * (turns - np.floor(turns)) - 1
    return -4 * part * (1 - np.abs(part))


def _outdoors(dice, recipe):
    height, width = recipe.size
    canvas = _Canvas(len(dice["land"].keys), height, width)
    land = dice["land"]
    light = land.pick(5)
    colour = {name: inks[light][:, None] for name, inks in _LIGHTS.items()}
    horizon = np.floor(land(0.36, 0.46) * height)[:, None]
    shore = np.floor(horizon[:, 0] + (height - horizon[:, 0]) * land(0.4, 0.46))[:, None]
    wet = land.pick(2, 2).astype(bool)  # is it water: the far band, the near one
    _land(canvas, land, recipe, colour, horizon, shore, wet)
    _sky(canvas, dice["sky"], colour, horizon)
    _hills(canvas, dice["hills"], recipe, colour, horizon)
    edges = [one[:, 0].astype(int) for one in (horizon, shore)] + [np.full(len(horizon), height)]
    _ground(canvas, dice["ground"], recipe, edges, wet)
    if "context" in recipe.only:
        _vehicles(canvas, dice["vehicles"], "context" not in recipe.off, edges, wet)
    if "scale" in recipe.only:
        _balloons(canvas, dice["balloons"], "scale" not in recipe.off)
    if "thin" in recipe.only:
        _poles(canvas, dice["poles"], "thin" not in recipe.off)
    if "small" in recipe.only:
        _birds(canvas, dice["birds"], "small" not in recipe.off)
    canvas.shade(_tiles()["grain"], dice["grain"])
    return canvas.pixels, 0  # no cells


def _land(canvas, dice, recipe, colour, horizon, shore, wet):
    """Sky and ground, a colour a row."""
    y = _centre(np.arange(canvas.height))[None]
    down = _cover(y / horizon - 0.5)  # 0 to 256 from the top to the horizon
    rows = _mix(colour["high"], colour["low"], down)
    deep = (y - horizon) / (canvas.height - horizon)
    if "context" in recipe.only:
        for column, begin in ((0, horizon), (1, shore)):
            water = _mix(colour["haze"], colour["water"], _cover(deep * 1.3 - 0.3))
            road = _mix(colour["dust"], colour["road"], _cover(deep * 1.3 - 0.3))
            rows = np.where(y >= begin, np.where(wet[:, column, None], water, road), rows)
    else:
        # Rows of a field, wider near the viewer; flowers where there are balloons to be told from them.
        row = np.floor(9 * np.sqrt(np.clip(deep, 0, 1))).astype(int)
        field = np.where(dice.pick(2, 10) == 1, colour["meadow"], colour["mown"])
        if "scale" in recipe.only:
            flowers = _ink(_BRIGHT)[dice.pick(6, 10)]
            field = np.where(np.arange(10) % 2 == 1, flowers, field)
        rows = np.where(y >= horizon, np.take_along_axis(field, row, 1), rows)
    canvas.pixels[:] = rows[:, :, None]


def _sky(canvas, dice, colour, horizon):
    unit = canvas.unit
    radius, wide = dice(4, 7)[:, None, None] * unit, int(32 * unit)
    cx, cy = dice(0.1, 0.9)[:, None, None] * canvas.width, dice(0.2, 0.75)[:, None, None] * horizon[:, :, None]
    index, x, y = canvas.box(cx.ravel() - wide / 2, cy.ravel() - wide / 2, wide, wide)
    away = _length(x - cx, y - cy)
    glow = _cover(0.5 - away / (16 * unit), 0.45)
    canvas.paint(index, colour["sun"][:, None], np.maximum(glow, _cover(radius - away)), keep=True)
    for _ in range(2):
        cx, cy = dice(0, 1) * canvas.width, dice(0.15, 0.85) * horizon[:, 0]
        high, wide = int(14 * unit), int(42 * unit)
        index, x, y = canvas.box(cx - wide / 2, cy - high + 3 * unit, high, wide)
        cloud = 2 * (cy[:, None, None] + 1.5 * unit - y)  # flat beneath
        puffs = []
        for place in (-9, 0, 9):
            px, r = cx + (place + dice(-2, 2)) * unit, dice(5, 8 if place else 10) * unit
            puffs.append(r[:, None, None] - _length(x - px[:, None, None], 2 * (y - cy[:, None, None])))
        cloud = np.minimum(cloud, np.maximum.reduce(puffs))
        canvas.paint(index, colour["cloud"][:, None], _cover(cloud / (2.5 * unit), 0.85), keep=True)


def _hills(canvas, dice, recipe, colour, horizon):
    first, last = int(0.12 * canvas.height), int(np.ceil(0.47 * canvas.height))
    pixels, scenes = canvas.pixels[:, first:last], np.arange(len(horizon))[:, None]
    x, y = _centre(np.arange(canvas.width))[None], np.arange(first, last)[None, :, None].astype(np.float32)
    foot = y < horizon[:, :, None]
    for name, low, high, waves in (("far hill", 0.07, 0.17, 1.3), ("near hill", 0.02, 0.1, 0.8)):
        tall, phase, wide = (one * canvas.height for one in (dice(low, high), dice(0, 9), dice(0.9, 1.5) / waves))
        turns = (x * (canvas.height / canvas.width) + phase[:, None]) / wide[:, None]
        ridge = horizon - tall[:, None] * (0.75 + 0.45 * _wave(turns) + 0.2 * _wave(2.3 * turns))
        # The ridge crosses one pixel of each column; beneath it all are hill.
        row = np.floor(ridge)
        index = (scenes * canvas.height + row.astype(np.int64)) * canvas.width + np.arange(canvas.width)
        canvas.paint(index, colour[name], _cover(row - ridge + 0.5) * (row < horizon))
        inks = colour[name][:, None]
        if name == "near hill" and "scale" in recipe.only:
            # Terraces of flowers, in the colours that the balloons have.
            flowers = (_ink(_BRIGHT)[dice.pick(6)] & ~_CLASS) | (inks[:, 0, 0] & _CLASS)
            terrace = ((y - ridge[:, None, :]) * (1 / (2.5 * canvas.unit))).astype(np.int32) % 3 == 1
            inks = np.where(terrace, flowers[:, None, None], inks)
        np.copyto(pixels, inks, where=(y > row[:, None, :]) & foot)


def _ground(canvas, dice, recipe, edges, wet):
    tiles, unit = _tiles(), canvas.unit
    if "context" not in recipe.only:
        canvas.shade(tiles["meadow"], dice, edges[0])
        return
    for band, (top, bottom) in enumerate(zip(edges, edges[1:], strict=False)):
        water, road = np.flatnonzero(wet[:, band]), np.flatnonzero(~wet[:, band])
        canvas.shade(tiles["water"], dice, top, bottom, water)
        canvas.shade(tiles["road"], dice, top, bottom, road)
        # A light edge where the band begins, and a broken line along the middle of a road.
        index, *_ = canvas.box(0, top, max(1, int((1 + band) * unit)), canvas.width)
        canvas.paint(index, _ink("D9CDB4"), np.uint32(153), keep=True)
        thick, dash = (1.2 + 1.3 * band) * unit, (13 + 9 * band) * unit
        middle = (top + (bottom - top) * (0.5 + 0.02 * band)).astype(np.float32)
        index, x, y = canvas.box(0, (middle - 3 * unit)[road], int(7 * unit), canvas.width, road)
        turns = (x + dice(0, 60)[road, None, None]) / dash
        turns = (turns - np.floor(turns)) * dash
        across = thick / 2 - np.abs(y - middle[road, None, None])
        canvas.paint(index, _ink("DAD6C8"), _cover(np.minimum(across, dash * 0.55 - turns), 0.8), keep=True)


def _length(x, y):
    return np.sqrt(x * x + y * y)  # not hypot, whose last bit differs between machines


def _rounded(x, y, across, up, corner):
    """How deep a point lies inside a rounded box of these half sides."""
    x, y = np.abs(x) - (across - corner), np.abs(y) - (up - corner)
    outside = _length(np.maximum(x, 0), np.maximum(y, 0))
    return corner - outside - np.minimum(np.maximum(x, y), 0)


def _vehicles(canvas, dice, alike, edges, wet):
    """A craft in either band: a boat on water, a car on a road, of one shape and, if alike, of the same colours."""
    unit = canvas.unit
    bodies = _ink(_BODIES)
    for band, (low, high) in enumerate(((18, 23), (28, 37))):
        top, bottom = (one.astype(np.float32) for one in edges[band : band + 2])
        long, across, down = dice(low, high) * unit, dice(0, 1), dice(0, 1)
        paint, there = dice.pick(2 if not alike else 4), dice(0, 1) < 0.85
        afloat = wet[:, band]
        if not alike:
            paint = paint + 2 * afloat  # boats take the last two colours, cars the first two
        half = long / 2
        cx = half + across * (canvas.width - long)
        # The middle, so that all of it and of the shade around it lies in the band.
        room = np.maximum(bottom - top - 0.52 * long - 10 * unit, 0)
        cy = top + 5 * unit + 0.32 * long + down * room
        here = np.flatnonzero(there)
        wide, tall = int((high + 12) * unit) + 1, int((high * 0.53 + 12) * unit) + 1
        index, x, y = canvas.box(cx[here] - wide / 2, cy[here] - 0.55 * tall, tall, wide, here)
        half, x, y = half[here, None, None], x - cx[here, None, None], y - cy[here, None, None]
        body = _rounded(x * (1 + np.maximum(y, 0) / half * 0.3), y - half * 0.12, half, half * 0.28, half * 0.24)
        cabin = _rounded(x + half * 0.1, y + half * 0.3, half * 0.48, half * 0.34, half * 0.2)
        panes = _rounded(np.abs(x + half * 0.1) - half * 0.22, y + half * 0.33, half * 0.15, half * 0.15, half * 0.05)
        whole = np.maximum(body, cabin)
        # A soft shade all around hides what lies next to it from a near look.
        canvas.paint(index, _ink("75808B"), _cover(whole / (2.6 * unit) + 1.65), keep=True)
        kind = np.where(afloat[here], _kind("boat"), _kind("car"))[:, None, None]
        ink = _mix(_ink("E9E1D0"), bodies[paint[here], None, None], _cover(body), keep=True)
        ink = _mix(ink, _ink("EEE9DC"), _cover(half * 0.05 - np.abs(y - half * 0.12)), keep=True)
        ink = _mix(ink, _ink("5B7890"), _cover(panes), keep=True)
        canvas.paint(index, ink | kind, _cover(whole))


def _balloons(canvas, dice, vary):
    """Two balloons, the larger in front. Their panels grow with them, so that near by all look like something else."""
    side = min(canvas.height, canvas.width)
    sizes = 0.1 + 0.85 * np.square(dice(0, 1, 2)) if vary else dice(0, 0, 2) + np.float32(0.35)
    across, down, there = dice(0, 1, 2), dice(0, 1, 2), dice(0, 1) < 0.5
    first, second = dice.pick(6, 2), dice.pick(5, 2)
    second = second + (second >= first)  # another colour than the first
    order = np.argsort(sizes, axis=1, kind="stable")
    rows, limits = np.arange(len(sizes)), (0, 0.17, 0.28, 0.42, 0.58, 0.76, 1)
    for turn in (0, 1):
        pick = order[:, turn]
        size = sizes[rows, pick]
        # Those of about one size together: they share the size of their box.
        for smallest, largest in zip(limits, limits[1:], strict=False):
            here = np.flatnonzero((size > smallest) & (size <= largest) & (there | (pick == 0)))
            if not len(here):
                continue
            which, tall = pick[here], size[here] * side
            r = tall / 2.5
            cx = across[here, which] * (canvas.width - 2 * r) + r
            # Small ones are far, and high.
            cy = down[here, which] * (canvas.height - tall) * np.minimum(0.4 + size[here], 1) + r
            inks = [_ink(_BRIGHT)[part[here, which], None, None] for part in (first, second)]
            _balloon(canvas, here, cx[:, None, None], cy[:, None, None], r[:, None, None], int(largest * side), inks)


def _balloon(canvas, here, cx, cy, r, box, inks):
    # Basket and ropes first, so that the envelope is in front of them.
    left, top = (cx - r * 0.2).ravel() - 1, (cy + r).ravel()
    index, x, y = canvas.box(left, top, int(0.2 * box) + 3, int(0.16 * box) + 3, here)
    x, y = x - cx, y - cy
    ropes = np.minimum(0.45 - np.abs(np.abs(x) - r * 0.12), np.minimum(y - r, r * 1.4 - y))
    gear = np.maximum(_rounded(x, y - r * 1.36, r * 0.15, r * 0.12, r * 0.03), ropes)
    canvas.paint(index, _ink("6B4A35", "balloon"), _cover(gear))
    # A circle above; beneath, its two tangents to a point 1.6 radii below the middle (normal 0.78, 0.625), cut off.
    left, top = (cx - r).ravel() - 1, (cy - r).ravel() - 1
    index, x, y = canvas.box(left, top, int(0.88 * box) + 3, int(0.8 * box) + 3, here)
    x, y = x - cx, y - cy
    away = np.abs(x)
    slope = y * 0.625
    cone = y * 0.78 > away * 0.625
    edge = r - np.where(cone, away * 0.78 + slope, _length(x, y))
    # Panels: half the width here, by Pythagoras above and by the tangents beneath.
    half = np.where(y > r * 0.625, (r * 1.6 - y) * 0.8, np.sqrt(np.maximum(r * r - y * y, 0.25)))
    panel = (np.float32(0.2) - np.abs(away / np.maximum(half, 0.5) - 0.44)) * r
    ink = _mix(*inks, _cover(panel), keep=True)
    ink = _mix(ink, _ink("2E3440"), _cover(x / (2 * r) - 0.5, 0.22), keep=True)  # the side away from the sun
    canvas.paint(index, ink | _kind("balloon"), _cover(np.minimum(edge, r * 1.18 - y)))


def _poles(canvas, dice, thin):
    """A row of poles and the wires they carry."""
    height, width = canvas.height, canvas.width
    thick = dice(1.1, 1.9) if thin else dice(7, 9)
    wire = dice(1.0, 1.3) if thin else dice(5, 6)
    apart, start = dice(0.42, 0.75) * width, dice(0.05, 0.35) * width
    top, foot, sag = dice(0.07, 0.24) * height, dice(0.62, 0.93) * height, dice(0.03, 0.09) * height
    colour = _ink("3A3A40 4A4038 54524E", "pole")[dice.pick(3)][:, None, None]
    reach = 1 if thin else 4
    x, row = _centre(np.arange(width))[None], np.arange(-reach, reach + 1)[None, :, None]
    turns = (x - start[:, None]) / apart[:, None]
    part = turns - np.floor(turns)
    hang = 4 * part * (1 - part) * sag[:, None]
    for lower in (0.02, 0.13):
        y = top[:, None] + lower * height + hang
        rows = np.clip(np.floor(y), reach, height - 1 - reach)[:, None, :].astype(np.int64) + row
        index = (np.arange(len(y))[:, None, None] * height + rows) * width + np.arange(width)
        canvas.paint(index, colour, _cover(wire[:, None, None] / 2 - np.abs(_centre(rows) - y[:, None, :])))
    for pole in range(3):
        middle = start + pole * apart
        box = 5 if thin else 13
        index, x, y = canvas.box(middle - box // 2, top - 1, int(0.88 * height), box)
        x, y = x - middle[:, None, None], y - top[:, None, None]
        post = np.minimum(thick[:, None, None] / 2 - np.abs(x), np.minimum(y, (foot - top)[:, None, None] - y))
        canvas.paint(index, colour, _cover(post))


def _birds(canvas, dice, small):
    """Birds anywhere, each in its own part of the width: a body, a head, a tail, a beak."""
    part, box = (16, 9) if small else (40, 34)
    flock = max(1, canvas.width // part)
    scenes = np.repeat(np.arange(len(canvas.pixels)), flock)

    def each(low, high):
        return dice(low, high, flock).reshape(-1, 1, 1)

    room = canvas.width / flock - box - 1
    cx = (np.arange(len(scenes)) % flock + 0.5).astype(np.float32) * np.float32(canvas.width / flock)
    cx, cy = cx[:, None, None] + each(-0.5, 0.5) * room, each(0.06, 0.9) * canvas.height
    a = each(3, 5.2) / 2 if small else each(20, 26) / 2
    look, ink = dice.pick(2, flock).reshape(-1, 1, 1) * 2 - 1, dice.pick(3, flock).reshape(-1, 1, 1)
    index, x, y = canvas.box(cx.ravel() - box / 2, cy.ravel() - box / 2, box, box, scenes)
    x, y = (x - cx) * look.astype(np.float32), y - cy
    # An ellipse's depth, near its edge: (1 - t) times a half axis, where t is 1 on the edge.
    body = (1 - _length(x / (a * 0.85), y / (a * 0.55))) * (a * 0.6)
    head = a * 0.36 - _length(x - a * 0.6, y + a * 0.42)
    tail = np.minimum(a * 0.18 - np.abs(y + a * 0.1 + (x + a * 0.7) * 0.35), np.minimum(x + a * 1.1, -x))
    beak = np.minimum(a * 0.13 - np.abs(y + a * 0.38), np.minimum(x - a * 0.8, a * 1.2 - x))
    wing = (1 - _length((x + a * 0.15) / (a * 0.5), (y - a * 0.02) / (a * 0.28))) * (a * 0.3)
    shape = np.maximum(np.maximum(body, head), tail)
    colour = _mix(_ink("EEEAE2 C65848 35404C")[ink], _ink("8A8F98"), _cover(wing, 0.7), keep=True)
    colour = _mix(colour, _ink("E0A040"), _cover(np.minimum(beak, -shape)), keep=True)
    canvas.paint(index, colour | _kind("bird"), _cover(np.maximum(shape, beak)))


# Under the microscope

_STAINS = {
    "ground": _ink("E6DBE4 222B38 AEB4BA"),
    "cell": _ink("CFA9CE 3E8C88 C6CACC", "cell"),
    "skin": _ink("A679B2 6FC0A8 8A9299", "cell"),
    "nucleus": _ink("7C559A A8DCC0 7E8A96", "cell"),
}


def _cells(dice, recipe):
    """Cells on a jittered grid: pixels [B, H, W], and the cells' numbers [B, H, W], uint8, 0 for none."""
    height, width = recipe.size
    dice, grain = dice["cells"], dice["grain"]
    batch = len(dice.keys)
    canvas = _Canvas(batch, height, width)
    step = np.sqrt(np.float32(height * width)) / np.float32(5.2)  # between cells: about 25 in a picture
    down, along = int(height / step) + 2, int(width / step) + 2
    count = down * along
    row, column = np.divmod(np.arange(count), along)
    cy, cx = row + dice(-0.22, 0.22, count), column + dice(-0.22, 0.22, count)
    radius, nucleus, longer = dice(0.42, 0.64, count), dice(0.35, 0.48, count), dice(0.86, 1.16)[:, None, None]
    reach = np.where(dice(0, 1, count) < 0.75, radius * radius, np.float32(-1e6))  # some places stay empty
    cells = [one.astype(np.float32).reshape(batch, down, along) for one in (cy, cx, reach)]
    y, x = _centre(np.arange(height))[:, None] / step, _centre(np.arange(width)) / step
    best = np.full((batch, height, width), 1e6, np.float32)
    second, owner = best.copy(), np.zeros(best.shape, np.uint8)
    above, before = np.floor(y[:, 0]).astype(int), np.floor(x).astype(int)
    for odd_row, odd_column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        # No cell reaches further than one step: four can cover a pixel, one of either parity along rows and columns.
        row, column = above + (above + odd_row) % 2, before + (before + odd_column) % 2
        # The power of a point: its squared distance less the squared radius. Cells that part where their powers are
        # equal are convex, so that none comes in two.
        far, dx, square = (one.take(column, axis=2).take(row, axis=1) for one in cells)
        far -= y
        far *= longer
        far *= far
        dx -= x
        dx /= longer
        dx *= dx
        far += dx
        far -= square
        np.minimum(second, np.maximum(best, far, out=dx), out=second)
        np.copyto(owner, (row[:, None] * along + column + 1).astype(np.uint8), where=far < best)
        np.minimum(best, far, out=best)
    depth = best * (-step / np.float32(1.06))  # pixels to the cell's own edge, as for a middling radius
    second -= best
    second *= step / 2  # pixels to the line where two cells part, as for two a step apart
    if "touching" in recipe.off:
        depth = np.minimum(depth, second - np.clip(step / 6, 1, 1.9))
    stain = dice.pick(3)
    ink = {name: inks[stain][:, None, None] for name, inks in _STAINS.items()}
    alpha = _cover(depth)
    inside = np.minimum(depth, second)
    skin = _cover(inside * -0.7 + 1)
    core = np.square(radius) * (np.square(nucleus) - 1)
    core = core.take(owner + np.arange(batch)[:, None, None] * count - 1, mode="wrap")
    pixels = _mix(ink["cell"], ink["skin"], skin)
    pixels = _mix(pixels, ink["nucleus"], _cover(np.minimum((core - best) * step, inside - 2), 0.85))
    canvas.pixels[:] = _mix(ink["ground"], pixels, alpha)
    canvas.shade(_tiles()["cells"], grain)
    canvas.shade(_tiles()["grain"], grain)
    owner[alpha < 128] = 0
    seen = np.zeros((batch, count + 1), bool)
    seen[np.arange(batch)[:, None, None], owner] = True
    seen[:, 0] = False
    numbers = np.cumsum(seen, axis=1).astype(np.uint8) * seen
    return canvas.pixels, np.take_along_axis(numbers, owner.reshape(batch, -1), 1).reshape(owner.shape)


# Whole scenes


def _draw(recipe, numbers):
    """Draw scenes by number: images [B, H, W, 3], masks [B, H, W], cells [B, H, W], all uint8."""
    keys = _hash(np.array([recipe.seed], np.uint64) + _STEP)
    keys = _hash(keys ^ np.uint64([*_COUNTS].index(recipe.split) + 1))
    keys = _hash(keys + (numbers.astype(np.uint64) + np.uint64(1)) * _STEP)
    batch, (height, width) = len(keys), recipe.size
    images = np.empty((batch, height, width, 3), np.uint8)
    masks, cells = np.empty((batch, height, width), np.uint8), np.zeros((batch, height, width), np.uint8)
    share = recipe.only.count("touching") / len(recipe.only)
    microscope = _streams(keys)["kind"](0, 1) < share
    table = _table(recipe)
    # Cells go through the whole picture many times: fewer at once.
    for paint, wanted, area in ((_outdoors, ~microscope, _AREA), (_cells, microscope, _AREA // 5)):
        wanted, step = np.flatnonzero(wanted), max(1, area // (height * width))
        for scenes in (wanted[first : first + step] for first in range(0, len(wanted), step)):
            pixels, cells[scenes] = paint(_streams(keys[scenes]), recipe)
            parts = pixels.astype("<u4", copy=False).view(np.uint8).reshape(len(scenes), height, width, 4)
            for channel in range(3):
                images[scenes, ..., channel] = parts[..., channel]
            masks[scenes] = table.take(parts[..., 3])
    return images, masks, cells


def _recipe(split, size, seed, only, knobs):
    if split not in _COUNTS:
        raise ValueError(f"scenes has no split {split!r}.{did_you_mean(str(split), _COUNTS)} It has train, val, test.")
    sides = (size, size) if isinstance(size, int | np.integer) else tuple(size) if isinstance(size, Sequence) else ()
    low, high = _SIDES
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
    return _Recipe(split, (int(sides[0]), int(sides[1])), int(seed), kept, off, only is not None)


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
    return np.array([names.index(name) if name in names else 0 for name in _INDEX], np.uint8)


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
    start, end = _whole("start", start, 0), _whole("n", n, 1) + start
    step = _in_chunk(recipe)
    chunks = [_draw(recipe, np.arange(first, min(first + step, end))) for first in range(start, end, step)]
    found = tuple(np.concatenate(part) for part in zip(*chunks, strict=True))
    return found if instances else found[:2]


def _in_chunk(recipe):
    return max(1, _AREA // (recipe.size[0] * recipe.size[1]))


@lru_cache(maxsize=64)  # at 2.9 MB each, 190 MB at most: 4,096 scenes of 96x96
def _chunk(recipe, number):
    step = _in_chunk(recipe)
    return _draw(recipe, np.arange(number * step, (number + 1) * step))


class Scenes:
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

    def __repr__(self) -> str:
        return f"{self.name} ({self.split}): {len(self)} pictures, classes {', '.join(self.class_names)}"

    def __getitem__(self, index: int):
        """Return (image uint8 tensor [3, H, W], mask uint8 tensor [H, W])."""
        import torch

        image, mask = self.arrays(index)
        pair = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))), torch.from_numpy(mask)
        return self.transform(*pair) if self.transform else pair

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
            images, masks, cells = _draw(self._recipe, np.arange(first, min(first + step, self._count)))
            yield images, cells.astype(np.int32) if self._instances else masks
