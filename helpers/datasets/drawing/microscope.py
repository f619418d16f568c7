"""Scenes under the microscope: cells that touch, or do not."""

from __future__ import annotations

import numpy as np

from helpers.datasets.drawing.canvas import Canvas, centre, cover, mix, pigment, textures

_STAINS = {
    "ground": pigment("E6DBE4 222B38 AEB4BA"),
    "cell": pigment("CFA9CE 3E8C88 C6CACC", "cell"),
    "skin": pigment("A679B2 6FC0A8 8A9299", "cell"),
    "nucleus": pigment("7C559A A8DCC0 7E8A96", "cell"),
}


def under_microscope(dice, recipe):
    """Cells on a jittered grid: pixels [B, H, W], and the cells' numbers [B, H, W], uint8, 0 for none."""
    height, width = recipe.size
    dice, grain = dice["cells"], dice["grain"]
    batch = len(dice.keys)
    canvas = Canvas(batch, height, width)
    step = np.sqrt(np.float32(height * width)) / np.float32(5.2)  # between cells: about 25 in a picture
    down, along = int(height / step) + 2, int(width / step) + 2
    count = down * along
    row, column = np.divmod(np.arange(count), along)
    cy, cx = row + dice(-0.22, 0.22, count), column + dice(-0.22, 0.22, count)
    radius, nucleus, longer = dice(0.42, 0.64, count), dice(0.35, 0.48, count), dice(0.86, 1.16)[:, None, None]
    reach = np.where(dice(0, 1, count) < 0.75, radius * radius, np.float32(-1e6))  # some places stay empty
    cells = [one.astype(np.float32).reshape(batch, down, along) for one in (cy, cx, reach)]
    y, x = centre(np.arange(height))[:, None] / step, centre(np.arange(width)) / step
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
    alpha = cover(depth)
    inside = np.minimum(depth, second)
    skin = cover(inside * -0.7 + 1)
    core = np.square(radius) * (np.square(nucleus) - 1)
    core = core.take(owner + np.arange(batch)[:, None, None] * count - 1, mode="wrap")
    pixels = mix(ink["cell"], ink["skin"], skin)
    pixels = mix(pixels, ink["nucleus"], cover(np.minimum((core - best) * step, inside - 2), 0.85))
    canvas.pixels[:] = mix(ink["ground"], pixels, alpha)
    canvas.shade(textures()["cells"], grain)
    canvas.shade(textures()["grain"], grain)
    owner[alpha < 128] = 0
    seen = np.zeros((batch, count + 1), bool)
    seen[np.arange(batch)[:, None, None], owner] = True
    seen[:, 0] = False
    numbers = np.cumsum(seen, axis=1).astype(np.uint8) * seen
    return canvas.pixels, np.take_along_axis(numbers, owner.reshape(batch, -1), 1).reshape(owner.shape)
