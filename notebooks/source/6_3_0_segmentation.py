# Lesson 6_3_0, claim S01: masks, baselines, a first network, what measures count, rare classes, outlines.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="픽셀마다 이름을 붙입니다. 임계값, k-평균, 랜덤 포레스트를 넘어서는 첫 신경망을 만들고, 정확도와 IoU가 무엇을 숨기는지 잽니다."
# # 6.3.0 분할: 픽셀마다 이름을 붙이기
#
# ![같은 거리 그림을 k-평균, 랜덤 포레스트, 신경망이 나눈 결과. 오른쪽으로 갈수록 틀린 픽셀을 나타내는 주황색이 줄어듭니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** 합성곱(convolution)과 풀링(pooling)이 무엇인지 알고, PyTorch로 분류 신경망을 한 번 학습해 보았으면 충분합니다.
#
# **마치고 나면** ① 분류와 분할의 차이를 텐서의 모양으로 보이고, 서른 줄로 분할 신경망을 만들어 학습할 수 있습니다.
# ② 신경망이 넘어야 할 기준선(baseline) 세 가지를 세우고, 무엇 덕분에 넘었는지 대조 실험으로 보일 수 있습니다.
# ③ 픽셀 정확도, IoU, 윤곽 점수가 저마다 무엇을 세고 무엇을 놓치는지 숫자로 설명할 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="A name for every pixel. A first network that beats thresholds, k-means and a random forest; what accuracy and IoU hide, measured."
# # 6.3.0 Segmentation: a name for every pixel
#
# ![One street, divided by k-means, a random forest and a network. From left to right there is less and less vermilion, which marks wrong pixels.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** You know what a convolution and a pooling are, and have once trained a classifier in PyTorch.
#
# **Afterwards** ① you can show by shapes of tensors how segmentation differs from classification, and build and train a
# segmentation network in thirty lines; ② you can set up three baselines that a network has to beat, and show by a control
# what it beats them with; ③ you can put numbers on what pixel accuracy, IoU and boundary scores count, and what they miss.

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
import math
from functools import partial

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from helpers import datasets, exercises, plots
from helpers.batches import standardise
from helpers.metrics import ConfusionMatrix
from helpers.segmentation import losses
from helpers.segmentation import plots as draw
from helpers.segmentation.baselines import NamedClusters, PixelClassifier
from helpers.segmentation.boundary import BoundaryF1, TrimapIoU
from helpers.segmentation.layers import conv_bn_relu, resize
from helpers.training import predict
from helpers.trials import train_seeds

# %% tags=["nbval-check-output"]
full = session.profile == "full"  # ko: GPU가 있으면 진짜 사진으로 길게 | en: with a GPU: real pictures, longer
streets = "camvid" if full and datasets.available("camvid") else "scenes"
microscope = "dsb2018" if full and datasets.available("dsb2018") else "scenes"
adamw = partial(torch.optim.AdamW, betas=(0.9, 0.95))  # ko: 짧은 학습에는 짧은 기억 | en: short training, short memory
how = {"epochs": 30 if full else 2, "batch_size": 4, "lr": 0.01, "optimizer": adamw, "progress": False}


def read(name, split, n, size, **drawn):
    """Pictures of a real set, all of them, or n drawn scenes."""
    return datasets.load(name, split, size=size, **({"n": n, **drawn} if name == "scenes" else {}))


def names(data):
    return data.class_names_ko if session.language == "ko" else data.class_names


data = read(streets, "val", 120, size := (180, 240) if streets == "camvid" else 48)
train, val = (datasets.as_tensors(part) for part in (read(streets, "train", 720, size), data))
example = datasets.load("scenes", "val", n=32, size=96)
birds = [datasets.as_tensors(read("scenes", split, 180, 48, only="small")) for split in ("train", "val")]
GREY = "#9A9A9A"
print(data, L("· 학습", "· training"), len(train[0]), L("장", "pictures"), *train[0].shape[2:])

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 그림 한 장에 답은 몇 개일까?
#
# 분류(classification) 신경망은 그림 한 장에 이름 하나를 붙입니다. 분할(segmentation) 신경망은 픽셀마다 이름을 붙이고, 그렇게 이름 붙은
# 지도를 마스크(mask)라고 합니다. 몸통이 같은 두 신경망을 나란히 만들어 그림 한 장을 넣어 보겠습니다.
#
# **먼저 맞혀 보세요.** 96×96 그림과 클래스 11개입니다. 두 신경망은 숫자를 몇 개씩 내놓을까요? 학습할 가중치의 수는 어느 쪽이 많을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How many answers does one picture have?
#
# A classifier gives a picture one name. A segmentation network gives every pixel one, and the map of these names is called
# a mask. Build both side by side on the same trunk, and show them one picture.
#
# **Guess first.** The picture has 96×96 pixels, and there are 11 classes. How many numbers does each network return? And
# which of the two has more weights to learn?

# %% claim=["S01"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
image, mask = example[21]
classes = example.num_classes
trunk = nn.Sequential(conv_bn_relu(3, 16), nn.MaxPool2d(2), conv_bn_relu(16, 32))
by_pixel = nn.Conv2d(32, classes, 1)
by_picture = nn.Linear(32, classes)
# ko: 같은 가중치를 줍니다 | en: the same weights for both
by_picture.load_state_dict({"weight": by_pixel.weight[:, :, 0, 0], "bias": by_pixel.bias})
classifier = nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten(), by_picture).eval()
segmenter = nn.Sequential(trunk, by_pixel, nn.Upsample(scale_factor=2, mode="bilinear")).eval()

with torch.inference_mode():
    batch = standardise(image[None])
    one, every, coarse = classifier(batch), segmenter(batch), by_pixel(trunk(batch))
print(L("그림", "picture"), [*batch.shape])
print(L("분류", "classifier"), [*one.shape], L("· 분할", "· segmenter"), [*every.shape])
print(L("이름의 수", "names"), one.argmax(1).numel(), L("대", "against"), f"{every.argmax(1).numel():,}")
print(L("마스크", "mask"), mask.dtype, [*mask.shape], *(f"{k}={example.class_names[k]}" for k in mask.unique()))
assert one.shape == (1, classes) and every.shape == (1, classes, *image.shape[1:])
assert sum(p.numel() for p in classifier.parameters()) == sum(p.numel() for p in segmenter.parameters())
torch.testing.assert_close(coarse.mean((2, 3)), one)  # ko: 픽셀마다 낸 답의 평균 | en: the mean of the pixels' answers

# %% claim=["S01"] slideshow={"slide_type": "slide"}
shown = datasets.load("camvid", "val") if datasets.available("camvid") else example
image, mask = shown[21]
kinds, count = mask[mask != 255].unique(return_counts=True)
kinds = kinds[count.argsort(descending=True)][:8]

fig, axes = plt.subplots(2, 6, figsize=(12.4, 4.8))
draw.picture(axes[0, 0], image)
draw.mask(axes[0, 1], mask, shown)
draw.overlay(axes[1, 0], image, mask, shown)
y, x = (mask == kinds[-1]).nonzero()[0].tolist()
part = mask[y - 3 : y + 4, x - 1 : x + 6]
draw.mask(axes[1, 1], part, shown)
for (row, column), value in np.ndenumerate(part):
    box = {"facecolor": "white", "pad": 1, "linewidth": 0}
    axes[1, 1].text(column, row, value, ha="center", va="center", fontsize=12, bbox=box)
titles = L(["그림", "마스크", "겹쳐 보기", "확대"], ["picture", "mask", "overlay", "close up"])
for ax, title in zip(axes[:, :2].flat, titles, strict=True):
    ax.set_title(title)
for ax, kind in zip(axes[:, 2:].flat, kinds, strict=True):
    ax.imshow(mask == kind, cmap="Greys")
    ax.set(title=names(shown)[kind], xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽 넷은 그림과 마스크, 둘을 겹친 것, 마스크의 한 귀퉁이를 확대한 것으로, 확대한 칸에는 클래스 번호가 적혀 있습니다. 오른쪽 여덟은 클래스를 하나씩
# 떼어 낸 것으로, 하늘이나 도로는 넓고 새는 점 몇 개뿐입니다.
#
# **한 개 대 9,216개입니다.** 몸통도 가중치의 수도 같습니다. 분할 신경망이 칸마다 내놓은 답을 평균하면 분류 신경망의 답이 그대로
# 나옵니다. 분류는 **어디에 있는지를 평균 속에 버린 분할**인 셈입니다. 마스크는 색이 아니라 `uint8` 번호이고, 색은 사람 눈을 위한 것입니다.
# 255는 ‘정답을 모르는 픽셀’(void)이라는 약속이며, 그림에서는 회색 빗금으로 나타냅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** The four on the left: picture, mask, both together, and a corner of the mask enlarged, with the number of a class
# in every square. The eight on the right show one class each: sky and road are wide, a bird is a few dots.
#
# **One against 9,216.** Trunk and number of weights are the same. Average what the segmenter answers square by square, and
# out comes what the classifier says: classification is **segmentation that drops the place in a mean**. A mask is `uint8`
# numbers, not colours; colours are for our eyes. 255 means “nobody knows” (void); figures hatch it in grey.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 배우지 않고도 할 수 있을까?
#
# 현미경 사진에서 세포와 배경을 나누는 가장 오래된 방법은 임계값(threshold)입니다. 이보다 밝으면 세포라고 하는 것입니다. 오쓰(Otsu, 1979)의 방법은
# 밝기 히스토그램을 가장 다른 두 무리로 가르는 값을 찾아 줍니다. k-평균(k-means)은 색까지 보고 두 무리로 나눕니다. 채점은
# IoU(intersection over union)로 하겠습니다. 찾은 것과 정답이 겹치는 넓이를 둘을 합한 넓이로 나눈 값입니다.
#
# **먼저 맞혀 보세요.** 염색과 조명이 다른 세 가지 현미경 사진이 섞여 있습니다. 한 가지 규칙으로 모두 나눌 수 있을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can it be done without learning?
#
# The oldest way to part cells from their ground under a microscope is a threshold: what is lighter is cell. Otsu's method
# (1979) finds the value that parts the histogram into the two most different groups. K-means parts into two groups by
# colour. Marks are given as IoU, intersection over union: the area where answer and truth overlap, over the area of both.
#
# **Guess first.** There are three kinds of pictures, differently stained and lit. Will one rule do for all?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def otsu(grey):
    """Part the histogram into the two most different groups."""
    count = np.bincount(grey.ravel(), minlength=256)
    dark, dark_sum = count.cumsum(), (count * np.arange(256)).cumsum()
    light, light_sum = dark[-1] - dark, dark_sum[-1] - dark_sum
    gap = dark_sum / np.maximum(dark, 1) - light_sum / np.maximum(light, 1)  # ko: 두 평균 | en: two means
    return int((dark * light * gap**2).argmax())


def iou(found, truth):
    return (found & truth).sum() / (found | truth).sum()


slides = read(microscope, "val", 60, 64 if microscope == "scenes" else (128, 128), only="touching")
looks = {L("세포가 밝음", "cells lighter"): [], L("세포가 어두움", "cells darker"): [], L("거의 같음", "hardly differ"): []}
for number in range(len(slides)):
    picture, truth = slides.arrays(number)
    grey, truth = picture.mean(axis=2).astype(np.uint8), truth == 1
    apart, light = grey[truth].mean() - grey[~truth].mean(), grey > otsu(grey)
    look = [*looks][0 if apart > 20 else 1 if apart < -40 else 2]
    looks[look].append((number, iou(light, truth), iou(~light, truth), truth.mean()))
looks = {look: np.array(rows) for look, rows in looks.items() if rows}
print(L("밝으면 세포 · 어두우면 세포 · 모두 세포", "lighter is cell · darker is cell · all is cell"))
for look, rows in looks.items():
    print(len(rows), look, *(f"{mean:.2f}" for mean in rows[:, 1:].mean(axis=0)), sep=" · ")

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(2, 3, figsize=(11.4, 5.6), height_ratios=[1, 1.25])
shown = [rows[k, 0] for k in range(3) for rows in looks.values() if k < len(rows)][:3]
for (top, low), number in zip(axes.T, shown, strict=True):
    picture, truth = slides.arrays(int(number))
    grey, truth, levels = picture.mean(axis=2).astype(np.uint8), truth == 1, np.arange(255)
    draw.picture(top, picture.transpose(2, 0, 1))
    for group, colour in ((grey, course.PALETTE[4]), (grey[~truth], "#BBBBBB")):
        count = np.bincount(group.ravel() // 4, minlength=64) / grey.size
        low.bar(np.arange(2, 256, 4), 4 * count, width=4, color=colour)
    lighter, darker = ([iou((grey > t) ^ turned, truth) for t in levels] for turned in (False, True))
    low.plot(levels, lighter, color=course.PALETTE[0])
    low.plot(levels, darker, color=course.PALETTE[3], linestyle="--")
    low.axvline(otsu(grey), color="black", linewidth=1)
    low.set(ylim=(0, 1.05), xticks=[0, 128, 255], xlabel=L("임계값", "threshold"))
axes[1, 0].set_ylabel("IoU")
axes[1, 1].text(0, 0.66, L("밝으면 세포", "lighter is cell"), color=course.PALETTE[0], fontweight="bold")
axes[1, 1].text(0, 0.05, L("어두우면 세포", "darker is cell"), color=course.PALETTE[3], fontweight="bold")
plt.show()

by_look = [rows[:, 1:].mean(axis=0) for rows in looks.values()]
if microscope == "scenes":
    light, dark, alike = by_look
    assert light[0] > 0.95 and dark[0] < 0.1 and dark[1] > 0.9 and max(alike[:2]) < alike[2]
else:
    assert all(lighter > darker for lighter, darker, _ in by_look)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 염색이 다른 세 현미경 사진, 아래는 밝기 히스토그램(분홍이 세포)과 임계값에 따른 IoU. 실선은 ‘밝으면 세포’, 점선은 ‘어두우면 세포’,
# 검은 세로줄은 오쓰의 임계값입니다. 첫 사진에서는 실선이, 둘째 사진에서는 점선이 1에 이르고, 셋째 사진에서는 둘 다 낮습니다.
#
# **한 가지 규칙으로는 안 됩니다.** 어두운 바탕의 형광 사진에서는 임계값 하나로 IoU가 0.99까지 오르지만, 밝은 바탕에서 염색된 사진에는 부호를 뒤집어야
# 하고, 위상차처럼 세포와 바탕의 밝기가 비슷하면 어떤 임계값도 ‘모두 세포’라는 답보다 못합니다. 어느 부호를 쓸지 정하려면 결국 정답을 보아야 합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, three pictures with different stains; below, their histograms (pink is cell) and the IoU of every
# threshold. Solid: “lighter is cell”; dashed: “darker is cell”; the black line is Otsu's threshold. In the first picture the
# solid line comes close to 1, in the second the dashed one, in the third neither.
#
# **One rule will not do.** On fluorescent cells before a dark ground one threshold reaches 0.99. Stained cells on a bright
# ground want the opposite sign; and where cells are about as light as their ground, no threshold beats the answer “all of it
# is cell”. To choose the sign, one has to look at the truth after all.

# %% tags=["interactive", "nbval-skip"]
last = len(slides) - 1


def show_threshold(picture=(0, last), threshold=(0, 254), darker=False):  # ko: 움직여 보세요 | en: move them
    pixels, truth = slides.arrays(picture)
    grey = pixels.mean(axis=2).astype(np.uint8)
    found = (grey > threshold) ^ darker
    draw.predictions(slides, [pixels.transpose(2, 0, 1)], [truth], [found.astype(np.uint8)])
    plt.gcf().suptitle(f"IoU {iou(found, truth == 1):.3f} · Otsu {otsu(grey)}")
    plt.show()


_ = ipywidgets.interact(show_threshold)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 픽셀 하나는 무엇을 알고 있을까?
#
# 정답을 보고 배우는 가장 쉬운 방법은 픽셀 하나를 자료 한 줄로 보는 것입니다. 거리 그림에서 픽셀 4만 개를 뽑아 랜덤 포레스트(random forest)에게
# 색과 이름을 보여 줍니다. 둘째 포레스트에게는 색에 더해 둘레 몇 픽셀의 평균 색과 색의 퍼짐도 보여 줍니다.
# 배나 자동차는 일부러 똑같이 그렸습니다. 물 위에 있으면 배, 도로 위에 있으면 자동차입니다.
#
# **먼저 맞혀 보세요.** 색만으로 잘 찾을 클래스 둘과 못 찾을 클래스 둘을 골라 보세요.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does a single pixel know?
#
# The easiest way to learn from truth is to take a pixel for a row of data. Draw 40,000 pixels from the street pictures and
# show a random forest their colours and names. A second forest also sees the mean and the spread of the colours a few
# pixels around. Boats and cars are drawn alike on purpose: on water it is a boat, on a road a car.
#
# **Guess first.** Name two classes that colour alone will find, and two that it will not.

# %% slideshow={"slide_type": "fragment"}
def forest(widths=()):
    trees = RandomForestClassifier(20, max_depth=15, min_samples_leaf=3, n_jobs=2, random_state=0)
    return PixelClassifier(trees, widths).fit(*train)


def judge(found):
    return ConfusionMatrix(data.num_classes).update(found, val[1])


found = {L("k-평균, 24무리", "k-means, 24 groups"): PixelClassifier(NamedClusters(24)).fit(*train).predict(val[0])}
found[L("포레스트: 색", "forest: colour")] = forest().predict(val[0])
found[L("포레스트: 색과 둘레", "forest: + around")] = forest(widths=(2,)).predict(val[0])
_, colour, around = (judge(answer).iou() for answer in found.values())

fig, axes = plt.subplots(1, 2, figsize=(11, 4.4), sharey=True)
for ax, values, title in zip(axes, (colour, around), [*found][1:], strict=True):
    plots.bars(ax, names(data), values[:, None], data.palette / 255)
    ax.set(title=title, xlabel="IoU", xlim=(0, 1.1), xticks=[0, 0.5, 1])
plt.show()

at = {name: data.class_names.index(name) for name in ("sky", "road", "car")}
assert min(colour[at["sky"]], colour[at["road"]]) > colour[at["car"]] + 0.3

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 클래스마다의 IoU. 왼쪽은 색만 본 포레스트, 오른쪽은 둘레까지 본 포레스트입니다. 하늘, 도로, 세포는 둘 다 길고, 배와 자동차는 왼쪽에서 아주 짧다가
# 오른쪽에서 눈에 띄게 길어집니다. 새는 어느 쪽에서나 짧습니다.
#
# **하늘과 도로는 색이 말해 주지만, 배인지 자동차인지는 말해 주지 않습니다.** 둘레를 보여 주자 배와 자동차가 가장 많이 나아졌으니, 모자란 것은 **이웃**이었습니다.
# 다만 어떤 이웃을 어떻게 볼지를 우리가 손으로 정했습니다. 이것까지 배우게 하면 어떨까요?

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** IoU of each class; on the left the forest that sees colour, on the right the one that sees the surroundings too.
# Sky, road and cells are long in both; boat and car are very short on the left and clearly longer on the right.
# Birds are short in both.
#
# **Colour tells sky and road; it does not tell boat from car.** The surroundings improved these two most, so what was
# missing is the **neighbourhood**. But it was we who chose what to look at around a pixel, and how. What if that were learnt too?

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 신경망은 이들을 이길까?
#
# 아래 신경망은 두 번 풀링해 넓게 보고, 쌍선형 보간(bilinear interpolation)으로 되돌리면서 앞에서 지나온 촘촘한 맵을 이어 붙입니다(skip).
# 가중치는 5만 개가 안 됩니다. 이기더라도 ‘신경망이라서’인지 ‘이웃을 보아서’인지 알 수 없으니 대조군을 둡니다. 3×3 합성곱을 모두
# 1×1로 바꾸고 풀링을 없애 **픽셀 하나만** 보게 하고, 대신 채널을 세 배로 늘려 가중치의 수를 맞춘 신경망입니다.
#
# **먼저 맞혀 보세요.** 대조군의 성적은 색만 본 포레스트와 신경망 사이 어디쯤일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does a network beat them?
#
# The network below pools twice to see far, comes back by bilinear interpolation, and joins the finer maps it passed on the
# way (skips). It has fewer than 50,000 weights. Should it win, is that because it is a network, or because it sees
# neighbours? So there is a control: all 3×3 convolutions become 1×1 and the poolings go, so that it sees **one pixel
# alone**; three times the channels bring the number of weights back.
#
# **Guess first.** Where will the control come, between the forest that sees colour and the network?

# %% slideshow={"slide_type": "fragment"}
class TinyNet(nn.Module):
    """Look closely, look far, come back; with kernel 1 it sees a single pixel."""

    def __init__(self, num_classes, kernel=3, channels=(16, 32, 44), finest=True):
        super().__init__()
        fine, middle, coarse = channels
        self.num_classes, self.pool, self.finest = num_classes, 2 if kernel > 1 else 1, finest
        self.fine = conv_bn_relu(3, fine, kernel)                                # [H, W]
        self.middle = conv_bn_relu(fine, middle, kernel)                         # [H/2, W/2]
        down = conv_bn_relu(middle, coarse, kernel), conv_bn_relu(coarse, middle, kernel)
        self.coarse = nn.Sequential(*down)                                       # [H/4, W/4]
        self.join = conv_bn_relu(2 * middle, middle, kernel)
        self.name = nn.Conv2d(fine + middle if finest else middle, num_classes, 1)

    def forward(self, x):
        a = self.fine(x)
        b = self.middle(F.max_pool2d(a, self.pool))
        c = self.coarse(F.max_pool2d(b, self.pool))
        b = self.join(torch.cat([b, resize(c, b)], 1))
        return self.name(torch.cat([a, resize(b, a)], 1) if self.finest else resize(b, a))

# %% slideshow={"slide_type": "slide"}
network = partial(TinyNet, data.num_classes)
alone = partial(network, kernel=1, channels=(48, 96, 132))
sizes = [sum(p.numel() for p in make().parameters()) for make in (network, alone)]
trained = train_seeds(network, train, **how)
# ko: 이웃을 못 보는 신경망에는 그림마다 픽셀의 1/16만 보여도 됩니다 | en: what sees no neighbours may be shown 1 pixel in 16
controls = train_seeds(alone, [part[..., ::4, ::4].contiguous() for part in train], **how)

runs = {name: [judge(answer).mean_iou()] * 3 for name, answer in found.items()}
for name, models in ((L("신경망: 픽셀 하나", "network: one pixel"), controls), (L("신경망", "network"), trained)):
    answers = [predict(model, val[0]) for model in models]
    found[name], runs[name] = answers[0], [judge(answer).mean_iou() for answer in answers]

fig, ax = plt.subplots(figsize=(9, 3.2))
plots.bars(ax, [*runs], [*runs.values()], [*[GREY] * 3, course.PALETTE[5], course.PALETTE[0]])
ax.set(xlim=(0, 1), xlabel=L("mIoU (점: 시드마다)", "mIoU (dots: seeds)"))
ax.set_title(L("가중치: 신경망 {:,}개, 픽셀 하나 {:,}개", "weights: network {:,}, one pixel {:,}").format(*sizes))
plt.show()

*others, control, ours = runs.values()
assert min(ours) > max(control) + 0.1 and min(ours) > max(map(max, others))
if streets == "scenes":
    exercises.expect("6_3_0.tiny_network.mean_iou", np.mean(ours))

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 다섯 방법의 mIoU(클래스마다의 IoU의 평균). 위에서부터 k-평균, 두 포레스트, 픽셀 하나만 보는 신경망, 신경망이며, 신경망의 막대가 가장 깁니다.
# 검은 점은 시드마다의 결과로, 픽셀 하나만 보는 신경망은 0.1 안에서 흔들리고 신경망의 세 점은 거의 겹칩니다.
#
# **신경망이 시드마다 이깁니다.** 가중치의 수가 같아도 픽셀 하나만 보면 색만 본 포레스트에도 미치지 못하니, 이긴 것은 크기가 아니라 **이웃** 덕분입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Mean IoU over classes (mIoU) of five methods: k-means, two forests, the network that sees one pixel, the network,
# whose bar is the longest. Black dots are seeds: those of one pixel differ by less
# than 0.1, the network's three nearly coincide.
#
# **The network wins, whatever the seed.** With as many weights but one pixel to see, it does not even reach the forest that
# sees colour: what won is the **neighbourhood**, not the size.

# %% tags=["cover"] slideshow={"slide_type": "slide"}
kmeans, _, forest_around, _, ours = found.items()
draw.predictions(data, *val, dict([kmeans, forest_around, ours]), rows=[21])
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 같은 거리를 k-평균, 둘레까지 본 포레스트, 신경망이 나눈 마스크와, 그 아래 틀린 픽셀(주황). k-평균은 하늘을 통째로 물이라 하고, 포레스트는 테두리마다
# 흩어진 점으로 틀리며 배와 자동차를 뒤섞습니다. 신경망의 잘못은 물체의 테두리와 작은 새에 모여 있습니다.
#
# 잘못의 **모양**이 다릅니다. 픽셀을 따로따로 보면 점으로 틀리고, 이웃을 보면 덩어리의 안쪽은 맞고 테두리에서 틀립니다. 이 테두리를 어떻게 재고 고칠지가
# 6.3장 전체의 이야기입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** One street, divided by k-means, by the forest that sees its surroundings, and by the network; below each, the wrong
# pixels in vermilion. K-means calls the whole sky water; the forest errs in scattered dots along edges and mixes boat and car;
# the network errs at the edges of objects and in small birds.
#
# The **shape** of the errors differs. Who looks at pixels one by one errs in dots; who looks at neighbours is right inside and
# wrong along edges. How to measure those edges, and mend them, is what chapter 6.3 is about.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 점수는 무엇을 세는 것일까?
#
# 모든 점수는 혼동 행렬(confusion matrix) 하나에서 나옵니다. 행은 정답, 열은 예측이고, 칸마다 픽셀의 수를 적습니다. 픽셀 정확도(pixel accuracy)는
# 대각선의 합을 전체로 나눈 것이고, 클래스의 IoU는 대각선의 한 칸을 그 칸이 놓인 행과 열의 합(겹친 칸은 한 번만)으로 나눈 것입니다.
#
# **먼저 맞혀 보세요.** 작은 새가 나는 그림 100장에서 ‘새는 없다, 모두 배경이다’라고 답하면 픽셀 정확도는 얼마일까요? mIoU는요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does a score count?
#
# All scores come from one confusion matrix: a row a true class, a column a predicted one, in each cell a number of pixels.
# Pixel accuracy is the diagonal over everything. The IoU of a class is its cell on the diagonal over the sum of its row and
# column, the shared cell counted once.
#
# **Guess first.** For 100 pictures of small birds, somebody answers “no birds, all background”. What is the pixel accuracy?
# And the mIoU?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def confusion(found, truth, classes):
    """Count pixels: a row a true class, a column a predicted one; void is left out."""
    known = truth != 255
    pairs = truth[known].long() * classes + found[known].long()
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def ious(matrix):
    return matrix.diagonal() / (matrix.sum(0) + matrix.sum(1) - matrix.diagonal())


truth = birds[1][1][:100]
for label, answer in {
    L("모두 배경", "all background"): torch.zeros_like(truth),
    L("1픽셀 옆으로", "one pixel beside"): truth.roll(1, dims=2),
}.items():
    matrix = confusion(answer, truth, 2)
    accuracy, scores = matrix.trace() / matrix.sum(), ious(matrix)
    print(label, matrix.tolist())
    print(f"  acc {accuracy:.3f} · IoU {scores[0]:.3f} {scores[1]:.3f} · mIoU {scores.mean():.3f}")
    theirs = ConfusionMatrix(2).update(answer, truth)
    assert theirs.matrix.equal(matrix) and abs(theirs.mean_iou() - scores.mean()) < 1e-6
    assert accuracy > 0.97 and scores.mean() < 0.75

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **정확도 0.990, mIoU 0.495입니다.** 새가 전체 픽셀의 1%뿐이라서 아무것도 찾지 않아도 99점입니다. 정답을 한 칸 옆으로 민 답은 새를 모두 찾았는데도
# 정확도로는 ‘모두 배경’과 거의 구별되지 않습니다. mIoU는 둘을 갈라놓습니다. 위의 신경망도 정확도는 0.92를 넘지만 mIoU는 0.75쯤이고,
# 그 차이의 대부분은 새, 배, 자동차에서 납니다. 그래서 분할 논문은 mIoU를 적습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Accuracy 0.990, mIoU 0.495.** Birds are 1% of all pixels: find nothing and you get 99. The truth moved one pixel aside
# finds every bird, and accuracy hardly tells it from “all background”; mIoU does. Our network, too, has an accuracy above
# 0.92 and an mIoU of about 0.75, and most of the difference comes from birds, boats and cars. That is why papers on
# segmentation report mIoU.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 평균은 어느 평균일까?
#
# 같은 예측에서 서로 다른 ‘mIoU’가 나옵니다. ① 모든 그림을 혼동 행렬 하나에 세고 클래스로 평균하기(VOC와 Cityscapes, 논문의 mIoU),
# ② 그림과 클래스의 짝마다 IoU를 내고 모두 평균하기(torchmetrics의 `MeanIoU`), ③ ②와 같되 그림에 없는 클래스를 맞힌 것으로 보고 1을
# 주기(SMP의 `macro-imagewise`, `zero_division=1`이 기본값).
#
# **먼저 맞혀 보세요.** 새가 50픽셀인 그림에서 다 찾고, 1픽셀인 그림에서 놓쳤습니다. 새의 IoU는 ①로 얼마, ②로 얼마일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Which mean is it?
#
# The same answers have several “mIoU”. ① Count all pictures in one confusion matrix, average over classes (VOC, Cityscapes:
# the mIoU of papers). ② Take the IoU of every pair of a picture and a class, average them all (`MeanIoU` of torchmetrics).
# ③ As ②, but a class that is not in a picture counts as right, 1 (SMP's `macro-imagewise`; `zero_division=1` is its
# default).
#
# **Guess first.** A picture has 50 pixels of bird, all found; another has one, missed. What is the IoU of “bird” by ①, and by ②?

# %% slideshow={"slide_type": "fragment"}
answer = predict(trained[0], val[0])
each = [confusion(one, mask, data.num_classes) for one, mask in zip(answer, val[1], strict=True)]
pairs = torch.stack([ious(matrix) for matrix in each])    # [N, C]
pixels = torch.stack([matrix.sum(1) for matrix in each])  # [N, C]
means = {"①": judge(answer).mean_iou(), "②": pairs.nanmean(), "③": pairs.nan_to_num(1).mean()}

fig, ax = plt.subplots(figsize=(9.6, 4.4))
for name, number in (("sky", 5), ("balloon", 3), ("pole", 1), ("car", 0)):
    if name in data.class_names:
        k, colour_of = data.class_names.index(name), course.PALETTE[number]
        there = pixels[:, k].clamp(min=1)
        ax.plot(there, pairs[:, k], "o", color=colour_of, alpha=0.6, label=names(data)[k])
ax.set(xscale="log", xlabel=L("정답의 픽셀 수 (없으면 1에 표시)", "true pixels (none: drawn at 1)"))
ax.set(ylim=(-0.03, 1.03), ylabel=L("그 그림에서의 IoU", "IoU in that picture"))
ax.legend(loc="upper left", frameon=False)
written = " · ".join(f"{way} {mean:.2f}" for way, mean in means.items())
ax.set_title(L("같은 예측의 mIoU: ", "mIoU of the same answers: ") + written)
plt.show()

assert abs(means["①"] - means["②"]) > 0.01 and means["③"] - means["②"] > 0.01

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 점 하나는 그림 한 장에서 한 클래스의 IoU이고, 가로는 그 클래스의 픽셀 수(로그 눈금)입니다. 픽셀이 많은 하늘은 위쪽에 모여 있고, 픽셀이 적은 자동차와 기구는
# 0부터 1까지 흩어져 있습니다.
#
# **①은 50/51 = 0.98, ②는 (1 + 0)/2 = 0.5입니다.** ②에서는 픽셀 하나짜리 새와 화면을 채운 하늘이 똑같이 한 표이고, 없는 클래스를 한 픽셀 잘못
# 칠하면 0점짜리 표가 생깁니다. ③은 없는 클래스마다 만점을 주어 점수를 올립니다. 셋 다 쓰이는 약속이므로, 남의 숫자와 견주기 전에 **어느 평균인지** 확인하세요.
# 이 강의의 mIoU는 논문과 같은 ①입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A dot is the IoU of one class in one picture, against the number of its pixels (logarithmic). Sky, with many pixels,
# stays high; cars and balloons with few are scattered from 0 to 1.
#
# **① is 50/51 = 0.98, ② is (1 + 0)/2 = 0.5.** For ②, a bird of one pixel and a sky that fills the picture have one vote
# each, and a single wrong pixel of an absent class casts a vote of 0. ③ gives full marks for every absent class. All three
# are in use: ask **which mean it is** before you compare with somebody's number. In this course mIoU is ①, as in the papers.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 찾는 것이 드물면 무엇을 바꿀까?
#
# 교차 엔트로피(cross entropy)는 픽셀마다 한 표씩이라, 드문 클래스의 목소리가 작습니다. 처방은 세 가지입니다. **가중치**: 드문 클래스의 픽셀에 중앙값
# 빈도(median frequency)의 역수를 곱합니다. **초점 손실**(focal loss): 이미 맞힌 픽셀의 몫을 줄입니다. **다이스 손실**(Dice loss): 픽셀이
# 아니라 클래스마다 겹침을 셉니다. 새가 1%인 그림에서 손실만 바꾸고 나머지(신경망, 시드, 그림, 업데이트 수)는 같게 두었습니다.
#
# **먼저 맞혀 보세요.** 새에 90배쯤 무게를 주면 정밀도(precision, 새라고 한 것 가운데 새)와 재현율(recall, 새 가운데 찾은 것)은 각각 어떻게 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if we seek something rare?
#
# In cross entropy every pixel has one vote, and a rare class has a small voice. Three remedies: **weights** multiply pixels
# by the inverse of their class's frequency (median frequency); the **focal loss** takes votes from pixels that are right
# already; the **Dice loss** counts overlap class by class instead of pixels. In pictures with 1% of bird, change the loss and
# nothing else: same network, seeds, pictures, updates.
#
# **Guess first.** Give birds some 90 times the weight. What happens to precision (how much of what it calls bird is bird) and
# to recall (how many birds it finds)?

# %% slideshow={"slide_type": "slide"}
seekers, rare = partial(TinyNet, 2, channels=(8, 16, 24)), 1
if streets == "camvid":
    birds, seekers, rare = (train, val), network, data.class_names.index("pole")
weight = losses.median_frequency_weights(birds[0][1], seekers().num_classes)
recipes = {
    L("교차 엔트로피", "cross entropy"): losses.cross_entropy,
    L("가중치", "weights"): partial(losses.cross_entropy, weight=weight),
    L("초점 손실", "focal loss"): losses.focal_loss,
    L("다이스 손실", "Dice loss"): losses.dice_loss,
}
table, colours = np.zeros((4, 3, 3)), [GREY, *(course.PALETTE[k] for k in (3, 5, 0))]
for row, loss in enumerate(recipes.values()):
    for seed, model in enumerate(train_seeds(seekers, birds[0], loss=loss, **how)):
        matrix = confusion(predict(model, birds[1][0]), birds[1][1], model.num_classes).double()
        hit, said, there = matrix[rare, rare], matrix[:, rare].sum(), matrix[rare].sum()
        table[row, seed] = hit / said.clamp(min=1), hit / there, hit / (said + there - hit)

fig, axes = plt.subplots(1, 3, figsize=(11.4, 3.4), sharey=True)
for column, title in enumerate(L(["정밀도", "재현율", "IoU"], ["precision", "recall", "IoU"])):
    plots.bars(axes[column], [*recipes], table[:, :, column], colours)
    axes[column].set(title=title, xlim=(0, 1.2), xticks=[0, 0.5, 1])
plt.show()
plain, weighted, _, dice = table
assert min(weighted[:, 1]) > max(plain[:, 1]) and max(weighted[:, 0]) < min(plain[:, 0])
assert full or min(dice[:, 2]) > max(plain[:, 2]) > weighted[:, 2].mean()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 네 손실의 정밀도, 재현율, IoU(막대는 시드 셋의 평균, 점은 시드마다). 교차 엔트로피는 정밀도가 높고 재현율이 낮으며, 가중치를 주면 거꾸로
# 재현율이 1에 가깝고 정밀도가 뚝 떨어집니다. 초점 손실과 다이스 손실은 둘 다 높습니다.
#
# **재현율은 오르고 정밀도는 떨어집니다.** 가중치는 공짜가 아니라 **거래**입니다. 새를 놓치는 값이 비싸지자 신경망은 조금만 비슷해도 새라고 합니다. IoU로는
# 교차 엔트로피보다 나을 것이 없으니, 놓치면 안 되는 일(종양 찾기)과 헛짚으면 안 되는 일에서 고를 손실이 다릅니다. 이 짧은 학습에서는 겹침을 바로 세는 다이스 손실이 가장 낫습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Precision, recall and IoU of four losses; bars are means of three seeds, dots the seeds. Cross entropy has high
# precision and low recall; with weights it is the other way round, recall near 1 and precision far down. Focal and Dice loss
# are high in both.
#
# **Recall goes up, precision down.** Weights are no gift but a **trade**: once missing a bird is dear, the network calls
# everything a bird that looks a little like one. By IoU nothing is won over plain cross entropy; what to choose depends on
# which mistake costs more (think of a tumour). In this short training the Dice loss, which counts overlap itself, does best.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## IoU는 윤곽을 볼까?
#
# 정답 마스크를 2, 4, 8, 16분의 1로 줄였다가 그대로 키워 보겠습니다. 신경망이 거친 맵에서 답을 낼 때 잃는 것과 같은 손실입니다. 점수는 세 가지로 봅니다. mIoU,
# 윤곽에서 3픽셀 안만 세는 트라이맵(trimap) IoU, 그리고 1픽셀 안에서 만나는 윤곽의 비율인 윤곽 F1(boundary F1)입니다.
#
# **먼저 맞혀 보세요.** 4분의 1로 줄였다 키운 마스크의 mIoU는 얼마일까요? 0.97, 0.85, 0.75 가운데서 고르세요.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does IoU see the outline?
#
# Shrink the true mask 2, 4, 8 and 16 times and enlarge it again: just what is lost where a network answers on a coarse map.
# Three scores: mIoU; the IoU within 3 pixels of an outline (trimap); and boundary F1, the share of outlines that meet within
# one pixel.
#
# **Guess first.** What mIoU has a mask that was shrunk 4 times? 0.97, 0.85 or 0.75?

# %%
big = read(streets, "val", 12, 192 if streets == "scenes" else (360, 480), only="scale")
masks = torch.stack([torch.from_numpy(big.arrays(number)[1]) for number in range(12)])
factors, coarse, curves = [1, 2, 4, 8, 16], {}, []
for factor in factors:
    small = [side // factor for side in masks.shape[1:]]
    shrunk = F.interpolate(masks[:, None], small, mode="nearest-exact")
    coarse[factor] = F.interpolate(shrunk, masks.shape[1:], mode="nearest-exact")[:, 0]
    coarse[factor][coarse[factor] == 255] = 0  # ko: 답에는 void가 없습니다 | en: an answer has no void
    scores = TrimapIoU(big.num_classes, [3, math.inf]).update(coarse[factor], masks).mean_iou()
    outline = BoundaryF1(big.num_classes, tolerance=1).update(coarse[factor], masks).mean()
    curves.append((scores[math.inf], scores[3], outline))

widths = [1, 2, 4, 8, math.inf]
bands = {}
for finest in (True, False):
    models = trained if finest else train_seeds(partial(network, finest=False), train, **how)
    met = [TrimapIoU(data.num_classes, widths).update(predict(m, val[0]), val[1]) for m in models]
    bands[finest] = np.array([[*trimap.mean_iou().values()] for trimap in met])

# %% slideshow={"slide_type": "slide"}
fig, axes = plt.subplot_mosaic("abcd;llrr", figsize=(12, 6), height_ratios=[1, 1.6])
for place, factor in zip("abcd", (1, 4, 8, 16), strict=True):
    draw.picture(axes[place], big[1][0])
    levels = np.arange(big.num_classes) + 0.5
    axes[place].contour(coarse[factor][1], levels, colors=course.PALETTE[3], linewidths=1.5)
    axes[place].set_title(f"1/{factor}")
whole, near, outline = np.transpose(curves)
for values, name, number, point in (
    (whole, "mIoU", 0, 2),
    (near, L("트라이맵 IoU", "trimap IoU"), 2, 4),
    (outline, L("윤곽 F1", "boundary F1"), 3, 3),
):
    offset = {2: (8, 8), 4: (-84, 16), 3: (-104, -12)}[point]
    plots.band(axes["l"], factors, values[None], name, course.PALETTE[number], at=point, offset=offset)
axes["l"].set(xscale="log", xticks=factors, xticklabels=factors, ylim=(0, 1.15), xlabel=L("줄인 배수", "times shrunk"))
axes["l"].minorticks_off()
for finest, name, number in ((True, L("마지막 skip 있음", "with the finest skip"), 0), (False, L("없음", "without"), 1)):
    plots.band(axes["r"], range(5), bands[finest], name, course.PALETTE[number], at=2, offset=(6, -18))
axes["r"].set(xticks=range(5), xticklabels=[*widths[:-1], L("전체", "all")], ylabel="IoU")
axes["r"].set_xlabel(L("윤곽에서의 거리 (픽셀)", "pixels from an outline"))
plt.show()
gap = (bands[True] - bands[False]).mean(axis=0)
assert whole[2] > 0.9 > whole[2] - 0.1 > outline[2] and near[3] < 0.7 and gap[0] > 1.3 * gap[-1] > 0

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 위는 4, 8, 16분의 1로 줄였다 키운 마스크로, 윤곽이 계단이 됩니다. 왼쪽 아래는 세 점수로, mIoU는 천천히 내려가지만 트라이맵 IoU와 윤곽 F1은
# 뚝 떨어집니다. 오른쪽 아래는 신경망의 IoU를 윤곽에서의 거리마다 잰 것으로, 마지막 skip이 없는 쪽이 윤곽 가까이에서 더 크게 뒤집니다.
#
# **0.97입니다.** 대부분의 픽셀은 물체의 안쪽에 있어서, 계단이 된 윤곽을 mIoU는 거의 모릅니다. 윤곽 가까이만 세면 보입니다. 우리 신경망에서 가장 촘촘한 skip
# 하나를 떼면 전체 IoU보다 윤곽 1픽셀 안에서 잃는 것이 더 많습니다. skip은 윤곽을 위한 것이고, 6.3.1의 FCN과 6.3.3의 U-Net이 이것을 이어받습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Above, masks shrunk 4, 8 and 16 times and enlarged: outlines become stairs. Below on the left the three scores: mIoU
# falls slowly, trimap IoU and boundary F1 at once. On the right the network's IoU by distance from an outline: without the
# finest skip it loses most close to outlines.
#
# **0.97.** Most pixels lie inside objects, so mIoU hardly knows that the outlines have become stairs; counted near outlines
# alone, it shows. Take the finest skip from our network, and it loses more within one pixel of an outline than overall. Skips
# are for outlines; FCN (6.3.1) and U-Net (6.3.3) live on them.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# > ### 원문 바로잡기
# >
# > **원문** 분할은 **모든** 픽셀에 이름을 붙이는 일이다.
# >
# > **무엇이 느슨한가** ① 정답에는 이름이 없는 픽셀(255, void)이 있고, 손실에도 점수에도 들어가지 않습니다. PyTorch의 `cross_entropy`는 255를
# > 만나면 오류를 내고, `ignore_index=255`를 주면 void뿐인 조각에서 nan을 냅니다. nan 하나가 가중치를 모두 망칩니다. ② 클래스의 마스크는 **개수를 모릅니다**.
# > 맞닿은 세포는 한 덩어리입니다.
# >
# > **오늘 돌아가는 셀** void뿐이면 0을 내는 `helpers.segmentation.losses`를 쓰고, 개수가 필요하면 개체 분할(instance segmentation)이나 6.3.3처럼 세포 사이를 떼어 놓는 손실을 쓰세요.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# > ### Setting the notes right
# >
# > **The notes** Segmentation gives a name to **every** pixel.
# >
# > **What is loose** ① The truth has pixels without a name (255, void), and they count in no loss and no score. PyTorch's
# > `cross_entropy` raises an error when it meets 255; with `ignore_index=255` it gives nan on a crop of nothing but void, and one
# > nan ruins all weights. ② A mask of classes **cannot count**: cells that touch are one blob.
# >
# > **The cell that works today** `helpers.segmentation.losses` give 0 where all is void. Where you need numbers of things,
# > take instance segmentation, or a loss that keeps cells apart as in 6.3.3.

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
logits, void = torch.zeros(1, 11, 8, 8), torch.full((1, 8, 8), 255)
try:
    F.cross_entropy(logits, void)
except IndexError as error:
    print("cross_entropy:", error)
print("ignore_index=255:", F.cross_entropy(logits, void, ignore_index=255).item())
print("helpers:", losses.cross_entropy(logits, void).item(), losses.dice_loss(logits, void).item())
assert losses.cross_entropy(logits, void) == 0

touching = datasets.load("scenes", "val", n=10, size=96, only="touching", instances=True)
cells = [touching[number][1].numpy() for number in range(10)]
there, blobs = sum(cell.max() for cell in cells), sum(ndimage.label(cell > 0)[1] for cell in cells)
print(L("세포", "cells"), there, L("· 덩어리", "· blobs"), blobs)
assert blobs < there / 2

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 넣으면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 그림의 크기를 바꾸면서 마스크도 같은 방법(쌍선형 보간)으로 바꾸었습니다. 번호를 섞어 평균 낸 마스크는 소수가 되고,
# 다행히 손실이 받아 주지 않습니다. 위험한 것은 그다음, 오류를 없애려고 `.long()`을 붙이는 것입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**: the picture is resized, and the mask with it, by the same bilinear interpolation. A
# mask of averaged numbers holds fractions, and the loss, luckily, refuses it. Dangerous is what comes next: to append
# `.long()` so that the error goes away.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
_, mask = example[31]
mask = torch.where(mask == 10, 10, 2)  # ko: 하늘(2)과 기구(10)만 | en: nothing but sky (2) and a balloon (10)
smooth = F.interpolate(mask[None, None].float(), size=(36, 36), mode="bilinear")[:, 0]
F.cross_entropy(torch.zeros(1, 11, 36, 36), smooth)

# %% slideshow={"slide_type": "fragment"}
naive = smooth[0].long()
right = F.interpolate(mask[None, None].float(), size=(36, 36), mode="nearest-exact")[0, 0].long()
fig, axes = plt.subplots(1, 3, figsize=(10, 4))
titles = L("정답 96×96", "truth 96×96"), "bilinear, .long()", "nearest-exact"
for ax, drawn, title in zip(axes, (mask, naive, right), titles, strict=True):
    draw.mask(ax, drawn, example)
    ax.set_title(title)
draw.classes_legend(fig, example, naive)
plt.show()

invented = ~torch.isin(naive, mask.unique())
print(L("없던 클래스의 픽셀", "pixels of invented classes"), int(invented.sum()))
assert invented.sum() > 50 and torch.isin(right, mask.unique()).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 하늘과 기구뿐인 정답, 가운데는 쌍선형으로 줄이고 `.long()`을 붙인 것으로 기구의 테두리에 물, 기둥, 자동차 같은 엉뚱한 색 띠가 생겼습니다. 오른쪽
# nearest-exact는 두 클래스 그대로입니다.
#
# **증상** 물체의 테두리마다 학습 자료에 없는 클래스가 한 줄씩 둘려 있고 mIoU가 낮습니다. 하늘(2)과 기구(10)의 가운데는 기둥(6)이기 때문입니다. **검사**
# 크기를 바꾸기 전과 뒤의 `mask.unique()`를 견주어 봅니다. **처방** 마스크는 `nearest-exact`로만 바꿉니다. 이름이 비슷한 `nearest`는 반 칸 밀립니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** On the left the truth, sky and a balloon; in the middle, shrunk bilinearly and `.long()`: around the balloon runs a
# rim of odd colours, water, pole, car. On the right nearest-exact, with two classes as before.
#
# **Symptom**: every object has a thin rim of classes that are not there, and mIoU is low; halfway between sky (2) and balloon
# (10) lies pole (6). **Test**: compare `mask.unique()` before and after the resize. **Cure**: resize masks by
# `nearest-exact` only; its namesake `nearest` moves them by half a pixel.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 두 클래스의 혼동 행렬 `[[a, b], [c, d]]`(행은 정답, 열은 예측)을 받아 **클래스 1**의 IoU를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that takes a confusion matrix of two classes, `[[a, b], [c, d]]` (rows true, columns predicted), and
# returns the IoU of **class 1**.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("6_3_0_segmentation")


def iou_of_class_1(matrix):
    (a, b), (c, d) = matrix
    return ...


q1.check(iou_of_class_1)

# %% tags=["question"] exercise="q1"
hint = L("교집합은 d입니다. 합집합에는 정답이 1인 픽셀과 예측이 1인 픽셀이 모두 들어갑니다.",
         "The intersection is d. The union holds all pixels that are truly 1 or predicted 1.")
right = L("맞았습니다. 클래스 0을 맞힌 a는 들어가지 않으니, 배경이 아무리 넓어도 점수가 오르지 않습니다.",
          "Right. The a pixels of class 0 do not enter: a wide background cannot raise the score.")


def check(iou_of_class_1):
    value, truth = float(iou_of_class_1([[80, 6], [4, 10]])), 10 / 20
    if abs(value - truth) < 1e-9:
        return None
    for other, complaint in [
        (0.9, L("그것은 픽셀 정확도입니다. a는 빼야 합니다.", "That is pixel accuracy: leave a out.")),
        (20 / 30, L("그것은 다이스입니다. d를 두 번 세었습니다.", "That is Dice: d is counted twice.")),
        (10 / 14, L("그것은 재현율입니다. 헛짚은 b도 합집합에 들어갑니다.", "That is recall: the false alarms b belong to the union too.")),
        (10 / 16, L("그것은 정밀도입니다. 놓친 c도 합집합에 들어갑니다.", "That is precision: the missed c belong to the union too.")),
        (80 / 90, L("그것은 클래스 0의 IoU입니다.", "That is the IoU of class 0.")),
    ]:
        if abs(value - other) < 1e-9:
            return complaint
    return L(f"[[80, 6], [4, 10]]이면 {truth:.2f}이어야 하는데 {value:.4f}가 나왔습니다.",
             f"For [[80, 6], [4, 10]] it should be {truth:.2f}; yours is {value:.4f}.")


# %% tags=["solution"] exercise="q1"
def iou_of_class_1(matrix):
    (a, b), (c, d) = matrix
    return d / (b + c + d)

# %% tags=["wrong"] exercise="q1" says=["픽셀 정확도", "pixel accuracy"]
def iou_of_class_1(matrix):
    (a, b), (c, d) = matrix
    return (a + d) / (a + b + c + d)

# %% tags=["wrong"] exercise="q1" says=["다이스", "Dice"]
def iou_of_class_1(matrix):
    (a, b), (c, d) = matrix
    return 2 * d / (b + c + 2 * d)

# %% tags=["wrong"] exercise="q1" says=["재현율", "recall"]
def iou_of_class_1(matrix):
    (a, b), (c, d) = matrix
    return d / (c + d)

# %% [markdown] lang="ko"
# **q2.** 의료 영상 논문은 IoU 대신 다이스(Dice = 2·교집합 / (정답 넓이 + 예측 넓이))를 적습니다. 다이스를 받아 IoU를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q2.** Papers on medical pictures report Dice, 2 · intersection / (true area + predicted area), instead of IoU. Write a
# function that takes Dice and returns IoU.

# %% tags=["exercise"] exercise="q2"
def iou_from_dice(dice):
    return ...


q2.check(iou_from_dice)

# %% tags=["question"] exercise="q2"
hint = L("교집합을 I, 합집합을 U라 하면 두 넓이의 합은 U + I입니다. Dice = 2I / (U + I)를 I / U로 풀어 보세요.",
         "With intersection I and union U, the two areas sum to U + I. Solve Dice = 2I / (U + I) for I / U.")
right = L("맞았습니다. 다이스가 늘 더 큽니다(0과 1에서만 같습니다). 다이스 0.9는 IoU로 0.82입니다.",
          "Right. Dice is always the larger, equal only at 0 and 1: a Dice of 0.9 is an IoU of 0.82.")


def check(iou_from_dice):
    value, truth = float(iou_from_dice(0.8)), 0.8 / 1.2
    if abs(value - truth) < 1e-9:
        return None
    if abs(value - 1.6 / 1.8) < 1e-9:
        return L("거꾸로입니다. IoU에서 다이스를 구하는 식입니다.", "That is the other way round: Dice from IoU.")
    if abs(value - 0.4) < 1e-9:
        return L("반으로 나누면 완벽한 답(다이스 1)도 IoU가 0.5가 됩니다.", "Halved, even a perfect answer (Dice 1) would have an IoU of 0.5.")
    if value > 0.8:
        return L("IoU는 다이스보다 클 수 없습니다.", "IoU cannot be larger than Dice.")
    return L(f"다이스 0.8이면 {truth:.4f}이어야 하는데 {value:.4f}가 나왔습니다.", f"For Dice 0.8 it should be {truth:.4f}; yours is {value:.4f}.")


# %% tags=["solution"] exercise="q2"
def iou_from_dice(dice):
    return dice / (2 - dice)

# %% tags=["wrong"] exercise="q2" says=["거꾸로", "other way round"]
def iou_from_dice(dice):
    return 2 * dice / (1 + dice)

# %% tags=["wrong"] exercise="q2" says=["반으로", "Halved"]
def iou_from_dice(dice):
    return dice / 2

# %% [markdown] lang="ko"
# **q3.** 픽셀 100개짜리 그림 두 장에서 ‘새’를 찾았습니다. 첫 그림: 정답 40, 예측 40, 겹침 30. 둘째 그림: 정답 2, 예측 2, 겹침 0. 새의 IoU를 ① 모두 모아 한
# 번에 센 값과 ② 그림마다 구해 평균한 값의 차례로 적으세요.

# %% [markdown] lang="en"
# **q3.** “Bird” was sought in two pictures of 100 pixels. The first: 40 true, 40 predicted, 30 in both. The second: 2 true, 2
# predicted, none in both. Give the IoU of bird ① counted once over both pictures and ② as the mean over pictures, in this order.

# %% tags=["exercise"] exercise="q3"
over_all, per_picture = ..., ...
q3.check(over_all, per_picture)

# %% tags=["question"] exercise="q3"
hint = L("합집합은 정답 + 예측 − 겹침입니다. 첫 그림에서 50, 둘째 그림에서 4입니다.",
         "The union is true + predicted − both: 50 in the first picture, 4 in the second.")
right = L("맞았습니다. 픽셀 두 개를 놓친 것이 ②에서는 점수의 반을 앗아 갑니다.",
          "Right. Two missed pixels take half of the score in ②.")


def check(over_all, per_picture):
    close = [abs(a - b) < 0.005 for a, b in ((over_all, 30 / 54), (per_picture, 0.3))]
    if all(close):
        return None
    if abs(over_all - 0.3) < 0.005 and abs(per_picture - 30 / 54) < 0.005:
        return L("차례가 바뀌었습니다.", "The order is reversed.")
    if abs(over_all - 30 / 84) < 0.005 or abs(per_picture - 30 / 160) < 0.005:
        return L("합집합에서 겹친 부분을 두 번 세었습니다. 한 번 빼세요.", "The union counts the overlap twice: take it off once.")
    if abs(over_all - 60 / 84) < 0.005:
        return L("그것은 다이스입니다.", "That is Dice.")
    return L("①이 아직 아닙니다." if not close[0] else "②가 아직 아닙니다.", "① is not right yet." if not close[0] else "② is not right yet.")


# %% tags=["solution"] exercise="q3"
over_all = (30 + 0) / (50 + 4)
per_picture = (30 / 50 + 0 / 4) / 2

# %% tags=["wrong"] exercise="q3" says=["차례", "order"]
over_all = 0.3
per_picture = 30 / 54

# %% tags=["wrong"] exercise="q3" says=["두 번 세었습니다", "twice"]
over_all = 30 / (80 + 4)
per_picture = (30 / 80 + 0) / 2

# %% tags=["wrong"] exercise="q3" says=["다이스", "Dice"]
over_all = 60 / 84
per_picture = 0.375

# %% [markdown] lang="ko"
# **q4.** 마스크(NumPy 배열 [H, W])와 정수 배수 `factor`를 받아 **보간 함수 없이** 가장 가까운 픽셀로 줄이는 함수를 쓰세요. 새 픽셀 하나가 덮는
# `factor`×`factor` 칸의 한가운데(짝수이면 바로 아래·오른쪽) 픽셀을 고릅니다.

# %% [markdown] lang="en"
# **q4.** Write a function that takes a mask (NumPy array [H, W]) and a whole number `factor`, and shrinks it to the nearest
# pixel **without an interpolation function**: of the `factor`×`factor` squares under a new pixel take the middle one (for even
# numbers the one below and right of the middle).

# %% tags=["exercise"] exercise="q4"
def shrink(mask, factor):
    return ...


q4.check(shrink)

# %% tags=["question"] exercise="q4"
hint = L("파이썬의 조각 mask[시작::간격, 시작::간격]이면 됩니다. 어디서 시작해야 칸의 한가운데일까요?",
         "A slice is enough: mask[start::step, start::step]. Where must it start to hit the middle?")
right = L("맞았습니다. 평균을 내지 않으니 없던 클래스가 생길 수 없습니다. nearest-exact가 하는 일입니다.",
          "Right. Nothing is averaged, so no class can be invented. This is what nearest-exact does.")


def check(shrink):
    import numpy as np

    mask = np.arange(81).reshape(9, 9) % 7
    small = np.asarray(shrink(mask, 3))
    if small.shape != (3, 3):
        return L(f"9×9를 3으로 줄이면 3×3이어야 하는데 {small.shape}입니다.", f"9×9 by 3 should be 3×3; yours is {small.shape}.")
    if small.dtype.kind == "f":
        return L("소수가 나왔습니다. 번호를 평균 내면 없던 클래스가 생깁니다.", "It holds fractions: averaging numbers invents classes.")
    if (small == mask[::3, ::3]).all():
        return L("칸의 왼쪽 위를 골랐습니다. 마스크가 반 칸 밀립니다(mode='nearest'가 하는 일입니다).",
                 "You took the top left of each square: the mask moves by half a square, as mode='nearest' does.")
    if not (small == mask[1::3, 1::3]).all():
        return L("칸의 한가운데가 아닙니다.", "That is not the middle of the squares.")
    if not (np.asarray(shrink(mask[:8, :8], 2)) == mask[1:8:2, 1:8:2]).all():
        return L("2로 줄일 때가 다릅니다. 시작은 factor // 2입니다.", "By 2 it differs: start at factor // 2.")


# %% tags=["solution"] exercise="q4"
def shrink(mask, factor):
    return mask[factor // 2 :: factor, factor // 2 :: factor]

# %% tags=["wrong"] exercise="q4" says=["왼쪽 위", "top left"]
def shrink(mask, factor):
    return mask[::factor, ::factor]

# %% tags=["wrong"] exercise="q4" says=["소수", "fractions"]
def shrink(mask, factor):
    h, w = mask.shape
    return mask.reshape(h // factor, factor, w // factor, factor).mean(axis=(1, 3))

# %% [markdown] lang="ko"
# **q5.** 마스크(NumPy 배열 [H, W])를 받아 **오른쪽이나 아래** 픽셀과 클래스가 다른 픽셀만 True인 배열 [H, W]를 돌려주는 함수를 쓰세요. 그림의 가장자리는 윤곽이
# 아닙니다.

# %% [markdown] lang="en"
# **q5.** Write a function that takes a mask (NumPy array [H, W]) and returns an array [H, W] that is True just where the pixel
# **to the right or below** has another class. The border of the picture is no outline.

# %% tags=["exercise"] exercise="q5"
def outline(mask):
    return ...


q5.check(outline)

# %% tags=["question"] exercise="q5"
hint = L("mask[:, :-1] != mask[:, 1:]은 한 열이 모자랍니다. 모두 False인 배열을 만들어 두고 조각마다 |=로 채우세요.",
         "mask[:, :-1] != mask[:, 1:] lacks one column. Begin with an array of False and fill slices of it by |=.")
right = L("맞았습니다. 윤곽 점수는 모두 이런 픽셀에서 시작합니다.", "Right. Every boundary score begins with these pixels.")


def check(outline):
    import numpy as np

    mask = np.array([[0, 0, 1], [0, 0, 1], [2, 2, 2]])
    truth = np.array([[0, 1, 0], [1, 1, 1], [0, 0, 0]], bool)
    found = np.asarray(outline(mask))
    if found.shape != mask.shape:
        return L(f"크기가 {found.shape}입니다. 마스크와 같아야 합니다.", f"Its shape is {found.shape}; it must be the mask's.")
    if (found == truth).all():
        return None
    if found[0, 2] and not truth[0, 2] and found[2].any():
        return L("np.roll은 가장자리에서 반대쪽 끝과 견줍니다. 그림의 가장자리는 윤곽이 아닙니다.",
                 "np.roll compares the border with the far side; the border is no outline.")
    if not found[1, 0]:
        return L("아래 픽셀과도 견주어야 합니다.", "Compare with the pixel below too.")
    return L(f"{mask.tolist()}이면 {truth.astype(int).tolist()}이어야 합니다.", f"For {mask.tolist()} it should be {truth.astype(int).tolist()}.")


# %% tags=["solution"] exercise="q5"
def outline(mask):
    found = np.zeros(mask.shape, bool)
    found[:, :-1] |= mask[:, :-1] != mask[:, 1:]
    found[:-1] |= mask[:-1] != mask[1:]
    return found

# %% tags=["wrong"] exercise="q5" says=["np.roll", "np.roll"]
def outline(mask):
    return (mask != np.roll(mask, -1, axis=1)) | (mask != np.roll(mask, -1, axis=0))

# %% tags=["wrong"] exercise="q5" says=["크기가", "shape"]
def outline(mask):
    return mask[:, :-1] != mask[:, 1:]

# %% tags=["wrong"] exercise="q5" says=["아래 픽셀", "below"]
def outline(mask):
    found = np.zeros(mask.shape, bool)
    found[:, :-1] = mask[:, :-1] != mask[:, 1:]
    return found

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 분할은 픽셀마다 하는 분류입니다. 마스크는 `uint8` 번호이고, 255는 손실에도 점수에도 들어가지 않습니다.
# 2. 신경망을 자랑하기 전에 임계값과 랜덤 포레스트부터 이기세요. 이기게 해 주는 것은 이웃입니다.
# 3. 픽셀 정확도는 넓은 배경이 채우고, mIoU는 클래스마다 한 표입니다. ‘mIoU’에도 여러 가지가 있으니 어느 평균인지 물으세요.
# 4. 드문 것을 찾을 때 손실의 무게는 공짜가 아닙니다. 재현율을 정밀도로 삽니다.
# 5. mIoU는 윤곽을 거의 보지 못합니다. 윤곽이 중요하면 윤곽을 재세요. 마스크의 크기는 nearest-exact로만 바꾸세요.
#
# **더 읽을거리** J. Long 외, “Fully Convolutional Networks for Semantic Segmentation” (CVPR 2015), 5절의 점수 · M. Everingham 외,
# “The Pascal Visual Object Classes Challenge: A Retrospective” (IJCV 2015) · G. Csurka 외, “What is a good evaluation measure for
# semantic segmentation?” (BMVC 2013) · D. Eigen, R. Fergus (ICCV 2015), 중앙값 빈도 · T.-Y. Lin 외, “Focal Loss” (ICCV 2017), 3절 ·
# F. Milletari 외, “V-Net” (3DV 2016), 3절 · N. Otsu (1979)
#
# **다음** [6.3.1 FCN](6_3_1_fcn.ipynb): 분류 신경망을 사진 위로 미끄러뜨리면 분할이 됩니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. Segmentation is classification of every pixel. A mask is `uint8` numbers, and 255 enters neither loss nor score.
# 2. Before you praise a network, beat a threshold and a random forest. What beats them is the neighbourhood.
# 3. A wide background fills pixel accuracy; in mIoU each class has one vote. There are several “mIoU”: ask which mean it is.
# 4. Where you seek something rare, weights in the loss are not free: they buy recall with precision.
# 5. mIoU hardly sees outlines. Where they matter, measure them. Resize masks by nearest-exact only.
#
# **Further reading** J. Long et al., “Fully Convolutional Networks for Semantic Segmentation” (CVPR 2015), section 5 on metrics ·
# M. Everingham et al., “The Pascal Visual Object Classes Challenge: A Retrospective” (IJCV 2015) · G. Csurka et al., “What is a good
# evaluation measure for semantic segmentation?” (BMVC 2013) · D. Eigen, R. Fergus (ICCV 2015), median frequency · T.-Y. Lin et al.,
# “Focal Loss” (ICCV 2017), section 3 · F. Milletari et al., “V-Net” (3DV 2016), section 3 · N. Otsu (1979)
#
# **Next** [6.3.1 FCN](6_3_1_fcn.ipynb): slide a classifier over the picture, and it segments.
