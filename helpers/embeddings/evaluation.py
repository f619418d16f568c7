"""How good are word vectors? Similarity as people see it, and analogies, each with the words that are missing counted.

What people judged is read by :mod:`.judgements`, by name or from a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from helpers.embeddings.judgements import questions_of, triples_of
from helpers.embeddings.search import checked_norms, unit_blocks

if TYPE_CHECKING:
    import pandas as pd
    from gensim.models import KeyedVectors

_QUESTIONS = 256  # questions at once: with a block of words, 1 MB of similarities


class Similarity(NamedTuple):
    """How vectors and people agree; ``pandas.DataFrame([one, another])`` is a table.

    Attributes
    ----------
    pairs : str
        The set.
    spearman, pearson : float
        Correlation of cosines with people's scores over the pairs whose words are known; nan for fewer than two.
    used, unknown : int
        Pairs; those with an unknown word are left out of the numbers above, which flatters small vocabularies.
    spearman_all, pearson_all : float
        Over all pairs, an unknown one having the cosine 0.
    """

    pairs: str
    spearman: float
    pearson: float
    used: int
    unknown: int
    spearman_all: float
    pearson_all: float


def evaluate_similarity(
    wv: KeyedVectors,
    pairs: str | os.PathLike | Iterable[tuple[str, str, float]] = "wordsim353",
    *,
    restrict_vocab: int | None = None,
    case_insensitive: bool = True,
) -> Similarity:
    """Compare cosines with the scores that people gave to pairs of words.

    Parameters
    ----------
    wv : gensim.models.KeyedVectors
    pairs : str, Path, or table of (word, word, score)
        ``"wordsim353"``, ``"simlex999"``, ``"ws353_korean"``, or a file of two words and a number a line, with tabs or
        commas between.
    restrict_vocab : int, optional
        Only the first words count as known.
    case_insensitive : bool
        Take "Jerusalem" for "jerusalem"; of several the one that stands first.

    Returns
    -------
    Similarity
        ``spearman`` and ``pearson`` equal gensim's ``evaluate_word_pairs``, the two of all pairs those that it gives
        with ``dummy4unknown=True``.

    Raises
    ------
    ValueError
        If no pair has two known words, a file's line is no pair, or a vector holds nan or inf.

    Examples
    --------
    >>> from gensim.models import KeyedVectors
    >>> wv = KeyedVectors(2)
    >>> wv.add_vectors(["cat", "dog", "car"], [[1, 0], [4, 1], [0, 1]])
    >>> found = evaluate_similarity(wv, [("cat", "dog", 9), ("cat", "car", 1), ("dog", "car", 2), ("cat", "ox", 7)])
    >>> found.spearman, found.used, found.unknown, round(found.spearman_all, 3)
    (1.0, 3, 1, 0.632)
    """
    name, triples = triples_of(pairs)
    known, fold = _known(wv, restrict_vocab, case_insensitive)
    lengths = checked_norms(wv)
    rows = [(known.get(fold(first), -1), known.get(fold(second), -1)) for first, second, _ in triples]
    first, second = np.array(rows, np.int64).reshape(-1, 2).T
    people = np.array([score for *_, score in triples], np.float64)
    used = (first >= 0) & (second >= 0)
    if not used.any():
        raise ValueError(
            f"{name}: none of the {len(triples):,} pairs has two known words, as {triples[0][:2] if triples else ()}; "
            f"the first words known are {', '.join(map(repr, wv.index_to_key[:5]))}. Is the language the same?"
        )
    one, other = (np.asarray(wv.vectors[rows[used]]) / lengths[rows[used], None] for rows in (first, second))
    cosines = np.zeros(len(people))
    cosines[used] = np.einsum("ij,ij->i", one, other, dtype=np.float64)
    return Similarity(
        name,
        *_correlations(people[used], cosines[used]),
        int(used.sum()),
        int((~used).sum()),
        *_correlations(people, cosines),
    )


def evaluate_analogies(
    wv: KeyedVectors,
    questions: str | os.PathLike | Iterable[tuple[str, str, str, str, str]] = "google",
    restrict_vocab: int | None = None,
    exclude_inputs: bool = True,
    case_insensitive: bool = True,
) -> pd.DataFrame:
    """Ask "a is to b as c is to ...": is the word nearest to b - a + c the right one (3CosAdd)?

    All questions are asked at once. The similarity to b - a + c is, but for a factor, the sum of three similarities, so
    each distinct word is compared with the vocabulary once, whatever the number of questions.

    Parameters
    ----------
    wv : gensim.models.KeyedVectors
    questions : str, Path, or list of (section, a, b, c, d)
        ``"google"``, or a file such as Google's: ``: section``, then four words a line.
    restrict_vocab : int, optional
        Ask and answer with the first words only. Default: all.
    exclude_inputs : bool
        The answer may not be a, b or c. False shows what this hides: mostly b or c is nearest.
    case_insensitive : bool
        As in :func:`evaluate_similarity`.

    Returns
    -------
    pandas.DataFrame
        A row a section in the questions' order, then ``semantic`` and ``syntactic`` (Google's ``gram`` sections) where
        there are both, then ``total``. Columns ``correct``, ``asked``, ``unknown`` (left out, a word being unknown) and
        ``accuracy``, correct / asked; nan where nothing was asked.

    Raises
    ------
    ValueError
        If a file's line is no question, there are no vectors, or one holds nan or inf.

    Notes
    -----
    ``correct`` and ``asked`` equal gensim's ``evaluate_word_analogies``, unless five or more other spellings of a, b
    and c (PARIS, paris) are nearest: gensim then gives up.

    References
    ----------
    Mikolov, Chen, Corrado, Dean (2013), Efficient estimation of word representations in vector space, section 4.1.
    """
    import pandas as pd

    asked = questions_of(questions)
    known, fold = _known(wv, restrict_vocab, case_insensitive)
    total = len(wv) if restrict_vocab is None else min(restrict_vocab, len(wv))
    rows = np.array([[known.get(fold(word), -1) for word in words] for _, *words in asked], np.int64).reshape(-1, 4)
    usable = (rows >= 0).all(axis=1)
    variants = _variants(wv, total, fold) if exclude_inputs and case_insensitive else {}
    nearest = _answers(wv, rows[usable, :3], total, variants if exclude_inputs else None)
    right = np.zeros(len(rows), bool)
    key = wv.index_to_key
    right[usable] = [a >= 0 and fold(key[a]) == fold(key[b]) for a, b in zip(nearest, rows[usable, 3], strict=True)]

    section = np.array([name for name, *_ in asked])
    table = pd.DataFrame({"section": section, "correct": right, "asked": usable, "unknown": ~usable})
    table = table.groupby("section", sort=False).sum()
    grammar, sums = table.index.str.startswith("gram"), {}
    if 0 < grammar.sum() < len(table):
        sums = {"semantic": table[~grammar].sum(), "syntactic": table[grammar].sum()}
    table = pd.concat([table, pd.DataFrame(sums | {"total": table.sum()}).T]).astype(int)
    table["accuracy"] = table.correct / table.asked.where(table.asked > 0)
    return table.rename_axis("section")


def _known(wv, restrict_vocab, case_insensitive):
    """Row of each word, and what is done to a word before it is looked up."""
    fold = str.upper if case_insensitive else str  # upper, as gensim: "ß" is "SS"
    words = wv.index_to_key[:restrict_vocab]
    return dict(zip(map(fold, reversed(words)), range(len(words) - 1, -1, -1), strict=True)), fold


def _variants(wv, total, fold):
    """All rows of each word that has several spellings."""
    found = {}
    for row, word in enumerate(wv.index_to_key[:total]):
        found.setdefault(fold(word), []).append(row)
    return {rows[0]: rows[1:] for rows in found.values() if len(rows) > 1}


def _answers(wv, rows, total, variants):
    """Row nearest to b - a + c for each (a, b, c), -1 where none is left; ``variants`` None: nothing is excluded."""
    lengths = checked_norms(wv)
    distinct, place = np.unique(rows, return_inverse=True)
    place = place.reshape(rows.shape)
    units = wv.vectors[distinct] / lengths[distinct, None]
    # What may not be the answer, sorted by row, so that each block finds its own.
    barred = np.zeros((0, 2), np.int64)
    if variants is not None and len(rows):
        pairs = [
            (row, k)
            for k, words in enumerate(rows.tolist())
            for word in words
            for row in (word, *variants.get(word, ()))
        ]
        barred = np.array(sorted(set(pairs)), np.int64)
    best, score = np.full(len(rows), -1, np.int64), np.full(len(rows), -np.inf, np.float32)
    for start, block in unit_blocks(wv.vectors, lengths, total):
        near = units @ block.T  # [distinct, block]
        mine = barred[np.searchsorted(barred[:, 0], start) : np.searchsorted(barred[:, 0], start + len(block))]
        for first in range(0, len(rows), _QUESTIONS):
            a, b, c = place[first : first + _QUESTIONS].T
            sums = near[b]
            sums -= near[a]
            sums += near[c]
            here = mine[(mine[:, 1] >= first) & (mine[:, 1] < first + _QUESTIONS)]
            sums[here[:, 1] - first, here[:, 0] - start] = -np.inf
            top = sums.argmax(axis=1)
            value = np.take_along_axis(sums, top[:, None], 1)[:, 0]
            better = np.flatnonzero(value > score[first : first + _QUESTIONS])
            score[first + better], best[first + better] = value[better], top[better] + start
    return best


def _correlations(people, cosines):
    """Spearman's and Pearson's; nan where one of the two never changes."""
    from scipy.stats import pearsonr, spearmanr

    if len(people) < 2 or np.ptp(people) == 0 or np.ptp(cosines) == 0:
        return float("nan"), float("nan")
    return float(spearmanr(people, cosines)[0]), float(pearsonr(people, cosines)[0])
