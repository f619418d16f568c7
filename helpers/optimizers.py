"""What moves the weights: which of them at which rate, and how the rate falls.

Biases and the scales and shifts of norms are not decayed: they are few, and pulling them to zero changes what a layer
gives, not how complicated it is.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


def poly(step: int, total: int, warmup: int = 0, power: float = 0.9) -> float:
    """Factor of the learning rate at one update: up a line for ``warmup`` updates, then (1 - step / total)^power.

    References
    ----------
    Chen et al. 2017, DeepLabv3, section 4.1, and Zhao et al. 2017, PSPNet, section 5.1: power 0.9, per iteration. He et
    al. 2016, ResNet, section 4.2, begins with a smaller rate; the line is from Goyal et al. 2017, section 2.2.

    Examples
    --------
    >>> [round(poly(step, 100), 3) for step in (0, 50, 99)]
    [1.0, 0.536, 0.016]
    >>> [poly(step, 100, warmup=4, power=0) for step in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """
    rising = min(1.0, (step + 1) / warmup) if warmup else 1.0
    return rising * (1 - step / total) ** power


def constant(step: int, total: int, warmup: int = 0) -> float:
    """Factor of a learning rate that stays, after a line up."""
    return poly(step, total, warmup, power=0)


def schedule(name: str | Callable) -> Callable[[int, int, int], float]:
    """Return "poly", "constant", or a callable of step, total and warmup as it is; ValueError for another name."""
    if callable(name):
        return name
    if name not in ("poly", "constant"):
        raise ValueError(f"schedule={name!r}: expected 'poly', 'constant', or a callable of step, total and warmup.")
    return poly if name == "poly" else constant


def parameter_groups(model: nn.Module, lr: float, backbone_lr: float | None, weight_decay: float) -> list[dict]:
    """Sort weights that learn into groups: backbone or head, decayed or not.

    Parameters
    ----------
    model : Module
        Its ``backbone``, if it has one, may learn at another rate.
    lr : float
    backbone_lr : float, optional
        Default: ``lr``.
    weight_decay : float
        Of filters and matrices; biases and norms have none.

    Returns
    -------
    list of dict
        As torch's optimizers take them, without empty ones.

    Raises
    ------
    ValueError
        If ``backbone_lr`` is given for a model without a backbone, or nothing learns.
    """
    backbone = getattr(model, "backbone", None)
    if backbone is None and backbone_lr is not None:
        raise ValueError(f"backbone_lr={backbone_lr}: {type(model).__name__} has no backbone; leave it out.")
    inside = set() if backbone is None else {id(weight) for weight in backbone.parameters()}
    groups = {}
    for weight in model.parameters():
        if weight.requires_grad:
            groups.setdefault((id(weight) in inside, weight.dim() > 1), []).append(weight)
    if not groups:
        raise ValueError(f"No weight of this {type(model).__name__} learns: all have requires_grad=False.")
    return [
        {
            "params": weights,
            "lr": backbone_lr if trunk and backbone_lr is not None else lr,
            "weight_decay": weight_decay if decayed else 0.0,
        }
        for (trunk, decayed), weights in groups.items()
    ]


def make(
    name: str | Callable, model: nn.Module, lr: float, backbone_lr: float | None, weight_decay: float, momentum: float
) -> torch.optim.Optimizer:
    """Make an optimizer.

    Parameters
    ----------
    name : {"sgd", "adamw"} or callable
        A callable takes the groups and gives an optimizer.
    model, lr, backbone_lr, weight_decay
        As for :func:`parameter_groups`.
    momentum : float
        Of SGD; AdamW's first beta.

    Raises
    ------
    ValueError
        If there is no such optimizer.
    """
    groups = parameter_groups(model, lr, backbone_lr, weight_decay)
    if callable(name):
        optimizer = name(groups)
    elif name == "sgd":
        optimizer = torch.optim.SGD(groups, lr=lr, momentum=momentum)
    elif name == "adamw":
        optimizer = torch.optim.AdamW(groups, lr=lr, betas=(momentum, 0.999))
    else:
        raise ValueError(f"optimizer={name!r}: expected 'sgd', 'adamw', or a callable that takes parameter groups.")
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    return optimizer
