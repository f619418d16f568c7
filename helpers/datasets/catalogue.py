"""What can be fetched: registry.toml as objects. Nothing is downloaded or looked up here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from helpers.datasets.files import did_you_mean

REGISTRY = Path(__file__).with_name("registry.toml")


class File(NamedTuple):
    """A file of a data set.

    ``path`` is below the cache; one that ends in ``/`` stands for a folder. ``size`` and ``checksum`` (sha256, or
    ``"md5:..."``) are None where nobody publishes them; ``header`` is a pattern that the first line fits; ``note``
    says how a file that stands in for a set differs from it.
    """

    path: str
    size: int | None = None
    checksum: str | None = None
    urls: tuple[str, ...] = ()
    header: str | None = None
    note: str = ""


class Archive(NamedTuple):
    """An archive and the folder of it (``inside``) that is unpacked."""

    urls: tuple[str, ...]
    size: int | None = None
    checksum: str | None = None
    inside: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of the registry; the head of registry.toml explains each field. Sizes are bytes."""

    name: str
    title: str
    kind: str
    folder: str = ""
    files: tuple[File, ...] = ()
    archives: tuple[Archive, ...] = ()
    size_download: int = 0
    size_disk: int = 0
    about: bool = False
    licence: str = ""
    redistributable: bool = False
    citation: str = ""
    homepage: str = ""
    lessons: tuple[str, ...] = ()
    stand_in: str = ""
    note: str = ""
    splits: dict[str, list[str]] | None = None
    optional: tuple[str, ...] = ()
    instead: tuple[File, ...] = ()
    required: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    count: dict | None = None
    open: bool = False
    of: str = ""  # a member's archive
    package: str = ""  # a wheel's
    weights: str = ""  # torchvision's name, and its file's in torch's cache
    hub: str = ""

    @property
    def fetchable(self) -> bool:
        """Whether an address is known."""
        return self.kind in ("files", "archive", "member", "torchvision")

    @property
    def download_text(self) -> str:
        """Size of the download as people read it, such as ``"about 190 MB"``."""
        return "about " * self.about + size_text(self.size_download)

    def of_split(self, split: str | None) -> tuple[File, ...]:
        """Files that a split needs; for None, those that every use of the set needs.

        Files in no split (lists of names) belong to each.
        """
        if self.splits is None:
            return self.files
        others = [name for name in self.splits if name != split and (split or name in self.optional)]
        return tuple(file for file in self.files if not any(self._holds(name, file) for name in others))

    def only_in(self, split: str) -> list[File]:
        """Files that belong to this split alone."""
        return [file for file in self.files if self._holds(split, file)]

    def _holds(self, split, file):
        relative = file.path.removeprefix(f"{self.folder}/")
        return any(relative == place or relative.startswith(f"{place}/") for place in self.splits[split])


def registry() -> dict[str, Entry]:
    """Return every data set that the course knows.

    Returns
    -------
    dict of str to Entry

    Examples
    --------
    >>> registry()["nsmc"].licence
    'CC0'
    """
    return _read(REGISTRY)


def entry(name: str, split: str | None = None) -> Entry:
    """Return one row; ValueError, with names that look alike, where there is no such set or split."""
    rows = registry()
    if name not in rows:
        raise ValueError(f"No data set {name!r}.{did_you_mean(str(name), rows)} There are {', '.join(rows)}.")
    splits = rows[name].splits
    if split is not None and splits is not None and split not in splits:
        raise ValueError(f"{name} has no split {split!r}; it has {', '.join(splits)}.")
    return rows[name]


def size_text(size: float) -> str:
    """Bytes as people read them: at most three digits.

    >>> size_text(862_182_613), size_text(2_323_010_599), size_text(7_378)
    ('862 MB', '2.3 GB', '7 kB')
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            break
        size /= 1000
    return f"{size:.1f} {unit}" if size < 9.95 and unit in ("MB", "GB") else f"{size:.0f} {unit}"


@lru_cache
def _read(path):
    with path.open("rb") as file:
        rows = tomllib.load(file)
    return {name: _entry(name, dict(row), rows, path.parent) for name, row in rows.items()}


def _entry(name, row, rows, here):
    row["files"] = [_file(one) for one in row.get("files", ())]
    row["archives"] = [Archive(**one | {"urls": tuple(one["urls"])}) for one in row.get("archives", ())]
    row["instead"] = [_file(one) for one in row.get("instead", ())]
    base = row.pop("base", ())
    if manifest := row.pop("manifest", None):
        for line in (here / "manifests" / f"{manifest}.sha256").read_text("utf-8").splitlines():
            checksum, path = line.split("  ", 1)
            urls = tuple(address + path for address in base)
            row["files"].append(File(f"{row['folder']}/{path}", None, checksum, urls))
    if row["kind"] == "member":
        # What is not said of a member is said of its archive.
        shared = ("folder", "licence", "redistributable", "citation", "homepage", "stand_in", "size_download")
        row = {key: rows[row["of"]][key] for key in shared if key in rows[row["of"]]} | row
    listed = {one.name for one in fields(Entry) if str(one.type).startswith("tuple")}
    row = {key: tuple(value) if key in listed else value for key, value in row.items()}
    return Entry(name=name, **row)


def _file(row):
    return File(**row | {"urls": tuple(row.get("urls", ()))})
