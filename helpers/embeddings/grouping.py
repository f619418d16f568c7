"""Do words that belong together lie together? Marks for vectors where the groups are known, such as those of Tales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def group_share(wv: KeyedVectors, groups: Mapping[str, Iterable[str]], topn: int = 3) -> float:
    """How many of a word's nearest, among the words of all groups, are of its own group: from 0 to 1.

    Parameters
    ----------
    wv : gensim.models.KeyedVectors
    groups : dict of lists of str
        Unknown words are left out. By chance alone, the answer is about 1 / number of groups.
    topn : int
        How many of the nearest count.

    Raises
    ------
    ValueError
        If fewer than ``topn + 1`` of the words are known.
    """
    words, (group,) = _known(wv, groups)
    if len(words) <= topn:
        raise ValueError(f"{len(words)} of the words are known: expected more than topn={topn}.")
    cosines = _cosines(wv, words)
    np.fill_diagonal(cosines, -np.inf)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :topn]
    return float((group[nearest] == group[:, None]).mean())


def two_ways(wv: KeyedVectors, one: Mapping[str, Iterable[str]], other: Mapping[str, Iterable[str]]) -> np.ndarray:
    """Compare two ways of grouping the same words, such as kinds and topics.

    Returns
    -------
    array [2], float
        Mean cosine of words that share a group of the first way and none of the second; and the other way round.
    """
    words, (first, second) = _known(wv, one, other)
    cosines = _cosines(wv, words)
    same, alike = first[:, None] == first, second[:, None] == second
    return np.array([cosines[same & ~alike].mean(), cosines[alike & ~same].mean()])


def inside_and_out(wv: KeyedVectors, groups: Mapping[str, Iterable[str]]) -> np.ndarray:
    """Compare words of one group with words of different groups.

    Returns
    -------
    array [2], float
        Mean cosine of two different words of a group, and of two words of different groups.
    """
    words, (group,) = _known(wv, groups)
    cosines, same = _cosines(wv, words), group[:, None] == group
    return np.array([cosines[same & ~np.eye(len(words), dtype=bool)].mean(), cosines[~same].mean()])


def agreement(one: KeyedVectors, other: KeyedVectors, words: Iterable[str]) -> float:
    """Compare what two models say about the same words, or one model before and after training.

    Returns
    -------
    float
        Pearson's correlation of the cosines of all pairs of the words that both know: 1 if they say the same.

    Raises
    ------
    ValueError
        If both know fewer than three of the words.
    """
    both = [word for word in words if word in one and word in other]
    if len(both) < 3:
        raise ValueError(f"Both know {len(both)} of the words: expected three or more.")
    pairs = np.triu_indices(len(both), 1)
    return float(np.corrcoef(_cosines(one, both)[pairs], _cosines(other, both)[pairs])[0, 1])


def parallelism(wv: KeyedVectors, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """Is a relation a direction? Compare the arrows from the first word of each pair to the second.

    Parameters
    ----------
    wv : gensim.models.KeyedVectors
    pairs : sequence of (str, str)
        All words known; two pairs at least.

    Returns
    -------
    array [2], float
        Mean cosine of two arrows; and of two arrows when each leads to the second word of the pair before, which shows
        how much is owed to what all first and all second words share.

    Raises
    ------
    ValueError
        For fewer than two pairs.
    """
    if len(pairs) < 2:
        raise ValueError(f"{len(pairs)} pairs: expected at least two arrows to compare.")
    first, second = (np.stack([wv[word] for word in words]) for words in zip(*pairs, strict=True))
    found = []
    for ends in (second, np.roll(second, 1, axis=0)):
        arrows = (ends - first) / np.linalg.norm(ends - first, axis=1, keepdims=True)
        found.append((arrows @ arrows.T)[np.triu_indices(len(arrows), 1)].mean())
    return np.array(found)


def _known(wv, *ways):
    """Words that every way of grouping has, and the number of each word's group in each."""
    group_of = [{word: k for k, words in enumerate(way.values()) for word in words} for way in ways]
    words = [word for word in group_of[0] if word in wv and all(word in others for others in group_of)]
    return words, [np.array([found[word] for word in words]) for found in group_of]


def _cosines(wv, words):
    vectors = np.stack([wv.get_vector(word, norm=True) for word in words])
    return vectors @ vectors.T
