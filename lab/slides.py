"""A notebook as a lecture of 1280x720 slides: ``jupyter nbconvert --to slides notebooks/ko/*.ipynb`` from the clone.

A section is a column: question, code, each figure, answer. Nothing scrolls. A figure's caption, which says in words
what everybody sees, goes to the speaker's notes; cells without a slide type (set-up, sliders, exercises) stay out.
"""

import re
from html import escape

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

STYLE = """<style>
.reveal .slides { text-align: left; }
.reveal .slides section { height: 100%; }
.reveal .jp-RenderedHTMLCommon { font-size: 32px; line-height: 1.45; }
.reveal .jp-RenderedHTMLCommon h1, .reveal .jp-RenderedHTMLCommon h2 { font-size: 46px; margin: 0 0 28px; }
.reveal .jp-RenderedHTMLCommon h3 { font-size: 40px; margin: 0 0 20px; }
.reveal .jp-RenderedHTMLCommon blockquote { width: 97%; margin: 0; font-style: normal; box-shadow: none; }
.reveal .jp-InputPrompt, .reveal .jp-OutputPrompt, .reveal .jp-Collapser { display: none; }
.reveal .jp-InputArea-editor pre { font-size: 18px; line-height: 1.3; box-shadow: none; width: 100%; margin: 0; }
.reveal .jp-OutputArea-output pre { font-size: 18px; line-height: 1.3; box-shadow: none; width: 100%; }
.reveal .jp-OutputArea-output pre { white-space: pre-wrap; }
.reveal .jp-RenderedHTML img { display: block; width: 1180px; height: 640px; object-fit: contain; margin: 0 auto; }
.reveal .jp-RenderedMarkdown p img { display: block; max-height: 160px; margin: 0 auto; }
.reveal .jp-Notebook, .reveal .jp-Cell { padding: 4px 0; }
</style>
"""
CAPTION = re.compile(r"^\*\*(?:그림|Figure)\.\*\* .+?(?:\n\n|\Z)", re.S)
OWN_SLIDE = re.compile(r"\n\n(?=> ### |\*\*(?:더 읽을거리|Further reading)\*\*)")


def slide(cell: NotebookNode, kind: str) -> NotebookNode:
    """The cell with its place in the show: slide, subslide, fragment, notes or skip."""
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def of_markdown(cell: NotebookNode, kind: str) -> list[NotebookNode]:
    """Question or answer; a caption becomes a note, boxes and reading lists are slides of their own."""
    made, text = [], cell.source
    if caption := CAPTION.match(text):
        made.append(slide(new_markdown_cell(caption[0].strip()), "notes"))
        text = text[caption.end() :]
    for number, part in enumerate(OWN_SLIDE.split(text.strip())):
        if part:
            shown = new_markdown_cell(part, attachments=cell.get("attachments", {}))
            made.append(slide(shown, kind if kind == "slide" and not number else "subslide"))
    return made


def figure(output: NotebookNode) -> NotebookNode:
    """The picture with its alt text, which nbconvert would leave behind."""
    alt = output.metadata.get("image/png", {}).get("alt", "")
    html = f'<img alt="{escape(alt)}" src="data:image/png;base64,{output.data["image/png"].strip()}">'
    return new_output("display_data", {"text/html": html})


def of_code(cell: NotebookNode) -> list[NotebookNode]:
    """The code, with what it prints where both fit; then each figure alone."""
    printed = [o for o in cell.outputs if "image/png" not in o.get("data", {})]
    lines = sum(str(o.get("text") or "\n".join(o.get("traceback", []))).count("\n") for o in printed)
    fits = len(cell.source.splitlines()) + lines <= 27
    made = [new_code_cell(cell.source, outputs=printed if fits else [])]
    for shown in ([] if fits or not printed else [printed]) + [[figure(o)] for o in cell.outputs if o not in printed]:
        made.append(new_code_cell(outputs=shown, metadata={"transient": {"remove_source": True}}))
    return [slide(one, "subslide") for one in made]


class Lecture(Preprocessor):
    """nbconvert calls this for slides; see jupyter_nbconvert_config.py."""

    def preprocess(self, nb, resources):
        cells = []
        for cell in nb.cells:
            kind = cell.metadata.get("slideshow", {}).get("slide_type")
            if kind:
                cells += of_markdown(cell, kind) if cell.cell_type == "markdown" else of_code(cell)
        if cells:
            cells[0].source = STYLE + "\n" + cells[0].source
        return NotebookNode({**nb, "cells": cells}), resources
