"""Measure the ranges that `expect()` compares with: `python tests/measure_expected.py` rewrites tests/expected.json.

A row's value in a lesson is a mean over ten seeds; here it is measured for twenty sets of ten seeds.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from helpers import lessons
from helpers.training import evaluate

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


def segmentation_rows(blocks=5):
    """Mean IoU of the first tiny network over three seeds, for `blocks` disjoint sets of seeds."""
    space = {"session": SimpleNamespace(profile="quick")}
    for cell in lessons.read("6_3_0_segmentation"):
        if cell.source.startswith(("import math", "full = session", "class TinyNet")):
            exec(lessons.resolve(cell.source, "en"), space)
    make = space["partial"](space["TinyNet"], space["data"].num_classes)
    values = []
    for begin in range(0, 3 * blocks, 3):
        networks = space["train_seeds"](make, space["train"], seeds=range(begin, begin + 3), **space["how"])
        values.append(np.mean([evaluate(network, space["val"]).mean_iou() for network in networks]))
    look_at = {
        "ko": "그림의 수, epochs, lr을 바꾸었는지 보세요. 손실이 줄지 않으면 lr을 반으로 낮추어 보세요.",
        "en": "See whether you changed the number of pictures, epochs or lr; if the loss does not fall, halve lr.",
    }
    return {"6_3_0.tiny_network.mean_iou": _row(values, 3 * blocks, 5, look_at)}


def unet_rows(blocks=5):
    """What dropout at the end and border weights reach, each a mean over three seeds, for disjoint sets of seeds."""
    space = {"session": SimpleNamespace(profile="quick")}
    wanted = ("from functools", "real = full", "images, masks, cells =", "def weighted(")
    cells = [lessons.resolve(c.source, "en") for c in lessons.read("6_3_3_unet") if c.source.startswith(wanted)]
    assert len(cells) == len(wanted)
    values = {"6_3_3.two_pictures.bottleneck": [], "6_3_3.border_weights.cells_found": []}
    for begin in range(0, 3 * blocks, 3):
        for cell in cells:
            exec(cell.replace("range(5) if full else range(3)", f"range({begin}, {begin + 3})"), space)
            plt.close("all")
        values["6_3_3.two_pictures.bottleneck"].append(np.mean(space["new_pictures"][2]))
        values["6_3_3.border_weights.cells_found"].append(np.mean(space["counted"][2]))
    look_at = {
        "ko": "사진의 수나 repeat, lr을 바꾸었는지, 무게의 σ가 세포에 비해 너무 크지 않은지 보세요.",
        "en": "See whether you changed the number of pictures, repeat or lr, or sigma is too wide for the cells.",
    }
    return {name: _row(found, 3 * blocks, 5, look_at) for name, found in values.items()}


def _row(values, seeds, spreads, look_at):
    """A range some standard deviations wider than what was seen: other processors round differently."""
    low, high, spread = float(min(values)), float(max(values)), float(np.std(values))
    return {
        "low": round(low - spreads * spread, 3),
        "high": round(high + spreads * spread, 3),
        "measured": {"min": round(low, 4), "max": round(high, 4), "seeds": seeds, "on": "cpu"},
        "look_at": look_at,
    }


def main():
    matplotlib.use("agg")
    rows = segmentation_rows() | unet_rows()
    rows |= {name: _row(values, 10 * len(values), 3, LOOK_AT) for name, values in one_hot_accuracies().items()}
    Path(__file__).with_name("expected.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
