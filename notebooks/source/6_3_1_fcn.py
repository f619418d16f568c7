# Lesson 6_3_1, claims S02 to S06: one size only, layers reshaped, sliding against one pass, position, strides, crops, skips.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="분류 신경망의 완전 연결층을 합성곱으로 바꾸어 아무 크기의 사진이나 읽게 합니다. 자리가 어디서 사라지는지 재고, FCN-32s, 16s, 8s를 견줍니다."
# # 6.3.1 FCN: 분류 신경망을 사진 위로 미끄러뜨리기
#
# ![물체 네 개가 있는 큰 그림과, 칸마다 무엇이 보이는지 적은 지도. 한 번 통과시켜 얻은 지도와 조각마다 물어 얻은 지도가 똑같습니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [6.3.0 분할](6_3_0_segmentation.ipynb): 마스크, IoU, 윤곽 F1.
#
# **마치고 나면** ① 완전 연결층을 합성곱으로 바꾸고, 둘이 같은 숫자를 낸다는 것을 보일 수 있습니다.
# ② 어느 층에서 해상도가 줄고 어느 층에서 자리가 흐려지는지 잴 수 있습니다.
# ③ FCN의 스킵과 자르기 숫자(19, 27, 31)를 손으로 계산할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="A classifier's fully connected layers become convolutions and read pictures of any size. Where position fades is measured, and FCN-32s, 16s, 8s compared."
# # 6.3.1 FCN: a classifier slid over the picture
#
# ![A large picture with four objects, and maps of what each window holds: the map of one pass is the map of asking window by window.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [6.3.0 Segmentation](6_3_0_segmentation.ipynb): masks, IoU, boundary F1.
#
# **Afterwards** ① you can turn fully connected layers into convolutions and show that both give the same numbers; ② you can
# measure at which layers resolution is lost and where position fades; ③ you can work out FCN's skips and its crop offsets
# (19, 27, 31) by hand.

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
import torchvision
from matplotlib.colors import ListedColormap
from torch import nn

from helpers import datasets, exercises
from helpers.batches import standardise
from helpers.metrics import ConfusionMatrix
from helpers.plots import band, bars
from helpers.segmentation import FCN, BoundaryF1, costs, plots, receptive_field, stride_table
from helpers.segmentation.classifiers import classifier, convolutionalize
from helpers.segmentation.lone_objects import KINDS, crop_around, linear_read_out, lone_objects
from helpers.segmentation.sliding import sliding_window
from helpers.segmentation.small_vgg import SmallClassifier, SmallFCN
from helpers.training import predict
from helpers.trials import train_seeds

full = session.profile == "full"
SEEDS, WINDOW = range(5 if full else 3), 48  # ko: 작은 분류 신경망이 받는 크기 | en: what our small classifier takes

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 분류 신경망은 왜 한 가지 크기만 받을까?
#
# AlexNet의 합성곱은 사진이 크면 큰 특성 맵을 내놓을 뿐입니다. 그런데 그 뒤의 완전 연결층(fully connected layer)은 맵을 한 줄로 펴서
# 9,216개의 숫자를 기다립니다. torchvision의 AlexNet은 그 앞에서 적응 풀링(adaptive pooling)으로 어떤 맵이든 6×6으로 줄입니다.
# 값을 치르지 않고 될까요? 물체 하나가 놓인 48×48 그림으로 작은 분류 신경망을 학습하고, **물체는 그대로 둔 채 둘레만 넓혀** 보겠습니다.
#
# **먼저 맞혀 보세요.** 그림의 한 변이 두 배가 되면 적응 풀링을 쓰는 신경망의 정확도는 어떻게 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why does a classifier take one size only?
#
# AlexNet's convolutions give a larger map for a larger picture, no more. But the fully connected layer behind them
# flattens the map and waits for 9,216 numbers. torchvision's AlexNet first brings any map to 6×6, by adaptive pooling. Is
# that free? We train a small classifier on pictures of 48×48 that hold one object, and then **leave the object as it is and
# widen the ground around it**.
#
# **Guess first.** When the picture's side doubles, what happens to the accuracy of the network with adaptive pooling?

# %% claim=["S02"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
with torch.device("meta"):  # ko: 숫자 없이 모양만 | en: shapes without numbers
    today = torchvision.models.alexnet()
    classic = nn.Sequential(today.features, nn.Flatten(), today.classifier)  # ko: 2012년처럼 | en: as in 2012


def taken(network, size):
    """The shape of the answer, or how many numbers the first fully connected layer was given."""
    picture = torch.empty(1, 3, size, size, device="meta")
    try:
        return [*network(picture).shape]
    except RuntimeError:
        return L("오류", "error") + f" {today.features(picture).numel():,} ≠ {today.classifier[1].in_features:,}"


answers = {size: (taken(classic, size), taken(today, size)) for size in (224, 256, 500)}
for size, (old, new) in answers.items():
    print(f"{size}² · {old} · torchvision {new}")
fails = [isinstance(old, str) for old, _ in answers.values()]
assert fails == [False, True, True] and all(new == [1, 1000] for _, new in answers.values())

# %% claim=["S02"] slideshow={"slide_type": "slide"}
images, kinds, _ = lone_objects(1600, WINDOW, seed=1)
make = partial(SmallClassifier, len(KINDS), WINDOW, channels=(8, 16, 32))
recipe = {"epochs": 6, "batch_size": 32, "lr": 0.003, "optimizer": "adamw", "progress": False}
models = [model.cpu() for model in train_seeds(make, (images, kinds.long()), seeds=SEEDS, **recipe)]

sizes = np.array([48, 56, 64, 80, 96, 144])
tests = {size: lone_objects(240, int(size), seed=2) for size in sizes}
by_pooling, by_crop = np.zeros((2, len(models), len(sizes)))
for n, (images, kinds, places) in enumerate(tests.values()):
    images, crops = standardise(images), standardise(crop_around(images, places, WINDOW))
    for seed, model in enumerate(models):
        with torch.inference_mode():
            squeezed = F.adaptive_avg_pool2d(model.features(images), model.side)  # ko: torchvision처럼 | en: like torchvision
            answer = model.classifier(squeezed.flatten(1)).argmax(1)
            by_pooling[seed, n] = (answer == kinds).float().mean()
            by_crop[seed, n] = (model(crops).argmax(1) == kinds).float().mean()

fig, ax = plt.subplots(figsize=(9, 4))
band(ax, sizes, by_crop, L("물체 둘레만 잘라서", "window cut out around it"), course.PALETTE[0], at=3, offset=(0, -22))
band(ax, sizes, by_pooling, L("적응 풀링", "adaptive pooling"), course.PALETTE[3], at=2)
ax.axhline(1 / len(KINDS), color="#9A9A9A", linestyle="--", linewidth=1)
ax.set(xlabel=L("그림의 한 변 (픽셀)", "side of the picture (pixels)"), ylim=(0, 1.05), xticks=sizes)
ax.set_ylabel(L("정확도", "accuracy"))
plt.show()
assert by_pooling[:, 0].min() > 0.9 and by_crop.min() > 0.85 and by_pooling[:, 4].max() < 0.6

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 그림의 크기에 따른 정확도. 물체 둘레를 48픽셀로 잘라 준 선은 1 가까이 머물고, 그림 전체를 적응 풀링한 선은 배운 크기인 48픽셀에서만 1에 가깝다가 96픽셀에서는 찍기(점선) 가까이로 떨어집니다. 띠는 시드 사이의 범위입니다.
#
# **오류는 사라지지만 정확도도 사라집니다.** 물체는 그대로인데 맵을 억지로 줄이니 물체의 흔적이 배경과 평균되어 흐려집니다. 물체 둘레만 잘라 주면 여전히 맞히므로,
# 신경망이 아니라 **줄이는 방법**이 문제입니다. 게다가 그림이 아무리 커도 답은 하나입니다. torchvision의 적응 풀링은 배운 크기에서는 아무 일도 하지 않고, 다른 크기에서는 조용히 값을 치릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Accuracy against the size of the picture. With the 48 pixels around the object cut out it stays close to 1; with the whole picture
# through adaptive pooling it is close to 1 only at the 48 pixels that were learnt, and at 96 it falls near guessing (dashed). Bands: range over seeds.
#
# **The error is gone, and so is the accuracy.** The object is what it was, but the map is squeezed and the object's traces are averaged
# with the ground. Cut out, it is still recognised: what fails is not the network but the **squeezing**. And however large the
# picture, there is one answer. torchvision's adaptive pooling does nothing at the size that was learnt and costs in silence at others.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 완전 연결층을 합성곱으로 바꿀 수 있을까?
#
# 4×4 맵을 편 512개의 숫자에 가중치를 곱해 더하는 것은, 4×4 합성곱을 **딱 한 자리에** 놓는 것과 같은 셈입니다. 그러니 가중치의 모양만 바꾸면 됩니다. 더 큰
# 맵에서는 그 합성곱이 여러 자리에 놓이고, 답은 지도가 됩니다. 논문은 이것을 완전 합성곱 신경망(fully convolutional network, FCN)이라고 불렀습니다.
#
# **먼저 맞혀 보세요.** 이렇게 얻은 점수 지도는 48×48 창을 8픽셀씩 옮기며 물어본 것과 같을까요, 비슷할까요? 합성곱에 패딩이 있어도 그럴까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can a fully connected layer become a convolution?
#
# To flatten a 4×4 map into 512 numbers, multiply by weights and add is what a 4×4 convolution does in the **one place** where it fits. So the
# weights only need another shape. On a larger map that convolution fits in many places, and the answer becomes a map. The
# paper calls this a fully convolutional network, FCN.
#
# **Guess first.** Is such a map of scores equal to, or only like, what you get by asking a 48×48 window moved by 8 pixels at a time? And if
# the convolutions pad?

# %% claim=["S04"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def as_convolutions(model):
    """Give the fully connected layers the shape of convolutions; not one weight changes."""
    layers, side = [*model.features], model.side
    for layer in model.classifier:
        if isinstance(layer, nn.Linear):
            conv = nn.Conv2d(layer.in_features // side**2, layer.out_features, side)
            conv.weight = nn.Parameter(layer.weight.detach().view(layer.out_features, -1, side, side))
            conv.bias, layer, side = layer.bias, conv, 1  # ko: 다음부터는 1×1 | en: 1x1 from here on
        layers.append(layer)
    return nn.Sequential(*layers).eval()


def slid(model, image):
    return sliding_window(model, image, WINDOW, stride=8, padding=None)


dense = [as_convolutions(model) for model in models]
with torch.inference_mode():
    for size in (48, 56, 112, 192):
        image = standardise(lone_objects(1, size, seed=3)[0])
        heat = dense[0](image)
        torch.testing.assert_close(heat[0], slid(models[0], image[0]), rtol=1e-4, atol=1e-4)
        print(f"{size}² → {[*heat.shape]} =", L("창", "windows:"), heat[0, 0].numel())

# %% claim=["S04"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
picture = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
for name in ("alexnet", "vgg16", "googlenet"):
    torch.manual_seed(0)  # ko: 무작위 가중치면 충분합니다 | en: random weights will do
    whole = classifier(name).eval()
    one_pass = convolutionalize(whole).eval()
    with torch.inference_mode():
        scores, heat = whole(picture), one_pass(picture)
    torch.testing.assert_close(heat.flatten(1), scores, rtol=1e-4, atol=1e-5 * scores.abs().max().item())
    empty = torch.empty(1, 3, 512, 512, device="meta")
    cells = one_pass.to("meta")(empty).shape[2:].numel()
    saved = cells * costs.multiply_adds(whole, 224) / costs.multiply_adds(one_pass, 512)
    fc = [list(layer.weight.shape) for layer in one_pass if isinstance(layer, nn.Conv2d)][-3:]
    print(f"{name}: {fc[-1] if name == 'googlenet' else fc} · 512² → {cells} · {saved:.1f}×")
    assert saved > 5

# %% claim=["S04"] slideshow={"slide_type": "fragment"}
quarters = tests[96][0][(tests[96][1] > 0).nonzero()[:4, 0]]
large = torchvision.utils.make_grid(quarters, nrow=2, padding=0)  # ko: 물체 넷 | en: four objects
with torch.inference_mode():
    one_pass, windows = dense[0](standardise(large)[None])[0], slid(models[0], standardise(large))
    changes = []  # ko: 안에서 패딩하는 신경망 | en: networks that pad inside
    for seed in SEEDS:
        torch.manual_seed(seed)
        padded = SmallClassifier(len(KINDS), WINDOW, padding=1).eval()
        asked = slid(padded, standardise(large))
        heat = as_convolutions(padded)(standardise(large)[None])[0]
        changes.append((heat - asked).abs() / asked.std((1, 2), keepdim=True))

assert (one_pass - windows).abs().max() < 1e-3 and min(one.mean() for one in changes) > 0.1

# %% tags=["cover"] claim=["S04"] slideshow={"slide_type": "slide"}
names = L(["없음", "원판", "고리", "십자"], ["nothing", "disc", "ring", "cross"])
colours = ["#F0F0F0", *course.PALETTE[:3]]
fig, axes = plt.subplots(1, 4, figsize=(12.8, 3.7))
plots.picture(axes[0], large)
for ax, scores in zip(axes[1:3], (one_pass, windows), strict=True):
    ax.imshow(scores.argmax(0), cmap=ListedColormap(colours), vmin=-0.5, vmax=3.5)
glow = axes[3].imshow(changes[0].mean(0), cmap="magma")
fig.colorbar(glow, ax=axes[3], label=L("차이 (점수의 표준편차)", "difference (sd of scores)"))
titles = L(["그림 192×192", "한 번에", "창마다", "패딩이 있으면"], ["picture, 192×192", "one pass", "window by window", "with padding"])
for ax, title in zip(axes, titles, strict=True):
    ax.set_title(title)
    ax.set_axis_off()
for n, color in enumerate(["#808080", *colours[1:]]):
    axes[1].text(5.5 * n + 1, 21, names[n], color=color, weight="bold", ha="center")
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 물체 네 개가 있는 그림, 한 번에 얻은 이름의 지도, 창마다 물어 얻은 지도, 그리고 패딩이 있는 신경망에서 두 방법의 차이. 가운데 두 지도는 칸 하나까지 똑같고, 색으로 칠한 덩어리가 물체마다 하나씩 있습니다(물체가 창에 일부만 들어오는 덩어리 가장자리에서는 이름이 흔들립니다). 오른쪽은 모든 칸이 0보다 큽니다.
#
# **패딩이 없으면 똑같습니다.** 숫자는 소수점 아래 넷째 자리까지 같고, 일은 7분의 1에서 19분의 1로 줄어듭니다(512×512에서 창 100개). 논문은 다섯 배 넘게 빨랐다고 적었습니다.
# **안에서 패딩하면 비슷할 뿐입니다.** 창마다 물으면 창의 둘레가 0이지만, 한 번에 통과시키면 그 자리에 진짜 픽셀이 있기 때문입니다. AlexNet, VGG16, GoogLeNet은 모두 안에서 패딩하므로 배운
# 크기 하나에서만 정확히 같습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A picture with four objects, the map of names from one pass, the map from asking window by window, and by how much the two
# differ for a network that pads. The two in the middle are alike to the cell, with one coloured blob an object (at a blob's edge, where a window holds only part of it, the name wavers); on the right no cell is 0.
#
# **Without padding they are equal**, to four decimals, for a seventh to a nineteenth of the work (100 windows in 512×512); the paper
# reports more than five times the speed. **With padding inside they are only alike**: asked by itself, a window has zeros around it; in one
# pass there are real pixels. AlexNet, VGG16 and GoogLeNet all pad inside, so that they agree exactly at the one size they were taught.

# %% tags=["interactive", "nbval-skip"]
def show_window(size=(48, 144, 8), row=(0, 1, 0.05), column=(0, 1, 0.05)):  # ko: 움직여 보세요 | en: move them
    shown = lone_objects(4, size, seed=4)[0][:1]
    heat = dense[0](standardise(shown))[0].detach()
    most = heat.shape[1] - 1
    cell = round(row * most), round(column * most)
    top, left, bottom, right = receptive_field(dense[0], size=size, unit=cell).box
    fig, axes = plt.subplots(1, 2, figsize=(8, 3.8))
    plots.picture(axes[0], shown[0])
    style = {"fill": False, "color": "white", "linewidth": 3}
    axes[0].add_patch(plt.Rectangle((left, top), right - left, bottom - top, **style))
    axes[1].imshow(heat[1:].amax(0) - heat[0])
    axes[1].plot(cell[1], cell[0], "s", color="white", markersize=9)
    axes[1].set_title(f"{most + 1}×{most + 1} · {names[int(heat[:, cell[0], cell[1]].argmax())]}")
    plt.show()


_ = ipywidgets.interact(show_window)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 완전 연결층을 지나면 자리는 사라질까?
#
# 원문은 완전 연결층을 거치면 위치 정보가 사라진다고 합니다. 재어 봅시다. 마지막 맵, fc6, fc7, 점수(logits)에서 숫자를 꺼내, 물체의 자리를 **선형 회귀**로 읽어 냅니다.
# 자리는 아무도 묻지 않았으니 신경망이 지킬 까닭이 없습니다. 대조군은 배우지 않은 신경망입니다. 배우기 전에도 사라진다면 층의 탓이고, 배운 뒤에만 사라진다면 배움의 탓입니다.
#
# **먼저 맞혀 보세요.** 자리를 읽을 수 없게 되는 것은 fc6, fc7, 점수 가운데 어디서부터일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is the place gone after a fully connected layer?
#
# The notes say that a fully connected layer loses the position. Let us measure: from the last map, fc6, fc7 and the scores (logits) we read
# the object's place by **linear regression**. Nobody asked for the place, so the network has no reason to keep it. The control
# is a network that learnt nothing: what is lost there is the layer's doing, what is lost only after training is learning's.
#
# **Guess first.** From where on can the place no longer be read: fc6, fc7 or the scores?

# %% claim=["S03"] slideshow={"slide_type": "fragment"}
def depths(model, images):
    """The numbers at four depths: last map, fc6, fc7, scores."""
    with torch.inference_mode():
        found = [model.features(standardise(images)).flatten(1)]
        for layers in (model.classifier[:2], model.classifier[2:4], model.classifier[4:]):
            found.append(layers(found[-1]))
    return found


known, kinds, places = lone_objects(1200, WINDOW, seed=7)
asked, others, truth = lone_objects(480, WINDOW, seed=8)
there, seen = kinds > 0, others > 0
untaught = []
for seed in SEEDS:
    torch.manual_seed(seed)
    untaught.append(make().eval())
readable = {"trained": [], "random": []}
for name, model in [*(("trained", one) for one in models), *(("random", one) for one in untaught)]:
    pairs = zip(depths(model, known[there]), depths(model, asked[seen]), strict=True)
    readable[name].append([linear_read_out(a, places[there], b, truth[seen]) for a, b in pairs])

# %% claim=["S03"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(9, 4))
band(ax, np.arange(4), readable["trained"], L("배운 신경망", "trained"), course.PALETTE[0], at=1)
band(ax, np.arange(4), readable["random"], L("무작위 가중치", "random weights"), course.PALETTE[1], at=1, offset=(-30, -28))
ax.set_xticks(range(4), [L("마지막 맵", "last map"), "fc6", "fc7", L("점수", "scores")])
ax.set(ylim=(0, 1.08), xlim=(-0.2, 3.3), ylabel=L("읽어 낸 자리 (R²)", "place read out (R²)"))
plt.show()

after, before = np.mean(readable["trained"], 0), np.mean(readable["random"], 0)
assert (np.diff(after) < 0).all() and after[1] > 0.7 and after[1] > before[1]  # ko: fc6에는 남아 있음 | en: kept in fc6
assert after[3] < before[3] - 0.05 and after[3] < 0.35  # ko: 점수에서 흐려짐 | en: it fades in the scores

with torch.inference_mode():  # ko: 지도에서는 회귀 없이 보입니다 | en: in the map it is in plain sight
    images, kinds, places = tests[96]
    heat = dense[0](standardise(images))
best = (heat[:, 1:].amax(1) - heat[:, 0]).flatten(1).argmax(1)
centre = torch.stack([best % heat.shape[3], best // heat.shape[3]], 1) * 8 + WINDOW / 2
inside = ((centre - places).abs() < WINDOW / 2).all(1)[kinds > 0].float().mean()
print(L("가장 높은 칸의 창 안에 물체가 있는 몫", "the best cell's window holds the object:"), f"{inside:.2f}")
assert inside > 0.95

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 네 곳에서 읽어 낸 자리의 R²(1이면 완벽, 0이면 찍기). 배운 신경망은 마지막 맵, fc6, fc7까지 0.8을 넘다가 점수에서 0.2 아래로 뚝 떨어집니다. 무작위 신경망은 더 완만하게 내려가 점수에서도 배운 것보다 높습니다.
#
# **점수에서야 사라집니다.** fc6과 fc7에는 자리가 거의 그대로 남아 있고, 물체에 반응하도록 배운 덕분에 무작위일 때보다 오히려 또렷합니다. 점수에서는 배운 쪽이 무작위보다 낮습니다. 숫자가 넷뿐인 것은 둘이 같으니, 자리를 버리는 것은 **배움**입니다.
# 그리고 합성곱으로 바꾼 지도에서는 가장 높은 칸이 곧 자리입니다. 읽는 법을 따로 배우지 않아도 됩니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 완전 연결층을 거치면 위치 정보가 사라진다.
# >
# > **무엇이 느슨한가** 사라지는 것은 **지도**, 곧 옆 칸이 옆자리라는 약속입니다. 자리에 대한 정보는 fc6과 fc7에 섞인 채 남아 있고, 분류에 쓸모없어서 점수에 이르러 버려집니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 두 셀입니다. 같은 층을 배우기 전과 뒤에 재어 보았습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** R² of the place read out at four depths (1 perfect, 0 guessing). Trained networks stay above 0.8 in the last map, fc6 and
# fc7 and drop below 0.2 at the scores. Random ones fall more gently, and at the scores they are above the trained ones.
#
# **Only at the scores.** In fc6 and fc7 almost all of the place is left, clearer even than with random weights, since the network has learnt to
# respond to the object. At the scores the trained ones are below the random ones. Both have just four numbers there, so it is **learning** that drops the
# place. And in the map of convolutions the best cell is the place: nobody has to learn how to read it.
#
# > ### Setting the notes right
# >
# > **The notes** say that position is gone after a fully connected layer.
# >
# > **What is loose** What is gone is the **map**: the promise that the next number is the next place. What is known of the place stays, mixed
# > up, in fc6 and fc7; it is dropped on the way to the scores, since classification has no use for it.
# >
# > **The cells that work today** are the two above: the same layers, measured before and after training.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 해상도는 어느 층에서 줄어들까?
#
# 점수 지도의 칸 하나는 원래 사진의 몇 픽셀마다 하나일까요? 옆 칸까지의 거리를 보폭(stride)이라고 하고, 층을 지날 때마다 곱해집니다.
# 원문은 풀링과 스트라이드를 거칠 때마다 해상도가 준다고 합니다. 신경망 다섯을 층마다 따라가 보겠습니다. 그리고 칸이 커지면 무엇을 잃는지, **정답 마스크 자체를**
# 칸마다 평균했다가 쌍선형 보간으로 되돌려 보겠습니다. 칸마다 무엇이 얼마나 있는지 완벽하게 아는 신경망의 성적인 셈입니다.
#
# **먼저 맞혀 보세요.** GoogLeNet의 최대 풀링 열셋 가운데 해상도를 줄이는 것은 몇 개일까요? 보폭 8의 지도는 두께 1~2픽셀인 기둥을 얼마나 되살릴까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## At which layers is resolution lost?
#
# How many pixels of the picture lie between two neighbouring cells of the map of scores? That distance is the total stride; layers multiply it.
# The notes say that every pooling and every stride lowers the resolution. We follow five networks layer by layer. And to see what large cells lose, we
# take **the true mask itself**, average it in every cell and bring it back by bilinear interpolation: the score of
# a network that knows perfectly how much of what is in every cell.
#
# **Guess first.** Of GoogLeNet's thirteen max poolings, how many lower the resolution? And how much of poles 1 to 2 pixels wide can a map of stride 8 bring back?

# %% claim=["S05"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
tables = {}
for name in ("alexnet", "vgg16", "googlenet", "resnet50", "mobilenet_v2"):
    with torch.device("meta"):
        more = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        network = getattr(torchvision.models, name)(**more)
    table = stride_table(network, 224)
    table = tables[name] = table[~table.kind.str.contains("linear|adaptive|global")]
    lower = table[table.total_stride.diff().fillna(table.total_stride.iloc[0] - 1) > 0]
    assert set(lower.total_stride) == {2, 4, 8, 16, 32} - ({2} if name == "alexnet" else set())
    assert (lower.stride.map(np.max) > 1).all()  # ko: 스트라이드가 1인 층은 줄이지 않음 | en: stride 1 never does
    pools = table[table.kind.str.contains("pool")]
    few = sum(pools.stride.map(np.max) > 1)
    steps = " → ".join(f"{s} ({h})" for s, h in zip(lower.total_stride, lower.height, strict=True))
    print(f"{name}: {steps} ·", L("줄이는 풀링", "poolings that lower:"), f"{few} / {len(pools)}")

# %% claim=["S05"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def through_cells(masks, classes, stride):
    """The true mask, averaged in every cell and brought back: as good as a map of that stride can be."""
    shares = F.one_hot(masks.long(), classes).movedim(3, 1).float()
    coarse = F.avg_pool2d(shares, stride)
    return F.interpolate(coarse, size=masks.shape[1:], mode="bilinear").argmax(1)


strides, limits = [1, 2, 4, 8, 16, 32], {}
for thin, which in ((True, L("기둥 1~2 px", "poles, 1–2 px")), (False, L("기둥 7~9 px", "poles, 7–9 px"))):
    drawn = datasets.load("scenes", "val", n=60, size=64, only=("thin", "scale"), thin=thin)
    masks = datasets.as_tensors(drawn)[1]
    found = [ConfusionMatrix(3).update(through_cells(masks, 3, s), masks).iou() for s in strides]
    limits[which] = [iou[1].item() for iou in found]
    limits[L("기구", "balloons")] = [iou[2].item() for iou in found]
for which, values in limits.items():
    print(f"{which}:", *(f"{value:.2f}" for value in values))
poles, balloons, wide = limits.values()
assert poles[2] < 0.1 and min(wide[3], balloons[3]) > 0.6 and max(wide[5], balloons[5]) < 0.3

# %% claim=["S05"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 2, figsize=(12, 4.2))
for n, (name, table) in enumerate(tables.items()):
    color, share = course.PALETTE[(0, 1, 2, 3, 5)[n]], np.linspace(0, 1, len(table))
    axes[0].step(share, table.height, where="post", color=color)
    axes[0].text(0.72, 130 / 1.4**n, name, color=color, weight="bold")
axes[0].set(yscale="log", xlim=(0, 1.02), xticks=[0, 0.5, 1], xlabel=L("깊이 (층의 몫)", "depth (share of the layers)"))
axes[0].set_yticks([7, 14, 28, 56, 112, 224], [7, 14, 28, 56, 112, 224])
axes[0].set_ylabel(L("맵의 한 변 (칸)", "side of the map (cells)"))
axes[0].minorticks_off()
for (which, values), color, at in zip(limits.items(), (3, 2, 0), (2, 4, 3), strict=True):
    axes[1].plot(strides, values, "o-", color=course.PALETTE[color])
    put = {"textcoords": "offset points", "color": course.PALETTE[color], "weight": "bold"}
    axes[1].annotate(which, (strides[at], values[at]), (6, 8), **put)
axes[1].set_xscale("log", base=2)
axes[1].set_xticks(strides, strides)
axes[1].set(xlabel=L("보폭 (픽셀)", "stride (pixels)"), ylim=(-0.03, 1.05))
axes[1].set_ylabel(L("되살린 정답의 IoU", "IoU of the truth brought back"))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 깊이에 따른 맵의 한 변으로, 다섯 신경망이 계단을 내려가 모두 6~7칸에서 끝납니다. 오른쪽은 보폭에 따라 정답 마스크를 얼마나 되살릴 수 있는지로, 1~2픽셀 기둥은 보폭 4에서 이미 바닥이고 7~9픽셀 기둥과 기구는 보폭 16에서 절반 아래로 내려가 32에서는 얼마 남지 않습니다.
#
# **열셋 가운데 넷뿐입니다.** 인셉션 블록 안의 풀링 아홉 개는 스트라이드가 1입니다(맨 끝의 전역 평균 풀링은 지도를 아예 없애므로 세지 않았습니다). 어느 신경망이든 보폭은 32에 이릅니다. 224픽셀 사진에 7×7칸뿐입니다.
# 칸보다 가는 것은 칸마다 소수라서, 되돌릴 때 배경에 집니다. 1~2픽셀 기둥은 보폭 8에서 0입니다. 다만 이것은 **천장이 아니라 기준**입니다. 배운 신경망은 점수를 부풀려 이 선을 조금 넘기도 합니다.
#
# > ### 원문 바로잡기
# >
# > **원문** 풀링을 거칠 때마다 해상도가 낮아진다.
# >
# > **무엇이 느슨한가** 해상도를 낮추는 것은 **스트라이드**입니다. ResNet-50에서는 다섯 번 가운데 넷이 합성곱이고, GoogLeNet에는 해상도를 그대로 두는 풀링이 아홉 개 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Left, the side of the map against depth: five networks go down stairs, and all end at 6 or 7 cells. Right, how much of the true mask can be brought
# back: poles of 1 to 2 pixels are lost by stride 4, those of 7 to 9 pixels and balloons fall below one half at 16, and little is left at 32.
#
# **Four of thirteen.** The nine poolings inside the inception blocks have stride 1 (the global average at the end does away with the map and is not counted).
# Every one of these networks reaches stride 32. A picture of 224 pixels gets 7×7 cells. What is thinner than a cell is a minority
# in it and loses to the ground: at stride 8 poles of 1 to 2 pixels are at 0. But this is **a yardstick, no ceiling**: a trained network may exaggerate its scores and pass it a little.
#
# > ### Setting the notes right
# >
# > **The notes** say that every pooling lowers the resolution.
# >
# > **What is loose** It is the **stride** that does. In ResNet-50 four steps of five are convolutions, and GoogLeNet has nine poolings that leave the resolution as it is.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 논문의 표를 다시 계산하면?
#
# 논문의 표 1은 세 신경망을 FCN으로 바꾸고 합성곱층의 수, 매개변수, 수용 영역(receptive field), 보폭을 적었습니다. 칸 하나가 보는 픽셀의 폭이 수용 영역입니다.
# 모두 모델만 있으면 계산할 수 있는 숫자입니다. 빈 사진을 통과시켜 다시 계산합니다.
#
# **먼저 맞혀 보세요.** 논문의 값은 57M · 134M · 6M개와 355 · 404 · 907픽셀입니다. torchvision의 신경망으로 다시 계산하면 어느 칸이 다르게 나올까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if we compute the paper's table again?
#
# Table 1 of the paper turns three classifiers into FCNs and lists convolutional layers, parameters, receptive field and stride; the receptive
# field is how many pixels a cell sees. All of it follows from the model alone: an empty picture goes through, and we compute it again.
#
# **Guess first.** The paper has 57M, 134M and 6M parameters and 355, 404 and 907 pixels. Computed from torchvision's networks, which entry will differ?

# %% claim=["S04", "S05"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    paper = {name: FCN(21, name, padding="paper") for name in ("alexnet", "vgg16", "googlenet")}
    own = FCN(21, "googlenet", padding="paper")  # ko: GoogLeNet 논문의 필터로 | en: with the filters of GoogLeNet's own paper
    for block in own.modules():
        if hasattr(block, "branch3"):
            old = block.branch3[1].conv
            block.branch3[1].conv = nn.Conv2d(old.in_channels, old.out_channels, 5, padding=2)
    own.body.stages[3][-1].kernel_size = 3
paper[L("googlenet (5×5 필터)", "googlenet (5×5 filters)")] = own
table_1 = {}
for name, network in paper.items():
    parts = network.body.stages, network.body.scores  # ko: 키우는 층은 빼고 | en: without the upsampling
    weights = sum(p.numel() for part in parts for p in part.parameters())
    field = receptive_field(network, "body.scores.0", size=500)
    convolutions = sum(isinstance(layer, nn.Conv2d) for layer in network.modules())
    blocks = sum(hasattr(layer, "branch3") for layer in network.modules())
    deep = convolutions - 4 * blocks  # ko: 인셉션은 합성곱 여섯, 깊이 둘 | en: an inception has 6 convolutions, depth 2
    table_1[name] = (deep, round(weights / 1e6), field.height, field.stride)
    print(name, *table_1[name], f"· {weights:,}")
assert [*table_1.values()][:2] == [(8, 57, 355, 32), (16, 134, 404, 32)]
assert table_1["googlenet"][2] == 571 and [*table_1.values()][-1][2:] == (907, 32)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **GoogLeNet의 수용 영역입니다.** AlexNet과 VGG16은 논문과 하나도 다르지 않습니다. torchvision의 GoogLeNet은 5×5 필터 자리에 3×3을 쓰고 넷째 풀링이 작아서 907이 아니라 571픽셀을 봅니다. 그 둘을 원래대로 돌려놓으면
# 907이 나옵니다. 보폭은 셋 다 32입니다. **같은 이름의 신경망이라고 같은 신경망은 아닙니다.**

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **GoogLeNet's receptive field.** AlexNet and VGG16 do not differ from the paper in one entry. torchvision's GoogLeNet has 3×3 filters for the 5×5 and a smaller fourth
# pooling, and sees 571 pixels for 907. Put both back, and it is 907. The stride is 32 for all. **A network of the same name need not be the same network.**

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 왜 둘레에 0을 100픽셀이나 두르고, 왜 19픽셀을 잘라 낼까?
#
# 논문의 VGG16은 첫 합성곱에서 사진 둘레에 0을 100픽셀 두릅니다. 그리고 키운 지도에서 앞쪽 19픽셀(FCN-32s)을 잘라 냅니다. 저자들이 저장소의 첫 화면에 답을 따로 적어 둘 만큼 자주 나온 질문입니다.
# 까닭은 이렇습니다. fc6은 7×7 창이라 맵이 7칸보다 작으면 놓일 자리가 없습니다. 또 칸 0의 **중심이 사진의 어디인지** 층마다 따라가면 얼마나 잘라야 할지 정해집니다.
#
# **먼저 맞혀 보세요.** 1×1픽셀 사진까지 받으려면 0을 적어도 몇 픽셀 둘러야 할까요? 120픽셀을 두르면 19는 얼마로 바뀔까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why 100 pixels of zeros around, and why 19 cut off?
#
# The paper's VGG16 puts 100 pixels of zeros around the picture in its first convolution, and cuts the first 19 pixels (FCN-32s) off the enlarged
# map: asked so often that the authors answer it on the front page of their repository. The reason: fc6 is a window of 7×7, with no place on a map of fewer than 7 cells. And if
# we follow, layer by layer, **where in the picture the centre of cell 0 lies**, we know what to cut.
#
# **Guess first.** To take pictures down to 1×1 pixel, how many zeros are needed at least? And with 120, what becomes of the 19?

# %% tags=["nbval-check-output"] claim=["S06"] slideshow={"slide_type": "fragment"}
def crops(pad, finest):
    """Cells to cut at each sum, then pixels at the end, for VGG16 with `pad` zeros around."""
    centre = {2**k: 1 - pad + (2**k - 1) / 2 for k in range(6)}  # ko: 풀링 k번 뒤 칸 0의 중심 | en: of cell 0, k poolings
    now, stride, cut = centre[32] + 3 * 32, 32, []  # ko: fc6의 중심은 3칸 뒤 | en: fc6: three cells on
    while stride > finest:
        stride //= 2
        start = now - 1.5 * stride  # ko: 4×4, 스트라이드 2로 키움 | en: enlarged by 4x4, stride 2
        cut.append(int((start - centre[stride]) / stride))
        now = start
    return [*cut, int(stride - 0.5 - now)]  # ko: 끝에서 자를 픽셀 | en: pixels to cut at the end


def cells(size, pad):
    """Cells a side of the map of scores; below 1 there is none."""
    return -(-(size + 2 * pad - 2) // 32) - 6


for finest in (32, 16, 8):
    with torch.device("meta"):
        network = FCN(21, output_stride=finest, padding="paper")
    print(f"FCN-{finest}s · pad 100:", *crops(100, finest), "· pad 120:", *crops(120, finest))
    assert [abs(one) for one in network.body.offsets] == [abs(one) for one in crops(100, finest)]
least = next(pad for pad in range(200) if cells(1, pad) >= 1)
print(L("1픽셀 사진까지 받는 가장 작은 패딩", "least padding for a picture of one pixel:"), least)
assert all(32 * (cells(size, 100) - 1) + 64 - 19 >= size for size in range(1, 2000))  # ko: 늘 넉넉함 | en: always enough

# %% slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(12.8, 5.6))
plots.architecture(ax, network, size=500, detail="stages")
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 모델에서 바로 그린 논문의 FCN-8s. 500픽셀 사진이 보폭 32까지 내려갔다가, 점수끼리 두 번 더해지며(⊕) 올라와 마지막에 잘려 500픽셀이 됩니다.
#
# **97픽셀이면 됩니다.** 100은 그것을 둥글린 값입니다. 0을 20픽셀 더 두르면 모든 칸의 중심이 20픽셀 앞으로 밀리니 19는 39가 됩니다. 합칠 때의 5칸과 9칸은 그대로입니다. 두 지도가 함께 밀리기 때문입니다.
# 요즘 구현은 0을 두르는 대신 fc6을 패딩합니다. 이 강의의 `padding="same"`이 그렇습니다. 역합성곱이 어떤 행렬인지는 다음 단원에서 봅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The paper's FCN-8s, drawn from the model. A picture of 500 pixels goes down to stride 32 and up again, scores are added twice (⊕) on the way, and
# the end is cut to 500 pixels.
#
# **97 would do**; 100 is that, rounded. With 20 zeros more the centres of all cells move by 20 pixels, and 19 becomes 39. The 5 and 9 cells at the sums
# stay, since both maps move together. Today one pads fc6 instead, as `padding="same"` does in this course. What matrix a transposed convolution is comes in the next lesson.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 스킵은 무엇을 되찾아 줄까?
#
# FCN-32s는 보폭 32의 점수를 한 번에 키웁니다. FCN-16s는 pool4의 점수를, FCN-8s는 pool3의 점수까지 더합니다(skip). 셋을 **똑같이** 학습해 견줍니다.
# VGG16은 코어 두 개로는 무리라 줄였습니다. 단계마다 합성곱이 하나, 채널은 12~48개, fc6의 창은 3×3이고 배치 정규화가 있습니다. 풀링 다섯, 스킵, 더하기, 자르기는 논문 그대로입니다.
# 대조군은 FCN-8s에서 스킵의 점수만 0으로 만든 것입니다. 키우는 층과 매개변수의 수는 FCN-8s와 같습니다.
#
# **먼저 맞혀 보세요.** 7~9픽셀 기둥의 IoU는 32s에서 8s로 가며 얼마나 오를까요? 대조군은 어느 것과 비슷할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What do skips win back?
#
# FCN-32s enlarges scores of stride 32 at once; FCN-16s adds the scores of pool4, FCN-8s those of pool3 too: skips. We train all three **alike**. VGG16 is too much
# for two cores; ours has one convolution a stage, 12 to 48 channels, a 3×3 window in fc6, and batch norm. Five poolings, skips, sums and crops are the
# paper's. The control is an FCN-8s whose skips are silenced, their scores replaced by 0: same upsampling, same number of parameters.
#
# **Guess first.** From 32s to 8s, how much does the IoU of poles of 7 to 9 pixels rise? And which one will the control be like?

# %% slideshow={"slide_type": "fragment"}
real = full and datasets.available("camvid")
if real:
    train, data = (datasets.load("camvid", split=split, size=(180, 240)) for split in ("train", "val"))
else:
    scene = {"size": 64, "only": ("thin", "scale"), "thin": False}
    train = datasets.load("scenes", split="train", n=160, **scene)
    data = datasets.load("scenes", split="val", n=60, **scene)
train, val, pole = datasets.as_tensors(train), datasets.as_tensors(data), data.class_names.index("pole")
size = {"channels": (32, 48, 64, 96, 128), "hidden": 192} if full else {}
how = {"epochs": 30 if full else 5, "batch_size": 8, "lr": 0.01, "optimizer": "adamw", "progress": False}


def silent(model):
    """An FCN-8s that cannot use its skips: their scores are 0."""
    for score in model.body.scores[1:]:
        score.register_forward_hook(lambda layer, given, scores: 0 * scores)
    return model


net = partial(SmallFCN, data.num_classes, **size)
variants = {f"FCN-{stride}s": partial(net, stride) for stride in (32, 16, 8)}
variants[L("8s, 스킵 없이", "8s, skips silent")] = lambda: silent(net(8))
trained = {name: train_seeds(make, train, seeds=SEEDS, **how) for name, make in variants.items()}

# %% claim=["S06"] slideshow={"slide_type": "slide"}
def judged(found):
    iou = ConfusionMatrix(data.num_classes).update(found, val[1]).iou()[pole]
    return iou.item(), BoundaryF1(data.num_classes, tolerance=2).update(found, val[1]).mean()


found = {name: [predict(model, val[0]) for model in group] for name, group in trained.items()}
scores = np.array([[judged(one) for one in group] for group in found.values()])  # [networks, seeds, 2]
fig, axes = plt.subplots(1, 2, figsize=(12, 3.2), sharey=True)
for ax, n, label in ((axes[0], 0, L("기둥의 IoU", "IoU of poles")), (axes[1], 1, L("윤곽 F1 (2픽셀)", "boundary F1 (2 pixels)"))):
    bars(ax, list(found), scores[..., n], [course.PALETTE[k] for k in (1, 2, 0, 5)])
    ax.set(xlabel=label, xlim=(0, 1))
plt.show()
shown = {name: group[0] for name, group in list(found.items())[:3]}
plots.predictions(data, *val, shown, rows=[2])
plt.show()

coarse, middle, fine, control = scores
if not real:
    assert (middle > coarse + 0.05).all() and (fine > middle + 0.1).all()  # ko: 시드마다 둘 다 | en: each seed, both
    assert (fine > control + 0.2).all()  # ko: 스킵의 몫 | en: the skips' part
    assert (control > coarse + 0.05).all()  # ko: 배우는 업샘플링의 몫 | en: the learnt upsampling's part
else:
    assert (np.diff(scores[:3].mean(1), axis=0) > 0).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 네 신경망의 기둥 IoU와 윤곽 F1(점 하나가 시드 하나)로, 32s, 16s, 8s의 차례로 길어지고 스킵을 없앤 8s는 16s쯤으로 짧아집니다. 아래는 사진과 정답, 세 신경망의 결과로, 32s는 뭉툭한 덩어리, 8s는 기둥과 기구의 모양입니다.
#
# **두 배 넘게 오릅니다.** 기둥의 IoU도 윤곽 F1도 모든 시드에서 32s < 16s < 8s입니다. 스킵을 없앤 8s는 32s보다 낫지만 16s쯤에서 멈춥니다. 한 번에 32배로 키우는 대신 두 배씩 **배우며 키우는 것**만으로 얻는 몫이 있고, 나머지(기둥 IoU 0.48에서 0.77까지)가 **스킵의 몫**입니다. 논문의 점수도
# 59.4, 62.4, 62.7 mIoU(표 2, VOC 2011)로 같은 차례입니다. 다만 VOC의 사진은 한 변이 500픽셀쯤이라 같은 보폭도 우리 64픽셀 그림에서보다 훨씬 곱고, 그래서 차이가 작습니다. 그리고 8s의 지도도 보폭이 8입니다. 1~2픽셀 기둥은 보폭 8에서 0이던 앞 절의 그림을 떠올려 보세요. U-Net이 맨 위까지 올라가는 까닭입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, IoU of poles and boundary F1 of four networks, a dot a seed: longer from 32s to 16s to 8s; the 8s without skips is back at about the 16s. Below, a picture, the truth and three
# results: 32s finds blunt blobs, 8s the shape of poles and balloons.
#
# **It more than doubles.** IoU of poles and boundary F1 have the order 32s < 16s < 8s for every seed. The 8s with silent skips beats the 32s and stops at about the 16s: to enlarge by
# two and **learn how**, and not by 32 at once, wins a part by itself. The rest, from 0.48 to 0.77 IoU of poles, is the **skips'**. The paper's 59.4, 62.4 and 62.7 mIoU (table 2, VOC 2011) have the same order. But VOC's pictures have sides of some 500 pixels, where the same stride is far finer than in our 64, and the steps are smaller. And even 8s has a map of
# stride 8: remember the poles of 1 to 2 pixels, which were at 0 there. That is why U-Net goes all the way up.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 바꾸면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 0을 100픽셀 두른 pool4의 점수를 자르지 않고, 두 배로 키운 점수에 바로 더합니다. 두 지도는 크기도 다르고 시작하는 자리도 다릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**. It adds the scores of pool4, made with 100 pixels of zeros around, to the enlarged scores without cutting them. The two maps
# differ in size and in the place where they begin.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
body, maps = network.body, [torch.empty(1, 3, 500, 500, device="meta")]
for stage in body.stages:
    maps.append(stage(maps[-1]))
shapes = body.ups[0](body.scores[0](maps[-1])).shape, body.scores[1](maps[4]).shape
enlarged, finer = (torch.zeros(shape) for shape in shapes)
enlarged + finer  # ko: finer[..., 5:, 5:]로 잘라야 합니다 | en: it must be finer[..., 5:, 5:]

# %% slideshow={"slide_type": "fragment"}
off, met = range(-8, 9, 2), []
height, width = val[1].shape[1:]
for answer in found["FCN-8s"]:
    row, wide = [], F.pad(answer[:, None].float(), [8] * 4, mode="replicate")[:, 0].to(torch.uint8)
    for pixels in off:  # ko: 크기는 맞지만 자리가 틀린 자르기 | en: the size fits, the place does not
        at = 8 + pixels
        moved = wide[:, at : at + height, at : at + width]
        row.append(BoundaryF1(data.num_classes, tolerance=2).update(moved, val[1]).mean())
    met.append(row)
fig, ax = plt.subplots(figsize=(8, 3.4))
band(ax, np.array(off), met, "FCN-8s", course.PALETTE[0], at=4)
ax.set(xlabel=L("잘못 자른 픽셀", "pixels cut wrongly"), ylabel=L("윤곽 F1", "boundary F1"), xticks=off, ylim=(0, 1))
plt.show()
assert np.argmax(np.mean(met, 0)) == 4 and np.mean(met, 0)[4] > np.mean(met, 0)[[2, 6]].max() + 0.1

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 마지막에 자르는 픽셀 수를 앞뒤로 바꾸었을 때의 윤곽 F1. 0에서 가장 높고 양쪽으로 가파르게 떨어집니다.
#
# **증상** `The size of tensor a must match`. 크기만 맞게 아무 데나 자르면 **오류는 사라지고 윤곽만 조용히 밀립니다**. **검사** 정답 마스크를 넣은 것처럼 답이 뻔한 그림으로 자르는 수를 앞뒤로 바꾸어 보고, 0에서 가장 좋은지 보세요.
# **처방** 자르는 수를 눈대중이 아니라 칸 0의 중심에서 계산합니다. 패딩을 바꾸면 다시 계산하세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Boundary F1 when the last crop is moved to either side: highest at 0, and steep on both sides.
#
# **Symptom**: `The size of tensor a must match`. Cut anywhere so that the sizes fit, and **the error is gone and the outlines are off in silence**. **Test**: move the crop to
# either side and see whether 0 is best. **Cure**: compute the crop from the centre of cell 0, do not guess it; and again whenever the padding changes.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 완전 연결층의 가중치 `weight` [나가는 수, 채널×한 변×한 변]을 합성곱의 가중치로 바꾸는 함수를 쓰세요. 맵은 채널, 행, 열의 차례로 펴져 있습니다.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that turns the weights of a fully connected layer, `weight` [outputs, channels × side × side], into those of a convolution. The
# map was flattened channel by channel, row by row.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_1_fcn")


def as_filter(weight, side):
    return ...


q1.check(as_filter)

# %% tags=["question"] exercise="q1"
hint = L("합성곱의 가중치는 [나가는 채널, 들어오는 채널, 높이, 너비]입니다. view 한 번이면 됩니다.",
         "A convolution's weights are [out, in, height, width]. One view will do.")
right = L("맞았습니다. 숫자는 하나도 바뀌지 않고 모양만 바뀝니다.", "Right: not a number changes, only the shape.")


def check(as_filter):
    import torch
    import torch.nn.functional as F

    luck = torch.Generator().manual_seed(0)
    weight, x = torch.randn(5, 3 * 4 * 4, generator=luck), torch.randn(2, 3, 4, 4, generator=luck)
    made = as_filter(weight, 4)
    if tuple(made.shape) == (5, 4, 4, 3):
        return L("채널이 맨 뒤에 있습니다. PyTorch에서는 높이와 너비 앞에 옵니다.", "Channels come last; in PyTorch they stand before height and width.")
    if tuple(made.shape) == (3, 5, 4, 4):
        return L("들어오는 채널과 나가는 채널이 바뀌었습니다. 그 차례는 역합성곱의 것입니다.", "In and out are swapped: that is the order of a transposed convolution.")
    if tuple(made.shape) != (5, 3, 4, 4):
        return L(f"[5, 3, 4, 4]여야 하는데 {[*made.shape]}입니다.", f"It should be [5, 3, 4, 4] and is {[*made.shape]}.")
    if torch.allclose(F.conv2d(x, made).flatten(1), x.flatten(1) @ weight.T, atol=1e-4):
        return None
    if torch.allclose(F.conv2d(x, made.flip(2, 3)).flatten(1), x.flatten(1) @ weight.T, atol=1e-4):
        return L("뒤집었습니다. PyTorch의 합성곱은 커널을 뒤집지 않습니다.", "You flipped it: PyTorch's convolution does not flip its kernel.")
    return L("모양은 맞지만 숫자의 자리가 섞였습니다.", "The shape is right, but numbers changed places.")


# %% tags=["solution"] exercise="q1"
def as_filter(weight, side):
    return weight.view(len(weight), -1, side, side)

# %% tags=["wrong"] exercise="q1" says=["채널이 맨 뒤", "come last"]
def as_filter(weight, side):
    return weight.view(len(weight), side, side, -1)

# %% tags=["wrong"] exercise="q1" says=["역합성곱의 것", "transposed convolution"]
def as_filter(weight, side):
    return weight.view(len(weight), -1, side, side).transpose(0, 1)

# %% tags=["wrong"] exercise="q1" says=["뒤집었습니다", "You flipped"]
def as_filter(weight, side):
    return weight.view(len(weight), -1, side, side).flip(2, 3)

# %% [markdown] lang="ko"
# **q2.** 창이 `window`픽셀이고 보폭이 `stride`인 분류 신경망을 패딩 없이 한 변이 `size`인 사진에 한 번 통과시키면 지도의 한 변은 몇 칸일까요?

# %% [markdown] lang="en"
# **q2.** A classifier with a window of `window` pixels and a total stride of `stride`, without padding, goes once over a picture with sides of `size`. How many cells
# has a side of its map?

# %% tags=["exercise"] exercise="q2"
def map_side(size, window=48, stride=8):
    return ...


q2.check(map_side)

# %% tags=["question"] exercise="q2"
hint = L("48픽셀이면 한 칸, 56픽셀이면 두 칸입니다. 창이 사진 밖으로 나갈 수는 없습니다.",
         "48 pixels give one cell, 56 two. No window may leave the picture.")
right = L("맞았습니다. 사진이 보폭만큼 커질 때마다 한 칸씩 늘어납니다.", "Right: a cell more for every stride that the picture grows.")


def check(map_side):
    tried = [map_side(48), map_side(56), map_side(55), map_side(500, 224, 32)]
    if tried == [1, 2, 1, 9]:
        return None
    if tried[:2] == [0, 1]:
        return L("첫 창을 세지 않았습니다. 1을 더하세요.", "The first window is not counted: add 1.")
    if tried[0] == 6:
        return L("창의 크기를 빼지 않았습니다. 창이 사진 밖으로 나갑니다.", "You did not take off the window: it would leave the picture.")
    if tried[2] != int(tried[2]):
        return L("칸의 수는 자연수입니다. 남는 픽셀은 버리세요.", "Cells are whole: drop what is left over.")
    return L(f"48픽셀에서 1칸이어야 하는데 {tried[0]}칸이 나왔습니다.", f"48 pixels should give 1; yours gives {tried[0]}.")


# %% tags=["solution"] exercise="q2"
def map_side(size, window=48, stride=8):
    return (size - window) // stride + 1

# %% tags=["wrong"] exercise="q2" says=["첫 창", "first window"]
def map_side(size, window=48, stride=8):
    return (size - window) // stride

# %% tags=["wrong"] exercise="q2" says=["빼지 않았", "did not take off"]
def map_side(size, window=48, stride=8):
    return size // stride

# %% tags=["wrong"] exercise="q2" says=["남는 픽셀", "left over"]
def map_side(size, window=48, stride=8):
    return (size - window) / stride + 1

# %% [markdown] lang="ko"
# **q3.** (커널, 스트라이드)의 목록을 받아 마지막 층의 칸 하나가 보는 픽셀의 폭을 돌려주는 함수를 쓰세요. VGG16의 fc6까지는 404가 나와야 합니다.

# %% [markdown] lang="en"
# **q3.** Write a function that takes a list of (kernel, stride) and returns how many pixels a cell of the last layer sees. For VGG16 up to fc6 it must give 404.

# %% tags=["exercise"] exercise="q3"
def field_of(layers):
    return ...


q3.check(field_of)

# %% tags=["question"] exercise="q3"
hint = L("한 픽셀에서 시작합니다. 층마다 (커널−1)에 그때까지의 보폭을 곱해 더하고, 그다음에 보폭을 곱합니다.",
         "Start from one pixel. Each layer adds (kernel − 1) times the stride so far, and only then multiplies the stride.")
right = L("맞았습니다. 404픽셀 가운데 192픽셀을 fc6의 7×7이 늘립니다.", "Right. Of the 404 pixels, the 7×7 of fc6 adds 192.")


def check(field_of):
    layers = []
    for convolutions in (2, 2, 3, 3, 3):
        layers += [(3, 1)] * convolutions + [(2, 2)]
    seen = field_of([*layers, (7, 1)])
    if seen == 404 and field_of([(11, 4), (3, 2)]) == 19:
        return None
    for other, complaint in [
        (403, L("한 픽셀에서 시작해야 합니다. 하나가 모자랍니다.", "Start from one pixel: one is missing.")),
        (38, L("보폭을 곱하지 않았습니다. 깊은 층의 한 칸은 여러 픽셀입니다.", "You forgot the stride: a cell far down is many pixels.")),
        (435, L("보폭을 먼저 곱했습니다. 더한 다음에 곱하세요.", "You multiplied the stride too early: add first.")),
        (212, L("fc6을 빠뜨렸습니다.", "fc6 is missing.")),
    ]:
        if seen == other:
            return complaint
    return L(f"404여야 하는데 {seen}이(가) 나왔습니다.", f"It should be 404; yours gives {seen}.")


# %% tags=["solution"] exercise="q3"
def field_of(layers):
    field, stride = 1, 1
    for kernel, step in layers:
        field += (kernel - 1) * stride
        stride *= step
    return field

# %% tags=["wrong"] exercise="q3" says=["하나가 모자랍니다", "one is missing"]
def field_of(layers):
    field, stride = 0, 1
    for kernel, step in layers:
        field += (kernel - 1) * stride
        stride *= step
    return field

# %% tags=["wrong"] exercise="q3" says=["보폭을 먼저", "too early"]
def field_of(layers):
    field, stride = 1, 1
    for kernel, step in layers:
        stride *= step
        field += (kernel - 1) * stride
    return field

# %% tags=["wrong"] exercise="q3" says=["보폭을 곱하지", "forgot the stride"]
def field_of(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)

# %% [markdown] lang="ko"
# **q4.** VGG16의 FCN-8s에서 둘레의 0을 100픽셀이 아니라 **97픽셀**로 하면 마지막에 몇 픽셀을 잘라야 할까요? (100픽셀일 때는 31픽셀입니다.)

# %% [markdown] lang="en"
# **q4.** If the FCN-8s on VGG16 has **97** pixels of zeros around the picture, and not 100, how many pixels must be cut at the end? (With 100 it is 31.)

# %% tags=["exercise"] exercise="q4"
cut = ...
q4.check(cut)

# %% tags=["question"] exercise="q4"
hint = L("0이 3픽셀 줄면 모든 칸의 중심이 사진 안쪽으로 3픽셀 옮겨 갑니다.", "With 3 zeros less, the centres of all cells move 3 pixels into the picture.")
right = L("맞았습니다. 두른 만큼 잘라야 하니 3픽셀을 덜 자릅니다.", "Right: what is put around has to be cut off, 3 pixels less.")


def check(cut):
    if cut == 28:
        return None
    if cut == 31:
        return L("자르는 수는 패딩에 따라 달라집니다.", "The crop depends on the padding.")
    if cut == 34:
        return L("방향이 반대입니다. 덜 둘렀으니 덜 자릅니다.", "The other way round: less around, less to cut.")
    if cut == 25:
        return L("한쪽에서만 자릅니다. 두 배로 빼지 마세요.", "It is cut at one side: do not count it twice.")
    return L(f"{cut}픽셀이 아닙니다.", f"Not {cut}.")


# %% tags=["solution"] exercise="q4"
cut = 31 - 3

# %% tags=["wrong"] exercise="q4" says=["패딩에 따라", "depends on"]
cut = 31

# %% tags=["wrong"] exercise="q4" says=["방향이 반대", "other way round"]
cut = 34

# %% tags=["wrong"] exercise="q4" says=["두 배로", "twice"]
cut = 25

# %% [markdown] lang="ko"
# **q5.** 키운 점수 `up` [N, C, h, w]와 고운 점수 `skip` [N, C, H, W]를 더하는 함수를 쓰세요. `skip`의 앞쪽 `offset`칸을 자르고, 두 지도가 함께 덮는 데까지만 더합니다.

# %% [markdown] lang="en"
# **q5.** Write a function that adds enlarged scores `up` [N, C, h, w] and finer scores `skip` [N, C, H, W]: the first `offset` cells of `skip` are cut off, and the sum
# covers what both cover.

# %% tags=["exercise"] exercise="q5"
def fused(up, skip, offset):
    return ...


q5.check(fused)

# %% tags=["question"] exercise="q5"
hint = L("skip[..., offset:, offset:]에서 시작해, 높이와 너비마다 작은 쪽에 맞추세요.", "Start from skip[..., offset:, offset:], then take the smaller height and width.")
right = L("맞았습니다. 이어 붙이지 않고 더하는 것이 U-Net과 다른 점입니다.", "Right. A sum and no concatenation: that is where it differs from U-Net.")


def check(fused):
    import torch
    import torch.nn.functional as F

    up, skip = torch.rand(1, 2, 6, 8), torch.rand(1, 2, 12, 12)
    made = fused(up, skip, 5)
    truth = up[..., :6, :7] + skip[..., 5:11, 5:12]
    if made.shape == truth.shape and torch.allclose(made, truth):
        return None
    if made.shape[1] == 4:
        return L("이어 붙이면 채널이 두 배가 됩니다. FCN은 더합니다.", "Joined, the channels double; FCN adds.")
    if made.shape == up.shape and torch.allclose(made, up + F.interpolate(skip, size=(6, 8))):
        return L("줄여서 맞추면 크기는 맞아도 자리가 어긋납니다. 잘라야 합니다.", "Shrunk to fit, the size is right and the place is wrong: cut it.")
    if made.shape[2:] == (6, 8) and torch.allclose(made, up + skip[..., :6, :8]):
        return L("앞쪽을 자르지 않았습니다. skip의 처음 칸들은 사진 밖입니다.", "You did not cut the front: the first cells of skip lie outside the picture.")
    return L(f"[1, 2, 6, 7]이어야 하는데 {[*made.shape]}이거나 숫자가 다릅니다.", f"It should be [1, 2, 6, 7]; yours is {[*made.shape]}, or the numbers differ.")


# %% tags=["solution"] exercise="q5"
def fused(up, skip, offset):
    skip = skip[..., offset:, offset:]
    height, width = min(up.shape[2], skip.shape[2]), min(up.shape[3], skip.shape[3])
    return up[..., :height, :width] + skip[..., :height, :width]

# %% tags=["wrong"] exercise="q5" says=["이어 붙이면", "FCN adds"]
def fused(up, skip, offset):
    return torch.cat([up[..., :6, :7], skip[..., offset : offset + 6, offset : offset + 7]], dim=1)

# %% tags=["wrong"] exercise="q5" says=["줄여서", "Shrunk"]
def fused(up, skip, offset):
    return up + F.interpolate(skip, size=up.shape[2:])

# %% tags=["wrong"] exercise="q5" says=["앞쪽을", "cut the front"]
def fused(up, skip, offset):
    return up + skip[..., : up.shape[2], : up.shape[3]]

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 크기를 가리는 것은 완전 연결층뿐입니다. 적응 풀링은 오류를 없애는 대신 물체를 흐립니다.
# 2. 완전 연결층은 모양만 바꾸면 합성곱입니다. 패딩이 없으면 창을 미끄러뜨린 것과 숫자까지 같습니다.
# 3. 완전 연결층에서 사라지는 것은 지도입니다. 자리는 fc7까지 남아 있다가 점수에서 버려집니다.
# 4. 해상도를 줄이는 것은 스트라이드이고, 분류 신경망은 모두 32에 이릅니다.
# 5. 스킵은 고운 점수를 더해 윤곽을 되찾습니다. 자르는 수는 칸 0의 중심에서 나옵니다.
#
# **더 읽을거리** J. Long, E. Shelhamer, T. Darrell, “Fully Convolutional Networks for Semantic Segmentation” (CVPR 2015), 3.1절과 3.3절, 4.1절의 표 1,
# 4.2절의 그림 3과 표 2 · E. Shelhamer 외의 같은 제목 논문 (PAMI 2017), 부록 · A. Araujo 외, “Computing Receptive Fields of Convolutional
# Neural Networks” (Distill 2019)
#
# **다음** [6.3.2 DeconvNet](6_3_2_deconvnet.ipynb): 작은 맵을 배워서 키우기

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. Only fully connected layers insist on a size. Adaptive pooling removes the error and blurs the object.
# 2. A fully connected layer is a convolution in another shape; without padding it gives the very numbers of a sliding window.
# 3. What a fully connected layer loses is the map. The place stays until fc7 and is dropped at the scores.
# 4. It is the stride that lowers resolution; classifiers all end at 32.
# 5. Skips add finer scores and win outlines back. The crops follow from the centre of cell 0.
#
# **Further reading** J. Long, E. Shelhamer, T. Darrell, “Fully Convolutional Networks for Semantic Segmentation” (CVPR 2015), sections 3.1 and 3.3,
# table 1 in section 4.1, figure 3 and table 2 in section 4.2 · E. Shelhamer et al., the paper of the same name (PAMI 2017), appendix · A. Araujo et al., “Computing Receptive
# Fields of Convolutional Neural Networks” (Distill 2019)
#
# **Next** [6.3.2 DeconvNet](6_3_2_deconvnet.ipynb): small maps that learn to grow.
