"""Files of vectors as streams of bytes: as they are, unpacked by gzip, or a member of a zip archive."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# What people hand over in place of a file of vectors: how it begins, and what to do instead.
_OTHERS = {
    b"\xff\xfe": "UTF-16, expected UTF-8: open it in an editor and save it as UTF-8.",
    b"\xfe\xff": "UTF-16, expected UTF-8: open it in an editor and save it as UTF-8.",
    b"\xba\x16\x4f\x2f": "a fastText model, not a file of vectors: "
    "gensim.models.fasttext.load_facebook_vectors reads it.",
    b"\x80": "a pickle, such as gensim's save() writes; a pickle can run code, so it is not opened here. "
    "If you trust it: gensim.models.KeyedVectors.load(...).",
    b"\x93NUM": "an array without words: numpy.load reads it.",
    b"BZh91AY": "packed by bzip2: unpack it first.",
    b"\xfd7zXZ": "packed by xz: unpack it first.",
}


@contextmanager
def opened(path: Path, member: str | None = None) -> Iterator[BinaryIO]:
    """Open a file as it is, unpacked by gzip, or one member of a zip archive; the first bytes tell which.

    Raises
    ------
    ValueError
        If an archive has no such member, or several and none was named, or is no format that is known here.
    """
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            try:
                archive = zipfile.ZipFile(file)
            except zipfile.BadZipFile as error:
                raise ValueError(f"{path} is not a whole zip archive: was its download cut short?") from error
            with archive, archive.open(_member(path, archive, member)) as stream:
                yield stream
        elif member is not None:
            raise ValueError(f"{path} is no zip archive, so it has no member {member!r}.")
        elif start[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as stream:
                yield stream
        else:
            for sign, what in _OTHERS.items():
                if start.startswith(sign):
                    raise ValueError(f"{path} is {what}")
            yield file


def _member(path, archive, member):
    files = [one.filename for one in archive.infolist() if not one.is_dir()]
    if member in files or (member is None and len(files) == 1):
        return member or files[0]
    raise ValueError(
        f"{path} has {'several members' if member is None else f'no member {member!r}'}: "
        f"pass member= with one of {', '.join(map(repr, files[:10])) or 'none: it is empty'}."
    )
