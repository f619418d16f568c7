"""Figures of word vectors: a map of words in groups, and the arrows of an analogy.

Both show vectors of unit length in the plane in which they differ most (PCA), and move the words apart until no two
cover each other. Set titles first: labels are placed for the axes as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from helpers import course
from helpers.embeddings.search import row_of

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

_MARKERS = "osD^vP*X"
_STEPS = 300  # of moving labels apart; a limit in seconds would give another figure on another machine


def word_map(ax: Axes, wv: KeyedVectors, groups: Mapping[str, Sequence[str]], *, fontsize: float = 11) -> None:
    """Draw words as points of a plane, a colour and a marker a group, each with its name beside it.

    Parameters
    ----------
    ax : matplotlib Axes
    wv : gensim.models.KeyedVectors
    groups : name -> words
        At most eight groups, three words in all at least.
    fontsize : of the words

    Raises
    ------
    KeyError
        For an unknown word; the message names words that are spelt alike.
    ValueError
        For more than eight groups, or fewer than three words.
    """
    words = [word for members in groups.values() for word in members]
    if len(groups) > len(_MARKERS) or len(words) < 3:
        raise ValueError(f"{len(groups)} groups, {len(words)} words: expected at most 8 groups and at least 3 words.")
    places, shares = _plane(wv, words)
    texts, begin = [], 0
    for number, (name, members) in enumerate(groups.items()):
        own = places[begin : begin + len(members)]
        color = course.PALETTE[number % len(course.PALETTE)]
        ax.scatter(*own.T, color=color, marker=_MARKERS[number], s=38, label=name, zorder=3)
        texts += [
            ax.text(*place, word, color=color, fontsize=fontsize) for place, word in zip(own, members, strict=True)
        ]
        begin += len(members)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=len(groups), frameon=False, handletextpad=0.1)
    _finish(ax, texts, places, shares)


def parallelogram(
    ax: Axes,
    wv: KeyedVectors,
    pairs: Sequence[tuple[str, str]],
    *,
    fontsize: float = 11,
    color: str = course.PALETTE[0],
) -> None:
    """Draw an arrow from the first word of each pair to the second: parallel where a relation is a direction.

    Parameters
    ----------
    ax : matplotlib Axes
    wv : gensim.models.KeyedVectors
    pairs : sequence of (str, str)
        Two at least.
    fontsize : of the words
    color : of the arrows

    Raises
    ------
    KeyError
        As :func:`word_map`.
    ValueError
        For fewer than two pairs.
    """
    if len(pairs) < 2:
        raise ValueError(f"{len(pairs)} pairs: expected at least two arrows to compare.")
    words = list(dict.fromkeys(word for pair in pairs for word in pair))
    places, shares = _plane(wv, words)
    at = dict(zip(words, places, strict=True))
    heading, ends, lines = {}, [second for _, second in pairs], []
    for first, second in pairs:
        arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.6, "shrinkA": 4, "shrinkB": 4}
        ax.annotate("", at[second], at[first], arrowprops=arrow)
        heading |= {first: at[first] - at[second], second: at[second] - at[first]}
        lines.append(np.linspace(at[first], at[second], 12))
    is_end = np.isin(words, ends)
    ax.scatter(*places[~is_end].T, color=color, s=34, zorder=3)
    ax.scatter(*places[is_end].T, facecolor="white", edgecolor=color, s=34, zorder=3)
    texts = []
    for word in words:  # beyond the arrow's head, or behind its tail
        side = "left" if heading[word][0] > 0 else "right"
        texts.append(ax.text(*at[word], f" {word} ", ha=side, va="center", fontsize=fontsize))
    _finish(ax, texts, places, shares, np.concatenate(lines))


def _plane(wv, words):
    """Unit vectors of the words on their two main axes, array [words, 2], and the share of the spread on each."""
    from sklearn.decomposition import PCA

    for word in words:
        row_of(wv, word)
    pca = PCA(n_components=2, svd_solver="full")
    places = pca.fit_transform(np.stack([wv.get_vector(word, norm=True) for word in words]).astype(np.float64))
    return places, pca.explained_variance_ratio_


def _finish(ax, texts, places, shares, avoid=None):
    """Name the axes, make room, and move the labels apart and off the points to avoid, array [points, 2]."""
    from adjustText import adjust_text

    ax.set(xlabel=f"PC 1 ({shares[0]:.0%})", ylabel=f"PC 2 ({shares[1]:.0%})")
    ax.margins(0.12)
    ax.tick_params(labelbottom=False, labelleft=False, length=0)
    for _ in range(2):
        ax.figure.draw_without_rendering()  # the layout moves the axes, twice until it rests; labels are measured there
    targets = dict(zip(("target_x", "target_y"), places.T, strict=True))
    settings = {"force_text": (0.3, 0.5), "iter_lim": _STEPS, "ax": ax, **targets}
    for room in (1.0, 1.15, 1.3, 1.5, 1.8):
        adjust_text(texts, *(places if avoid is None else avoid).T, expand=(1.1 * room, 1.2 * room), **settings)
        boxes = [text.get_window_extent() for text in texts]
        if not any(one.overlaps(other) for one, other in combinations(boxes, 2)):
            break
    # A thin line from each point to the nearest edge of its label, where that is not beside it.
    points = ax.transData.transform(places)
    for point, box in zip(points, boxes, strict=True):
        edge = np.clip(point, box.min, box.max)
        if np.hypot(*(edge - point)) > 9:
            line = ax.transData.inverted().transform([point, edge])
            ax.plot(*line.T, color="#9A9A9A", linewidth=0.7, zorder=1)
