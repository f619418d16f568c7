"""How SkipGram, CBOW and FastText are trained, kept and asked: all but the mathematics.

Names and defaults are gensim's (``gensim.models.Word2Vec``), so that either can stand in for the other.

Where this differs from the program word2vec.c, and why: there every pair changes the vectors at once, here a batch of
some hundred words is summed up first, which matrix products do many times faster. A batch is kept so small that even
the most frequent word moves little in it: in a large one hundreds of equal pulls on "the" add up to a jump far beyond
its mark, and if they were averaged instead, rare words would hardly move.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from helpers import course
from helpers.embeddings.inputs import Words
from helpers.embeddings.outputs import HierarchicalSoftmax, NegativeSampling
from helpers.embeddings.pairs import blocks, thin
from helpers.embeddings.streams import Sentences
from helpers.embeddings.trained import Trained
from helpers.embeddings.vocabulary import Vocabulary

BLOCK = 16  # words that share their negatives
_LARGEST = 1024  # words of a batch
_PULL = 4.0  # learning rate times the pairs and negatives of one word in a batch: beyond, it jumps too far


class Word2Vec(Trained):
    """What the models share. Use :class:`.SkipGram`, :class:`.CBOW` or :class:`.FastText`.

    Parameters
    ----------
    sentences : iterable of lists of str, optional
        Is gone through twice, so not a generator. Without it call :meth:`build_vocab` and :meth:`train` yourself.
    corpus_file : path, optional
        Instead: a text with a sentence a line, its words parted by spaces.
    vector_size, window, min_count : int
    negative, ns_exponent : int, float
        Words drawn at random for each pair, and the power of counts that their chances are.
    sample, subsampling : float, {"code", "paper"}
        Frequent words are thinned out (:meth:`.Vocabulary.keep`); 0 keeps all, right for a text of a few pages.
    hs : bool
        A hierarchical softmax; as in gensim beside the negatives, so pass ``negative=0`` with it.
    epochs : int
    alpha, min_alpha : float
        The learning rate falls from one to the other, in a straight line over all epochs.
    batch_size : int, optional
        Words, rounded up to blocks of 16. Default: as many as the most frequent word allows, 1024 at most.
    seed : int
        On a CPU the same seed gives the same numbers, whatever the number of threads.
    device : {"cpu", "cuda", "mps"}, optional
        Default: :func:`helpers.course.device`.
    callbacks : sequence
        Objects with ``on_train_begin``, ``on_epoch_begin``, ``on_epoch_end``, ``on_train_end``, or some of them, called
        with the model: gensim's CallbackAny2Vec.

    Attributes
    ----------
    vocabulary : Vocabulary
    epoch, losses : int, list of float
        How many epochs are done, and the loss of each, a predicted word: at first about (1 + negative) log 2.

    Raises
    ------
    ValueError, TypeError
        For settings that cannot work; a corpus without words or pairs, or that is a string or a generator.
    """

    SETTINGS = (
        *("vector_size", "window", "min_count", "negative", "ns_exponent", "sample", "subsampling", "hs"),
        *("epochs", "alpha", "min_alpha", "batch_size", "seed"),
    )

    def __init__(
        self, sentences: Iterable[Iterable[str]] | None = None, corpus_file: str | os.PathLike | None = None, *,
        vector_size: int = 100, window: int = 5, min_count: int = 5, negative: int = 5, ns_exponent: float = 0.75,
        sample: float = 1e-3, subsampling: str = "code", hs: bool = False, epochs: int = 5, alpha: float = 0.025,
        min_alpha: float = 1e-4, batch_size: int | None = None, seed: int = 1, device: str | None = None,
        callbacks: Sequence = (),
    ):  # fmt: skip
        for name, value in (("vector_size", vector_size), ("window", window), ("epochs", epochs), ("alpha", alpha)):
            if not value > 0:
                raise ValueError(f"{name}={value}: expected more than 0.")
        if negative < 0 or not (negative or hs):
            raise ValueError(f"negative={negative}: nothing to learn from. Pass negative=5, or hs=True.")
        if batch_size is not None and batch_size < 1:
            raise ValueError(f"batch_size={batch_size}: expected None or a number of words.")
        if subsampling not in ("code", "paper"):
            raise ValueError(f"subsampling={subsampling!r}: expected 'code' or 'paper'.")
        self.vector_size, self.window, self.min_count = vector_size, window, min_count
        self.negative, self.ns_exponent, self.hs = negative, ns_exponent, hs
        self.sample, self.subsampling, self.batch_size = sample, subsampling, batch_size
        self.epochs, self.alpha, self.min_alpha, self.seed = epochs, alpha, min_alpha, seed
        self.device, self.callbacks = torch.device(device or course.device()), callbacks
        self.vocabulary, self.epoch, self.losses, self._wv = None, 0, [], None
        if sentences is not None or corpus_file is not None:
            self.build_vocab(sentences, corpus_file)
            self.train(sentences, corpus_file)

    def build_vocab(self, corpus_iterable=None, corpus_file=None) -> None:
        """Count the words and give each its start vectors: learning begins anew."""
        self.begin(Vocabulary.build(_corpus(corpus_iterable, corpus_file), self.min_count))

    def begin(self, vocabulary: Vocabulary) -> None:
        """Give each word its start vectors."""
        self.vocabulary, self.epoch, self.losses, self._wv = vocabulary, 0, [], None
        self.keep = vocabulary.keep(self.sample, self.subsampling)
        self.inputs, self.outputs, size = self.make_inputs(np.random.default_rng(self.seed)), [], self.vector_size
        if self.negative:
            self.outputs.append(NegativeSampling(vocabulary, size, self.negative, self.ns_exponent, self.device))
        if self.hs:
            self.outputs.append(HierarchicalSoftmax(vocabulary, size, self.device))
        self.blocks = -(-(self.batch_size or self._allowed()) // BLOCK)

    def make_inputs(self, rng: np.random.Generator) -> Words:
        """Make the vectors that are learned."""
        return Words(len(self.vocabulary), self.vector_size, rng, self.device)

    def meets(self) -> int:
        """How many others a word meets where it stands: half of the largest window to either side."""
        return self.window + 1

    def _allowed(self) -> int:
        """Words of a batch that pull no word further than _PULL."""
        stays = self.vocabulary.counts * self.keep
        share = self.inputs.shares(stays / stays.sum()).max()
        pulls = self.meets() * max((self.negative + 1) * share, self.hs)  # every way down the tree begins at its root
        return int(np.clip(_PULL / self.alpha / pulls, BLOCK, _LARGEST)) // BLOCK * BLOCK

    @torch.no_grad()
    def train(
        self, corpus_iterable=None, corpus_file=None, *, total_examples=None, epochs: int | None = None, callbacks=()
    ) -> None:
        """Learn from a corpus, for a number of epochs more; default: as many as are left of the model's.

        gensim asks for ``total_examples``; here it is not needed. Raises ValueError if no two words meet in a sentence,
        all epochs are done, or a run that goes on meets another corpus; RuntimeError before :meth:`build_vocab`;
        FloatingPointError if the loss is no number.
        """
        if self.vocabulary is None:
            raise RuntimeError("There is no vocabulary yet: call build_vocab(sentences) first.")
        self.epochs = self.epochs if epochs is None else self.epoch + epochs
        if self.epoch >= self.epochs:
            raise ValueError(f"All {self.epochs} epochs are done: say how many more, such as epochs=5.")
        tokens = self.vocabulary.encode(_corpus(corpus_iterable, corpus_file))
        if not (np.diff(tokens.starts) > 1).any():
            raise ValueError("No sentence has two words of the vocabulary: there is nothing to be near to.")
        if self.epoch and not np.array_equal(np.bincount(tokens.ids, minlength=len(self.keep)), self.vocabulary.counts):
            raise ValueError("Words and counts of this corpus are not those of the run that goes on: pass its corpus.")
        heard = [*self.callbacks, *callbacks]
        self._tell("on_train_begin", heard)
        while self.epoch < self.epochs:
            self._tell("on_epoch_begin", heard)
            self.losses.append(self._one_epoch(tokens))
            self.epoch, self._wv = self.epoch + 1, None
            self._tell("on_epoch_end", heard)
        self._tell("on_train_end", heard)

    def _one_epoch(self, tokens) -> float:
        # All luck comes from the seed and the epoch's number, so that a run that goes on meets the same.
        rng = np.random.default_rng([self.seed, self.epoch])
        tokens = thin(tokens, self.keep, rng)
        batches = max(-(-len(tokens.ids) // (BLOCK * self.blocks)), 1)
        loss = asked = torch.zeros((), dtype=torch.float64 if self.device.type != "mps" else torch.float32)
        for number, batch in enumerate(blocks(tokens, self.window, BLOCK, self.blocks, rng)):
            done = (self.epoch + number / batches) / self.epochs
            rate = self.alpha + (self.min_alpha - self.alpha) * done
            words, around, near = (torch.from_numpy(part).to(self.device) for part in batch)
            part, predicted = self.step(words, around, near.float(), rate, rng)  # SkipGram's, CBOW's or FastText's
            loss, asked = loss + part, asked + predicted
        if asked == 0:
            warnings.warn("Sub-sampling left no pair in this epoch: for so short a text pass sample=0.", stacklevel=4)
        elif not loss.isfinite():
            now = f"a lower alpha (now {self.alpha}) or batch_size (now {self.blocks * BLOCK})"
            raise FloatingPointError(f"Epoch {self.epoch + 1}: the loss is no number. Begin anew with {now}.")
        return float(loss / asked)

    def predict(self, h: Tensor, words: Tensor, wanted: Tensor, rate: float, rng) -> tuple[Tensor, Tensor]:
        """Ask every output about the vectors h; return the loss and its derivative by h (:class:`.Questions`)."""
        losses, slopes = zip(*(output.step(h, words, wanted, rate, rng) for output in self.outputs), strict=True)
        return sum(losses), sum(slopes)

    def _tell(self, event: str, heard: Sequence) -> None:
        for callback in heard:
            getattr(callback, event, lambda model: None)(self)


def _corpus(sentences, corpus_file):
    if (sentences is None) == (corpus_file is None):
        raise ValueError("Give one of sentences and corpus_file=.")
    return sentences if corpus_file is None else Sentences(Path(corpus_file))
