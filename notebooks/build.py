"""Lessons to notebooks: ``notebooks/source/*.py`` becomes ``notebooks/ko`` and ``notebooks/en``.

    python notebooks/build.py                      inputs anew; the output of an unchanged cell is kept
    python notebooks/build.py --execute            run them too (what authors commit)
    python notebooks/build.py --execute --to build run copies elsewhere (what `make run` does)
"""

import argparse
import base64
import datetime
import hashlib
import io
import json
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import contents  # noqa: E402
from helpers import __version__, lessons  # noqa: E402

MEASURED = HERE / "measured.json"
FOR_AUTHORS = {"question", "solution", "wrong"}  # cells that never reach a notebook
KERNEL = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
BUDGET = {
    "ko": "코어 2개에서 약 {seconds}초 · GPU 필요 없음 · 메모리 {memory_mb} MB · 내려받기 {download_mb} MB · "
    "{date} 실행, 버전 {version}",
    "en": "about {seconds} s on two cores · no GPU needed · {memory_mb} MB of memory · {download_mb} MB to download · "
    "last run {date}, version {version}",
}


def names() -> list[str]:
    """All lessons in the order in which they are taught: 6_3_9 before 10_1."""
    found = [p.stem for p in (HERE / "source").glob("*.py")]
    return sorted(found, key=lambda name: [int(n) for n in re.findall(r"(\d+)_", name)])


def build(lesson: str, language: str, before: nbformat.NotebookNode | None = None) -> nbformat.NotebookNode:
    """One notebook in one language; outputs come from ``before`` where a cell's input is the same."""
    cells, seen = [], {}
    outputs = {c.id: (c.outputs, c.execution_count) for c in before.cells if c.cell_type == "code"} if before else {}
    text = (HERE / "source" / f"{lesson}.py").read_text(encoding="utf-8")
    for cell in jupytext.reads(text[text.index("# %%") :], fmt="py:percent").cells:  # the first lines are for authors
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note on the source's blank lines
        if cell.metadata.pop("lang", language) != language or FOR_AUTHORS & set(cell.metadata.get("tags", [])):
            continue
        cell.metadata.pop("summary", None)  # for the tables of lessons
        if cell.cell_type == "code":
            cell.source = lessons.resolve(cell.source, language)
        else:
            cell.source = cell.source.replace("{{budget}}", budget(lesson, language))
        name = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = outputs.get(cell.id, ([], None))
        cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={**KERNEL, "language_info": {"name": "python"}})
    decorate(notebook)
    return notebook


def budget(lesson: str, language: str) -> str:
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    unknown = dict.fromkeys(("seconds", "memory_mb", "download_mb", "date", "version"), "?")
    return BUDGET[language].format(**measured.get(lesson, unknown))


def decorate(notebook: nbformat.NotebookNode) -> None:
    """Hang the cover figure into the title, and every figure's caption (the markdown after it) onto it as alt text."""
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        for output in cell.get("outputs", []):
            if "image/png" not in output.get("data", {}):
                continue
            caption = re.search(r"^\*\*(?:그림|Figure)\.\*\* (.+?)\n\n", after.source if after else "", re.S)
            if caption:
                output.metadata["image/png"] = {"alt": " ".join(caption[1].split())}
            if "cover" in cell.metadata.get("tags", []):
                notebook.cells[0].attachments = {"cover.png": {"image/png": output.data["image/png"]}}


def execute(notebook: nbformat.NotebookNode, folder: Path) -> dict:
    """Run top to bottom in a fresh kernel; returns seconds and the kernel's peak memory."""
    from nbclient import NotebookClient
    from nbclient.util import run_sync

    quiet = {"coalesce_streams": True, "record_timing": False, "skip_cells_with_tag": "interactive"}
    quiet["extra_arguments"] = ["--log-level=ERROR"]
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}, **quiet)
    begin, rss = time.perf_counter(), "__import__('resource').getrusage(__import__('resource').RUSAGE_SELF).ru_maxrss"
    client.reset_execution_trackers()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        reply = run_sync(client.kc.execute_interactive)("", user_expressions={"rss": rss}, silent=True)
    memory = reply["content"]["user_expressions"]["rss"].get("data", {}).get("text/plain", "0")
    notebook.metadata = {**KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller(output.data["image/png"])
            if output.output_type == "error":  # keep the notebook's own lines, not this machine's library paths
                kept = [line for line in output.traceback[1:-1] if "Cell In[" in line]
                output.traceback = [output.traceback[0], *kept, output.traceback[-1]]
    return {"seconds": time.perf_counter() - begin, "memory_mb": int(memory) / 1024}


def smaller(png: str) -> str:
    """The same picture in at most 256 colours: a third of the bytes, no difference to see in a plot."""
    from PIL import Image

    scratch = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(scratch, "PNG", optimize=True)
    return base64.b64encode(scratch.getvalue()).decode()


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")
    scratch.replace(path)


def remember(lesson: str, used: dict) -> None:
    """Round up, so that running again changes a figure only when it truly changed."""
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    row = {"seconds": -int(-used["seconds"] // 5) * 5, "memory_mb": -int(-used["memory_mb"] // 50) * 50}
    measured[lesson] = {**row, "download_mb": 0, "date": str(datetime.date.today()), "version": __version__}
    MEASURED.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", help="names of lessons; all if none is given")
    parser.add_argument("--execute", action="store_true")
    parser.add_argument("--languages", nargs="+", default=["ko", "en"], choices=["ko", "en"])
    parser.add_argument("--to", type=Path, default=HERE)
    chosen = parser.parse_args()
    os.environ.setdefault("COURSE_STRICT", "1")
    if chosen.to == HERE:  # what is committed comes from what every reader has
        os.environ.update(COURSE_DATA=str(HERE / "none"), COURSE_PROFILE="quick", COURSE_DEVICE="cpu")
    lessons_chosen = chosen.lessons or names()
    for number, lesson in enumerate(lessons_chosen, start=1):
        made, used = {}, []
        for language in chosen.languages:
            path = chosen.to / language / f"{lesson}.ipynb"
            before = nbformat.read(path, as_version=4) if path.exists() else None
            made[path] = build(lesson, language, before)
            if chosen.execute:
                print(f"[{number}/{len(lessons_chosen)}] {language}/{lesson} …", end=" ", flush=True)
                used.append(execute(made[path], HERE / language))
                print(f"{used[-1]['seconds']:.0f} s, {used[-1]['memory_mb']:.0f} MB", flush=True)
        if used and chosen.to == HERE:
            remember(lesson, {key: max(u[key] for u in used) for key in used[0]})
        for path, notebook in made.items():  # once more, with the budget just measured
            write(build(lesson, path.parent.name, notebook), path)
    if chosen.to == HERE:
        contents.write(names())
    print(f"Done. Open {chosen.to}/ko or {chosen.to}/en")


if __name__ == "__main__":
    main()
