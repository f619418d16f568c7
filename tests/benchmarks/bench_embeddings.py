"""All engines of word vectors, beside their peers, in one run: `python tests/benchmarks/bench_embeddings.py`.

One after the other, each in a process of its own: words a second beside gensim with one and two workers, GloVe's
counting and updates (beside a C transcription where gcc is there), loading, queries and evaluation beside gensim. With
`--quality` also what the vectors are worth, three seeds each, about half an hour. The novels come from COURSE_DATA.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def part(name, *options, threads="1"):
    """Run one benchmark and show what it prints."""
    print(f"\n## {name} {' '.join(options)}\n", flush=True)
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads}
    began = time.perf_counter()
    done = subprocess.run([sys.executable, str(HERE / name), *options], env=environment)
    print(
        f"\n{time.perf_counter() - began:.0f} s" + (f", FAILED ({done.returncode})" if done.returncode else ""),
        flush=True,
    )
    return done.returncode


def workers(words):
    """gensim with one and two threads."""
    from bench_word2vec import MODELS, text

    sentences = text(words)
    count = sum(map(len, sentences))
    print("\n## gensim by its number of workers\n\n| model | workers | words/s by the clock |\n|---|---:|---:|")
    for name, (_, theirs, settings) in MODELS.items():
        for number in (1, 2):
            model = theirs(vector_size=100, window=5, negative=5, min_count=5, workers=number, **settings)
            model.build_vocab(sentences)
            began = time.perf_counter()
            model.train(sentences, total_examples=model.corpus_count, epochs=1)
            print(f"| {name} | {number} | {count / (time.perf_counter() - began):,.0f} |", flush=True)


def main():
    """Read the options and run."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--quick", action="store_true", help="a tenth of the text, a hundredth of the vectors")
    ask.add_argument("--quality", action="store_true", help="train and judge too")
    ask.add_argument("--glove", help="the real glove.6B.50d.txt, for the analogies")
    asked = ask.parse_args()
    import gensim
    import numba
    import numpy
    import torch

    versions = ", ".join(f"{m.__name__} {m.__version__}" for m in (torch, gensim, numba, numpy))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}")
    words = 100_000 if asked.quick else 1_000_000
    failed = part("bench_word2vec.py", "--words", str(words))
    workers(words)
    failed += part("bench_glove.py", "--epochs", "1" if asked.quick else "3", threads="2")
    options = [*(["--quick"] if asked.quick else []), *(["--glove", asked.glove] if asked.glove else [])]
    failed += part("bench_vectors.py", *options)
    if asked.quality:
        failed += part("bench_word2vec.py", "--quality") + part("bench_glove.py", "--quality", threads="2")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
