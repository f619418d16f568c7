"""The tables of lessons in README.md, README.ko.md and start.md, and the picture in the READMEs, from the lessons.

`python notebooks/build.py` calls this; what it writes stands between `<!-- lessons ko -->` and `<!-- end -->`.
"""

import base64
import json
import re
from pathlib import Path

from helpers import lessons

HERE = Path(__file__).resolve().parent
PICTURE_FROM = "10_2_counts_tfidf"
HEAD = {
    "ko": "| 단원 | 무엇을 보여 주나요 | 시간 |\n|---|---|---|",
    "en": "| lesson | what it shows | time |\n|---|---|---|",
}
TIME = {"ko": "{}초", "en": "{} s"}


def table(names: list[str], language: str, folder: str) -> str:
    """A row a lesson that has run: its title as a link, its claim in a sentence, the seconds it took on two cores."""
    measured = json.loads((HERE / "measured.json").read_text())
    rows = []
    for name in filter(measured.__contains__, names):
        title = next(c for c in lessons.read(name) if c.metadata.get("lang") == language)
        heading = title.source.splitlines()[0].removeprefix("# ")
        time = TIME[language].format(measured[name]["seconds"])
        rows.append(f"| [{heading}]({folder}{language}/{name}.ipynb) | {title.metadata['summary']} | {time} |")
    return "\n".join([HEAD[language], *rows])


def filled(text: str, names: list[str], folder: str) -> str:
    """The text with each of its tables made anew."""
    return re.sub(
        r"(<!-- lessons (ko|en) -->\n).*?(<!-- end -->)",
        lambda m: m[1] + table(names, m[2], folder) + "\n" + m[3],
        text,
        flags=re.S,
    )


def pages() -> dict[Path, str]:
    """The files that hold a table, and the folder that their links start from."""
    return {HERE / "start.md": "", HERE.parent / "README.md": "notebooks/", HERE.parent / "README.ko.md": "notebooks/"}


def pictures() -> dict[Path, bytes]:
    """The cover of one lesson, in both languages, as files for the READMEs."""
    found = {}
    for language in ("ko", "en"):
        notebook = json.loads((HERE / language / f"{PICTURE_FROM}.ipynb").read_text(encoding="utf-8"))
        png = notebook["cells"][0]["attachments"]["cover.png"]["image/png"]
        found[HERE.parent / "docs" / f"picture.{language}.png"] = base64.b64decode(png)
    return found


def write(names: list[str]) -> None:
    for page, folder in pages().items():
        page.write_text(filled(page.read_text(encoding="utf-8"), names, folder), encoding="utf-8")
    for path, png in pictures().items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png)
