"""`python -m helpers.train skipgram --corpus novels`: word vectors from a shell. After each epoch the model is kept;
`--resume` goes on where it was stopped. The folder then holds model.* (to go on) and vectors.txt (word2vec's format).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from helpers.datasets import corpora
from helpers.embeddings.streams import CUTTERS, Phrases, Sentences

MODELS = {"skipgram": "SkipGram", "cbow": "CBOW", "fasttext": "FastText", "glove": "GloVe"}
_ALL, _LEARNERS = tuple(MODELS), ("skipgram", "cbow", "fasttext")
# Option -> its type, and the models that take it.
OPTIONS = {
    "vector_size": (int, _ALL), "window": (int, _ALL), "min_count": (int, _ALL), "epochs": (int, _ALL),
    "alpha": (float, _ALL), "seed": (int, _ALL), "batch_size": (int, _ALL),
    "negative": (int, _LEARNERS), "sample": (float, _LEARNERS),
    "minn": (int, ("fasttext",)), "maxn": (int, ("fasttext",)), "bucket": (int, ("fasttext",)),
    "x_max": (float, ("glove",)), "learning_rate": (float, ("glove",)), "workers": (int, ("glove",)),
    "memory_limit": (float, ("glove",)),
}  # fmt: skip


class Report:
    """A line an epoch, and the model kept after each. gensim's callbacks by name."""

    def __init__(self, file: Path):
        self.file, self.began = file, 0.0

    def on_train_begin(self, model) -> None:
        """Nothing to say yet."""

    def on_epoch_begin(self, model) -> None:
        """Look at the clock."""
        self.began = time.perf_counter()

    def on_epoch_end(self, model) -> None:
        """Say what was reached, and keep it."""
        seconds = time.perf_counter() - self.began
        words = int(model.vocabulary.counts.sum())
        speed = f"words_per_second {words / seconds:,.0f}  seconds {seconds:.1f}"
        model.save(self.file)
        print(f"epoch {len(model.losses)}  loss {model.losses[-1]:.4f}  {speed}", flush=True)

    def on_train_end(self, model) -> None:
        """All is said."""


def main(arguments: list[str]) -> int:
    """Run the command; 0 when all went well, 1 for an error that has a sentence, 2 for a wrong command."""
    asked = _parser().parse_args(arguments)
    try:
        _train(asked)
    except (ValueError, TypeError, OSError, FloatingPointError, ImportError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helpers.train", description=__doc__.partition(": ")[2])
    parser.add_argument("model", choices=_ALL)
    names = ", ".join(corpora._CORPORA)
    parser.add_argument("--corpus", required=True, metavar="NAME", help=f"{names}; or a text file, or a folder of them")
    parser.add_argument("--cut", choices=tuple(CUTTERS), help="how text becomes words; see helpers.embeddings.streams")
    parser.add_argument("--phrases", action="store_true", help="join words that keep company: new_york")
    parser.add_argument("--out", metavar="FOLDER", help="default: runs/MODEL-CORPUS-SEED")
    parser.add_argument("--resume", action="store_true", help="go on where a run in the folder was stopped")
    parser.add_argument("--evaluate", action="store_true", help="score WordSim-353 and Google's analogies at the end")
    for name, (kind, models) in OPTIONS.items():
        only = None if models == _ALL else f"{', '.join(models)} only"
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=only)
    return parser


def _train(asked) -> None:
    from helpers import embeddings

    given = {name: getattr(asked, name) for name in OPTIONS if getattr(asked, name) is not None}
    for name in given:
        if asked.model not in OPTIONS[name][1]:
            raise ValueError(f"--{name.replace('_', '-')} is for {', '.join(OPTIONS[name][1])}, not for {asked.model}.")
    sentences = Sentences(asked.corpus, asked.cut)
    if asked.phrases:
        sentences = Phrases(sentences)
    folder = Path(asked.out or f"runs/{asked.model}-{Path(asked.corpus).stem}-{asked.seed or 0}")
    file = folder / "model.safetensors" if asked.model == "glove" else folder / "model.npz"
    kind, report = getattr(embeddings, MODELS[asked.model]), Report(file)
    if file.exists() and not asked.resume:
        raise ValueError(f"{file} is there already: --resume goes on with it, --out takes another folder.")
    if file.exists():
        if fixed := set(given) - {"epochs", "workers", "memory_limit"}:
            raise ValueError(f"A run that goes on keeps its settings: leave --{min(fixed).replace('_', '-')} out.")
        model = kind.load(file, callbacks=[report])
        more = given.get("epochs", _epochs(model)) - len(model.losses)
        if more <= 0:
            raise ValueError(f"{len(model.losses)} epochs are done already: pass --epochs with a larger number.")
        print(f"{file}: goes on after epoch {len(model.losses)}", flush=True)
    else:
        model, more = kind(**{"seed": 0, **given}, callbacks=[report]), None
    if asked.model == "glove":
        model.build_vocab(sentences)
        model.train(epochs=more)
    else:
        if more is None:
            model.build_vocab(sentences)
        model.train(sentences, epochs=more)
    vectors = folder / "vectors.txt"
    model.wv.save_word2vec_format(str(vectors))
    print(f"{model.wv.vectors.shape[0]:,} words in {vectors}: load_vectors({str(vectors)!r}) reads them")
    if asked.evaluate:
        similarity = embeddings.evaluate_similarity(model.wv, "wordsim353")
        print(f"WordSim-353  {similarity}")
        print(embeddings.evaluate_analogies(model.wv, "google").tail(1).to_string())


def _epochs(model) -> int:
    return model.settings["epochs"] if hasattr(model, "settings") else model.epochs
