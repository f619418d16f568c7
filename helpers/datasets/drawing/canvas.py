"""What the scenes are painted with: pixels that are one number each, dice that are hashes, textures made of both."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.datasets import classes

SIDES = (32, 512)  # least and most pixels a side


class Recipe(NamedTuple):
    """What a scene depends on beside its number; the key of the cache."""

    split: str
    size: tuple[int, int]
    seed: int
    only: tuple[str, ...]  # all five where nothing was said
    off: tuple[str, ...]
    plain: bool  # were some asked for by name


# A pixel

_REDBLUE, _GREEN, CLASS = (np.uint32(mask) for mask in (0x00FF00FF, 0x0000FF00, 0xFF000000))
BYTE = np.uint32(8)
ONE = np.uint32(0x010101)  # a step brighter
INDEX = {one.name: index for index, one in enumerate(classes.SCENES)}


@lru_cache
def pigment(colours, kind="background"):
    """Pixels of these colours ("RRGGBB RRGGBB ...") and this class: array [C], uint32."""
    bytes_ = [[*bytes.fromhex(one), INDEX[kind]] for one in colours.split()]
    return (np.array(bytes_, np.uint32) << np.array([0, 8, 16, 24], np.uint32)).sum(1, dtype=np.uint32)


def kind_of(name):
    return np.uint32(INDEX[name] << 24)


def mix(under, over, alpha, keep=False):
    """Lay pixels over others; alpha uint32, 0 to 256. The class is that of the greater part, or kept.

    Red and blue go at once: neither product leaves its half of the number, and what wraps in between wraps back.
    """
    red_blue, green, kind = under & _REDBLUE, under & _GREEN, under & CLASS
    mixed = ((over & _REDBLUE) - red_blue) * alpha
    mixed += red_blue << BYTE
    mixed >>= BYTE
    mixed &= _REDBLUE
    part = ((over & _GREEN) - green) * alpha
    part += green << BYTE
    part >>= BYTE
    part &= _GREEN
    mixed |= part
    if not keep:
        kind = kind + ((over & CLASS) - kind) * ((alpha + np.uint32(128)) >> BYTE)  # times 1 from alpha 128 on, or 0
    mixed |= kind
    return mixed


def cover(depth, share=1.0):
    """How much of a pixel is covered, from how deep its centre lies inside an edge (in pixels): uint32, 0 to 256."""
    depth = depth + np.float32(0.5)
    np.clip(depth, 0, 1, out=depth)
    depth *= np.float32(256 * share)
    return depth.astype(np.int32).view(np.uint32)


class Canvas:
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
        columns = begin(left, self.width - width, scenes) + np.arange(width)
        rows = begin(top, self.height - height, scenes) + np.arange(height)
        index = ((scenes[:, None] * self.height + rows) * self.width)[:, :, None] + columns[:, None, :]
        return index, centre(columns)[:, None, :], centre(rows)[:, :, None]

    def paint(self, index, colour, alpha, keep=False):
        self.flat[index] = mix(self.flat.take(index), colour, alpha, keep)

    def shade(self, tile, dice, top=None, bottom=None, scenes=None):
        """Add a texture between two rows of each scene, from a place in the tile that dice choose."""
        corners = dice.pick(TILE, 2)
        top = np.zeros(len(self.pixels), int) if top is None else top
        bottom = np.full(len(self.pixels), self.height) if bottom is None else bottom
        for scene in range(len(self.pixels)) if scenes is None else scenes:
            y, x = corners[scene]
            rows = slice(top[scene], bottom[scene])
            self.pixels[scene, rows] += tile[y : y + bottom[scene] - top[scene], x : x + self.width]


def begin(place, last, scenes):
    return np.broadcast_to(np.clip(np.floor(place), 0, last), len(scenes)).astype(np.int64)[:, None]


def centre(cells):
    return cells.astype(np.float32) + np.float32(0.5)


# Chance


def scramble(state):
    """SplitMix64's finisher (Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


STEP = np.uint64(0x9E3779B97F4A7C15)


class Dice:
    """A stream of numbers for each scene, keys [B], uint64; each call throws all of them once (or ``count`` times)."""

    def __init__(self, keys):
        self.keys, self.thrown = keys, 0

    def _throw(self, count):
        numbers = np.arange(self.thrown + 1, self.thrown + count + 1, dtype=np.uint64)
        self.thrown += count
        return scramble(self.keys[:, None] + numbers * STEP)

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


def streams(keys):
    """Dice for each part of a scene, so that no part moves another. (Keep the order: it is part of the pictures.)"""
    numbers = {part: scramble(np.array([number], np.uint64)) for number, part in enumerate(_PARTS, 1)}
    return {part: Dice(scramble(keys ^ number)) for part, number in numbers.items()}


# Textures: brightness to add, [TILE + 512, TILE + 512], repeating after TILE.

TILE = 256


@lru_cache
def textures():
    dice = Dice(np.array([2015], np.uint64))  # the year of U-Net

    def smooth(down, along):
        """Blurred noise, 0 to 1: random numbers on a grid of these steps, straight lines between."""
        grid = dice(0, 1, TILE // down * (TILE // along)).reshape(TILE // down, TILE // along)
        for axis, step in ((0, down), (1, along)):
            part = (np.arange(TILE) % step).astype(np.float32) / np.float32(step)
            part = part[:, None] if axis == 0 else part
            here = np.repeat(grid, step, axis)
            grid = here + (np.repeat(np.roll(grid, -1, axis), step, axis) - here) * part
        return grid

    def tile(noise):
        steps = np.floor(np.tile(noise, (3, 3))[: TILE + SIDES[1], : TILE + SIDES[1]]).astype(np.int64)
        return (steps * int(ONE)).astype(np.uint32)  # wraps: a negative step takes from each byte

    white = dice(-1, 1, TILE * TILE).reshape(TILE, TILE)
    crest = np.clip((smooth(2, 8) + smooth(4, 16) - 1.12) * 4, 0, 1)
    return {
        "grain": tile(white * 3 + 0.5),
        "water": tile(crest * 13 + smooth(8, 32) * 8 - 7),
        "road": tile(white * 4 + smooth(8, 16) * 6 - 3),
        "meadow": tile(smooth(2, 2) * 8 + smooth(8, 16) * 6 - 7),
        "cells": tile(smooth(4, 4) * 9 + smooth(16, 16) * 8 - 8),
    }
