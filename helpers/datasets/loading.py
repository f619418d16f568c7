"""One door to all data: :func:`load` reads a data set by name, :func:`as_tensors` puts a whole one into memory."""

from __future__ import annotations

import importlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from helpers.datasets.files import did_you_mean

if TYPE_CHECKING:
    import torch


class _Reader(NamedTuple):
    module: str
    function: str
    splits: tuple[str, ...] = ()  # the first is the default
    more: dict = {}  # what else the function is told
    drawn: bool = False  # made here from a seed: there are no files


_THREE = ("train", "val", "all")
_READERS = {
    "camvid": _Reader("segmentation", "camvid", ("train", "val", "test")),
    "isbi2012": _Reader("segmentation", "isbi2012", _THREE),
    "dsb2018": _Reader("segmentation", "dsb2018", _THREE),
    "oxford-iiit-pet": _Reader("segmentation", "pet", ("trainval", "test")),
    "voc2012": _Reader("segmentation", "voc2012", ("train", "val", "trainval")),
    "scenes": _Reader("scenes", "Scenes", ("train", "val", "test"), drawn=True),
    "cifar10": _Reader("cifar", "official", ("train", "test")),
    "cifar10-jpg": _Reader("cifar", "jpeg", ("train", "test")),
    "nsmc": _Reader("texts", "nsmc", ("train", "test")),
    "text8": _Reader("texts", "text8"),
    "tales": _Reader("tales", "Tales", drawn=True),
    "ws353-korean": _Reader("texts", "ws353_korean"),
    "wordsim353": _Reader("texts", "similarity", more={"name": "wordsim353"}),
    "simlex999": _Reader("texts", "similarity", more={"name": "simlex999"}),
    "google-analogies": _Reader("texts", "google_analogies"),
}


def load(name: str, split: str | None = None, *, root: str | os.PathLike | None = None, **options):
    """Read a data set; fetch it first if it is not there.

    Parameters
    ----------
    name : str
        Pictures with a class a pixel: ``"camvid"``, ``"isbi2012"``, ``"dsb2018"``, ``"oxford-iiit-pet"``,
        ``"voc2012"``, and ``"scenes"``, which the course draws itself. Pictures with a label: ``"cifar10"``,
        ``"cifar10-jpg"``. Words: ``"nsmc"``, ``"text8"``, ``"wordsim353"``, ``"simlex999"``, ``"ws353-korean"``,
        ``"google-analogies"``, and ``"tales"``, sentences that the course draws itself.
    split : str, optional
        Default: the first that the data set has, ``"train"`` for most.
    root : str or Path, optional
        Where your own copy lies, laid out as in the cache. Default: the cache.
    **options
        ``size=(height, width)``, ``transform=`` and ``channels=`` for pictures with a class a pixel, ``transform=`` for
        pictures with a label; ``instances=`` and ``borders=`` for dsb2018; ``words=`` for text8. scenes takes ``n=``,
        ``size=``, ``seed=``, ``transform=``, ``instances=``, ``only=`` and knobs: see :class:`.scenes.Scenes`; tales
        ``words=``, ``seed=`` and ``dreams=``: see :class:`.tales.Tales`.

    Returns
    -------
    LabelledPictures, or Scenes with the same interface
        ``ds[i]`` is (image uint8 tensor [3, H, W], mask uint8 tensor [H, W]), where 255 is a pixel to ignore.
    LabelledImages
        CIFAR-10: ``ds[i]`` is (image uint8 tensor [3, 32, 32], label int). Where the official files are not at hand and
        the JPEG ones are, those are read, and ``name`` says "cifar10-jpg".
    pandas.DataFrame, list or iterable
        For words, as :mod:`.texts` says for each.

    Raises
    ------
    ValueError
        If there is no such data set or split, or a file is not what it should be; the message names the file.
    FileNotFoundError
        If the data is not there and cannot be fetched (:class:`.fetch.DataMissing`), or a file of it is missing.

    Examples
    --------
    >>> load("google-analogies")[0]
    ('capital-common-countries', 'Athens', 'Greece', 'Baghdad', 'Iraq')
    """
    if name not in _READERS:
        raise ValueError(f"No data set {name!r}.{did_you_mean(str(name), _READERS)} There are {', '.join(_READERS)}.")
    splits = _READERS[name].splits
    if split is None and splits:
        split = splits[0]
    elif split is not None and split not in splits:
        raise ValueError(
            f"{name} has no split {split!r}.{did_you_mean(str(split), splits)} "
            + (f"It has {', '.join(splits)}." if splits else "It is one whole: leave split out.")
        )
    reader = _READERS[name]
    if reader.drawn:
        if root is not None:
            raise ValueError(f"{name} is drawn, not read from files: leave out root.")
        return getattr(importlib.import_module(f"helpers.datasets.{reader.module}"), reader.function)(
            *([split] if splits else []), **options
        )
    if root is not None:
        place = Path(root).expanduser()
        if name == "cifar10" and not _holds_official(place):
            name = "cifar10-jpg"
    else:
        from helpers.datasets import fetch

        if name == "cifar10" and not fetch.available(name) and fetch.available("cifar10-jpg"):
            name = "cifar10-jpg"
        place = fetch.path(name, split=split)
    reader = _READERS[name]
    read = getattr(importlib.import_module(f"helpers.datasets.{reader.module}"), reader.function)
    return read(split, place, **reader.more, **options)


def as_tensors(ds) -> tuple[torch.Tensor, torch.Tensor]:
    """Put a whole data set into two tensors, so that a training loop needs no worker processes.

    Files are decoded by several threads (Pillow lets go of Python's lock while it decodes). A data set with a
    ``transform`` is read picture after picture, so that the same seed gives the same tensors. Drawn scenes come many at
    a time.

    Parameters
    ----------
    ds : map-style data set
        From :func:`load`, or any other of (image, mask or label) whose images have one size.

    Returns
    -------
    images : Tensor [N, C, H, W], uint8
    masks : Tensor [N, H, W], uint8; or labels, Tensor [N], int64
        Both pinned where CUDA is there, so that ``.to("cuda", non_blocking=True)`` copies beside other work.

    Raises
    ------
    ValueError
        If the data set is empty or its pictures differ in size.

    Examples
    --------
    >>> import torch
    >>> from torch.utils.data import TensorDataset
    >>> images, labels = as_tensors(TensorDataset(torch.zeros(5, 3, 8, 8, dtype=torch.uint8), torch.arange(5)))
    >>> images.shape, labels.shape
    (torch.Size([5, 3, 8, 8]), torch.Size([5]))
    """
    import torch

    if not len(ds):
        raise ValueError(f"{ds!r} is empty: there is nothing to put into tensors.")
    first = tuple(torch.as_tensor(part) for part in ds[0])
    # Pages of empty() are there when first written to, so nothing is held twice.
    pinned = torch.cuda.is_available()
    whole = [torch.empty((len(ds), *part.shape), dtype=part.dtype, pin_memory=pinned) for part in first]
    # NumPy's view: its copies stay in their thread, where torch's would start more threads.
    views = [part.numpy() for part in whole]
    quick = hasattr(ds, "arrays") and getattr(ds, "transform", None) is None
    if quick and hasattr(ds, "bulk"):
        first = 0
        for images, masks in ds.bulk():
            last = first + len(images)
            views[0][first:last], views[1][first:last] = images.transpose(0, 3, 1, 2), masks
            first = last
        return whole[0], whole[1]

    def put(index):
        if quick:
            image, target = ds.arrays(index)
            image = image.transpose(2, 0, 1)
        else:
            image, target = (torch.as_tensor(part).numpy() for part in ds[index])
        if image.shape != views[0].shape[1:] or target.shape != views[1].shape[1:]:
            shown, expected = ("x".join(map(str, shape[-2:])) for shape in (image.shape, first[0].shape))
            raise ValueError(
                f"Picture {index} is {shown} pixels, picture 0 is {expected}; one tensor needs one size: "
                "give size=(height, width) to load()."
            )
        views[0][index], views[1][index] = image, target

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1) if quick else 1) as pool:
        try:
            for _ in pool.map(put, range(len(ds))):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return whole[0], whole[1]


def _holds_official(place):
    return place.name == "cifar-10-batches-py" or (place / "cifar-10-batches-py").is_dir()
