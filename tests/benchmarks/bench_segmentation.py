"""Forward pass and training step, ours and a peer's in turn: `python tests/benchmarks/bench_segmentation.py`.

The peers run as their own examples do: float32, PyTorch's usual memory format, torchvision's with SGD, the others with
Adam. Ours take the same optimizer, fused, and the course's defaults: channels last; on a GPU half precision too
(bfloat16 and torch.compile where the chip has it, float16 with scaled gradients where it does not, as on a T4). Peak
memory is that of two training steps in a process of its own. Rows whose peer is not installed say so:
`pip install segmentation-models-pytorch monai`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from contextlib import nullcontext
from functools import partial
from importlib.util import find_spec

import torch
import torch.nn.functional as F
import torchvision
from torchvision.models.segmentation import deeplabv3_resnet50

from helpers.segmentation import DeepLabV3, DeepLabV3Plus, UNet

CLASSES = 21


def torchvision_deeplab():
    return deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=CLASSES)


def our_deeplab():
    # torchvision's weights bring torchvision's form: both compute the same function.
    return DeepLabV3(CLASSES, "resnet50", 8).from_torchvision(torchvision_deeplab().state_dict())


def smp(name, *arguments, **options):
    import segmentation_models_pytorch

    return getattr(segmentation_models_pytorch, name)(*arguments, encoder_weights=None, classes=CLASSES, **options)


def monai_unet():
    from monai.networks.nets import BasicUNet

    widths = (64, 128, 256, 512, 1024, 64)
    return BasicUNet(2, 3, CLASSES, features=widths, act=("relu", {"inplace": True}), norm="batch", dropout=0.0)


SGD = partial(torch.optim.SGD, lr=0.01, momentum=0.9, weight_decay=1e-4)
ADAM = partial(torch.optim.Adam, lr=2e-4)

# Row: (the package that the peer needs, the optimizer of its example, the peer, ours)
PAIRS = {
    "DeepLabv3 ResNet-50, stride 8, torchvision": (None, SGD, torchvision_deeplab, our_deeplab),
    "DeepLabv3 ResNet-50, stride 8, smp": (
        "segmentation_models_pytorch",
        ADAM,
        lambda: smp("DeepLabV3", "resnet50", encoder_output_stride=8),
        our_deeplab,
    ),
    "DeepLabv3+ MobileNetV2, stride 16, smp": (
        "segmentation_models_pytorch",
        ADAM,
        lambda: smp("DeepLabV3Plus", "mobilenet_v2"),
        lambda: DeepLabV3Plus(CLASSES, "mobilenet_v2", 16, separable=True),
    ),
    "U-Net 64 to 1024 channels, MONAI": (
        "monai",
        ADAM,
        monai_unet,
        lambda: UNet(CLASSES, batch_norm=True, dropout=None),
    ),
}


class Runner:
    """A model with its optimizer, on a device, in one of the two ways."""

    def __init__(self, make, optimizer, device, ours, half=False):
        torch.manual_seed(0)
        self.model, self.device = make().to(device), device
        self.half, self.scaler = nullcontext(), None
        if ours and half:
            self.half = torch.autocast(device, torch.bfloat16)
        elif ours and device == "cuda":
            new = torch.cuda.is_bf16_supported(including_emulation=False)
            self.half = torch.autocast("cuda", torch.bfloat16 if new else torch.float16)
            self.scaler = None if new else torch.amp.GradScaler()
        self.optimizer = optimizer(self.model.parameters(), fused=True if ours else None)
        self.run = torch.compile(self.model) if ours and device == "cuda" and self.scaler is None else self.model

    def logits(self, images):
        out = self.run(images)
        return out["out"] if isinstance(out, dict) else out

    @torch.no_grad()
    def forward(self, images, masks):
        self.model.eval()
        with self.half:
            return self.logits(images)

    def step(self, images, masks):
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        with self.half:
            loss = F.cross_entropy(self.logits(images).float(), masks)
        if self.scaler is None:
            loss.backward()
            self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()


def batch(told):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(told.batch, 3, told.size, told.size, generator=generator)
    masks = torch.randint(0, CLASSES, (told.batch, told.size, told.size), generator=generator)
    return images.to(told.device), masks.to(told.device)


def seconds(work, device):
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def in_turn(runners, task, data, told):
    """Times of both, one after the other, so that whatever else the machine does hits both."""
    for one in runners:
        for _ in range(told.warm):
            getattr(one, task)(*data)
    times = [[], []]
    for _ in range(told.repeats):
        for one, kept in zip(runners, times, strict=True):
            kept.append(seconds(lambda one=one: getattr(one, task)(*data), told.device))
    return times


def peak(name, which, told):
    """MiB that a training step needs more than the process did before the model was made."""
    line = [sys.executable, __file__, "--peak", name, "--of", str(which), "--device", told.device]
    line += ["--size", str(told.size), "--batch", str(told.batch)] + ["--half"] * told.half
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def tell_peak(told):
    def used():
        if told.device == "cuda":
            return torch.cuda.max_memory_allocated() / 2**20
        with open("/proc/self/status") as status:  # Linux; getrusage would count the parent's memory too
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**10

    before = used()
    _, optimizer, *makes = PAIRS[told.peak]
    runner = Runner(makes[told.of], optimizer, told.device, bool(told.of), told.half)
    runner.step(*batch(told))
    runner.step(*batch(told))
    print(json.dumps(round(used() - before)))


def text(times):
    return f"{1e3 * statistics.median(times):.0f} ({1e3 * min(times):.0f}–{1e3 * max(times):.0f})"


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    ask.add_argument("--size", type=int, default=224, help="height and width of the pictures")
    ask.add_argument("--batch", type=int, default=4)
    ask.add_argument("--repeats", type=int, default=7)
    ask.add_argument("--warm", type=int, default=2, help="runs before the clock starts")
    ask.add_argument("--half", action="store_true", help="ours in bfloat16, on a CPU too (worth it with AVX512-BF16)")
    ask.add_argument("--only", default="", help="rows whose name holds this")
    ask.add_argument("--peak", help=argparse.SUPPRESS)
    ask.add_argument("--of", type=int, help=argparse.SUPPRESS)
    told = ask.parse_args()
    warnings.simplefilter("ignore")
    if told.peak:
        tell_peak(told)
        return
    chip = torch.cuda.get_device_name() if told.device == "cuda" else f"{os.cpu_count()} cores, no GPU"
    print(
        f"{platform.machine()}, {chip}; Python {platform.python_version()}, torch {torch.__version__}, "
        f"torchvision {torchvision.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    print(f"batch {told.batch}, {told.size}x{told.size}, {CLASSES} classes; ms, median of {told.repeats} (range)\n")
    print("| network, peer | what | peer | ours | times as fast | peak MiB, peer | ours |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for name, (package, optimizer, *makes) in PAIRS.items():
        if told.only not in name:
            continue
        if package and not find_spec(package):
            print(f"| {name} | {package} is not installed | | | | | |")
            continue
        peaks = [peak(name, which, told) for which in (0, 1)]
        data = batch(told)
        runners = [Runner(make, optimizer, told.device, bool(which), told.half) for which, make in enumerate(makes)]
        for task, what in (("forward", "forward"), ("step", "training step")):
            peer, ours = in_turn(runners, task, data, told)
            ratio = statistics.median(peer) / statistics.median(ours)
            memory = f"{peaks[0]} | {peaks[1]}" if task == "step" else " | "
            print(f"| {name} | {what} | {text(peer)} | {text(ours)} | {ratio:.2f} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
