"""Count a confusion matrix and read the mean IoU, side by side with peers: `python tests/benchmarks/bench_metrics.py`.

One picture 1024x2048 with 19 classes and void, as in Cityscapes. Every way takes its turn in every round, in one
process; each is checked to give the same number first, but for the one that measures something else.
"""

import argparse
import os
import platform
import statistics
import time

import numpy as np
import torch
import torchmetrics
from torchmetrics.classification import MulticlassJaccardIndex
from torchmetrics.segmentation import MeanIoU

from helpers.metrics import ConfusionMatrix

CLASSES, HEIGHT, WIDTH = 19, 1024, 2048


def scene(void):
    """Target [1, H, W], uint8, in patches of 32x32, and a prediction, int64, that is wrong in a tenth of the pixels."""
    generator = torch.Generator().manual_seed(0)
    patches = torch.randint(0, CLASSES, (1, HEIGHT // 32, WIDTH // 32), generator=generator)
    target = patches.repeat_interleave(32, 1).repeat_interleave(32, 2)
    wrong = torch.rand(target.shape, generator=generator) < 0.1
    prediction = torch.where(wrong, torch.randint(0, CLASSES, target.shape, generator=generator), target)
    if void:
        target[torch.rand(target.shape, generator=generator) < 0.1] = 255
    return prediction, target.to(torch.uint8)


def ours(prediction, target):
    return ConfusionMatrix(CLASSES).update(prediction, target).mean_iou()


def jaccard(prediction, target, **settings):
    metric = MulticlassJaccardIndex(CLASSES, ignore_index=255, **settings)
    metric.update(prediction, target)
    return metric.compute().item()


def unchecked(prediction, target):
    return jaccard(prediction, target, validate_args=False)


def mean_iou(prediction, target):
    metric = MeanIoU(CLASSES, input_format="index")
    metric.update(prediction, target.long())  # it takes no bytes
    return metric.compute().item()


def with_numpy(prediction, target):
    prediction, target = prediction.numpy().ravel(), target.numpy().ravel()
    kept = target != 255
    cells = target[kept].astype(np.int64) * CLASSES + prediction[kept]
    matrix = np.bincount(cells, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    right = matrix.diagonal()
    return (right / (matrix.sum(0) + matrix.sum(1) - right)).mean()


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--repeats", type=int, default=9)
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--logits", action="store_true", help="count from logits [1, 19, 1024, 2048] too")
    told = ask.parse_args()
    torch.set_num_threads(told.threads)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {told.threads} thread(s); Python {platform.python_version()}, "
        f"torch {torch.__version__}, torchmetrics {torchmetrics.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    prediction, target = scene(void=True)
    narrow, wide, whole = prediction.to(torch.uint8), target.long(), scene(void=False)
    ways = {
        "ours (helpers.metrics.ConfusionMatrix), int64 against uint8": (ours, prediction, target),
        "ours, both uint8": (ours, narrow, target),
        "ours, both int64": (ours, prediction, wide),
        "NumPy: mask, bincount; labels not checked": (with_numpy, prediction, target),
        "torchmetrics MulticlassJaccardIndex, int64 against uint8": (jaccard, prediction, target),
        "MulticlassJaccardIndex, both int64": (jaccard, prediction, wide),
        "MulticlassJaccardIndex, validate_args=False": (unchecked, prediction, target),
        "torchmetrics MeanIoU (knows no void: none here)": (mean_iou, *whole),
    }
    if told.logits:
        logits = torch.nn.functional.one_hot(prediction, CLASSES).movedim(-1, 1).float().contiguous()
        ways["ours, from logits"] = (ours, logits, target)
        ways["torchmetrics MulticlassJaccardIndex, from logits"] = (jaccard, logits, target)
    expected = ours(prediction, target)
    for name, (way, *data) in ways.items():  # this is the warm-up too
        assert way is mean_iou or abs(way(*data) - expected) < 1e-6, name
    mean_iou(*whole)
    times = {name: [] for name in ways}
    for _ in range(told.repeats):
        for name, (way, *data) in ways.items():
            start = time.perf_counter()
            way(*data)
            times[name].append(1000 * (time.perf_counter() - start))
    first = statistics.median(next(iter(times.values())))
    print(f"One picture {HEIGHT}x{WIDTH}, {CLASSES} classes, update and mean IoU, {told.repeats} rounds\n")
    print("| counting | median ms | fastest | slowest | times ours |\n|---|---:|---:|---:|---:|")
    for name, spent in times.items():
        median = statistics.median(spent)
        print(f"| {name} | {median:.1f} | {min(spent):.1f} | {max(spent):.1f} | {median / first:.1f} |", flush=True)


if __name__ == "__main__":
    main()
