"""What lies in the cache: which files are there, which are right, and which of them the course put there.

Beside the data lie, in ``.fetched/``, a record and a lock for each set. Nothing here touches a network, and nothing
but a record is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path

from helpers.datasets.catalogue import Entry, File, size_text
from helpers.datasets.files import cache, in_package

_checked: dict[str, list] = {}  # files found right by this process, for caches that cannot be written


# Where


def place(row: Entry) -> Path:
    """Where a set is, or would be: its file if it is one file, else its folder."""
    if row.kind == "wheel":
        return in_package(row.package, *row.required) or Path(row.package, *row.required)
    if row.kind == "torchvision":
        return next((cache() / file.path for file in row.instead if not absent([file])), torch_home() / row.hub)
    return cache() / (row.files[0].path if len(row.files) == 1 else row.folder)


def torch_home() -> Path:
    """Where torch keeps the weights that it downloads."""
    caches = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{caches}/torch")).expanduser() / "hub" / "checkpoints"


def workshop(row: Entry) -> Path:
    """Folder in which a set is made ready; what lies there is never taken for the set."""
    return cache() / f"{row.name}.part"


def writable(folder: Path) -> bool:
    """Whether files can be made there. Root may write anywhere, but a folder without any write bit is meant so."""
    folder = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return folder.is_dir() and os.access(folder, os.W_OK) and bool(folder.stat().st_mode & 0o222)


# What is there, by names and sizes alone


def here(row: Entry, split: str | None = None) -> bool:
    """Whether a set, or a split, is complete enough to be read."""
    if row.kind == "wheel":
        return in_package(row.package, *row.required) is not None
    if row.kind == "torchvision":
        return place(row).is_file()
    if substitute(row):
        return True
    if (workshop(row) / "moving").exists():
        return False
    return not absent(row.of_split(split)) and not absent(_required(row))


def substitute(row: Entry) -> File | None:
    """The file that lies in the place of a set, if one does."""
    return next((file for file in row.instead if not absent([file])), None)


def absent(files) -> list[File]:
    """Those of the files that are not there or have another size. Folders are listed once each."""
    listings, missing = {}, []
    for file in files:
        folder, _, name = file.path.rstrip("/").rpartition("/")
        if folder not in listings:
            listings[folder] = {}
            with contextlib.suppress(OSError), os.scandir(cache() / folder) as found:
                listings[folder] = {one.name: one for one in found}
        one = listings[folder].get(name)
        fits = one is not None and (one.is_dir() if file.path.endswith("/") else one.is_file())
        if not fits or file.size not in (None, one.stat().st_size):
            missing.append(file)
    return missing


def incomplete(row: Entry) -> list[str]:
    """What a set that can be read does not hold, in words."""
    if row.kind in ("wheel", "torchvision", "member"):
        return []
    if file := substitute(row):
        return [file.note] if file.note else []
    said = [f"split {name!r} is not here ({len(row.only_in(name))} files)" for name in absent_splits(row)]
    if is_subset(row):
        said.append(f"a subset: {_counted(row)} of {row.count['of']} in {row.count['path']}")
    return said


def is_subset(row: Entry) -> bool:
    """Whether someone put a part of a set here; what the course unpacked is all that there was."""
    return bool(row.count) and not read_record(row).get("files") and _counted(row) < row.count["of"]


def absent_splits(row: Entry) -> list[str]:
    """Optional splits of which no file is there."""
    return [name for name in row.optional if len(absent(row.only_in(name))) == len(row.only_in(name))]


def _counted(row):
    folder = cache() / row.folder / row.count["path"]
    return sum(not one.name.startswith(".") for one in folder.iterdir()) if folder.is_dir() else 0


def _required(row):
    return [File(f"{row.folder}/{path}") for path in row.required]


# What is right: checksums


def wrong(files, row: Entry, afresh: bool = False) -> list[tuple[File, str]]:
    """Files that are missing or not what is registered, with the reason.

    What was found right before, and has the same size and time since, is not hashed again unless ``afresh``.
    """
    missing = {file.path: file for file in absent(files)}
    known = {} if afresh else read_record(row).get("checked", {}) | _checked
    found, right = [], {}
    for file in files:
        target = cache() / file.path
        if file.path in missing:
            size = target.stat().st_size if target.is_file() else None
            found.append((file, "is missing" if size is None else f"has {size:,} bytes instead of {file.size:,}"))
        elif known.get(str(target)) != (stamp := _stamp(target)):
            if reason := misfit(target, file):
                found.append((file, reason))
            else:
                right[str(target)] = stamp
    _checked.update(right)
    if right and writable(cache()):
        with contextlib.suppress(OSError):
            record = read_record(row)
            write_record(row, record | {"checked": record.get("checked", {}) | right})
    return found


def misfit(path: Path, file: File) -> str:
    """Why the file at ``path`` is not what is registered; an empty string where it is."""
    if file.size is not None and path.stat().st_size != file.size:
        return f"has {path.stat().st_size:,} bytes instead of {file.size:,}"
    if file.checksum is not None:
        algorithm, _, expected = file.checksum.rpartition(":")
        if digest(path, algorithm or "sha256") != expected:
            return "has another checksum than registered"
    if file.header is not None:
        with path.open("rb") as opened:
            first = opened.readline(1000).decode("utf-8", "replace")
        if not re.match(file.header, first):
            return f"begins with {first[:40]!r}"
    return ""


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Checksum of a file; of a folder, that of the list that ``sha256sum`` makes of its files, sorted by name."""
    if path.is_dir():
        names = sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())
        listing = "".join(f"{digest(path / name)}  {name}\n" for name in names)
        return hashlib.sha256(listing.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def problems(row: Entry) -> list[str]:
    """Everything in which a set differs from the registry, after reading all of it."""
    if row.kind in ("wheel", "torchvision"):
        return [] if here(row) else [f"{row.name} is not here"]
    recorded = read_record(row).get("files", {})
    everything = [*recorded, *(file.path for file in [*row.files, *row.instead, *_required(row)])]
    if not any((cache() / path).exists() for path in everything):
        return [f"{row.name} is not in {cache()}"]
    if file := substitute(row):
        return [f"{one.path} {reason}" for one, reason in wrong([file], row, afresh=True)]
    elsewhere = {file for name in absent_splits(row) for file in row.only_in(name)}
    files = [file for file in row.files if file not in elsewhere] + _required(row)
    listed = {file.path for file in files}
    files += [File(path, *known) for path, known in recorded.items() if known and path not in listed]
    found = [f"{file.path} {reason}" for file, reason in wrong(files, row, afresh=True)]
    if len(row.files) > 1 and not row.open:
        found += [f"{path} is not part of the set" for path in _extra(row)]
    return found


def _extra(row):
    known = {file.path for file in row.files} | {f"{row.folder}/{path}" for path in row.ignore}
    there = (one for one in (cache() / row.folder).rglob("*") if one.is_file() and not one.name.startswith("."))
    paths = (one.relative_to(cache()).as_posix() for one in there)
    return sorted(path for path in paths if path not in known and not path.endswith(("Thumbs.db", "desktop.ini")))


def _stamp(path):
    """Size and time of a file, or of all in a folder: as long as they stay, so does the content."""
    found = [one.stat() for one in path.rglob("*")] if path.is_dir() else [path.stat()]
    return [sum(one.st_size for one in found), max((one.st_mtime_ns for one in found), default=0)]


# Records: {"files": {path: [size, sha256] or null}} that the course put there, {"checked": {path: stamp}}


def records() -> Path:
    """Folder of the records and locks."""
    return cache() / ".fetched"


def read_record(row: Entry) -> dict:
    """What is known of a set here; an empty dict where nothing is, or where it cannot be read."""
    try:
        return json.loads((records() / f"{row.name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def write_record(row: Entry, record: dict) -> None:
    """Replace the record of a set, whole."""
    records().mkdir(parents=True, exist_ok=True)
    target = records() / f"{row.name}.json"
    new = target.with_name(f"{target.name}.{os.getpid()}")
    new.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    os.replace(new, target)


def state(row: Entry) -> str:
    """One word or two for the table: here, partly, missing, in a package."""
    if row.kind == "wheel":
        return f"in {row.package}" if here(row) else f"needs {row.package}"
    if here(row):
        return "partly" if incomplete(row) else "here"
    parts = workshop(row)
    if parts.is_dir() and (size := sum(one.stat().st_size for one in parts.rglob("*") if one.is_file())):
        return f"begun ({size_text(size)})"
    if len(row.files) > 1 and len(absent(row.files)) < len(row.files):
        return "partly"
    return "missing"
