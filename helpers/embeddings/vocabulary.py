"""The words a model learns, how often each occurs, and a corpus as numbers. NumPy only."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np


class Tokens(NamedTuple):
    """A corpus as numbers: sentence ``k`` is ``ids[starts[k]:starts[k + 1]]``.

    Attributes
    ----------
    ids : array [words], int32
        Rows of the vocabulary; words that are not in it are gone, and their neighbours have moved together.
    starts : array [sentences + 1], int64
    """

    ids: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words in the order of their rows, the most frequent first.

    Attributes
    ----------
    words : list of str
    counts : array [words], int64
    """

    words: list[str]
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @classmethod
    def build(cls, sentences: Iterable[Iterable[str]], min_count: int = 5) -> Vocabulary:
        """Count the words of a corpus in one pass.

        Parameters
        ----------
        sentences : iterable of lists of str
            Is gone through more than once by every model, so not a generator.
        min_count : int
            Rarer words are left out. Words that are equally frequent stay in the order in which they first came.

        Raises
        ------
        TypeError
            For a single string, a generator, a sentence that is a string, a word that is no string.
        ValueError
            If the corpus is empty, or no word is frequent enough.

        Examples
        --------
        >>> Vocabulary.build([["a", "b", "a"], ["b", "a", "c"]], min_count=2).words
        ['a', 'b']
        """
        seen = Counter()
        for sentence in checked(sentences):
            seen.update(sentence)
        if not seen:
            raise ValueError("The corpus has no words: it is empty, or every sentence in it is.")
        if odd := next((word for word in seen if not isinstance(word, str)), None):
            raise TypeError(f"A sentence holds {odd!r}, {type(odd).__name__}: words are str.")
        # Counter.most_common is stable: first come, first served among equals.
        kept = [(word, n) for word, n in seen.most_common() if n >= min_count]
        if not kept:
            word, n = seen.most_common(1)[0]
            raise ValueError(
                f"No word occurs min_count={min_count} times; the most frequent of {len(seen):,}, {word!r}, occurs "
                f"{n} times. Pass min_count={n} or less, or a larger corpus."
            )
        words, counts = zip(*kept, strict=True)
        return cls(list(words), np.array(counts, np.int64))

    def encode(self, sentences: Iterable[Iterable[str]]) -> Tokens:
        """Turn sentences into rows, 4 bytes a word; sentences of which nothing is left stay, empty.

        Raises
        ------
        TypeError
            As :meth:`build`.
        """
        ids, starts, row = array("i"), array("q", [0]), self.index
        for sentence in checked(sentences):
            ids.extend(row[word] for word in sentence if word in row)
            starts.append(len(ids))
        return Tokens(np.frombuffer(ids, np.int32) if ids else np.zeros(0, np.int32), np.frombuffer(starts, np.int64))

    def noise(self, exponent: float = 0.75) -> np.ndarray:
        """Chances with which words are drawn as negatives: counts to a power (Mikolov et al. 2013b, section 2.2).

        Returns
        -------
        array [words], float64
            Sums to 1. fastText's program takes the exponent 0.5.
        """
        weights = self.counts.astype(np.float64) ** exponent
        return weights / weights.sum()

    def keep(self, sample: float = 1e-3, rule: str = "code") -> np.ndarray:
        """Chances with which an occurrence of each word stays in the text: sub-sampling of frequent words.

        Parameters
        ----------
        sample : float
            Words whose share f of the corpus is far above are thinned out; 0 keeps all.
        rule : {"code", "paper"}
            The published program and gensim keep sqrt(t/f) + t/f; the paper (Mikolov et al. 2013b, equation 5)
            sqrt(t/f).

        Returns
        -------
        array [words], float64

        Raises
        ------
        ValueError
            For another rule.
        """
        if rule not in ("code", "paper"):
            raise ValueError(f"rule={rule!r}: expected 'code' or 'paper'.")
        if not sample:
            return np.ones(len(self))
        ratio = sample * self.counts.sum() / self.counts
        return np.minimum(np.sqrt(ratio) + (ratio if rule == "code" else 0), 1.0)


def checked(sentences: Iterable[Iterable[str]]) -> Iterator[Iterable[str]]:
    """Go through sentences, and refuse what would quietly be learned letter by letter, or only once.

    Raises
    ------
    TypeError
    """
    if isinstance(sentences, str | bytes):
        raise TypeError(
            "The corpus is a single string, whose letters would be learned: pass a list of lists of words. "
            "A file is read by corpus_file=."
        )
    if isinstance(sentences, Iterator):
        raise TypeError("The corpus is a generator, empty after one pass: pass a list, or an object with __iter__.")
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str | bytes):
            raise TypeError(
                f"Sentence {number} is a string, whose letters would be learned: {sentence[:30]!r}. "
                "Split it: [text.split() for text in texts]."
            )
        yield sentence
