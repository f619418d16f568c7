"""Figures that more than one chapter draws: a labelled heat map, a mean line with its spread, bars with their
numbers, dumbbells.

Every function draws into the axes it is given and returns nothing: titles, sizes and captions stay in the notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes


def heatmap(
    ax: Axes,
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    numbers: str | None = ".2f",
    cmap: str = "cividis",
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw a matrix as coloured cells with its numbers written in them.

    Parameters
    ----------
    ax : matplotlib Axes
    matrix : array [R, C]
    rows, columns : sequences of R and C labels
    numbers : format of the numbers, or None for no numbers
    cmap : a matplotlib colour map; the default stays readable in grey and for colour-blind eyes
    limits : (low, high) of the colour scale; the matrix's own by default

    Raises
    ------
    ValueError
        If the labels do not fit the matrix.
    """
    matrix = np.asarray(matrix)
    if matrix.shape != (len(rows), len(columns)):
        labels = f"{len(rows)} row and {len(columns)} column labels"
        raise ValueError(f"the matrix is {matrix.shape}, but there are {labels}")
    low, high = limits or (float(matrix.min()), float(matrix.max()))
    image = ax.imshow(matrix, cmap=cmap, vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(len(columns)), columns, rotation=45 if max(map(len, columns)) > 3 else 0, ha="center")
    if max(map(len, columns)) > 3:
        for label in ax.get_xticklabels():
            label.set_ha("right")
            label.set_rotation_mode("anchor")
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    # A thin white grid keeps neighbouring cells apart.
    ax.set_xticks(np.arange(0.5, len(columns) - 1), minor=True)
    ax.set_yticks(np.arange(0.5, len(rows) - 1), minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    if numbers is None:
        return
    for (row, column), value in np.ndenumerate(matrix):
        red, green, blue, _ = image.cmap(image.norm(value))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        written = format(value, numbers)
        written = written.removeprefix("-") if float(written) == 0 else written  # no minus zero
        ax.text(column, row, written, ha="center", va="center", color="white" if dark else "black")


def band(
    ax: Axes,
    x: np.ndarray,
    runs: np.ndarray,
    label: str,
    color: str,
    *,
    at: int = -1,
    offset: tuple[float, float] = (8, 6),
) -> None:
    """Draw the mean of several runs as a line, their range as a band, and the label beside a point of the line.

    Parameters
    ----------
    x : array [P]
    runs : array [S, P], a row a seed
    label : written beside the line, in its colour, instead of a legend
    at : index of the point that the label stands beside
    offset : how far from it, in points
    """
    runs = np.asarray(runs)
    middle = runs.mean(axis=0)
    ax.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=color, alpha=0.2, linewidth=0)
    ax.plot(x, middle, color=color, marker="o", markersize=5)
    ax.annotate(label, (x[at], middle[at]), offset, textcoords="offset points", color=color, fontweight="bold")


def bars(ax: Axes, labels: Sequence[str], runs: np.ndarray, colors: Sequence[str], *, numbers: str = ".2f") -> None:
    """Draw horizontal bars from the top down: the mean over seeds, its number, and every seed as a dot.

    Parameters
    ----------
    labels : B names
    runs : array [B, S], a row a bar, a column a seed
    colors : B colours
    numbers : format of the number beside each bar
    """
    runs = np.asarray(runs, dtype=float)
    place = np.arange(len(labels))
    ax.barh(place, runs.mean(axis=1), color=colors, height=0.62)
    for row, values in enumerate(runs):
        if len(values) > 1:
            ax.plot(values, np.full(len(values), row), "o", color="black", markersize=3.5, alpha=0.6)
        mean = format(values.mean(), numbers)
        ax.annotate(mean, (values.max(), row), (8, 0), textcoords="offset points", va="center")
    ax.set_yticks(place, labels)
    if not ax.yaxis_inverted():  # axes that share y are turned round together
        ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)


def dumbbells(ax: Axes, labels: Sequence[str], ends: Mapping[str, np.ndarray], colors: Sequence[str]) -> None:
    """Draw from the top down how far two measures of the same thing are apart: each seed a dot, the means joined.

    Parameters
    ----------
    labels : B names
    ends : name of a measure -> array [B, S], a column a seed; written above the first row in its colour
    colors : a colour a measure
    """
    means = np.stack([np.asarray(runs).mean(axis=1) for runs in ends.values()])
    for row in range(len(labels)):
        ax.plot(means[:, row], [row] * len(means), color="#B4B4B4", linewidth=5, zorder=0)
    for (name, runs), middle, color in zip(ends.items(), means, colors, strict=True):
        for row, values in enumerate(runs):
            ax.plot(values, [row] * len(values), "o", color=color, alpha=0.5, markersize=5)
            ax.plot(middle[row], row, "D", color=color, markersize=9)
        above = {"xytext": (0, 12), "textcoords": "offset points", "ha": "center", "fontweight": "bold"}
        ax.annotate(name, (middle[0], 0), color=color, **above)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.8)
    ax.tick_params(axis="y", length=0)
