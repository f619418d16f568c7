"""Reading files so that a mistake in one is a sentence, not a riddle: which file, which line, what was expected.

:func:`shipped` and :func:`cache` say where files lie, :func:`read_text` and :func:`read_table` read them. Only the
standard library is imported here; :func:`read_table` imports pandas when it is called.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import difflib
import importlib.util
import io
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FOLDERS = (Path(__file__).resolve().parents[2] / "data", Path(__file__).resolve().parents[1] / "_data")
_DRIVE = Path("/content/drive/MyDrive/pixels-to-words")  # made by a reader who wants to keep what is downloaded
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TextEncodingError(ValueError):
    """A file's bytes are not text in the encoding it was read with."""


class TableError(ValueError):
    """A table's file cannot be read as rows and named columns without guessing."""


def shipped(name: str) -> Path:
    """Find a file that the course ships.

    Parameters
    ----------
    name : str
        Name below the course's ``data`` folder, such as ``"peter.txt"``.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        If there is no such file; the message lists what there is.

    Examples
    --------
    >>> shipped("peter.txt").name
    'peter.txt'
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    there = sorted({p.relative_to(d).as_posix() for d in _FOLDERS for p in d.rglob("*") if p.is_file()})
    raise FileNotFoundError(
        f"The course ships no file {name!r}.{did_you_mean(name, there)} It ships: {', '.join(there) or 'nothing here'}."
    )


def cache() -> Path:
    """Name the folder where downloaded data lies. It need not exist, and nothing is created.

    Returns
    -------
    Path
        ``COURSE_DATA`` if that environment variable is set; on Colab ``pixels-to-words`` in My Drive, where Drive is
        mounted and has such a folder, else ``/content/pixels-to-words``; elsewhere the folder that the operating system
        keeps for caches.
    """
    if folder := os.environ.get("COURSE_DATA", "").strip():
        return Path(folder).expanduser()
    if "google.colab" in sys.modules:
        return _DRIVE if _DRIVE.is_dir() else Path("/content/pixels-to-words")
    import pooch

    return Path(pooch.os_cache("pixels-to-words"))


def in_package(package: str, *names: str) -> Path | None:
    """Find a file that an installed package carries, without importing that package; None where it is not."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return next((file for file in (Path(folder, *names) for folder in folders) if file.is_file()), None)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to; it is moved there at the end, and removed after an error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield scratch
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def read_text(path: str | os.PathLike, encoding: str = "utf-8") -> str:
    r"""Read a whole text file; a byte order mark is dropped and every line ends in ``"\n"``.

    Parameters
    ----------
    path : str or Path
    encoding : str
        As Python names it. Old Korean files are often ``"cp949"``.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError
        Naming the whole path, and names in that folder that look alike.
    TextEncodingError
        A ValueError with line, byte offset and byte, and the call that reads the file where it can be told.
    ValueError
        If the file holds nothing but white space.

    Examples
    --------
    >>> read_text(shipped("five_sentences.txt")).split("\n")[0]
    'This is last chance.'
    """
    return _read(path, encoding, "read_text", expected="text")


def read_table(
    path: str | os.PathLike, columns: str | Iterable[str] | None = None, encoding: str = "utf-8"
) -> pd.DataFrame:
    """Read a CSV file whose first line names its columns, without guessing where a row is broken.

    An empty cell is NaN; every other cell is what it says, ``NA``, ``null`` and ``N`` too. A file with column names
    and no rows gives a table without rows.

    Parameters
    ----------
    path : str or Path
    columns : str or list of str, optional
        Columns that have to be there. Others are kept as well.
    encoding : str
        As in :func:`read_text`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    FileNotFoundError, TextEncodingError
        As in :func:`read_text`.
    TableError
        A ValueError that names file, line and what was expected: no column names, a name twice, a required column
        missing, a row with too few or too many fields, a quote that does not close.
    ValueError
        If the file holds nothing but white space.

    Examples
    --------
    >>> read_table(shipped("class2.csv"), columns=["id", "class2"])["class2"].iloc[0]
    'N'
    """
    import pandas as pd

    text = _read(path, encoding, "read_table", expected="a first line that names the columns")
    header, at = _header(text, path)
    required = [columns] if isinstance(columns, str) else [*(columns or ())]
    if twice := [name for name in header if header.count(name) > 1]:
        raise TableError(f"{path}, line {at}: two columns are named {twice[0]!r}; expected a name each.")
    if len(header) == 1 and (mark := re.search("[\t;]", header[0])):
        raise TableError(
            f"{path}, line {at}: the fields are separated by {mark[0]!r}, expected commas: "
            f"pandas.read_csv({str(path)!r}, sep={mark[0]!r}) reads such a file."
        )
    if all(re.fullmatch(r"\s*[-+]?\d*\.?\d+(e[-+]?\d+)?\s*", name, re.I) for name in header):
        raise TableError(f"{path}, line {at}: expected the names of the columns, found numbers: {', '.join(header)}.")
    if missing := [name for name in required if name not in header]:
        raise TableError(
            f"{path}, line {at}: no column {missing[0]!r}; the columns are {', '.join(map(repr, header))}."
            + did_you_mean(missing[0], header)
        )
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""], index_col=False, low_memory=False)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return " Did you mean 'peter.txt'?" for the names most like ``name``, or nothing."""
    folded = {unicodedata.normalize("NFC", other).casefold(): other for other in names}
    near = difflib.get_close_matches(unicodedata.normalize("NFC", name).casefold(), folded, n=3)
    return f" Did you mean {' or '.join(repr(folded[other]) for other in near)}?" if near else ""


def _read(path, encoding, reader, expected):
    """Read, decode and check a file; ``reader`` is the function to name in the advice."""
    raw = _existing(path).read_bytes()
    try:
        # The mark is taken off afterwards: "utf-8-sig" would count byte offsets from behind it.
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
        raise TextEncodingError(
            f"{path} is not {encoding.upper()}: line {line}, byte offset {error.start}, byte 0x{byte:02x}. "
            + _encoding_advice(raw, error, lambda name: f"{reader}({str(path)!r}, encoding={name!r})")
        ) from error
    if not text.strip():
        raise ValueError(f"{path} is empty ({len(raw)} bytes, no text in them); expected {expected}.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _existing(path):
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path.absolute()} is a folder; give the path of a file in it.")
    if path.exists():
        return path
    there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    for name in there:
        # Archives made on macOS hold Hangul names letter by letter (NFD): they look the same and are not.
        if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", path.name):
            return path.with_name(name)
    where = did_you_mean(path.name, there) if path.parent.is_dir() else f" There is no folder {path.parent.absolute()}."
    raise FileNotFoundError(f"No file {path.absolute()}.{where}")


def _encoding_advice(raw, error, call):
    if raw.startswith(_UTF16) and not error.encoding.startswith("utf-16"):
        return f"This looks like UTF-16 (Windows says Unicode); this reads it: {call('utf-16')}"
    if error.end == len(raw) and not raw[: error.start].isascii():
        return "The file ends in the middle of a character: was the download or the copy cut short?"
    for encoding, name, sign in (("utf-8", "UTF-8", "."), ("cp949", "CP949 (common in Korea)", "[가-힣]")):
        try:
            if re.search(sign, raw.decode(encoding)):
                return f"This looks like {name}; this reads it: {call(encoding)}"
        except UnicodeDecodeError:
            pass
    return f"Save it as UTF-8, or name its encoding: {call('...')}"


def _header(text, path):
    """Return the column names and their line after every row was seen to have as many fields as the header."""
    rows = csv.reader(io.StringIO(text), strict=True)
    header, at, line = [], 1, 1
    # A cell may hold a whole novel; the limit is the module's own, so it is put back.
    limit = csv.field_size_limit(len(text) + 1)
    try:
        for row in rows:
            if row and not header:
                header, at = row, line
            elif row and len(row) != len(header):
                raise TableError(
                    f"{path}, line {line}: expected {len(header)} fields as in line {at}, found {len(row)}; "
                    'a comma inside a field needs quotes around the field: "a, b".'
                )
            line = rows.line_num + 1
    except csv.Error as error:
        raise TableError(
            f'{path}, line {line}: a quote (") is opened and not closed before the next comma or the end of the file; '
            'a quote inside a quoted field is written twice: "".'
        ) from error
    finally:
        csv.field_size_limit(limit)
    return header, at
