"""Writes mmseg.json: what mmsegmentation's PSPNet and DeepLabv3+ heads give for numbers that anyone can draw again.

Run it by hand, in an environment of its own, where the JSON is to be made anew; the tests read the JSON alone:

    pip install torch mmcv-lite==2.1.0 mmsegmentation==1.2.2 ftfy regex
    python tests/oracles/make_mmseg.py

Weights and inputs are not stored: :func:`draw` makes them, here and in tests/test_oracles.py, from the names that this
package gives to them. What is stored is the heads' output in double precision.
"""

import json
import sys
import zlib
from pathlib import Path

import numpy as np

JSON = Path(__file__).with_name("mmseg.json")
PSP_MAPS = {"7x9": (2, 8, 7, 9), "12x12": (2, 8, 12, 12)}  # no bin but the first divides 7x9, each divides 12x12
HIGH, LOW, RATES = (1, 512, 9, 7), (1, 64, 18, 14), (2, 3, 6)


def draw(name, shape):
    """Numbers that depend on a name alone, the same on every machine; spread as suits the kind of weight."""
    bits = np.arange(np.prod(shape, dtype=int), dtype=np.uint32) ^ np.uint32(zlib.crc32(name.encode()))
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # mixes the bits of an integer
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    uniform = ((bits ^ (bits >> np.uint32(16))) / 2**32).reshape(shape)
    if len(shape) == 1:  # batch norms and biases; a variance must not be negative
        return uniform + 0.5 if name.endswith(("weight", "running_var")) else uniform - 0.5
    return (uniform - 0.5) * np.sqrt(24 / np.prod(shape[1:])) if name.endswith("weight") else 4 * uniform - 2


def fill(state):
    """Draw a state dict [name -> tensor] in double precision."""
    import torch

    return {key: torch.from_numpy(draw(key, tuple(one.shape))) for key, one in state.items() if one.ndim}


def psp_names():
    """This package's layer -> mmsegmentation's, of the pyramid and the classifier."""
    names = {f"pyramid.bins.{n}.{k}": f"psp_modules.{n}.1.{part}" for n in range(4) for k, part in _conv_bn(1)}
    return names | {"classifier.0": "bottleneck.conv", "classifier.1": "bottleneck.bn", "classifier.4": "conv_seg"}


def plus_names():
    """The same of the atrous spatial pyramid and the decoder."""
    names = {"classifier": "conv_seg"}
    for ours, theirs, first in (
        ("aspp.convs.0", "aspp_modules.0", 0),
        ("aspp.convs.4", "image_pool.1", 1),
        ("aspp.project", "bottleneck", 0),
        ("low", "c1_bottleneck", 0),
    ):
        names |= {f"{ours}.{k}": f"{theirs}.{part}" for k, part in _conv_bn(first)}
    separable = {f"aspp.convs.{n}": f"aspp_modules.{n}" for n in (1, 2, 3)}
    separable |= {f"decoder.{n}": f"sep_bottleneck.{n}" for n in (0, 1)}
    for ours, theirs in separable.items():
        names |= {f"{ours}.{k}": f"{theirs}.depthwise_conv.{part}" for k, part in _conv_bn(0)}
        names |= {f"{ours}.{k}": f"{theirs}.pointwise_conv.{part}" for k, part in _conv_bn(3)}
    return names


def _conv_bn(first):
    return (first, "conv"), (first + 1, "bn")


def main():
    import torch

    mmseg, PSPHead, PlusHead = _import()
    norm = {"norm_cfg": {"type": "BN"}, "num_classes": 3}
    result = {"made with": f"mmsegmentation {mmseg.__version__}, torch {torch.__version__.split('+')[0]}"}

    head = PSPHead(in_channels=8, channels=2, in_index=0, align_corners=True, **norm)
    _load(head, psp_names())
    for name, shape in PSP_MAPS.items():
        result[f"psp {name}"] = _run(head, [torch.from_numpy(draw(f"map {name}", shape))])

    options = {"c1_in_channels": 64, "c1_channels": 48, "align_corners": False, "dilations": (1, *RATES)}
    head = PlusHead(in_channels=HIGH[1], channels=256, in_index=1, **options, **norm)
    _load(head, plus_names())
    result["plus"] = _run(head, [torch.from_numpy(draw(name, shape)) for name, shape in (("low", LOW), ("high", HIGH))])
    JSON.write_text(
        "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(one)}" for key, one in result.items()) + "\n}\n"
    )


def _import():
    """mmsegmentation asks mmcv for compiled layers that these two heads do not use: something stands in for them."""
    from importlib.machinery import ModuleSpec
    from unittest.mock import MagicMock

    sys.modules["mmcv._ext"] = MagicMock(__spec__=ModuleSpec("mmcv._ext", None))
    import mmseg
    from mmseg.models.decode_heads import DepthwiseSeparableASPPHead, PSPHead

    return mmseg, PSPHead, DepthwiseSeparableASPPHead


def _load(head, names):
    head.double().eval()
    theirs, state = head.state_dict(), {}
    for ours, name in names.items():
        for key in [key for key in theirs if key.startswith(f"{name}.")]:
            ours_key, shape = ours + key.removeprefix(name), tuple(theirs[key].shape)
            if ours_key == "aspp.project.0.weight":  # 1x1 here as in the paper, 3x3 there: the middle of it
                state[key] = np.zeros(shape)
                weight = draw(ours_key, (*shape[:2], 1, 1))[..., 0, 0]
                state[key][..., 1, 1] = np.roll(weight, 256, axis=1)  # the image pooling is last here, first there
            elif shape:
                state[key] = draw(ours_key, shape)
    import torch

    missing = head.load_state_dict({key: torch.from_numpy(one) for key, one in state.items()}, strict=False)
    assert all("num_batches" in key for key in missing.missing_keys) and not missing.unexpected_keys, missing


def _run(head, maps):
    import torch

    with torch.no_grad():
        return head(maps).squeeze(0).tolist()


if __name__ == "__main__":
    main()
