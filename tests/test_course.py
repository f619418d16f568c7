"""course.setup: one line, the same numbers again, Hangul in every figure."""

import random
import subprocess
import sys
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import font_manager

from helpers import course


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(course, "_language", "ko")
    with matplotlib.rc_context(), warnings.catch_warnings():
        yield
    plt.close("all")


@pytest.mark.parametrize("language, word", [("ko", "장치 cpu"), ("en", "device cpu")])
def test_setup_prints_one_line_and_says_what_it_found(language, word, capsys):
    session = course.setup(seed=3, language=language)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and word in out
    assert (session.device, session.profile, session.language, session.seed) == ("cpu", "quick", language, 3)
    assert course.language() == language


@pytest.mark.parametrize(
    "name, value", [("COURSE_DEVICE", "tpu"), ("COURSE_PROFILE", "slow"), ("COURSE_LANGUAGE", "fr")]
)
def test_what_does_not_exist_is_refused_with_the_choices(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"'{value}'; it must be one of"):
        course.setup()


def test_setup_repeats_the_random_numbers():
    def draw():
        course.setup(seed=7)
        return random.random(), np.random.rand()  # noqa: NPY002

    assert draw() == draw()


def test_torch_is_seeded_even_when_it_is_imported_later_and_not_imported_for_it():
    code = (
        "import sys; from helpers import course; course.setup(5); assert 'torch' not in sys.modules; "
        "import torch; a = torch.rand(1).item(); course.setup(5); b = torch.rand(1).item(); "
        "torch.manual_seed(5); assert a == b == torch.rand(1).item()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_device_that_has_no_driver_is_not_looked_for(monkeypatch):
    monkeypatch.delenv("COURSE_DEVICE")
    monkeypatch.setattr(course.Path, "exists", lambda self: False)
    monkeypatch.setattr(course.sys, "platform", "linux")
    assert course.device() == "cpu"


def glyphs(font):
    return font_manager.get_font(font_manager.findfont(font, fallback_to_default=False))


def test_hangul_font_is_found_and_the_minus_sign_survives():
    font = course.setup().font
    assert glyphs(font).get_char_index(ord("글"))
    assert plt.rcParams["font.family"] == ["DejaVu Sans", font]
    assert glyphs("DejaVu Sans").get_char_index(0x2212)


def test_the_packaged_font_serves_where_the_system_has_none(monkeypatch):
    bare = [f for f in font_manager.fontManager.ttflist if "DejaVu" in f.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", bare)
    assert course._hangul_font() == "NanumGothic"
    assert glyphs("NanumGothic").get_char_index(ord("글"))


def test_hangul_and_minus_draw_without_a_missing_glyph(recwarn):
    course.setup()
    fig, ax = plt.subplots()
    ax.set(title="픽셀에서 단어까지: 뷁 쀍 ㄴ다", xlabel="음수 −1, √2, β, ①", ylim=(-1, 1))
    fig.canvas.draw()
    assert not [w for w in recwarn if "missing from" in str(w.message)]


def test_a_missing_glyph_is_an_error_under_test_and_a_warning_elsewhere(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    course.setup()
    fig, ax = plt.subplots()
    ax.set_title("\U0001f9ff")
    with pytest.raises(UserWarning, match="missing from"):
        fig.canvas.draw()
    monkeypatch.setenv("COURSE_STRICT", "0")
    course.setup()
    with pytest.warns(UserWarning, match="missing from"):
        fig.canvas.draw()


def test_figures_are_white_and_colours_are_told_apart():
    course.setup()
    assert plt.rcParams["figure.facecolor"] == "white" and not plt.rcParams["savefig.transparent"]
    assert plt.rcParams["font.size"] >= 12
    assert len(set(course.PALETTE)) == 8
