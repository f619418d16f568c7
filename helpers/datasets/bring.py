"""The steps of a fetch: a place to work in, room on the disk, the files, and what is said where it does not work."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

from helpers.course import watched
from helpers.datasets import store
from helpers.datasets.catalogue import Entry, File, size_text
from helpers.datasets.download import PATIENCE, NotDownloaded, Probe, download, locked
from helpers.datasets.files import cache
from helpers.datasets.unpack import BadArchive, UnsafeArchive, unpack

_FEW = 64  # files that are fetched one by one rather than in an archive


class DataMissing(FileNotFoundError):
    """A data set is not here; the message says how to get it and what the lessons use meanwhile."""


def lacking(row: Entry) -> list[File]:
    """Files of a set that are missing or wrong; for an archive without a list, the set itself."""
    if store.substitute(row):
        return []
    wanted = [file for file, _ in store.wrong(row.files, row)]
    return wanted or ([] if store.here(row) and not store.is_subset(row) else [File(f"{row.folder}/")])


@contextlib.contextmanager
def workshop(row: Entry):
    """A folder to work in, that no other process works in; errors on the way become :class:`DataMissing`."""
    stage, advice = store.workshop(row), "set the environment variable COURSE_DATA to a folder that can"
    try:
        if not store.writable(cache()):
            raise PermissionError("no permission")
        store.records().mkdir(parents=True, exist_ok=True)
        lock = locked(store.records() / f"{row.name}.lock", f"{row.name}: another process is fetching it; waiting.")
        with lock:
            stage.mkdir(exist_ok=True)
            shutil.rmtree(stage / "unpacked", ignore_errors=True)
            try:
                yield stage
                shutil.rmtree(stage, ignore_errors=True)
            finally:
                with contextlib.suppress(OSError):
                    stage.rmdir()  # only where there is nothing to go on from
    except DataMissing:
        raise
    except (NotDownloaded, BadArchive) as error:
        raise missing(row, str(error).rstrip(".")) from error
    except OSError as error:
        reason = f"{cache()} cannot be written ({error.strerror or error}): {advice}"
        raise missing(row, reason) from error


def make_room(row: Entry, wanted: list[File], stage: Path) -> None:
    """Refuse to begin what the disk cannot hold."""
    begun = sum(one.stat().st_size for one in stage.rglob("*") if one.is_file())
    if row.kind == "member":
        need = row.size_disk
    elif row.archives and not _singly(wanted):
        need = row.size_download + row.size_disk - begun
    else:
        need = sum(file.size or row.size_download // len(row.files) for file in wanted) - begun
    free = shutil.disk_usage(stage).free
    if need > free:
        raise missing(
            row,
            f"it needs {size_text(need)} and {cache()} has {size_text(free)} free: make room, or set the environment "
            "variable COURSE_DATA to a folder on another disk",
        )


def _singly(wanted):
    return len(wanted) <= _FEW and all(file.urls for file in wanted)


def bring(row: Entry, wanted: list[File], stage: Path, archive: Path | None, bar) -> None:
    """Put the files wanted in their place, from a member's archive, the set's archives, or one by one."""
    if archive is not None:
        _unpack_into(row, stage, archive, "", wanted)
        return
    if row.archives and not _singly(wanted):
        try:
            _from_archives(row, wanted, stage, bar)
            return
        except UnsafeArchive:
            raise
        except (NotDownloaded, BadArchive) as error:
            if getattr(error, "offline", False) or not all(file.urls for file in wanted):
                raise
    from tqdm import tqdm

    several = len(wanted) > 9
    for file in tqdm(wanted, desc=row.name, unit="file", ncols=79, disable=not (bar and several)):
        made = stage / file.path.replace("/", "_")
        download(file.urls, made, file.checksum, file.size, 3 * row.size_download, None if several else bar)
        if reason := store.misfit(made, file):
            made.unlink()
            raise NotDownloaded(f"{file.path} {reason}")
        target = cache() / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _record(row, {file.path: None})  # not before: what a reader puts there after a failure is the reader's
        os.replace(made, target)


def _from_archives(row, wanted, stage, bar):
    for number, one in enumerate(row.archives):
        made = stage / f"{number}-{Path(one.urls[0]).name}"
        download(one.urls, made, one.checksum, one.size, 3 * row.size_download, bar)
    for number, one in enumerate(row.archives):
        _unpack_into(row, stage, stage / f"{number}-{Path(one.urls[0]).name}", one.inside, wanted)


def _unpack_into(row, stage, archive, inside, wanted):
    """Unpack an archive beside the set's place, check what came out, and move it there."""
    room, unpacked = int(row.size_disk * (2 if row.about else 1.05)) + 10_000, stage / "unpacked"
    listed = {file.path.removeprefix(f"{row.folder}/"): file for file in wanted if not file.path.endswith("/")}
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        written = unpack(archive, unpacked, room, inside, None if len(listed) < len(wanted) or row.open else listed)
        for name, file in [*listed.items(), *((one.path, one) for one in wanted if one.path.endswith("/"))]:
            if not (unpacked / name.removeprefix(f"{row.folder}/")).exists():
                raise BadArchive(f"{archive.name} holds no {name}")
            if reason := store.misfit(unpacked / name.removeprefix(f"{row.folder}/"), file):
                raise BadArchive(f"{archive.name} holds a {name} that {reason}")
    except BadArchive:
        if row.kind != "member":
            archive.unlink()  # its bytes are no use to the next try
        shutil.rmtree(unpacked, ignore_errors=True)
        raise
    target = cache() / row.folder
    _record(row, {f"{row.folder}/{name}": list(known) for name, known in written.items()})
    if not target.exists():
        os.replace(unpacked, target)
        return
    if not row.files or row.open:  # otherwise the list says what is still missing
        (stage / "moving").touch()
    for name in written:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(unpacked / name, target / name)
    (stage / "moving").unlink(missing_ok=True)


def _record(row, files):
    record = store.read_record(row)
    store.write_record(row, record | {"files": record.get("files", {}) | files})


def from_torchvision(row: Entry) -> Path:
    """Let torchvision fetch and check its own weights."""
    if store.here(row):
        return store.place(row)
    if failure := Probe("https://download.pytorch.org").failure(time.monotonic() + PATIENCE):
        raise missing(row, f"download.pytorch.org: {failure}")
    from torchvision.models import get_weight

    try:
        get_weight(row.weights).get_state_dict(progress=watched(), check_hash=True)
    except (OSError, RuntimeError) as error:
        raise missing(row, str(error)) from error
    return store.place(row)


# What is said


def missing(row: Entry, why: str = "") -> DataMissing:
    """The error, in one sentence: what, why, the command, its size, what the lessons use meanwhile."""
    begin = f"{row.title}: {why}" if why else f"{row.title}: not in {cache()}"
    if row.kind == "wheel":
        cure = f"it comes with a package, `pip install {row.package}`"
    elif row.fetchable:
        cure = f"`python -m helpers.datasets fetch {row.name}` {'tries again' if why else 'gets it'}"
        cure += f" ({row.download_text})"
    else:
        cure = f"no address is known to fetch it from ({row.note}); put it at {store.place(row)}"
    meanwhile = f"; until then the lessons use {row.stand_in}" if row.stand_in else ""
    return DataMissing(f"{begin}; {cure}{meanwhile}.")


def bar(row, progress: bool):
    """A function that makes a progress bar, or None where nobody watches."""
    if not (progress and watched()):
        return None
    from tqdm import tqdm

    return lambda: tqdm(unit="B", unit_scale=True, desc=row.name, ncols=79)
