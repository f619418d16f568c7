"""Where a training runs and in which precision: what the device truly computes in, not what it can be made to."""

from __future__ import annotations

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from helpers import course

PRECISIONS = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}


def accelerator_for(precision: str = "auto", device: str | None = None) -> Accelerator:
    """Make the Accelerator of a run: its device, its precision and, under torchrun, its place among the processes.

    Parameters
    ----------
    precision : {"auto", "fp32", "bf16", "fp16"}
        auto: see :func:`best_precision`.
    device : {"cpu", "cuda", "mps"}, optional
        Default: as for :func:`helpers.course.device`.

    Raises
    ------
    ValueError
        For a precision that does not exist or that the device does not have, or a device that is not there.
    """
    device = torch.device(device or course.device()).type
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device, False):
        raise ValueError(f"device={device!r} is not here; there is {', '.join(name for name in there if there[name])}.")
    if precision != "auto" and precision not in PRECISIONS:
        raise ValueError(f"precision={precision!r}: expected auto, {', '.join(PRECISIONS)}.")
    if precision == "fp16" and device == "cpu":
        raise ValueError("precision='fp16': its loss scaling is for CUDA; on a CPU take 'bf16' or 'fp32'.")
    precision = best_precision(device) if precision == "auto" else precision
    # accelerate keeps one state a program; every fit begins with its own. Processes, once joined, stay joined.
    AcceleratorState._reset_state(reset_partial_state=not torch.distributed.is_initialized())
    return Accelerator(cpu=device == "cpu", mixed_precision=PRECISIONS[precision])


def best_precision(device: str) -> str:
    """Return bf16 where the device computes in it, fp16 on other CUDA devices (a T4), fp32 elsewhere.

    Parameters
    ----------
    device : {"cpu", "cuda", "mps"}

    Returns
    -------
    {"bf16", "fp16", "fp32"}
    """
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    if device == "cpu":
        # Without these units bfloat16 is turned to float32 and back, which is slower than float32 alone.
        able = torch.backends.cpu.get_cpu_capability()
        known = getattr(torch.cpu, "get_capabilities", dict)()
        return (
            "bf16"
            if able.startswith(("AVX512", "AMX")) and (known.get("avx512_bf16") or known.get("amx_bf16"))
            else "fp32"
        )
    return "fp32"
