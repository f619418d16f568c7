# Lesson 6_3_2, claims S07 to S09: transposed convolutions by hand and as a matrix, checkerboards, the bilinear start, switches, 252 million.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="역합성곱을 손으로 만들고 바둑판무늬가 어디서 오는지 잽니다. 스위치를 섞어 보고, 매개변수 2억 5천만 개가 꼭 있어야 하는지 따집니다."
# # 6.3.2 DeconvNet: 작은 지도를 다시 크게
#
# ![그림 한 장과, 이것을 네 가지 방법으로 되살린 그림. 제 스위치를 쓴 것에서만 전깃줄과 기구의 윤곽이 보이고 나머지는 흐립니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb): 마스크, IoU, 윤곽 F1. 합성곱과 최대 풀링.
#
# **마치고 나면** ① 역합성곱을 손으로 계산하고 결과의 크기를 미리 말할 수 있습니다.
# ② 바둑판무늬를 재고, 쌍선형 보간으로 시작하는 층을 만들 수 있습니다.
# ③ 언풀링의 스위치가 무엇을 기억하는지, 큰 신경망의 매개변수가 어디에 모여 있는지 보여 줄 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Build transposed convolutions by hand, measure where checkerboards come from, shuffle the switches, and ask whether 252 million parameters are needed."
# # 6.3.2 DeconvNet: making a small map large again
#
# ![A picture, and four attempts to bring it back. Only with its own switches do wires and the balloon keep their outlines; the others are blurred.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [6.3.0 Segmentation](6_3_0_segmentation.ipynb): masks, IoU, boundary F1. Convolution and max pooling.
#
# **Afterwards** ① you can work out a transposed convolution by hand and tell the size of its result; ② you can measure a
# checkerboard and make a layer that starts as bilinear interpolation; ③ you can show what the switches of unpooling remember,
# and where a large network keeps its parameters.

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
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from helpers import datasets, exercises
from helpers.batches import MEAN, STD, standardise
from helpers.plots import band, bars, dumbbells, heatmap
from helpers.segmentation import BoundaryF1, DeconvNet, costs, overlap_counts, plots, unpooling
from helpers.segmentation.layers import bilinear_upsampling
from helpers.segmentation.unpooling import SmallDeconvNet
from helpers.segmentation.upsampling import teach, unevenness
from helpers.training import evaluate, predict
from helpers.trials import train_seeds

# %%
full = session.profile == "full"  # ko: GPU가 있으면 진짜 사진으로 길게 | en: with a GPU: real pictures, longer
SEEDS = range(5) if full else range(3)
how = {"optimizer": "adamw", "lr": 0.01, "batch_size": 8}  # ko: 모든 학습에 똑같이 | en: the same for every training


def scenes(split, n, only=None):
    return datasets.as_tensors(datasets.load("scenes", split, n=n, size=48, only=only))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 합성곱만으로 지도를 키울 수 있을까?
#
# 분할 신경망은 지도를 줄였다가 다시 키워야 합니다. 키우는 층이 역합성곱(transposed convolution)입니다. 교재의 설명은 두 단계입니다. 픽셀
# 사이와 둘레에 0을 끼워 넣고(zero insertion), 그 위에서 스트라이드 1인 보통의 합성곱을 합니다.
#
# **먼저 맞혀 보세요.** 3×3 지도에 커널 3, 스트라이드 2, 패딩 1로 역합성곱을 하면 한 변이 몇 칸일까요? 그리고 패딩을 **늘리면** 결과는 커질까요, 작아질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can a convolution alone make a map larger?
#
# A segmentation network makes maps small and has to make them large again. The layer that does it is the transposed
# convolution. The textbook has two steps: insert zeros between and around the pixels, then run an ordinary convolution of stride 1.
#
# **Guess first.** A 3×3 map, kernel 3, stride 2, padding 1: how long is a side of the result? And if you **raise** the padding,
# does the result grow or shrink?

# %% claim=["S07"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def by_hand(x, weight, stride, padding, extra=0, flip=True):
    """A transposed convolution out of zeros and an ordinary convolution."""
    n, c, height, width = x.shape
    spread = x.new_zeros(n, c, (height - 1) * stride + 1, (width - 1) * stride + 1)
    spread[..., ::stride, ::stride] = x  # ko: 픽셀 사이에 0 | en: zeros in between
    around = weight.shape[-1] - 1 - padding
    spread = F.pad(spread, [around, around + extra] * 2)  # ko: 둘레에 0 | en: zeros around
    weight = weight.flip(2, 3) if flip else weight  # ko: 커널을 뒤집고 | en: the kernel, flipped
    return F.conv2d(spread, weight.transpose(0, 1))  # ko: 들고 나는 채널을 바꿈 | en: channels swapped


x = torch.randn(1, 2, 3, 3, dtype=torch.float64)
cases = [(3, 1, 1, 0), (3, 2, 0, 0), (3, 2, 1, 0), (3, 2, 1, 1), (4, 2, 1, 0), (16, 8, 4, 0)]
for kernel, stride, padding, extra in cases:
    weight = torch.randn(2, 4, kernel, kernel, dtype=torch.float64)
    torchs = F.conv_transpose2d(x, weight, stride=stride, padding=padding, output_padding=extra)
    torch.testing.assert_close(by_hand(x, weight, stride, padding, extra), torchs, rtol=0, atol=1e-12)
    assert (by_hand(x, weight, stride, padding, extra, flip=False) - torchs).abs().max() > 0.1
    side = (3 - 1) * stride - 2 * padding + kernel + extra
    assert torchs.shape == (1, 4, side, side)
    print(L("커널", "kernel"), f"{kernel:>2}", L("· 스트라이드", "· stride"), stride, L("· 패딩", "· padding"), padding,
          L("· 덧붙임", "· output_padding"), extra, "· 3 →", side)

# %% slideshow={"slide_type": "slide"}
small = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
spread = torch.full((7, 7), torch.nan)  # ko: 빈칸은 둘레의 0 | en: empty: the zeros around
spread[1:6, 1:6] = 0
spread[1:6:2, 1:6:2] = small
tent = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 4
large = F.conv_transpose2d(small[None, None], tent[None, None], stride=2, padding=1)[0, 0]
fig, axes = plt.subplots(1, 4, figsize=(12.4, 3.9), width_ratios=[3, 7, 3, 5])
names = L(["지도", "0을 끼워 넣음", "커널", "결과"], ["map", "zeros inserted", "kernel", "result"])
for ax, values, name in zip(axes, [small, spread, tent, large], names, strict=True):
    ax.imshow(values.nan_to_num(-3), cmap="Blues", vmin=-3, vmax=16)
    for (row, column), value in np.ndenumerate(values.nan_to_num()):
        color = "black" if value else course.PALETTE[3]
        ax.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12, color=color)
    ax.set(title=f"{name} {len(values)}×{len(values)}", xticks=[], yticks=[])
axes[1].add_patch(plt.Rectangle((0.5, 1.5), 3, 3, fill=False, color=course.PALETTE[1], linewidth=3))
axes[3].add_patch(plt.Rectangle((0.5, 1.5), 1, 1, fill=False, color=course.PALETTE[1], linewidth=3))
plt.show()

assert large.shape == (5, 5) and (large[::2, ::2] == small).all()  # ko: 원래 값 사이가 채워짐 | en: old values, filled in

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 3×3 지도, 사이와 둘레에 0(주홍)을 끼운 7×7 지도, 3×3 커널, 결과 5×5. 주황 네모 안의 아홉 칸에 커널을 곱해 더한 것이 결과의 주황 칸으로, 4와 5 사이의 4.5입니다.
#
# **5칸이고, 패딩을 늘리면 작아집니다.** 결과의 한 변은 `(n − 1) × 스트라이드 − 2 × 패딩 + 커널 + 덧붙임`입니다. 패딩은 둘레에 끼우는 0을
# **덜어 내는** 수입니다. 손으로 만든 것이 여섯 경우 모두에서 `conv_transpose2d`와 같으니 교재의 설명은 맞습니다. 다만 교재가 잘 말하지 않는 것이 있습니다. **커널을
# 뒤집어야** 합니다. 뒤집지 않으면 위 셀의 둘째 `assert`가 보여 주듯 다른 값이 나옵니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A 3×3 map, the 7×7 map with zeros (vermilion) between and around, a 3×3 kernel, the 5×5 result. The nine squares in the
# orange box, times the kernel and added up, are the orange square of the result: 4.5, between 4 and 5.
#
# **Five, and more padding makes it smaller.** A side is `(n − 1) × stride − 2 × padding + kernel + output_padding`: padding is
# how many of the zeros around are **taken off**. Ours equals `conv_transpose2d` in all six cases, so the textbook is right. What it
# seldom says: **the kernel has to be flipped**. Unflipped it gives other values, as the second `assert` shows.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 뒤집었기에 ‘전치’일까?
#
# 합성곱은 선형이므로 행렬 하나로 쓸 수 있습니다. 픽셀 하나만 1인 그림을 차례로 넣으면 나온 것이 그 행렬의 열입니다. 이 행렬을
# 전치(transpose)한 것을 곱하는 층이 역합성곱입니다. 그래서 이름이 transposed convolution입니다.
#
# **먼저 맞혀 보세요.** 5×5 그림을 합성곱으로 2×2로 줄였다가 같은 커널의 역합성곱으로 되돌리면 원래의 숫자가 나올까요? 5×5와 6×6을 모두 3×3으로
# 줄이는 합성곱이 있다면, 되돌아갈 때는 어느 쪽으로 갈까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What is transposed?
#
# A convolution is linear and so it is a matrix: put in pictures in which a single pixel is 1, and what comes out is its columns.
# A transposed convolution multiplies by that matrix's transpose; hence the name.
#
# **Guess first.** A convolution makes a 5×5 picture 2×2, and the transposed convolution with the same kernel leads back. Do the
# old numbers return? And if a convolution makes both 5×5 and 6×6 into 3×3, which of them does the way back lead to?

# %% claim=["S07"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def matrix_of(layer, side):
    """Column i: what a picture becomes in which only pixel i is 1."""
    return layer(torch.eye(side**2, dtype=torch.float64).view(-1, 1, side, side)).flatten(1).T


kernel = torch.arange(1, 10, dtype=torch.float64).view(1, 1, 3, 3)
down = matrix_of(lambda picture: F.conv2d(picture, kernel, stride=2), side=5)
back = matrix_of(lambda picture: F.conv_transpose2d(picture, kernel, stride=2), side=2)
print(L("합성곱", "convolution"), [*down.shape], L("· 역합성곱", "· transposed"), [*back.shape])
assert torch.equal(back, down.T)  # ko: 전치, 한 칸도 다르지 않게 | en: the transpose, to the last number

picture = torch.rand(1, 1, 5, 5, dtype=torch.float64, requires_grad=True)
small = F.conv2d(picture, kernel, stride=2)
(gradient,) = torch.autograd.grad(small.sum(), picture)  # ko: 역전파도 전치 행렬 | en: backpropagation: the transpose too
torch.testing.assert_close(gradient.flatten(), back.sum(1))

again = F.conv_transpose2d(small, kernel, stride=2)
print(L("독립인 숫자", "independent numbers"), f"{torch.linalg.matrix_rank(down).item()} / {picture.numel()}")
assert np.corrcoef(again.detach().flatten(), picture.detach().flatten())[0, 1] < 0.9
for side in (5, 6):  # ko: 둘 다 3으로 | en: both become 3
    shrunk = F.conv2d(torch.zeros(1, 1, side, side).double(), kernel, stride=2, padding=1)
    print(side, "→", shrunk.shape[-1])

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(11.5, 4.6), width_ratios=[25, 6])
squares = [f"({row},{column})" for row in range(2) for column in range(2)]
pixels = ["" if number % 5 else L(f"{number // 5}행", f"row {number // 5}") for number in range(25)]
heatmap(axes[0], down.numpy(), squares, pixels, numbers=".0f", cmap="Blues", limits=(0, 14))
heatmap(axes[1], back.numpy(), pixels, squares, numbers=".0f", cmap="Blues", limits=(0, 14))
axes[0].set(title=L("합성곱의 행렬 4×25", "the convolution's matrix, 4×25"), xlabel=L("그림의 픽셀", "pixel of the picture"))
axes[0].set_ylabel(L("결과의 칸", "square of the result"))
axes[1].set_title(L("역합성곱 25×4", "transposed, 25×4"))
for ax in axes:
    for text in ax.texts:
        text.set(fontsize=10, visible=text.get_text() != "0")
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 5×5 그림을 2×2로 줄이는 합성곱의 행렬입니다. 가로가 픽셀 25개, 세로가 결과 네 칸이고, 줄마다 커널의 숫자 1에서 9가 세 무리로 놓였습니다. 오른쪽은 역합성곱의 행렬로,
# 왼쪽을 대각선으로 뒤집은 것과 같습니다. 빈칸은 0입니다.
#
# **되돌아오는 것은 크기뿐입니다.** 전치는 역행렬이 아닙니다. 숫자 25개를 4개로 줄였으니 나머지는 사라졌습니다. 그래서 옛 이름 디컨볼루션(deconvolution)은 오해를 부릅니다.
# 크기도 하나로 정해지지 않습니다. 5와 6이 모두 3이 되므로, 돌아갈 때는 `output_padding`으로 0이면 5, 1이면 6을 고릅니다. 합성곱의 기울기를
# 되돌려 보내는 계산도 이 전치 행렬이니, 역합성곱은 **합성곱의 역전파를 앞으로 쓰는 것**입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the matrix of a convolution from 5×5 to 2×2: 25 pixels across, four results down; in every row the kernel's
# numbers 1 to 9 lie in three groups. Right, the matrix of the transposed convolution: the left one, mirrored at its diagonal.
# Empty squares are 0.
#
# **Only the size returns.** A transpose is not an inverse: 25 numbers became 4, and the rest is gone. That is why the old name, deconvolution,
# misleads. Even the size is not settled: 5 and 6 both become 3, and `output_padding` chooses on the way back, 0 for 5, 1
# for 6. The gradient of a convolution travels back by this same matrix: a transposed convolution is **a convolution's
# backpropagation, used forwards**.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 바둑판무늬는 어디서 올까?
#
# 커널의 크기가 스트라이드의 배수가 아니면, 결과의 어떤 칸에는 입력 여럿이 겹쳐 더해지고 어떤 칸에는 하나만 닿습니다. 이 고르지 않은
# 겹침이 바둑판무늬(checkerboard)를 만든다고 합니다(Odena 외, 2016).
#
# **먼저 맞혀 보세요.** 스트라이드 2에서 겹침이 고른 커널은 2, 3, 4, 5 가운데 어느 것일까요? 겹침이 고르면 무늬가 사라질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Where do checkerboards come from?
#
# Where the kernel is no multiple of the stride, several inputs add up on some pixels of the result and only one reaches others.
# This uneven overlap is said to make checkerboards (Odena et al., 2016).
#
# **Guess first.** At stride 2, which kernels overlap evenly: 2, 3, 4, 5? And if the overlap is even, is the pattern gone?

# %% claim=["S08"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
for kernel in (2, 3, 4, 5):
    line, counts = overlap_counts(5, kernel, stride=2), overlap_counts((5, 5), kernel, stride=2)
    print(L("커널", "kernel"), kernel, L("· 겹침", "· overlap"), *line)
    inner = overlap_counts(12, kernel, stride=2)[kernel:-kernel]
    assert (inner.min() == inner.max()) == (kernel % 2 == 0)  # ko: 배수일 때만 고름 | en: even for multiples alone

    ones = torch.ones(1, 1, kernel, kernel)  # ko: 가중치가 모두 1이면 결과가 곧 겹침 | en: of ones, it is the result
    result = F.conv_transpose2d(torch.ones(1, 1, 5, 5), ones, stride=2)
    assert np.array_equal(result[0, 0], counts)
    wide = torch.zeros(1, 1, *counts.shape, requires_grad=True)  # ko: 합성곱의 기울기도 | en: a convolution's gradient too
    (gradient,) = torch.autograd.grad(F.conv2d(wide, ones, stride=2).sum(), wide)
    assert np.array_equal(gradient[0, 0], counts)

# %% claim=["S08"] slideshow={"slide_type": "fragment"}
whole, new = standardise(scenes("train", 96)[0]), standardise(scenes("val", 16)[0])
pairs, new_pairs = (F.avg_pool2d(whole, 2), whole), (F.avg_pool2d(new, 2), new)  # ko: 반으로 줄인 것과 원래 | en: halved, whole
kernels, before, after = (2, 3, 4, 5), [], []
for kernel in kernels:
    runs = []
    for seed in SEEDS:
        torch.manual_seed(seed)
        same_size = {"padding": (kernel - 1) // 2, "output_padding": kernel % 2}
        up = nn.ConvTranspose2d(3, 3, kernel, stride=2, **same_size)
        start = unevenness(up)  # ko: 흰 종이를 키웠을 때 생기는 무늬 | en: the pattern on a blank sheet
        teach(up, pairs, steps=200, seed=seed)
        runs.append([start, unevenness(up)])
    before.append([first for first, _ in runs])
    after.append([last for _, last in runs])

start, end = np.mean(before, axis=1), np.mean(after, axis=1)
assert start.min() > 0.1 and start[2] > start[1] / 2  # ko: 겹침이 고른 커널 4도 무늬를 그림 | en: even kernel 4 draws one
assert (end < start / 4).all() and end[1::2].min() > end[::2].max()

# %% slideshow={"slide_type": "slide"}
def draw_overlap(ax, kernel, stride, padding=0, side=5):
    counts = overlap_counts((side, side), kernel, stride, padding)
    ax.imshow(counts, cmap="cividis")
    ax.set_title(L(f"커널 {kernel}, 스트라이드 {stride}", f"kernel {kernel}, stride {stride}"))
    ax.set_xlabel(L(f"겹침 {counts.min()}–{counts.max()}번", f"{counts.min()} to {counts.max()} times"))
    ax.set(xticks=[], yticks=[])


fig, axes = plt.subplots(1, 4, figsize=(12, 3.5))
for ax, kernel in zip(axes, (2, 3, 4, 5), strict=True):
    draw_overlap(ax, kernel, stride=2)
plt.show()

fig, ax = plt.subplots(figsize=(9, 3.8))
ends = {L("무작위로 시작", "random start"): before, L("200걸음 배운 뒤", "after 200 steps"): after}
kinds = [L("다름", "uneven") if kernel % 2 else L("고름", "even") for kernel in kernels]
names = [L(f"커널 {k}, 겹침이 {kind}", f"kernel {k}, overlap {kind}") for k, kind in zip(kernels, kinds, strict=True)]
dumbbells(ax, names, ends, [course.PALETTE[3], course.PALETTE[0]])
ax.set_xlabel(L("흰 종이를 키웠을 때 생기는 무늬의 세기", "strength of the pattern on a blank sheet"))
ax.set_xlim(-0.03, 0.4)
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 스트라이드 2에서 커널 2, 3, 4, 5의 겹침 지도입니다. 커널 3과 5에는 바둑판무늬가 있고, 2와 4는 테두리 안쪽이 고릅니다. 아래는 흰 종이를 키웠을 때 생기는 무늬의 세기로, 커널마다 무작위로 시작한 층(주홍)과 배운 층(파랑)을
# 이었습니다. 시작은 모두 오른쪽에 섞여 있고, 배우고 나면 모두 0 가까이로 옵니다.
#
# **겹침이 고른 것은 2와 4이지만, 무늬는 사라지지 않습니다.** 겹침 지도는 가중치가 **모두 같을 때** 나오는 결과입니다. 무작위 가중치에서는 네 종류의 칸이 서로 다른 가중치를 만나므로 커널 4도 커널
# 3만큼 무늬를 그립니다. 반대로 커널 3도 배우고 나면 거의 고르게 됩니다. 다만 겹침이 고르지 않은 3과 5에는 무늬가 두 배쯤 더 남습니다. 스트라이드 2인 합성곱의 **기울기**에도 같은 무늬가 나타납니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 겹침이 고르지 않으면 바둑판무늬가 생긴다.
# >
# > **무엇이 느슨한가** 고르지 않은 겹침은 무늬를 그리기 **쉽게** 할 뿐입니다. 겹침이 고르다고 무늬가 없지 않고, 고르지 않다고 늘 남지도 않습니다. 칸의 종류마다 만나는 가중치의
# > **합이 같아야** 무늬가 없습니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 세 셀입니다. 합이 처음부터 같은 커널은 다음 절에 나옵니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, overlap maps at stride 2 for kernels 2, 3, 4 and 5: a checkerboard for 3 and 5; 2 and 4 are even
# within their rims. Below, the strength of the pattern when a blank sheet is enlarged, for a random layer (vermilion) and the same layer
# after learning (blue). The starts are all mixed on the right; after learning all are close to 0.
#
# **2 and 4 overlap evenly, but the pattern is not gone.** An overlap map is the result where all weights are **alike**. With random
# weights each of the four kinds of pixels meets other weights, and kernel 4 draws as strong a pattern as kernel 3. The other way
# round, kernel 3 learns to be almost even, though 3 and 5, which overlap unevenly, keep about twice the pattern. The **gradient** of a convolution with stride 2 has the same pattern.
#
# > ### Setting the notes right
# >
# > **The notes** say that uneven overlap gives a checkerboard.
# >
# > **What is loose** Uneven overlap only makes the pattern **easy** to draw. Even overlap does not prevent it, uneven overlap need
# > not keep it. It is gone where the weights that each kind of pixel meets have the **same sum**.
# >
# > **The cells that work today** are the three above. A kernel with equal sums from the start comes in the next section.

# %% tags=["interactive", "nbval-skip"]
def explore_overlap(kernel=3, stride=2, padding=0):  # ko: 슬라이더를 움직여 보세요 | en: move the sliders
    side = (5 - 1) * stride - 2 * padding + kernel
    if side < 1:
        print(L("패딩이 결과를 모두 잘라 냅니다", "the padding cuts everything off"))
        return
    fig, ax = plt.subplots(figsize=(4.2, 4.2))
    draw_overlap(ax, kernel, stride, padding)
    ax.set_ylabel(L(f"5 → {side}칸", f"5 → {side}"))
    plt.show()


_ = ipywidgets.interact(explore_overlap, kernel=(1, 8), stride=(1, 4), padding=(0, 3))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 배우기 전부터 쓸 만한 커널이 있을까?
#
# FCN은 역합성곱을 쌍선형 보간(bilinear interpolation)으로 시작했습니다. 배율이 f이면 커널 2f, 스트라이드 f, 패딩 f/2이고, 커널의 값은 가운데에서 멀어질수록
# 곧게 줄어드는 세모의 곱입니다. 네 종류의 칸이 만나는 가중치의 합은 모두 1입니다.
#
# **먼저 맞혀 보세요.** 이 층은 PyTorch의 `F.interpolate`와 어디까지 같을까요? 다르다면 어디가, 왜 다를까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is there a kernel that works before it learns?
#
# FCN starts its transposed convolutions as bilinear interpolation. For a factor f: kernel 2f, stride f, padding f/2; the
# kernel's values fall in a straight line from the middle, a triangle times a triangle. The weights that each kind of pixel
# meets add up to 1.
#
# **Guess first.** How far is this layer from PyTorch's `F.interpolate`? Where it differs: where, and why?

# %% claim=["S08"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def bilinear(channels, factor):
    """FCN's start, cut to the size that F.interpolate gives."""
    up = bilinear_upsampling(channels, factor)
    up.padding = (factor // 2, factor // 2)
    return up


print("4 ×", L("커널의 한 줄:", "a line of the kernel:"), *(bilinear(1, 2).weight[0, 0, 1] * 16 / 3).int().tolist())
picture = new[:1].double()
for factor in (2, 4, 8):
    up = bilinear(3, factor).double()
    truth = F.interpolate(picture, scale_factor=factor, mode="bilinear")
    with torch.no_grad():
        zeros_outside = (up(picture) - truth).abs().amax((0, 1))
        wider = F.pad(picture, [1] * 4, mode="replicate")  # ko: 테두리를 한 칸 베껴 늘림 | en: the border, copied outwards
        copied_outside = (up(wider)[..., factor:-factor, factor:-factor] - truth).abs().max()
    rim = factor // 2
    inside = zeros_outside[rim:-rim, rim:-rim].max()
    print(factor, L("배 · 안쪽의 차이", "times · inside"), f"{inside:.6f}", L("· 테두리의 차이", "· in the rim"),
          f"{zeros_outside.max():.2f}", L("· 테두리를 베끼면", "· border copied"), f"{copied_outside:.6f}")
    assert inside < 1e-6 and (zeros_outside[: rim, rim:-rim] > 1e-6).any(1).all()
    assert zeros_outside.max() > 0.1 and copied_outside < 1e-6 and unevenness(bilinear(3, 2)) < 1e-6

# %% slideshow={"slide_type": "slide"}
with torch.no_grad():
    shown = [picture[..., :12, :12], up(picture)[..., :96, :96], truth[..., :96, :96]]
fig, axes = plt.subplots(1, 4, figsize=(11.4, 3.2))
names = L(["그림의 구석", "역합성곱, 8배", "F.interpolate", "차이"],
          ["a picture's corner", "transposed, 8 times", "F.interpolate", "difference"])
mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, STD))
for ax, one, name in zip(axes, [*shown, None], names, strict=True):
    if one is not None:
        plots.picture(ax, (one[0].float() * std + mean).clamp(0, 1))
    ax.set_title(name)
glow = axes[3].imshow(zeros_outside[:24, :24], cmap="magma", vmin=0)
axes[3].set_axis_off()
fig.colorbar(glow, ax=axes[3], shrink=0.7, label=L("표준편차", "standard deviations"))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 그림의 왼쪽 위 구석과 이것을 8배로 키운 두 결과, 그 왼쪽 위 24×24픽셀의 차이입니다. 두 결과는 테두리 말고는 눈으로 구별되지 않습니다. 차이는 네 픽셀의 테두리에서만 빛나고 안쪽은 까맣습니다.
#
# **안쪽은 소수점 여섯 자리까지 같고, 테두리 f/2픽셀만 다릅니다.** 역합성곱은 그림 밖을 0으로 여기지만 `F.interpolate`는 가장자리 픽셀이 밖으로 이어진다고
# 여깁니다. 입력의 테두리를 한 칸 베껴 늘린 다음 넓어진 만큼 잘라 내면 테두리까지 모두 같습니다. 무늬의 세기는 0입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The upper left corner of a picture, two ways to enlarge it 8 times, and their difference in the upper left 24×24 pixels. But
# for the rim no eye tells the two apart; the difference glows in a rim of four pixels and is black inside.
#
# **Inside they agree to six digits; a rim of f/2 pixels differs.** Beyond the picture, a transposed convolution sees zeros;
# `F.interpolate` continues the border's pixels. Copy the border outwards by one pixel, cut off what is too much, and the rim agrees
# too. The strength of the pattern is 0.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 시작이 좋으면 얼마나 빨리 배울까?
#
# 역합성곱은 보간과 달리 **배웁니다**. 반으로 줄인 그림을 되살리는 층 하나를 쌍선형으로 시작할 때와 무작위로 시작할 때로 나누어 300걸음씩 가르칩니다. 대조군은 배우지
# 않는 쌍선형 보간입니다.
#
# **먼저 맞혀 보세요.** 무작위로 시작한 층은 배우지 않는 보간을 따라잡을까요? 따라잡는다면 몇 걸음 만에 그럴까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How much faster does a good start learn?
#
# Unlike interpolation, a transposed convolution **learns**. Teach a single layer to bring halved pictures back, 300 steps, once from a
# bilinear start and once from a random one. The control is bilinear interpolation that does not learn.
#
# **Guess first.** Will the random start catch up with interpolation that never learns? If so, after how many steps?

# %% claim=["S08"] slideshow={"slide_type": "fragment"}
curves, goal = {"bilinear": [], "random": []}, 0.9
for seed in SEEDS:
    torch.manual_seed(seed)
    random = nn.ConvTranspose2d(3, 3, 4, stride=2, padding=1, bias=False)
    curves["random"].append(teach(random, pairs, new_pairs, seed=seed))
    curves["bilinear"].append(teach(learnt := bilinear(3, 2), pairs, new_pairs, seed=seed))
fixed = curves["bilinear"][0][0]  # ko: 배우기 전의 오차 | en: the error before learning
steps = {k: [int(np.argmax(np.array(run) < goal * fixed)) for run in runs] for k, runs in curves.items()}
print(L("오차가 보간의 90%로 줄 때까지의 걸음", "steps to 90% of interpolation's error"), steps)

last = {start: np.array(runs)[:, -1] for start, runs in curves.items()}
assert (last["bilinear"] < goal * fixed).all() and min(steps["random"]) > 5 * max(steps["bilinear"]) > 0

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(12, 4.2), width_ratios=[3, 2])
for start, name, color, above in [
    ("bilinear", L("쌍선형으로 시작", "bilinear start"), course.PALETTE[0], -26),
    ("random", L("무작위로 시작", "random start"), course.PALETTE[3], 10),
]:
    runs = np.array(curves[start])[:, ::10] / fixed
    band(axes[0], np.arange(0, 300, 10), runs, name, color, at=4, offset=(8, above))
axes[0].axhline(1, color="#666666", linestyle="--")
axes[0].text(300, 1.02, L("배우지 않는 보간", "no learning"), ha="right", color="#666666")
axes[0].set(ylim=(0.7, 2.2), xlabel=L("걸음", "steps"), ylabel=L("오차 (보간 = 1)", "error (interpolation = 1)"))
for up, color, name in [
    (bilinear(3, 2), "#666666", L("시작", "start")), (learnt, course.PALETTE[0], L("배운 뒤", "learnt")),
]:
    line = up.weight.detach().diagonal().mean(2)[1]  # ko: 커널의 둘째 줄 | en: the kernel's second row
    axes[1].plot(range(1, 5), line, "o-", color=color)
    axes[1].text(2.5, line[1] + 0.02, name, ha="center", color=color, weight="bold")
axes[1].set(xlabel=L("커널의 칸", "place in the kernel"), ylabel=L("가중치", "weight"), xticks=range(1, 5), ylim=(0, 0.95))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 걸음에 따른 오차입니다. 점선은 배우지 않는 보간(1)으로, 쌍선형으로 시작한 선은 1에서 곧바로 내려가고 무작위로 시작한 선은 훨씬 위에서 천천히 내려와 점선을 지납니다. 오른쪽은 커널의
# 둘째 줄로, 배운 커널은 시작할 때보다 가운데가 높고 양 끝이 조금 낮습니다.
#
# **따라잡지만 백 걸음이 넘게 걸립니다.** 쌍선형으로 시작한 층은 열 걸음도 되지 않아 보간보다 오차가 10% 줄었고, 무작위로 시작한 층은 거기에 이르는 데 그 스무 배가 넘게 걸렸습니다. 배운 커널이 더 뾰족한 것은
# 반으로 줄이며 뭉개진 그림을 **다시 또렷하게** 하기 때문입니다. 다만 이것은 층 하나의 이야기입니다. FCN의 저자들은 분할 신경망 끝에 있는 큰 보간은 배우게 하나 고정하나 큰 차이가 없었다고
# 공개 코드의 설명에 적었습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the error against steps. The dashed line is interpolation that does not learn (1); the bilinear start falls
# from 1 at once, the random start comes from far above and crosses it slowly. Right, the kernel's second row: the
# learnt kernel is higher in the middle and a little lower at its ends.
#
# **It catches up, after over a hundred steps.** The bilinear start gains 10% on interpolation in less than ten steps; the random start takes
# more than twenty times as long. The learnt kernel is more pointed since it **sharpens** what halving had blurred. But this is the story
# of one layer: the authors of FCN note beside their code that for the large interpolation at the end of a segmentation network it made no
# significant difference whether it learnt or was fixed.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 스위치는 무엇을 기억할까?
#
# 최대 풀링은 네 칸에서 가장 큰 값만 남깁니다. DeconvNet은 그 값이 **어디에** 있었는지를 적어 둡니다. 이것이 스위치(switch)입니다. 올라갈 때 언풀링(unpooling)은 값을
# 그 자리에 되돌려 놓고 나머지는 0으로 둡니다. 드문드문한 이 지도를 역합성곱이 메웁니다.
#
# **먼저 맞혀 보세요.** 스위치를 남의 창에서 가져오면, 스위치가 아예 없을 때보다 나을까요, 못할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What do the switches remember?
#
# Max pooling keeps the largest of four values. DeconvNet writes down **where** it was: the switch. On the way up, unpooling puts
# the value back to that place and zeros elsewhere, and deconvolutions fill in this sparse map.
#
# **Guess first.** If a window takes the switch of another window: is that better or worse than no switch at all?

# %% claim=["S09"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
values = torch.tensor([[1.0, 9, 2, 3], [4, 5, 8, 1], [7, 2, 1, 6], [3, 0, 2, 4]])
pooled, where = F.max_pool2d(values[None, None], 2, return_indices=True)
print(L("값", "values"), pooled.flatten().int().tolist(), L("· 스위치", "· switches"), where.flatten().tolist())
ways = {
    L("제 스위치", "own switches"): unpooling.by_switches,
    L("섞은 스위치", "shuffled switches"): unpooling.by_shuffled_switches,
    L("늘 왼쪽 위", "always upper left"): unpooling.to_corners,
    L("네 칸에 똑같이", "plain up-sampling"): unpooling.everywhere,
}
unpooled = {name: unpool(pooled, where, (4, 4))[0, 0] for name, unpool in ways.items()}
for rows in zip(*unpooled.values(), strict=True):
    print("   ".join(" ".join(f"{value:.0f}" for value in row) for row in rows).replace("0", "·"))
own, shuffled, *_ = unpooled.values()
assert (own[own > 0] == values[own > 0]).all() and (shuffled[shuffled > 0] != values[shuffled > 0]).any()

# %% slideshow={"slide_type": "fragment"}
camvid = full and datasets.available("camvid")


def pictures(split, n, only=None):
    """CamVid where it is at hand, drawn scenes elsewhere: the data set, its pictures and masks."""
    data = datasets.load("scenes", split=split, n=n, size=48, only=only)
    if camvid:
        data = datasets.load("camvid", split=split, size=(96, 128))
    return data, *datasets.as_tensors(data)


def squared(restored, target):
    return F.mse_loss(restored, target)


(_, given, _), (_, unseen, _) = pictures("train", 64), pictures("val", 40)
restored, errors = {}, []
for name, unpool in ways.items():
    make = partial(SmallDeconvNet, 3, unpool)  # ko: 그림을 넣고 그림을 되받음 | en: a picture in, a picture out
    models = train_seeds(make, (given, standardise(given)), seeds=SEEDS, epochs=10, loss=squared, **how)
    with torch.no_grad():
        runs = [model.cpu()(standardise(unseen)) for model in models]
    restored[name] = runs[0]
    errors.append([F.mse_loss(run, standardise(unseen)).item() for run in runs])
errors = np.array(errors)

# %% claim=["S09"] slideshow={"slide_type": "fragment"}
own, shuffled, corner, plain = errors
assert (own < np.minimum(corner, plain)).all() and own.mean() < 0.85 * min(corner.mean(), plain.mean())
assert (shuffled > np.minimum(corner, plain)).all()  # ko: 틀린 스위치는 없느니만 못함 | en: false ones: worse than none

data, *train = pictures("train", 80, ("thin", "scale"))
_, *valid = pictures("val", 40, ("thin", "scale"))
classes, found, outline = data.num_classes, {}, []
for name in list(ways)[:2] + list(ways)[3:]:  # ko: 이번에는 그림을 넣고 마스크를 | en: now a picture in, a mask out
    make = partial(SmallDeconvNet, classes, ways[name])
    models = train_seeds(make, train, seeds=SEEDS, epochs=30 if camvid else 8, **how)
    answers = [predict(model, valid[0]) for model in models]
    found[name] = answers[0]
    outline.append([BoundaryF1(classes, tolerance=1).update(one, valid[1]).mean() for one in answers])

own, *others = np.array(outline)
assert camvid or own.min() > np.max(others) + 0.2  # ko: 진짜 사진의 범위는 재지 않았음 | en: not measured on photographs

# %% tags=["cover"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(12.6, 2.8))
for ax, names, runs in zip(axes, (list(ways), list(found)), (errors, outline), strict=True):
    bars(ax, names, runs, [course.PALETTE[i] for i in (0, 3, 5, 5)[: len(runs)]])
axes[0].set(xlabel=L("되살린 그림의 오차 (제곱 평균)", "error of the picture brought back (mean square)"), xlim=(0, 0.4))
axes[1].set(xlabel=L("분할: 윤곽 F1 (1픽셀까지 봐줌)", "segmentation: boundary F1 (tolerance 1 pixel)"), xlim=(0, 1))
plt.show()

plots.predictions(data, *valid, {name: found[name] for name in list(found)[::2]}, rows=[1])
plt.show()

fig, axes = plt.subplots(1, 5, figsize=(11.4, 2.7))
for ax, name in zip(axes, [L("그림", "picture"), *ways], strict=True):
    one = restored[name][6] if name in ways else standardise(unseen[6])
    plots.picture(ax, (one * std + mean).clamp(0, 1))
    ax.set_title(name)
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위 왼쪽은 세 번 풀링했다가 되살린 그림의 오차로, 제 스위치의 막대가 절반쯤으로 짧고 섞은 스위치의 막대가 가장 깁니다. 위 오른쪽은 같은 신경망에 분할을 가르쳤을 때의 윤곽 F1로, 제 스위치만
# 깁니다. 가운데는 그 가운데 둘의 결과로, 스위치가 없으면 기둥과 전깃줄이 사라집니다. 아래는 그림 한 장과 되살린 네 장으로, 제 스위치를 쓴 것만 윤곽이 보입니다.
#
# **없느니만 못합니다.** 섞은 스위치는 수도 종류도 같은데 그림을 더 망칩니다. 되살리는 힘은 0을 끼우는 모양이 아니라 **자리의 기억**에서 나옵니다. 위로 건너가는 양도
# 적지 않습니다. 48×48 그림 한 장에 스위치가 12,096개인데, 맨 아래 지도의 숫자는 1,728개뿐입니다. 분할에서도 같습니다. 스위치는 값은 빼고 자리만 건네주는 **가벼운 스킵**인 셈입니다.
# 언풀링이 구조를 되살리고 역합성곱이 그 사이를 메운다는 교재의 말은 맞습니다. 진짜 사진인 CamVid에서 시드 하나로 되살리기를 재었을 때도, 제 스위치의 오차가
# 0.06으로 가장 작고 섞은 스위치가 0.13으로 가장 컸습니다(스위치가 없으면 0.09와 0.10).

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above left, the error of pictures that were pooled three times and brought back: half as long for a network's own switches,
# longest for shuffled ones. Above right, boundary F1 of the same networks taught to segment: only the own switches are long. In the middle, what two
# of them found: without switches poles and wires are gone. Below, a picture and four brought back: only own switches show outlines.
#
# **Worse than none.** Shuffled switches are as many and of the same kinds, and harm. What brings the picture back is not the shape
# of the zeros but the **memory of places**. It is no small thing that goes across: 12,096 switches for a picture of 48×48, against
# 1,728 numbers in the lowest map. The same in segmentation: switches are **a light skip** that hands across places
# without values. The textbook is right: unpooling brings structure back, deconvolution fills it in.
# On photographs (CamVid, bringing back, one seed) own switches had the smallest error too, 0.06, and shuffled ones the largest, 0.13; without any it
# was 0.09 and 0.10.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 2억 5천만 개는 어디에 있고, 꼭 있어야 할까?
#
# DeconvNet은 VGG16의 합성곱 13개로 내려갔다가 역합성곱 13개로 올라옵니다. 그 사이에 VGG16의 완전 연결층 두 개와 이것을 되돌리는 층이 있습니다. 완전
# 연결층은 7×7 지도를 받으므로 **7×7 합성곱**과 같고, 그다음은 **1×1 합성곱**과 같습니다.
#
# **먼저 맞혀 보세요.** 매개변수 2억 5,180만 개 가운데 몇 %가 맨 아래 세 층에 있을까요? 곱셈은 몇 %일까요? 그 세 층을 빼면 새처럼 작은 것을 더 잘 찾을까요, 못 찾을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Where are the 252 million, and are they needed?
#
# DeconvNet goes down by VGG16's 13 convolutions and up by 13 deconvolutions. Between them are VGG16's two fully connected layers and
# one that undoes them. The first takes a map of 7×7 and so equals a **7×7 convolution**; the second equals a **1×1 convolution**.
#
# **Guess first.** What part of the 251.8 million parameters is in the three layers at the bottom? What part of the
# multiplications? And without these three, are small things such as birds found better or worse?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
with torch.device("meta"):  # ko: 숫자 없이 모양만 | en: shapes without numbers
    paper, without = DeconvNet(num_classes=21), DeconvNet(num_classes=21, fc_channels=None)
parts = {
    L("합성곱 (VGG16) × 13", "convolutions (VGG16) × 13"): paper.down, "fc6: 7×7": paper.fc[:3], "fc7: 1×1": paper.fc[3:6],
    "fc6-deconv: 7×7": paper.fc[6:], L("역합성곱 × 13", "deconvolutions × 13"): paper.up, L("점수: 1×1", "score: 1×1"): paper.classifier,
}
counts = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
total = sum(counts.values())
for name, count in counts.items():
    print(f"{count:>11,} · {count / total:6.1%} ·", name)
work, rest = costs.multiply_adds(paper, 224), costs.multiply_adds(without, 224)
print(f"{total:>11,} ·", L("모두 · 가운데 세 층의 곱셈", "all · multiply-adds of the three:"), f"{1 - rest / work:.1%}")
assert total == 251_805_653 and counts["fc6: 7×7"] == (7 * 7 * 512 + 1 + 2) * 4096

connected, lowest = nn.Linear(7 * 7 * 8, 16), torch.randn(1, 8, 7, 7)
as_conv = F.conv2d(lowest, connected.weight.view(16, 8, 7, 7), connected.bias)
torch.testing.assert_close(connected(lowest.flatten(1)), as_conv.flatten(1), rtol=1e-4, atol=1e-5)

# %% slideshow={"slide_type": "fragment"}
birds = scenes("train", 64, "small"), scenes("val", 40, "small")
rare = torch.tensor([1.0, 10.0])  # ko: 새는 픽셀의 1%도 안 됨 | en: birds are less than 1% of the pixels
trials = {
    L("가운데 층 없이", "without the three"): ({}, 9),
    L("가운데 층 있음", "with the three"): ({"fc_channels": 128}, 9),
    L("있음, 두 배 오래", "with, twice as long"): ({"fc_channels": 128}, 18),
}
names, flock, sizes = [], [], []
for name, (more, epochs) in trials.items():
    make = partial(SmallDeconvNet, 2, **more)
    models = train_seeds(make, birds[0], seeds=SEEDS, epochs=epochs, class_weights=rare, **how)
    flock.append([evaluate(model, birds[1]).iou()[1].item() for model in models])
    sizes.append(sum(p.numel() for p in models[0].parameters()))
    names.append(L(f"{name} · {sizes[-1]:,}개", f"{name} · {sizes[-1]:,}"))

lean, heavy, longer = np.array(flock)
assert sizes[1] > 10 * sizes[0] and lean.mean() > max(heavy.mean(), longer.mean())

# %% slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(12.8, 6))
plots.architecture(ax, paper, size=224, detail="stages")
plt.show()

fig, ax = plt.subplots(figsize=(9.5, 2.6))
bars(ax, names, flock, [course.PALETTE[i] for i in (0, 3, 5)])
ax.set(xlabel=L("새의 IoU", "IoU of birds"), xlim=(0, 0.8))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 모델에서 바로 그린 DeconvNet입니다. 224에서 다섯 번 풀링해 7까지, 가운데에서 1까지 내려갔다가 거울처럼 올라오고, 점선이 스위치를 건네줍니다. 아래는 새의 IoU 막대로, 가운데 층이 없는
# 작은 신경망이 매개변수가 열 배 넘게 많은 두 신경망보다 깁니다.
#
# **88%가 가운데 세 층에 있고, 곱셈은 1%도 되지 않습니다.** 7×7 커널이 채널 512개와 4,096개를 모두 잇기 때문입니다. 빼고 나면 2,948만 개로 U-Net과 비슷합니다. 작은 신경망에서는
# 빼는 쪽이 오히려 나았습니다. 그림 전체를 벡터 하나로 눌렀다가 펴면 어디에 무엇이 있었는지가 섞이고, 작은 것부터 잃습니다. 두 배 오래 가르쳐도 따라잡지 못했습니다.
#
# 논문의 신경망에까지 그대로 옮길 수는 없습니다. 논문의 세 층은 ImageNet에서 배운 VGG16의 것이고, 사진을 물체마다 잘라 224×224로 키워서 넣으므로 작은 물체도 크게 보입니다. 같은 생각에서 나온
# SegNet은 이 층들을 빼고 스위치만 남겼습니다. 숫자를 그대로 옮기면, PASCAL VOC 2012 시험에서 DeconvNet은 69.6%, FCN-8s와 합치고 CRF로 다듬어 72.5%였습니다(논문 표 1).

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, DeconvNet drawn from the model: from 224, five poolings lead to 7, the middle down to 1, and up again like in a
# mirror; dashed arrows hand the switches across. Below, bars of the birds' IoU: the small network without the three layers is longer than
# the two with over ten times its parameters.
#
# **88% are in the three layers in the middle, and less than 1% of the multiplications**: a 7×7 kernel joins all of 512 channels to
# all of 4,096. Without them 29.48 million are left, about a U-Net. In our small network leaving them out was even better. A picture that is pressed into
# one vector and unfolded again mixes up what was where, and small things are lost first. Training for twice as long did not make up for it.
#
# This does not carry over to the paper's network as it stands. Its layers are VGG16's, trained on ImageNet, and it is shown one object at
# a time, cut out and enlarged to 224×224, so that small objects appear large. SegNet, out of the same idea, drops these layers and keeps the
# switches. The paper's numbers as they are: 69.6% on the test of PASCAL VOC 2012, and 72.5% together with FCN-8s and a CRF (table 1).

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 바꾸면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 한 변이 홀수인 지도를 풀링하고, 원래 크기를 알려 주지 않은 채 언풀링합니다. 49픽셀은 24픽셀이 되고, 되돌릴 때는 48픽셀이 기본입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**: a map with odd sides is pooled, and unpooled without telling its old size. 49 pixels become
# 24, and on the way back 48 is the default.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
odd = torch.rand(1, 1, 49, 49, generator=torch.Generator().manual_seed(0))
pooled, where = F.max_pool2d(odd, 2, return_indices=True)
F.max_unpool2d(pooled, where, 2)  # ko: output_size=odd.shape[2:]가 빠졌습니다 | en: output_size=odd.shape[2:] is missing

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
even = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(0))
pooled, where = F.max_pool2d(even, 2, return_indices=True)


def in_place(restored):
    """The share of the maxima that are back where they were."""
    return ((restored[..., :48, :48] == even) & (even > 0)).sum().item() / pooled.numel()


right = F.max_unpool2d(pooled, where, 2, output_size=even.shape[2:])
silent = F.max_unpool2d(pooled, where, 2, output_size=(49, 49))  # ko: 오류 없이 틀림 | en: wrong without an error
print(L("제자리로 돌아온 최댓값: 맞는 크기", "maxima back in place: right size"), f"{in_place(right):.1%}",
      L("· 한 픽셀 넓은 크기", "· one pixel wider"), f"{in_place(silent):.1%}")
assert in_place(right) == 1 and in_place(silent) < 0.1

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** `Found an invalid max index`. 스위치는 (행, 열)이 아니라 줄을 이어 붙인 **번호 하나**라서, 너비가 달라지면 다른 자리를 가리킵니다. 한 픽셀 **넓게** 되돌리면 번호가 모두 범위
# 안에 들어와 **오류 없이 그림이 기울어집니다**. **검사** 되돌린 지도를 다시 풀링해 스위치가 처음과 같은지 보세요. **처방** 스위치와 함께 풀링하기 전의 크기를 담아 두고 `output_size`로 건넵니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: `Found an invalid max index`. A switch is not (row, column) but **one number** that counts through the rows, and in
# a map of another width it points elsewhere. Unpool one pixel **wider** and all numbers are in range: **no error, and the picture is
# sheared**. **Test**: pool the result again, and see whether the switches are the same. **Cure**: keep the size from before the pooling
# with the switches, and hand it over as `output_size`.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 한 변이 `n`인 지도를 역합성곱에 넣을 때 결과의 한 변을 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that returns the side of the result when a map with sides of `n` goes into a transposed convolution.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_2_deconvnet")


def transposed_side(n, kernel, stride, padding, output_padding):
    return ...


q1.check(transposed_side)

# %% tags=["question"] exercise="q1"
hint = L("첫 픽셀과 마지막 픽셀은 (n − 1) × 스트라이드만큼 떨어져 있습니다. 거기에 커널 하나가 더 놓입니다.",
         "First and last pixel are (n − 1) × stride apart; a kernel lies on top of that.")
right = L("맞았습니다. 합성곱의 크기 공식을 n에 대해 풀어도 같은 식이 나오고, 나머지가 output_padding입니다.",
          "Right. Solve the convolution's formula for n and you get the same; the remainder is output_padding.")


def check(transposed_side):
    import torch
    import torch.nn.functional as F

    tried = [(3, 3, 2, 1, 0), (3, 3, 2, 1, 1), (5, 4, 2, 1, 0), (7, 16, 8, 4, 0), (6, 3, 1, 1, 0)]
    found = [transposed_side(*one) for one in tried]
    truth = [F.conv_transpose2d(torch.zeros(1, 1, n, n), torch.zeros(1, 1, k, k), stride=s, padding=p, output_padding=o).shape[-1]
             for n, k, s, p, o in tried]
    if found == truth:
        return None
    for wrong, complaint in [
        (lambda n, k, s, p, o: (n - 1) * s - 2 * p + k, L("output_padding을 더하지 않았습니다.", "You left out output_padding.")),
        (lambda n, k, s, p, o: (n - 1) * s + 2 * p + k + o, L("패딩의 부호가 반대입니다. 패딩은 결과를 줄입니다.", "The sign of the padding is wrong: it makes the result smaller.")),
        (lambda n, k, s, p, o: n * s - 2 * p + k + o, L("사이의 간격은 n개가 아니라 n − 1개입니다.", "There are n − 1 gaps in between, not n.")),
        (lambda n, k, s, p, o: (n + 2 * p - k) // s + 1, L("그것은 줄이는 합성곱의 공식입니다.", "That is the formula of the convolution that makes maps smaller.")),
    ]:
        if found == [wrong(*one) for one in tried]:
            return complaint
    n, k, s, p, o = tried[0]
    return L(f"n={n}, 커널 {k}, 스트라이드 {s}, 패딩 {p}이면 {truth[0]}이어야 합니다.", f"n={n}, kernel {k}, stride {s}, padding {p} should give {truth[0]}.")


# %% tags=["solution"] exercise="q1"
def transposed_side(n, kernel, stride, padding, output_padding):
    return (n - 1) * stride - 2 * padding + kernel + output_padding

# %% tags=["wrong"] exercise="q1" says=["output_padding을 더하지", "left out output_padding"]
def transposed_side(n, kernel, stride, padding, output_padding):
    return (n - 1) * stride - 2 * padding + kernel

# %% tags=["wrong"] exercise="q1" says=["부호가 반대", "sign of the padding"]
def transposed_side(n, kernel, stride, padding, output_padding):
    return (n - 1) * stride + 2 * padding + kernel + output_padding

# %% tags=["wrong"] exercise="q1" says=["줄이는 합성곱", "makes maps smaller"]
def transposed_side(n, kernel, stride, padding, output_padding):
    return (n + 2 * padding - kernel) // stride + 1

# %% [markdown] lang="ko"
# **q2.** 배율이 `factor`(짝수)인 쌍선형 커널의 한 줄을 돌려주는 함수를 쓰세요. 길이는 2 × factor이고, 이 줄과 이 줄의 곱(`np.outer`)이 2차원 커널입니다.

# %% [markdown] lang="en"
# **q2.** Write a function that returns one line of the bilinear kernel for an even `factor`. It has 2 × factor numbers; the
# two-dimensional kernel is the line times itself (`np.outer`).

# %% tags=["exercise"] exercise="q2"
def bilinear_line(factor):
    return ...


q2.check(bilinear_line)

# %% tags=["question"] exercise="q2"
hint = L("칸의 번호에서 가운데 (2 × factor − 1) / 2를 빼고, 떨어진 거리만큼 1에서 곧게 줄이세요. 2배일 때는 네 수를 4로 나눈 1, 3, 3, 1입니다.",
         "From the place subtract the middle, (2 × factor − 1) / 2, and fall from 1 in a straight line with the distance. For 2: 1, 3, 3, 1 over 4.")
right = L("맞았습니다. 칸을 factor개 건너 하나씩 더하면 늘 1입니다. 그래서 바둑판무늬가 없습니다.",
          "Right. Every factor-th number adds up to 1, wherever you start: hence no checkerboard.")


def check(bilinear_line):
    import numpy as np

    def line(factor, middle):
        return 1 - np.abs(np.arange(2 * factor) - middle) / factor

    found = {factor: np.asarray(bilinear_line(factor), dtype=float) for factor in (2, 4)}
    if any(found[factor].shape != (2 * factor,) for factor in found):
        return L(f"길이가 2 × factor여야 하는데 factor=2에서 모양이 {found[2].shape}입니다.", f"It should have 2 × factor numbers; for factor=2 its shape is {found[2].shape}.")
    if all(np.allclose(found[factor], line(factor, factor - 0.5)) for factor in found):
        return None
    if all(np.allclose(found[factor], line(factor, factor)) for factor in found):
        return L("가운데가 반 칸 밀렸습니다. 칸이 짝수 개이면 가운데는 두 칸 사이입니다.", "The middle is half a place off: with an even number of places it lies between two.")
    if all(np.isclose(found[factor].sum(), 1) for factor in found):
        return L("합을 1로 맞추었습니다. 출력 칸 하나는 factor개 건너 하나씩만 만나므로 줄 전체의 합은 factor여야 합니다.",
                 "You made the sum 1. A pixel of the result meets every factor-th number only, so the whole line adds up to factor.")
    return L(f"factor=2이면 {line(2, 1.5).tolist()}이어야 합니다.", f"For factor=2 it should be {line(2, 1.5).tolist()}.")


# %% tags=["solution"] exercise="q2"
def bilinear_line(factor):
    return 1 - np.abs(np.arange(2 * factor) - (2 * factor - 1) / 2) / factor

# %% tags=["wrong"] exercise="q2" says=["반 칸", "half a place"]
def bilinear_line(factor):
    return 1 - np.abs(np.arange(2 * factor) - factor) / factor

# %% tags=["wrong"] exercise="q2" says=["합을 1로", "made the sum 1"]
def bilinear_line(factor):
    line = 1 - np.abs(np.arange(2 * factor) - (2 * factor - 1) / 2) / factor
    return line / line.sum()

# %% tags=["wrong"] exercise="q2" says=["길이가", "It should have"]
def bilinear_line(factor):
    return 1 - np.abs(np.arange(2 * factor - 1) - (factor - 1)) / factor

# %% [markdown] lang="ko"
# **q3.** 논문의 DeconvNet에서 fc6과 fc6-deconv의 커널을 7×7에서 3×3으로 바꾸면 두 층의 가중치가 모두 몇 개 줄어들까요? 채널은 512개와 4,096개입니다. 편향은 세지 않습니다.

# %% [markdown] lang="en"
# **q3.** If fc6 and fc6-deconv of the paper's DeconvNet had kernels of 3×3 and not 7×7, how many weights fewer would the two have? There are 512 and
# 4,096 channels; leave out biases.

# %% tags=["exercise"] exercise="q3"
fewer = ...
q3.check(fewer)

# %% tags=["question"] exercise="q3"
hint = L("커널 한 칸마다 512 × 4,096개의 가중치가 있고, 그런 층이 둘입니다.", "Each place of a kernel has 512 × 4,096 weights, and there are two such layers.")
right = L("맞았습니다. 1억 6,777만 개, 전체의 3분의 2입니다. 그 대신 96×96 사진부터 받습니다.", "Right: 167.8 million, two thirds of all. And pictures from 96×96 up will do.")


def check(fewer):
    pair = 512 * 4096
    if fewer == 2 * (49 - 9) * pair:
        return None
    for other, complaint in [
        ((49 - 9) * pair, L("층이 둘입니다.", "There are two layers.")),
        (2 * (7 - 3) ** 2 * pair, L("(7 − 3)²이 아니라 7² − 3²입니다.", "Not (7 − 3)² but 7² − 3².")),
        (2 * 9 * pair, L("그것은 3×3으로 바꾼 뒤에 남는 수입니다.", "That is what is left with 3×3.")),
    ]:
        if fewer == other:
            return complaint
    return L(f"{fewer}개가 아닙니다.", f"Not {fewer}.")


# %% tags=["solution"] exercise="q3"
fewer = 2 * (7 * 7 - 3 * 3) * 512 * 4096

# %% tags=["wrong"] exercise="q3" says=["층이 둘", "two layers"]
fewer = (7 * 7 - 3 * 3) * 512 * 4096

# %% tags=["wrong"] exercise="q3" says=["7² − 3²", "7² − 3²"]
fewer = 2 * (7 - 3) ** 2 * 512 * 4096

# %% tags=["wrong"] exercise="q3" says=["남는 수", "what is left"]
fewer = 2 * 3 * 3 * 512 * 4096

# %% [markdown] lang="ko"
# **q4.** 언풀링을 손으로 쓰세요. `values`와 `where`는 [h, w] 배열이고, `where`는 줄을 이어 붙인 지도에서의 번호입니다. 결과는 [height, width] 배열입니다.

# %% [markdown] lang="en"
# **q4.** Write unpooling by hand. `values` and `where` are arrays [h, w]; `where` counts through the rows of the map before the
# pooling. The result is an array [height, width].

# %% tags=["exercise"] exercise="q4"
def unpool(values, where, height, width):
    return ...


q4.check(unpool)

# %% tags=["question"] exercise="q4"
hint = L("0으로 채운 길이 height × width의 배열을 만들고, where 번째 칸에 values를 적은 다음 모양을 바꾸세요.",
         "Make an array of height × width zeros, write values to the places in where, then give it its shape.")
right = L("맞았습니다. 너비를 몰라도 적을 수는 있지만, 모양을 바꿀 때 너비가 틀리면 그림이 기울어집니다.",
          "Right. To write, the width is not needed; but with a wrong one, the reshape shears the picture.")


def check(unpool):
    import numpy as np

    values, where = np.array([[9.0, 3.0], [7.0, 6.0]]), np.array([[1, 3], [12, 17]])
    truth = np.zeros(30)
    truth[where.ravel()] = values.ravel()
    found, truth = np.asarray(unpool(values, where, 5, 6), dtype=float), truth.reshape(5, 6)
    if found.shape == (30,):
        return L("한 줄로 이어진 배열입니다. [height, width]로 모양을 바꾸세요.", "That is one long row; give it the shape [height, width].")
    if found.shape == (6, 5):
        return L("높이와 너비가 바뀌었습니다.", "Height and width are swapped.")
    if found.shape != truth.shape:
        return L(f"모양이 [5, 6]이어야 하는데 {[*found.shape]}입니다.", f"The shape should be [5, 6] and is {[*found.shape]}.")
    if np.array_equal(found, truth):
        return None
    swapped = np.zeros((5, 6))
    for value, place in zip(values.ravel(), where.ravel(), strict=True):
        swapped[place % 5, place // 5] = value
    if np.array_equal(found, swapped):
        return L("번호는 위에서 아래가 아니라 왼쪽에서 오른쪽으로 셉니다. 너비로 나누세요.", "Places count from left to right, not from top to bottom: divide by the width.")
    if (found != 0).sum() > 4:
        return L("값은 네 개뿐이고 나머지는 0이어야 합니다.", "There are four values only; the rest must be 0.")
    return L("값이 제자리에 있지 않습니다.", "The values are not at their places.")


# %% tags=["solution"] exercise="q4"
def unpool(values, where, height, width):
    flat = np.zeros(height * width)
    flat[where.ravel()] = values.ravel()
    return flat.reshape(height, width)

# %% tags=["wrong"] exercise="q4" says=["위에서 아래가 아니라", "not from top"]
def unpool(values, where, height, width):
    found = np.zeros((height, width))
    found[where % height, where // height] = values
    return found

# %% tags=["wrong"] exercise="q4" says=["한 줄로", "one long row"]
def unpool(values, where, height, width):
    flat = np.zeros(height * width)
    flat[where.ravel()] = values.ravel()
    return flat

# %% tags=["wrong"] exercise="q4" says=["네 개뿐", "four values only"]
def unpool(values, where, height, width):
    return np.resize(values.repeat(3, axis=0).repeat(3, axis=1), (height, width))

# %% [markdown] lang="ko"
# **q5.** 네 칸에 똑같이 베끼는 2배 확대(최근접 보간)도 역합성곱입니다. 스트라이드 2, 패딩 0일 때 그렇게 되는 커널을 [2, 2] 배열로 적으세요.

# %% [markdown] lang="en"
# **q5.** Copying each value to four squares (nearest up-sampling by 2) is a transposed convolution too. Write the kernel that
# does it at stride 2 and padding 0, as an array [2, 2].

# %% tags=["exercise"] exercise="q5"
copying = ...
q5.check(copying)

# %% tags=["question"] exercise="q5"
hint = L("스트라이드와 커널이 같으니 겹침이 없습니다. 값 하나가 커널을 통째로 곱해 네 칸에 찍힙니다.",
         "Stride and kernel are alike, so nothing overlaps: each value is stamped on four squares, times the kernel.")
right = L("맞았습니다. 같은 커널로 하는 스트라이드 2 합성곱은 네 칸의 합, 곧 평균 풀링의 네 배입니다.",
          "Right. The convolution of stride 2 with this kernel adds four squares up: four times an average pooling.")


def check(copying):
    import numpy as np

    kernel = np.asarray(copying, dtype=float)
    if kernel.shape != (2, 2):
        return L(f"모양이 [2, 2]여야 하는데 {[*kernel.shape]}입니다.", f"The shape should be [2, 2] and is {[*kernel.shape]}.")
    if np.allclose(kernel, 1):
        return None
    if np.allclose(kernel, 0.25):
        return L("값을 네 칸에 나누어 주었습니다. 베낄 때는 칸마다 값이 그대로입니다.", "You shared the value among the four; a copy keeps it in each.")
    if (kernel != 0).sum() == 1:
        return L("한 칸에만 놓고 나머지를 0으로 두었습니다. 그것은 언풀링에 가깝습니다.", "You put it in one square and zeros elsewhere: that is more like unpooling.")
    return L("1을 넣으면 네 칸이 모두 1이어야 합니다.", "If 1 goes in, all four squares should be 1.")


# %% tags=["solution"] exercise="q5"
copying = np.ones((2, 2))

# %% tags=["wrong"] exercise="q5" says=["나누어 주었습니다", "shared the value"]
copying = np.full((2, 2), 0.25)

# %% tags=["wrong"] exercise="q5" says=["언풀링에 가깝습니다", "more like unpooling"]
copying = np.array([[1, 0], [0, 0]])

# %% tags=["wrong"] exercise="q5" says=["모양이", "shape"]
copying = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 역합성곱은 0을 끼우고 뒤집은 커널로 합성곱하는 것이며, 합성곱 행렬의 전치를 곱하는 것입니다. 되돌아오는 것은 크기뿐입니다.
# 2. 바둑판무늬는 칸의 종류마다 만나는 가중치의 합이 다를 때 생깁니다. 겹침이 고르다고 안심할 수 없습니다.
# 3. 쌍선형으로 시작하면 배우기 전부터 보간과 같고, 테두리 f/2픽셀만 다릅니다. 거기서부터 더 배웁니다.
# 4. 스위치는 자리만 건네주는 가벼운 스킵입니다. 틀린 스위치는 없느니만 못합니다.
# 5. DeconvNet의 매개변수 88%는 가운데 세 층에 있습니다. 작은 신경망은 그것 없이 더 나았습니다.
#
# **더 읽을거리** H. Noh, S. Hong, B. Han, “Learning Deconvolution Network for Semantic Segmentation” (ICCV 2015), 3.2절과 그림 2, 4 · J. Long 외, “Fully Convolutional
# Networks for Semantic Segmentation” (CVPR 2015), 3.3절 · V. Dumoulin, F. Visin, “A guide to convolution arithmetic for deep learning” (2016), 4장 · A. Odena 외,
# “Deconvolution and Checkerboard Artifacts” (Distill 2016) · V. Badrinarayanan 외, “SegNet” (TPAMI 2017), 3절
#
# **다음** [6.3.3 U-Net](6_3_3_unet.ipynb): 자리만이 아니라 특성 맵을 통째로 건네줍니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. A transposed convolution inserts zeros and convolves with the flipped kernel; it multiplies by the transpose of the convolution's matrix. Only the size returns.
# 2. A checkerboard appears where kinds of pixels meet weights of different sums. Even overlap is no guarantee.
# 3. With a bilinear start the layer is an interpolation before it learns, but for a rim of f/2 pixels; and it learns from there.
# 4. Switches are a light skip that hands across places alone. False switches are worse than none.
# 5. 88% of DeconvNet's parameters are in three layers in the middle. Our small network did better without them.
#
# **Further reading** H. Noh, S. Hong, B. Han, “Learning Deconvolution Network for Semantic Segmentation” (ICCV 2015), section 3.2 and figures 2
# and 4 · J. Long et al., “Fully Convolutional Networks for Semantic Segmentation” (CVPR 2015), section 3.3 · V. Dumoulin, F. Visin, “A guide to
# convolution arithmetic for deep learning” (2016), chapter 4 · A. Odena et al., “Deconvolution and Checkerboard Artifacts” (Distill 2016) ·
# V. Badrinarayanan et al., “SegNet” (TPAMI 2017), section 3
#
# **Next** [6.3.3 U-Net](6_3_3_unet.ipynb) hands across not places alone but whole feature maps.
