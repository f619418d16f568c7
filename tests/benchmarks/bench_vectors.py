"""Load and query word vectors, side by side with gensim: `python tests/benchmarks/bench_vectors.py` prints a table.

Files are made from a seed: 400,000 words in 100 dimensions as GloVe prints them, 200,000 Korean ones in 300 as fastText
does. Each load runs in a process of its own, after the import of gensim (numba's counts in the first load); the memory
is the most that the process ever held.
`--glove FILE` takes the real glove.6B.50d.txt for the analogies; `--quick` is a hundredth of the rows.
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

LOADS = ("gensim", "first, compiling", "first", "second", "second again")


def english(path, rows, dim):
    """GloVe's form: no first line, five digits."""
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgkqjxz0123456789-."))
    lengths = rng.integers(2, 13, rows)
    write(path, (f"{''.join(rng.choice(letters, n))}{k}" for k, n in enumerate(lengths)), rows, dim, "%.5g", "", rng)


def korean(path, rows, dim):
    """fastText's form: a first line, a space at the end of each line."""
    rng = np.random.default_rng(1)
    words = (
        "".join(map(chr, rng.integers(0xAC00, 0xD7A4, n))) + str(k) for k, n in enumerate(rng.integers(1, 5, rows))
    )
    write(path, words, rows, dim, "%.5g", " ", rng, header=f"{rows} {dim}\n")


def write(path, words, rows, dim, form, end, rng, header=""):
    if path.exists():
        return
    line = "%s " + " ".join([form] * dim) + end + "\n"
    with path.with_suffix(".part").open("w", encoding="utf-8", newline="\n") as file:
        file.write(header)
        for word, values in zip(words, values_of(rng, rows, dim), strict=True):
            file.write(line % (word, *values))
    path.with_suffix(".part").rename(path)


def values_of(rng, rows, dim):
    for start in range(0, rows, 1000):
        yield from (rng.normal(size=(min(1000, rows - start), dim)) * 0.4).tolist()


def load(how, path):
    """Run in a process of its own: seconds, and MB beside what the imports take."""
    from gensim.models import KeyedVectors

    from helpers.embeddings import load_vectors

    with path.open("rb") as file:  # so that every way finds the file in the system's memory
        while file.read(1 << 24):
            pass
        headless = b" " in path.open("rb").readline().strip().partition(b" ")[2]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    gensims = KeyedVectors.load_word2vec_format
    wv = gensims(path, no_header=headless) if how == "gensim" else load_vectors(path)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last = wv.index_to_key[-1]
    print(json.dumps([wall, cpu, peak / 1024, (peak - before) / 1024, len(wv), last, float(wv[last].sum())]))


def loads(path, name, matrix, folder, gensim):
    answers = set()
    slow = None
    for how in LOADS if gensim else LOADS[1:]:
        environment = os.environ | {"COURSE_DATA": str(folder / "cache"), "NUMBA_CACHE_DIR": str(folder / "numba")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled imports are kept, as on any user's machine
        for kept in {"first, compiling": ("cache", "numba"), "first": ("cache",)}.get(how, ()):
            shutil.rmtree(folder / kept, ignore_errors=True)
        told = [sys.executable, __file__, "--load", how, str(path)]
        *found, rows, last, total = json.loads(
            subprocess.run(told, env=environment, check=True, capture_output=True).stdout
        )
        answers.add((rows, last, total))
        wall, cpu, peak, own = found
        slow = slow or (wall if how == "gensim" else None)
        print(row(f"{name}: {how}", wall, cpu, slow, f"{peak:,.0f} ({own:,.0f} own; matrix {matrix:,.0f})"), flush=True)
    assert len(answers) == 1, answers


def row(name, wall, cpu, slow, memory=""):
    return f"| {name} | {wall:.2f} | {cpu:.2f} | {f'{slow / wall:.1f}x' if slow else ''} | {memory} |"


def timed(function):
    wall, cpu = time.perf_counter(), time.process_time()
    answer = function()
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def queries(path, count, sample):
    from helpers.embeddings import load_vectors, most_similar_batch

    wv = load_vectors(path)
    words = wv.index_to_key[:: max(len(wv) // count, 1)][:count]
    wv.most_similar(words[0])
    ours, wall, cpu = timed(lambda: most_similar_batch(wv, words))
    theirs, slow, slow_cpu = timed(lambda: [wv.most_similar(word) for word in words[:sample]])
    slow, slow_cpu = slow * len(words) / sample, slow_cpu * len(words) / sample
    same = sum([w for w, _ in a] == [w for w, _ in b] for a, b in zip(ours[:sample], theirs, strict=True))
    print(row(f"{len(words):,} queries: gensim's loop ({sample} run)", slow, slow_cpu, slow))
    print(row(f"{len(words):,} queries: most_similar_batch", wall, cpu, slow, f"{same} of {sample} in the same order"))


def analogies(path, restrict):
    from helpers.datasets.files import in_package
    from helpers.embeddings import evaluate_analogies, load_vectors

    google = in_package("gensim", "test", "test_data", "questions-words.txt")
    wv = load_vectors(path)
    evaluate_analogies(wv, restrict_vocab=100)
    table, wall, cpu = timed(lambda: evaluate_analogies(wv, restrict_vocab=restrict))
    (_, sections), slow, slow_cpu = timed(lambda: wv.evaluate_word_analogies(str(google), restrict_vocab=restrict))
    counts = f"{table.correct['total']} of {table.asked['total']}"
    theirs = f"{len(sections[-1]['correct'])} of {len(sections[-1]['correct']) + len(sections[-1]['incorrect'])}"
    print(row(f"analogies, {restrict:,} words: gensim", slow, slow_cpu, slow, theirs))
    print(row(f"analogies, {restrict:,} words: evaluate_analogies", wall, cpu, slow, counts))
    table, wall, cpu = timed(lambda: evaluate_analogies(wv))
    print(
        row(f"analogies, all {len(wv):,} words", wall, cpu, None, f"{table.correct['total']} of {table.asked['total']}")
    )


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--quick", action="store_true", help="a hundredth of the rows")
    ask.add_argument("--glove", type=Path, help="the real glove.6B.50d.txt, for the analogies")
    ask.add_argument("--folder", type=Path, help="where files are made and kept; default: a temporary one")
    ask.add_argument("--no-gensim", action="store_true", help="leave out gensim's loads, which take minutes")
    ask.add_argument("--load", nargs=2, help=argparse.SUPPRESS)
    told = ask.parse_args()
    if told.load:
        return load(told.load[0], Path(told.load[1]))
    less = 100 if told.quick else 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = told.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        one, other = folder / f"english-{400_000 // less}.txt", folder / f"korean-{200_000 // less}.vec"
        english(one, 400_000 // less, 100)
        korean(other, 200_000 // less, 300)
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}"
            f"; Python {platform.python_version()}, NumPy {np.__version__}, load {os.getloadavg()[0]:.1f}\n"
        )
        print("| what | wall s | CPU s | to gensim | peak MB, or answers |\n|---|---:|---:|---:|---|")
        loads(one, f"{400_000 // less:,} x 100 text", 160 / less, folder, not told.no_gensim)
        loads(other, f"{200_000 // less:,} x 300 Korean .vec", 240 / less, folder, not told.no_gensim)
        os.environ["COURSE_DATA"] = str(folder / "cache")
        queries(one, 1000, 1000 if told.quick else 100)
        if told.glove:
            analogies(told.glove, 30_000)
        else:
            print("| analogies | | | | not run: --glove FILE names the real glove.6B.50d.txt |")


if __name__ == "__main__":
    main()
