"""word2vec and fastText, ours and gensim's on the same text: `python tests/benchmarks/bench_word2vec.py [--quality]`.

Without options: words a second. With `--quality`: what the vectors are worth after equal epochs at equal settings
(100 numbers, window 5, 5 negatives, min_count 5, sample 1e-3), over several seeds: Spearman's correlation with
WordSim-353 and SimLex-999, and the share of right answers to Google's analogies, all lower case.

The text is the 48 novels (COURSE_DATA says where they lie), of which only a third of WordSim's pairs are made. Words a
second are counted before frequent ones are thinned out, as gensim does; by CPU time, which a busy machine changes
least, and by the clock. Both run in one thread (OMP_NUM_THREADS=1), gensim with one worker.
"""

import argparse
import time

import pandas as pd
from gensim.models import FastText as GensimFastText
from gensim.models import Word2Vec as GensimWord2Vec
from gensim.test.utils import datapath

from helpers.embeddings import CBOW, FastText, SkipGram
from helpers.embeddings.streams import Sentences

MODELS = {
    "skip-gram": (SkipGram, GensimWord2Vec, {"sg": 1, "alpha": 0.025}),
    "CBOW": (CBOW, GensimWord2Vec, {"sg": 0, "alpha": 0.05}),
    "FastText": (FastText, GensimFastText, {"sg": 1, "alpha": 0.025}),
}


def text(limit):
    """Sentences of the novels, a like part of each, about `limit` words in all."""
    sentences = list(Sentences("novels"))
    every = max(sum(map(len, sentences)) // limit, 1) if limit else 1
    return sentences[::every]


def trained(build, sentences, epochs, seed, settings):
    """The vectors, and words a second by CPU time and by the clock; counting the vocabulary is not in them."""
    build(sentences[:2000], **settings)  # the first products of a process set up their library
    model = build(seed=seed, epochs=epochs, **settings)
    model.build_vocab(sentences)
    words = epochs * sum(map(len, sentences))
    cpu, clock = time.process_time(), time.perf_counter()
    model.train(sentences, total_examples=len(sentences), epochs=epochs)
    return model.wv, words / (time.process_time() - cpu), words / (time.perf_counter() - clock)


def worth(wv):
    """WordSim-353, SimLex-999 and Google's analogies."""
    return {
        "WordSim-353": wv.evaluate_word_pairs(datapath("wordsim353.tsv"))[1][0],
        "SimLex-999": wv.evaluate_word_pairs(datapath("simlex999.txt"))[1][0],
        "analogies": wv.evaluate_word_analogies(datapath("questions-words.txt"), restrict_vocab=30000)[0],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--words", type=int, help="about so many; default: 1,000,000, with --quality all")
    parser.add_argument("--epochs", type=int, default=None, help="default: 1, with --quality 3 (FastText 1)")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    sentences = text(arguments.words or (0 if arguments.quality else 1_000_000))
    print(f"{sum(map(len, sentences)):,} words in {len(sentences):,} sentences\n", flush=True)
    rows = []
    for name in arguments.models:
        ours, theirs, settings = MODELS[name]
        epochs = arguments.epochs or (3 if arguments.quality and name != "FastText" else 1)
        for seed in range(1, arguments.seeds + 1):
            for who, build, how in (("ours", ours, {"device": "cpu"}), ("gensim", theirs, settings | {"workers": 1})):
                wv, cpu, clock = trained(build, sentences, epochs, seed, how)
                row = {"model": name, "epochs": epochs, "by": who, "words/s CPU": cpu, "words/s clock": clock}
                rows.append(row | (worth(wv) if arguments.quality else {}))
    table = pd.DataFrame(rows)
    kinds = ["model", "epochs", "by"]
    mean, spread = (table.groupby(kinds, sort=False).agg(how) for how in ("mean", "std"))
    print("| " + " | ".join([*kinds, *mean.columns]) + " |\n|" + "---|" * (len(kinds) + len(mean.columns)))
    for index in mean.index:
        both = zip(mean.loc[index], spread.loc[index], strict=True)
        cells = [f"{m / 1000:.0f}k" if m > 1 else f"{m:.3f} ± {s:.3f}" for m, s in both]
        print("| " + " | ".join([*map(str, index), *cells]) + " |")


if __name__ == "__main__":
    main()
