"""Which notebooks the tests run: odd lessons in Korean, even ones in English; COURSE_LANGUAGES=both runs all."""

import os
import sys
from pathlib import Path

import matplotlib
import pytest

matplotlib.use("agg")  # for this process alone: the kernels draw inline, as a reader's do
ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "notebooks"))

# What the kernels of the notebooks inherit: checks raise, and a GPU does not change what is compared.
os.environ.update(COURSE_STRICT="1", COURSE_PROFILE="quick", COURSE_DEVICE="cpu")


def runs(path: Path) -> bool:
    import build

    if os.environ.get("COURSE_LANGUAGES") == "both":
        return True
    return path.parent.name == ("en" if build.names().index(path.stem) % 2 else "ko")


def pytest_ignore_collect(collection_path, config):
    if collection_path.suffix == ".ipynb":
        return not runs(collection_path)
    return None


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.notebooks)
