"""An epoch of training, ours and the reference style of loop in turn: `python tests/benchmarks/bench_training.py`.

The reference is the loop of torchvision's references/segmentation, as a user would write it: a DataLoader with two
workers that read and augment picture after picture with torchvision's transforms, float32, eager, batches laid out
channels first. Ours is `helpers.training.fit`. Both train the same network, from the same seed, on the same pictures
with the same kind of augmentation (scale 0.5 to 2, crop, flip) and optimizer. CamVid where it is at hand, else scenes.
On a GPU each is also given as model-flops utilisation: three times the forward's multiply-adds, two flops each, over
what the chip can do in bfloat16 (--peak, in 1e12/s; 989 for an H100, 65 for a T4 in float16).
"""

import argparse
import os
import platform
import time

import torch
import torch.nn.functional as F
import torchvision
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.transforms import v2

from helpers import datasets, training
from helpers.augment import Augment
from helpers.segmentation import DeepLabV3, DeepLabV3Plus, UNet, multiply_adds

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MODELS = {
    "U-Net, 16 channels": lambda classes: UNet(classes, base_channels=16, batch_norm=True),
    "DeepLabv3+ MobileNetV2": lambda classes: DeepLabV3Plus(classes, "mobilenet_v2", atrous_rates=(3, 6, 9)),
    "DeepLabv3 ResNet-50, stride 8": lambda classes: DeepLabV3(classes, "resnet50", 8),
}


class Reference(torch.utils.data.Dataset):
    """Pictures read from their files and augmented one by one, in the worker."""

    def __init__(self, ds, size):
        self.ds = ds
        self.transform = v2.Compose(
            [
                v2.RandomResize(int(0.5 * min(size)), int(2.0 * min(size))),
                v2.RandomHorizontalFlip(0.5),
                v2.RandomCrop(size, pad_if_needed=True, fill={tv_tensors.Image: 0, tv_tensors.Mask: 255}),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(MEAN, STD),
            ]
        )

    def __len__(self):
        return len(self.ds)

    def __getitem__(self, index):
        image, mask = self.ds[index]
        image, mask = self.transform(tv_tensors.Image(image), tv_tensors.Mask(mask))
        return image.as_subclass(torch.Tensor), mask.as_subclass(torch.Tensor).long()


def reference_epochs(model, ds, size, batch_size, epochs, device):
    """Seconds of each epoch."""
    loader = DataLoader(
        Reference(ds, size), batch_size, shuffle=True, num_workers=2, drop_last=True, persistent_workers=True,
        pin_memory=device == "cuda",
    )  # fmt: skip
    model.to(device, memory_format=torch.contiguous_format).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    total, seconds = epochs * len(loader), []
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 - step / (total + 1)) ** 0.9)
    for _ in range(epochs):
        begun = time.perf_counter()
        for images, masks in loader:
            images, masks = images.to(device), masks.to(device)
            loss = F.cross_entropy(model(images), masks, ignore_index=255)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            loss.item()  # its logger reads the loss at every step
        seconds.append(time.perf_counter() - begun)
    return seconds


def our_epochs(model, ds, size, batch_size, epochs, device, precision):
    """Seconds of each epoch; reading the data into memory is part of the first."""
    begun = time.perf_counter()
    history = training.fit(
        model, ds, epochs=epochs, lr=0.01, batch_size=batch_size, augment=Augment(crop=size, scale=(0.5, 2.0)),
        device=device, precision=precision, progress=False,
    )  # fmt: skip
    seconds = history["seconds"].tolist()
    seconds[0] += time.perf_counter() - begun - sum(seconds)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(": ")[0])
    parser.add_argument("--size", type=int, nargs=2, default=(180, 240))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--pictures", type=int, help="of the training set (default: all)")
    parser.add_argument("--only", help="models whose name holds this")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--peak", type=float, help="what the chip can do, in 1e12 flops a second")
    asked = parser.parse_args()
    device, size = "cuda" if torch.cuda.is_available() else "cpu", tuple(asked.size)
    if datasets.available("camvid"):
        ds = datasets.load("camvid", "train", size=size)
        ds.files = ds.files[: asked.pictures]
    else:
        ds = datasets.load("scenes", "train", size=min(size), n=asked.pictures or 367)
        size = (min(size),) * 2
    chip = torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()}, {os.cpu_count()} cores"
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    print(f"{ds}\n{chip}, {versions}, {size[0]}x{size[1]}, batches of {asked.batch_size}\n")
    print("| model | reference s/epoch | ours | ours fp32 | reference / ours | first epoch | images/s | MFU |")
    print(f"|---|{'---:|' * 7}")
    for name, make in MODELS.items():
        if asked.only and asked.only not in name or not asked.only and device == "cpu" and "ResNet" in name:
            continue
        times = {"reference": [], "ours": [], "fp32": []}
        for way in times:  # each in its turn, the network from the same seed
            torch.manual_seed(0)
            model = make(ds.num_classes)
            if way == "reference":
                times[way] = reference_epochs(model, ds, size, asked.batch_size, asked.epochs, device)
            else:
                precision = asked.precision if way == "ours" else "fp32"
                times[way] = our_epochs(model, ds, size, asked.batch_size, asked.epochs, device, precision)
        best = {way: min(seconds[1:] or seconds) for way, seconds in times.items()}
        rate = len(ds) // asked.batch_size * asked.batch_size / best["ours"]
        flops = 6 * multiply_adds(make(ds.num_classes), (3, *size)) * rate
        used = f"{flops / asked.peak / 1e12:.1%}" if asked.peak else "-"
        print(
            f"| {name} | {best['reference']:.1f} | {best['ours']:.1f} | {best['fp32']:.1f} "
            f"| {best['reference'] / best['ours']:.2f} | {times['reference'][0]:.1f} / {times['ours'][0]:.1f} "
            f"| {rate:.1f} | {used} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
