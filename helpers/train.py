"""`python -m helpers.train`: train a network on a data set by a recipe, or judge a checkpoint. See --help.

Under `torchrun -m helpers.train ...` several processes share each batch. Recipes are in helpers/recipes: a file a data
set (size, split, augmentation, epochs) and a file a network (parameters, rates), "quick" for two CPU cores and "full"
for a GPU; what the network says for a data set goes before what the data set says.
Word vectors are trained by the same door: `python -m helpers.train glove --corpus novels`.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import platform
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

RECIPES = Path(__file__).parent / "recipes"
NETWORKS = ("fcn", "deconvnet", "unet", "pspnet", "deeplabv3", "deeplabv3plus")
DATA = ("camvid", "isbi2012", "dsb2018", "scenes")
PROFILES = ("quick", "full")
WORD_VECTORS = ("skipgram", "cbow", "fasttext", "glove")  # helpers.embeddings.command trains these
SECTIONS = ("load", "model", "fit", "augment")


def recipe(network: str, data: str, profile: str) -> dict:
    """Put a recipe together.

    Parameters
    ----------
    network, data, profile : str
        Such as "unet", "camvid", "quick".

    Returns
    -------
    dict
        ``network`` (a class of :mod:`helpers.segmentation`), ``pretrained``, and the sections ``load``, ``model``,
        ``fit``, ``augment``: keyword arguments each.

    Raises
    ------
    ValueError
        For a name that does not exist, or a recipe file that says what nobody reads; the message names it.

    Examples
    --------
    >>> recipe("deeplabv3plus", "camvid", "quick")["load"]
    {'size': [180, 240]}
    """
    from helpers.datasets.files import did_you_mean

    for what, name, known in (("network", network, NETWORKS), ("data", data, DATA), ("recipe", profile, PROFILES)):
        if name not in known:
            raise ValueError(f"No {what} {name!r}.{did_you_mean(str(name), known)} There are {', '.join(known)}.")
    found: dict = {"pretrained": False, **{section: {} for section in SECTIONS}}
    for file in (data, network):
        said = tomllib.loads((RECIPES / f"{file}.toml").read_text("utf-8"))
        for layer in (said, said.get(profile, {}), said.get(data, {}), said.get(data, {}).get(profile, {})):
            for key, value in layer.items():
                if key in SECTIONS:
                    found[key] = {**found[key], **value}
                elif key in ("network", "pretrained"):
                    found[key] = value
                elif key not in (*DATA, *PROFILES, "title", "papers"):
                    raise ValueError(f"{RECIPES / file}.toml says {key!r}, which is no part of a recipe.")
    return found


def build(about: dict, num_classes: int, from_scratch: bool = False):
    """Make the network of a recipe.

    Parameters
    ----------
    about : dict
        From :func:`recipe`.
    num_classes : int
    from_scratch : bool
        Leave the trunk's pretrained weights out.
    """
    from helpers import segmentation

    model = getattr(segmentation, about["network"])(num_classes, **about["model"])
    return model.from_torchvision() if about["pretrained"] and not from_scratch else model


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 for an error that has a sentence, 2 for a wrong command."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in WORD_VECTORS:
        from helpers.embeddings import command

        return command.main(arguments)
    asked = _parser().parse_args(arguments)
    try:
        if asked.list:
            print(_listed())
        elif asked.evaluate:
            _evaluate(asked)
        elif asked.network is None or asked.data is None:
            _parser().error("say what to train and on what, such as: unet --data isbi2012 (see --list)")
        else:
            for seed in asked.seed:
                _train(asked, seed)
    except (ValueError, OSError, FloatingPointError, ImportError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helpers.train", description=__doc__.partition(": ")[2])
    parser.add_argument("network", nargs="?", metavar="NETWORK", help=", ".join(NETWORKS))
    words = f"Word vectors: {', '.join(WORD_VECTORS)}; python -m helpers.train glove --help says what they take."
    parser.epilog = words
    parser.add_argument("--data", metavar="NAME", help=", ".join(DATA))
    parser.add_argument(
        "--recipe", default="quick", metavar="NAME", help="quick (two CPU cores, the default) or full (a GPU)"
    )
    parser.add_argument("--list", action="store_true", help="show all recipes")
    parser.add_argument(
        "--evaluate", metavar="CHECKPOINT", help="judge a run's folder (its best state) or one state in it"
    )
    parser.add_argument("--split", help="what --evaluate judges on (default: val)")
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="one run a seed (default: 0)")
    parser.add_argument("--checkpoint", metavar="FOLDER", help="default: runs/NETWORK-DATA-RECIPE-SEED")
    parser.add_argument("--resume", action="store_true", help="go on where a run with the same settings was stopped")
    parser.add_argument(
        "--from-scratch", action="store_true", help="random weights where the recipe has pretrained ones"
    )
    parser.add_argument(
        "--results", metavar="FILE.csv", help="append a row of results; curves go to a folder beside it"
    )
    parser.add_argument("--tensorboard", metavar="FOLDER")
    override = parser.add_argument_group("instead of what the recipe says")
    override.add_argument("--epochs", type=int)
    override.add_argument("--batch-size", type=int)
    override.add_argument("--micro-batch", type=int, help="pictures at once in a process")
    override.add_argument("--lr", type=float)
    override.add_argument("--patience", type=int, help="stop after so many epochs without a better score")
    override.add_argument("--precision", choices=("auto", "fp32", "bf16", "fp16"))
    override.add_argument("--device", choices=("cpu", "cuda", "mps"))
    override.add_argument("--size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"), help="of the pictures, in pixels")
    return parser


def _listed() -> str:
    lines = [f"{'network':<14} {'data':<9} recipe  epochs  batch  pictures"]
    for network in NETWORKS:
        for data in DATA:
            for profile in PROFILES:
                one = recipe(network, data, profile)
                size = one["load"].get("size")
                size = "x".join(map(str, size)) if isinstance(size, list) else size or "as they are"
                numbers = f"{one['fit']['epochs']:>6}  {one['fit']['batch_size']:>5}  {size}"
                lines.append(f"{network:<14} {data:<9} {profile:<6}  {numbers}")
    return "\n".join(lines)


def _train(asked, seed: int) -> None:
    import torch

    from helpers import datasets, training
    from helpers.augment import Augment
    from helpers.segmentation import losses

    about = recipe(asked.network, asked.data, asked.recipe)
    for key in ("epochs", "batch_size", "micro_batch", "lr", "patience", "precision", "device"):
        if getattr(asked, key) is not None:
            about["fit"][key] = getattr(asked, key)
    if asked.size:
        about["load"]["size"] = asked.size
    train, valid = (datasets.load(asked.data, split, **_tuples(about["load"])) for split in ("train", "val"))
    train_tensors, options = datasets.as_tensors(train), dict(about["fit"])
    if options.pop("class_weights", None) == "median_frequency":
        options["class_weights"] = losses.median_frequency_weights([train_tensors[1]], train.num_classes)
    folder = Path(asked.checkpoint or f"runs/{asked.network}-{asked.data}-{asked.recipe}-{seed}")
    if asked.checkpoint and len(asked.seed) > 1:
        folder = folder / f"seed{seed}"
    torch.manual_seed(seed)
    model = build(about, train.num_classes, asked.from_scratch)
    history = training.fit(
        model,
        train_tensors,
        valid,
        augment=Augment(**_tuples(about["augment"])),
        seed=seed,
        checkpoint=folder,
        resume=asked.resume,
        tensorboard=asked.tensorboard,
        about={**about, "data": asked.data, "num_classes": train.num_classes},
        **options,
    )
    metric = training.evaluate(model, valid, batch_size=options["batch_size"], device=asked.device)
    if int(os.environ.get("RANK", 0)):  # one process speaks for all
        return
    print(metric.table(train.class_names))
    if asked.results:
        _write_results(Path(asked.results), asked, seed, about, model, metric, history, train, valid)
    print(f"Kept in {folder}; judge it with: python -m helpers.train --evaluate {folder} --data {asked.data}")


def _evaluate(asked) -> None:
    from helpers import checkpoints, datasets, training

    about = checkpoints.read(asked.evaluate)[1]["about"]
    data = asked.data or about["data"]
    load = dict(about["load"]) if data == about["data"] else recipe(asked.network or "unet", data, "quick")["load"]
    if asked.size:
        load["size"] = asked.size
    ds = datasets.load(data, asked.split or "val", **_tuples(load))
    model = build(about, about["num_classes"], from_scratch=True)
    step = checkpoints.load_weights(model, asked.evaluate)["step"]
    batch_size = asked.batch_size or about["fit"]["batch_size"]
    metric = training.evaluate(
        model, ds, batch_size=batch_size, precision=asked.precision or "auto", device=asked.device
    )
    print(f"{asked.evaluate} after {step} updates, on {ds!r}")
    print(metric.table(ds.class_names))


def _tuples(options: dict) -> dict:
    """TOML has lists where Python's functions take tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}


def _write_results(file, asked, seed, about, model, metric, history, train, valid) -> None:
    """Append a row: what was reached, by what, on what."""
    import torch

    from helpers.devices import best_precision

    device = next(model.parameters()).device.type
    last = history.iloc[-1]
    row = {
        "network": about["network"],
        "backbone": about["model"].get("backbone", ""),
        "pretrained": about["pretrained"] and not asked.from_scratch,
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "data": asked.data,
        "size": "x".join(map(str, valid[0][1].shape)),
        "trained_on": len(train),
        "judged_on": f"val, {len(valid)} pictures",
        "seed": seed,
        "epochs": int(last["epoch"]),
        "mean_iou": round(metric.mean_iou(), 4),
        "pixel_accuracy": round(metric.pixel_accuracy(), 4),
        **{
            f"iou_{name}": round(value, 4) for name, value in zip(train.class_names, metric.iou().tolist(), strict=True)
        },
        "minutes": round(history["seconds"].sum() / 60, 1),
        "images_per_second": round(history["images_per_second"].median(), 1),
        "device": device_name(device),
        "precision": about["fit"].get("precision") or best_precision(device),
        "torch": torch.__version__,
        "date": datetime.date.today().isoformat(),
        "commit": commit(),
        "command": f"python -m helpers.train {shlex.join(sys.argv[1:])}",
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists()
    with open(file, "a", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, row, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)
    curves = file.parent / "curves" / f"{asked.network}-{asked.data}-{asked.recipe}-{seed}.csv"
    curves.parent.mkdir(exist_ok=True)
    history.round(5).to_csv(curves, index=False, lineterminator="\n")


def device_name(device: str) -> str:
    """What a result was computed on, such as "CPU, AMD EPYC, 2 cores"."""
    import torch

    if device == "cuda":
        return torch.cuda.get_device_name()
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        name = found[1].strip() if found else name
    return f"{device.upper()}, {name}, {os.cpu_count()} cores"


def commit() -> str:
    """The commit of the course's code; with a + where files were changed since; empty outside a clone."""
    here = Path(__file__).parent
    try:
        told = [
            subprocess.run(["git", "-C", here, *words], capture_output=True, text=True, check=True).stdout.strip()
            for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "--", here])
        ]
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told[0] + "+" * bool(told[1])


if __name__ == "__main__":
    sys.exit(main())
