"""How often two words stand near each other: the counts X that GloVe learns from (Pennington et al. 2014, section 3).

Counted row by row: a word's places in the text are visited one after the other, and its row is finished before the
next begins. So a count is written once, where it belongs, and nothing has to be sorted or merged, in memory or on disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from helpers.embeddings.compiling import compiled
from helpers.embeddings.vocabulary import Tokens, Vocabulary

RECORD = np.dtype([("row", np.int32), ("col", np.int32), ("count", np.float32)])
TILE = 512  # words: the vectors of two tiles, 100 numbers each and their AdaGrad sums, fit a core's cache (0.8 MB)


@dataclass(frozen=True, eq=False, repr=False)
class Cooccurrences:
    """Counts X of pairs of words that are not zero, in an order fit for training.

    Attributes
    ----------
    records : array [pairs] of (row int32, col int32, count float32)
        A memory-mapped file without a name if the counts outgrew the memory limit; it vanishes with the process.
    vocabulary : Vocabulary
        Words of the rows and of the columns.
    """

    records: np.ndarray
    vocabulary: Vocabulary

    @property
    def rows(self) -> np.ndarray:
        """Words, array [pairs], int32."""
        return self.records["row"]

    @property
    def cols(self) -> np.ndarray:
        """Their contexts, array [pairs], int32."""
        return self.records["col"]

    @property
    def counts(self) -> np.ndarray:
        """X, array [pairs], float32."""
        return self.records["count"]

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        return f"Cooccurrences({len(self):,} pairs of {len(self.vocabulary):,} words)"

    def get(self, word: str, context: str) -> float:
        """Count of a pair; 0 if the two never met. The first call sorts the counts.

        Raises
        ------
        KeyError
            For a word that is not in the vocabulary.
        """
        for name in (word, context):
            if name not in self.vocabulary.index:
                raise KeyError(f"{name!r} is not in the vocabulary of {len(self.vocabulary):,} words.")
        return float(self._table[self.vocabulary.index[word], self.vocabulary.index[context]])

    @cached_property
    def _table(self):
        return self.to_scipy()

    def to_scipy(self):
        """All counts as a sparse matrix.

        Returns
        -------
        scipy.sparse.csr_array [words, words], float32
        """
        from scipy.sparse import csr_array

        size = len(self.vocabulary)
        return csr_array((self.counts, (self.rows, self.cols)), shape=(size, size))

    @classmethod
    def from_arrays(cls, rows, cols, counts, vocabulary: Vocabulary) -> Cooccurrences:
        """Take counts that were made elsewhere, in their order."""
        records = np.empty(len(counts), RECORD)
        records["row"], records["col"], records["count"] = rows, cols, counts
        return cls(records, vocabulary)

    def plus(self, amount: float, seed: int = 1) -> Cooccurrences:
        """Add the same to the count of every pair, also of those that never met, in an order drawn anew.

        What is learned from it then hears of the zeros as well. There are words^2 pairs, 12 bytes each: for thousands
        of words, not for hundreds of thousands.

        Parameters
        ----------
        amount : float
            Above 0, since GloVe takes logarithms.
        seed : int
            Of the order.

        Raises
        ------
        ValueError
            If the amount is not above 0.

        Examples
        --------
        >>> text = [["ice", "is", "cold"], ["steam", "is", "hot"]]
        >>> words = Vocabulary.build(text, min_count=1)
        >>> counts = count_cooccurrences(words.encode(text), words).plus(1)
        >>> len(counts), counts.get("ice", "is"), counts.get("ice", "hot")
        (25, 2.0, 1.0)
        """
        if not amount > 0:
            raise ValueError(f"amount={amount}: expected a number above 0, whose logarithm can be learned.")
        size = len(self.vocabulary)
        rows, cols = np.divmod(np.random.default_rng(seed).permutation(size**2), size)
        return self.from_arrays(
            rows, cols, (self.to_scipy().toarray() + np.float32(amount))[rows, cols], self.vocabulary
        )


def count_cooccurrences(
    tokens: Tokens,
    vocabulary: Vocabulary,
    window: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
    *,
    tile: int | None = TILE,
    seed: int = 1,
    workers: int = 1,
    memory_limit: float | None = 4.0,
    folder: str | os.PathLike | None = None,
) -> Cooccurrences:
    """Count which words stand near which, as Stanford's ``cooccur`` does, and shuffle the counts.

    A word counts for each word at most ``window`` places away in its sentence. Words that are not in the vocabulary
    were dropped by :meth:`.Vocabulary.encode`, so their neighbours are one place apart: cooccur.c skips them too.

    Parameters
    ----------
    tokens : Tokens
        The corpus as numbers. It is held in memory, at 12 bytes a word while it is counted.
    vocabulary : Vocabulary
    window : int
    symmetric : bool
        Else a row's columns are the words that come after it, as in the program.
    distance_weighting : bool
        A word d places away counts 1/d (section 4.2 of the paper), else 1.
    tile : int, optional
        Training goes through the table in tiles of so many rows and columns, whose vectors stay in the processor's
        cache; the order of the tiles and the order within each are drawn. None: one order drawn over everything.
    seed : int
        Of that order.
    workers : int
        Threads; the result is the same for any number.
    memory_limit : float, optional
        In GB (10^9 bytes). Larger counts, at 12 bytes a pair, lie in a temporary file. None: no limit.
    folder : path, optional
        Where that file is to lie; default, the system's folder for temporary files.

    Returns
    -------
    Cooccurrences

    Raises
    ------
    ValueError
        For a window below 1, or if no two words stand in one sentence.
    OSError
        If the disk has too little room for the file.

    Examples
    --------
    >>> text = [["ice", "is", "cold"], ["cold", "ice"]]
    >>> words = Vocabulary.build(text, min_count=1)
    >>> count_cooccurrences(words.encode(text), words).get("ice", "cold")
    1.5
    """
    if window < 1 or (tile is not None and tile < 1):
        raise ValueError(f"window={window}, tile={tile}: expected 1 or more.")
    size = len(vocabulary)
    tile = min(tile or size, size)
    text, first, places = _places(tokens.ids, tokens.starts, size, _index_type(tokens))
    weights = 1 / np.arange(1, window + 1) if distance_weighting else np.ones(window)
    bands = range(-(-size // tile))
    grid = np.zeros((len(bands), len(bands)), np.int64)
    with ThreadPoolExecutor(workers) as pool:
        # Twice through the text: how many pairs each tile has, so that every count finds its place; then the counts.
        list(pool.map(partial(_sizes, text, first, places, window, symmetric, tile, grid), bands))
        if not grid.sum():
            raise ValueError(
                f"No two of the {size:,} words stand in one sentence: every sentence has one word of the vocabulary at "
                "most. Pass longer sentences or a lower min_count."
            )
        order = np.random.default_rng(seed).permutation(grid.size)
        begins = np.empty(grid.size, np.int64)
        begins[order] = np.cumsum(grid.ravel()[order]) - grid.ravel()[order]
        begins, records = begins.reshape(grid.shape), _room(int(grid.sum()), memory_limit, folder)
        fill = partial(_fill, text, first, places, weights, symmetric, tile, begins, grid, records, seed)
        list(pool.map(fill, bands))
    return Cooccurrences(records, vocabulary)


def _index_type(tokens):
    return np.zeros(0, np.int32 if len(tokens.ids) + len(tokens.starts) < 2**31 else np.int64)


def _room(pairs, memory_limit, folder):
    """Make room for the records, in memory or in a file that has no name, so that a killed run leaves nothing."""
    size = pairs * RECORD.itemsize
    if memory_limit is None or size <= memory_limit * 1e9:
        return np.empty(pairs, RECORD)
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if size > free:
        raise OSError(
            f"The counts of {pairs:,} pairs need {size / 1e9:.1f} GB on disk, {free / 1e9:.1f} GB are free: pass "
            "folder= on a larger disk, a smaller window or a higher min_count."
        )
    with tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):  # a disk that fills up later would kill the process
            os.posix_fallocate(file.fileno(), 0, size)
        return np.asarray(np.memmap(file, RECORD, "r+" if hasattr(os, "posix_fallocate") else "w+", shape=(pairs,)))


@compiled()
def _places(ids, starts, size, like):
    """Put -1 around every sentence, and list the places of each word: word w's are places[first[w]:first[w + 1]]."""
    text, first = np.full(ids.size + starts.size, -1, np.int32), np.zeros(size + 1, np.int64)
    for sentence in range(starts.size - 1):
        for k in range(starts[sentence], starts[sentence + 1]):
            text[k + sentence + 1] = ids[k]
            first[ids[k] + 1] += 1
    first = np.cumsum(first)
    free, places = first[:-1].copy(), np.empty(ids.size, like.dtype)
    for k in range(text.size):
        if text[k] >= 0:
            places[free[text[k]]] = k
            free[text[k]] += 1
    return text, first, places


@compiled()
def _sizes(text, first, places, window, symmetric, tile, grid, band):
    """Count the different words near each word of a band of rows, by tile: grid [bands, bands]."""
    seen = np.full(first.size - 1, -1, np.int32)
    for row in range(band * tile, min((band + 1) * tile, first.size - 1)):
        for place in places[first[row] : first[row + 1]]:
            for step in range(1, -2 if symmetric else 0, -2):  # after it, and before it
                for d in range(1, window + 1):
                    col = text[place + step * d]
                    if col < 0:  # the sentence ends
                        break
                    if seen[col] != row:
                        seen[col] = row
                        grid[band, col // tile] += 1


@compiled()
def _fill(text, first, places, weights, symmetric, tile, begins, grid, records, seed, band):
    """Count a band of rows, write each count behind the others of its tile, then shuffle each tile."""
    total, near, free = np.zeros(first.size - 1), np.empty(first.size - 1, np.int32), begins[band].copy()
    for row in range(band * tile, min((band + 1) * tile, first.size - 1)):
        found = 0
        for place in places[first[row] : first[row + 1]]:
            for step in range(1, -2 if symmetric else 0, -2):  # after it, and before it
                for d in range(1, weights.size + 1):
                    col = text[place + step * d]
                    if col < 0:
                        break
                    if total[col] == 0:
                        near[found] = col
                        found += 1
                    total[col] += weights[d - 1]
        for col in near[:found]:
            at = free[col // tile]
            records[at].row, records[at].col, records[at].count = row, col, total[col]
            free[col // tile] += 1
            total[col] = 0
    for t in range(free.size):
        np.random.seed((seed + band * free.size + t) % 2**32)  # noqa: NPY002 - numba's own, one a thread
        begin = begins[band, t]
        for k in range(grid[band, t] - 1, 0, -1):  # Fisher and Yates
            a, b = begin + k, begin + np.random.randint(0, k + 1)  # noqa: NPY002
            row, col, count = records[a].row, records[a].col, records[a].count
            records[a].row, records[a].col, records[a].count = records[b].row, records[b].col, records[b].count
            records[b].row, records[b].col, records[b].count = row, col, count
