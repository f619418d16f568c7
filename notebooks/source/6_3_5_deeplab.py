# Lesson 6_3_5, claims S19 to S22: filters with holes, what they see and miss, output stride, valid taps, pyramid, decoder.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="구멍 난 필터가 무엇을 보고 무엇을 놓치는지 그려 봅니다. 출력 스트라이드를 바꾸고, 피라미드와 디코더를 하나씩 떼어 내며 잽니다."
# # 6.3.5 DeepLab: 필터에 구멍을 내어 멀리 보기
#
# ![같은 그림을 디코더가 없는 DeepLab과 있는 DeepLab이 나눈 결과. 디코더가 있으면 물체의 가장자리를 따라 생기는 틀린 픽셀이 줄어듭니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb): 마스크, IoU, 윤곽 F1. 합성곱의 패딩과 스트라이드.
#
# **마치고 나면** ① 구멍 난 필터가 보는 범위를 계산하고, 그 안에서 놓치는 픽셀을 그려 보일 수 있습니다.
# ② 가중치를 그대로 두고 특성 맵만 촘촘하게 만들 수 있고, 그때 무엇을 값으로 치르는지 압니다.
# ③ 그림의 크기에 맞는 비율(rate)을 고르고, 죽은 필터를 찾아낼 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Draw what a filter with holes sees and what it misses, change the output stride, and take pyramid and decoder away one at a time."
# # 6.3.5 DeepLab: seeing far through holes
#
# ![One picture, divided by a DeepLab without a decoder and by one with it. The decoder leaves fewer wrong pixels along the rims of objects.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [6.3.0 Segmentation](6_3_0_segmentation.ipynb): masks, IoU, boundary F1. Padding and stride of a convolution.
#
# **Afterwards** ① you can work out how far a filter with holes sees, and draw the pixels that it misses on the way; ② you can
# make a feature map finer without touching a weight, and know what that costs; ③ you can choose rates that fit the size of
# your pictures, and find filters that are dead.

# %% tags=["setup"]
# ko: 모든 단원의 첫 셀입니다. Colab에서는 helpers를 설치하고, 다른 곳에서는 바로 끝납니다. | en: The first cell of every lesson: on Colab it installs helpers, elsewhere it is instant.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("helpers") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "pixels-to-words"], check=True)

from helpers import course

session = course.setup(seed=0, language=L("ko", "en"))

# %%
import copy
import warnings
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from helpers import datasets, exercises
from helpers.lessons import carried
from helpers.metrics import ConfusionMatrix
from helpers.plots import band, bars, heatmap
from helpers.segmentation import BoundaryF1, DeepLabV3Plus, TrimapIoU, costs, coverage, plots, valid_taps
from helpers.segmentation.atrous_stacks import look, specks, stack
from helpers.segmentation.backbones import Trunk, make_atrous
from helpers.segmentation.small_deeplab import SmallDeepLab, silence
from helpers.training import evaluate, predict
from helpers.trials import train_seeds

# %%
full = session.profile == "full"
SEEDS = range(3)
real = full and datasets.available("camvid")
how = {"batch_size": 8, "optimizer": "adamw", "lr": 0.01, "progress": False}  # ko: 모든 학습에 똑같이 | en: for all


def pictures(only, size=65, n=80):
    """Data, training and validation tensors; in the full profile real streets, but for "context"."""
    if real and only != "context":
        shape = (192 + size % 16, 256 + size % 16)  # ko: 64면 192×256, 65면 193×257 | en: 65: 193x257
        parts = [datasets.load("camvid", split=split, size=shape) for split in ("train", "val")]
    else:
        drawn = [("train", n), ("val", 48)]
        parts = [datasets.load("scenes", split=split, n=k, size=size, only=only) for split, k in drawn]
    return parts[1], *(datasets.as_tensors(part) for part in parts)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 필터에 구멍을 내면 무엇이 달라질까?
#
# 구멍 난 합성곱(atrous convolution, 팽창 합성곱이라고도 합니다)은 3×3 필터의 아홉 값을 붙여 놓지 않고 띄엄띄엄 놓습니다. 이웃한 두 값 사이의
# 칸 수를 비율(rate)이라고 합니다. 비율이 1이면 보통의 합성곱입니다. ‘à trous’는 프랑스어로 ‘구멍 난’이라는 뜻입니다.
#
# **먼저 맞혀 보세요.** 비율이 4인 3×3 필터는 한 변이 몇 칸인 넓이에 걸칠까요? 가중치는 몇 개일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What changes when a filter gets holes?
#
# An atrous (or dilated) convolution does not keep the nine numbers of a 3×3 filter together but spreads them; the step from
# one to the next is the rate. At rate 1 it is an ordinary convolution. “À trous” is French for “with holes”.
#
# **Guess first.** A 3×3 filter at rate 4: how many cells long is a side of the area it spans? How many weights does it have?

# %% claim=["S19"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def with_zeros(weight, rate):
    """The same filter as an ordinary one: zeros between its numbers."""
    side = 2 * rate + 1
    wide = weight.new_zeros(*weight.shape[:2], side, side)
    wide[..., ::rate, ::rate] = weight
    return wide


torch.manual_seed(0)
x, weight = torch.randn(1, 4, 20, 20), torch.randn(8, 4, 3, 3)
for rate in (1, 2, 4):
    atrous = F.conv2d(x, weight, padding=rate, dilation=rate)
    stuffed = F.conv2d(x, with_zeros(weight, rate), padding=rate)
    torch.testing.assert_close(atrous, stuffed, rtol=1e-5, atol=1e-5)
    side = 2 * rate + 1
    print(L("비율", "rate"), rate, L("· 한 변", "· side"), side, L("· 가중치", "· weights"), weight[0, 0].numel(),
          L("· 0까지 곱하면", "· with the zeros multiplied"), side**2, L("· 크기", "· size"), *atrous.shape[2:])
assert (with_zeros(weight, 4) != 0).sum() == weight.numel()
wrong = F.conv2d(x, weight, padding=1)  # ko: 대조군: 구멍이 없으면 다름 | en: control: without holes it differs
assert (wrong - atrous).abs().max() > 1

# %% claim=["S19"] slideshow={"slide_type": "slide"}
image, _ = datasets.load("scenes", split="val", n=8, size=96)[5]
grey = image.float().mean(0)[None, None] / 255
edge = torch.tensor([[[[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]]])
fig, axes = plt.subplots(2, 3, figsize=(10, 6.9))
responses = []
for rate, (top, low) in zip((1, 2, 4), axes.T, strict=True):
    taps = np.full((9, 9), np.nan)
    taps[4 - rate : 5 + rate : rate, 4 - rate : 5 + rate : rate] = edge[0, 0]
    top.imshow(np.zeros((9, 9)), cmap="Greys")
    top.imshow(taps, cmap="PuOr", vmin=-2.6, vmax=2.6)
    for (row, column), value in np.ndenumerate(taps):
        if not np.isnan(value):
            color = "white" if abs(value) > 1 else "black"
            top.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=12, color=color)
    top.set(xticks=np.arange(-0.5, 9), yticks=np.arange(-0.5, 9), xticklabels=[], yticklabels=[])
    top.grid(color="#C8C8C8", linewidth=1)
    top.set_title(L(f"비율 {rate}", f"rate {rate}"))
    padded = F.pad(grey, [rate] * 4, mode="replicate")
    responses.append(F.conv2d(padded, edge, dilation=rate)[0, 0])
    low.imshow(responses[-1], cmap="PuOr", vmin=-2, vmax=2)
    low.set_axis_off()
plt.show()

wide = [(answer.abs() > 0.5).float().mean().item() for answer in responses]
assert wide[0] < wide[1] < wide[2]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 비율 1, 2, 4로 벌린 같은 필터 아홉 값(왼쪽과 오른쪽의 밝기 차이를 찾는 필터), 아래는 그 필터가 거리 그림에서 내놓은 값. 비율이 커지면 같은 값이 멀리 떨어져 놓이고,
# 세로 윤곽에 반응하는 띠가 점점 넓어집니다.
#
# **한 변은 9칸, 가중치는 그대로 9개입니다.** 0을 끼워 넣은 9×9 필터로 한 보통의 합성곱과 결과가 같으니 새로운 연산이 아닙니다. 다만 0을 정말 끼워 넣으면
# 81번 곱하고, 건너뛰면 9번만 곱합니다. 패딩을 비율만큼 주면 맵의 크기도 그대로입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, the same nine numbers (a filter for the difference between left and right) spread by rates 1, 2 and 4; below,
# what it answers on a street. With the rate the numbers move apart, and the bands that answer to upright outlines grow wider.
#
# **A side of 9 cells, and still 9 weights.** An ordinary convolution by a 9×9 filter with zeros in it gives the same, so it is
# no new operation. But who really puts zeros in multiplies 81 times, who skips them 9 times. Padded by the rate, the map
# keeps its size.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 픽셀 하나는 얼마나 멀리 볼까?
#
# 결과의 픽셀 하나에 영향을 주는 입력의 범위를 수용 영역(receptive field)이라고 합니다. 3×3 합성곱을 세 층 쌓고 세 층의 비율을 함께 바꾸어 봅니다.
# 결과의 한가운데 픽셀을 입력으로 미분하면, 기울기가 0이 아닌 픽셀이 곧 ‘본 픽셀’입니다.
#
# **먼저 맞혀 보세요.** 비율을 1에서 8로 올리면 수용 영역의 한 변은 몇 배가 될까요? 그 안에서 실제로 본 픽셀의 수는요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How far does one pixel see?
#
# The receptive field is what part of the input a pixel of the result depends on. Stack three 3×3 convolutions and change the
# rate of all three. Take the gradient of the middle pixel with respect to the input: where it is not zero, the pixel was seen.
#
# **Guess first.** From rate 1 to rate 8, how many times longer does a side of the receptive field get? And how many times more
# pixels are really seen in it?

# %% claim=["S20"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
sides, counts = [], []
for rate in range(1, 11):
    theory, measured, seen, parameters = look((rate,) * 3)  # ko: 세 층 모두 같은 비율 | en: one rate in all three
    sides.append(measured)
    counts.append(int(seen.sum()))
    assert theory == measured == 1 + 6 * rate and parameters == look((1, 1, 1))[3]
    if rate in (1, 2, 4, 8):
        print(f"{rate} · {measured}×{measured} ·", L("본 픽셀", "pixels seen"), counts[-1],
              L("· 매개변수", "· parameters"), parameters)

# %% claim=["S20"] slideshow={"slide_type": "slide"}
fig, (left, *maps) = plt.subplots(1, 4, figsize=(12.8, 3.7), width_ratios=[1.5, 1, 1, 1])
rates = np.arange(1, 11)
for values, name, color, at in [
    (np.square(sides), L("수용 영역의 넓이", "area of the field"), 0, (4.2, 170)),
    (np.array(counts), L("본 픽셀", "pixels seen"), 3, (5.5, 62)),
]:
    left.plot(rates, values, "o-", color=course.PALETTE[color])
    left.text(*at, name, color=course.PALETTE[color], weight="bold")
left.set(xlabel=L("세 층의 비율", "rate of the three layers"), yscale="log", ylim=(20, 6000))
left.set_ylabel(L("픽셀 (로그 눈금)", "pixels (logarithmic)"))
left.set_xticks([1, 2, 4, 6, 8, 10])
for ax, rate in zip(maps, (1, 2, 4), strict=True):
    seen = look((rate,) * 3, size=33).seen
    ax.imshow(seen, cmap="Blues", vmax=1.4, extent=(-16.5, 16.5, 16.5, -16.5))
    ax.set(title=L(f"비율 {rate}", f"rate {rate}"), xticks=[-12, 0, 12], yticks=[-12, 0, 12])
    ax.set_xlabel(L("떨어진 거리 (픽셀)", "distance (pixels)"))
plt.show()

assert set(counts) == {49} and sides[7] == 7 * sides[0]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 비율에 따른 수용 영역의 넓이와 실제로 본 픽셀의 수(로그 눈금). 넓이는 49에서 3,721까지 오르고 본 픽셀은 49에서 움직이지 않습니다. 오른쪽 세 장은 비율 1, 2, 4일 때 본 픽셀로,
# 7×7개의 점이 점점 성기게 퍼집니다.
#
# **한 변은 7배가 되지만, 본 픽셀은 하나도 늘지 않습니다.** 한 변은 이론대로 1 + 6·비율이고 매개변수는 그대로입니다. 하지만 비율이 8이면 49×49 안에서 2%만 봅니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 구멍 난 합성곱은 매개변수를 늘리지 않고 수용 영역을 넓힌다.
# >
# > **무엇이 느슨한가** 넓어지는 것은 수용 영역의 **테두리**입니다. 세 층의 비율이 같으면 그 안에서 보는 픽셀의 수는 그대로이고, 나머지는 어떻게 바뀌어도
# > 결과가 달라지지 않습니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 두 셀입니다. 테두리와 본 픽셀을 따로 셉니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the area of the receptive field and the pixels really seen against the rate (logarithmic): the area climbs
# from 49 to 3,721, the pixels seen stay at 49. Right, the pixels seen at rates 1, 2 and 4: the same 7×7 dots, ever farther apart.
#
# **A side gets 7 times longer, and not one more pixel is seen.** The side is 1 + 6·rate, as theory has it, and the parameters are
# the same. But at rate 8 only 2% of the 49×49 pixels are looked at.
#
# > ### Setting the notes right
# >
# > **The notes** say that atrous convolution enlarges the receptive field without a parameter more.
# >
# > **What is loose** It is the **frame** of the field that grows. With one rate in all three layers the number of pixels seen in it
# > stays, and whatever happens in the others does not change the result.
# >
# > **The cells that work today** are the two above: they count the frame and the pixels seen apart.

# %% tags=["interactive", "nbval-skip"]
def show_field(first=2, second=2, third=2):  # ko: 층마다 비율을 바꾸어 보세요 | en: change the rate of each layer
    _, side, seen, parameters = look((first, second, third))
    fig, ax = plt.subplots(figsize=(4.6, 4.6))
    ax.imshow(seen, cmap="Blues", vmax=1.4, extent=(-32.5, 32.5, 32.5, -32.5))
    share = f"{int(seen.sum())} / {side**2} = {seen.sum() / side**2:.0%}"
    ax.set_title(L(f"{side}×{side} 안에서 본 픽셀\n{share}", f"pixels seen in {side}×{side}\n{share}"))
    ax.set_xlabel(L("떨어진 거리 (픽셀)", "distance (pixels)"))
    plt.show()


_ = ipywidgets.interact(show_field, first=(1, 9), second=(1, 9), third=(1, 9))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 보지 못한 픽셀이 정말 문제가 될까?
#
# 비율이 같은 층을 쌓으면 본 픽셀이 바둑판처럼 남습니다. 이것을 격자 현상(gridding)이라고 합니다. DeepLabv3는 층마다 비율을 다르게 하고
# 이것을 멀티 그리드(multi-grid)라고 불렀습니다. 논문의 값은 (1, 2, 4)에 그 단의 비율을 곱한 것입니다. 확인하려고 문제를 하나 만들었습니다. 밝은 점에서 **3칸 이내**의
# 픽셀을 모두 칠하는 것입니다. 점을 보지 못하면 칠할 수 없습니다.
#
# **먼저 맞혀 보세요.** (2, 2, 2), (1, 2, 4), 그리고 그 두 배인 (2, 4, 8) 가운데 이 문제를 풀 수 있는 것은 어느 것일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Do the pixels that are not seen matter?
#
# Layers of one rate leave a pattern like a chessboard: the gridding artefact. DeepLabv3 gives each layer a rate of its own and
# calls it multi-grid; the paper's are (1, 2, 4), times the rate of the stage. To see whether it matters, here is a task: paint all
# pixels **within 3 cells** of a bright speck. Who does not see the speck cannot paint.
#
# **Guess first.** Of (2, 2, 2), (1, 2, 4) and twice that, (2, 4, 8), which can solve it?

# %% claim=["S20"] slideshow={"slide_type": "fragment"}
learn, tried = specks(48, 48, seed=0), specks(32, 48, seed=1)
grids = {"1, 1, 1": (1, 1, 1), "2, 2, 2": (2, 2, 2), "2, 4, 8": (2, 4, 8), "1, 2, 4": (1, 2, 4)}
painted, shown = [], []
for grid in grids.values():
    models = train_seeds(partial(stack, grid), learn, seeds=SEEDS, epochs=7, **how)
    painted.append([evaluate(model, tried, ConfusionMatrix(2)).iou()[1].item() for model in models])
    shown.append(predict(models[0], tried[0][:1])[0])

# %% claim=["S20"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(2, 5, figsize=(12.8, 5.4))
plots.picture(axes[0, 0], tried[0][0])
axes[1, 0].imshow(tried[1][0], cmap="gray")
for name, found, score, (top, low) in zip(grids, shown, painted, axes.T[1:], strict=True):
    line = coverage(grids[name])
    top.imshow(np.outer(line, line) > 0, cmap="Blues", vmin=0, vmax=1.4)
    saw = np.count_nonzero(line)
    top.set_title(L(f"({name})\n{len(line)}칸 중 {saw}칸", f"({name})\n{saw} of {len(line)}"))
    low.imshow(found, cmap="gray")
    low.set_title(f"IoU {np.mean(score):.2f}")
for ax, title in zip([*axes[:, 0]], L(["그림", "정답"], ["picture", "truth"]), strict=True):
    ax.set_title(title)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plt.show()

plain, same, doubled, multi = np.array(painted)
assert min(plain.min(), multi.min()) > 0.8 and max(same.max(), doubled.max()) < 0.4
assert coverage((1, 2, 4)).all() and coverage((1, 2, 4, 8)).all() and not coverage((2, 4, 8)).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 맨 왼쪽은 그림과 정답. 나머지 네 열의 위는 비율의 조합마다 본 픽셀, 아래는 그 신경망이 칠한 것과 시드 세 개의 평균 IoU입니다. (1, 1, 1)과 (1, 2, 4)는 정사각형을 꽉 채우고,
# (2, 2, 2)와 (2, 4, 8)은 점이 성긴 격자로만 찍힙니다.
#
# **(1, 2, 4)만 멀리 보면서도 빠짐없이 봅니다.** (2, 2, 2)는 13칸 중 7칸밖에 보지 못하고, 아무리 오래 배워도 보지 못한 점은 칠할 수 없습니다. 그런데 (2, 4, 8)도 풀지 못했습니다.
# 모두 짝수라서 홀수 칸은 영영 보이지 않습니다. 그러니 **멀티 그리드가 늘 격자를 없애는 것은 아닙니다.** 논문의 신경망에서 (2, 4, 8)이 통하는 것은 그 앞에 비율이 1인 층이 많이 있기
# 때문입니다. 비율 1인 층 하나만 앞에 두어도 (1, 2, 4, 8)은 31칸을 모두 봅니다. 비율들의 공약수가 1이어야 합니다(Wang 외, 2018).

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Far left, picture and truth. In the other four columns, above, the pixels seen by each set of rates; below, what
# the network paints, and its IoU, a mean over seeds. (1, 1, 1) and (1, 2, 4) fill the squares, (2, 2, 2) and (2, 4, 8) leave
# a loose grid of dots.
#
# **Only (1, 2, 4) sees far and misses nothing.** (2, 2, 2) sees 7 of 13 cells a side, and no training paints around a speck
# that is not seen. But (2, 4, 8) failed too: all are even, so odd cells stay out of sight for ever. **Multi-grid does not by itself
# cure gridding.** In the paper's network (2, 4, 8) does well since many layers of rate 1 come before it: with a single one in front,
# (1, 2, 4, 8) sees all 31 cells. Rates must have no common divisor but 1 (Wang et al. 2018).

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 다 배운 신경망의 맵을 더 촘촘하게 만들 수 있을까?
#
# 분류 신경망은 스트라이드를 다섯 번 써서 특성 맵의 한 칸이 32픽셀을 대신합니다. 이 수를 출력 스트라이드(output stride)라고 합니다.
# 뒤쪽의 스트라이드를 1로 바꾸고 그 뒤의 필터를 두 배로 벌리면, **가중치를 그대로 두고** 맵만 두 배로 촘촘해집니다.
#
# **먼저 맞혀 보세요.** ResNet-18의 출력 스트라이드를 32에서 8로 바꾸면 곱셈은 몇 배가 될까요? 새 맵에서 네 칸마다 하나씩 뽑으면 옛 맵과
# 얼마나 다를까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can the map of a trained network be made finer?
#
# A classifier steps by 2 five times: one cell of its last map stands for 32 pixels a side, its output stride. Set the late steps
# to 1, spread the filters behind them by 2, and the map gets twice as fine with **the weights as they were**.
#
# **Guess first.** Take ResNet-18 from output stride 32 to 8: how many times the multiplications? And if you pick every fourth
# cell of the new map, how far is that from the old one?

# %% claim=["S21"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
coarse = Trunk("resnet18", 32).double().eval()
picture, cost = torch.randn(1, 3, 129, 129, dtype=torch.float64), {}
with torch.no_grad():
    old = coarse(picture).high
    print(L("스트라이드 · 맵 · 곱셈 · 배 · 가중치", "stride · map · multiply-adds · times · weights"))
    for output_stride in (32, 16, 8):
        finer = make_atrous(copy.deepcopy(coarse), output_stride)
        new, step = finer(picture).high, 32 // output_stride
        torch.testing.assert_close(new[..., ::step, ::step], old, rtol=1e-9, atol=1e-9)
        cost[output_stride] = costs.multiply_adds(finer, 513)
        side = 512 // output_stride + 1
        weights = sum(p.numel() for p in finer.parameters())
        billions, times = cost[output_stride] / 1e9, cost[output_stride] / cost[32]
        print(f"{output_stride:>2} · {side}×{side} · {billions:.1f} G · {times:.1f} · {weights:,}")
careless = copy.deepcopy(coarse)  # ko: 대조군: 스트라이드만 바꾸고 벌리지 않음 | en: control: steps gone, nothing spread
for name, layer in careless.named_modules():
    if isinstance(layer, nn.Conv2d) and name.startswith("layer4") and layer.stride == (2, 2):
        layer.stride = (1, 1)
with torch.no_grad():
    assert (careless(picture).high[..., ::2, ::2] - old).abs().max() > 0.1

# %% claim=["S21"] slideshow={"slide_type": "fragment"}
STRIDES = (32, 16, 8)


def stride_trial(size, align_corners, trained):
    """Mean IoU [seed, trained at, used at]: the weights of each training used at every output stride."""
    data, train, val = pictures("scale", size, n=80)
    deep = {"channels": (16, 24, 32, 48, 64), "atrous_rates": None, "align_corners": align_corners}
    make, epochs = partial(SmallDeepLab, data.num_classes, **deep), 12 if real else 6
    scores = np.zeros((len(SEEDS), len(trained), 3))
    for row, trained_at in enumerate(trained):
        models = train_seeds(partial(make, trained_at), train, seeds=SEEDS, epochs=epochs, **how)
        for seed, model in enumerate(models):
            for column, used_at in enumerate(STRIDES):
                other = make(used_at)
                other.load_state_dict(model.state_dict())
                scores[seed, row, column] = evaluate(other, val).mean_iou()
    return scores


aligned = stride_trial(65, align_corners=True, trained=STRIDES)
usual = stride_trial(64, align_corners=False, trained=STRIDES[1:])

# %% claim=["S21"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(10.5, 4.2))
means, used = (usual.mean(0), aligned.mean(0)), [*map(str, STRIDES)]
limits = min(one.min() for one in means), max(one.max() for one in means)
titles = [L("64픽셀, 모서리를 맞추지 않음", "64 pixels, corners not aligned"),
          L("65 = 4·16 + 1픽셀, 모서리를 맞춤", "65 = 4·16 + 1 pixels, corners aligned")]
for ax, scores, title in zip(axes, means, titles, strict=True):
    heatmap(ax, scores, used[-len(scores) :], used, limits=limits, numbers=".3f")
    ax.set(title=title, xlabel=L("쓸 때의 출력 스트라이드", "output stride when used"))
axes[0].set_ylabel(L("배울 때의 출력 스트라이드", "output stride when trained"))
fig.suptitle("mIoU")
plt.show()

gain, loss = aligned[:, 1, 2] - aligned[:, 1, 1], usual[:, 0, 2] - usual[:, 0, 1]
print(L("16으로 배워 8로 쓰면: 맞출 때", "trained at 16, used at 8: aligned"), f"{gain.mean():+.3f}",
      L("· 맞추지 않을 때", "· not aligned"), f"{loss.mean():+.3f}")
for at_16, at_8 in (aligned[:, 1:].swapaxes(0, 1), usual.swapaxes(0, 1)):  # ko: 성기게 쓰면 떨어짐 | en: coarser is worse
    assert (at_16[:, 0] < at_16[:, 1]).all() and (np.diff(at_8) > 0).all()
if not real:  # ko: 진짜 자료의 범위는 재지 않았음 | en: no range was measured on real data
    assert loss.max() < 0 < gain.mean() and loss.max() < gain.min() and means[1][2, 2] > means[1][1, 2]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 배울 때(행)와 쓸 때(열)의 출력 스트라이드마다 mIoU를 적은 표 두 장(시드 세 개의 평균). 두 표 모두 8로 배워 8로 쓴 오른쪽 아래 칸이 가장 높습니다. 16으로 배운 것을 8로 쓰면 왼쪽 표에서는 내려가고 오른쪽
# 표에서는 올라갑니다.
#
# **곱셈은 5배가 되고, 뽑아낸 칸은 옛 맵과 똑같습니다.** 가중치에는 손대지 않았으니 정말 ‘자유로운 선택’입니다. 그런데 성적까지 자유롭지는 않습니다. 처음 보는 사이사이의 칸이
# 제자리에 놓이지 않으면 16으로 배운 것을 8로 쓸 때 **오히려 떨어집니다.** 한 변이 16의 배수보다 1픽셀 큰 그림에서 모서리를 맞추어(`align_corners=True`) 늘려야 칸이 제 픽셀 위에 놓입니다.
# 저자들의 코드가 이렇게 하며, 조각이 513 = 32·16 + 1픽셀인 것도 그래서입니다. 맞추고 나면 더 배우지 않아도 조금 오르지만, 처음부터 8로 배운 것에는 미치지 못합니다. 이 강의의 `DeepLabV3`는
# torchvision처럼 모서리를 맞추지 않으니, 배울 때의 스트라이드로 쓰세요.
#
# > ### 원문 바로잡기
# >
# > **원문** 구멍 난 합성곱을 쓰면 인코더의 출력 스트라이드를 마음대로 고를 수 있다.
# >
# > **무엇이 느슨한가** 마음대로 고를 수 있는 것은 가중치뿐입니다. 곱셈이 5배가 되고, 배울 때와 다른 스트라이드로 쓰려면 맵을 늘리는 방법까지 맞아야 합니다. 더 성긴
# > 스트라이드로 쓰면 언제나 떨어집니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two tables of mIoU, means of three seeds, by the output stride in training (rows) and in use (columns). In both the highest cell is at the lower
# right, trained and used at 8. What was trained at 16 and is used at 8 goes down in the left table and up in the right one.
#
# **5 times the multiplications; the cells that you pick are the old map.** No weight was touched, so the choice is
# free indeed. What comes of it is not. Unless the new cells in between land on their own pixels, weights trained at 16 get **worse**
# at 8. They do land there if a side is one pixel more than a multiple of 16 and the map is enlarged with `align_corners=True`, as in the
# authors' code: hence crops of 513 = 32·16 + 1 pixels. Then there is a small gain without more training, less than by training at 8.
# The course's `DeepLabV3` does not align corners, nor does torchvision's: use it at the stride that it was trained at.
#
# > ### Setting the notes right
# >
# > **The notes** say that with atrous convolution the encoder's output stride is a free choice.
# >
# > **What is loose** Free of weights, that is. The multiplications grow 5 times, and to use another stride than in training the way
# > maps are enlarged must fit too. A coarser stride than in training is always worse.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 비율이 맵보다 크면 어떻게 될까?
#
# DeepLabv3의 피라미드(atrous spatial pyramid pooling, ASPP)는 3×3 필터를 비율 6, 12, 18로 나란히 놓습니다. 맵의 가장자리에서는 필터의 일부가 맵 밖의 0을
# 읽습니다. 맵 안에 떨어진 값만 유효한 탭(valid tap)이라고 합시다.
#
# **먼저 맞혀 보세요.** 논문의 조각은 513픽셀이라 맵이 33×33칸입니다. 여러분의 GPU가 작아서 224픽셀로 줄이면(출력 스트라이드 16) 비율 18인 필터는
# 평균 몇 개의 값을 읽을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if the rate is larger than the map?
#
# DeepLabv3's pyramid (atrous spatial pyramid pooling, ASPP) sets 3×3 filters of rates 6, 12 and 18 side by side. Near the
# rim of the map some of a filter's taps read zeros outside; those that fall inside are called valid.
#
# **Guess first.** The paper's crops have 513 pixels, so the map is 33×33. Your GPU is small and you take 224 pixels, at output stride
# 16. How many values does the filter of rate 18 read on average?

# %% claim=["S22"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
ASPP = (6, 12, 18)  # ko: 출력 스트라이드 16일 때 논문의 비율 | en: the paper's rates at output stride 16


def mean_taps(side, rate):
    return sum(taps * share for taps, share in valid_taps(side, rate).items())


print(L("논문의 그림 4: 65×65 · 아홉 값이 모두 유효한 칸", "figure 4 of the paper: 65×65 · all nine valid at"),
      *(f"{rate}: {100 * valid_taps(65, rate)[9]:.1f}%" for rate in (6, 12, 18, 24)))
for pixels in (513, 224, 128, 64):
    side = -(-pixels // 16)
    taps = [f"{rate}: {mean_taps(side, rate):.2f}" for rate in ASPP]
    print(f"{pixels:>3} → {side:>2}×{side:<2} ·", *taps)
    assert 1 <= mean_taps(side, 18) <= mean_taps(side, 12) <= mean_taps(side, 6) < 9
assert mean_taps(14, 18) == mean_taps(8, 12) == mean_taps(4, 6) == 1

x, weight = torch.randn(2, 16, 14, 14), torch.randn(8, 16, 3, 3)  # ko: 224픽셀의 맵 | en: the map of 224 pixels
dead, only_middle = F.conv2d(x, weight, padding=18, dilation=18), F.conv2d(x, weight[:, :, 1:2, 1:2])
torch.testing.assert_close(dead, only_middle, rtol=1e-4, atol=1e-4)

# %% claim=["S22"] slideshow={"slide_type": "slide"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
rates = np.arange(1, 66)
for taps, color in ((9, 0), (1, 3)):
    shares = [100 * valid_taps(65, int(rate))[taps] for rate in rates]
    left.plot(rates, shares, color=course.PALETTE[color])
    left.text(*((11, 58) if taps == 9 else (30, 58)), L(f"유효한 값 {taps}개", f"valid taps: {taps}"),
              color=course.PALETTE[color], weight="bold")
left.set(title=L("논문의 그림 4: 65×65", "Figure 4 of the paper: 65×65"), ylabel=L("맵의 칸 (%)", "cells of the map (%)"))
for pixels, color in ((513, 0), (224, 1), (64, 3)):
    side = -(-pixels // 16)
    taps = [mean_taps(side, int(rate)) for rate in rates[:40]]
    right.plot(rates[:40], taps, color=course.PALETTE[color])
    where = {513: (20, 3.6), 224: (12.6, 1.8), 64: (19, 1.15)}[pixels]
    right.text(*where, f"{pixels} → {side}×{side}", color=course.PALETTE[color], weight="bold")
for rate in ASPP:
    right.axvline(rate, color="#9A9A9A", linestyle=":")
right.set(title=L("조각의 크기에 따라", "By the size of the crop"), ylabel=L("평균 유효한 값 (개)", "valid taps on average"))
right.set(ylim=(0.5, 9.5))
for ax in (left, right):
    ax.set_xlabel(L("비율 (칸)", "rate (cells)"))
plt.show()

assert valid_taps(65, 65)[1] == 1 and valid_taps(65, 1)[9] > 0.9

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 65×65 맵에서 아홉 값이 모두 유효한 칸과 가운데 하나만 유효한 칸의 몫. 비율이 커지면 앞의 것은 0으로, 뒤의 것은 100%로 갑니다. 오른쪽은 조각의 크기마다 평균
# 유효한 값의 수로, 점선은 비율 6, 12, 18입니다. 64픽셀에서는 셋 모두 바닥인 1에 있습니다.
#
# **한 개입니다.** 224픽셀의 맵은 14×14칸이라 비율 18인 필터는 가운데 값만 읽는 1×1 합성곱이 되고, 결과도 1×1 합성곱과 같습니다. 64픽셀이면 세 비율이 모두 그렇습니다. 논문도 조각을
# 513에서 321픽셀로 줄이자 mIoU가 77.21에서 67.22로 떨어졌습니다(부록 A). **작은 조각에는 비율도 줄여야 합니다.** 그래서 이 단원은 2, 4, 6을 씁니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the share of a 65×65 map where all nine taps are valid, and where only the middle one is: with the rate
# the first goes to 0, the second to 100%. Right, valid taps on average by the size of the crop; dotted, the rates 6, 12 and 18.
# At 64 pixels all three are on the floor, at 1.
#
# **One.** The map of 224 pixels is 14×14, so a filter of rate 18 reads its middle alone: a 1×1 convolution, and the result
# is that of one. At 64 pixels all three rates are. In the paper too, crops of 321 pixels instead of 513 took mIoU from 77.21 to
# 67.22 (appendix A). **Small crops want smaller rates**; in this lesson they are 2, 4 and 6.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 피라미드는 무엇을 해 줄까?
#
# 피라미드에는 비율이 다른 세 필터와, 맵 전체의 평균을 펼쳐 놓는 그림 풀링(image pooling)이 있습니다. 하나씩 떼어 봅시다. 매개변수 수가 같도록, 비율을 뺄 때는
# **1이나 맵의 크기로 바꾸고** 풀링을 뺄 때는 그 결과를 0으로 바꿉니다. 그림은 두 가지입니다. 똑같이 생긴 배와 자동차는 둘레를 보아야 알 수 있고, 크기가 제각각인 기구는 색만 보아도
# 알 수 있습니다.
#
# **먼저 맞혀 보세요.** 크기가 제각각인 기구와 똑같이 생긴 배와 자동차 가운데, 피라미드가 도움이 되는 것은 어느 쪽일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does the pyramid add?
#
# The pyramid holds three filters of different rates, and image pooling, which spreads the mean of the whole map. Take them away
# one by one. So that the parameters stay as many, rates are not removed but **set to 1, or to the size of the map**; pooling is replaced by
# zeros. There are two kinds of pictures: boats and cars that look alike, which only the surroundings tell apart, and
# balloons of all sizes, which colour alone gives away.
#
# **Guess first.** Where does the pyramid help, with balloons of all sizes or with boats and cars that look alike?

# %% claim=["S22"] slideshow={"slide_type": "fragment"}
def pyramid(classes, rates, pooling):
    model = SmallDeepLab(classes, 4, channels=(16, 24), atrous_rates=rates)  # ko: 17×17칸 | en: a map of 17x17
    if not pooling:
        silence(model.aspp.convs[-1])
    return model


variants = {
    L("비율 1, 1, 1", "rates 1, 1, 1"): ((1, 1, 1), False), L("비율 17: 죽은 필터", "rate 17: dead"): ((17, 17, 17), False),
    L("비율 2, 4, 6", "rates 2, 4, 6"): ((2, 4, 6), False), L("죽은 필터 + 풀링", "dead + pooling"): ((17, 17, 17), True),
    L("비율 2, 4, 6 + 풀링", "rates 2, 4, 6 + pooling"): ((2, 4, 6), True),
}
gained = {}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # ko: 죽은 필터는 일부러 | en: the dead ones are on purpose
    for only in ("context", "scale"):
        data, train, val = pictures(only, n=88 if only == "context" else 48)
        chosen = variants if only == "context" else [*variants][::4]
        for name in chosen:
            make = partial(pyramid, data.num_classes, *variants[name])
            models = train_seeds(make, train, seeds=SEEDS, epochs=6, **how)
            gained[only, name] = [evaluate(model, val).mean_iou() for model in models]
print(L("매개변수", "parameters"), {sum(p.numel() for p in pyramid(3, *v).parameters()) for v in variants.values()})

# %% claim=["S22"] slideshow={"slide_type": "slide"}
with torch.device("meta"):  # ko: 숫자 없이 모양만 | en: shapes without numbers
    paper = DeepLabV3Plus(21, output_stride=16)
fig, ax = plt.subplots(figsize=(12.8, 6))
plots.architecture(ax, paper, size=513, detail="stages")
plt.show()

fig, axes = plt.subplots(1, 2, figsize=(12.4, 3.7), sharex=True)
titles = [L("똑같이 생긴 배와 자동차", "Boats and cars that look alike"), L("크기가 제각각인 것", "Things of all sizes")]
for ax, only, title in zip(axes, ("context", "scale"), titles, strict=True):
    rows = {name: scores for (which, name), scores in gained.items() if which == only}
    colors = [course.PALETTE[0 if "2, 4, 6" in name else 5] for name in rows]
    bars(ax, [*rows], [*rows.values()], colors)
    ax.set(title=title, xlabel="mIoU", xlim=(0, 1.1))
plt.show()

ones, dead, far, mean, both = np.array([gained["context", name] for name in variants])
assert far.min() > max(ones.max(), dead.max()) + 0.03 and dead.mean() < ones.mean() + 0.05
assert dead.mean() < mean.mean() < far.mean() - 0.05 and abs(both.mean() - far.mean()) < 0.05
if not real:
    without, with_all = (np.mean(gained["scale", name]) for name in [*variants][::4])
    assert abs(with_all - without) < 0.03

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 모델에서 바로 그린 DeepLabv3+로, r이 비율입니다. 513픽셀이 33×33칸까지 내려간 다음 다섯 갈래(1×1, 비율 6, 12, 18, 그림 풀링)로 나뉘었다가 합쳐지고, 스트라이드 4의 고운 맵이 디코더에서
# 이어집니다. 아래는 매개변수 수가 같은 작은 DeepLab들의 mIoU(점 하나가 시드 하나). 왼쪽의 배와 자동차에서는 비율 2, 4, 6인 막대가 훨씬 길고 비율 1과 죽은 필터의 막대는 짧습니다. 오른쪽에서는
# 두 막대의 길이가 거의 같습니다.
#
# **배와 자동차입니다.** 둘레를 보아야 할 때는 벌어진 필터가 mIoU를 크게 올리고, 죽은 필터는 비율 1보다 나을 것이 없습니다. 그림 풀링만으로도 조금 오르는데, 그림 전체의 평균이
# 물이 많은지 길이 많은지를 알려 주기 때문입니다. 다만 시드에 따라 들쭉날쭉하고, 알맞은 비율 위에 풀링을 더해도 더 오르지는 않습니다.
#
# **크기가 제각각인 기구에서는 아무 차이도 없었습니다.** 피라미드가 ‘여러 크기의 물체를 위한 것’이라는 설명은, 적어도 색만으로 알 수 있는 물체에는 들어맞지 않습니다. 돕는 것은
# 크기가 아니라 **둘레**입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, DeepLabv3+ drawn from the model, r being the rates: 513 pixels come down to 33×33 cells, part into five branches (1×1, rates 6, 12, 18,
# image pooling) that join again, and the fine map of stride 4 comes in at the decoder. Below, mIoU of small DeepLabs with
# as many parameters each; a dot is a seed. On the left, with boats and cars, the bars of rates 2, 4, 6 are far longer than those
# of rate 1 and of the dead filters; on the right the two bars are about alike.
#
# **Boats and cars.** Where the surroundings decide, spread filters raise mIoU a lot, and dead ones are no better than rate 1. Image
# pooling alone adds a little, since the mean of the picture says whether there is much water or much road; how much differs from seed to
# seed, and on top of rates that fit it adds nothing more.
#
# **With balloons of all sizes there was no difference.** That the pyramid is “for objects of many sizes” does not hold for objects
# that their colour gives away. What it helps with is not size but **surroundings**.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 물체의 가장자리는 누가 되찾아 줄까?
#
# 출력 스트라이드가 16이면 맵 한 칸이 16×16픽셀이라 가장자리가 뭉개집니다. DeepLabv3+는 작은 디코더(decoder)를 붙였습니다. 스트라이드 4에서 보았던 고운 특성을
# 채널 몇 개로 줄여 이어 붙이고 3×3 합성곱을 두 번 합니다. 대조군은 둘입니다. **눈을 가린 디코더**는 합성곱은 그대로 하되 고운 특성 자리에 0을 받습니다.
# 또 하나는 디코더 없이 출력 스트라이드를 8로 낮춘 것입니다.
#
# **먼저 맞혀 보세요.** 가장자리를 되찾는 것은 합성곱이 늘어나서일까요, 고운 특성 때문일까요? 스트라이드를 8로 낮추는 것과는 어느 쪽이 나을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Who brings the rims of objects back?
#
# At output stride 16 a cell is 16×16 pixels, and rims blur. DeepLabv3+ adds a small decoder: the fine map of stride 4, cut
# down to a few channels, is joined on, and two 3×3 convolutions follow. There are two controls. The **blindfolded decoder** has the same
# convolutions, but zeros where the fine map was; the other has no decoder, but output stride 8.
#
# **Guess first.** Is it the convolutions that bring the rims back, or the fine map? And is stride 8 the better way?

# %% claim=["S22"] slideshow={"slide_type": "fragment"}
def with_decoder(classes, output_stride, decoder, blind):
    model = SmallDeepLab(classes, output_stride, decoder=decoder)
    if blind:
        silence(model.low)
    return model


rims, train, val = pictures(("thin", "scale"))
kinds = rims.num_classes
rare = None if real else torch.tensor([4.0 if name == "pole" else 1.0 for name in rims.class_names])
decoders = {
    L("스트라이드 16", "stride 16"): (16, False, False),
    L("16 + 눈을 가린 디코더", "16 + blindfolded decoder"): (16, True, True),
    L("스트라이드 8", "stride 8"): (8, False, False), L("16 + 디코더", "16 + decoder"): (16, True, False),
}
WIDTHS, outline, bands, masks, cost = (1, 2, 4, 8, 16), [], [], {}, []
for name, wiring in decoders.items():
    make = partial(with_decoder, kinds, *wiring)
    models = train_seeds(make, train, seeds=SEEDS, epochs=12 if real else 8, class_weights=rare, **how)
    found = [predict(model, val[0]) for model in models]
    outline.append([BoundaryF1(kinds, tolerance=1).update(one, val[1]).mean() for one in found])
    around = [TrimapIoU(kinds, WIDTHS).update(one, val[1]).mean_iou() for one in found]
    bands.append([[*widths.values()] for widths in around])
    masks[name] = found[0]
    cost.append(costs.multiply_adds(models[0], 65) / 1e6)

# %% claim=["S22"] tags=["cover"] slideshow={"slide_type": "slide"}
fig, (left, right) = plt.subplots(1, 2, figsize=(12.4, 3.9), width_ratios=[1.2, 1])
labels = [f"{name}\n({amount:.1f} M)" for name, amount in zip(decoders, cost, strict=True)]
bars(left, labels, outline, [course.PALETTE[i] for i in (5, 5, 5, 0)])
left.set(xlabel=L("윤곽 F1 (1픽셀까지 봐줌)", "boundary F1 (tolerance 1 pixel)"), xlim=(0, 1))
bands = np.array(bands)
for row, color, offset in ((0, 5, (-64, -30)), (3, 0, (-64, 12))):
    band(right, np.array(WIDTHS), bands[row], [*decoders][row], course.PALETTE[color], offset=offset)
right.set(xlabel=L("윤곽까지의 거리 (픽셀)", "distance to an outline (pixels)"), xscale="log")
right.set(ylabel=L("띠 안의 mIoU", "mIoU in the band"), ylim=(bands.min() - 0.08, bands.max() + 0.08))
right.set_xticks(WIDTHS, [*map(str, WIDTHS)])
plt.show()
first, *_, last = decoders
row = int((val[1] == kinds - 1).sum((1, 2)).argsort()[-5])  # ko: 기구가 큰 그림 | en: one with a large balloon
plots.predictions(rims, *val, {name: masks[name] for name in (first, last)}, rows=[row])
plt.show()

off, blind, finer, on = np.array(outline)
assert (bands[3].mean(0) > bands[0].mean(0)).all()
if not real:
    assert on.min() > max(off.max(), blind.max()) + 0.1 and abs(blind.mean() - off.mean()) < 0.1
    assert on.mean() > finer.mean() + 0.05

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽 위는 네 신경망의 윤곽 F1과 그림 한 장에 드는 곱셈 수(백만)로, 디코더가 있는 막대가 가장 길고 눈을 가린 디코더는 디코더가 없는 것보다 낫지 않습니다. 오른쪽 위는
# 윤곽에서 몇 픽셀 안쪽만 채점한 mIoU로, 디코더가 있는 선이 어디서나 위에 있습니다. 아래는 그림 한 장의 결과와 틀린 픽셀입니다.
#
# **고운 특성 덕분입니다.** 같은 합성곱이라도 고운 특성 자리에 0을 주면 하나도 나아지지 않습니다. 스트라이드를 8로 낮추면 곱셈은 비슷하게 들면서 덕은 디코더에 미치지 못합니다. 다만 맨 가장자리
# 1픽셀에서는 덕이 작고 4픽셀 안에서 가장 큽니다. 디코더가 보는 고운 맵도 한 칸이 4픽셀이기 때문입니다. 논문(4.4절)에서도 띠가 좁을수록 절대 점수는 낮지만, 논문은 513픽셀의 사진이라
# 가장 좁은 띠에서 덕이 가장 컸습니다.
#
# 끝으로 논문의 성적과 이 강의가 CPU 코어 두 개로 얻어 `data/results`에 남긴 성적입니다. **나란히 놓되 빼지는 마세요.** 자료도, 몸통도, 학습 시간도 다릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Upper left, boundary F1 of four networks, with the millions of multiply-adds that a picture takes: the decoder has the
# longest bar, the blindfolded one is no better than none. Upper right, mIoU within some pixels of an outline: the decoder's line
# is above everywhere. Below, one picture, what two of them find, and the wrong pixels.
#
# **The fine map.** The same convolutions with zeros in its place gain nothing. Stride 8 costs about as much and helps less.
# Right at the rim, within 1 pixel, the gain is small, and it is largest within 4: the decoder's fine map has cells of 4 pixels
# too. In the paper (section 4.4), with pictures of 513 pixels, the gain was largest in the narrowest band.
#
# Last, the paper's numbers and those that this course reached on two CPU cores and keeps in `data/results`. **Put them side by side,
# but do not subtract**: data, trunk and time of training differ.

# %% tags=["nbval-check-output"] slideshow={"slide_type": "slide"}
rows = [  # ko: 두 논문의 표, VOC 2012 val, ResNet-101, 출력 스트라이드 16 | en: of both papers, at output stride 16
    ("VOC 2012, DeepLabv3", "mIoU 0.772", L("논문", "paper")),
    ("VOC 2012, DeepLabv3+", "mIoU 0.789", L("논문", "paper")),
]
kept = pd.read_csv(carried("data/results", "results") / "camvid.csv")
for network in ("UNet", "DeepLabV3Plus"):  # ko: python -m helpers.train … 으로 다시 얻습니다 | en: made by helpers.train
    ours = kept[kept.network == network]
    score = f"mIoU {ours.mean_iou.mean():.3f} ({ours.mean_iou.min():.3f}–{ours.mean_iou.max():.3f})"
    whose = L(f"우리 · 시드 {len(ours)} · {ours.minutes.mean():.1f} 분", f"ours · seeds {len(ours)} · {ours.minutes.mean():.1f} min")
    rows.append((f"CamVid, {network}, {ours.backbone.fillna('-').iloc[0]}", score, whose))
columns = [L("자료와 신경망", "data and network"), L("성적", "score"), L("누가", "whose")]
print(pd.DataFrame(rows, columns=columns).to_string(index=False))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 바꾸면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 비율을 바꾸면서 패딩을 1로 둔 채 잊었습니다. 다행히 갈래마다 맵의 크기가 달라져 오류가 납니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**: the rates were changed, the padding of 1 was forgotten. Luckily the branches give maps of
# different sizes, and it raises.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
features = torch.rand(2, 48, 9, 9)
branches = [nn.Conv2d(48, 32, 3, padding=1, dilation=rate) for rate in (1, 2, 4)]
torch.cat([branch(features) for branch in branches], dim=1)  # ko: padding=rate여야 합니다 | en: it must be padding=rate

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
for rate in (2, 9):  # ko: 9는 맵의 크기 | en: 9 is the size of the map
    branch = nn.Conv2d(48, 32, 3, padding=rate, dilation=rate, bias=False)
    branch(features).square().mean().backward()
    learns = branch.weight.grad.abs().amax((0, 1)) > 0
    print(L("비율", "rate"), rate, L("· 배우는 값", "· taps that learn"), int(learns.sum()), L("/ 9", "of 9"))
assert learns.sum() == 1 and learns[1, 1]

with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    SmallDeepLab(3, atrous_rates=(6, 12, 18))(torch.rand(2, 3, 65, 65))
print(heard[0].message)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** 첫 실수는 `Sizes of tensors must match`라고 알려 줍니다. 패딩을 맞추면 오류는 사라지지만, 맵보다 큰 비율은 **아무 말 없이** 통과합니다. 학습도 되고 손실도 내려가지만 아홉 값 가운데
# 여덟은 기울기가 늘 0입니다. **검사** 손실을 한 번 미분하고 가중치의 기울기에서 0인 자리를 세어 보거나, `valid_taps`로 계산해 보세요. 이 강의의 피라미드는 스스로 경고합니다. **처방** 비율을
# 맵의 절반보다 작게 잡거나 조각을 키웁니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: the first mistake says `Sizes of tensors must match`. Mend the padding and it is gone; but a rate larger than the
# map passes **without a word**. The network trains, the loss falls, and eight taps of nine have a gradient of zero for ever.
# **Test**: take the gradient once and count the zeros in that of the weights, or ask `valid_taps`. The course's own pyramid warns.
# **Cure**: rates below half the map, or larger crops.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 비율이 `rates`인 3×3 합성곱을 차례로 쌓았습니다(스트라이드는 모두 1). 수용 영역의 한 변을 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** 3×3 convolutions of the rates `rates` follow each other, all with stride 1. Write a function that returns the side of the receptive field.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_5_deeplab")


def field(rates):
    return ...


q1.check(field)

# %% tags=["question"] exercise="q1"
hint = L("한 층은 양쪽으로 비율만큼씩 더 봅니다. 층이 없으면 자기 자신 한 픽셀입니다.", "A layer sees its rate farther on either side; without layers there is one pixel, itself.")
right = L("맞았습니다. 비율은 더해질 뿐 곱해지지 않습니다. 스트라이드가 없기 때문입니다.", "Right: rates add up; without strides nothing multiplies.")


def check(field):
    tried = {rates: field(rates) for rates in ((1,), (2, 2, 2), (1, 2, 4))}
    if tried == {(1,): 3, (2, 2, 2): 13, (1, 2, 4): 15}:
        return None
    if tried[2, 2, 2] == 12:
        return L("가운데 픽셀 자신이 빠졌습니다.", "The pixel in the middle is missing.")
    if tried[2, 2, 2] == 7:
        return L("한쪽만 셌습니다. 필터는 양쪽으로 벌어집니다.", "You counted one side; a filter spreads to both.")
    if tried[2, 2, 2] in (125, 27):
        return L("층마다 곱하지 말고 더하세요.", "Do not multiply over the layers: add.")
    return L(f"비율 2, 2, 2이면 13이어야 하는데 {tried[2, 2, 2]}입니다.", f"Rates 2, 2, 2 give 13; yours is {tried[2, 2, 2]}.")


# %% tags=["solution"] exercise="q1"
def field(rates):
    return 1 + 2 * sum(rates)

# %% tags=["wrong"] exercise="q1" says=["가운데 픽셀", "in the middle"]
def field(rates):
    return 2 * sum(rates)

# %% tags=["wrong"] exercise="q1" says=["한쪽만", "one side"]
def field(rates):
    return 1 + sum(rates)

# %% tags=["wrong"] exercise="q1" says=["곱하지 말고", "Do not multiply"]
def field(rates):
    side = 1
    for rate in rates:
        side *= 2 * rate + 1
    return side

# %% [markdown] lang="ko"
# **q2.** 같은 층들이 가로 한 줄에서 **정말로 보는** 픽셀의 수를 돌려주는 함수를 쓰세요. (2, 2, 2)이면 13칸 중 7칸입니다.

# %% [markdown] lang="en"
# **q2.** Write a function that returns how many pixels of one row those layers **really** see: of (2, 2, 2), 7 of 13.

# %% tags=["exercise"] exercise="q2"
def seen_in_a_row(rates):
    return ...


q2.check(seen_in_a_row)

# %% tags=["question"] exercise="q2"
hint = L("본 자리들의 집합을 {0}에서 시작해, 층마다 세 방향(-비율, 0, +비율)으로 옮긴 것을 모두 모으세요.",
         "Begin with the set {0}; with every layer gather it moved by -rate, 0 and +rate.")
right = L("맞았습니다. 같은 자리를 여러 길로 보아도 한 번만 셉니다.", "Right: a pixel seen on several ways counts once.")


def check(seen_in_a_row):
    truth = {(1,): 3, (2, 2, 2): 7, (1, 2, 4): 15, (1, 3, 9): 27, (2, 4, 8): 15}
    tried = {rates: seen_in_a_row(rates) for rates in truth}
    if tried == truth:
        return None
    if tried[2, 2, 2] == 13:
        return L("테두리의 길이입니다. 그 안의 구멍은 빼야 합니다.", "That is the length of the frame; take the holes out.")
    if tried[2, 2, 2] == 27:
        return L("길의 수를 셌습니다. 여러 길이 같은 자리로 갑니다.", "You counted ways; several lead to the same pixel.")
    if tried[2, 2, 2] == 7:
        return L("비율이 모두 같을 때만 맞습니다. (1, 2, 4)는 15칸입니다.", "That holds only where all rates are alike; (1, 2, 4) sees 15.")
    return L(f"비율 2, 2, 2이면 7이어야 하는데 {tried[2, 2, 2]}입니다.", f"Rates 2, 2, 2 see 7; yours is {tried[2, 2, 2]}.")


# %% tags=["solution"] exercise="q2"
def seen_in_a_row(rates):
    places = {0}
    for rate in rates:
        places = {place + step for place in places for step in (-rate, 0, rate)}
    return len(places)

# %% tags=["wrong"] exercise="q2" says=["테두리의 길이", "length of the frame"]
def seen_in_a_row(rates):
    return 1 + 2 * sum(rates)

# %% tags=["wrong"] exercise="q2" says=["길의 수", "counted ways"]
def seen_in_a_row(rates):
    return 3 ** len(rates)

# %% tags=["wrong"] exercise="q2" says=["모두 같을 때만", "all rates are alike"]
def seen_in_a_row(rates):
    return 1 + 2 * len(rates)

# %% [markdown] lang="ko"
# **q3.** 출력 스트라이드가 16입니다. 비율 18인 필터가 가운데 말고 **다른 값도 조금이나마 읽으려면** 그림의 한 변은 적어도 몇 픽셀이어야 할까요? 한 변은 16의 배수보다 1 큰 수여야 합니다.

# %% [markdown] lang="en"
# **q3.** The output stride is 16. How many pixels at least must a side of the picture have so that a filter of rate 18 reads **anything but its
# middle**? A side is one more than a multiple of 16.

# %% tags=["exercise"] exercise="q3"
least_side = ...
q3.check(least_side)

# %% tags=["question"] exercise="q3"
hint = L("맵이 n칸이면 가장 먼 두 칸은 n − 1칸 떨어져 있습니다.", "On a map of n cells the two farthest are n − 1 apart.")
right = L("맞았습니다. 19칸짜리 맵의 양 끝만 겨우 서로를 봅니다. 제대로 쓰려면 훨씬 커야 합니다.",
          "Right: on a map of 19 cells only the two ends see each other. To be of use it takes far more.")


def check(least_side):
    if least_side == 289:
        return None
    if least_side in (288, 273):
        return L("그러면 맵은 18칸이고 가장 먼 두 칸도 17칸 떨어져 있습니다.", "That makes a map of 18 cells, the farthest two 17 apart.")
    if least_side in (19, 18):
        return L("맵의 칸 수입니다. 그림의 픽셀로 바꾸세요.", "Those are cells of the map: turn them into pixels.")
    if isinstance(least_side, int) and least_side > 289:
        return L("되기는 하지만 더 작은 크기가 있습니다.", "It works, but there is a smaller one.")
    return L(f"{least_side}픽셀로는 안 됩니다.", f"{least_side} pixels do not do.")


# %% tags=["solution"] exercise="q3"
least_side = 18 * 16 + 1

# %% tags=["wrong"] exercise="q3" says=["17칸", "17 apart"]
least_side = 17 * 16 + 1

# %% tags=["wrong"] exercise="q3" says=["맵의 칸 수", "cells of the map"]
least_side = 19

# %% tags=["wrong"] exercise="q3" says=["더 작은", "smaller one"]
least_side = 513

# %% [markdown] lang="ko"
# **q4.** 커널의 한 변이 `kernel`(홀수)이고 비율이 `rate`일 때 맵의 크기를 그대로 두는 패딩을 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q4.** Write a function that returns the padding with which a filter of side `kernel` (odd) and rate `rate` keeps the size of the map.

# %% tags=["exercise"] exercise="q4"
def padding_for(kernel, rate):
    return ...


q4.check(padding_for)

# %% tags=["question"] exercise="q4"
hint = L("필터가 가운데에서 한쪽으로 몇 칸이나 뻗는지 세어 보세요.", "How far does the filter reach from its middle to one side?")
right = L("맞았습니다. 3×3이면 비율과 같은 수가 됩니다.", "Right: for 3×3 it is the rate itself.")


def check(padding_for):
    tried = {given: padding_for(*given) for given in ((3, 1), (3, 4), (5, 2), (7, 3))}
    if tried == {(3, 1): 1, (3, 4): 4, (5, 2): 4, (7, 3): 9}:
        return None
    if tried[3, 4] == 1:
        return L("비율을 잊었습니다. 일부러 틀린 셀과 같은 실수입니다.", "You forgot the rate, as the cell did that was wrong on purpose.")
    if tried[5, 2] == 2:
        return L("3×3에서만 맞습니다. 5×5를 비율 2로 벌리면 한쪽으로 4칸 뻗습니다.", "That holds for 3×3 only: 5×5 at rate 2 reaches 4 to a side.")
    if tried[3, 4] == 8:
        return L("양쪽을 더한 값입니다. 패딩은 한쪽씩 셉니다.", "That is both sides together; padding is counted on each.")
    return L(f"5×5, 비율 2이면 4여야 하는데 {tried[5, 2]}입니다.", f"5×5 at rate 2 wants 4; yours is {tried[5, 2]}.")


# %% tags=["solution"] exercise="q4"
def padding_for(kernel, rate):
    return rate * (kernel // 2)

# %% tags=["wrong"] exercise="q4" says=["비율을 잊었습니다", "forgot the rate"]
def padding_for(kernel, rate):
    return kernel // 2

# %% tags=["wrong"] exercise="q4" says=["3×3에서만", "3×3 only"]
def padding_for(kernel, rate):
    return rate

# %% tags=["wrong"] exercise="q4" says=["양쪽을 더한", "both sides"]
def padding_for(kernel, rate):
    return rate * (kernel - 1)

# %% [markdown] lang="ko"
# **q5.** 점에서 **6칸 이내**를 칠해야 합니다. 세 층의 비율을 골라 보세요. 채점하면 그 자리에서 신경망을 학습해 IoU가 0.7을 넘는지 봅니다(몇 초 걸립니다).

# %% [markdown] lang="en"
# **q5.** Now all within **6 cells** of a speck is to be painted. Choose the rates of three layers. To mark it, a network is trained on the
# spot and has to exceed an IoU of 0.7 (a few seconds).

# %% tags=["exercise"] exercise="q5"
three_rates = ...
q5.check(three_rates)

# %% tags=["question"] exercise="q5"
hint = L("테두리가 한쪽으로 6칸 넘게 뻗어야 하고, 그 안에 구멍이 없어야 합니다.", "The frame must reach 6 cells to a side, without holes in it.")
right = L("맞았습니다. 멀리, 그리고 빠짐없이 봅니다.", "Right: far, and nothing missed.")


def check(three_rates):
    import torch

    from helpers.metrics import ConfusionMatrix
    from helpers.segmentation import coverage
    from helpers.segmentation.atrous_stacks import specks, stack
    from helpers.training import evaluate, fit

    rates = tuple(three_rates)
    if len(rates) != 3:
        return L(f"비율 셋이 필요한데 {len(rates)}개입니다.", f"Three rates are needed; here are {len(rates)}.")
    if sum(rates) < 6:
        return L(f"한쪽으로 {sum(rates)}칸밖에 보지 못합니다.", f"It sees only {sum(rates)} cells to a side.")
    line = coverage(rates)
    if not line.all():
        return L(f"{len(line)}칸 중 {(line > 0).sum()}칸만 보는 격자입니다.", f"A grid: {(line > 0).sum()} of {len(line)} cells are seen.")

    learn, tried = (specks(64, 48, seed, reach=6, share=0.003) for seed in (0, 1))
    torch.manual_seed(0)
    model = stack(rates)
    fit(model, learn, epochs=12, batch_size=8, optimizer="adamw", lr=0.01, progress=False, metric=ConfusionMatrix(2))
    score = evaluate(model, tried, ConfusionMatrix(2)).iou()[1].item()
    return None if score > 0.7 else L(f"IoU가 {score:.2f}입니다.", f"The IoU is {score:.2f}.")


# %% tags=["solution"] exercise="q5"
three_rates = (1, 2, 3)

# %% tags=["wrong"] exercise="q5" says=["격자", "A grid"]
three_rates = (2, 2, 2)

# %% tags=["wrong"] exercise="q5" says=["3칸밖에", "only 3 cells"]
three_rates = (1, 1, 1)

# %% tags=["wrong"] exercise="q5" says=["2개", "here are 2"]
three_rates = (2, 4)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 구멍 난 합성곱은 사이에 0을 끼운 보통의 합성곱입니다. 가중치도, 곱셈의 수도 늘지 않습니다.
# 2. 비율이 넓히는 것은 테두리입니다. 공약수가 있는 비율만 쌓으면 그 안에 영영 보지 못하는 픽셀이 남습니다.
# 3. 출력 스트라이드는 가중치를 두고 바꿀 수 있지만 곱셈이 늘고, 늘리는 방법까지 맞아야 덕을 봅니다.
# 4. 비율이 맵만큼 크면 3×3이 소리 없이 1×1이 됩니다. 조각을 줄이면 비율도 줄이세요.
# 5. 피라미드는 둘레를 보아야 할 때 돕고, 디코더는 고운 특성으로 가장자리를 되찾습니다.
#
# **더 읽을거리** L.-C. Chen, G. Papandreou, F. Schroff, H. Adam, “Rethinking Atrous Convolution for Semantic Image Segmentation” (2017), 3.1~3.3절, 그림
# 4와 5, 표 5 · L.-C. Chen 외, “Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation” (ECCV 2018), 3.1절, 4.4절, 그림
# 2 · P. Wang 외, “Understanding Convolution for Semantic Segmentation” (WACV 2018), 3.2절
#
# **다음** [6.3.6 겨루기](6_3_6_showdown.ipynb): 어떤 그림에 어떤 신경망을 쓸까

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. An atrous convolution is an ordinary one with zeros in between; neither weights nor multiplications grow.
# 2. What a rate widens is the frame. Stack rates with a common divisor, and some pixels in it are never seen.
# 3. The output stride can be changed under the same weights, but multiplications grow, and it pays only if maps are enlarged to fit.
# 4. At a rate as large as the map 3×3 silently becomes 1×1. Smaller crops want smaller rates.
# 5. The pyramid helps where surroundings decide; the decoder brings rims back by the fine map.
#
# **Further reading** L.-C. Chen, G. Papandreou, F. Schroff, H. Adam, “Rethinking Atrous Convolution for Semantic Image Segmentation” (2017),
# sections 3.1 to 3.3, figures 4 and 5, table 5 · L.-C. Chen et al., “Encoder-Decoder with Atrous Separable Convolution for Semantic Image
# Segmentation” (ECCV 2018), sections 3.1 and 4.4, figure 2 · P. Wang et al., “Understanding Convolution for Semantic Segmentation” (WACV
# 2018), section 3.2
#
# **Next** [6.3.6 Showdown](6_3_6_showdown.ipynb): which network for which picture.
