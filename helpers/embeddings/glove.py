"""GloVe: vectors whose products are the logarithms of counts (Pennington, Socher, Manning 2014).

Words i and j that stand together X_ij times get vectors and biases with w_i.c_j + b_i + b'_j = log X_ij, as nearly as
f(X_ij) = min((X_ij / x_max)^alpha, 1) weighs it (equations 8 and 9). A word's vector is w + c (section 4.2).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from helpers.datasets.files import whole_file
from helpers.embeddings.cooccurrence import Cooccurrences, count_cooccurrences
from helpers.embeddings.glove_updates import update_batches, update_pairs
from helpers.embeddings.streams import Sentences
from helpers.embeddings.vocabulary import Vocabulary

_BLOCK = 2**21  # pairs a thread goes through before Ctrl-C is heard and the cost looked at: half a second
_POSITIVE = ("vector_size", "window", "min_count", "x_max", "alpha", "epochs", "learning_rate", "workers", "grad_clip")


class GloVe:
    """Learn vectors from a corpus; called and read as gensim's models are.

    The steps are those of Stanford's program as of 52f7dbc: AdaGrad whose sums start at 1 and hold the learning rate,
    gradients of vectors clipped, biases moved without the learning rate (since 5b4e03c, July 2019). The reported cost
    is the program's too, the mean of f(X) diff^2 / 2. Numbers are float32, the program's are float64.

    Parameters
    ----------
    sentences : iterable of lists of str, optional
        Gone through twice, so not a generator. Without a corpus call :meth:`build_vocab` and :meth:`train` yourself.
    corpus_file : path, optional
        Instead: a text file (or ``.gz``), a sentence a line, spaces between words.
    vector_size : int
        Numbers a vector.
    window, symmetric, distance_weighting
        See :func:`.count_cooccurrences`. The paper takes 10 words, the program 15.
    min_count : int
        Rarer words are left out.
    x_max, alpha : float
        Of the weight f. The paper's x_max 100 suits billions of words; for millions the program's demo takes 10.
        Mind that gensim's ``alpha`` is a learning rate.
    epochs : int
        The paper takes 50 up to 300 numbers, 100 beyond; 25 is the program's default.
    learning_rate : float
    workers : int
        Threads. With 1 a run can be repeated bit for bit; more are faster and differ a little each time.
    seed : int
        Of the start values, U(-0.5, 0.5) / vector_size, and of the order of the pairs.
    callbacks : iterable of gensim.models.callbacks.CallbackAny2Vec
        ``on_train_begin``, ``on_epoch_begin``, ``on_epoch_end`` and ``on_train_end`` are called with the model.
    grad_clip : float
        Largest gradient of a vector's number; ``math.inf``: none.
    eta_on_biases : bool
        True: biases are moved with the learning rate, as in the program until July 2019.
    memory_limit : float, optional
        GB (10^9 bytes) of counts; larger ones lie in a temporary file in ``folder``. The corpus itself is held in
        memory while it is counted, 12 bytes a word.
    folder : path, optional
    device : str or torch.device, optional
        Train with torch there, in batches. None: numba on the processor, which on it is many times faster.
    batch_size : int
        Pairs a batch, with ``device``.

    Attributes
    ----------
    wv : gensim.models.KeyedVectors
    losses : list of float
        The cost of each epoch.
    cooccurrences : Cooccurrences
    state : array [2 * words, 2, vector_size + 1], float32
        See :mod:`.glove_updates`.

    Raises
    ------
    ValueError
        For a parameter out of range, an empty corpus, one without frequent words, or without two words in a sentence.
    TypeError
        For a corpus that is a string or a generator.
    FloatingPointError
        If the cost is no number.

    Examples
    --------
    >>> text = [["ice", "is", "cold"], ["steam", "is", "hot"]] * 5
    >>> GloVe(text, vector_size=4, epochs=3).wv["ice"].shape
    (4,)
    """

    def __init__(
        self, sentences: Iterable[list[str]] | None = None, corpus_file: str | os.PathLike | None = None,
        vector_size: int = 100, window: int = 10, min_count: int = 5, x_max: float = 100.0, alpha: float = 0.75,
        epochs: int = 25, learning_rate: float = 0.05, workers: int = 1, seed: int = 1, callbacks: Iterable = (), *,
        symmetric: bool = True, distance_weighting: bool = True, grad_clip: float = 100.0, eta_on_biases: bool = False,
        memory_limit: float | None = 4.0, folder: str | os.PathLike | None = None, device=None, batch_size: int = 16384,
    ):  # fmt: skip
        self.settings = {
            "vector_size": vector_size, "window": window, "min_count": min_count, "x_max": x_max, "alpha": alpha,
            "epochs": epochs, "learning_rate": learning_rate, "workers": workers, "seed": seed, "symmetric": symmetric,
            "distance_weighting": distance_weighting, "grad_clip": grad_clip, "eta_on_biases": eta_on_biases,
            "batch_size": batch_size,
        }  # fmt: skip
        for name in (*_POSITIVE, "batch_size"):
            value = self.settings[name]
            whole = name in ("vector_size", "window", "min_count", "epochs", "workers", "batch_size")
            if not value > 0 or (whole and value != int(value)):
                raise ValueError(f"{name}={value!r}: expected a {'whole ' if whole else ''}number above 0.")
        self.callbacks, self.memory_limit, self.folder = tuple(callbacks), memory_limit, folder
        self.device, self.losses, self._wv, self._pairs = device, [], None, None
        self.vocabulary = self.cooccurrences = self.state = None
        if sentences is not None or corpus_file is not None:
            self.build_vocab(sentences, corpus_file)
            self.train()

    def __repr__(self) -> str:
        words = len(self.vocabulary) if self.vocabulary else 0
        return f"GloVe({words:,} words, vector_size={self.settings['vector_size']}, {len(self.losses)} epochs)"

    def build_vocab(
        self, sentences: Iterable[list[str]] | None = None, corpus_file: str | os.PathLike | None = None,
        cooccurrences: Cooccurrences | None = None,
    ) -> None:  # fmt: skip
        """Count words and pairs, and draw start values if there are none; or take counts that are at hand.

        Raises
        ------
        ValueError
            If not exactly one corpus is given, or a loaded model was trained on another.
        """
        if sum(given is not None for given in (sentences, corpus_file, cooccurrences)) != 1:
            raise ValueError("Give one of sentences=, corpus_file= and cooccurrences=.")
        of = self.settings
        if cooccurrences is None:
            corpus = Sentences(Path(corpus_file)) if corpus_file is not None else sentences
            vocabulary = Vocabulary.build(corpus, of["min_count"])
            cooccurrences = count_cooccurrences(
                vocabulary.encode(corpus), vocabulary, of["window"], of["symmetric"], of["distance_weighting"],
                seed=of["seed"], workers=of["workers"], memory_limit=self.memory_limit, folder=self.folder,
            )  # fmt: skip
        self._refuse_other(cooccurrences)
        self.cooccurrences, self.vocabulary, self._pairs = cooccurrences, cooccurrences.vocabulary, len(cooccurrences)
        if self.state is None:
            shape = (2 * len(self.vocabulary), of["vector_size"] + 1)
            self.state = np.ones((shape[0], 2, shape[1]), np.float32)
            self.state[:, 0] = (np.random.default_rng(of["seed"]).random(shape) - 0.5) / of["vector_size"]

    def train(self, epochs: int | None = None) -> None:
        """Go through all pairs, time and again.

        Parameters
        ----------
        epochs : int, optional
            How many more. Default: as many as are left of the model's ``epochs``.

        Raises
        ------
        RuntimeError
            Before :meth:`build_vocab`; a model that was loaded needs its corpus again.
        FloatingPointError
            If the cost is no number.
        """
        if self.cooccurrences is None:
            raise RuntimeError("There is nothing to learn from yet: call build_vocab(sentences) first.")
        left = self.settings["epochs"] - len(self.losses) if epochs is None else epochs
        self._tell("on_train_begin")
        for _ in range(left):
            self._tell("on_epoch_begin")
            self._wv = None
            cost = self._epoch_in_batches() if self.device is not None else self._epoch_in_pairs()
            self.losses.append(cost / len(self.cooccurrences))
            self._tell("on_epoch_end")
        self._tell("on_train_end")

    @property
    def wv(self):
        """The vectors w + c, as gensim's ``KeyedVectors``, with counts."""
        if self.state is None:
            raise RuntimeError("There are no vectors yet: call build_vocab(sentences) first.")
        if self._wv is None:
            from gensim.models import KeyedVectors

            words, contexts = np.split(self.state[:, 0, :-1], 2)
            self._wv = KeyedVectors(self.settings["vector_size"])
            self._wv.add_vectors(self.vocabulary.words, words + contexts)
            for word, count in zip(self.vocabulary.words, self.vocabulary.counts, strict=True):
                self._wv.set_vecattr(word, "count", int(count))
        return self._wv

    def save(self, path: str | os.PathLike) -> None:
        """Keep all that training needs but the corpus, as safetensors; the file appears when it is whole."""
        from safetensors.numpy import save_file

        if self.state is None:
            raise RuntimeError("There is nothing to keep yet: call build_vocab(sentences) first.")
        words = np.frombuffer(json.dumps(self.vocabulary.words).encode(), np.uint8)
        tensors = {"state": self.state, "losses": np.array(self.losses), "words": words}
        tensors["counts"] = np.asarray(self.vocabulary.counts, np.int64)
        settings = {**self.settings, "pairs": self._pairs}
        with whole_file(path) as scratch:
            save_file(tensors, scratch, {"glove": json.dumps(settings)})

    @classmethod
    def load(cls, path: str | os.PathLike, **changes) -> GloVe:
        """Read a model that :meth:`save` kept. To go on: ``build_vocab`` with the same corpus, then ``train``.

        Parameters
        ----------
        path : path
        **changes
            What does not depend on the file: ``callbacks``, ``epochs``, ``workers``, ``memory_limit``, ``device``, ...

        Raises
        ------
        ValueError
            If the file is no GloVe model.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "np") as file:
                settings = json.loads(file.metadata()["glove"])
                kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        except (SafetensorError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no file that GloVe.save made ({error}).") from error
        pairs = settings.pop("pairs")
        model = cls(**{**settings, **changes})
        if model.settings["vector_size"] != kept["state"].shape[2] - 1:
            raise ValueError(f"{path} has vectors of {kept['state'].shape[2] - 1} numbers: leave vector_size as it is.")
        model.state, model.losses, model._pairs = kept["state"], kept["losses"].tolist(), pairs
        model.vocabulary = Vocabulary(json.loads(kept["words"].tobytes()), kept["counts"])
        return model

    def _refuse_other(self, counted):
        """Raise ValueError if a model that has learned already is to go on with another corpus."""
        if self.state is None:
            return
        ours, theirs = self.vocabulary.words, counted.vocabulary.words
        if ours != theirs:
            at = next((k for k, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
            differ = "one ends sooner" if at is None else f"word {at} is {ours[at]!r} there, {theirs[at]!r} here"
            raise ValueError(
                f"The model has another vocabulary ({len(ours):,} words) than this corpus ({len(theirs):,}): {differ}. "
                "Go on with the corpus it was trained on, or make a new GloVe."
            )
        if self._pairs != len(counted):
            raise ValueError(
                f"The model was trained on {self._pairs:,} pairs, this corpus has {len(counted):,}: go on with the "
                "same corpus, window and symmetric, or make a new GloVe."
            )

    def _epoch_in_pairs(self):
        """One pass with numba; threads share the state without locks (Hogwild)."""
        records, workers, cost = self.cooccurrences.records, self.settings["workers"], 0.0
        constants = [np.float32(one) for one in self._constants()]
        with ThreadPoolExecutor(workers) as pool:
            for begin in range(0, len(records), _BLOCK * workers):
                parts = np.array_split(records[begin : begin + _BLOCK * workers], workers)
                running = [pool.submit(update_pairs, self.state, part, *constants) for part in parts]
                cost = self._checked(cost + sum(one.result() for one in running))
        return cost

    def _epoch_in_batches(self):
        """One pass with torch."""
        import torch

        state = torch.from_numpy(self.state).to(self.device)
        draw = torch.Generator().manual_seed(self.settings["seed"] + len(self.losses))
        records, size = self.cooccurrences.records, self.settings["batch_size"]
        cost = self._checked(update_batches(state, records, *self._constants(), size, draw))
        self.state = state.cpu().numpy()
        return cost

    def _constants(self):
        of = self.settings
        bias_rate = of["learning_rate"] if of["eta_on_biases"] else 1.0
        return of["x_max"], of["alpha"], of["learning_rate"], bias_rate, of["grad_clip"]

    def _checked(self, cost):
        if not math.isfinite(cost):
            of = self.settings
            raise FloatingPointError(
                f"Epoch {len(self.losses) + 1}: the cost is {cost}. Lower learning_rate ({of['learning_rate']}) or "
                f"grad_clip ({of['grad_clip']}), and begin anew or with a model saved before."
            )
        return cost

    def _tell(self, what):
        for callback in self.callbacks:
            getattr(callback, what)(self)
