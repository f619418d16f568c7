"""What SkipGram, CBOW and FastText have in common once there are vectors: to be asked, to be kept, to be read again.

A file holds numbers and text, never code, and is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from helpers.datasets.files import whole_file
from helpers.embeddings.vocabulary import Vocabulary


class Trained:
    """The part of :class:`.Word2Vec` that looks back on training."""

    SETTINGS: tuple[str, ...] = ()

    @property
    def wv(self):
        """The vectors as they are now: a gensim KeyedVectors, with counts. RuntimeError if there are none yet."""
        if self.vocabulary is None:
            raise RuntimeError("There are no vectors yet: call build_vocab(sentences) and train(sentences) first.")
        if self._wv is None:
            self._wv = self.vectors()
            # The vocabulary is shared, not copied.
            self._wv.key_to_index, self._wv.index_to_key = self.vocabulary.index, self.vocabulary.words
            self._wv.expandos = {"count": self.vocabulary.counts}
        return self._wv

    def vectors(self):
        """Make the KeyedVectors, without its words."""
        from gensim.models import KeyedVectors

        made = KeyedVectors(self.vector_size)
        made.vectors = self.inputs.weights.cpu().numpy().copy()
        return made

    def vector(self, word: str) -> np.ndarray:
        """The vector of a word, array [d], float32; KeyError if it has none."""
        return self.wv[word]

    def save(self, path: str | os.PathLike) -> None:
        """Keep all that training needs but the corpus, as npz.

        Raises
        ------
        RuntimeError
            Before :meth:`.Word2Vec.build_vocab`.
        OSError
            If it can't be written; what was there before is as it was.
        """
        if self.vocabulary is None:
            raise RuntimeError("There is nothing to keep yet: call build_vocab(sentences) first.")
        about = {
            "class": type(self).__name__,
            "settings": {name: getattr(self, name) for name in self.SETTINGS},
            "words": self.vocabulary.words,
            "epoch": self.epoch,
            "losses": self.losses,
        }
        arrays = {name: tensor.cpu().numpy() for name, tensor in self._tensors().items()}
        arrays["counts"] = self.vocabulary.counts
        with whole_file(Path(path).expanduser()) as scratch, open(scratch, "wb") as opened:
            np.savez(opened, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike, *, device: str | None = None, callbacks: Sequence = ()):
        """Read what :meth:`save` wrote. ``train`` with the same corpus goes on; on a CPU as if it had never stopped.

        Raises
        ------
        ValueError
            If the file is damaged or of another class, or vocabulary and vectors in it do not fit.
        """
        path = Path(path).expanduser()
        try:
            with np.load(path) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(arrays["about"].tobytes())
            vocabulary = Vocabulary(about["words"], arrays["counts"])
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no file that {cls.__name__}.save made, or it is damaged ({error}).") from error
        if about["class"] != cls.__name__:
            raise ValueError(f"{path} holds a {about['class']}: read it by {about['class']}.load(...).")
        if len(vocabulary.counts) != len(vocabulary):
            raise ValueError(f"{path} has {len(vocabulary):,} words, but {len(vocabulary.counts):,} counts.")
        model = cls(**about["settings"], device=device, callbacks=callbacks)
        model.begin(vocabulary)
        for name, tensor in model._tensors().items():
            shape = arrays[name].shape if name in arrays else "missing"
            if shape != tensor.shape:
                raise ValueError(f"{path}: {name} is {shape}; its vocabulary asks for {tuple(tensor.shape)}.")
            tensor.copy_(torch.from_numpy(arrays[name]))
        model.epoch, model.losses = about["epoch"], about["losses"]
        return model

    def _tensors(self):
        """All that is learned, by name."""
        return {"inputs": self.inputs.weights} | {type(output).__name__: output.weights for output in self.outputs}
