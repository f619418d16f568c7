"""The training loop: what it computes, that it goes on bit for bit, and what it does when things go wrong."""

import json
import math
import os
import resource
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers import checkpoints, devices, optimizers, training
from helpers.augment import Augment
from helpers.metrics import ConfusionMatrix
from helpers.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
CLASSES = 3


class Tiny(nn.Module):
    """Two convolutions, always the same; with dropout it has luck of its own, with an auxiliary head two outputs."""

    def __init__(self, num_classes=CLASSES, dropout=0.0, aux=False, padding=1):
        super().__init__()
        torch.manual_seed(7)
        self.num_classes, self.aux = num_classes, aux
        self.first = nn.Conv2d(3, 6, 3, padding=padding)
        self.dropout, self.last, self.side = nn.Dropout(dropout), nn.Conv2d(6, num_classes, 1), None
        if aux:
            self.side, self.aux_weight = nn.Conv2d(6, num_classes, 1), 0.3

    def forward(self, images):
        x = self.dropout(self.first(images).relu())
        return (self.last(x), self.side(x)) if self.aux and self.training else self.last(x)


def pictures(n=10, size=12, seed=0, void=True):
    """Noise whose class is its brightest channel; the first pictures have more void than the last."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, 3, size, size), generator=generator, dtype=torch.uint8)
    masks = images.argmax(1).to(torch.uint8)
    if void:
        for i in range(n):
            masks[i, : (n - i) * size // (n + 1)] = 255
    return images, masks


def train(model=None, data=None, **options):
    model = model or Tiny()
    options = {"epochs": 2, "batch_size": 4, "lr": 0.1, "precision": "fp32", "progress": False} | options
    return model, training.fit(model, data or pictures(), **options)


def same(one, other, **tolerance):
    """Whether two models' weights agree, exactly where no tolerance is given."""
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.allclose(a, b, **tolerance) if tolerance else torch.equal(a, b) for a, b in pairs)


def standardised(images):
    # ImageNet's means and deviations, torchvision.models docs.
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (images / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)


# What it computes


def test_the_first_loss_is_that_of_guessing_and_then_it_falls():
    model = Tiny()
    nn.init.zeros_(model.last.weight), nn.init.zeros_(model.last.bias)
    _, history = train(model, epochs=30, batch_size=10, lr=0.3)
    assert history["loss"][0] == pytest.approx(math.log(CLASSES), abs=1e-4)
    assert history["loss"].iloc[-1] < 0.6 * math.log(CLASSES)


def test_one_update_is_the_one_written_out_by_hand():
    images, masks = pictures(4)
    trained, _ = train(data=(images, masks), epochs=1, momentum=0.0, weight_decay=0.0)
    model = Tiny()
    loss = F.cross_entropy(model(standardised(images)), masks.long(), ignore_index=255)
    loss.backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= 0.1 * weight.grad
    assert same(trained, model, atol=1e-6)


def test_the_rate_falls_by_iteration_as_in_the_paper():
    # Chen et al. 2017, section 4.1: (1 - iter / max_iter)^0.9. Ten pictures in fours: two updates an epoch.
    _, history = train(epochs=3, lr=0.1)
    assert history["lr"].tolist() == pytest.approx([0.1 * (1 - step / 6) ** 0.9 for step in (1, 3, 5)])


def test_the_rate_rises_in_the_warm_up_and_the_optimizer_is_given_it():
    seen = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            seen.append([group["lr"] for group in self.param_groups])
            return super().step(closure)

    train(epochs=3, warmup=3, optimizer=partial(Watched, lr=0.1), schedule="constant")
    assert [rates[0] for rates in seen] == pytest.approx([0.1 / 3, 0.2 / 3, 0.1, 0.1, 0.1, 0.1])


def test_a_schedule_of_ones_own_is_taken():
    _, history = train(epochs=2, schedule=lambda step, total, warmup: 1 / (step + 1))
    assert history["lr"].tolist() == pytest.approx([0.1 / 2, 0.1 / 4])


def test_norms_and_biases_are_not_decayed_and_the_backbone_has_its_rate():
    model = nn.Module()
    model.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    model.head = nn.Conv2d(4, 2, 1)
    groups = optimizers.parameter_groups(model, lr=0.1, backbone_lr=0.01, weight_decay=1e-4)
    found = {
        tuple(weight.shape): (group["lr"], group["weight_decay"]) for group in groups for weight in group["params"]
    }
    assert found == {(4, 3, 3, 3): (0.01, 1e-4), (4,): (0.01, 0.0), (2, 4, 1, 1): (0.1, 1e-4), (2,): (0.1, 0.0)}
    assert sum(len(group["params"]) for group in groups) == 6
    model.head.weight.requires_grad_(False)
    assert len(optimizers.parameter_groups(model, 0.1, None, 0.0)) == 3


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_optimizers_by_name(name):
    made = optimizers.make(name, Tiny(), 0.1, None, 1e-4, 0.8)
    assert made.param_groups[0].get("momentum", made.param_groups[0].get("betas", [0])[0]) == 0.8


def test_the_auxiliary_loss_counts_by_the_models_weight():
    images, masks = pictures(4)
    for given, weight in ((None, 0.3), (0.5, 0.5)):
        model, history = train(Tiny(aux=True), (images, masks), epochs=1, lr=0.0, aux_weight=given)
        logits, side = model.train()(standardised(images))
        expected = [F.cross_entropy(out, masks.long(), ignore_index=255).item() for out in (logits, side)]
        assert history["loss"][0] == pytest.approx(expected[0] + weight * expected[1], rel=1e-5)


@pytest.mark.parametrize("weights", [None, torch.tensor([1.0, 4.0, 0.5])])
def test_gradients_that_add_up_are_those_of_the_whole_batch(weights):
    # Parts of 3, 3, 2 with unequal void: a mean of their means would be another number.
    whole, one = train(data=pictures(8), batch_size=8, class_weights=weights)
    parts, other = train(data=pictures(8), batch_size=8, class_weights=weights, micro_batch=3)
    assert same(whole, parts, atol=1e-6)
    assert one["loss"].tolist() == pytest.approx(other["loss"].tolist(), rel=1e-5)


def test_class_weights_are_those_of_torch():
    images, masks = pictures(4)
    weights = torch.tensor([1.0, 4.0, 0.5])
    model, history = train(data=(images, masks), epochs=1, lr=0.0, class_weights=weights.tolist())
    expected = F.cross_entropy(model(standardised(images)), masks.long(), weights, ignore_index=255)
    assert history["loss"][0] == pytest.approx(expected.item(), rel=1e-5)


def test_a_loss_of_ones_own_gets_what_else_the_data_has():
    images, masks = pictures(4, void=False)
    border = torch.rand(4, 12, 12)

    def weighted(logits, target, weights):
        return (F.cross_entropy(logits, target.long(), reduction="none") * weights).mean()

    model, history = train(data=(images, masks, border), epochs=1, lr=0.0, loss=weighted)
    order = training.Batches((images, masks), 4).pictures(0)
    expected = weighted(model(standardised(images[order])), masks[order], border[order])
    assert history["loss"][0] == pytest.approx(expected.item(), rel=1e-5)


def test_a_smaller_map_is_judged_against_the_middle_of_the_mask():
    images, masks = pictures(4, void=False)
    model, history = train(Tiny(padding=0), (images, masks), valid=(images, masks), epochs=1, lr=0.0, micro_batch=3)
    logits = model(standardised(images))
    middle = masks[:, 1:-1, 1:-1].long()
    assert history["loss"][0] == pytest.approx(F.cross_entropy(logits, middle).item(), rel=1e-5)
    assert history["pixel_accuracy"][0] == pytest.approx((logits.argmax(1) == middle).float().mean().item())


def test_a_batch_of_nothing_but_void_moves_nothing():
    images, masks = pictures(4)
    model, history = train(data=(images, torch.full_like(masks, 255)), epochs=1, weight_decay=0.0)
    assert same(model, Tiny())
    assert history["loss"][0] == 0


def test_clipping_bounds_the_update():
    model, _ = train(data=pictures(4), epochs=1, momentum=0.0, weight_decay=0.0, clip=1e-3)
    before = Tiny()
    moved = torch.cat([(a - b).flatten() for a, b in zip(model.parameters(), before.parameters(), strict=True)])
    assert moved.norm().item() == pytest.approx(0.1 * 1e-3, rel=1e-3)


def test_labels_of_whole_pictures_train_too():
    images, _ = pictures(12)
    labels = images.float().mean((2, 3)).argmax(1)
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, CLASSES))
    model.num_classes = CLASSES
    _, history = train(
        model, (images, labels), valid=(images, labels), epochs=60, lr=1.0, batch_size=12, weight_decay=0.0
    )
    assert history["loss"].iloc[-1] < 0.7 * history["loss"][0]
    assert history["pixel_accuracy"].iloc[-1] > 0.8


# Judging


def test_judging_counts_every_picture_once_and_leaves_the_model_as_it_was():
    data, model = pictures(7), Tiny(dropout=0.5).train()
    metric = training.evaluate(model, data, batch_size=3, precision="fp32")
    model.eval()
    expected = ConfusionMatrix(CLASSES).update(model(standardised(data[0])), data[1])
    assert torch.equal(metric.matrix, expected.matrix)
    model.train()
    labels = training.predict(model, data[0], batch_size=3, precision="fp32")
    assert model.training and labels.dtype == torch.uint8
    assert torch.equal(labels, model.eval()(standardised(data[0])).argmax(1).to(torch.uint8))


def test_the_history_has_a_row_an_epoch_with_what_evaluate_says():
    valid = pictures(5, seed=1)
    model, history = train(valid=valid, epochs=3)
    names = ["epoch", "loss", "val_loss", "mean_iou", "pixel_accuracy", "lr", "images_per_second", "seconds"]
    assert [*history] == names and history["epoch"].tolist() == [1, 2, 3]
    judged = training.evaluate(model, valid, precision="fp32")
    assert history["mean_iou"].iloc[-1] == judged.mean_iou()
    expected = F.cross_entropy(model(standardised(valid[0])), valid[1].long(), ignore_index=255)
    assert history["val_loss"].iloc[-1] == pytest.approx(expected.item(), rel=1e-5)
    assert (history["images_per_second"] > 0).all() and (history["seconds"] > 0).all()


def test_patience_ends_what_no_longer_helps(tmp_path):
    model, history = train(valid=pictures(4, seed=1), epochs=30, lr=0.0, patience=2, checkpoint=tmp_path)
    assert len(history) == 3  # the first is the best, two more bring nothing
    assert checkpoints.read(tmp_path / "best")[1]["step"] == 2
    _, again = train(valid=pictures(4, seed=1), epochs=30, lr=0.0, patience=2, checkpoint=tmp_path, resume=True)
    assert len(again) == 3


def test_the_best_state_is_that_of_the_best_epoch(tmp_path):
    valid = pictures(4, seed=1)
    _, history = train(valid=valid, epochs=6, lr=3.0, checkpoint=tmp_path)
    model = Tiny()
    state = checkpoints.load_weights(model, tmp_path)
    assert training.evaluate(model, valid, precision="fp32").mean_iou() == history["mean_iou"].max()
    assert state["step"] == 2 * (history["mean_iou"].idxmax() + 1)
    assert not (tmp_path / "best" / "optimizer.safetensors").exists()


# Luck: from the seed and the number of the update


def test_an_epoch_shows_every_picture_and_epochs_differ():
    batches = training.Batches(pictures(10), 4, repeat=2, seed=3)
    epochs = [torch.cat([batches.pictures(step) for step in range(first, first + 5)]) for first in (0, 5)]
    for order in epochs:
        assert sorted(order.tolist()) == sorted([*range(10)] * 2)
    assert not torch.equal(*epochs)
    assert not torch.equal(training.Batches(pictures(10), 4, repeat=2, seed=4).pictures(0), batches.pictures(0))


def test_a_picture_is_seen_another_way_in_another_epoch():
    batches = training.Batches(pictures(1), 1, augment=Augment(scale=(0.5, 2.0)))
    views = [batches.share(step)[0] for step in (0, 1, 0)]
    assert not torch.equal(views[0], views[1]) and torch.equal(views[0], views[2])


def test_processes_share_a_batch_without_seeing_a_picture_twice():
    data = (torch.arange(9.0).view(9, 1, 1, 1), torch.zeros(9, 1, 1, dtype=torch.uint8))
    shares = [training.Batches(data, 5, rank=rank, ranks=2).share(0)[0].flatten().tolist() for rank in (0, 1)]
    assert len(shares[0]) == 3 and len(shares[1]) == 2
    assert sorted(shares[0] + shares[1]) == sorted(training.Batches(data, 5).share(0)[0].flatten().tolist())


def test_the_same_seed_gives_the_same_weights_and_another_others():
    options = {"model": None, "augment": Augment(scale=(0.7, 1.4), colour=0.3), "epochs": 2}
    (one, _), (two, _), (other, _) = (train(**options | {"seed": seed}) for seed in (0, 0, 1))
    assert same(one, two) and not same(one, other)
    dropped = [train(Tiny(dropout=0.5) if n else None, epochs=1)[0] for n in (0, 1)]
    assert not same(*dropped)


def test_dropout_differs_from_update_to_update():
    seen = []
    model = Tiny(dropout=0.5)
    model.dropout.register_forward_hook(lambda module, given, made: seen.append(made == 0))
    train(model, pictures(4), epochs=2, lr=0.0)
    assert not torch.equal(*seen)


# Going on

KILLED = """
    import os, signal, sys
    import torch
    torch.set_num_threads(1)
    sys.path.insert(0, "tests")
    from test_training import Tiny, pictures, train
    from helpers import checkpoints, training
    from helpers.augment import Augment
    import torch.nn.functional as F

    def run(folder, die_at=None, die_in=None):
        calls = 0

        def loss(logits, target):
            nonlocal calls
            calls += 1
            if calls == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return F.cross_entropy(logits, target.long(), ignore_index=255)

        if die_in:  # in the middle of writing a state
            write = checkpoints._write
            def dying(made, tensors, state):
                write(made, tensors, state)
                if state["step"] >= die_in:
                    os.truncate(made / "model.safetensors", 100)
                    os.kill(os.getpid(), signal.SIGKILL)
            checkpoints._write = dying
        train(Tiny(dropout=0.3), pictures(10), optimizer=sys.argv[2], epochs=8, augment=Augment(scale=(0.7, 1.4)),
              loss=loss, checkpoint=folder, resume=True, save_every=3)

    def child(*arguments):
        pid = os.fork()
        if pid == 0:
            run(*arguments)
            os._exit(0)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status := os.waitpid(pid, 0)[1]) else os.WEXITSTATUS(status)

    folder = sys.argv[1]
    assert child(folder + "/whole") == 0
    for death in map(int, sys.argv[3:]):
        assert child(folder + "/killed", death) == signal.SIGKILL
    assert child(folder + "/killed", None, 9) == signal.SIGKILL
    assert child(folder + "/killed") == 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_run_that_was_killed_three_times_ends_with_the_very_same_weights(tmp_path, optimizer):
    # Deaths at so many losses; each call goes on from what the one before had kept: 16 updates, kept at 2, 3, 4, 6...
    deaths = torch.randint(2, 5, (3,), generator=torch.Generator().manual_seed(os.getpid())).tolist()
    script = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), optimizer, *map(str, deaths)]
    told = subprocess.run(script, capture_output=True, text=True, cwd=ROOT)
    assert told.returncode == 0, f"{deaths}: {told.stderr}"
    states = [checkpoints.read(tmp_path / name / "step-00000016") for name in ("whole", "killed")]
    for file, whole in states[0][0].items():
        killed = states[1][0][file]
        assert whole.keys() == killed.keys() and all(torch.equal(whole[key], killed[key]) for key in whole), deaths
    losses = [[row["loss"] for row in state["history"]] for _, state in states]
    assert losses[0] == losses[1]
    assert not [*(tmp_path / "killed").glob(".writing-*")]


def test_ctrl_c_saves_and_returns_and_the_run_goes_on(tmp_path):
    whole, _ = train(Tiny(dropout=0.3), epochs=4)
    calls = []

    def loss(logits, target):
        calls.append(1)
        if len(calls) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return F.cross_entropy(logits, target.long(), ignore_index=255)

    before = signal.getsignal(signal.SIGINT)
    _, history = train(Tiny(dropout=0.3), epochs=4, loss=loss, checkpoint=tmp_path)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(history) == 2 and len(calls) == 5
    assert checkpoints.read(tmp_path / "step-00000005")[1]["losses"]
    resumed, history = train(Tiny(dropout=0.3), epochs=4, loss=loss, checkpoint=tmp_path, resume=True)
    assert same(resumed, whole) and len(history) == 4 and len(calls) == 8


def test_a_second_ctrl_c_stops_at_once():
    def loss(logits, target):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return F.cross_entropy(logits, target.long(), ignore_index=255)

    with pytest.raises(KeyboardInterrupt):
        train(loss=loss)


def test_without_resume_what_was_there_is_removed(tmp_path):
    train(epochs=3, checkpoint=tmp_path)
    train(epochs=1, checkpoint=tmp_path)
    assert [place.name for place in sorted(tmp_path.glob("step-*"))] == ["step-00000002"]


def test_two_states_are_kept_and_the_history_is_beside_them(tmp_path):
    _, history = train(epochs=4, checkpoint=tmp_path, about={"why": "a test"})
    assert sorted(place.name for place in tmp_path.iterdir()) == ["history.csv", "step-00000006", "step-00000008"]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "history.csv"), history)
    state = json.loads((tmp_path / "step-00000008" / "state.json").read_text())
    assert state["about"] == {"why": "a test"} and state["settings"]["seed"] == 0


@pytest.mark.parametrize("harm", ["cut", "changed", "missing", "state"])
def test_a_broken_state_is_named_and_the_one_before_is_taken(tmp_path, harm):
    whole, _ = train(epochs=4, checkpoint=tmp_path)
    file = tmp_path / "step-00000008" / ("state.json" if harm == "state" else "model.safetensors")
    data = bytearray(file.read_bytes())
    if harm == "missing":
        file.unlink()
    elif harm == "changed":
        data[-1] ^= 1
        file.write_bytes(data)
    else:
        file.write_bytes(data[:-7])
    with pytest.warns(UserWarning, match=rf"{file.name}.*one before"):
        resumed, _ = train(epochs=4, checkpoint=tmp_path, resume=True)
    assert same(resumed, whole)
    with pytest.raises(ValueError, match=r"cut off or changed|missing|no whole state"):
        file.write_bytes(data[:-7])
        checkpoints.read(tmp_path / "step-00000008")


def test_a_checkpoint_of_another_model_is_refused_with_the_difference(tmp_path):
    train(checkpoint=tmp_path)

    class Other(Tiny):
        pass

    class Wider(Tiny):
        def __init__(self):
            super().__init__()
            self.last = nn.Conv2d(6, CLASSES, 3, padding=1)

    Wider.__name__ = "Tiny"
    for model, said in (
        (Tiny(5), r"num_classes 3; this one is 5"),
        (Other(), r"holds a Tiny; this one is Other"),
        (Tiny(aux=True), r"it has no side\.bias, the model has"),
        (Wider(), r"last\.weight is \[3, 6, 1, 1\]; this model's is \[3, 6, 3, 3\]"),
    ):
        before = {key: value.clone() for key, value in model.state_dict().items()}
        for attempt in (
            lambda m: train(m, checkpoint=tmp_path, resume=True),
            lambda m: checkpoints.load_weights(m, tmp_path),
        ):
            with pytest.raises(ValueError, match=said):
                attempt(model)
        assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


@pytest.mark.parametrize(("option", "value"), [("lr", 0.2), ("seed", 1), ("batch_size", 2), ("repeat", 3)])
def test_other_settings_are_refused_by_name(tmp_path, option, value):
    train(checkpoint=tmp_path)
    with pytest.raises(ValueError, match=f"{option}=.* now it is {value}"):
        train(checkpoint=tmp_path, resume=True, **{option: value})


def test_more_epochs_go_on_with_a_warning(tmp_path):
    train(epochs=2, checkpoint=tmp_path)
    with pytest.warns(UserWarning, match="2 epochs, now 3"):
        _, history = train(epochs=3, checkpoint=tmp_path, resume=True)
    assert len(history) == 3


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="No checkpoint in"):
        checkpoints.read(tmp_path)


# Faults


def test_a_loss_that_is_no_number_stops_with_the_pictures_and_keeps_the_last_good_state(tmp_path):
    images, masks = pictures(10)
    images = images.float()
    options = {"epochs": 6, "batch_size": 2, "lr": 1e-4, "save_every": 1}
    broken = training.Batches((images, masks), 2).pictures(3)
    images[broken[1]] = math.nan
    with pytest.raises(FloatingPointError) as caught:
        train(data=(images, masks), checkpoint=tmp_path, **options)
    assert "update 3 is nan" in str(caught.value)
    assert ", ".join(map(str, broken.tolist())) in str(caught.value)
    assert str(tmp_path / "step-00000003") in str(caught.value)
    weights, _ = checkpoints.read(tmp_path / "step-00000003")
    assert all(value.isfinite().all() for value in weights["model"].values())


def test_weights_that_are_no_numbers_are_not_kept(tmp_path):
    class Overflowing(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return x.clone()

        @staticmethod
        def backward(context, gradient):
            return gradient * math.inf

    calls = []

    def loss(logits, target):
        calls.append(1)
        logits = Overflowing.apply(logits) if len(calls) == 4 else logits
        return F.cross_entropy(logits, target.long(), ignore_index=255)

    with pytest.raises(FloatingPointError, match=r"After update 3 .*step-00000002"):
        train(epochs=5, loss=loss, checkpoint=tmp_path)
    assert checkpoints.Checkpoints(tmp_path).newest().name == "step-00000002"


class Heavy(Tiny):
    """Has memory for two pictures."""

    most = 2

    def forward(self, images):
        if self.training and len(images) > self.most:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )
        return super().forward(images)


def test_out_of_memory_halves_the_parts_and_keeps_the_batch(tmp_path):
    with pytest.warns(UserWarning) as told:
        heavy, _ = train(Heavy(), pictures(8), batch_size=8, checkpoint=tmp_path)
    said = [str(one.message) for one in told if "Out of memory" in str(one.message)]
    assert said == ["Out of memory: from now on 4 pictures at once.", "Out of memory: from now on 2 pictures at once."]
    whole, _ = train(data=pictures(8), batch_size=8)
    assert same(heavy, whole, atol=1e-6)
    assert checkpoints.read(tmp_path)[1]["micro_batch"] == 2


def test_out_of_memory_with_one_picture_and_other_errors_are_raised():
    Heavy.most, kept = 0, Heavy.most
    try:
        with pytest.raises(RuntimeError, match="can't allocate"), pytest.warns(UserWarning):
            train(Heavy())
    finally:
        Heavy.most = kept
    with pytest.raises(RuntimeError, match="channels"):
        train(data=(torch.rand(4, 2, 8, 8), torch.zeros(4, 8, 8, dtype=torch.uint8)))


def test_a_full_disk_loses_no_earlier_state(tmp_path):
    train(epochs=1, checkpoint=tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))  # bytes a file: as full as a disk can be
        full = pytest.raises(OSError, match=r"step-00000004 could not be written .*step-00000002 is whole")
        with full, pytest.warns(UserWarning):
            train(epochs=2, checkpoint=tmp_path, resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(place.name for place in tmp_path.iterdir()) == ["history.csv", "step-00000002"]
    checkpoints.read(tmp_path / "step-00000002")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loss": F.cross_entropy, "class_weights": [1, 1, 1]}, "class_weights is for the default loss"),
        ({"patience": 2}, "patience needs valid"),
        ({"optimizer": "adagrad"}, "expected 'sgd', 'adamw'"),
        ({"schedule": "cosine"}, "schedule='cosine'"),
        ({"precision": "fp8"}, "precision='fp8'"),
        ({"precision": "fp16", "device": "cpu"}, "loss scaling is for CUDA"),
        ({"backbone_lr": 0.1}, "Tiny has no backbone"),
        ({"progress": "loud"}, "progress='loud'"),
        ({"data": (torch.zeros(4, 3, 8, 8), torch.zeros(3, 8, 8))}, r"lengths \[4, 3\]"),
        ({"data": (torch.zeros(0, 3, 8, 8), torch.zeros(0, 8, 8))}, r"lengths \[0, 0\]"),
    ],
)
def test_what_does_not_fit_is_said(options, said):
    with pytest.raises(ValueError, match=said):
        train(**options)


def test_a_model_of_which_nothing_learns_is_said():
    with pytest.raises(ValueError, match="No weight of this Tiny learns"):
        train(Tiny().requires_grad_(False))


def test_a_device_that_is_not_here_is_said():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match="device='cuda' is not here; there is cpu"):
        train(device="cuda")


# Precision


def test_precision_is_what_the_device_truly_has(monkeypatch):
    asked = []
    for able in (True, False):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **how: asked.append(how) or able)  # noqa: B023
        assert devices.best_precision("cuda") == ("bf16" if able else "fp16")
    assert asked == [{"including_emulation": False}] * 2  # a T4 says True with emulation
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    for units, expected in (({"avx512_bf16": True}, "bf16"), ({"avx512_bf16": False}, "fp32"), ({}, "fp32")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units, raising=False)  # noqa: B023
        assert devices.best_precision("cpu") == expected
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert devices.best_precision("cpu") == "fp32"
    assert devices.best_precision("mps") == "fp32"


def test_half_precision_computes_in_half_and_keeps_weights_whole():
    seen = []
    model = Tiny()
    model.last.register_forward_hook(lambda module, given, made: seen.append(made.dtype))
    _, history = train(model, pictures(4), valid=pictures(4), epochs=1, precision="bf16")
    assert set(seen) == {torch.bfloat16} and model.last.weight.dtype == torch.float32
    seen.clear()
    _, exact = train(
        model, pictures(4), valid=pictures(4), epochs=1, precision="fp32"
    )  # one run's precision is not the next's
    assert set(seen) == {torch.float32}
    assert "forward" not in vars(model)


# What is seen


def test_lines_where_nobody_watches_and_nothing_where_not_asked(capsys):
    train(valid=pictures(4), progress="lines")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and lines[0].startswith("epoch 1/2  loss ")
    assert all(word in lines[1] for word in ("mean_iou 0.", "lr ", "images_per_second "))
    train(progress=False)
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err == ""


def test_a_bar_where_a_person_watches(capsys, monkeypatch):
    from helpers import course

    monkeypatch.setattr(course, "watched", lambda: True)
    train(valid=pictures(4), progress=None)
    shown = capsys.readouterr()
    assert "4/4" in shown.err and "mean_iou" in shown.err and shown.out == ""
    monkeypatch.setattr(course, "watched", lambda: False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert Progress(3).lines
    monkeypatch.setitem(sys.modules, "ipykernel", object())
    assert not Progress(3).lines  # a notebook that runs by itself keeps its outputs free of times


def test_tensorboard_gets_the_numbers_of_the_history(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    _, history = train(valid=pictures(4), tensorboard=tmp_path)
    board = EventAccumulator(str(tmp_path))
    board.Reload()
    assert [event.value for event in board.Scalars("mean_iou")] == pytest.approx(history["mean_iou"].tolist())


# Several processes

TWO = """
    import json, os, sys
    import torch
    sys.path.insert(0, "tests")
    from test_training import Tiny, pictures, train
    from helpers.augment import Augment
    model, history = train(Tiny(aux=True), pictures(10), valid=pictures(5, seed=1), batch_size=5, epochs=3,
                           micro_batch=2, augment=Augment(scale=(0.7, 1.4), colour=0.2), class_weights=[1.0, 2.0, 0.5],
                           clip=1.0, checkpoint=sys.argv[1])
    world = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    if int(os.environ.get("RANK", 0)) == 0:
        torch.save(model.state_dict(), sys.argv[1] + "/weights.pt")
        history.to_csv(sys.argv[1] + "/all.csv")
        print("processes", world)
"""


def torchrun(*arguments):
    environment = os.environ | {"COURSE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


@pytest.mark.slow
def test_two_processes_give_the_weights_and_the_scores_of_one(tmp_path):
    script = tmp_path / "two.py"
    script.write_text(textwrap.dedent(TWO))
    for count, run in (
        (1, lambda *a: subprocess.run([sys.executable, *a], capture_output=True, text=True, cwd=ROOT)),
        (2, torchrun),
    ):
        (folder := tmp_path / str(count)).mkdir()
        told = run(str(script), str(folder))
        assert told.returncode == 0, told.stderr
        assert f"processes {count}" in told.stdout
    weights = [torch.load(tmp_path / count / "weights.pt", weights_only=True) for count in "12"]
    assert all(torch.allclose(weights[0][key], weights[1][key], atol=1e-6) for key in weights[0])
    histories = [pd.read_csv(tmp_path / count / "all.csv") for count in "12"]
    for column in ("loss", "val_loss", "mean_iou", "pixel_accuracy", "lr"):
        assert histories[0][column].tolist() == pytest.approx(histories[1][column].tolist(), rel=1e-4), column
    assert sorted(p.name for p in (tmp_path / "2").glob("step*")) == sorted(
        p.name for p in (tmp_path / "1").glob("step*")
    )


@pytest.mark.slow
def test_torchrun_trains_by_recipe(tmp_path):
    told = torchrun(
        "-m", "helpers.train", "unet", "--data", "scenes", "--epochs", "1", "--checkpoint", str(tmp_path / "run"),
        "--results", str(tmp_path / "results.csv"),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("epoch 1/1") == 1  # one process speaks
    assert len(pd.read_csv(tmp_path / "results.csv")) == 1


def test_more_processes_than_pictures_is_said():
    with pytest.raises(ValueError, match="A batch of 3 for 4 processes"):
        training.Batches(pictures(10), 3, ranks=4)
