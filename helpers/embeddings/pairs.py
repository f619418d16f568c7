"""From a text to what word2vec learns from: each word with the words near it. NumPy only, and no loop over words.

Mikolov, Chen, Corrado, Dean 2013a, "Efficient Estimation of Word Representations in Vector Space", section 3: a word's
window reaches a random number of words to either side, so that near words are seen more often than far ones. Mikolov
et al. 2013b, section 2.3: frequent words are thinned out first. Windows never reach into the next sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from helpers.embeddings.vocabulary import Tokens


class Batch(NamedTuple):
    """N blocks of T words that follow each other in the text.

    Attributes
    ----------
    words : array [N, T], int64
        Rows of the words in the middle of their windows.
    around : array [N, T + 2 window], int64
        The same words, with those of the largest window before and behind the block.
    near : array [N, T, T + 2 window], bool
        ``near[n, t, c]``: ``around[n, c]`` is in the window of ``words[n, t]``. It never is in its own.
    """

    words: np.ndarray
    around: np.ndarray
    near: np.ndarray


def thin(tokens: Tokens, keep: np.ndarray, rng: np.random.Generator) -> Tokens:
    """Sub-sample: each occurrence of word w stays with the chance ``keep[w]``, and its neighbours move together.

    Parameters
    ----------
    tokens : Tokens
    keep : array [words], float
        :meth:`.Vocabulary.keep`.
    rng : Generator
    """
    stays = rng.random(len(tokens.ids)) < keep[tokens.ids]
    before = np.concatenate([[0], np.cumsum(stays)])  # how many have stayed before each place
    return Tokens(tokens.ids[stays], before[tokens.starts])


def windows(tokens: Tokens, window: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw how far each word sees: 1 to ``window`` words to both sides, as far as its sentence goes.

    Returns
    -------
    first, last : array [words], int64
        Places of the first and the last word seen; a word alone in its sentence has both at its own place.
    """
    lengths = np.diff(tokens.starts)
    begin, end = np.repeat(tokens.starts[:-1], lengths), np.repeat(tokens.starts[1:], lengths)
    place, reach = np.arange(len(tokens.ids)), rng.integers(1, window + 1, len(tokens.ids))
    return np.maximum(place - reach, begin), np.minimum(place + reach, end - 1)


def pairs(tokens: Tokens, window: int, rng: np.random.Generator) -> np.ndarray:
    """List a text's training pairs: to look at and to count; training itself goes by :func:`blocks`.

    Returns
    -------
    array [pairs, 2], int32
        Rows of a word and of one near it, in the order of the text.

    Examples
    --------
    >>> text = Tokens(np.array([5, 6, 7, 8], np.int32), np.array([0, 3, 4]))
    >>> pairs(text, 1, np.random.default_rng(0)).tolist()
    [[5, 6], [6, 5], [6, 7], [7, 6]]
    """
    return grouped_pairs(tokens, window, rng)[0]


def grouped_pairs(tokens: Tokens, window: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """List the pairs, and where those of each word of the text lie, which CBOW takes together.

    Returns
    -------
    pairs : array [pairs, 2], int32
    bounds : array [words + 1], int64
        The pairs of the text's word t are ``pairs[bounds[t]:bounds[t + 1]]``.

    Examples
    --------
    >>> text = Tokens(np.array([5, 6, 7, 8], np.int32), np.array([0, 3, 4]))
    >>> grouped_pairs(text, 1, np.random.default_rng(0))[1].tolist()
    [0, 1, 3, 4, 4]
    """
    first, last = windows(tokens, window, rng)
    seen = last - first + 1  # itself among them
    place = np.repeat(np.arange(len(first)), seen)
    begin = np.repeat(np.cumsum(seen) - seen, seen)
    other = first[place] + np.arange(len(place)) - begin  # counts from first to last for each place
    made = tokens.ids[np.stack([place, other], 1)[place != other]]
    return made, np.concatenate([[0], np.cumsum(last - first)])


def blocks(tokens: Tokens, window: int, size: int, number: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Go through a text in batches of ``number`` blocks of ``size`` words.

    Every pair of :func:`pairs` is in one batch, once. The last batch is filled up with words that see nothing.

    Parameters
    ----------
    tokens : Tokens
    window, size, number : int
    rng : Generator
    """
    first, last = windows(tokens, window, rng)
    words = len(first)
    if not words:
        return
    total = -(-words // (size * number)) * size * number
    text = np.zeros(window + total + window, np.int64)
    text[window : window + words] = tokens.ids
    # Columns of `around`: the block's word t is in column window + t.
    shift = np.arange(words) // size * size - window
    begin, end = np.zeros(total, np.int16), np.full(total, -1, np.int16)
    begin[:words], end[:words] = first - shift, last - shift
    around = np.lib.stride_tricks.sliding_window_view(text, size + 2 * window)[::size]
    middle = text[window : window + total].reshape(-1, size)
    begin, end = begin.reshape(-1, size, 1), end.reshape(-1, size, 1)
    column = np.arange(size + 2 * window, dtype=np.int16)
    itself = column == column[:size, None] + window
    for k in range(0, len(middle), number):
        part = slice(k, k + number)
        near = (column >= begin[part]) & (column <= end[part]) & ~itself
        yield Batch(middle[part], around[part].copy(), near)
