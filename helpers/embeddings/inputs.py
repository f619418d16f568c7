"""The vectors that are learned: a row a word, looked up by its number. (For FastText: :class:`.fasttext.Parts`.)"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor


class Words:
    """A matrix with a row for each word.

    Parameters
    ----------
    words, vector_size : int
    rng : Generator
    device : torch device

    Attributes
    ----------
    weights : Tensor [words, d], float
        Start evenly between -0.5/d and 0.5/d, as in word2vec.c.
    """

    def __init__(self, words: int, vector_size: int, rng: np.random.Generator, device: torch.device | str = "cpu"):
        start = (rng.random((words, vector_size), np.float32) - 0.5) / vector_size
        self.weights = torch.from_numpy(start).to(device)

    def look_up(self, words: Tensor) -> tuple[Tensor, Callable[[Tensor], None]]:
        """Fetch vectors.

        Parameters
        ----------
        words : Tensor [N, M], int64

        Returns
        -------
        vectors : Tensor [N, M, d], float
        add : callable
            Adds a Tensor [N, M, d] to them; what a word gets at several places is summed.
        """
        rows = words.flatten()

        def add(change: Tensor) -> None:
            self.weights.index_add_(0, rows, change.flatten(0, 1))

        return self.weights.index_select(0, rows).view(*words.shape, -1), add

    def shares(self, words: np.ndarray) -> np.ndarray:
        """How much of the text moves each word's vector, from each word's share of it; array [words], float."""
        return words
