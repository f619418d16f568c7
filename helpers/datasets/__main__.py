"""`python -m helpers.datasets`: what data the course uses, what of it is here; fetch, verify and remove it."""

from __future__ import annotations

import argparse
import contextlib
import sys
import unicodedata

from helpers.datasets import store
from helpers.datasets.catalogue import Entry, entry, registry, size_text
from helpers.datasets.fetch import fetch, remove, verify
from helpers.datasets.files import cache


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code is 0 when all went well, 1 when something did not, 2 for a wrong command."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # an old console without Hangul
    asked = _parser().parse_args(arguments)
    try:
        return asked.run(asked)
    except KeyboardInterrupt:
        print("\nStopped. What was downloaded is kept: the same command goes on from there.", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="python -m helpers.datasets", description=__doc__.partition(": ")[2])
    parser.set_defaults(run=_list)
    commands = parser.add_subparsers(metavar="COMMAND")
    commands.add_parser("list", help="show every data set and its state (the default)")
    one = commands.add_parser("fetch", help="download and verify data sets")
    one.add_argument("names", nargs="*", metavar="NAME")
    one.add_argument("--for", dest="lesson", metavar="LESSON", help="what a lesson wants, or a chapter: 6_3_3, 6_3, 10")
    one.set_defaults(run=_fetch)
    one = commands.add_parser("verify", help="compare what is here with the registered checksums")
    one.add_argument("names", nargs="*", metavar="NAME", help="default: all that is here")
    one.set_defaults(run=_verify)
    one = commands.add_parser("remove", help="delete what was fetched")
    one.add_argument("names", nargs="+", metavar="NAME")
    one.set_defaults(run=_remove)
    return parser


def _list(asked) -> int:
    rows = [("name", "size", "licence", "state", "lessons")]
    for row in registry().values():
        size = "~" * row.about + size_text(row.size_disk or row.size_download)
        rows.append((row.name, size, row.licence, store.state(row), " ".join(row.lessons)))
    print(f"Data sets in {cache()}\n")
    print(table(rows))
    print("\n`python -m helpers.datasets fetch NAME` gets one, `fetch --for 6_3_3` what a lesson wants.")
    return 0


def _fetch(asked) -> int:
    wanted = [entry(name) for name in asked.names] if _known(asked.names) else None
    if wanted is None:
        return 2
    if asked.lesson:
        found = [row for row in registry().values() if any(_part_of(one, asked.lesson) for one in row.lessons)]
        if not found:
            lessons = sorted({one for row in registry().values() for one in row.lessons}, key=_numbers)
            return _complain(f"No data set is listed for {asked.lesson!r}; lessons with data: {' '.join(lessons)}.", 2)
        wanted += [row for row in found if row not in wanted]
    if not wanted:
        return _complain("Say what to fetch: a NAME, or --for LESSON; without a command, the names are listed.", 2)
    return max([_each(row, _fetch_one, asked) for row in wanted])


def _fetch_one(row: Entry, asked) -> int:
    if row.kind == "local" and row.name not in asked.names and not store.here(row):
        print(f"{row.name}: cannot be fetched ({row.note}); the lessons use {row.stand_in}")
        return 0
    there = fetch(row.name)
    rest = store.incomplete(row)
    print(f"{row.name}: {there}" + (f" ({'; '.join(rest)})" if rest else ""))
    return 0


def _verify(asked) -> int:
    if not _known(asked.names):
        return 2
    names = asked.names or [row.name for row in registry().values() if store.state(row) in ("here", "partly")]
    if not names:
        print(f"Nothing to verify in {cache()}.")
    return max([_each(entry(name), _verify_one, asked) for name in names], default=0)


def _verify_one(row: Entry, asked) -> int:
    found = verify(row.name)
    for problem in found[:20]:
        print(f"{row.name}: {problem}", file=sys.stderr)
    if len(found) > 20:
        print(f"{row.name}: and {len(found) - 20} more", file=sys.stderr)
    if not found:
        rest = store.incomplete(row)
        print(f"{row.name}: good" + (f" ({'; '.join(rest)})" if rest else ""))
    return min(1, len(found))


def _remove(asked) -> int:
    return max([_each(entry(name), _remove_one, asked) for name in asked.names]) if _known(asked.names) else 2


def _remove_one(row: Entry, asked) -> int:
    freed = remove(row.name)
    print(f"{row.name}: {size_text(freed)} freed" if freed else f"{row.name}: nothing to remove")
    return 0


def _each(row, run, asked):
    try:
        return run(row, asked)
    except (OSError, ValueError) as error:
        return _complain(str(error), 1)


def _known(names):
    for name in names:
        try:
            entry(name)
        except ValueError as error:
            _complain(str(error), 2)
            return False
    return True


def _complain(sentence, code):
    print(sentence, file=sys.stderr)
    return code


def _part_of(lesson, asked):
    """Whether 6_3_3 is in 6_3, or is the lesson 6_3_3_unet; 10_1 is not in 1."""
    wanted = _numbers(asked)
    return bool(wanted) and _numbers(lesson)[: len(wanted)] == wanted


def _numbers(lesson):
    return [int(part) for part in lesson.replace(".", "_").split("_") if part.isdecimal()]


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows in columns that stay straight where letters are two cells wide, as Hangul is.

    >>> print(table([("한글", "a"), ("b", "c")]))
    한글  a
    b     c
    """
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _width(text):
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


if __name__ == "__main__":
    sys.exit(main())
