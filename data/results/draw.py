"""Draw the stored curves and write the table of the README beside this file: `python data/results/draw.py`."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from helpers import course
from helpers.plots import band

HERE = Path(__file__).parent
PANELS = {"camvid": "CamVid, 11 classes", "isbi2012": "ISBI 2012, membranes", "dsb2018": "DSB 2018, nuclei"}
# File name, label and colour.
NAMES = {
    "UNet": ("unet", "U-Net, from scratch", course.PALETTE[0]),
    "DeepLabV3Plus": ("deeplabv3plus", "DeepLabv3+, pretrained trunk", course.PALETTE[3]),
    "FCN": ("fcn", "FCN, pretrained trunk", course.PALETTE[1]),
    "PSPNet": ("pspnet", "PSPNet, pretrained trunk", course.PALETTE[2]),
}
BEGIN, END = "<!-- table -->\n", "<!-- end -->"


def results() -> pd.DataFrame:
    """All rows of all files."""
    return pd.concat([pd.read_csv(HERE / f"{data}.csv") for data in PANELS if (HERE / f"{data}.csv").exists()])


def draw(rows: pd.DataFrame) -> None:
    """Mean IoU after each epoch, a panel a data set, the range over seeds as a band."""
    figure, axes = plt.subplots(1, len(PANELS), figsize=(15, 4.6), sharey=True)
    for ax, (data, title) in zip(axes, PANELS.items(), strict=True):
        of_data = rows[rows["data"] == data]
        for row, (network, runs) in enumerate(of_data.groupby("network", sort=False)):
            file, label, color = NAMES[network]
            curves = [pd.read_csv(HERE / "curves" / f"{file}-{data}-quick-{seed}.csv") for seed in runs["seed"]]
            values = np.stack([curve["mean_iou"] for curve in curves])
            band(ax, curves[0]["epoch"].to_numpy(), values, "", color)
            seeds = f", {len(curves)} seeds" if len(curves) > 1 else ""
            text = f"{label}{seeds}: {values[:, -1].mean():.3f}"
            ax.text(0.98, 0.04 + 0.07 * row, text, transform=ax.transAxes, ha="right", color=color)
        ax.set(title=title, xlabel="epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].set(ylabel="mean IoU on val", ylim=(0, 1))
    figure.savefig(HERE / "curves.png", dpi=80)


def table(rows: pd.DataFrame) -> str:
    """A line a network and data set: the mean over seeds, and the lowest and highest."""

    def spread(values):
        many = f" ({values.min():.3f} to {values.max():.3f})" if len(values) > 1 else ""
        return f"{values.mean():.3f}{many}"

    lines = [
        "| data | network | weights | seeds | mean IoU | pixel accuracy | minutes |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for (data, network), runs in rows.groupby(["data", "network"], sort=False):
        name = f"{network} ({backbone})" if isinstance(backbone := runs["backbone"].iloc[0], str) else network
        lines.append(
            f"| {data}, {runs['size'].iloc[0]} | {name} | {runs['parameters'].iloc[0] / 1e6:.1f} M | {len(runs)} "
            f"| {spread(runs['mean_iou'])} | {spread(runs['pixel_accuracy'])} | {runs['minutes'].mean():.1f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    course.setup(0, "en")
    draw(results())
    readme = HERE / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    readme.write_text(before + BEGIN + table(results()) + END + rest.partition(END)[2], "utf-8")
