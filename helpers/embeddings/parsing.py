"""Files of word vectors as a stream of blocks: word2vec's and GloVe's text, fastText's .vec, word2vec's binary.

Numbers are read by a loop over bytes that numba compiles; a line it does not understand is read again, slowly, by
:func:`read_line`, which accepts it or says what is wrong with it. NumPy alone is imported before a file is parsed.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from helpers.embeddings.scanning import compiled, copy_rows, scan

BLOCK = 1 << 20  # bytes read at a time: what becomes of them stays in the processor's caches
LONGEST = 16 << 20  # bytes of a line; 4,096 values of 20 digits take 0.1 MB
_LATER = 4096  # values of a block that Python's float reads
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_TENS = 10.0 ** np.arange(23)  # every one of them is exact in double precision


class Block(NamedTuple):
    """Some rows of a file; ``line`` is the number of the first one's line (in a binary file: of its row)."""

    words: list[str]
    values: np.ndarray  # [rows, dim], float32; overwritten by the next block
    line: int


class Reader:
    """Goes through one stream once.

    Parameters
    ----------
    stream : binary file
    place : str
        How errors name the file.
    encoding, errors : str
        Of the words; numbers are ASCII.
    binary : bool, optional
        Whether this is word2vec's binary; None: look.
    finite : bool
        Refuse nan, inf, and what is too large for float32.

    Attributes
    ----------
    dim : int
        Known after the constructor, as ``promised`` is.
    promised : int or None
        Rows that the first line announces.
    """

    def __init__(self, stream, place, encoding="utf-8", errors="strict", binary=None, finite=True):
        self.stream, self.place, self.encoding, self.errors, self.finite = stream, place, encoding, errors, finite
        self.buffer, self.stop, self.line = bytearray(BLOCK), 0, 1
        first = self._first_line()
        fields = _fields(first)
        self.promised = None
        if len(fields) == 2 and all(re.fullmatch(rb"[1-9]\d{0,11}|0", field) for field in fields):
            self.promised, self.dim = map(int, fields)
            self._drop(len(first))
        elif binary:
            raise self.wrong(f"expected two numbers, rows and values a row, found {_shown(first)}")
        else:
            self.dim = _numbers_at_end(_fields(first)[1:])
        if not 0 < self.dim <= 100_000 or self.promised == 0:
            raise self.wrong(f"expected a word and its values with spaces between, found {_shown(first)}")
        self.binary = binary if binary is not None else self.promised is not None and self._looks_binary()
        self.line += self.promised is not None and not self.binary  # in a binary file, rows are counted

    def wrong(self, what: str, line: int | None = None) -> ValueError:
        """Make the error for a line."""
        unit = "row" if getattr(self, "binary", False) else "line"
        return ValueError(f"{self.place}, {unit} {line or self.line}: {what}.")

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks until the file is read; only then is its end judged."""
        first = self.line
        take = self._binary_block if self.binary else self._text_block
        shortest = 4 * self.dim + 2 if self.binary else 2 * self.dim + 2  # bytes of a row
        values = np.empty((BLOCK // shortest + 1, self.dim), np.float32)
        while True:
            rows, text = take(values)
            if rows:
                words = self._decoded(text, rows)
                if self.finite and not np.isfinite(values[:rows]).all():
                    self._refuse(words, values[:rows])
                self.line += rows
                if self.promised is not None and self.line - first > self.promised:
                    raise self.wrong(
                        f"the first line promises {self.promised:,} rows, here is one more", first + self.promised
                    )
                yield Block(words, values[:rows], self.line - rows)
            elif not self._fill():
                break
        self._judge_end(self.line - first)

    # Bytes

    def _fill(self):
        """Read on behind what waits in the buffer; False at the end of the file."""
        if self.stop == len(self.buffer):
            if self.stop >= LONGEST:
                raise self.wrong(f"no end of the line within {LONGEST:,} bytes: this is no file of vectors")
            self.buffer = self.buffer + bytearray(len(self.buffer))
        before = self.stop
        try:
            with memoryview(self.buffer) as view:
                while self.stop < len(view) and (got := self.stream.readinto(view[self.stop :])):
                    self.stop += got
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise self.wrong(
                f"the archive cannot be unpacked further ({error}): was its download cut short?"
            ) from error
        return self.stop > before

    def _drop(self, count):
        """Forget bytes at the start of the buffer."""
        self.buffer[: self.stop - count] = self.buffer[count : self.stop]
        self.stop -= count

    def _first_line(self):
        while (end := self.buffer.find(b"\n", 0, self.stop)) < 0:
            if not self._fill():
                if not self.stop:
                    raise ValueError(f"{self.place} is empty: expected a word and its values in every line.")
                raise self._cut(bytes(self.buffer[: self.stop]))
        if self.buffer.startswith(b"\xef\xbb\xbf"):
            self._drop(3)
            end -= 3
        return bytes(self.buffer[: end + 1])

    def _looks_binary(self):
        """Whether the row after the header is binary: it does not end in a number, and holds what no text holds."""
        while self.stop < 4 * self.dim + 4096 and self._fill():
            pass
        start = bytes(self.buffer[: min(self.stop, 4 * self.dim + 4096)])
        line = start.split(b"\n", 1)[0]
        if (fields := _fields(line)) and _NUMBER.fullmatch(fields[-1]):
            return False
        return re.search(rb"[\x00-\x08\x0e-\x1f]", start) is not None or not start.rpartition(b" ")[2].isascii()

    # Text

    def _text_block(self, values):
        """Fill ``values`` from whole lines; the words of the rows, with line ends between, and how many there are."""
        stop = self.buffer.rfind(b"\n", 0, self.stop) + 1
        if not stop:
            return 0, b""
        bytes_ = np.frombuffer(self.buffer, np.uint8)
        text = np.empty(stop + 1, np.uint8)
        later = np.empty((max(_LATER, self.dim), 4), np.int64)
        rows = at = used = 0
        while at < stop and rows < len(values):
            done, at_new, used_new, waiting = compiled(scan)(
                bytes_, at, stop, self.dim, values[rows:], text, used, later, _TENS
            )
            with np.errstate(over="ignore"):
                for row, column, start, end in later[:waiting].tolist():
                    values[rows + row, column] = float(self.buffer[start:end])
            rows, at, used = rows + done, at_new, used_new
            if at < stop and rows < len(values):
                end = self.buffer.find(b"\n", at)
                word, numbers = self._odd_line(bytes(self.buffer[at:end]), self.line + rows)
                with np.errstate(over="ignore"):
                    values[rows] = numbers
                text[used : used + len(word) + 1] = np.frombuffer(word + b"\n", np.uint8)
                rows, at, used = rows + 1, end + 1, used + len(word) + 1
        del bytes_
        self._drop(at)
        return rows, text[:used].tobytes()

    def _odd_line(self, line, number):
        try:
            return read_line(line, self.dim, self.finite)
        except ValueError as error:
            raise self.wrong(str(error), number) from None

    def _decoded(self, text, rows):
        try:
            words = text.decode(self.encoding, self.errors).split("\n")
        except UnicodeDecodeError as error:
            row = text.count(b"\n", 0, error.start)
            word = text.split(b"\n")[row]
            raise self.wrong(
                f"the word {word[:40]!r} is not {self.encoding.upper()}, byte 0x{text[error.start]:02x}"
                f"{_encoding_advice(word, self.encoding)}",
                self.line + row,
            ) from None
        words.pop()
        if len(words) != rows:
            raise self.wrong(f"the words cannot be told apart when they are read as {self.encoding}")
        return words

    def _refuse(self, words, values):
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise self.wrong(
            f"value {column + 1} of {words[row]!r} is {values[row, column]} as float32; finite=False keeps it",
            self.line + int(row),
        )

    # Binary

    def _binary_block(self, values):
        bytes_ = np.frombuffer(self.buffer, np.uint8)
        text = np.empty(self.stop + 1, np.uint8)
        room = len(values) if self.promised is None else min(len(values), self.promised - self.line + 1)
        rows, at, used, odd = compiled(copy_rows)(bytes_, self.stop, room, values.view(np.uint8), text)
        del bytes_
        if odd:
            raise self.wrong("expected a word and a space, found a line end or no word", self.line + rows)
        self._drop(at)
        return rows, text[:used].tobytes()

    # The end

    def _judge_end(self, rows):
        rest = bytes(self.buffer[: self.stop])
        if self.binary:
            if rows < self.promised:
                raise self.wrong(f"expected {self.promised:,} rows, found {rows:,} whole ones: was the file cut short?")
            if rest.strip(b"\n"):
                raise self.wrong(f"the first line promises {self.promised:,} rows, here is more")
            return
        if rest:
            raise self._cut(rest)
        if self.promised is not None and rows < self.promised:
            raise self.wrong(
                f"expected {self.promised:,} rows, as line 1 says, found {rows:,}: was the file cut short?",
                self.line - 1,
            )
        if not rows:
            raise ValueError(f"{self.place} has no vectors.")

    def _cut(self, rest):
        count = max(len(_fields(rest)) - 1, 0)
        expected = (
            f"expected {self.dim} values and a line end, found {count}" if hasattr(self, "dim") else "no line end"
        )
        return self.wrong(
            f"{expected}: was the file cut short? If it is whole, add a line end, for a number may be cut too"
        )


def read_line(line: bytes, dim: int, finite: bool = True) -> tuple[bytes, list[float]]:
    """Read a line the slow way: the last ``dim`` fields are the values, what comes before is the word.

    Raises
    ------
    ValueError
        Saying what was expected and what was found, without file and line.

    Examples
    --------
    >>> read_line(b". . . 0.5 -1 ", 2)
    (b'. . .', [0.5, -1.0])
    """
    body = line.rstrip(b" \t\r")
    spans = [found.span() for found in re.finditer(rb"[^ \t]+", body)]
    fields = [body[start:end] for start, end in spans]
    if not body or spans[0][0]:
        raise ValueError(f"expected a word and {dim} values, found {_shown(line)}")
    if len(fields) <= dim:
        raise ValueError(f"expected {dim} values, found {len(fields) - 1}")
    for column, field in enumerate(fields[-dim:], start=1):
        if _NOT_FINITE.fullmatch(field):
            if finite:
                word = fields[0].decode("utf-8", "replace")
                raise ValueError(f"value {column} of {word!r} is {field.decode()}; finite=False keeps it")
        elif not _NUMBER.fullmatch(field):
            found = _numbers_at_end(fields[1:])
            raise ValueError(f"expected {dim} values, found {found}: {_shown(field)} is no number")
    # A word may hold spaces, but one that goes on with a number is a row of too many values.
    if (found := _numbers_at_end(fields[1:])) > dim:
        raise ValueError(f"expected {dim} values, found {found}")
    return body[: spans[-dim - 1][1]], [float(field) for field in fields[-dim:]]


def _numbers_at_end(fields):
    count = 0
    while count < len(fields) and (_NUMBER.fullmatch(fields[-1 - count]) or _NOT_FINITE.fullmatch(fields[-1 - count])):
        count += 1
    return count


def _fields(line):
    return re.findall(rb"[^ \t]+", line.rstrip(b" \t\r\n"))


def _shown(raw):
    text = raw.decode("utf-8", "replace").rstrip("\r\n")
    return repr(text[:40]) + " ..." * (len(text) > 40)


def _encoding_advice(word, encoding):
    for other in ("utf-8", "cp949"):
        try:
            if other != encoding.lower() and re.search("[가-힣]", text := word.decode(other)):
                return f"; encoding={other!r} reads it as {text!r}"
        except UnicodeDecodeError:
            pass
    return "; name its encoding=, or pass errors='replace' if single words are broken"
