"""The recipes and `python -m helpers.train`: every recipe builds and learns, and the command does what it prints."""

import csv
import re

import pytest
import torch

from helpers import checkpoints, datasets, optimizers, train, training
from helpers.augment import Augment

CLASSES = {"camvid": 11, "isbi2012": 2, "dsb2018": 2, "scenes": 11}
SIZES = {"isbi2012": (512, 512)}
EVERY = [(network, data) for network in train.NETWORKS for data in train.DATA]


def built(network, data, profile):
    about = train.recipe(network, data, profile)
    return about, train.build(about, CLASSES[data], from_scratch=True)


def size_of(about, data):
    size = about["load"].get("size", SIZES.get(data))
    return (size, size) if isinstance(size, int) else tuple(size)


@pytest.mark.slow
@pytest.mark.parametrize(("network", "data"), EVERY)
def test_a_quick_recipe_makes_an_update_and_judges(network, data):
    about, model = built(network, data, "quick")
    high, wide = size_of(about, data)
    channels = about["load"].get("channels", 3)
    images = torch.randint(0, 256, (2, channels, high, wide), dtype=torch.uint8)
    masks = torch.randint(0, CLASSES[data], (2, high, wide), dtype=torch.uint8)
    before = [weight.clone() for weight in model.parameters()]
    options = {key: value for key, value in about["fit"].items() if key != "class_weights"} | {"epochs": 1, "repeat": 1}
    augment = Augment(**train._tuples(about["augment"]))
    history = training.fit(model, (images, masks), (images[:1], masks[:1]), augment=augment, progress=False, **options)
    assert history["loss"].isna().sum() == 0 and len(history) == 1
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize(("network", "data"), EVERY)
def test_a_full_recipe_fits_its_pictures(network, data):
    with torch.device("meta"):
        about, model = built(network, data, "full")
        model.eval()
        high, wide = size_of(about, data)
        for size in {(high, wide), tuple(about["augment"].get("crop", (high, wide)))}:
            images = torch.empty(1, about["load"].get("channels", 3), *size)
            assert model(images).shape == (1, CLASSES[data], *size)


@pytest.mark.parametrize("profile", train.PROFILES)
@pytest.mark.parametrize(("network", "data"), EVERY)
def test_a_recipe_names_only_what_there_is(network, data, profile):
    import inspect

    about = train.recipe(network, data, profile)
    known = inspect.signature(training.fit).parameters
    assert set(about["fit"]) <= set(known) and {"epochs", "batch_size", "lr"} <= set(about["fit"])
    Augment(**train._tuples(about["augment"]))


def test_the_network_says_more_than_the_data_and_the_profile_more_than_both():
    assert train.recipe("unet", "isbi2012", "quick")["model"] == {
        "base_channels": 16,
        "batch_norm": True,
        "in_channels": 1,
    }
    assert train.recipe("unet", "camvid", "full")["model"]["base_channels"] == 64
    assert train.recipe("pspnet", "camvid", "quick")["augment"]["rotate"] == 10
    assert train.recipe("pspnet", "camvid", "quick")["augment"]["scale"] == [0.5, 2.0]


@pytest.mark.parametrize("network", ["fcn", "pspnet", "deeplabv3", "deeplabv3plus"])
def test_the_trunk_learns_at_its_own_rate(network):
    about, model = built(network, "camvid", "quick")
    groups = optimizers.parameter_groups(model, about["fit"]["lr"], about["fit"]["backbone_lr"], 0.0)
    slow = sum(weight.numel() for group in groups if group["lr"] == 3e-4 for weight in group["params"])
    # MobileNetV2 without its classifier: 3,504,872 - 1,281,000 weights (torchvision's docs; 1280 x 1000 + 1000).
    assert 0.5 * 2_223_872 < slow <= 2_223_872


def test_every_parameter_of_the_papers_is_in_their_recipe():
    # Zhao et al. 2017, PSPNet, section 5.1: rate 0.01, momentum 0.9, weight decay 0.0001, batches of 16.
    full = train.recipe("pspnet", "camvid", "full")
    assert (full["fit"]["lr"], full["fit"]["weight_decay"], full["fit"]["batch_size"]) == (0.01, 1e-4, 16)
    # Chen et al. 2017, DeepLabv3, section 4.1: rate 0.007, batches of 16, scale 0.5 to 2.
    full = train.recipe("deeplabv3", "camvid", "full")
    assert (full["fit"]["lr"], full["fit"]["batch_size"], full["augment"]["scale"]) == (0.007, 16, [0.5, 2.0])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("unett", "camvid", "quick"), "No network 'unett'. Did you mean"),
        (("unet", "cityscapes", "quick"), "No data 'cityscapes'"),
        (("unet", "camvid", "best"), "No recipe 'best'"),
    ],
)
def test_a_wrong_name_is_said(names, said):
    with pytest.raises(ValueError, match=said):
        train.recipe(*names)


def test_what_no_one_reads_is_said(tmp_path, monkeypatch):
    for file in train.RECIPES.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    monkeypatch.setattr(train, "RECIPES", tmp_path)
    with open(tmp_path / "unet.toml", "a") as opened:
        opened.write("[camvid]\nepochs = 3\n")
    with pytest.raises(ValueError, match=r"unet.toml says 'epochs'"):
        train.recipe("unet", "camvid", "quick")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two epochs by the command, with its results."""
    folder = tmp_path_factory.mktemp("run")
    command = ["unet", "--data", "scenes", "--epochs", "2", "--batch-size", "100", "--seed", "0", "3"]
    command += ["--checkpoint", str(folder / "runs"), "--results", str(folder / "results.csv")]
    assert train.main(command) == 0
    return folder


@pytest.mark.slow
def test_results_say_what_was_reached_by_what(run):
    with open(run / "results.csv", newline="") as opened:
        rows = [*csv.DictReader(opened)]
    assert [row["seed"] for row in rows] == ["0", "3"] and rows[0]["mean_iou"] != rows[1]["mean_iou"]
    row = rows[0]
    model = train.build(train.recipe("unet", "scenes", "quick"), 11)
    checkpoints.load_weights(model, run / "runs" / "seed0" / "step-00000012")
    metric = training.evaluate(model, datasets.load("scenes", "val", size=64, n=600), batch_size=100)
    assert float(row["mean_iou"]) == round(metric.mean_iou(), 4)
    assert float(row["iou_sky"]) == round(metric.iou()[2].item(), 4)
    assert int(row["parameters"]) == sum(weight.numel() for weight in model.parameters())
    assert row["judged_on"] == "val, 600 pictures" and row["epochs"] == "2" and row["device"].startswith("CPU, ")
    assert re.fullmatch(r"([0-9a-f]{7,}\+?)?", row["commit"]) and re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
    with open(run / "curves" / "unet-scenes-quick-3.csv", newline="") as opened:
        assert [line["epoch"] for line in csv.DictReader(opened)] == ["1", "2"]


@pytest.mark.slow
def test_a_checkpoint_is_judged_by_its_folder_alone(run, capsys):
    assert train.main(["--evaluate", str(run / "runs" / "seed0")]) == 0
    told = capsys.readouterr().out
    assert "scenes (val): 600 pictures" in told and "balloon" in told
    assert train.main(["--evaluate", str(run / "runs" / "seed0"), "--data", "scenes", "--split", "test"]) == 0
    assert "scenes (test)" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_that_is_done_goes_on_to_its_end_at_once(run, capsys):
    before = (run / "runs" / "seed0" / "history.csv").read_text()
    command = ["unet", "--data", "scenes", "--epochs", "2", "--batch-size", "100", "--resume"]
    assert train.main([*command, "--checkpoint", str(run / "runs" / "seed0")]) == 0
    assert "epoch 1/2" not in capsys.readouterr().out
    assert (run / "runs" / "seed0" / "history.csv").read_text() == before
    assert train.main([*command, "--lr", "0.5", "--checkpoint", str(run / "runs" / "seed0")]) == 1
    assert "lr=" in capsys.readouterr().err


def test_the_list_shows_every_recipe(capsys):
    assert train.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(EVERY) * 2 and any(
        line.split() == ["unet", "camvid", "quick", "50", "8", "180x240"] for line in lines
    )


def test_a_wrong_command_says_what_to_do(capsys, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        train.main(["unet"])
    assert stopped.value.code == 2 and "--data isbi2012" in capsys.readouterr().err
    assert train.main(["--evaluate", str(tmp_path)]) == 1
    assert "No checkpoint in" in capsys.readouterr().err
    assert train.main(["unet", "--data", "camvidd"]) == 1
    assert "Did you mean" in capsys.readouterr().err
