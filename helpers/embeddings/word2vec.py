"""word2vec: a word's vector is what helps to guess the words around it.

Mikolov, Chen, Corrado, Dean 2013a, "Efficient Estimation of Word Representations in Vector Space", figure 1, with the
negative sampling of Mikolov et al. 2013b (:mod:`.outputs`). Each word has two vectors: v in ``inputs``, which is
the result, for when it is looked at, and u in ``outputs`` for when it is asked for.

- :class:`SkipGram` asks of a word's own vector which words are near it.
- :class:`CBOW` asks of the mean of the vectors around it which word it is.

A batch is N blocks of T words of running text; ``near[n, t, c]`` says whether word c of ``around[n]`` is in the window
of ``words[n, t]`` (:mod:`.pairs`). What differs from the papers and the programs: :mod:`.fitting`, :mod:`.outputs`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from helpers.embeddings.fitting import Word2Vec


class SkipGram(Word2Vec):
    """From the word in the middle to each word around it (2013b, section 2, equation 1).

    All parameters are those of :class:`.Word2Vec`.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 20
    >>> model = SkipGram(text, vector_size=8, sample=0, epochs=2, device="cpu")
    >>> model.wv["cat"].shape, len(model.losses)
    ((8,), 2)
    """

    def step(self, words: Tensor, around: Tensor, near: Tensor, rate: float, rng) -> tuple[Tensor, Tensor]:
        """Learn from a batch.

        Parameters
        ----------
        words : Tensor [N, T], int64
        around : Tensor [N, C], int64
        near : Tensor [N, T, C], float
        rate : float
        rng : Generator

        Returns
        -------
        loss, predicted : Tensor [], float
            Sum over the predicted words, and how many they were.
        """
        v, add = self.inputs.look_up(words)  # [N, T, d]
        loss, slope = self.predict(v, around, near, rate, rng)  # words c, wherever near, from v[n, t]
        add(-rate * slope)
        return loss, near.sum()


class CBOW(Word2Vec):
    """From the words around, in whatever order, to the one in the middle (2013a, section 3.1).

    Parameters
    ----------
    alpha : float
        The learning rate at the start: 0.05 in word2vec.c, where skip-gram has 0.025.
    cbow_mean : bool
        The mean of the vectors around, or their sum.
    others
        Those of :class:`.Word2Vec`.
    """

    SETTINGS = (*Word2Vec.SETTINGS, "cbow_mean")

    def __init__(self, sentences=None, corpus_file=None, *, alpha: float = 0.05, cbow_mean: bool = True, **others):
        self.cbow_mean = cbow_mean
        super().__init__(sentences, corpus_file, alpha=alpha, **others)

    def meets(self) -> int:
        """One: a word in a mean of many is moved by each of them, but moves the mean by its part only."""
        return 1 if self.cbow_mean else super().meets()

    def step(self, words: Tensor, around: Tensor, near: Tensor, rate: float, rng) -> tuple[Tensor, Tensor]:
        """Learn from a batch: as :meth:`SkipGram.step`."""
        v, add = self.inputs.look_up(around)  # [N, C, d]
        seen = near.sum(2, keepdim=True)  # [N, T, 1], how many words each sees
        share = 1 / seen.clamp(min=1)
        h = near @ v  # [N, T, d]
        if self.cbow_mean:
            h = h * share
        itself = torch.diag_embed((seen[..., 0] > 0).to(near.dtype))  # [N, T, T]
        loss, slope = self.predict(h, words, itself, rate, rng)  # word t from h[n, t]
        # Not the derivative: word2vec.c hands the whole slope of a mean to every word in it, gensim a part of a sum's.
        if not self.cbow_mean:
            slope = slope * share
        add(-rate * (near.mT @ slope))
        return loss, itself.sum()
