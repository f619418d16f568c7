"""Decode all of CamVid, masks too, in two ways, side by side: `python tests/benchmarks/bench_datasets.py`.

One is `datasets.as_tensors`, after which the split lies in memory; the other is one pass over the usual folder data set
(Pillow, ToTensor, mask as long) behind a DataLoader, whose batches are dropped. COURSE_DATA says where CamVid lies.
"""

import argparse
import os
import platform
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_tensor

from helpers import datasets


class Folder(Dataset):
    """What the tutorials write: a picture as float [3, H, W] from 0 to 1, a mask as long [H, W]."""

    def __init__(self, files):
        self.files = files

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        picture, mask = self.files[index]
        image = to_tensor(Image.open(picture).convert("RGB"))
        return image, torch.as_tensor(np.array(Image.open(mask)), dtype=torch.long)


def ours(splits):
    for split in splits:
        images, masks = datasets.as_tensors(split)
        assert len(images) == len(masks) == len(split)


def folder(splits, workers):
    for split in splits:
        seen = sum(len(images) for images, _ in DataLoader(Folder(split.files), batch_size=8, num_workers=workers))
        assert seen == len(split)


def measure(read, splits, repeats):
    """Best and worst time of a few runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        read(splits)
        times.append(time.perf_counter() - start)
    return min(times), max(times)


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--root", type=Path, help="where CamVid lies; default: the course's cache")
    ask.add_argument("--repeats", type=int, default=3)
    told = ask.parse_args()
    splits = [datasets.load("camvid", split=name, root=told.root) for name in ("train", "val")]
    pictures = sum(map(len, splits))
    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {cuda}; Python {platform.python_version()}, "
        f"torch {torch.__version__}, torchvision {torchvision.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    ours(splits)  # the files are in the system's memory for both afterwards
    print(f"CamVid train + val, {pictures} pictures of 360x480 with masks, best of {told.repeats}\n")
    print("| reading | pictures/s | slowest run |\n|---|---:|---:|")
    for name, read in (
        ("helpers.datasets.as_tensors", ours),
        ("folder, DataLoader, 2 workers", partial(folder, workers=2)),
        ("folder, DataLoader, 0 workers", partial(folder, workers=0)),
    ):
        best, worst = measure(read, splits, told.repeats)
        print(f"| {name} | {pictures / best:.0f} | {pictures / worst:.0f} |", flush=True)


if __name__ == "__main__":
    main()
