"""Vectors for words that were not in the text, from their n-grams. NumPy and gensim only."""

from __future__ import annotations

import numpy as np
from gensim.models import KeyedVectors

from helpers.embeddings.subwords import ngram_ids


class SubwordVectors(KeyedVectors):
    """A KeyedVectors that also answers for words it has not seen.

    gensim's FastTextKeyedVectors does so too, with a row for each of 2,000,000 buckets, and divides by all n-grams of
    an unseen word, where this divides by those that were learned: the direction is the same.

    Parameters
    ----------
    vectors : array [words, d], float32
    ngrams : array [buckets in use, d], float32
    buckets : array [buckets in use], int64
        In rising order.
    minn, maxn, bucket, jamo
        As for :class:`.FastText`.
    """

    def __init__(self, vectors, ngrams, buckets, minn: int, maxn: int, bucket: int, jamo: bool):
        super().__init__(vectors.shape[1])
        self.vectors, self.ngrams, self.buckets = vectors, ngrams, buckets
        self.minn, self.maxn, self.bucket, self.jamo = minn, maxn, bucket, jamo

    def rows(self, word: str) -> np.ndarray:
        """Rows of those n-grams of a word that have been learned."""
        if not len(self.buckets):
            return np.zeros(0, np.int64)
        ids = np.array(ngram_ids(word, self.minn, self.maxn, self.bucket, self.jamo), np.int64)
        places = np.searchsorted(self.buckets, ids).clip(max=len(self.buckets) - 1)
        return places[self.buckets[places] == ids]

    def knows(self, word: str) -> bool:
        """Was the word in the training text? ``word in wv`` asks whether it has a vector: almost all have."""
        return word in self.key_to_index

    def __contains__(self, key) -> bool:
        """Has it a vector? In gensim: always True."""
        return super().__contains__(key) or (isinstance(key, str) and len(self.rows(key)) > 0)

    def get_vector(self, key, norm: bool = False) -> np.ndarray:
        """The vector of a word, seen or not; array [d], float32.

        Raises
        ------
        KeyError
            If it was not in the text and none of its n-grams was.
        """
        if super().__contains__(key) or not isinstance(key, str):
            return super().get_vector(key, norm)
        rows = self.rows(key)
        if not len(rows):
            raise KeyError(f"{key!r} was not in the text, nor was any of its n-grams of {self.minn} to {self.maxn}.")
        vector = self.ngrams[rows].mean(0)
        return vector / np.linalg.norm(vector) if norm else vector
