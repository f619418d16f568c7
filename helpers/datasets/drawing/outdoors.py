"""Scenes out of doors: sky, hills, bands of water and road, boats and cars, balloons, poles and wires, birds."""

from __future__ import annotations

import numpy as np

from helpers.datasets.drawing.canvas import CLASS, Canvas, centre, cover, kind_of, mix, pigment, textures

_LIGHTS = {  # five times of the day, a column each
    "high": pigment("74AEDB 93B3DE 6F80B8 84C4C8 9AAAB9", "sky"),
    "low": pigment("DCE9E4 EED9C6 EABB9C E6EAD6 DDE0DD", "sky"),
    "sun": pigment("EEE3B4 EEDDB0 EEC888 EEE6B8 E8E6DA"),
    "cloud": pigment("ECEEEC EEE6E0 E2BFB8 EBEEE6 E6E8E8"),
    "far hill": pigment("A3BCBD B0AFC4 837FA2 9CC0B8 A3ADB2", "hill"),
    "near hill": pigment("84A882 8CA58C 64806F 7DAA86 7F937F", "hill"),
    "water": pigment("5C9EB8 78A6BA 6A84A8 58A5A6 7492A2", "water"),
    "haze": pigment("9CC6D2 B9C9CC B29DA8 9FCFC8 A9BAC2", "water"),
    "road": pigment("85838A 8E8688 726C7C 84878A 7C7E84", "road"),
    "dust": pigment("A5A3A6 B0A5A2 96868E A6A9A8 9C9EA2", "road"),
    "meadow": pigment("93B577 A4B67E 88996A 90B781 8C9E76"),
    "mown": pigment("86A96C 98AB74 7B8D60 83AB76 80936C"),
}
_BRIGHT = "D4705F DDB254 4F9C99 8C628F E6DAC0 5C82B8"  # balloons, and flowers on the hills
_BODIES = "C95B50 DFA64A 4D8C9B 7B6A9F"


def wave(turns):
    """A sine by parabolas, -1 to 1, which is the same on every machine."""
    part = 2 * (turns - np.floor(turns)) - 1
    return -4 * part * (1 - np.abs(part))


def outdoors(dice, recipe):
    height, width = recipe.size
    canvas = Canvas(len(dice["land"].keys), height, width)
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
    canvas.shade(textures()["grain"], dice["grain"])
    return canvas.pixels, 0  # no cells


def _land(canvas, dice, recipe, colour, horizon, shore, wet):
    """Sky and ground, a colour a row."""
    y = centre(np.arange(canvas.height))[None]
    down = cover(y / horizon - 0.5)  # 0 to 256 from the top to the horizon
    rows = mix(colour["high"], colour["low"], down)
    deep = (y - horizon) / (canvas.height - horizon)
    if "context" in recipe.only:
        for column, begin in ((0, horizon), (1, shore)):
            water = mix(colour["haze"], colour["water"], cover(deep * 1.3 - 0.3))
            road = mix(colour["dust"], colour["road"], cover(deep * 1.3 - 0.3))
            rows = np.where(y >= begin, np.where(wet[:, column, None], water, road), rows)
    else:
        # Rows of a field, wider near the viewer; flowers where there are balloons to be told from them.
        row = np.floor(9 * np.sqrt(np.clip(deep, 0, 1))).astype(int)
        field = np.where(dice.pick(2, 10) == 1, colour["meadow"], colour["mown"])
        if "scale" in recipe.only:
            flowers = pigment(_BRIGHT)[dice.pick(6, 10)]
            field = np.where(np.arange(10) % 2 == 1, flowers, field)
        rows = np.where(y >= horizon, np.take_along_axis(field, row, 1), rows)
    canvas.pixels[:] = rows[:, :, None]


def _sky(canvas, dice, colour, horizon):
    unit = canvas.unit
    radius, wide = dice(4, 7)[:, None, None] * unit, int(32 * unit)
    cx, cy = dice(0.1, 0.9)[:, None, None] * canvas.width, dice(0.2, 0.75)[:, None, None] * horizon[:, :, None]
    index, x, y = canvas.box(cx.ravel() - wide / 2, cy.ravel() - wide / 2, wide, wide)
    away = length(x - cx, y - cy)
    glow = cover(0.5 - away / (16 * unit), 0.45)
    canvas.paint(index, colour["sun"][:, None], np.maximum(glow, cover(radius - away)), keep=True)
    for _ in range(2):
        cx, cy = dice(0, 1) * canvas.width, dice(0.15, 0.85) * horizon[:, 0]
        high, wide = int(14 * unit), int(42 * unit)
        index, x, y = canvas.box(cx - wide / 2, cy - high + 3 * unit, high, wide)
        cloud = 2 * (cy[:, None, None] + 1.5 * unit - y)  # flat beneath
        puffs = []
        for place in (-9, 0, 9):
            px, r = cx + (place + dice(-2, 2)) * unit, dice(5, 8 if place else 10) * unit
            puffs.append(r[:, None, None] - length(x - px[:, None, None], 2 * (y - cy[:, None, None])))
        cloud = np.minimum(cloud, np.maximum.reduce(puffs))
        canvas.paint(index, colour["cloud"][:, None], cover(cloud / (2.5 * unit), 0.85), keep=True)


def _hills(canvas, dice, recipe, colour, horizon):
    first, last = int(0.12 * canvas.height), int(np.ceil(0.47 * canvas.height))
    pixels, scenes = canvas.pixels[:, first:last], np.arange(len(horizon))[:, None]
    x, y = centre(np.arange(canvas.width))[None], np.arange(first, last)[None, :, None].astype(np.float32)
    foot = y < horizon[:, :, None]
    for name, low, high, waves in (("far hill", 0.07, 0.17, 1.3), ("near hill", 0.02, 0.1, 0.8)):
        tall, phase, wide = (one * canvas.height for one in (dice(low, high), dice(0, 9), dice(0.9, 1.5) / waves))
        turns = (x * (canvas.height / canvas.width) + phase[:, None]) / wide[:, None]
        ridge = horizon - tall[:, None] * (0.75 + 0.45 * wave(turns) + 0.2 * wave(2.3 * turns))
        # The ridge crosses one pixel of each column; beneath it all are hill.
        row = np.floor(ridge)
        index = (scenes * canvas.height + row.astype(np.int64)) * canvas.width + np.arange(canvas.width)
        canvas.paint(index, colour[name], cover(row - ridge + 0.5) * (row < horizon))
        inks = colour[name][:, None]
        if name == "near hill" and "scale" in recipe.only:
            # Terraces of flowers, in the colours that the balloons have.
            flowers = (pigment(_BRIGHT)[dice.pick(6)] & ~CLASS) | (inks[:, 0, 0] & CLASS)
            terrace = ((y - ridge[:, None, :]) * (1 / (2.5 * canvas.unit))).astype(np.int32) % 3 == 1
            inks = np.where(terrace, flowers[:, None, None], inks)
        np.copyto(pixels, inks, where=(y > row[:, None, :]) & foot)


def _ground(canvas, dice, recipe, edges, wet):
    tiles, unit = textures(), canvas.unit
    if "context" not in recipe.only:
        canvas.shade(tiles["meadow"], dice, edges[0])
        return
    for band, (top, bottom) in enumerate(zip(edges, edges[1:], strict=False)):
        water, road = np.flatnonzero(wet[:, band]), np.flatnonzero(~wet[:, band])
        canvas.shade(tiles["water"], dice, top, bottom, water)
        canvas.shade(tiles["road"], dice, top, bottom, road)
        # A light edge where the band begins, and a broken line along the middle of a road.
        index, *_ = canvas.box(0, top, max(1, int((1 + band) * unit)), canvas.width)
        canvas.paint(index, pigment("D9CDB4"), np.uint32(153), keep=True)
        thick, dash = (1.2 + 1.3 * band) * unit, (13 + 9 * band) * unit
        middle = (top + (bottom - top) * (0.5 + 0.02 * band)).astype(np.float32)
        index, x, y = canvas.box(0, (middle - 3 * unit)[road], int(7 * unit), canvas.width, road)
        turns = (x + dice(0, 60)[road, None, None]) / dash
        turns = (turns - np.floor(turns)) * dash
        across = thick / 2 - np.abs(y - middle[road, None, None])
        canvas.paint(index, pigment("DAD6C8"), cover(np.minimum(across, dash * 0.55 - turns), 0.8), keep=True)


def length(x, y):
    return np.sqrt(x * x + y * y)  # not hypot, whose last bit differs between machines


def _rounded(x, y, across, up, corner):
    """How deep a point lies inside a rounded box of these half sides."""
    x, y = np.abs(x) - (across - corner), np.abs(y) - (up - corner)
    outside = length(np.maximum(x, 0), np.maximum(y, 0))
    return corner - outside - np.minimum(np.maximum(x, y), 0)


def _vehicles(canvas, dice, alike, edges, wet):
    """A craft in either band: a boat on water, a car on a road, of one shape and, if alike, of the same colours."""
    unit = canvas.unit
    bodies = pigment(_BODIES)
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
        canvas.paint(index, pigment("75808B"), cover(whole / (2.6 * unit) + 1.65), keep=True)
        kind = np.where(afloat[here], kind_of("boat"), kind_of("car"))[:, None, None]
        ink = mix(pigment("E9E1D0"), bodies[paint[here], None, None], cover(body), keep=True)
        ink = mix(ink, pigment("EEE9DC"), cover(half * 0.05 - np.abs(y - half * 0.12)), keep=True)
        ink = mix(ink, pigment("5B7890"), cover(panes), keep=True)
        canvas.paint(index, ink | kind, cover(whole))


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
            inks = [pigment(_BRIGHT)[part[here, which], None, None] for part in (first, second)]
            _balloon(canvas, here, cx[:, None, None], cy[:, None, None], r[:, None, None], int(largest * side), inks)


def _balloon(canvas, here, cx, cy, r, box, inks):
    # Basket and ropes first, so that the envelope is in front of them.
    left, top = (cx - r * 0.2).ravel() - 1, (cy + r).ravel()
    index, x, y = canvas.box(left, top, int(0.2 * box) + 3, int(0.16 * box) + 3, here)
    x, y = x - cx, y - cy
    ropes = np.minimum(0.45 - np.abs(np.abs(x) - r * 0.12), np.minimum(y - r, r * 1.4 - y))
    gear = np.maximum(_rounded(x, y - r * 1.36, r * 0.15, r * 0.12, r * 0.03), ropes)
    canvas.paint(index, pigment("6B4A35", "balloon"), cover(gear))
    # A circle above; beneath, its two tangents to a point 1.6 radii below the middle (normal 0.78, 0.625), cut off.
    left, top = (cx - r).ravel() - 1, (cy - r).ravel() - 1
    index, x, y = canvas.box(left, top, int(0.88 * box) + 3, int(0.8 * box) + 3, here)
    x, y = x - cx, y - cy
    away = np.abs(x)
    slope = y * 0.625
    cone = y * 0.78 > away * 0.625
    edge = r - np.where(cone, away * 0.78 + slope, length(x, y))
    # Panels: half the width here, by Pythagoras above and by the tangents beneath.
    half = np.where(y > r * 0.625, (r * 1.6 - y) * 0.8, np.sqrt(np.maximum(r * r - y * y, 0.25)))
    panel = (np.float32(0.2) - np.abs(away / np.maximum(half, 0.5) - 0.44)) * r
    ink = mix(*inks, cover(panel), keep=True)
    ink = mix(ink, pigment("2E3440"), cover(x / (2 * r) - 0.5, 0.22), keep=True)  # the side away from the sun
    canvas.paint(index, ink | kind_of("balloon"), cover(np.minimum(edge, r * 1.18 - y)))


def _poles(canvas, dice, thin):
    """A row of poles and the wires they carry."""
    height, width = canvas.height, canvas.width
    thick = dice(1.1, 1.9) if thin else dice(7, 9)
    wire = dice(1.0, 1.3) if thin else dice(5, 6)
    apart, start = dice(0.42, 0.75) * width, dice(0.05, 0.35) * width
    top, foot, sag = dice(0.07, 0.24) * height, dice(0.62, 0.93) * height, dice(0.03, 0.09) * height
    colour = pigment("3A3A40 4A4038 54524E", "pole")[dice.pick(3)][:, None, None]
    reach = 1 if thin else 4
    x, row = centre(np.arange(width))[None], np.arange(-reach, reach + 1)[None, :, None]
    turns = (x - start[:, None]) / apart[:, None]
    part = turns - np.floor(turns)
    hang = 4 * part * (1 - part) * sag[:, None]
    for lower in (0.02, 0.13):
        y = top[:, None] + lower * height + hang
        rows = np.clip(np.floor(y), reach, height - 1 - reach)[:, None, :].astype(np.int64) + row
        index = (np.arange(len(y))[:, None, None] * height + rows) * width + np.arange(width)
        canvas.paint(index, colour, cover(wire[:, None, None] / 2 - np.abs(centre(rows) - y[:, None, :])))
    for pole in range(3):
        middle = start + pole * apart
        box = 5 if thin else 13
        index, x, y = canvas.box(middle - box // 2, top - 1, int(0.88 * height), box)
        x, y = x - middle[:, None, None], y - top[:, None, None]
        post = np.minimum(thick[:, None, None] / 2 - np.abs(x), np.minimum(y, (foot - top)[:, None, None] - y))
        canvas.paint(index, colour, cover(post))


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
    body = (1 - length(x / (a * 0.85), y / (a * 0.55))) * (a * 0.6)
    head = a * 0.36 - length(x - a * 0.6, y + a * 0.42)
    tail = np.minimum(a * 0.18 - np.abs(y + a * 0.1 + (x + a * 0.7) * 0.35), np.minimum(x + a * 1.1, -x))
    beak = np.minimum(a * 0.13 - np.abs(y + a * 0.38), np.minimum(x - a * 0.8, a * 1.2 - x))
    wing = (1 - length((x + a * 0.15) / (a * 0.5), (y - a * 0.02) / (a * 0.28))) * (a * 0.3)
    shape = np.maximum(np.maximum(body, head), tail)
    colour = mix(pigment("EEEAE2 C65848 35404C")[ink], pigment("8A8F98"), cover(wing, 0.7), keep=True)
    colour = mix(colour, pigment("E0A040"), cover(np.minimum(beak, -shape)), keep=True)
    canvas.paint(index, colour | kind_of("bird"), cover(np.maximum(shape, beak)))
