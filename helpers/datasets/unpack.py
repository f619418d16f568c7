"""Unpacking an archive from elsewhere: nothing outside the folder given, nothing but files, no more than was agreed.

Tar archives (plain, gzip, bzip2, xz) and zip archives. A name that leads out of the folder, a link, a device or a
bomb stops it with :class:`UnsafeArchive`, which names the member; so does a damaged archive with :class:`BadArchive`.
"""

from __future__ import annotations

import hashlib
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

_CHUNK = 1 << 20
_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, RuntimeError),  # zipfile's, for encrypted members and rare compressions
)


class BadArchive(OSError):
    """An archive that cannot be read to its end."""


class UnsafeArchive(BadArchive):
    """An archive that asks for something that data never needs."""


def unpack(
    archive: Path, folder: Path, limit: int, inside: str = "", only: Collection[str] | None = None
) -> dict[str, tuple[int, str]]:
    """Unpack the files of an archive.

    Parameters
    ----------
    archive, folder : Path
        The folder is made if it is not there.
    limit : int
        Bytes that may be written in all. What the archive says of its sizes is asked first, but not believed.
    inside : str
        Folder of the archive to unpack; its own path is left off. Default: everything.
    only : collection of str, optional
        Names, below ``inside``, of the files to unpack. Default: all.

    Returns
    -------
    dict of str to (int, str)
        Size and sha256 of each file written, by its name below ``folder``.

    Raises
    ------
    UnsafeArchive, BadArchive
    """
    written, total = {}, 0
    try:
        for name, size, kind, open_member in _members(archive):
            relative = _safe(name, archive)
            if inside:
                if not relative.is_relative_to(inside) or relative == PurePosixPath(inside):
                    continue
                relative = relative.relative_to(inside)
            if kind == "folder" or (only is not None and relative.as_posix() not in only):
                continue
            if kind != "file":
                raise UnsafeArchive(f"{archive.name} holds {name!r}, which is a {kind}: it was not unpacked.")
            if total + size > limit:
                raise _too_much(archive, name, limit)
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # also where the file system takes two names for one
                raise UnsafeArchive(f"{archive.name} holds {name!r} twice: it was not unpacked.")
            with open_member() as source, target.open("xb") as file:
                digest = hashlib.sha256()
                while chunk := source.read(_CHUNK):
                    total += len(chunk)
                    if total > limit:
                        raise _too_much(archive, name, limit)
                    digest.update(chunk)
                    file.write(chunk)
                written[relative.as_posix()] = file.tell(), digest.hexdigest()
    except _BROKEN as error:
        raise BadArchive(f"{archive.name} is not a whole archive ({error}).") from error
    return written


def _members(archive: Path) -> Iterator[tuple]:
    """Yield name, size, kind and a function that opens the member."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                mode = stat.S_IFMT(member.external_attr >> 16)
                kind = "folder" if member.is_dir() else "file" if mode in (0, stat.S_IFREG) else "link or device"
                yield member.orig_filename, member.file_size, kind, lambda member=member: file.open(member)
        return
    with tarfile.open(archive) as file:
        for member in file:
            link = "symbolic link" if member.issym() else "hard link" if member.islnk() else "device"
            kind = "folder" if member.isdir() else "file" if member.isreg() else link
            yield member.name, member.size, kind, lambda member=member: file.extractfile(member)


def _safe(name, archive):
    """The member's path, if it stays in the folder on every platform."""
    windows = PureWindowsPath(name)
    if not name or "\0" in name or name.startswith(("/", "\\")) or windows.drive or ".." in windows.parts:
        raise UnsafeArchive(f"{archive.name} holds {name!r}, which leads out of its folder: it was not unpacked.")
    return PurePosixPath(name)


def _too_much(archive, name, limit):
    return UnsafeArchive(
        f"{archive.name} unpacks to more than the {limit:,} bytes that it may hold (at {name!r}): it was not unpacked."
    )
