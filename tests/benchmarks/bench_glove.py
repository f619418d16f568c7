"""Count pairs and train GloVe, side by side with plain C: `python tests/benchmarks/bench_glove.py [--quality]`.

The corpus is the 48 novels where COURSE_DATA has them, else drawn. The C is oracles/glove.c, a transcription of
Stanford's training steps, fed from memory and in one thread, so not slower than the program; it is given the same pairs
in the same order and the same start values, and is left out where there is no gcc. Each row is a process of its own.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from oracles import make_glove

WAYS = {"ours, 1 worker": 1, "ours, 2 workers": 2, "ours, 1 worker, order drawn over everything": 1}


def corpus():
    """Sentences of words: the novels, or two million words drawn by Zipf's law."""
    from helpers.embeddings.streams import Sentences
    from helpers.embeddings.text import available

    if available("novels"):
        return "48 novels", list(Sentences("novels"))
    ranks = np.random.default_rng(0).zipf(1.1, 2_000_000) % 30_000
    return "words drawn by Zipf's law", [[f"w{k}" for k in part] for part in np.array_split(ranks, 100_000)]


def counted(window, **settings):
    """Pairs of the corpus, and what it took: wall seconds, processor seconds, words."""
    from helpers.embeddings.cooccurrence import count_cooccurrences
    from helpers.embeddings.vocabulary import Tokens, Vocabulary

    two = Vocabulary(["a", "b"], np.array([1, 1]))
    count_cooccurrences(Tokens(np.array([0, 1], np.int32), np.array([0, 2])), two)  # compiled before the clock starts
    name, sentences = corpus()
    vocabulary = Vocabulary.build(sentences, 5)
    tokens = vocabulary.encode(sentences)
    del sentences
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    pairs = count_cooccurrences(tokens, vocabulary, window, **settings)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "before": before / 2**10}
    return pairs, {**took, "words": len(tokens.ids), "pairs": len(pairs), "corpus": name, "vocabulary": len(vocabulary)}


def trained(pairs, told, **settings):
    """A model of these pairs, and what it took."""
    from helpers.embeddings.glove import GloVe

    start = {"vector_size": told.size, "x_max": 10, "epochs": told.epochs, **settings}
    few = type(pairs)(pairs.records[:2], pairs.vocabulary)
    for these in (few, pairs):  # the first compiles
        model = GloVe(**start)
        model.build_vocab(cooccurrences=these)
        wall, cpu = time.perf_counter(), time.process_time()
        model.train()
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return model, {**took, "losses": model.losses}


def with_c(pairs, told, options):
    """The transcription on the same pairs and start values, one epoch."""
    size, words = told.size, len(pairs.vocabulary)
    start = ((np.random.default_rng(1).random((2 * words, size + 1)) - 0.5) / size).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        program = make_glove.build(folder, *options)
        settings = {**make_glove.DEFAULTS, "x_max": 10.0}
        costs, cpu = make_glove.run(program, start, pairs.rows, pairs.cols, pairs.counts, 1, settings)
    return {"wall": cpu, "cpu": cpu, "losses": costs}


def quality(told):
    """Three seeds: WordSim-353 (Spearman) and Google's analogies in lower case, through gensim."""
    from gensim.test.utils import datapath

    pairs, took = counted(told.window, workers=2)
    print(f"\n{took['corpus']}, window {told.window}, x_max 10, {told.size} numbers, {told.epochs} epochs, 2 workers\n")
    print("| seed | minutes | last cost | WordSim-353 | analogies | of questions |\n|---|---|---|---|---|---|")
    for seed in (1, 2, 3):
        model, took = trained(pairs, told, seed=seed, workers=2)
        similar = model.wv.evaluate_word_pairs(datapath("wordsim353.tsv"))[1][0]
        score, sections = model.wv.evaluate_word_analogies(datapath("questions-words.txt"))
        asked = sum(len(sections[-1][kind]) for kind in ("correct", "incorrect"))
        cells = f"{took['wall'] / 60:.1f} | {model.losses[-1]:.5f} | {similar:.3f} | {score:.2%} | {asked:,}"
        print(f"| {seed} | {cells} |", flush=True)


def one(way, told):
    """A row's numbers, as JSON; run in a process of its own, so that its peak of memory is its own."""
    if way.startswith("count"):
        answer = counted(told.window, **({"memory_limit": 0} if "file" in way else {}))[1]
    elif way.startswith("C"):
        pairs = counted(told.window)[0]
        answer = with_c(pairs, told, ["-O3"] if "-O3" in way else ["-Ofast", "-march=native", "-DREAL=float"])
    else:
        pairs = counted(told.window, **({"tile": None} if "everything" in way else {}))[0]
        answer = trained(pairs, told, workers=WAYS[way])[1]
    answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({**answer, "n": answer.get("pairs") or len(pairs)}))


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--size", type=int, default=100)
    ask.add_argument("--window", type=int, default=15)
    ask.add_argument("--epochs", type=int, default=3)
    ask.add_argument("--quality", action="store_true", help="train three seeds and judge the vectors instead")
    ask.add_argument("--one", help=argparse.SUPPRESS)
    told = ask.parse_args()
    if told.one:
        return one(told.one, told)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()}, numpy {np.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    if told.quality:
        return quality(told)

    def ran(way):
        command = [sys.executable, __file__, "--one", way, *(f"--{k}={getattr(told, k)}" for k in ("size", "window"))]
        said = subprocess.run([*command, f"--epochs={told.epochs}"], check=True, capture_output=True, text=True).stdout
        return json.loads(said.splitlines()[-1])

    rows = {way: ran(way) for way in ("counts in memory", "counts in a file")}
    about = rows["counts in memory"]
    print(
        f"\n{about['corpus']}: {about['words']:,} words, {about['vocabulary']:,} different; window {told.window}: "
        f"{about['pairs']:,} pairs (the order included)\n"
    )
    print("| counting | words/s | CPU s | peak MB (before) |\n|---|---|---|---|")
    for way, row in rows.items():
        speed = f"{row['words'] / row['wall']:,.0f} | {row['cpu']:.1f}"
        print(f"| {way} | {speed} | {row['peak']:.0f} ({row['before']:.0f}) |", flush=True)
    ways = [*WAYS, *(["C -O3, double", "C -Ofast -march=native, float"] if shutil.which("gcc") else [])]
    print(f"\n| training, {told.size} numbers | updates/s | a CPU s | CPU s an epoch | peak MB | cost of each epoch |")
    print("|---|---|---|---|---|---|")
    for way in ways:
        row = ran(way)
        epochs = len(row["losses"])
        costs = " ".join(f"{cost:.6f}" for cost in row["losses"])
        per_wall, per_cpu = (row["n"] * epochs / row[clock] / 1e6 for clock in ("wall", "cpu"))
        speed = f"{per_wall:.2f} M | {per_cpu:.2f} M | {row['cpu'] / epochs:.1f}"
        print(f"| {way} | {speed} | {row['peak']:.0f} | {costs} |", flush=True)


if __name__ == "__main__":
    main()
