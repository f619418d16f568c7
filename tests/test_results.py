"""The stored results: complete, and told in their README as they are."""

import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

from helpers import train

HERE = Path(__file__).resolve().parent.parent / "data" / "results"
FILES = sorted(HERE.glob("*.csv"))


@pytest.fixture(scope="module")
def drawing():
    spec = importlib.util.spec_from_file_location("draw_results", HERE / "draw.py")
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    return module


def test_there_are_results():
    assert {file.stem for file in FILES} == {"camvid", "isbi2012", "dsb2018"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_says_where_it_comes_from(file):
    rows = pd.read_csv(file)
    assert not rows.duplicated(["network", "seed"]).any()
    for row in rows.to_dict("records"):
        assert re.fullmatch(r"[0-9a-f]{7,}", row["commit"]), "of a commit, not of files changed since"
        assert row["command"].startswith("python -m helpers.train ") and row["device"] and row["torch"]
        classes = [value for name, value in row.items() if name.startswith("iou_")]
        assert row["mean_iou"] == pytest.approx(sum(classes) / len(classes), abs=1e-4)
        name = row["network"].lower()
        assert name in train.NETWORKS
        curve = pd.read_csv(HERE / "curves" / f"{name}-{row['data']}-quick-{row['seed']}.csv")
        assert len(curve) == row["epochs"]
        assert curve["mean_iou"].iloc[-1] == pytest.approx(row["mean_iou"], abs=1e-4)
        assert curve["seconds"].sum() / 60 == pytest.approx(row["minutes"], abs=0.1)


def test_isbi_takes_less_than_two_minutes_and_is_better_than_the_trial():
    rows = pd.read_csv(HERE / "isbi2012.csv").query("network == 'UNet'")
    assert (rows["minutes"] < 2).all() and len(rows) >= 3
    # An outside trial with as many weights: pixel error 9.1 %, mean IoU 0.764, in 120 updates.
    assert (1 - rows["pixel_accuracy"]).mean() < 0.085 and rows["mean_iou"].mean() > 0.775


def test_the_readme_tells_the_table(drawing):
    assert drawing.BEGIN + drawing.table(drawing.results()) + drawing.END in (HERE / "README.md").read_text("utf-8")
