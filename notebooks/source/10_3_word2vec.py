# Lesson 10_3, claims E07 to E09: a story too short, how much text it takes, pairs, the hidden layer, negatives, knobs, a film.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="짧은 이야기로 얻은 유사도가 왜 잡음인지 재어 보고, 글이 얼마나 길어야 뜻이 나타나는지 봅니다. CBOW와 스킵그램을 PyTorch로 직접 만들어 gensim과 견줍니다."
# # 10.3 Word2Vec: 이웃을 맞히다 보면 뜻이 남는다
#
# ![배우는 동안의 낱말 지도 네 장. 처음에는 한데 엉켜 있던 점들이 주제별로 갈라져 모입니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [10.1 원-핫 인코딩](10_1_one_hot.ipynb): 서로 다른 낱말의 원-핫 벡터는 내적이 0입니다. 행렬곱과 시그모이드.
#
# **마치고 나면** ① 유사도 하나를 보았을 때 그것이 뜻인지 잡음인지 재어 볼 수 있습니다.
# ② CBOW와 스킵그램을 PyTorch로 쓰고, 왜 네거티브 샘플링이 있어야 하는지 보여 줄 수 있습니다.
# ③ 창, 차원, 서브샘플링을 하려는 일에 맞게 고를 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Measure why similarities from a short story are noise and how much text it takes. CBOW and skip-gram by hand in PyTorch, beside gensim."
# # 10.3 Word2Vec: guess the neighbours, and meaning stays behind
#
# ![Four maps of words during training. The points, tangled at first, part into topics.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [10.1 One-hot encoding](10_1_one_hot.ipynb): one-hot vectors of different words have inner product 0.
# Matrix products and the sigmoid.
#
# **Afterwards** ① shown a similarity, you can measure whether it is meaning or noise; ② you can write CBOW and skip-gram in
# PyTorch and show what negative samples are for; ③ you can choose window, dimension and sub-sampling for the task.

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
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice, product

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from gensim.models import KeyedVectors, Word2Vec
from sklearn.decomposition import PCA
from torch import nn

from helpers import datasets, exercises
from helpers.datasets import corpora
from helpers.embeddings import CBOW, SkipGram, evaluate_analogies
from helpers.embeddings.grouping import agreement, group_share, inside_and_out
from helpers.embeddings.pairs import grouped_pairs, pairs, thin
from helpers.embeddings.search import spelt_alike
from helpers.embeddings.streams import Sentences
from helpers.embeddings.vocabulary import Vocabulary
from helpers.plots import band, bars, heatmap

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 이야기 한 편으로 낱말의 뜻을 배울 수 있을까?
#
# 원문은 피터 팬 이야기 90문장을 `Word2Vec`에 넣고 유사도를 읽습니다. CBOW에서 peter와 wendy는 −0.083, peter와 hook은 −0.058이고
# 스킵그램(skip-gram)에서는 0.271과 0.456입니다. 그렇다면 피터는 웬디보다 후크와 더 가까운 셈입니다. 우리가 다시 쓴 피터 팬으로
# 똑같이 해 보되, **시드만 바꾸어 스무 번** 해 보겠습니다.
#
# **먼저 맞혀 보세요.** 시드를 바꾸면 peter와 hook의 유사도는 얼마나 달라질까요? 소수점 셋째 자리가 달라질까요, 첫째 자리가 달라질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can one story teach what words mean?
#
# The notes put 90 sentences of Peter Pan into `Word2Vec` and read off similarities: with CBOW −0.083 for peter and wendy, −0.058
# for peter and hook; with skip-gram 0.271 and 0.456. So Peter is closer to Hook than to Wendy? Let us do the same with our own
# telling of the story, but **twenty times, with nothing changed but the seed**.
#
# **Guess first.** How much does the similarity of peter and hook change with the seed: in the third digit, or in the first?

# %% claim=["E09"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
gensim_cbow = partial(Word2Vec, sg=0, min_count=1, workers=1)  # ko: 100차원, 창 5 | en: 100 dimensions, window 5
story = list(Sentences("peter", "treebank"))  # ko: 문장 부호도 낱말로 | en: marks are words too
plainly = list(Sentences("peter", "plain"))  # ko: 글자만 | en: letters only
for name, cut in [("treebank", story), ("plain", plainly)]:
    print(f"{name:9}", len(cut), L("문장", "sentences"), sum(map(len, cut)), L("토큰", "tokens"))


def similarities(sentences, seed, epochs, **how):
    """Cosines of three pairs; after 0 epochs, of the random start."""
    model = gensim_cbow(seed=seed, **how)
    model.build_vocab(sentences)
    if epochs:
        model.train(sentences, total_examples=len(sentences), epochs=epochs)
    return [model.wv.similarity(*pair) for pair in asked]


asked = [("peter", "wendy"), ("peter", "hook"), ("hook", "crocodile")]

# %% claim=["E09"] slideshow={"slide_type": "slide"}
runs = {(sg, epochs): np.array([similarities(story, seed, epochs, sg=sg) for seed in range(20)])
        for sg in (0, 1) for epochs in (0, 5)}
fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), sharex=True)
for sg, ax in enumerate(axes):
    for row, (start, learned) in enumerate(zip(runs[sg, 0].T, runs[sg, 5].T, strict=True)):
        ax.plot(start, np.full(20, row - 0.15), "|", color="#8A8A8A", markersize=11, markeredgewidth=2)
        ax.plot(learned, np.full(20, row + 0.15), "o", color=course.PALETTE[0], alpha=0.6)
    ax.set_yticks(range(3), [" · ".join(pair) for pair in asked])
    ax.set(ylim=(2.6, -0.6), xlim=(-0.45, 1.1), xlabel=L("유사도 (코사인)", "similarity (cosine)"))
    ax.set_title(["CBOW", L("스킵그램", "skip-gram")][sg])
axes[0].annotate(L("| 배우기 전", "| untrained"), (0.45, -0.1), color="#6A6A6A")
axes[0].annotate(L("● 배운 뒤", "● trained"), (0.45, 0.25), color=course.PALETTE[0], weight="bold")
plt.show()

cbow, skip = runs[0, 5], runs[1, 5]
memory = np.corrcoef(runs[0, 0].ravel(), cbow.ravel())[0, 1]
print(L("CBOW 표준편차", "CBOW, standard deviation"), cbow.std(axis=0).round(2), "· 1/√100 = 0.10")
print(L("배우기 전과의 상관", "correlation with the start"), round(memory, 1))
assert cbow.std(axis=0).min() > 0.06 and memory > 0.7
assert np.ptp(cbow, axis=0).min() > 0.2 and skip.min() > 0.7
other = similarities(plainly, 0, 5)
assert np.abs(cbow[0] - other).max() > 0.03  # ko: 같은 시드, 다른 토큰화 | en: same seed, other tokens

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 세 낱말 짝의 유사도를 시드 스무 개마다 점 하나로 찍은 두 그림. 왼쪽 CBOW의 점은 배우기 전의 세로줄보다 조금 오른쪽에, 세로줄만큼 넓게 흩어져 있습니다. 오른쪽 스킵그램의
# 점은 짝을 가리지 않고 0.9와 1 사이에 몰려 있습니다.
#
# **첫째 자리부터 달라집니다.** 0.0이 나오기도 하고 0.3이 나오기도 합니다. CBOW의 값은 배우기 전의 무작위 값을 거의 그대로 지니고 있습니다. 2천 토큰으로는 벡터가 출발점에서 떠나지도 못한 것입니다. 스킵그램은 반대로 **아무 낱말이나**
# 0.9 넘게 가깝다고 합니다. 둘 다 후크에 대해 아는 것이 없습니다. 시드를 그대로 두고 낱말을 자르는 법만 바꾸어도 숫자가 달라집니다.
#
# > ### 원문 바로잡기
# >
# > **원문** `model.wv.similarity('peter', 'hook')`의 값을 뜻의 가까움으로 읽습니다.
# >
# > **무엇이 문제인가** 100차원 무작위 벡터의 유사도는 0 둘레에 1/√100 = 0.1만큼 흩어집니다. 원문의 −0.083과 −0.058은 이 잡음 안에 있습니다. NLTK 3.10.0과
# > 3.10.2는 원문의 글을 89문장과 97문장으로 다르게 자르므로, 판(version)만 바뀌어도 값이 바뀝니다.
# >
# > **오늘 돌아가는 셀** 바로 위의 셀입니다. 값을 읽기 전에 시드를 바꾸어 보고, 배우기 전과 견주고, 아무 상관 없는 짝과 견주세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Similarities of three pairs, a dot for each of twenty seeds. Left, CBOW: the dots lie a little to the right of the bars from
# before training and scatter as widely. Right, skip-gram: whatever the pair, the dots crowd between 0.9 and 1.
#
# **In the first.** It may be 0.0, it may be 0.3. CBOW's values are little else than the random start: with two thousand tokens the vectors
# have hardly left it.
# Skip-gram on the contrary says that **any two words** are closer than 0.9. Neither knows a thing about Hook. Keep the seed and only
# cut the words another way, and the numbers change too.
#
# > ### Setting the notes right
# >
# > **The notes** read `model.wv.similarity('peter', 'hook')` as nearness of meaning.
# >
# > **What is wrong** Similarities of random vectors in 100 dimensions scatter around 0 by 1/√100 = 0.1, and the notes' −0.083 and
# > −0.058 lie within that. NLTK 3.10.0 and 3.10.2 cut the notes' text into 89 and into 97 sentences: a new version alone gives new values.
# >
# > **The cell that works today** is the one above: before you read a value, change the seed, compare it with the untrained one, and with
# > pairs that have nothing to do with each other.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 글이 얼마나 길어야 할까?
#
# 진짜 글에서는 두 낱말이 얼마나 가까워야 옳은지 아무도 모릅니다. 그래서 뜻이 정해진 작은 세상의 이야기(Tales)를 씁니다. 문법이 문장을 뽑으므로 어느
# 낱말이 농장, 바다, 숲의 것인지 정확히 압니다. 이제 글을 1천 낱말에서 10만 낱말까지 늘리며 원문처럼 CBOW로 배우고 세 가지를 잽니다.
# ① 배우기 전의 값이 얼마나 남았나 ② 같은 주제와 다른 주제의 유사도 차이 ③ 가장 가까운 세 낱말이 같은 주제인가.
#
# **먼저 맞혀 보세요.** 시드마다 값이 똑같아지면 믿어도 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How much text does it take?
#
# On real text nobody knows how near two words ought to be. So we take tales from a small world of known meaning: a grammar draws the
# sentences, so which words belong to the farm, the sea, the forest is certain. We grow the text from 1,000 to 100,000 words, train CBOW as
# the notes do, and measure: ① how much of the start is left, ② how much closer words of one topic are than words of two, ③ whether
# the three nearest words are of the same topic.
#
# **Guess first.** Once every seed gives the same value, may we trust it?

# %% claim=["E09"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
tales, sentences = datasets.load("tales", words=200_000), list(datasets.load("tales", words=300_000))
lengths = np.cumsum([len(sentence) for sentence in sentences])
topical = [word for words in tales.topics.values() for word in words]


def probe(words, seed):
    """What is left of the start, similarity across topics, and how many neighbours share the topic."""
    part = sentences[: np.searchsorted(lengths, words) + 1]
    start, wv = gensim_cbow(seed=seed), gensim_cbow(part, seed=seed).wv
    start.build_vocab(part)  # ko: 배우지 않은 쌍둥이 | en: a twin that learns nothing
    across = inside_and_out(wv, tales.topics)[1]
    return agreement(start.wv, wv, topical), across, group_share(wv, tales.topics)


for sentence in sentences[:4]:
    print(*sentence)
sizes = np.array([1_000, 3_000, 10_000, 30_000, 100_000])
meter = np.array([[probe(size, seed) for size in sizes] for seed in range(3)])  # [seeds, sizes, 3]

# %% claim=["E09"] slideshow={"slide_type": "slide"}
fig, ax = plt.subplots(figsize=(10, 4.4))
left, across, share = np.moveaxis(meter, 2, 0)
for seeds, name, color, at, offset in [
    (left, L("처음 값이 남은 정도", "what is left of the start"), 3, 0, (14, -4)),
    (across, L("다른 주제끼리의 유사도", "similarity across topics"), 2, 2, (-110, 10)),
    (share, L("이웃 셋이 같은 주제", "three nearest share the topic"), 0, 4, (-190, 4)),
]:
    band(ax, sizes, seeds, name, course.PALETTE[color], at=at, offset=offset)
ax.axhline(1 / 6, color="#8A8A8A", linestyle=":")
ax.annotate(L("눈을 감고 찍으면", "by chance"), (40_000, 0.19), color="#6A6A6A")
ax.set(xscale="log", ylim=(-0.12, 1.2), xlabel=L("배운 글의 길이 (낱말)", "length of the text (words)"))
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.set_ylabel(L("상관, 유사도, 몫", "correlation, cosine, share"))
plt.show()

left, across, share = meter.mean(axis=0).T
assert left[0] > 0.9 and abs(left[-1]) < 0.3  # ko: 처음에는 출발점뿐 | en: at first nothing but the start
assert across[2] > 0.9 and share[2] < 0.5  # ko: 그다음에는 모두 한 덩어리 | en: then all is one lump
assert share[-1] > 0.95 and across[-1] < 0.5  # ko: 마침내 뜻 | en: meaning at last

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 글의 길이에 따른 세 선. 처음 값이 남은 정도는 1천 낱말에서 1에 가깝다가 떨어집니다. 다른 주제끼리의 유사도는 1만 낱말에서 1 가까이 솟았다가 내려옵니다. 이웃 셋이 같은 주제일 몫은
# 1만 낱말까지 찍는 것과 비슷하다가 10만 낱말에서 1에 이릅니다.
#
# **아닙니다. 세 때가 있습니다.** 1천 낱말에서는 출발점의 잡음뿐이고, 1만 낱말에서는 모든 낱말이 한 덩어리로 붙어 시드마다 값이 0.99로 똑같지만 아는 것이 없습니다. 10만 낱말쯤 되어야 덩어리가 주제별로
# 갈라집니다. 흔들리지 않는 값이라고 옳은 값은 아닙니다. 진짜 글은 낱말이 훨씬 많으므로 수백만 낱말이 듭니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Three lines against the length of the text. What is left of the start is near 1 at 1,000 words, then falls. Similarity across
# topics shoots up to nearly 1 at 10,000 words and comes down again. The share of nearest words of the same topic stays near chance
# up to 10,000 words and reaches 1 at 100,000.
#
# **No. There are three ages.** At 1,000 words there is nothing but the start; at 10,000 all words stick together in one lump, every seed says
# 0.99, and nothing is known; it takes some 100,000 words for the lump to part into topics. A value that does not waver need not be
# right. Real text has far more different words, and takes millions.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 보고 무엇을 맞힐까?
#
# 두 모형은 같은 짝에서 배웁니다. 문장의 낱말마다 둘레의 창(window) 안에 있는 낱말과 짝을 짓습니다. **스킵그램**은 가운데 낱말을 보고 둘레의 낱말을 하나씩
# 맞히고, **CBOW**(continuous bag of words)는 둘레의 낱말을 모두 합쳐 가운데 낱말을 맞힙니다. 창의 너비는 낱말마다 1에서 `window`까지 무작위로
# 뽑습니다. 그래서 가까운 낱말일수록 자주 짝이 됩니다.
#
# **먼저 맞혀 보세요.** 여섯 낱말짜리 문장에서 창이 2로 정해지면 짝은 몇 개일까요? 24개일까요, 더 적을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Who predicts whom?
#
# Both models learn from the same pairs: each word with those in the window around it. **Skip-gram** looks at the word in the middle and
# predicts each of those around it; **CBOW**, the continuous bag of words, looks at all those around, taken together, and predicts
# the one in the middle. The width of the window is drawn for each word, from 1 to `window`, so near words become pairs more often.
#
# **Guess first.** In a sentence of six words, with the window fixed at 2: how many pairs? 24, or fewer?

# %% claim=["E08"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
sentence = ["the", "hungry", "donkey", "eats", "fresh", "corn"]


def pairs_by_hand(words, window):
    """(middle, beside) for every word and every word at most `window` away."""
    made = []
    for place, middle in enumerate(words):
        for other in range(max(place - window, 0), min(place + window + 1, len(words))):
            if other != place:
                made.append((middle, words[other]))
    return made


two = pairs_by_hand(sentence, 2)
print(len(two), *two[:3], "…")
print(L("스킵그램", "skip-gram"), *[f"donkey → {other}" for middle, other in two if middle == "donkey"], sep=" | ")
print("CBOW |", *[other for middle, other in two if middle == "donkey"], "→ donkey")

vocabulary = Vocabulary.build([sentence], min_count=1)
tokens, rng = vocabulary.encode([sentence]), np.random.default_rng(0)
drawn = [pairs(tokens, 2, rng) for _ in range(2000)]
print(L("창을 무작위로 줄이면 평균", "with windows drawn at random, on average"), round(np.mean([*map(len, drawn)])))

# %% claim=["E08"] slideshow={"slide_type": "slide"}
def seen(window, times=2000):
    """How often each word has each other in its window: array [middle, beside]."""
    chances, rng = np.zeros((6, 6)), np.random.default_rng(0)
    row = [vocabulary.index[word] for word in sentence]
    for _ in range(times):
        np.add.at(chances, tuple(pairs(tokens, window, rng).T), 1 / times)
    return chances[np.ix_(row, row)]


fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
for ax, window in zip(axes, (2, 5), strict=True):
    heatmap(ax, seen(window), sentence, sentence, numbers=".1f", limits=(0, 1))
    ax.set(title=f"window = {window}", xlabel=L("맞힐 낱말", "to be predicted"))
axes[0].set_ylabel(L("보는 낱말", "looked at"))
plt.show()

assert len(two) == 18 and set(two) == {(b, a) for a, b in two}
near, far = seen(5)[0, [1, 5]]
assert abs(near - 1) < 1e-9 and abs(far - 1 / 5) < 0.04

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 여섯 낱말이 서로를 볼 확률을 나타낸 두 표. 창이 2이면 이웃은 1.0, 두 칸 떨어진 낱말은 0.5이고 나머지는 0입니다. 창이 5이면 1.0, 0.8, 0.6, 0.4, 0.2로 멀수록 옅어집니다.
#
# **열여덟 개입니다.** 문장의 양 끝에서는 창이 잘립니다. 너비를 무작위로 줄이면 바로 옆 낱말은 언제나 짝이 되고, 다섯 칸 떨어진 낱말은 다섯 번에 한 번만 짝이 됩니다. 무게를 곱하지 않고 **횟수로** 무게를 준 셈입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two tables of the chance that each of six words sees each other. With a window of 2: neighbours 1.0, two away 0.5, else 0.
# With 5: 1.0, 0.8, 0.6, 0.4, 0.2, paler with distance.
#
# **Eighteen.** At both ends of the sentence the window is cut off. With widths drawn at random the very next word is always a pair, one five
# away in one case of five: weights given not by a factor but **by how often**.

# %% tags=["interactive", "nbval-skip"]
def show_window(middle=2, window=2):  # ko: 창을 밀어 보세요 | en: slide the window
    fig, ax = plt.subplots(figsize=(11, 2.6))
    for place, word in enumerate(sentence):
        distance = abs(place - middle)
        color = course.PALETTE[3 if not distance else 0] if distance <= window else "#B4B4B4"
        ax.text(place, 0, word, ha="center", fontsize=17, color=color)
        if 0 < distance <= window:
            bent = f"arc3,rad={-0.35 * np.sign(place - middle)}"
            arrow = {"arrowstyle": "->", "connectionstyle": bent}
            ax.annotate("", (place, 0.35), (middle, 0.35), arrowprops=arrow)
            ax.text(place, -0.55, f"{(window - distance + 1) / window:.0%}", ha="center", color=color)
    ax.set(xlim=(-0.6, 5.6), ylim=(-0.9, 1.8))
    ax.axis("off")
    plt.show()


_ = ipywidgets.interact(show_window, middle=(0, 5), window=(1, 5))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 은닉층 어디에 벡터가 있을까?
#
# 교재의 그림에서 Word2Vec은 원-핫 벡터가 들어가는 층 두 개짜리 신경망입니다. 첫 층의 가중치 $W$는 [낱말 수, 차원], 둘째 층의 가중치 $U$는
# [차원, 낱말 수]이고 그 사이에는 활성화 함수도 없습니다. 나온 점수에 소프트맥스(softmax)를 씌우면 둘레에 올 낱말의 확률입니다.
#
# **먼저 맞혀 보세요.** 원-핫 벡터에 $W$를 곱하면 무엇이 나올까요? 그 곱셈은 정말 필요할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Where in the hidden layer are the vectors?
#
# In the textbook's figure Word2Vec is a network of two layers into which a one-hot vector goes. The first has weights $W$ [words,
# dimensions], the second $U$ [dimensions, words], and there is not even an activation between them. A softmax over the scores gives
# the chance of each word to stand nearby.
#
# **Guess first.** What comes out when a one-hot vector is multiplied by $W$? And is that product needed at all?

# %% claim=["E07"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
class Textbook(nn.Module):
    """Skip-gram as it is drawn: one-hot in, hidden layer, a score for every word out."""

    def __init__(self, words, size):
        super().__init__()
        self.hidden = nn.Linear(words, size, bias=False)  # W, kept as [size, words]
        self.out = nn.Linear(size, words, bias=False)  # U

    def forward(self, one_hot):  # [N, words]
        return self.out(self.hidden(one_hot))  # [N, words]


net = Textbook(len(vocabulary), size=4)
donkey = vocabulary.index["donkey"]
one_hot = F.one_hot(torch.tensor([donkey]), len(vocabulary)).float()
multiplied = net.hidden(one_hot)[0]
looked_up = net.hidden.weight[:, donkey]  # ko: W의 한 줄 | en: one row of W
print(L("원-핫", "one-hot"), one_hot.int().tolist()[0], "· W", tuple(net.hidden.weight.T.shape))
print(L("같은가", "equal"), torch.equal(multiplied, looked_up))

words, size = 400_000, 100  # ko: GloVe 6B의 크기 | en: the size of GloVe 6B
print(L("소프트맥스의 곱셈", "products of a softmax"), f"{words * size:,}", L("· 네거티브 다섯", "· of five negatives"), (1 + 5) * size)
chances = net(one_hot).softmax(1).detach()
assert torch.equal(multiplied, looked_up) and abs(float(chances.sum()) - 1) < 1e-6

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그 낱말의 줄이 그대로 나옵니다.** 0을 곱해 더하는 4천만 번의 곱셈이 사실은 표에서 **한 줄을 찾아보는 일**입니다. 그래서 PyTorch에는 `nn.Embedding`이 따로 있습니다. 배우고 나면
# 둘째 층은 버리고 첫 층의 표만 남깁니다. 그 줄들이 바로 낱말 벡터입니다. 문제는 둘째 층입니다. 소프트맥스의 분모는 **모든 낱말**의 점수를 더해야 합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **The word's own row, as it is.** Forty million multiplications by zero are in truth **a row looked up in a table**, which is what PyTorch's
# `nn.Embedding` is for. After training the second layer is thrown away and the table of the first is kept: its rows are the word vectors.
# The trouble is the second layer: the softmax's denominator sums the scores of **all words**.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 아닌 것은 왜 보여 주어야 할까?
#
# 네거티브 샘플링(negative sampling)은 질문을 바꿉니다. “어느 낱말이 올까?” 대신 “이 짝은 진짜인가?”를 묻습니다. 진짜 짝에는 예, 무작위로 뽑은 낱말
# $K$개에는 아니요라고 답하게 합니다. 낱말은 $u_o\cdot v_c$라는 점수 하나로 답하고, 손실은 논문(Mikolov 2013b)의 식 4입니다.
#
# $$-\log\sigma(u_o\cdot v_c)-\sum_{k=1}^{K}\log\sigma(-u_{n_k}\cdot v_c)$$
#
# **먼저 맞혀 보세요.** 아닌 것을 하나도 보여 주지 않으면($K=0$) 손실은 줄어들까요? 그때 벡터는 어떻게 될까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why show what is not there?
#
# Negative sampling changes the question: not “which word comes?” but “is this pair a real one?” For a real pair the answer should be
# yes, for $K$ words drawn at random, no. A pair answers by one score, $u_o\cdot v_c$; the loss is the paper's equation 4 (Mikolov 2013b).
#
# $$-\log\sigma(u_o\cdot v_c)-\sum_{k=1}^{K}\log\sigma(-u_{n_k}\cdot v_c)$$
#
# **Guess first.** Show nothing that is wrong, $K=0$: will the loss still fall? And what becomes of the vectors?

# %% claim=["E08"] slideshow={"slide_type": "fragment"}
class Skip(nn.Module):
    """Skip-gram: the vector of the word in the middle is asked about each word beside it."""

    def __init__(self, words, size=50):
        super().__init__()
        self.v, self.u = nn.Embedding(words, size), nn.Embedding(words, size)
        nn.init.uniform_(self.v.weight, -0.5 / size, 0.5 / size)
        nn.init.zeros_(self.u.weight)

    def look(self, middle, beside, begin):
        return self.v(middle), beside  # [N, size], and what is to be predicted, [N]

    def forward(self, middle, beside, begin, drawn, negatives):
        h, wanted = self.look(middle, beside, begin)
        yes = F.logsigmoid((h * self.u(wanted)).sum(1))  # [N]
        no = F.logsigmoid(-h @ self.u(drawn).T).mean(1)  # ko: 뽑은 낱말을 함께 씁니다 | en: all share those drawn
        return -(yes + negatives * no).mean()


class Bag(Skip):
    """CBOW: the mean of the vectors beside is asked about the word in the middle."""

    def look(self, middle, beside, begin):  # begin: where each middle word's pairs begin
        return F.embedding_bag(beside, self.v.weight, begin, mode="mean"), middle[begin]

# %% slideshow={"slide_type": "slide"}
world = list(tales)
known, draw = Vocabulary.build(world, min_count=1), np.random.default_rng


def learn(kind, negatives=5, epochs=3, seed=0):
    """Train Skip or Bag on the tales; return the vectors as gensim keeps them, and the last loss."""
    torch.manual_seed(seed)
    model, noise = kind(len(known)), torch.from_numpy(known.noise(0.75))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for epoch in range(epochs):
        text = thin(known.encode(world), known.keep(1e-3), draw([seed, epoch]))  # ko: 솎기 | en: thin out
        made, bounds = grouped_pairs(text, 5, draw([seed, epoch]))
        for k in range(0, len(bounds) - 1, 1024):
            some = bounds[k : k + 1025]
            middle, beside = torch.from_numpy(made[some[0] : some[-1]]).long().T
            begin = torch.from_numpy(some[:-1][np.diff(some) > 0] - some[0])
            drawn = torch.multinomial(noise, 64, replacement=True)
            loss = model(middle, beside, begin, drawn, negatives)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    wv = KeyedVectors(50)
    wv.add_vectors(known.words, model.v.weight.detach().numpy())
    return wv, loss.item()

# %% claim=["E08"] slideshow={"slide_type": "slide"}
rows = {}
for negatives in (0, 1, 5):
    wv, loss = learn(Skip, negatives, epochs=2)
    right = evaluate_analogies(wv, tales.analogies()).accuracy["total"]
    rows[negatives] = [loss, inside_and_out(wv, tales.topics)[1], group_share(wv, tales.topics), right]
    names = [L("손실", "loss"), L("다른 주제끼리", "across topics"), L("이웃이 같은 주제", "neighbours share the topic"),
             L("유추", "analogies")]
    named = zip(names, rows[negatives], strict=True)
    print("K =", negatives, *[f"· {name} {value:.2f}" for name, value in named])
assert rows[0][0] < 0.01 and rows[0][1] > 0.85  # ko: 손실 0, 한 덩어리 | en: loss 0, one lump
assert rows[5][1] < 0.6 and rows[5][3] > rows[0][3] + 0.2

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **손실은 0이 되고, 모두가 모두와 가까워집니다.** 모든 질문의 답이 ‘예’이면 모든 벡터를 한쪽으로 몰아 놓기만 하면 됩니다. 아무 상관 없는 낱말끼리도 유사도가 0.9에 이르고, 짧은 이야기의 스킵그램에서 본 그 덩어리가
# 됩니다. 덩어리 안의 차례는 조금 남아서 가장 가까운 이웃은 아직 같은 주제이지만, 유추는 거의 맞히지 못합니다. 아닌 것을 보여 주면 낱말들이 서로 밀어내며 자리를 잡습니다. 값도 쌉니다. 짝 하나에
# 소프트맥스는 앞에서 본 대로 곱셈 4천만 번을 하지만, 네거티브 다섯 개는 낱말이 몇 개든 600번입니다.
#
# **직접 만든 것은 gensim만큼 잘할까요?** 위의 마흔 줄을 `helpers`의 `SkipGram`, `CBOW`, 널리 쓰이는 gensim과 한자리에 놓습니다. 채점은 유추(analogy) 450문제입니다. `king : queen = prince : ?`에서
# $v_{queen}-v_{king}+v_{prince}$에 가장 가까운 낱말이 princess이면 맞은 것입니다. 422낱말 가운데 하나를 찍으면 0.2%가 맞습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **The loss goes to 0, and everything is near everything.** If the answer is always yes, it is enough to push all vectors to one side. Words
# that have nothing in common reach a similarity of 0.9: the lump that skip-gram made of the short story. Some order is left inside the lump,
# so the very nearest still share the topic, but hardly an analogy comes out right. Shown what is wrong, words push each other into
# place. And it is cheap: for one pair a softmax takes the forty million products seen above, five negatives take 600, however many words there are.
#
# **Is ours as good as gensim?** Beside the forty lines above we put `SkipGram` and `CBOW` of `helpers`, made for speed, and gensim, which
# everybody uses. The mark is 450 analogies: `king : queen = prince : ?` is right if the word nearest to
# $v_{queen}-v_{king}+v_{prince}$ is princess. Picking one of the 422 words blindly is right in 0.2%.

# %% claim=["E07", "E08"] slideshow={"slide_type": "fragment"}
questions, same = tales.analogies(), {"vector_size": 50, "window": 5, "min_count": 1, "epochs": 3}
skip, bag = {"alpha": 0.05, **same}, {"alpha": 0.1, **same}
makers = {  # ko: 이름 → 시드를 받아 벡터를 내는 함수 | en: name -> a function from a seed to vectors
    L("스킵그램 · 위의 40줄", "skip-gram · 40 lines"): lambda seed: learn(Skip, seed=seed)[0],
    L("스킵그램 · helpers", "skip-gram · helpers"): lambda seed: SkipGram(world, seed=seed, **skip).wv,
    L("스킵그램 · gensim", "skip-gram · gensim"): lambda seed: Word2Vec(world, sg=1, seed=seed, workers=1, **skip).wv,
    L("CBOW · 위의 40줄", "CBOW · 40 lines"): lambda seed: learn(Bag, seed=seed)[0],
    "CBOW · helpers": lambda seed: CBOW(world, seed=seed, **bag).wv,
    "CBOW · gensim": lambda seed: Word2Vec(world, sg=0, seed=seed, workers=1, **bag).wv,
}
marks = np.array([[evaluate_analogies(make(seed), questions).accuracy["total"] for seed in (1, 2, 3)]
                  for make in makers.values()])  # [models, seeds]

fig, ax = plt.subplots(figsize=(9, 3.8))
bars(ax, list(makers), marks, [course.PALETTE[0]] * 3 + [course.PALETTE[1]] * 3)
ax.set(xlim=(0, 1.1), xlabel=L("맞힌 유추의 몫 (점은 시드)", "share of analogies answered rightly (dots: seeds)"))
plt.show()

_, ours, gensims, _, cbow_ours, cbow_gensims = marks.mean(axis=1)
assert marks.min() > 0.08 and abs(ours - gensims) < 0.2 and abs(cbow_ours - cbow_gensims) < 0.2

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 여섯 모형이 맞힌 유추의 몫을 나타낸 막대그래프. 스킵그램 셋이 같은 방법의 CBOW보다 높고, helpers와 gensim의 막대는 길이가 비슷하며, 위의 40줄이 가장 깁니다.
#
# **helpers와 gensim은 같은 설정에서 비슷하고, 찍는 것보다 수십 배에서 백 배 넘게 잘합니다.** 마흔 줄이 더 높은 것은 솜씨가 아니라 걸음의 크기 때문입니다. Adam이 드문 낱말도 크게 움직여 이 짧은 글에서
# 더 빨리 배웁니다. 글을 다섯 배로 늘리면 gensim도 98%를 맞힙니다(연습 삼아 `words=1_000_000`으로 바꾸어 보세요). CBOW는 둘레를 한데 섞어 보므로 한 걸음에 배우는 것이 적은
# 대신 빠릅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Bars: the share of analogies that six models answer rightly. The skip-grams lie above the CBOW of the same making, helpers and
# gensim are about as long as each other, and the forty lines are longest.
#
# **At equal settings helpers and gensim are alike, and dozens to over a hundred times better than chance.** That the forty lines do better is not skill but
# the size of the step: Adam moves rare words far too, and so learns faster from so short a text. On a text five times as long gensim
# gets 98% as well (try `words=1_000_000`). CBOW mixes all that is around before it looks, learns less in each step, and is faster.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 가까운 낱말은 어떤 낱말일까?
#
# 이제 벡터를 써 봅니다. 소설 48권(380만 낱말)이나 text8이 있으면 진짜 글의 3분의 1쯤에서 배우고, 없으면 이야기(Tales)에서 배웁니다. 셀이 무엇으로 배웠는지 적습니다. 낱말을 무리
# 지어 놓고 유사도를 표로 그리면, 벡터가 뜻을 아는 만큼 대각선을 따라 밝은 네모가 생깁니다.
#
# **먼저 맞혀 보세요.** 모형은 낱말의 뜻을 한 번도 듣지 못했습니다. 그래도 낱말들이 무리를 지을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What kind of word is near?
#
# Time to use the vectors. If 48 novels (3.8 million words) or text8 are at hand, we train on a third of that real text, if not, on the
# tales; the cell says on which. Put words into groups and draw their similarities: as far as the vectors know the meaning, bright squares
# line the diagonal.
#
# **Guess first.** Nobody ever told the model what a word means. Will words still gather in groups?

# %% claim=["E07"] slideshow={"slide_type": "fragment"}
name, library = L("이야기(Tales)", "the tales"), world
if corpora.available("novels"):
    name, library = L("소설 48권", "48 novels"), list(Sentences("novels"))[::3]
elif datasets.available("text8"):
    name, library = "text8", list(islice(datasets.load("text8"), 1300))
real = library is not world
everyday = """mother father brother sister, hand arm head face, white black red green,
              two three four five, night day morning evening, door window house room"""
foods = [words[-8:-4] for words in tales.topics.values()]
groups = [words.split() for words in everyday.split(",")] if real else foods
trained = Word2Vec(library, sg=1, workers=1, alpha=0.05, epochs=2 if real else 5)
for word in ["mother", "black", "three", "window"] if real else ["king", "whale", "tokyo", "walked"]:
    near = trained.wv.most_similar(word, topn=4)
    print(f"{word:>7} →", *[f"{other} {cosine:.2f}" for other, cosine in near])

listed = [word for words in groups for word in words]
vectors = np.stack([trained.wv.get_vector(word, norm=True) for word in listed])
fig, ax = plt.subplots(figsize=(8.6, 7))
heatmap(ax, vectors @ vectors.T, listed, listed, numbers=None, limits=(0, 1))
fig.colorbar(ax.images[0], label=L("유사도 (코사인)", "similarity (cosine)"))
ax.set_title(f"{name}, {trained.corpus_total_words:,}" + L(" 낱말", " words"))
plt.show()
inside, outside = inside_and_out(trained.wv, dict(enumerate(groups)))
assert inside > outside + 0.15 and group_share(trained.wv, dict(enumerate(groups)), 1) > 0.8

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 여섯 무리의 낱말 스물네 개가 서로 얼마나 가까운지 나타낸 표. 대각선을 따라 밝은 네모 여섯 개가 늘어서고 그 밖은 어둡습니다.
#
# **무리를 짓습니다.** 같은 자리에 오는 낱말은 같은 이웃을 맞혀야 하므로 벡터가 비슷해집니다. 고래의 가까운 이웃이 바다의 낱말인 까닭도, king의 이웃에 queen과 crown이 함께 있는 까닭도 이것입니다.
# ‘뜻이 같다’가 아니라 **‘함께 나오는 것이 같다’**는 가까움임을 잊지 마세요. 아래 탐색기에 낱말을 넣어 보세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A table of how near 24 words of six groups are to each other: six bright squares line the diagonal, the rest is darker.
#
# **They gather.** Words that stand in the same places must predict the same neighbours, so their vectors grow alike. That is why the
# neighbours of whale are the sea's, and why queen and crown are both near king. Near does not mean “of the same meaning” but **“in the same
# company”**. Put words of your own into the explorer below.

# %% tags=["interactive", "nbval-skip"]
def explore(word="king", topn=8):  # ko: 낱말을 넣어 보세요 | en: type a word
    if word not in trained.wv:
        print(L("모르는 낱말입니다. 비슷한 낱말:", "Unknown. Spelt alike:"), *spelt_alike(trained.wv, word))
        return
    near = trained.wv.most_similar(word, topn=topn)
    fig, ax = plt.subplots(figsize=(7, 0.38 * topn + 1))
    bars(ax, [other for other, _ in near], [[cosine] for _, cosine in near], [course.PALETTE[0]] * topn)
    ax.set(xlim=(0, 1.1), xlabel=L("유사도 (코사인)", "similarity (cosine)"), title=word)
    plt.show()


_ = ipywidgets.interact(explore, topn=(3, 15))

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 창을 넓히면 무엇이 달라질까?
#
# 이야기의 낱말마다 **종류**(kind: 동물, 먹을 것, 연장)와 **주제**(topic: 농장, 바다, 숲)가 하나씩 있습니다. 종류는 바로 옆 낱말(hungry, eats)에 드러나고
# 주제는 문장의 다른 낱말에 드러납니다. 손잡이 세 개를 돌려 봅니다. 창의 너비(`window`), 벡터의 차원(`vector_size`), 흔한 낱말을 솎는
# 서브샘플링(`sample`).
#
# **먼저 맞혀 보세요.** 고래의 이웃으로 다른 **동물**을 얻으려면 창을 넓혀야 할까요, 좁혀야 할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does a wider window change?
#
# Each word of the tales has a **kind** (animal, food, tool) and a **topic** (farm, sea, forest). The kind shows in the words right beside it
# (hungry, eats), the topic in the other words of the sentence. Three knobs to turn: the width of the window (`window`), the
# dimensions of a vector (`vector_size`), and the thinning out of frequent words (`sample`).
#
# **Guess first.** To get other **animals** as the neighbours of whale, should the window be wider or narrower?

# %% claim=["E07"] slideshow={"slide_type": "fragment"}
gensim_skip = partial(Word2Vec, sg=1, vector_size=50, min_count=1, workers=1, alpha=0.1, epochs=2)


def turned(knob, value, seed):
    """With one knob turned: shares of neighbours of the same kind and topic, and of right analogies."""
    # ko: 창을 잴 때는 흔한 낱말을 솎지 않고 한 번만 읽습니다 | en: for the window nothing is thinned out; one epoch will do
    others = {"sample": 0, "epochs": 1} if knob == "window" else {}
    wv = gensim_skip(world, seed=seed, **others, **{knob: value}).wv
    right = evaluate_analogies(wv, questions).accuracy["total"]
    return group_share(wv, tales.kinds), group_share(wv, tales.topics), right


knobs = {"window": [1, 2, 3, 5, 10], "vector_size": [2, 5, 20, 100], "sample": [1e-5, 1e-4, 1e-3, 1e-2]}
found = {}
with ThreadPoolExecutor(2) as pool:  # ko: 두 모형을 나란히. 모형마다 일꾼은 하나 | en: two models side by side, a worker each
    for knob, values in knobs.items():
        tried = list(product((1, 2), values))
        marked = pool.map(lambda one, knob=knob: turned(knob, one[1], one[0]), tried)
        found[knob] = np.array(list(marked)).reshape(2, len(values), 3)  # [seeds, values, marks]

# %% claim=["E07"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(1, 3, figsize=(12.8, 4), sharey=True)
names = [L("같은 종류", "same kind"), L("같은 주제", "same topic"), L("유추", "analogies")]
for ax, (knob, values) in zip(axes, knobs.items(), strict=True):
    for which, color in [(0, 3), (1, 0)] if knob == "window" else [(2, 2)]:
        at, offset = ((0, (6, -20)), (2, (14, -12)), (1, (10, -14)))[which]
        color = course.PALETTE[color]
        band(ax, values, found[knob][..., which], names[which], color, at=at, offset=offset)
    ax.set(xscale="log", xlabel=knob, ylim=(-0.05, 1.08))
    tiny = knob == "sample"
    ax.set_xticks(values, [f"1e{np.log10(v):.0f}" if tiny else f"{v}" for v in values])
    ax.minorticks_off()
axes[0].set_ylabel(L("몫", "share"))
plt.show()

kind, topic, _ = found["window"].mean(axis=0).T
size, thinned = found["vector_size"].mean(axis=0)[:, 2], found["sample"].mean(axis=0)[:, 2]
assert kind[0] > 0.95 and topic[0] < 0.3 and topic[-1] > 0.95 and kind[-1] < kind[0] - 0.05
assert size[-1] > size[0] + 0.3 and thinned[-2] > max(thinned[0], thinned[1]) + 0.15

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 손잡이마다 한 그림. 창을 넓히면 이웃이 같은 주제일 몫이 0.1에서 1로 오르고 같은 종류일 몫은 조금 내려갑니다. 유추는 차원이 늘수록 오르고, 서브샘플링은 0.001부터 높고 0.0001 아래에서는 무너집니다.
#
# **좁혀야 합니다.** 창이 1이나 2이면 바로 옆의 문법만 보므로 고래의 이웃은 늑대와 독수리 같은 **동물**입니다. 창이 10이면 문장 전체를 보므로 바다의 게와 닻이 이웃이 됩니다. 2차원에는 유추가 들어갈
# 자리가 없습니다. 서브샘플링은 흔한 낱말을 솎아 빠르게 해 주지만, 사전이 작은 글에서 기본값보다 세게 걸면 내용이 있는 낱말까지 사라집니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A panel a knob. A wider window raises the share of neighbours of the same topic from 0.1 to 1 and lowers that of the same
# kind a little. Analogies rise with the dimensions; sub-sampling is fine from 0.001 up and breaks down below 0.0001.
#
# **Narrower.** With a window of 1 or 2 only the grammar right beside a word is seen, and the whale's neighbours are **animals** such as wolf
# and eagle. With 10 the whole sentence is seen, and its neighbours are the sea's crabs and anchors. Two dimensions leave no room for
# analogies. Sub-sampling thins out frequent words and saves time; with so small a dictionary, anything stronger than the default drops
# words that matter.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 배우는 동안 이웃은 어떻게 바뀔까?
#
# 마지막으로 배우는 과정을 영화처럼 봅니다. 글을 2만, 6만, 20만 낱말까지 이어 읽히며 멈출 때마다 지도를 그리고 king의 이웃을 적습니다.
#
# **먼저 맞혀 보세요.** king의 이웃으로 먼저 나타나는 것은 queen일까요, 늘 곁에 오는 crown과 throne일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How do neighbours change while it learns?
#
# Last, training as a film. We read on through 20,000, 60,000, 200,000 words, stop each time, draw the map and write down the neighbours of
# king.
#
# **Guess first.** What comes first among king's neighbours: queen, or crown and throne, which are always beside it?

# %% claim=["E07"] tags=["cover"] slideshow={"slide_type": "fragment"}
reader, stops, frames, shares, done = gensim_skip(seed=1), [0, 20_000, 60_000, 300_000], [], [], 0
reader.build_vocab(sentences)
for stop in stops:
    upto = np.searchsorted(lengths, stop) + 1 if stop else 0
    if upto:
        steady = {"epochs": 2, "start_alpha": 0.05, "end_alpha": 0.05}
        reader.train(sentences[done:upto], total_examples=upto - done, **steady)
    done = upto
    reader.wv.fill_norms(force=True)
    frames.append(np.stack([reader.wv.get_vector(word, norm=True) for word in topical]))
    shares.append(group_share(reader.wv, tales.topics))
    print(f"{stop:>7,} king →", *[word for word, _ in reader.wv.most_similar("king", topn=5)])

topic_of = {word: number for number, words in enumerate(tales.topics.values()) for word in words}
fig, axes = plt.subplots(1, 4, figsize=(12.8, 3.6))
for ax, stop, frame in zip(axes, stops, frames, strict=True):
    place = PCA(2).fit(frames[-1]).transform(frame)
    ax.scatter(*place.T, s=30, c=[course.PALETTE[topic_of[word]] for word in topical])
    ax.set(xticks=[], yticks=[], xlabel="PCA 1", ylabel="PCA 2", title=f"{stop:,}")
for number, topic in enumerate(tales.topics):
    fig.text(0.14 + 0.13 * number, -0.02, f"● {topic}", color=course.PALETTE[number], weight="bold")
fig.suptitle(L("읽은 낱말 수에 따른 낱말 지도", "The map of words, by the number of words read"))
plt.show()
assert shares[0] < 0.3 < 0.95 < shares[-1] and shares == sorted(shares)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 읽은 낱말 수가 0, 2만, 6만, 30만일 때의 낱말 지도 네 장. 처음에는 여섯 주제의 색이 뒤섞여 있다가, 2만에서 벌써 갈라지기 시작하고 30만에서는 주제마다 작은 덩어리로 모입니다.
#
# **곁에 오는 낱말이 먼저입니다.** king의 이웃에는 castle과 throne 같은 소지품, girl과 princess 같은 다른 짝이 뒤섞여 나오다가, 마지막에는 uncle, prince, man처럼 **king 자리에 바꾸어 넣을 수 있는 낱말**만
# 남습니다. 먼저 주제를, 다음에 자리를 배우는 셈입니다. queen은 소지품은 같아도 he 대신 she를 데리고 다니므로 조금 물러납니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Four maps of words after 0, 20,000, 60,000 and 300,000 words read. The colours of six topics, mixed at first, begin to part at
# 20,000 and end in a small cluster for each topic.
#
# **What stands beside it comes first.** Among king's neighbours are at first belongings such as castle and throne and people of other pairs
# such as girl and princess; in the end only words remain that could **stand in king's place**: uncle, prince, man. Topic is learned
# first, then the place in the sentence. Queen has the same belongings but goes with she instead of he, and so steps back a little.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 넣으면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 배운 글에 없던 낱말의 벡터를 물었습니다. 그다음 셀에서는 조용히 틀리는 것 하나와 옛 코드 하나를 더
# 봅니다. 일꾼을 늘리면(`workers=4`) 시드가 같아도 답이 달라질까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**: it asks for the vector of a word that was not in the text. The cell after it shows one thing that
# goes wrong in silence, and old code. With more workers, `workers=4`, and the same seed: will the answers differ?

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
trained.wv["smartphone"]

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
print(spelt_alike(reader.wv, "prinses"))  # ko: 비슷하게 적는 아는 낱말 | en: known words that are spelt alike

twice = [gensim_skip(world, seed=1, epochs=1, workers=workers).wv["king"] for workers in (1, 1, 4, 4)]
print("workers=1:", L("같습니다", "equal") if np.array_equal(*twice[:2]) else L("다릅니다", "different"))
print("workers=4:", L("같습니다", "equal") if np.array_equal(*twice[2:]) else L("다릅니다", "different"))
assert np.array_equal(*twice[:2]) and not np.array_equal(*twice[2:])

try:
    Word2Vec(world, size=100, iter=5)  # ko: gensim 3까지의 이름 | en: names until gensim 3
except TypeError as error:  # ko: 숨기지 않고 읽어 봅니다 | en: not hidden: read it
    print(error)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** `KeyError: "Key 'smartphone' not present"`. **검사** `'smartphone' in model.wv`. **처방** 아는 낱말만 쓰거나, 글자 조각에서 벡터를 만드는 FastText(10.4)를 씁니다. 일꾼이 여럿이면 표를 동시에 고치므로 **시드가 같아도
# 답이 달라집니다**. 1만 낱말이 안 되는 글은 일꾼이 몇이든 하나가 다 맡으므로 이 문제가 숨습니다. 되풀이하려면 `workers=1`이어야 합니다. gensim 4에서는
# `size`가 `vector_size`로, `iter`가 `epochs`로 바뀌었습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: `KeyError: "Key 'smartphone' not present"`. **Test**: `'smartphone' in model.wv`. **Cure**: ask for known words only, or take
# FastText (10.4), which makes vectors from pieces of words. Several workers change the table at the same time, so **the same seed gives
# other answers**; a text under 10,000 words is one job for one worker, which hides it. To repeat a run take `workers=1`. In gensim 4
# `size` became `vector_size` and `iter` became `epochs`.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 낱말 `n`개짜리 문장에서 창이 `window`로 정해져 있을 때 스킵그램의 짝은 모두 몇 개인지 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function that returns how many pairs skip-gram makes from a sentence of `n` words with the window fixed at `window`.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4, q5 = exercises.load("10_3_word2vec")


def count_pairs(n, window):
    return ...


q1.check(count_pairs)

# %% tags=["question"] exercise="q1"
hint = L("문장의 양 끝에서 잘리는 짝을 빼야 합니다. 위의 pairs_by_hand로 세어 견주어 보세요.",
         "Pairs are cut off at both ends of the sentence. Compare with what pairs_by_hand above counts.")
right = L("맞았습니다. 짧은 문장에서는 창을 넓혀도 짝이 더 늘지 않습니다.", "Right. In a short sentence a wider window makes no more pairs.")


def check(count_pairs):
    def truth(n, window):
        return sum(min(place, window) + min(n - 1 - place, window) for place in range(n))

    tried = [(6, 2), (10, 3), (4, 9)]
    found = [count_pairs(*one) for one in tried]
    if found == [truth(*one) for one in tried]:
        return None
    if found[:2] == [6 * 4, 10 * 6]:
        return L("모든 낱말의 창이 꽉 찬다고 보았습니다. 문장의 양 끝에는 이웃이 모자랍니다.", "You took every window to be full; at the ends of the sentence neighbours are missing.")
    if found[0] * 2 == truth(6, 2):
        return L("짝을 한 방향만 세었습니다. (donkey, eats)와 (eats, donkey)는 다른 짝입니다.", "You counted one direction only: (donkey, eats) and (eats, donkey) are two pairs.")
    if found[:2] == [truth(6, 2), truth(10, 3)]:
        return L(f"창이 문장보다 넓을 때가 틀렸습니다. 4낱말에 창이 9이면 12개인데 {found[2]}개가 나왔습니다.", f"Wrong where the window is wider than the sentence: 4 words and a window of 9 give 12, yours gives {found[2]}.")
    return L(f"6낱말에 창이 2이면 18개여야 하는데 {found[0]}개가 나왔습니다.", f"6 words and a window of 2 should give 18; yours gives {found[0]}.")


# %% tags=["solution"] exercise="q1"
def count_pairs(n, window):
    return sum(min(place, window) + min(n - 1 - place, window) for place in range(n))

# %% tags=["wrong"] exercise="q1" says=["꽉 찬다고", "every window to be full"]
def count_pairs(n, window):
    return n * 2 * window

# %% tags=["wrong"] exercise="q1" says=["한 방향만", "one direction"]
def count_pairs(n, window):
    return sum(min(place, window) for place in range(n))

# %% tags=["wrong"] exercise="q1" says=["문장보다 넓을 때", "wider than the sentence"]
def count_pairs(n, window):
    return 2 * n * window - window * (window + 1)

# %% [markdown] lang="ko"
# **q2.** 낱말의 비율 `f`(전체 토큰 가운데 그 낱말의 몫)와 문턱 `t`를 받아, word2vec **프로그램**이 그 낱말을 남겨 두는 확률을 돌려주는 함수를
# 쓰세요. 논문은 $\sqrt{t/f}$, 프로그램은 $\sqrt{t/f}+t/f$이며, 확률은 1을 넘지 않습니다.

# %% [markdown] lang="en"
# **q2.** Write a function that takes a word's share `f` of all tokens and the threshold `t`, and returns the chance with which the word2vec
# **program** keeps it. The paper has $\sqrt{t/f}$, the program $\sqrt{t/f}+t/f$; a chance is never above 1.

# %% tags=["exercise"] exercise="q2"
def keep(f, t=1e-3):
    return ...


q2.check(keep)

# %% tags=["question"] exercise="q2"
hint = L("min으로 1을 넘지 않게 하세요. the처럼 흔한 낱말(f = 0.2)은 8%쯤만 남습니다.", "Keep it from exceeding 1 by min. Of a word as common as “the” (f = 0.2) only about 8% stay.")
right = L("맞았습니다. the의 열 번 가운데 아홉 번이 사라지므로 빨라지고, 창 안으로 먼 낱말이 들어옵니다.", "Right. Nine in ten of “the” go: it is faster, and words from further away enter the window.")


def check(keep):
    common, rare = keep(0.2, 1e-3), keep(1e-4, 1e-3)
    truth = (1e-3 / 0.2) ** 0.5 + 1e-3 / 0.2
    if abs(common - truth) < 1e-9 and rare == 1:
        return None
    if abs(common - truth) < 1e-9:
        return L(f"드문 낱말에 {rare:.2f}이 나왔습니다. 확률은 1을 넘을 수 없습니다.", f"A rare word gets {rare:.2f}: a chance cannot exceed 1.")
    if abs(common - (1e-3 / 0.2) ** 0.5) < 1e-9:
        return L("논문의 식입니다. 프로그램은 t/f를 더합니다.", "That is the paper's formula; the program adds t/f.")
    if abs(common - (1 - truth)) < 1e-9 or abs(common - (1 - (1e-3 / 0.2) ** 0.5)) < 1e-9:
        return L("버릴 확률입니다. 남길 확률을 돌려주세요.", "That is the chance to drop it; return the chance to keep it.")
    return L(f"f = 0.2이면 {truth:.4f}이어야 하는데 {common:.4f}가 나왔습니다.", f"For f = 0.2 it should be {truth:.4f}; yours is {common:.4f}.")


# %% tags=["solution"] exercise="q2"
def keep(f, t=1e-3):
    return min((t / f) ** 0.5 + t / f, 1)

# %% tags=["wrong"] exercise="q2" says=["논문의 식", "paper's formula"]
def keep(f, t=1e-3):
    return min((t / f) ** 0.5, 1)

# %% tags=["wrong"] exercise="q2" says=["버릴 확률", "chance to drop"]
def keep(f, t=1e-3):
    return max(1 - (t / f) ** 0.5, 0)

# %% tags=["wrong"] exercise="q2" says=["1을 넘을 수 없습니다", "cannot exceed 1"]
def keep(f, t=1e-3):
    return (t / f) ** 0.5 + t / f

# %% [markdown] lang="ko"
# **q3.** 낱말의 횟수 배열 `counts`와 지수 `exponent`를 받아 네거티브로 뽑힐 확률의 배열을 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q3.** Write a function that takes an array of word counts and an exponent, and returns the array of chances with which words are drawn
# as negatives.

# %% tags=["exercise"] exercise="q3"
def noise_chances(counts, exponent=0.75):
    return ...


q3.check(noise_chances)

# %% tags=["question"] exercise="q3"
hint = L("횟수를 먼저 거듭제곱하고, 그 합으로 나눕니다.", "Raise the counts to the power first, then divide by their sum.")
right = L("맞았습니다. 0.75는 흔한 낱말을 덜, 드문 낱말을 더 뽑습니다. 0이면 모두 똑같이, 1이면 나온 만큼 뽑습니다.", "Right. 0.75 draws common words less and rare ones more; 0 draws all alike, 1 as often as they come.")


def check(noise_chances):
    import numpy as np

    counts = np.array([1000, 100, 1])
    value = np.asarray(noise_chances(counts, 0.75), dtype=float)
    powers = counts**0.75
    if value.shape == (3,) and np.allclose(value, powers / powers.sum()):
        even = np.asarray(noise_chances(counts, 0), dtype=float)
        return None if np.allclose(even, 1 / 3) else L("exponent를 쓰지 않았습니다.", "You did not use exponent.")
    if np.allclose(value, powers):
        return L("합이 1이 아닙니다. 합으로 나누세요.", "They do not sum to 1: divide by their sum.")
    if np.allclose(value, counts / counts.sum()):
        return L("나온 만큼 뽑는 확률입니다. 거듭제곱이 빠졌습니다.", "That is as often as they come: the power is missing.")
    if np.allclose(value, (counts / counts.sum()) ** 0.75):
        return L("나눈 다음에 거듭제곱해서 합이 1이 아닙니다. 차례를 바꾸세요.", "You divided first and then took the power, so they do not sum to 1: the other way round.")
    return L(f"1000번, 100번, 1번이면 {(powers / powers.sum()).round(4)}이어야 합니다.", f"For 1000, 100 and 1 it should be {(powers / powers.sum()).round(4)}.")


# %% tags=["solution"] exercise="q3"
def noise_chances(counts, exponent=0.75):
    return counts**exponent / (counts**exponent).sum()

# %% tags=["wrong"] exercise="q3" says=["합으로 나누세요", "divide by their sum"]
def noise_chances(counts, exponent=0.75):
    return counts**exponent

# %% tags=["wrong"] exercise="q3" says=["거듭제곱이 빠졌습니다", "power is missing"]
def noise_chances(counts, exponent=0.75):
    return counts / counts.sum()

# %% tags=["wrong"] exercise="q3" says=["차례를 바꾸세요", "other way round"]
def noise_chances(counts, exponent=0.75):
    return (counts / counts.sum()) ** exponent

# %% tags=["wrong"] exercise="q3" says=["exponent를 쓰지", "did not use exponent"]
def noise_chances(counts, exponent=0.75):
    return counts**0.75 / (counts**0.75).sum()

# %% [markdown] lang="ko"
# **q4.** gensim의 벡터 `wv`와 낱말 셋을 받아 `a : b = c : ?`의 답을 돌려주는 함수를 쓰세요. `wv.get_vector(word, norm=True)`로 길이가 1인 벡터를
# 얻습니다. 물어본 낱말 셋은 답이 될 수 없습니다. `wv.most_similar`는 쓰지 마세요.

# %% [markdown] lang="en"
# **q4.** Write a function that takes gensim's vectors `wv` and three words and answers `a : b = c : ?`. `wv.get_vector(word, norm=True)` gives a
# vector of length 1. None of the three may be the answer. Do without `wv.most_similar`.

# %% tags=["exercise"] exercise="q4"
def analogy(wv, a, b, c):
    return ...


q4.check(analogy)

# %% tags=["question"] exercise="q4"
hint = L("b − a + c에 가장 가까운 낱말입니다. wv.get_normed_vectors()와 내적하고, 세 낱말의 점수를 −np.inf로 바꾼 뒤 argmax.",
         "The word nearest to b − a + c: products with wv.get_normed_vectors(), the three words' scores set to −np.inf, argmax.")
right = L("맞았습니다. 이것이 논문의 3CosAdd입니다. 물어본 낱말을 빼지 않으면 어떻게 되는지는 10.5에서 봅니다.", "Right: that is the paper's 3CosAdd. What happens if the three are not left out is in 10.5.")


def check(analogy):
    import numpy as np
    from gensim.models import KeyedVectors

    wv = KeyedVectors(4)
    rows = {"man": (1, 0, 0, 0.2), "woman": (1, 0.3, 0, 0.1), "king": (0.6, 0, 2, 1), "queen": (0.8, 1, 2, -0.2),
            "crown": (-0.2, -0.3, 2, 0.3), "apple": (-1, -0.2, 0.1, 0)}  # fmt: skip
    long = {"queen": 0.2, "king": 3, "crown": 8}
    wv.add_vectors(list(rows), np.array([np.array(row) * long.get(word, 1) for word, row in rows.items()], np.float32))
    answer = analogy(wv, "man", "woman", "king")
    if answer == "queen" and analogy(wv, "woman", "man", "queen") == "king":
        return None
    if answer in ("king", "woman", "man"):
        return L(f"‘{answer}’는 물어본 낱말입니다. 세 낱말을 빼야 합니다.", f"“{answer}” is one of the three asked about: leave them out.")
    if answer == "crown":
        return L("벡터의 길이가 답을 골랐습니다. 길이를 1로 맞춘 벡터와 견주세요.", "The length of a vector chose the answer: compare with vectors of length 1.")
    if answer == "apple":
        return L("부호가 뒤바뀌었습니다. b에서 a를 빼고 c를 더하세요.", "A sign is wrong: b minus a plus c.")
    return L(f"man : woman = king : ?에 {answer!r}이 나왔습니다.", f"man : woman = king : ? gave {answer!r}.")


# %% tags=["solution"] exercise="q4"
def analogy(wv, a, b, c):
    unit = wv.get_normed_vectors()
    rows = [wv.key_to_index[word] for word in (a, b, c)]
    scores = unit @ (unit[rows[1]] - unit[rows[0]] + unit[rows[2]])
    scores[rows] = -np.inf
    return wv.index_to_key[scores.argmax()]

# %% tags=["wrong"] exercise="q4" says=["물어본 낱말입니다", "asked about"]
def analogy(wv, a, b, c):
    unit = wv.get_normed_vectors()
    rows = [wv.key_to_index[word] for word in (a, b, c)]
    return wv.index_to_key[(unit @ (unit[rows[1]] - unit[rows[0]] + unit[rows[2]])).argmax()]

# %% tags=["wrong"] exercise="q4" says=["길이를 1로", "vectors of length 1"]
def analogy(wv, a, b, c):
    rows = [wv.key_to_index[word] for word in (a, b, c)]
    scores = wv.vectors @ (wv[b] - wv[a] + wv[c])
    scores[rows] = -np.inf
    return wv.index_to_key[scores.argmax()]

# %% tags=["wrong"] exercise="q4" says=["부호가 뒤바뀌었습니다", "sign is wrong"]
def analogy(wv, a, b, c):
    unit = wv.get_normed_vectors()
    rows = [wv.key_to_index[word] for word in (a, b, c)]
    scores = unit @ (unit[rows[0]] - unit[rows[1]] - unit[rows[2]])
    scores[rows] = -np.inf
    return wv.index_to_key[scores.argmax()]

# %% [markdown] lang="ko"
# **q5.** CBOW가 보는 벡터를 만드는 함수를 쓰세요. `v`는 낱말 벡터의 표 [낱말 수, 차원], `around`는 둘레 낱말의 번호 [N, C]이고 빈자리는 −1입니다.
# 빈자리를 뺀 **평균** [N, 차원]을 돌려주세요. 모두 빈자리인 줄은 0입니다.

# %% [markdown] lang="en"
# **q5.** Write the function that makes what CBOW looks at. `v` is the table of word vectors [words, dimensions], `around` the numbers of the words
# around [N, C], −1 where there is none. Return their **mean** without the empty places, [N, dimensions]; 0 for a row of nothing but
# empty places.

# %% tags=["exercise"] exercise="q5"
def context(v, around):
    return ...


q5.check(context)

# %% tags=["question"] exercise="q5"
hint = L("here = around >= 0 으로 가리개를 만들고, v[around.clamp(min=0)]에 곱한 뒤 개수로 나눕니다(clamp(min=1)).",
         "Make a mask, here = around >= 0, multiply v[around.clamp(min=0)] by it and divide by the counts (clamp(min=1)).")
right = L("맞았습니다. 문장 끝에서도 있는 낱말만으로 평균을 냅니다.", "Right. Even at the end of a sentence the mean is of the words that are there.")


def check(context):
    import torch

    v = torch.tensor([[1.0, 0.0], [3.0, 4.0], [5.0, 10.0]])
    around = torch.tensor([[0, 1], [2, -1], [-1, -1]])
    try:
        made = context(v, around)
    except IndexError:
        return L("−1은 표에 없는 번호입니다. clamp(min=0)으로 바꾼 뒤 가리개를 곱하세요.", "−1 is no row of the table: clamp(min=0), then multiply by the mask.")
    truth = torch.tensor([[2.0, 2.0], [5.0, 10.0], [0.0, 0.0]])
    if made.shape == truth.shape and torch.allclose(made, truth):
        return None
    if made.shape != truth.shape:
        return L(f"모양이 {[*truth.shape]}이어야 하는데 {[*made.shape]}입니다.", f"The shape should be {[*truth.shape]} and is {[*made.shape]}.")
    if torch.allclose(made[1], v[2] / 2):
        return L("빈자리까지 세어 나누었습니다. 있는 낱말의 수로 나누세요.", "You divided by the empty places too: divide by the words that are there.")
    if torch.allclose(made[0], v[0] + v[1]):
        return L("더하기만 했습니다. 평균은 개수로 나눕니다.", "That is the sum; a mean is divided by the count.")
    if made.isnan().any():
        return L("모두 빈자리인 줄에서 0을 0으로 나누었습니다.", "A row of empty places divides 0 by 0.")
    if torch.allclose(made[1], (v[2] + v[-1]) / 2) or torch.allclose(made[1], (v[2] + v[0]) / 2):
        return L("빈자리를 진짜 낱말로 쳤습니다. 가리개를 곱하세요.", "An empty place was taken for a word: multiply by the mask.")
    return L(f"첫 줄이 {truth[0].tolist()}이어야 하는데 {made[0].tolist()}입니다.", f"The first row should be {truth[0].tolist()} and is {made[0].tolist()}.")


# %% tags=["solution"] exercise="q5"
def context(v, around):
    here = (around >= 0)[..., None]
    return (v[around.clamp(min=0)] * here).sum(1) / here.sum(1).clamp(min=1)

# %% tags=["wrong"] exercise="q5" says=["빈자리까지 세어", "empty places too"]
def context(v, around):
    here = (around >= 0)[..., None]
    return (v[around.clamp(min=0)] * here).mean(1)

# %% tags=["wrong"] exercise="q5" says=["더하기만", "That is the sum"]
def context(v, around):
    here = (around >= 0)[..., None]
    return (v[around.clamp(min=0)] * here).sum(1)

# %% tags=["wrong"] exercise="q5" says=["0을 0으로", "0 by 0"]
def context(v, around):
    here = (around >= 0)[..., None]
    return (v[around.clamp(min=0)] * here).sum(1) / here.sum(1)

# %% tags=["wrong"] exercise="q5" says=["진짜 낱말로", "taken for a word"]
def context(v, around):
    return v[around.clamp(min=0)].mean(1)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. Word2Vec은 이웃을 맞히는 문제를 풀고, 그때 쓴 표를 벡터로 남깁니다. 은닉층의 곱셈은 표에서 한 줄을 찾는 일입니다.
# 2. 글이 짧으면 유사도는 잡음이거나, 모두 1에 가까운 한 덩어리입니다. 시드를 바꾸고 상관없는 짝과 견주세요.
# 3. 네거티브 샘플링은 낱말을 서로 밀어내고, 사전이 커도 걸음의 값을 그대로 둡니다.
# 4. 좁은 창은 종류를, 넓은 창은 주제를 배웁니다.
# 5. 되풀이하려면 `workers=1`. 글에 없던 낱말은 벡터가 없습니다.
#
# **더 읽을거리** T. Mikolov 외, “Efficient Estimation of Word Representations in Vector Space” (2013a), 3절과 4.1절 · T. Mikolov 외, “Distributed
# Representations of Words and Phrases and their Compositionality” (NIPS 2013b), 2.2절과 2.3절 · O. Levy, Y. Goldberg, “Dependency-Based Word
# Embeddings” (ACL 2014): 창과 이웃의 종류 · O. Levy, Y. Goldberg, I. Dagan, “Improving Distributional Similarity with Lessons Learned from Word
# Embeddings” (TACL 2015)
#
# **다음** [10.5 GloVe](10_5_glove.ipynb): 짝을 하나씩 보는 대신, 먼저 모두 세어 놓고 배웁니다. 10.4 FastText는 준비하고 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. Word2Vec learns to guess neighbours and keeps the table that it used. The hidden layer's product is a row looked up.
# 2. From a short text similarities are noise, or one lump near 1. Change the seed, and compare with pairs that have nothing in common.
# 3. Negative samples drive words apart, and keep a step's price the same however large the dictionary.
# 4. A narrow window learns kinds, a wide one topics.
# 5. To repeat a run: `workers=1`. A word that was not in the text has no vector.
#
# **Further reading** T. Mikolov et al., “Efficient Estimation of Word Representations in Vector Space” (2013a), sections 3 and 4.1 · T. Mikolov
# et al., “Distributed Representations of Words and Phrases and their Compositionality” (NIPS 2013b), sections 2.2 and 2.3 · O. Levy, Y.
# Goldberg, “Dependency-Based Word Embeddings” (ACL 2014), on windows and kinds of neighbours · O. Levy, Y. Goldberg, I. Dagan,
# “Improving Distributional Similarity with Lessons Learned from Word Embeddings” (TACL 2015)
#
# **Next** [10.5 GloVe](10_5_glove.ipynb): instead of pair after pair, count them all first, then learn. 10.4 FastText is in preparation.
