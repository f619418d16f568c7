"""What is asked about a vector: "which words are near it?", as many small yes-or-no questions.

Asking for one word out of all (a softmax) costs as many products as there are words. Two ways around that: negative
sampling, "this word, or one drawn at random?" (Mikolov, Sutskever, Chen, Corrado, Dean 2013b, "Distributed
Representations of Words and Phrases and their Compositionality", section 2.2), and the hierarchical softmax, "left or
right?" on the way down a tree whose leaves are the words (section 2.1).

Where this differs from the program word2vec.c, and why: there every pair draws its own negatives, here the words of a
block share :data:`NOISE` of them, each counted for its part, so that the expected gradient is the same; one product of
matrices then asks all questions of a block, which is several times faster. A sigmoid is computed, not looked up, and
scores beyond 6 still learn.
"""

from __future__ import annotations

import heapq

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.embeddings.vocabulary import Vocabulary

NOISE = 32  # with 16, CBOW answered a tenth fewer analogies than gensim; with 256, as many as with 32


class Questions:
    """A matrix of output vectors, and the step that learns from a batch.

    Attributes
    ----------
    weights : Tensor [rows, d], float
        Start at 0, as in word2vec.c.
    """

    def __init__(self, rows: int, vector_size: int, device: torch.device | str):
        self.weights = torch.zeros(rows, vector_size, device=device)

    def ask(self, words: Tensor, wanted: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Choose the questions.

        Parameters
        ----------
        words : Tensor [N, M], int64
        wanted : Tensor [N, T, M], float
            1 where word m is to be predicted from vector t, else 0.
        rng : Generator

        Returns
        -------
        rows : Tensor [N, Q], int64
            Which output vector each question is about.
        sign : Tensor [N or 1, 1, Q], float
            1 if the answer is yes, -1 if it is no.
        weight : Tensor [N, T, Q], float
            How often the question is put to vector t.
        """
        raise NotImplementedError

    def step(self, h: Tensor, words: Tensor, wanted: Tensor, rate: float, rng: np.random.Generator):
        """Ask, and take a step of gradient descent with the output vectors.

        Parameters
        ----------
        h : Tensor [N, T, d], float
        words, wanted, rng
            As for :meth:`ask`.
        rate : float

        Returns
        -------
        loss : Tensor [], float
            Summed over the batch: -log of the chance given to all right answers (Mikolov et al. 2013b, equation 4).
        slope : Tensor [N, T, d], float
            The loss's derivative by h.
        """
        rows, sign, weight = self.ask(words, wanted, rng)
        u = self.weights.index_select(0, rows.flatten()).view(*rows.shape, -1)  # [N, Q, d]
        log_p = F.logsigmoid(sign * (h @ u.mT))  # [N, T, Q], log of the chance given to the right answer
        loss = -(weight * log_p).sum()
        error = -weight * sign * (1 - log_p.exp())  # of the loss by the score: d log sigma(s) / ds = 1 - sigma(s)
        slope = error @ u  # by h
        self.weights.index_add_(0, rows.flatten(), (error.mT @ h).flatten(0, 1), alpha=-rate)  # by u
        return loss, slope


class NegativeSampling(Questions):
    """Words that are near: yes. Words drawn at random, ``negative`` for each that is near: no.

    Parameters
    ----------
    vocabulary : Vocabulary
    vector_size, negative : int
    exponent : float
        See :meth:`.Vocabulary.noise`.
    device : torch device
    """

    def __init__(self, vocabulary: Vocabulary, vector_size: int, negative: int, exponent: float, device="cpu"):
        super().__init__(len(vocabulary), vector_size, device)
        self.negative, self.chances = negative, np.cumsum(vocabulary.noise(exponent))

    def ask(self, words, wanted, rng):
        """The words, then the noise."""
        drawn = np.searchsorted(self.chances, rng.random((len(words), NOISE)) * self.chances[-1], side="right")
        noise = torch.from_numpy(drawn).to(words.device)  # [N, NOISE]
        # A negative that is the very word to be predicted is skipped, as in word2vec.c.
        other = (words[:, :, None] != noise[:, None, :]).float()  # [N, M, NOISE]
        weight = torch.cat([wanted, (wanted @ other) * (self.negative / NOISE)], 2)
        sign = torch.ones(1, 1, weight.shape[2], device=words.device)
        sign[..., words.shape[1] :] = -1
        return torch.cat([words, noise], 1), sign, weight


class HierarchicalSoftmax(Questions):
    """Down the Huffman tree from its root to a word: left (yes, code 0) or right (no, code 1) at each fork.

    Parameters
    ----------
    vocabulary : Vocabulary
    vector_size : int
    device : torch device

    Attributes
    ----------
    forks, codes : Tensor [words, longest path], int64
        As :func:`huffman` gives them, filled up with -1.
    """

    def __init__(self, vocabulary: Vocabulary, vector_size: int, device="cpu"):
        super().__init__(max(len(vocabulary) - 1, 1), vector_size, device)
        paths = huffman(vocabulary.counts)
        longest = max(len(path) for path in paths)
        filled = np.array([[*path, *[(-1, -1)] * (longest - len(path))] for path in paths], np.int64)
        self.forks, self.codes = torch.from_numpy(filled.reshape(len(paths), longest, 2)).to(device).unbind(2)

    def ask(self, words, wanted, rng):
        """The forks on the way to each word."""
        forks, codes = self.forks[words].flatten(1), self.codes[words].flatten(1)  # [N, M * longest]
        weight = wanted.repeat_interleave(self.forks.shape[1], 2) * (forks >= 0)[:, None]
        return forks.clamp(min=0), (1.0 - 2.0 * codes)[:, None], weight

    def log_chances(self, h: Tensor) -> Tensor:
        """Tensor [d] -> log of the chance of every word, Tensor [words], which sum to 1: a softmax over a tree."""
        score = (1.0 - 2.0 * self.codes) * (self.weights @ h)[self.forks.clamp(min=0)]
        return (F.logsigmoid(score) * (self.forks >= 0)).sum(1)


def huffman(counts: np.ndarray) -> list[list[tuple[int, int]]]:
    """Build the tree in which frequent words have short ways: join the two rarest, again and again.

    Parameters
    ----------
    counts : array [words], int

    Returns
    -------
    list of list of (int, int)
        For each word its way from the root: number of the fork (the root has the highest, words - 2), and 0 or 1.

    Examples
    --------
    >>> huffman(np.array([5, 2, 1]))
    [[(1, 1)], [(1, 0), (0, 1)], [(1, 0), (0, 0)]]
    """
    words = len(counts)
    # Among equals word2vec.c takes forks before words, and the last word first.
    heap = [(int(count), 1, -word, word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    parent = {}
    for fork in range(words, 2 * words - 1):
        (rarest, *_, left), (rare, *_, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[left], parent[right] = (fork, 0), (fork, 1)
        heapq.heappush(heap, (rarest + rare, 0, fork, fork))
    ways = [[] for _ in range(2 * words - 1)]
    for node in range(2 * words - 3, -1, -1):  # parents before children
        fork, code = parent[node]
        ways[node] = [*ways[fork], (fork - words, code)]
    return ways[:words]
