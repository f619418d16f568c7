"""Writes glove.json: the costs that glove.c beside it gives for numbers that anyone can draw again.

Run it by hand where the JSON is to be made anew; it needs gcc. The tests read the JSON alone:

    python tests/oracles/make_glove.py
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

JSON = Path(__file__).with_name("glove.json")
WORDS, SIZE, PAIRS, EPOCHS = 50, 10, 3000, 3
CASES = {
    "as the program": {},
    "with eta on biases": {"eta_on_biases": True},
    "clipped": {"grad_clip": 0.02},
    "x_max 100, other rates": {"x_max": 100.0, "alpha": 0.5, "learning_rate": 0.2},
}
DEFAULTS = {"x_max": 10.0, "alpha": 0.75, "learning_rate": 0.05, "grad_clip": 100.0, "eta_on_biases": False}


def draw(n, seed):
    """Numbers in [0, 1), float64, that depend on the seed alone: bits of an integer, mixed."""
    bits = np.arange(n, dtype=np.uint32) ^ np.uint32(seed * 0x9E3779B1 % 2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    return (bits ^ (bits >> np.uint32(16))) / 2**32


def problem():
    """Start values [2 * words, size + 1] and pairs: rows, cols, counts, the same on every machine."""
    rows, cols = ((draw(PAIRS, seed) ** 2 * WORDS).astype(np.int32) for seed in (1, 2))
    counts = np.exp(6 * draw(PAIRS, 3) - 2).astype(np.float32)  # 0.1 to 55: some above x_max
    return (draw(2 * WORDS * (SIZE + 1), 4).reshape(-1, SIZE + 1) - 0.5) / SIZE, rows, cols, counts


def build(folder, *options):
    """Compile glove.c; returns the program's path."""
    program = Path(folder) / "glove"
    source = str(Path(__file__).with_name("glove.c"))
    subprocess.run(["gcc", *options, source, "-o", program, "-lm"], check=True)
    return program


def run(program, start, rows, cols, counts, epochs, settings):
    """Costs of each epoch, float64, and the seconds of processor time."""
    records = np.empty(len(rows), [("row", np.int32), ("col", np.int32), ("count", np.float64)])
    records["row"], records["col"], records["count"] = rows, cols, counts
    with tempfile.NamedTemporaryFile(dir=program.parent) as file:
        file.write(start.astype(np.float64).tobytes())
        records.tofile(file)
        file.flush()
        told = [file.name, len(start) // 2, start.shape[1] - 1, epochs, *(float(settings[name]) for name in DEFAULTS)]
        said = subprocess.run([program, *map(str, told)], check=True, capture_output=True, text=True).stdout.split()
    return [float(one) for one in said[:-1]], float(said[-1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, "-O3")
        costs = {name: run(program, *problem(), EPOCHS, {**DEFAULTS, **case})[0] for name, case in CASES.items()}
    JSON.write_text(json.dumps(costs, indent=1) + "\n", "utf-8")
