"""The one call at the top of every notebook: device, profile, language, fonts, figure style, seeds.

``course.setup(seed=0)`` prints one line and returns a :class:`Session`. Importing this module costs nothing; what is
heavy (matplotlib, torch) is imported by the call that needs it.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("ko", "en")
PROFILES = ("quick", "full")

# Okabe and Ito's colours, told apart by colour-blind eyes too: blue, orange, green, vermilion, purple, sky, yellow.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")

# System fonts with Hangul, the best first; the last resort comes in a package and is always there.
HANGUL_FONTS = (
    "Pretendard",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumBarunGothic",
    "NanumGothic",
)

_language = "ko"


@dataclass(frozen=True)
class Session:
    """What this run of a notebook has to work with.

    Attributes
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` or ``"mps"``, ready for ``torch.device``.
    profile : str
        ``"quick"`` (no GPU: small data, under a minute) or ``"full"`` (GPU: the paper's recipe).
    language : str
        ``"ko"`` or ``"en"``.
    font : str
        The font that draws Hangul in figures.
    seed : int
    """

    device: str
    profile: str
    language: str
    font: str
    seed: int


def setup(seed: int = 0, language: str | None = None) -> Session:
    """Prepare a notebook and say in one line what was found. Calling it again is harmless.

    Parameters
    ----------
    seed : int
        Seeds ``random``, NumPy and, as soon as it is imported, torch.
    language : {"ko", "en"}, optional
        Language of messages and labels; the notebooks pass their own. Default: ``COURSE_LANGUAGE``, else Korean.

    Returns
    -------
    Session

    Raises
    ------
    ValueError
        For a language, ``COURSE_PROFILE`` or ``COURSE_DEVICE`` that does not exist.
    """
    global _language
    _language = _one_of(language or os.environ.get("COURSE_LANGUAGE", "ko"), LANGUAGES, "language")
    found = device()
    profile = os.environ.get("COURSE_PROFILE") or ("quick" if found == "cpu" else "full")
    profile = _one_of(profile, PROFILES, "COURSE_PROFILE")
    _seed_everything(seed)
    font = _style()
    session = Session(found, profile, _language, font, seed)
    if _language == "ko":
        print(f"픽셀에서 단어까지 · 장치 {found} · 프로필 {profile} · 한글 글꼴 {font} · 시드 {seed}")
    else:
        print(f"Pixels to Words · device {found} · profile {profile} · Hangul font {font} · seed {seed}")
    return session


def language() -> str:
    """The language that the last :func:`setup` chose; Korean before the first."""
    return _language


def strict() -> bool:
    """Whether checks raise instead of advising: the tests set ``COURSE_STRICT=1``."""
    return os.environ.get("COURSE_STRICT", "") not in ("", "0")


def watched() -> bool:
    """Whether a person sees a progress bar: in a terminal or a notebook, and not in a test."""
    if any(os.environ.get(name) for name in ("CI", "PYTEST_CURRENT_TEST", "COURSE_STRICT")):
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _one_of(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def device() -> str:
    """The best device here, ``"cpu"``, ``"cuda"`` or ``"mps"``; ``COURSE_DEVICE`` decides otherwise.

    Raises
    ------
    ValueError
        For a ``COURSE_DEVICE`` that does not exist.
    """
    asked = os.environ.get("COURSE_DEVICE")
    if asked:
        return _one_of(asked, ("cpu", "cuda", "mps"), "COURSE_DEVICE")
    # Importing torch costs seconds: ask it only where there could be something to find.
    driver = any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd"))
    driver = driver or Path(os.environ.get("SYSTEMROOT", "/nowhere"), "System32", "nvcuda.dll").exists()
    apple = sys.platform == "darwin" and os.uname().machine == "arm64"
    if not (driver or apple):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if apple and torch.backends.mps.is_available() else "cpu"


def _seed_everything(seed: int) -> None:
    import numpy as np
    import wrapt

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - gensim and older scikit-learn code draw from the global generator
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only with a fixed workspace

    def seed_torch(torch) -> None:
        torch.manual_seed(seed)
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True

    # Runs at once where torch is loaded already, else at the moment it is.
    wrapt.register_post_import_hook(seed_torch, "torch")


def _style() -> str:
    import matplotlib as mpl

    font = _hangul_font()
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # a font without a bold face is no news
    mpl.rcParams.update(
        {
            # DejaVu first: Korean fonts lack the true minus sign (U+2212).
            "font.family": ["DejaVu Sans", font] if font else ["DejaVu Sans"],
            "font.size": 13,
            "text.hinting": "none",  # hinting breaks the strokes of Hangul at these sizes
            "axes.titlesize": 14,
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": mpl.cycler(color=PALETTE),
            "axes.grid": False,
            "grid.color": "#D9D9D9",
            "figure.figsize": (9, 4.2),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",  # never transparent: dark mode would swallow the labels
            "savefig.facecolor": "white",
            "savefig.transparent": False,
            "lines.linewidth": 2.2,
            "image.cmap": "cividis",
        }
    )
    # A glyph that no font has becomes an empty box: an error under test, a warning elsewhere.
    action = "error" if strict() else "default"
    warnings.filterwarnings(action, message=r"Glyph \d+ .*missing from", category=UserWarning)
    return font


def _hangul_font() -> str:
    """Name of a font that has Hangul, registered with matplotlib; empty where there is none."""
    from importlib.util import find_spec

    from matplotlib import font_manager

    def draws_hangul(path: str) -> bool:
        try:
            return font_manager.get_font(path).get_char_index(ord("글")) != 0
        except (OSError, RuntimeError):  # a broken font file is no reason to stop a lesson
            return False

    installed = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    for name in HANGUL_FONTS:
        if name in installed and draws_hangul(installed[name]):
            return name
    package = find_spec("koreanize_matplotlib")  # found, not imported: its import needs distutils, gone in 3.12
    if package is None or package.origin is None:
        warnings.warn("no font with Hangul: run `pip install koreanize-matplotlib`", stacklevel=4)
        return ""
    for file in ("NanumGothic.ttf", "NanumGothicBold.ttf"):
        font_manager.fontManager.addfont(Path(package.origin).parent / "fonts" / file)
    return "NanumGothic"
