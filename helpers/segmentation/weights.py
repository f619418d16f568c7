"""torchvision's weights: from a state dict, a file, a name of the course's registry, or torchvision's own list."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def state_dict(source, network: str, or_random: bool = False) -> Mapping[str, Tensor] | None:
    """Return the state dict that a source stands for.

    Parameters
    ----------
    source : mapping, path, str or torchvision WeightsEnum
        A state dict, a ``.pth`` file, a name of the registry such as ``"resnet50"``, or torchvision's own
        ``ResNet101_Weights.IMAGENET1K_V2``.
    network : str
        Who asks, for the message.
    or_random : bool
        Where the weights can't be had: say so in one line and return None instead of raising.

    Raises
    ------
    FileNotFoundError
        In one line, if the weights are not at hand and can't be fetched.
    ValueError
        For a source that stands for no weights.
    """
    if isinstance(source, Mapping):
        return source
    try:
        known = _file(source)
        if known is None:
            return source.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        if not or_random:
            raise FileNotFoundError(
                f"{error} To go on from random weights: {network}.from_torchvision(..., or_random=True)."
            ) from error
        warnings.warn(f"{error} {network} goes on from random weights.", stacklevel=4)
        return None
    import torch

    try:
        found = torch.load(known, map_location="cpu", weights_only=True)  # never unpickle what came from outside
    except (pickle.UnpicklingError, EOFError, RuntimeError):
        found = None  # PyTorch's own message advises to unpickle all the same
    if not isinstance(found, Mapping) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError(f"{known} holds no state dict: expected a mapping of names to tensors, saved by torch.save.")
    return found


def pick(state: Mapping[str, Tensor], wanted: Iterable[str], name: str) -> dict[str, Tensor]:
    """Take the entries wanted; ValueError if they are another network's weights, which lack some."""
    wanted = [key for key in wanted if not key.endswith("num_batches_tracked") or key in state]
    missing = [key for key in wanted if key not in state]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(f"These are not the weights of {name}: they have no {missing[0]}{more}.")
    return {key: state[key] for key in wanted}


def _file(source) -> Path | None:
    """The file, or None for weights of torchvision's that the registry does not list."""
    from helpers.datasets import fetch

    rows = {name: row for name, row in fetch.registry().items() if row.kind == "torchvision"}
    known = {row.weights: name for name, row in rows.items()}
    name = known.get(str(source), source)  # a WeightsEnum writes itself as the registry does
    if isinstance(name, str) and name in rows:
        return fetch.path(name)
    if isinstance(source, str | os.PathLike):
        if Path(source).is_file():
            return Path(source)
        from helpers.datasets.files import did_you_mean

        raise ValueError(
            f"No weights {str(source)!r}.{did_you_mean(str(source), rows)} "
            f"Expected a state dict, a file, or one of {', '.join(rows)}."
        )
    if hasattr(source, "get_state_dict"):
        return None
    raise ValueError(f"No weights {source!r}: expected a state dict, a file, or one of {', '.join(rows)}.")
