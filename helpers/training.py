"""The one training loop of the course, :func:`fit`, and what judges its result, :func:`evaluate` and :func:`predict`.

It runs on a laptop's CPU, on one GPU and, under torchrun, on many; accelerate knows the device and the precision. All
luck of an update (which pictures, augmentation, dropout) comes from the seed and the update's number. So a run that was
killed goes on bit for bit, and several processes draw what one would have drawn.
"""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from torch import Tensor, nn

from helpers import optimizers
from helpers.batches import IGNORE, Batches, in_order, mix, tensors
from helpers.checkpoints import Run
from helpers.devices import accelerator_for
from helpers.metrics import ConfusionMatrix
from helpers.progress import Interrupt, Progress

_LOOK = 25  # updates between two looks at the losses, where looking means waiting for the device


def fit(
    model: nn.Module,
    train,
    valid=None,
    *,
    epochs: int,
    lr: float = 0.01,
    batch_size: int = 8,
    repeat: int = 1,
    augment: Callable | None = None,
    optimizer: str | Callable = "sgd",
    schedule: str | Callable[[int, int, int], float] = "poly",
    warmup: int = 0,
    momentum: float = 0.9,
    weight_decay: float = 1e-4,
    backbone_lr: float | None = None,
    loss: Callable | None = None,
    class_weights=None,
    aux_weight: float | None = None,
    clip: float | None = None,
    metric: ConfusionMatrix | None = None,
    patience: int | None = None,
    micro_batch: int | None = None,
    precision: str = "auto",
    device: str | None = None,
    seed: int = 0,
    checkpoint=None,
    resume: bool = False,
    save_every: int | None = None,
    progress: str | bool | None = None,
    tensorboard=None,
    about: Mapping | None = None,
) -> pd.DataFrame:
    """Train a model.

    Parameters
    ----------
    model : Module
        Gives logits [N, C, ...]; in training it may give (logits, auxiliary logits). Trained in place.
    train, valid : data set or tuple of Tensor
        From :func:`helpers.datasets.load`, or (images, targets, what else the loss takes). uint8 images lie in memory
        as they are and are standardised on the device. A ``transform`` of a data set is applied once.
    epochs, batch_size, repeat, augment
        See :class:`.batches.Batches`. ``batch_size`` counts over all processes.
    optimizer, schedule, warmup, momentum, weight_decay, lr, backbone_lr
        See :mod:`.optimizers`: "sgd" or "adamw", "poly" or "constant", or callables.
    loss : callable, optional
        ``loss(logits, target, *more)``, a mean over pixels. Default: cross entropy, label 255 left out.
    class_weights : Tensor [C], optional
        Of the default loss.
    aux_weight : float, optional
        What the auxiliary loss counts. Default: the model's own, else 0.4 (PSPNet, section 5.2).
    clip : float, optional
        Largest norm of the gradient.
    metric : ConfusionMatrix, optional
        Default: of the model's classes.
    patience : int, optional
        Stop after so many epochs without a better mean IoU on ``valid``.
    micro_batch : int, optional
        Pictures at once in a process; gradients add up to the batch's. Halved when a single process runs out of memory.
        Batch norm sees the micro-batch.
    precision : {"auto", "fp32", "bf16", "fp16"}
        See :mod:`.devices`.
    device : {"cpu", "cuda", "mps"}, optional
    seed : int
    checkpoint : path, optional
        The run's folder: a state every epoch and every ``save_every`` updates, the best one, ``history.csv``.
    resume : bool
        Go on from the newest state there, if there is one. Otherwise what is there is removed.
    progress : {None, "bar", "lines", False}
    tensorboard : path, optional
    about : mapping, optional
        What the checkpoints should remember besides.

    Returns
    -------
    DataFrame
        A row an epoch: epoch, loss, with ``valid`` also val_loss, mean_iou, pixel_accuracy; lr of the heads in the last
        update; images_per_second without validation, seconds with it. Ctrl-C saves and returns what there is.

    Raises
    ------
    FloatingPointError
        When the loss is no number, with the update, its pictures and the last good state.
    ValueError
        For data, settings or a checkpoint that do not fit; the message says which.
    """
    if loss is not None and class_weights is not None:
        raise ValueError("class_weights is for the default loss: give them to yours, by functools.partial.")
    if patience is not None and valid is None:
        raise ValueError("patience needs valid: without it nothing says that training no longer helps.")
    accelerator = accelerator_for(precision, device)
    ranks, rank, main = accelerator.num_processes, accelerator.process_index, accelerator.is_main_process
    batches = Batches(train, batch_size, repeat, augment, seed, accelerator.device, rank, ranks)
    valid = None if valid is None else tensors(valid, accelerator.device)
    weights = None if class_weights is None else torch.as_tensor(class_weights).float().to(accelerator.device)
    loss = loss or partial(_cross_entropy, weights=weights)
    aux_weight = getattr(model, "aux_weight", 0.4) if aux_weight is None else aux_weight
    if valid is not None and metric is None:
        metric = ConfusionMatrix(model.num_classes, IGNORE)
    if ranks > 1 and accelerator.device.type == "cuda":
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    model.to(accelerator.device)
    moves = optimizers.make(optimizer, model, lr, backbone_lr, weight_decay, momentum)
    factor = optimizers.schedule(schedule)
    total, history, losses = epochs * batches.per_epoch, [], []

    settings = {"pictures": len(batches), "batch_size": batches.batch_size, "repeat": repeat, "lr": lr, "seed": seed}
    run = Run(checkpoint, model, moves, settings | {"epochs": epochs}, about, accelerator)
    step, micro_batch = 0, micro_batch or batches.batch_size
    if resume and (state := run.go_on()):
        step, history, losses, micro_batch = (state[key] for key in ("step", "history", "losses", "micro_batch"))
    elif main:
        run.clear()
    net, moves = nn.parallel.DistributedDataParallel(model) if ranks > 1 else model, accelerator.prepare(moves)

    pending, timed, busy, began = [], 0, 0.0, time.perf_counter()
    shown = Progress(total, step, progress if main else False, tensorboard if main else None)
    with shown, Interrupt() as interrupt:
        while step < total and not _waited(history, patience) and not interrupt.agreed:
            # The update: pictures, rate, gradients, weights.
            started = time.perf_counter()
            for group in moves.param_groups:
                group["lr"] = group["initial_lr"] * factor(step, total, warmup)
            parts = batches.share(step)
            while True:
                try:
                    set_seed(mix(seed, 2, step, rank))
                    value = _gradients(accelerator, net, loss, parts, micro_batch, aux_weight, weights)
                    break
                except RuntimeError as error:
                    if ranks > 1 or min(micro_batch, len(parts[0])) == 1 or not should_reduce_batch_size(error):
                        raise
                micro_batch = min(micro_batch, len(parts[0])) // 2
                warnings.warn(f"Out of memory: from now on {micro_batch} pictures at once.", stacklevel=2)
                moves.zero_grad()
                clear_device_cache(garbage_collection=True)
            if clip is not None:
                accelerator.clip_grad_norm_(net.parameters(), clip)
            moves.step()
            moves.zero_grad()
            step, pending, timed = step + 1, [*pending, value], timed + 1
            shown.step()

            # What it gave. Reading a loss makes the program wait for a GPU: not at every update.
            ends, saves = step % batches.per_epoch == 0, save_every is not None and step % save_every == 0
            if ends or saves or len(pending) >= (1 if accelerator.device.type == "cpu" else _LOOK):
                asked = torch.tensor(float(interrupt.asked), device=accelerator.device)
                *values, asked = accelerator.reduce(torch.stack([*pending, asked]), "sum").tolist()
                for number, value in enumerate(values, step - len(values)):
                    if not math.isfinite(value):
                        raise _no_number(number, value, batches, run)
                losses, pending, interrupt.agreed = losses + values, [], asked > 0
            busy += time.perf_counter() - started

            # The end of an epoch, and what is kept.
            best = False
            if ends:
                row = {"epoch": step // batches.per_epoch, "loss": sum(losses) / len(losses)}
                if valid is not None:
                    row |= _score(accelerator, model, valid, metric, loss, batches.batch_size)
                row |= {"lr": moves.param_groups[-1]["lr"], "images_per_second": timed * batches.batch_size / busy}
                best = valid is not None and _merit(row) > max(map(_merit, history), default=-math.inf)
                history, losses = [*history, row | {"seconds": time.perf_counter() - began}], []
                timed, busy, began = 0, 0.0, time.perf_counter()
                shown.epoch(history[-1], epochs)
            if main and (ends or saves or interrupt.agreed):
                state = {"step": step, "history": history, "losses": losses, "micro_batch": micro_batch}
                run.save(state, best)
    accelerator.wait_for_everyone()
    return pd.DataFrame(history)


def evaluate(
    model: nn.Module,
    data,
    metric: ConfusionMatrix | None = None,
    *,
    batch_size: int = 8,
    precision: str = "auto",
    device: str | None = None,
) -> ConfusionMatrix:
    """Judge a model on every picture of a data set, each counted once, also by several processes.

    Parameters
    ----------
    model, data, metric, batch_size, precision, device
        As for :func:`fit`.

    Returns
    -------
    ConfusionMatrix
        ``.mean_iou()``, ``.iou()``, ``.pixel_accuracy()``, ``.table(class_names)``.
    """
    accelerator = accelerator_for(precision, device)
    metric = metric or ConfusionMatrix(model.num_classes, IGNORE)
    _score(accelerator, model.to(accelerator.device), tensors(data, accelerator.device), metric, None, batch_size)
    return metric


def predict(
    model: nn.Module, images: Tensor, *, batch_size: int = 8, precision: str = "auto", device: str | None = None
) -> Tensor:
    """Name every pixel.

    Parameters
    ----------
    images : Tensor [N, C, H, W], uint8, or float as the model takes it
    model, batch_size, precision, device
        As for :func:`fit`.

    Returns
    -------
    Tensor [N, H, W], uint8
        On the CPU.
    """
    accelerator, found = accelerator_for(precision, device), []
    with _judging(accelerator, model.to(accelerator.device)):
        for (batch,) in in_order((images,), batch_size, accelerator.device):
            found.append(model(batch).argmax(1).to(torch.uint8).cpu())
    return torch.cat(found)


def _gradients(accelerator: Accelerator, net, loss, parts, micro_batch, aux_weight, weights) -> Tensor:
    """Add up the gradients of a batch, so that each pixel counts the same in whatever part and process it is."""
    images, *targets = parts
    whole, batches = 0.0, images.split(micro_batch)
    for number, batch in enumerate(batches):
        last = number == len(batches) - 1  # processes exchange gradients once, at the end
        with contextlib.nullcontext() if last else accelerator.no_sync(net):
            with accelerator.autocast():
                out = net(batch)
            logits, *aux = (map_.float() for map_ in (out if isinstance(out, tuple) else (out,)))
            if number == 0:  # now the size of the map is known
                targets = [*zip(*(_middle(target, logits).split(micro_batch) for target in targets), strict=True)]
                masses = torch.stack([_mass(target, weights) for target, *_ in targets])
                masses = masses / accelerator.reduce(masses.sum(), "sum").clamp(min=1e-9)
            value = loss(logits, *targets[number]) + sum(aux_weight * loss(side, *targets[number]) for side in aux)
            value = value * masses[number]
            accelerator.backward(value * accelerator.num_processes)  # which average gradients; we want the sum
        whole = whole + value.detach()
    return whole


def _cross_entropy(logits: Tensor, target: Tensor, *, weights: Tensor | None = None) -> Tensor:
    """The mean of -log p(true class) over pixels that are not void; 0 where all are."""
    summed = F.cross_entropy(logits.float(), target.long(), weights, ignore_index=IGNORE, reduction="sum")
    return summed / _mass(target, weights).clamp(min=1e-9)


def _mass(target: Tensor, weights: Tensor | None) -> Tensor:
    """What a batch counts: its pixels without void, or the sum of their class weights."""
    if target.is_floating_point():
        return torch.tensor(float(len(target)), device=target.device)
    seen = target != IGNORE
    return (seen if weights is None else weights[target.masked_fill(~seen, 0).long()] * seen).sum().float()


def _middle(target: Tensor, logits: Tensor) -> Tensor:
    """The part of a target that a smaller map covers, as that of an unpadded U-Net."""
    if target.dim() < 3 or target.shape[-2:] == logits.shape[-2:]:
        return target
    height, width = logits.shape[-2:]
    top, left = (target.shape[-2] - height) // 2, (target.shape[-1] - width) // 2
    return target[..., top : top + height, left : left + width]


@contextlib.contextmanager
def _judging(accelerator: Accelerator, model: nn.Module):
    training = model.training
    model.eval()
    with torch.inference_mode(), accelerator.autocast():
        yield
    model.train(training)


def _score(accelerator: Accelerator, model: nn.Module, parts, metric: ConfusionMatrix, loss, batch_size: int) -> dict:
    """Fill the metric with every picture once; return the numbers for the history."""
    metric.reset()
    losses = torch.zeros(2, dtype=torch.float64, device=accelerator.device)  # the sum, and of how many pixels
    rank, ranks = accelerator.process_index, accelerator.num_processes
    with _judging(accelerator, model):
        for images, *targets in in_order(parts, batch_size, accelerator.device, rank, ranks):
            logits = model(images).float()
            targets = [_middle(target, logits) for target in targets]
            metric.update(logits, targets[0])
            if loss is not None:
                mass = _mass(targets[0], None)
                losses += torch.stack((loss(logits, *targets) * mass, mass))
    if ranks > 1:
        counted, losses = accelerator.reduce(metric.matrix.to(accelerator.device)), accelerator.reduce(losses)
        metric.reset().merge(counted)
    numbers = {} if loss is None else {"val_loss": (losses[0] / losses[1]).item()}
    return numbers | {"mean_iou": metric.mean_iou(), "pixel_accuracy": metric.pixel_accuracy()}


def _merit(row: Mapping[str, float]) -> float:
    """What is better for being larger."""
    return row["mean_iou"] if "mean_iou" in row else -row["loss"]


def _waited(history: list[dict], patience: int | None) -> bool:
    """Whether the last ``patience`` epochs brought nothing better."""
    if patience is None or len(history) <= patience:
        return False
    merits = [_merit(row) for row in history]
    return max(merits[-patience:]) <= max(merits[:-patience])


def _no_number(step: int, value: float, batches: Batches, run: Run) -> FloatingPointError:
    pictures = ", ".join(map(str, batches.pictures(step).tolist()))
    kept = f" The last good state is {place}." if (place := run.newest()) else ""
    return FloatingPointError(
        f"The loss of update {step} is {value}; its pictures are {pictures} of the training data.{kept} "
        "Look at them first; a lower lr, a warmup or clip=1.0 help where they are as they should be."
    )
