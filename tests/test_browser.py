"""A newcomer at the browser: opens the course with lab/start.py, runs lessons, moves sliders, tries an exercise.

`make test-browser` runs it. JupyterLab saves what it has open, so all this happens in a copy of notebooks/. Pictures of
every page go to build/browser/. COURSE_CHROMIUM names a browser; else the first that is found is used.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from PIL import Image

from conftest import runs
from helpers import lessons

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "build" / "browser"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[ek][no]/*.ipynb"))
UNTRIED = {"ko": "아직 시도하지 않았습니다", "en": "Not attempted yet"}
NO_BROWSER = (
    "no Chromium was found: `sudo apt install chromium fonts-nanum` on Debian, elsewhere "
    "`.venv/bin/python -m playwright install chromium`, or COURSE_CHROMIUM=/where/chrome/lies"
)
LOOPBACK_ONLY = ["--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
SERVER = [
    *("--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"),
    *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),  # no password, but on loopback alone
    "--LabApp.expose_app_in_browser=True",  # `jupyterapp`, by which the page can be asked
]
MEMORY = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")

# What JupyterLab says of the notebook in front.
FRONT = "jupyterapp.shell.currentWidget"
IDLE = f"{FRONT}?.sessionContext?.session?.kernel?.status === 'idle'"
CELLS = f"""{FRONT}.content.widgets.map(cell => ({{
    tags: cell.model.getMetadata('tags') ?? [],
    exercise: cell.model.getMetadata('exercise'),
    source: cell.model.sharedModel.source,
    count: cell.model.executionCount,
    outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : null,
}}))"""
PREFIX = f"""{FRONT}.sessionContext.session.kernel.requestExecute(
    {{code: '', silent: true, user_expressions: {{prefix: "__import__('sys').prefix"}}}}
).done.then(reply => reply.content.user_expressions.prefix.data['text/plain'])"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab as `make lab` starts it, but with a memory of its own and copies of the notebooks."""
    home = tmp_path_factory.mktemp("a newcomer")  # a path with a space
    leave = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
    for folder in ("lab", "notebooks"):
        shutil.copytree(ROOT / folder, home / folder, ignore=leave)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), **{name: str(home / name) for name in MEMORY}}
    with (home / "log.txt").open("w") as log:
        line = [sys.executable, str(home / "lab" / "start.py"), *SERVER]
        server = subprocess.Popen(line, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            time.sleep(0.2)
            assert server.poll() is None, (home / "log.txt").read_text()
            with suppress(OSError):  # not up yet
                urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).close()
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()  # its kernels go with it
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def browser(pytestconfig):
    playwright = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright")
    shutil.rmtree(PICTURES, ignore_errors=True)
    with playwright.sync_playwright() as started:
        installed = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
        found = os.environ.get("COURSE_CHROMIUM") or next(filter(None, installed), None)
        if not found and not Path(started.chromium.executable_path).exists():
            pytest.skip(NO_BROWSER)
        yield started.chromium.launch(executable_path=found, args=LOOPBACK_ONLY)
    with pytestconfig.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(f"\nPictures: {PICTURES.relative_to(ROOT)}/")


@contextmanager
def newcomer(browser, address):
    """A fresh page at an address. When it is left, no request may have gone to another machine."""
    outside = []

    def note(request):
        where = urlsplit(request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.hostname != "127.0.0.1":
            outside.append(request.url)

    page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-US")
    page.set_default_timeout(60_000)
    page.on("request", note)
    page.on("websocket", note)
    page.goto(address)
    yield page
    page.close()
    assert outside == []


def wait_for_kernel(page):
    page.wait_for_function(f"{FRONT}?.context?.isReady && {IDLE}")
    assert page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts() == []  # nothing stands in the way


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def failed(cell):
    return any(output["output_type"] == "error" for output in cell["outputs"] or [])


def run_all(page, seconds=300):
    """Run All Cells; returns them when each has run, and stops at an error that no tag announces."""
    choose(page, "Edit", "Clear Outputs of All Cells")  # else the committed numbers would look like new ones
    assert not any(cell["count"] for cell in page.evaluate(CELLS))
    choose(page, "Run", "Run All Cells")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.wait_for_timeout(300)
        idle, cells = page.evaluate(f"[{IDLE}, {CELLS}]")
        for cell in cells:
            assert not failed(cell) or "raises-exception" in cell["tags"], cell["outputs"]
        if idle and all(cell["count"] for cell in cells if cell["outputs"] is not None):
            return cells
    raise AssertionError(f"still running after {seconds} s")


def photograph(page, name):
    """A picture a screenful, from the top of the notebook to its last cell."""
    pane, last = page.locator(".jp-WindowedPanel-outer"), page.locator(".jp-Notebook .jp-Cell").last
    pane.evaluate("pane => pane.scrollTop = 0")
    for number in range(1, 100):
        page.wait_for_timeout(300)
        page.screenshot(path=PICTURES / f"{name}_{number:02}.png")
        if last.evaluate("cell => cell.getBoundingClientRect().bottom") < page.viewport_size["height"]:
            break
        pane.evaluate("pane => pane.scrollTop += 0.9 * pane.clientHeight")


@pytest.fixture(scope="module", params=filter(runs, NOTEBOOKS), ids=lambda path: f"{path.parent.name}/{path.stem}")
def lesson(request, browser, address):
    """A lesson that has just been run: the page, the cells as JupyterLab has them, the language, the lesson's name."""
    language, name = request.param.parent.name, request.param.stem
    with newcomer(browser, f"{address}/lab/tree/notebooks/{language}/{name}.ipynb?reset") as page:
        wait_for_kernel(page)
        cells = run_all(page)
        photograph(page, f"{language}_{name}")
        yield page, cells, language, name
        page.evaluate(f"{FRONT}.sessionContext.shutdown()")


def test_start_page_leads_to_the_lessons(browser, address):
    with newcomer(browser, address) as page:
        page.locator(".jp-RenderedMarkdown h2").nth(1).wait_for()
        assert page.locator(".jp-RenderedMarkdown h2").all_inner_texts() == ["한국어", "English"]
        links = page.locator(".jp-RenderedMarkdown td a")
        assert links.count() == len(NOTEBOOKS)
        page.wait_for_timeout(3000)  # news would come late
        page.screenshot(path=PICTURES / "start.png")
        for link in (links.first, links.last):
            link.click()
            wait_for_kernel(page)
            assert urlsplit(link.get_attribute("href")).path.endswith(page.evaluate(f"{FRONT}.context.path"))
            page.evaluate(f"{FRONT}.sessionContext.shutdown()")
            page.get_by_role("tab", name="start.md").click()


def test_every_cell_runs(lesson):
    page, cells, *_ = lesson
    code = [cell for cell in cells if cell["outputs"] is not None]
    for cell in code:
        assert failed(cell) == ("raises-exception" in cell["tags"]), cell["source"]
        assert "stderr" not in [output.get("name") for output in cell["outputs"]], cell["outputs"]
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    assert page.evaluate(PREFIX) == repr(sys.prefix), "the kernel of another environment"


def test_figures_and_formulas_are_shown(lesson):
    page, cells, *_ = lesson
    figures = sum("image/png" in output.get("data", {}) for cell in cells for output in cell["outputs"] or [])
    assert figures == page.locator(".jp-CodeCell:not(:has(.jupyter-widgets)) .jp-RenderedImage img").count() > 0
    sizes = page.locator(".jp-Notebook img").evaluate_all("all => all.map(img => img.naturalWidth * img.naturalHeight)")
    assert len(sizes) > figures and min(sizes) > 0  # the cover picture, too
    formulas = any("$" in cell["source"] for cell in cells if cell["outputs"] is None)
    assert (page.locator("mjx-container").count() > 0) == formulas
    assert page.locator("mjx-merror").count() == 0


def test_widgets_answer(lesson):
    page, cells, language, name = lesson
    for number in [number for number, cell in enumerate(cells) if "interactive" in cell["tags"]]:
        cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
        answer = cell.locator(".jupyter-widgets.widget-output").first  # words or a figure
        before = answer.inner_html()
        if cell.locator(".noUi-handle").count():
            cell.locator(".noUi-handle").first.press("ArrowRight")
        else:
            cell.locator("input[type=checkbox]").first.click()
        deadline = time.monotonic() + 60
        while (after := answer.inner_html()) == before or not after:
            assert time.monotonic() < deadline, "the widget was moved, and what it shows stayed as it was"
            page.wait_for_timeout(100)
        cell.screenshot(path=PICTURES / f"{language}_{name}_widget.png")
        assert cell.locator("[data-mime-type$=error], [data-mime-type$=stderr]").count() == 0


def test_exercise_answers_a_student(lesson):
    page, cells, language, name = lesson
    number, stub = next((n, cell) for n, cell in enumerate(cells) if cell["exercise"] == "q1")
    assert UNTRIED[language] in stub["outputs"][0]["text"]
    answers = [cell for cell in lessons.read(name) if cell.metadata.get("exercise") == "q1"]
    tries = [(cell, cell.metadata["says"][language == "en"]) for cell in answers if "wrong" in cell.tags]
    tries += [(cell, "✔ q1") for cell in answers if "solution" in cell.tags]
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    for answer, reply in tries:
        cell.locator(".cm-content").click()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.insert_text(f"{lessons.resolve(answer.source, language)}\n\n{stub['source'].splitlines()[-1]}")
        page.keyboard.press("Shift+Enter")
        cell.locator(".jp-OutputArea-output", has_text=reply).wait_for()
        cell.screenshot(path=PICTURES / f"{language}_{name}_q1_{answer.tags[0]}.png")


def test_figures_stay_readable_in_the_dark(browser, address):
    path = NOTEBOOKS[-1].relative_to(ROOT).as_posix()
    with newcomer(browser, f"{address}/lab/tree/{path}?reset") as page:
        wait_for_kernel(page)
        page.evaluate("jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
        page.locator("body[data-jp-theme-light=false] #jupyterlab-splash").wait_for(state="detached")
        figure = page.locator(".jp-CodeCell .jp-RenderedImage img").first  # as committed: nothing has run here
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        page.screenshot(path=PICTURES / "dark.png")
        assert page.locator("body").get_attribute("data-jp-theme-light") == "false"
        assert Image.open(BytesIO(figure.screenshot())).convert("RGB").getpixel((2, 2)) == (255, 255, 255)
