"""Where training is kept: whole or not at all, in files that hold numbers and text, never code.

A run has a folder. ``step-00000120/`` in it is one state: weights and optimizer as safetensors, the rest as JSON, with
a checksum of each file. It is written under another name and moved when it is complete, so that a killed run or a full
disk leaves what was there; the newest two are kept. ``best/`` is the state with the best score.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

_KEPT = 2


class Checkpoints:
    """The states of one run.

    Parameters
    ----------
    folder : path
        Made when something is saved.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder).expanduser()

    def save(self, step: int, tensors: Mapping[str, Mapping[str, Tensor]], state: Mapping, best: bool = False) -> Path:
        """Write a state.

        Parameters
        ----------
        step : int
            How many updates it has seen.
        tensors : mapping of str to mapping of str to Tensor
            Each becomes a file, such as ``model.safetensors``. The best state keeps ``"model"`` alone.
        state : mapping
            What JSON can hold.
        best : bool
            Keep it as the best too.

        Raises
        ------
        OSError
            If it can't be written, the disk being full for one. The states before it are as they were.
        """
        target = self.folder / f"step-{step:08d}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            made = self.folder / f".writing-{target.name}"
            _write(made, tensors, state)
            _move(made, target)
            if best:
                made = self.folder / ".writing-best"
                _write(made, {"model": tensors["model"]}, state)  # to judge and to carry about: no optimizer
                _move(made, self.folder / "best")
        except (OSError, SafetensorError) as error:
            self._sweep()
            kept = self.newest()
            raise OSError(
                f"{target} could not be written ({error}). "
                + (f"{kept} is whole: free the disk and go on with resume=True." if kept else "Free the disk.")
            ) from error
        for old in sorted(self.folder.glob("step-*"))[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return target

    def newest(self) -> Path | None:
        """The newest whole state, or None; a broken one is named in a warning and the one before is taken."""
        for place in sorted(self.folder.glob("step-*"), reverse=True):
            try:
                _check(place)
                return place
            except ValueError as error:
                warnings.warn(f"{error} Going on from the one before it.", stacklevel=3)
        return None

    def clear(self) -> None:
        """Remove all states: a new run begins."""
        self._sweep()
        for old in (*self.folder.glob("step-*"), self.folder / "best"):
            shutil.rmtree(old, ignore_errors=True)

    def _sweep(self) -> None:
        for old in self.folder.glob(".writing-*"):  # of a run that was killed
            shutil.rmtree(old, ignore_errors=True)


class Run:
    """What a training keeps, and how it goes on: the link between the loop and :class:`Checkpoints`.

    Parameters
    ----------
    folder : path, optional
        None: nothing is kept.
    model, optimizer
        Before accelerate has wrapped them.
    settings : mapping
        Those on which the meaning of an update's number depends.
    about : mapping, optional
        What else to remember.
    accelerator : Accelerator
    """

    def __init__(self, folder, model: nn.Module, optimizer, settings: Mapping, about: Mapping | None, accelerator):
        self.places = None if folder is None else Checkpoints(folder)
        self.model, self.optimizer, self.accelerator = model, optimizer, accelerator
        self.fixed = {"model": identity(model), "settings": dict(settings), "about": dict(about or {})}

    def newest(self) -> Path | None:
        """The newest whole state."""
        return self.places and self.places.newest()

    def clear(self) -> None:
        """Begin anew."""
        if self.places:
            self.places.clear()

    def save(self, state: Mapping, best: bool) -> None:
        """Keep weights, optimizer and the loop's state.

        Raises
        ------
        FloatingPointError
            If a weight is no number: that is not kept.
        """
        if not self.places:
            return
        for name, value in self.model.state_dict().items():
            if value.is_floating_point() and not value.isfinite().all():
                raise FloatingPointError(
                    f"After update {state['step'] - 1} {name} holds what is no number, though the loss was one: a "
                    f"gradient overflowed. The last good state is {self.newest()}. Try a lower lr or clip=1.0."
                )
        tensors, rest = optimizer_tensors(self.optimizer)
        scaler = self.accelerator.scaler.state_dict() if self.accelerator.scaler else None
        everything = {"model": self.model.state_dict(), "optimizer": tensors}
        self.places.save(state["step"], everything, {**state, **self.fixed, "optimizer": rest, "scaler": scaler}, best)
        write_text(self.places.folder / "history.csv", pd.DataFrame(state["history"]).to_csv(index=False))

    def go_on(self) -> dict | None:
        """Put the newest state into model and optimizer and return the rest of it; None if there is no state.

        Raises
        ------
        ValueError
            If it is of another model, or of a run with other settings; they are named.
        """
        place = self.newest()
        if place is None:
            return None
        tensors, state = read(place)
        refuse_other(self.model, tensors["model"], state["model"], place)
        for name, here in self.fixed["settings"].items():
            there = state["settings"][name]
            if here != there and name == "epochs":
                warnings.warn(f"{place} was to have {there} epochs, now {here}: the rate jumps there.", stacklevel=3)
            elif here != there:
                raise ValueError(
                    f"{place} was trained with {name}={there}, now it is {here}: give the same, or another checkpoint."
                )
        self.model.load_state_dict(tensors["model"])
        load_optimizer(self.optimizer, tensors["optimizer"], state["optimizer"])
        if self.accelerator.scaler and state["scaler"]:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        return state


def read(place: str | os.PathLike) -> tuple[dict[str, dict[str, Tensor]], dict]:
    """Read a state: its tensors by file, and the rest.

    Parameters
    ----------
    place : path
        A state's folder, such as ``runs/unet/best``, or a run's: then its best state, else its newest.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    ValueError
        If a file is missing, cut off or changed; it names the file.
    """
    place = Path(place).expanduser()
    if not (place / "state.json").exists():
        found = place / "best" if (place / "best").is_dir() else Checkpoints(place).newest()
        if found is None:
            raise FileNotFoundError(f"No checkpoint in {place}: give a run's folder, or one of its step-... folders.")
        place = found
    state = _check(place)
    return {name.removesuffix(".safetensors"): load_file(place / name) for name in state.pop("files")}, state


def load_weights(model: nn.Module, place: str | os.PathLike) -> dict:
    """Put a checkpoint's weights into a model.

    Parameters
    ----------
    model : Module
        Unchanged if it is refused.
    place : path
        As for :func:`read`.

    Returns
    -------
    dict
        The rest of the checkpoint: step, history and the settings of the run.

    Raises
    ------
    ValueError
        If the checkpoint is of another model or number of classes, with the difference named.
    """
    tensors, state = read(place)
    refuse_other(model, tensors["model"], state.get("model", {}), place)
    model.load_state_dict(tensors["model"])
    return state


def identity(model: nn.Module) -> dict:
    """What a checkpoint remembers of its model."""
    return {"name": type(model).__name__, "num_classes": getattr(model, "num_classes", None)}


def refuse_other(model: nn.Module, weights: Mapping[str, Tensor], there: Mapping, place) -> None:
    """Raise ValueError, naming the first difference, if weights are not this model's."""
    here = identity(model)
    for key, word in (("name", "a"), ("num_classes", "a model with num_classes")):
        if there.get(key) != here[key]:
            raise ValueError(f"{place} holds {word} {there.get(key)}; this one is {here[key]}.")
    own = model.state_dict()
    for key in sorted(own.keys() ^ weights.keys()):
        lacking, other = ("it", "the model") if key in own else ("the model", "it")
        raise ValueError(f"{place} is of another {here['name']}: {lacking} has no {key}, {other} has.")
    for key, value in own.items():
        if value.shape != weights[key].shape:
            shapes = f"{[*weights[key].shape]}; this model's is {[*value.shape]}"
            raise ValueError(f"{place} is of another {here['name']}: its {key} is {shapes}.")


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict]:
    """Take an optimizer's state apart: tensors by "parameter/name", and what JSON can hold."""
    state = optimizer.state_dict()
    tensors, rest = {}, {}
    for number, values in state["state"].items():
        for name, value in values.items():
            (tensors if isinstance(value, Tensor) else rest)[f"{number}/{name}"] = value
    return tensors, {"rest": rest, "groups": state["param_groups"]}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], state: Mapping) -> None:
    """Put an optimizer's state together again."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    values: dict[int, dict] = {}
    for key, value in {**tensors, **state["rest"]}.items():
        number, name = key.split("/")
        if isinstance(value, Tensor) and value.shape == weights[int(number)].shape and value.dim():
            value = torch.empty_like(weights[int(number)], dtype=value.dtype).copy_(value)  # channels last as they are
        values.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": values, "param_groups": state["groups"]})


def write_text(file: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    made = file.with_name(f".writing-{file.name}")
    made.write_text(text, "utf-8")
    os.replace(made, file)


def _check(place: Path) -> dict:
    """Return the JSON part of a state whose files are all whole; ValueError, naming the file, if one is not."""
    try:
        state = json.loads((place / "state.json").read_text("utf-8"))
        files = state["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{place / 'state.json'} is no whole state of a run ({type(error).__name__}).") from error
    for name, checksum in files.items():
        file = place / name
        if not file.is_file() or _checksum(file) != checksum:
            raise ValueError(f"{file} is {'cut off or changed' if file.exists() else 'missing'}.")
    return state


def _write(made: Path, tensors, state) -> None:
    made.mkdir()
    files = {}
    for name, values in tensors.items():
        file = made / f"{name}.safetensors"
        save_file({key: value.detach().cpu().contiguous() for key, value in values.items()}, file)
        files[file.name] = _checksum(file)
    (made / "state.json").write_text(json.dumps({**state, "files": files}, indent=1), "utf-8")
    for file in made.iterdir():  # on the disk before the name is
        with open(file, "rb+") as opened:
            os.fsync(opened.fileno())


def _move(made: Path, target: Path) -> None:
    """Give a folder its name; one that has it already steps aside first."""
    aside = target.with_name(f".writing-old-{target.name}")
    if target.exists():
        shutil.rmtree(aside, ignore_errors=True)
        os.replace(target, aside)
    os.replace(made, target)
    shutil.rmtree(aside, ignore_errors=True)


def _checksum(file: Path) -> str:
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
