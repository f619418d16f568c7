"""FastText: a word's vector is the mean of the vectors of its parts, so that words never seen have one too.

Bojanowski, Grave, Joulin, Mikolov 2017, "Enriching Word Vectors with Subword Information", TACL 5, section 3.2: the
model is :class:`.SkipGram`, where the vector of the word in the middle comes from its n-grams and the word itself.

Where this differs, and why:

- The paper sums the parts, the program fastText takes their mean; so does this. (gensim's FastText divides by one less
  than it has summed while it learns, and by all of them in ``wv``.)
- For CBOW each word around counts the same; in the program, a mean over all parts, long words count more.
- Only buckets that some word of the vocabulary falls into have a row: a few MB instead of 800 MB. The others would keep
  their random start values for ever; so an unseen word is the mean of those n-grams that have been learned.
- Negatives are drawn as in word2vec and gensim, by counts^0.75; the program takes ``ns_exponent=0.5``.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.embeddings.inputs import Words
from helpers.embeddings.subwords import ngram_ids
from helpers.embeddings.unseen import SubwordVectors
from helpers.embeddings.word2vec import CBOW, SkipGram


class FastText(CBOW):
    """Skip-gram or CBOW over n-grams.

    Parameters
    ----------
    sg : bool
        Skip-gram, as in the paper; else CBOW.
    minn, maxn : int
        Shortest and longest n-gram. Most Korean words have two or three syllables: take ``minn=1`` or ``jamo=True``.
    bucket : int
        Numbers for n-grams; 0: no n-grams, and so skip-gram or CBOW.
    jamo : bool
        n-grams of jamo instead of syllables.
    alpha : float
    others
        Those of :class:`.CBOW`.

    Raises
    ------
    ValueError
        Also for lengths of n-grams that cannot be.

    Examples
    --------
    >>> text = [["peter", "flew"], ["wendy", "flew"]] * 20
    >>> model = FastText(text, vector_size=8, sample=0, epochs=2, device="cpu")
    >>> "peters" in model.wv, model.knows("peters"), model.vector("peters").shape
    (True, False, (8,))
    """

    SETTINGS = (*CBOW.SETTINGS, "sg", "minn", "maxn", "bucket", "jamo")

    def __init__(
        self, sentences=None, corpus_file=None, *, sg: bool = True, minn: int = 3, maxn: int = 6,
        bucket: int = 2_000_000, jamo: bool = False, alpha: float = 0.025, **others,
    ):  # fmt: skip
        if not 1 <= minn <= maxn or bucket < 0:
            raise ValueError(f"minn={minn}, maxn={maxn}, bucket={bucket}: expected 1 <= minn <= maxn and bucket >= 0.")
        self.sg, self.minn, self.maxn, self.bucket, self.jamo = sg, minn, maxn, bucket, jamo
        super().__init__(sentences, corpus_file, alpha=alpha, **others)

    def make_inputs(self, rng: np.random.Generator) -> Parts:
        """Make the vectors that are learned, of words and n-grams."""
        how = self.minn, self.maxn, self.bucket, self.jamo
        ngrams = [ngram_ids(word, *how) if self.bucket else [] for word in self.vocabulary.words]
        return Parts(ngrams, self.vector_size, rng, self.device)

    def meets(self) -> int:
        """As for skip-gram or CBOW."""
        return (SkipGram if self.sg else CBOW).meets(self)

    def step(self, words: Tensor, around: Tensor, near: Tensor, rate: float, rng) -> tuple[Tensor, Tensor]:
        """Learn from a batch, as :meth:`.SkipGram.step` or :meth:`.CBOW.step`: only the inputs differ."""
        return (SkipGram if self.sg else CBOW).step(self, words, around, near, rate, rng)

    def vectors(self) -> SubwordVectors:
        """The words' means, and the n-grams for words to come."""
        parts, words = self.inputs, len(self.vocabulary)
        means, _ = parts.look_up(torch.arange(words, device=self.device))
        ngrams = parts.weights[words:].cpu().numpy().copy()
        how = self.minn, self.maxn, self.bucket, self.jamo
        return SubwordVectors(means.cpu().numpy(), ngrams, parts.buckets, *how)

    def knows(self, word: str) -> bool:
        """Was the word in the training text? ``word in model.wv`` asks whether it has a vector: almost all have."""
        return self.wv.knows(word)


class Parts(Words):
    """A matrix with a row for each word, then one for each bucket in use; a word's vector is the mean of its rows.

    Parameters
    ----------
    ngrams : list of list of int
        Buckets of each word's n-grams.
    vector_size, rng, device
        As for :class:`.Words`.

    Attributes
    ----------
    weights : Tensor [words + buckets in use, d], float
        Start evenly between -1/d and 1/d, as in fastText.
    buckets : array [buckets in use], int64
        In rising order.
    rows : Tensor [parts], int64
        The rows of word 0, then those of word 1, ...; each word's own row comes before its n-grams.
    first, size : Tensor [words], int64
        Where a word's rows begin in ``rows``, and how many they are.
    """

    def __init__(self, ngrams: list[list[int]], vector_size: int, rng: np.random.Generator, device="cpu"):
        words = len(ngrams)
        size = np.array([1 + len(ids) for ids in ngrams])
        first = np.cumsum(size) - size
        self.buckets, number = np.unique(np.array([i for ids in ngrams for i in ids], np.int64), return_inverse=True)
        rows = np.insert(words + number, first - np.arange(words), np.arange(words))
        super().__init__(words + len(self.buckets), vector_size, rng, device)
        self.weights *= 2
        self.rows, self.first, self.size = (torch.from_numpy(part).to(device) for part in (rows, first, size))

    def look_up(self, words: Tensor):
        """Fetch the means of words' rows: as :meth:`.Words.look_up`."""
        unique, place = words.unique(return_inverse=True)  # frequent words come many times in a batch
        size = self.size[unique]
        begin = size.cumsum(0) - size
        shift = (self.first[unique] - begin).repeat_interleave(size)
        rows = self.rows[shift + torch.arange(len(shift), device=words.device)]  # of each unique word in turn
        means = F.embedding_bag(rows, self.weights, begin, mode="mean")

        def add(change: Tensor) -> None:
            change = torch.zeros_like(means).index_add_(0, place.flatten(), change.flatten(0, -2))
            # The whole change to each row, not its part: as in fastText, so that the mean moves by the change.
            self.weights.index_add_(0, rows, change.repeat_interleave(size, 0))

        return means[place], add

    def shares(self, words: np.ndarray) -> np.ndarray:
        """As :meth:`.Words.shares`: words with the same parts move a word too, each by its part."""
        rows, first, size = (part.cpu().numpy() for part in (self.rows, self.first, self.size))
        of_row = np.bincount(rows, np.repeat(words, size))
        return np.add.reduceat(of_row[rows], first) / size
