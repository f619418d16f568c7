"""Measure the ranges that `expect()` compares with: `python tests/measure_expected.py` rewrites tests/expected.json.

A row's value in a lesson is a mean over ten seeds; here it is measured for twenty sets of ten seeds.
"""

import json
from pathlib import Path

import numpy as np

from helpers import lessons

LOOK_AT = {
    "ko": "시드를 바꾸었는지, exams의 확률 0.9와 0.1을 바꾸었는지 보세요.",
    "en": "See whether you changed the seeds, or the chances 0.9 and 0.1 in exams.",
}


def one_hot_accuracies(blocks=20):
    """Mean accuracy over ten seeds, for `blocks` disjoint sets of seeds: scikit-learn, on the CPU on every machine."""
    space = {}
    for cell in lessons.read("10_1_one_hot"):
        if cell.source.startswith(("from itertools", "def exams")):
            exec(lessons.resolve(cell.source, "en"), space)
    accuracy = space["accuracy"]
    starts = range(0, 10 * blocks, 10)
    integers = [np.mean([accuracy("BIN", s) for s in range(b, b + 10)]) for b in starts]
    one_hot = [np.mean([accuracy("BIN", s, one_hot=True) for s in range(b, b + 10)]) for b in starts]
    return {"10_1.integer_codes.accuracy": integers, "10_1.one_hot.accuracy": one_hot}


def main():
    rows = {}
    for name, values in one_hot_accuracies().items():
        low, high, spread = float(min(values)), float(max(values)), float(np.std(values))
        rows[name] = {
            "low": round(low - 3 * spread, 3),
            "high": round(high + 3 * spread, 3),
            "measured": {"min": round(low, 4), "max": round(high, 4), "seeds": 10 * len(values), "on": "cpu"},
            "look_at": LOOK_AT,
        }
    Path(__file__).with_name("expected.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
