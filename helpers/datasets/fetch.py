"""Data that the course does not ship: is it here, get it, check it, remove it.

:func:`available` asks, :func:`path` gives a verified file or folder and fetches it first where it must. registry.toml
says what there is; :mod:`.download` gets one file, :mod:`.unpack` opens archives, :mod:`.store` knows what lies in the
cache. A set is made ready in ``NAME.part/`` beside its place and moved there when it is whole, so that a fetch that is
killed leaves nothing that looks like data.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from helpers.datasets import store
from helpers.datasets.bring import DataMissing, bar, bring, from_torchvision, lacking, make_room, missing, workshop
from helpers.datasets.catalogue import entry, registry
from helpers.datasets.download import locked
from helpers.datasets.files import cache

__all__ = ["DataMissing", "available", "fetch", "path", "registry", "remove", "verify"]


def available(name: str, split: str | None = None) -> bool:
    """Say whether a data set can be read here and now. No network is touched and no file opened.

    Parameters
    ----------
    name : str
        A name in the registry.
    split : str, optional
        Ask for this split alone; by default for all but those that the set is of use without (CamVid's test).

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If there is no such set or split.

    Examples
    --------
    >>> available("wordsim353")
    True
    """
    return name in ("scenes", "tales") or store.here(entry(name, split), split)  # these are drawn, never fetched


def path(name: str, *, split: str | None = None, download: bool = True) -> Path:
    """Return the file or folder of a data set, verified; fetch it first if need be.

    Parameters
    ----------
    name : str
    split : str, optional
        As in :func:`available`.
    download : bool
        Whether a network may be used.

    Returns
    -------
    Path
        The file, or the folder of a set of several.

    Raises
    ------
    DataMissing
        If it is not here and cannot be fetched; without a network, after 5 seconds at most.
    ValueError
        If there is no such set or split.
    """
    row = entry(name, split)
    damage = []
    if store.here(row, split):
        file = store.substitute(row)
        damage = store.wrong([file] if file else row.of_split(split), row)
        if not damage:
            return store.place(row)
    if download and row.fetchable:
        return fetch(name)
    if damage:
        file, reason = damage[0]
        raise missing(row, f"{file.path} {reason}")
    raise missing(row)


def fetch(name: str, *, progress: bool = True) -> Path:
    """Download, verify and unpack a data set, or what of it is not here yet.

    Parameters
    ----------
    name : str
    progress : bool
        Show a bar, where a person watches.

    Returns
    -------
    Path
        As :func:`path`.

    Raises
    ------
    DataMissing
        If it cannot be had: no network, every address failed, no room, a folder that cannot be written. Nothing half
        done is left in the set's place; a download that broke off goes on the next time.
    """
    row = entry(name)
    if row.kind == "torchvision":
        return from_torchvision(row)
    if not row.fetchable:
        return path(name, download=False)
    if not lacking(row):
        return store.place(row)
    archive = fetch(row.of, progress=progress) if row.kind == "member" else None
    with workshop(row) as stage:
        wanted = lacking(row)  # someone else may have fetched it while this waited for the lock
        if wanted:
            make_room(row, wanted, stage)
            bring(row, wanted, stage, archive, bar(row, progress))
    return store.place(row)


def verify(name: str) -> list[str]:
    """Read a whole data set and compare it with the registry.

    Parameters
    ----------
    name : str

    Returns
    -------
    list of str
        What is wrong, a sentence each; empty where all is right. A split that a set is of use without may be missing.
    """
    return store.problems(entry(name))


def remove(name: str) -> int:
    """Delete what :func:`fetch` put in the cache for a data set, and nothing else.

    Parameters
    ----------
    name : str

    Returns
    -------
    int
        Bytes freed.

    Raises
    ------
    PermissionError
        If the set was put there by someone else, or the folder cannot be written.
    """
    row = entry(name)
    ours = store.read_record(row).get("files", {})
    there = store.place(row)
    if not ours and not store.workshop(row).exists():
        if not store.here(row):
            return 0
        raise PermissionError(f"{there} was not put there by the course, so it stays: delete it yourself if you want.")
    if not store.writable(cache()):
        raise PermissionError(f"{cache()} cannot be written, so nothing in it can be removed.")
    freed = 0
    with locked(store.records() / f"{name}.lock", f"{name}: another process is fetching it; waiting."):
        files = [cache() / one for one in ours] + [one for one in store.workshop(row).rglob("*") if one.is_file()]
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                freed += file.stat().st_size
                file.unlink()
        shutil.rmtree(store.workshop(row), ignore_errors=True)
        for folder in sorted({parent for file in files for parent in file.parents}, key=lambda one: -len(one.parts)):
            if cache() in folder.parents:
                with contextlib.suppress(OSError):
                    folder.rmdir()  # only where it is empty
        (store.records() / f"{name}.json").unlink(missing_ok=True)
    return freed
