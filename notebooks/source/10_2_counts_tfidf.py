# Lesson 10_2, claims E04 to E06: count vectors, stop words, TF-IDF, a search engine, Korean.
# Written in pairs of markdown cells (ko, en); `L(ko, en)` and `# ko: … | en: …` are resolved by notebooks/build.py.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"} summary="낱말을 세고 무게를 달아 검색 엔진을 만들고, 사람의 판단과 견줍니다. 우리말을 띄어쓰기로 자르면 왜 안 되는지도 봅니다."
# # 10.2 카운트 벡터와 TF-IDF: 낱말을 세어 글을 찾기
#
# ![왼쪽은 기사 찾기의 정확도, 오른쪽은 사람의 판단과의 상관을 나타낸 막대그래프. 두 그림 모두 횟수만 센 막대가 가장 짧습니다.](attachment:cover.png)
#
# **걸리는 시간** {{budget}}
#
# **먼저 알아 둘 것** [10.1 원-핫 인코딩](10_1_one_hot.ipynb). 글의 벡터는 낱말의 원-핫 벡터를 더한 것입니다.
#
# **마치고 나면** ① 카운트 벡터와 TF-IDF를 손으로 계산해 scikit-learn과 같은 숫자를 얻을 수 있습니다.
# ② 뉴스 300건을 뒤지는 작은 검색 엔진을 만들고, 무엇이 검색을 좋게 하는지 재어 볼 수 있습니다.
# ③ 우리말을 띄어쓰기로 자르면 왜 안 되는지 보여 주고 고칠 수 있습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} summary="Count words, weigh them, build a search engine, compare it with people. Why Korean must not be split at spaces."
# # 10.2 Counts and TF-IDF: finding texts by counting words
#
# ![Bars: on the left how often the right article is found, on the right agreement with people. In both, plain counts have the shortest bar.](attachment:cover.png)
#
# **Budget** {{budget}}
#
# **Before you start** [10.1 One-hot encoding](10_1_one_hot.ipynb): the vector of a text is the sum of its words' one-hot
# vectors.
#
# **Afterwards** ① you can compute count vectors and TF-IDF by hand and get scikit-learn's numbers; ② you can build a small
# search engine over 300 news articles and measure what makes a search good; ③ you can show why splitting Korean at spaces
# fails, and mend it.

# %% tags=["setup"]
# ko: 모든 단원의 첫 셀입니다. Colab에서는 helpers를 설치하고, 다른 곳에서는 바로 끝납니다. | en: The first cell of every lesson: on Colab it installs helpers, elsewhere it is instant.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("helpers") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "pixels-to-words"], check=True)

from helpers import course

session = course.setup(seed=0, language=L("ko", "en"))

# %% tags=["nbval-check-output"]
import re
from collections import Counter

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction.text import (
    ENGLISH_STOP_WORDS,
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from helpers import exercises, plots
from helpers.datasets import corpora, read_text, shipped
from helpers.embeddings import text

sentences = read_text(shipped("five_sentences.txt")).splitlines()
documents = read_text(shipped("three_documents.txt")).splitlines()
print(*sentences, sep="\n")

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 문장 하나를 숫자 한 줄로 적을 수 있을까?
#
# 카운트 벡터(count vector)는 두 가지 일을 한 번에 합니다. 글을 낱말로 자르고(토큰화, tokenisation), 사전의 낱말마다 몇 번 나왔는지
# 셉니다(벡터화). scikit-learn의 `CountVectorizer`에 위의 다섯 문장을 주겠습니다.
#
# **먼저 맞혀 보세요.** 다섯 문장의 낱말은 모두 28개입니다. 사전에는 몇 개가 실릴까요? 셋째 문장
# `you will never get any chance.`의 벡터에는 1이 몇 개 있을까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Can a sentence be written as one row of numbers?
#
# A count vector does two things at once: it cuts a text into words (tokenisation) and counts, for every word of the
# dictionary, how often it comes (vectorisation). Give the five sentences above to scikit-learn's `CountVectorizer`.
#
# **Guess first.** The five sentences have 28 words in all. How many enter the dictionary? And how many ones are in the
# vector of the third, `you will never get any chance.`?

# %% claim=["E04"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
vectorizer = CountVectorizer().fit(sentences)
row = vectorizer.transform([sentences[2]]).toarray()[0]

print(len(vectorizer.vocabulary_), "·", *sorted(vectorizer.vocabulary_))
print(row)
assert len(vectorizer.vocabulary_) == 16
assert row.tolist() == [0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **열여섯 낱말, 1이 여섯 개입니다.** 사전은 알파벳 차례로 늘어서고, 문장의 낱말 여섯 개가 제자리에서 1이 되었습니다. 쉼표와 마침표는 사라지고
# 대문자는 소문자가 되었습니다. 신기할 것은 없습니다. 아래 열 줄이 같은 일을 합니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Sixteen words, six ones.** The dictionary stands in alphabetical order, and each of the sentence's six words puts a one
# in its place. Commas and full stops are gone, capitals are small. No magic: the ten lines below do the same.

# %% claim=["E04"] tags=["nbval-check-output"] slideshow={"slide_type": "slide"}
def count_vectors(texts):
    """Cut into words, collect the dictionary, count."""
    cut = [re.findall(r"(?u)\b\w\w+\b", t.lower()) for t in texts]  # ko: 두 글자 이상의 낱말 | en: two letters or more
    dictionary = {word: i for i, word in enumerate(sorted({w for words in cut for w in words}))}
    counts = np.zeros((len(texts), len(dictionary)), dtype=int)
    for row, words in enumerate(cut):
        for word in words:
            counts[row, dictionary[word]] += 1
    return dictionary, counts


dictionary, counts = count_vectors(sentences)
print(L("낱말", "words"), counts.sum(), L("· 모양", "· shape"), counts.shape)
assert dictionary == vectorizer.vocabulary_
assert (counts == vectorizer.transform(sentences).toarray()).all()

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 흔한 낱말을 지우면 나아질까?
#
# and, is, this처럼 어느 글에나 나오는 낱말을 불용어(stop word)라고 합니다. 원문은 `and, is, please, this` 네 개를 지웁니다.
#
# **먼저 맞혀 보세요.** 사전에는 몇 낱말이 남을까요? 또 뉴스 300건에서 가장 흔한 낱말 20개는 전체의 몇 퍼센트를 차지할까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Does it help to drop common words?
#
# Words like “and”, “is” and “this” that come in every text are called stop words. The notes drop four: `and, is, please, this`.
#
# **Guess first.** How many words stay in the dictionary? And in 300 news articles, what share of all words do the 20 most
# common ones take?

# %% claim=["E05"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
stopped = CountVectorizer(stop_words=["and", "is", "please", "this"]).fit(sentences)
print(len(stopped.vocabulary_), "·", *sorted(stopped.vocabulary_))
assert sorted(stopped.vocabulary_) == [
    "any", "chance", "do", "get", "have", "if", "last", "never", "not", "one", "will", "you",
]

news = text.corpus("lee")
counter = CountVectorizer().fit(news.documents)
frequency = np.asarray(counter.transform(news.documents).sum(axis=0)).ravel()
common = frequency.argsort()[::-1]
print(L("가장 흔한 스무 낱말의 몫", "share of the top twenty words"), f"{frequency[common[:20]].sum() / frequency.sum():.0%}")
print("not, never, no:", [word in ENGLISH_STOP_WORDS for word in ("not", "never", "no")])

# %% slideshow={"slide_type": "fragment"}
names = counter.get_feature_names_out()
fig, ax = plt.subplots()
ax.loglog(np.arange(1, len(common) + 1), frequency[common], color=course.PALETTE[0])
for rank in (1, 3, 8, 30, 100, 400, 2000):
    word, height = names[common[rank - 1]], frequency[common[rank - 1]]
    stop = word in ENGLISH_STOP_WORDS
    ax.plot(rank, height, "o", color=course.PALETTE[3 if stop else 0], markersize=8)
    ax.annotate(word, (rank, height), (8, 6), textcoords="offset points", fontweight="bold")
ax.set(xlabel=L("낱말의 순위", "rank of the word"), ylabel=L("나온 횟수", "times it comes"))
ax.set_title(L("스무 낱말이 글의 4분의 1을 넘게 채웁니다 (주황: 불용어)", "Twenty words fill over a quarter (orange: stop words)"))
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 낱말의 순위와 횟수를 로그 눈금으로 그린 내림 곡선. 맨 앞의 the, of 따위 불용어가 수천 번 나오고, 순위가 2,000을 넘는 낱말은 몇 번밖에 나오지 않습니다.
#
# **열두 낱말이 남고, 상위 20개가 28%를 차지합니다.** 사전은 줄었지만 조심할 것이 있습니다. scikit-learn의 영어 불용어 목록은 not, never,
# no까지 지웁니다. ‘좋지 않다’에서 ‘않다’를 지우는 셈입니다. 지우지 말고 **무게를 덜어 주면** 어떨까요?

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** A falling curve, rank against count, both logarithmic. Stop words such as “the” and “of” come thousands of times;
# words beyond rank 2,000 only a few times.
#
# **Twelve words stay, and the top 20 take 28%.** The dictionary is smaller, but beware: scikit-learn's English list drops
# “not”, “never” and “no” as well, which turns “not good” into “good”. What if we **weighed less** instead of dropping?

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## TF-IDF는 무엇을 곱할까?
#
# TF(term frequency)는 낱말이 그 글에 나온 횟수, DF(document frequency)는 그 낱말이 나오는 글의 수입니다. 어느 글에나 나오는 낱말은
# 글을 가려내지 못하므로 DF가 클수록 무게를 덜어 줍니다. scikit-learn의 식은 다음과 같고, 끝으로 글마다 길이를 1로 맞춥니다(L2 정규화).
#
# $$\text{tf-idf}(w,d)=\text{tf}(w,d)\cdot\Big(\ln\frac{1+N}{1+\text{df}(w)}+1\Big)$$
#
# **먼저 맞혀 보세요.** `I like machine learning`과 `I love deep learning`의 유사도는 얼마일까요? 함께 쓴 낱말은 learning뿐입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What does TF-IDF multiply?
#
# TF, term frequency, is how often a word comes in a text; DF, document frequency, in how many texts it comes. A word that
# is everywhere cannot tell texts apart, so a large DF takes weight away. This is scikit-learn's formula; in the end every
# text is brought to length 1 (L2 normalisation).
#
# $$\text{tf-idf}(w,d)=\text{tf}(w,d)\cdot\Big(\ln\frac{1+N}{1+\text{df}(w)}+1\Big)$$
#
# **Guess first.** How similar are `I like machine learning` and `I love deep learning`, which share only “learning”?

# %% claim=["E06"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
def tf_idf(texts, smooth=True, unit_length=True):
    """TF-IDF by hand; `smooth=False` is the textbook's ln(N / df)."""
    dictionary, tf = count_vectors(texts)
    n, df = len(texts), (tf > 0).sum(axis=0)
    idf = np.log((1 + n) / (1 + df)) + 1 if smooth else np.log(n / df)
    weights = tf * idf
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    return list(dictionary), weights / length if unit_length else weights


words, ours = tf_idf(documents)
theirs = TfidfVectorizer().fit_transform(documents)
similarity = (theirs @ theirs.T).toarray()
_, textbook = tf_idf(documents, smooth=False)

print(similarity.round(6))
print(L("교과서의 식이라면", "by the textbook's formula"), f"{(textbook @ textbook.T)[0, 1]:.6f}")
assert np.abs(ours - theirs.toarray()).max() < 1e-12
assert np.allclose(similarity, [[1, 0.224325, 0], [0.224325, 1, 0], [0, 0, 1]], atol=5e-7)
assert round((textbook @ textbook.T)[0, 1], 6) == 0.063764

# %% claim=["E06"] slideshow={"slide_type": "slide"}
fig, axes = plt.subplots(2, 1, figsize=(9, 5.6))
for ax, matrix, title, form in [
    (axes[0], count_vectors(documents)[1], L("횟수", "counts"), "d"),
    (axes[1], ours, L("TF-IDF: 두 글에 나온 learning이 옅어집니다", "TF-IDF: “learning”, in two texts, fades"), ".2f"),
]:
    plots.heatmap(ax, matrix, documents, words, numbers=form)
    ax.set_title(title)
plt.show()

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 세 글의 낱말 무게를 나타낸 두 표. 위에서는 나온 낱말이 모두 1이고, 아래 TF-IDF에서는 두 글에 나온 learning이 0.47로 옅고 한 글에만
# 나온 낱말은 0.62로 진합니다. 셋째 글은 낱말이 둘뿐이라 저마다 0.71입니다.
#
# **0.224325입니다.** 손으로 한 계산이 scikit-learn과 소수점 아래 열두 자리까지 같습니다. 교과서의 식 $\ln(N/\text{df})$를 그대로 쓰면
# 0.063764가 나옵니다. 어느 한쪽이 틀린 것이 아니라 **약속이 다른 것**이므로, 남의 숫자와 견줄 때는 어느 식인지부터 물어야 합니다. 한 글자짜리 낱말 I가 사전에 없다는
# 것도 눈여겨보세요. 우리말에서는 이것이 큰 문제가 됩니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Two tables of word weights in three texts. Above, every word present counts 1. Below, TF-IDF: “learning”, in two
# texts, is pale at 0.47, words in one text only are strong at 0.62; the third text has two words of 0.71 each.
#
# **0.224325.** Ours by hand equals scikit-learn's to twelve digits. The textbook's $\ln(N/\text{df})$ gives 0.063764.
# Neither is wrong: the **conventions differ**, so ask which formula was used before comparing with somebody's number. And
# note that “I”, a word of one letter, is not in the dictionary. For Korean that will be a serious matter.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# > ### 원문 바로잡기
# >
# > **옛 셀** `doc_distance = tfidf_matrix * tfidf_matrix.T`
# >
# > **무엇이 문제인가** 이름은 거리(distance)인데 값은 **유사도**입니다. 같은 글끼리 1, 아무것도 함께 쓰지 않으면 0입니다. 또 `*`가 행렬곱인
# > 것은 옛 희소 행렬(`csr_matrix`)뿐입니다. NumPy 배열이나 새 희소 배열(`csr_array`)에서는 칸끼리 곱합니다.
# >
# > **오늘 돌아가는 셀** `similarity = tfidf_matrix @ tfidf_matrix.T`. 거리가 필요하면 `1 - similarity`를 쓰세요.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# > ### Setting the notes right
# >
# > **The old cell** `doc_distance = tfidf_matrix * tfidf_matrix.T`
# >
# > **What is wrong** It is called a distance and is a **similarity**: 1 for a text with itself, 0 where nothing is shared.
# > And `*` is the matrix product only for the old sparse matrices (`csr_matrix`); for NumPy arrays and the new sparse
# > arrays (`csr_array`) it multiplies cell by cell.
# >
# > **The cell that works today** `similarity = tfidf_matrix @ tfidf_matrix.T`. Where a distance is needed, take
# > `1 - similarity`.

# %% tags=["interactive", "nbval-skip"]
def show_similarity(smooth=True, unit_length=True):  # ko: 스위치를 눌러 보세요 | en: flip the switches
    _, weights = tf_idf(documents, smooth, unit_length)
    fig, ax = plt.subplots(figsize=(6, 3))
    plots.heatmap(ax, weights @ weights.T, documents, ["1", "2", "3"], numbers=".4f")
    plt.show()


_ = ipywidgets.interact(show_similarity)

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 이것으로 검색 엔진을 만들 수 있을까?
#
# 검색어도 짧은 글입니다. 뉴스 300건(호주 방송의 2001년 기사)과 검색어를 같은 TF-IDF 벡터로 바꾸고, 내적이 큰 차례로 늘어놓으면 검색
# 엔진이 됩니다. `sublinear_tf=True`는 횟수 대신 $1+\ln(\text{tf})$를 써서, 열 번 나온 낱말을 열 배로 치지 않습니다.
#
# **먼저 맞혀 보세요.** ‘aeroplane crash’로 찾으면, aeroplane이라는 낱말 없이 aircraft나 plane이라고만 적은 사고 기사도 나올까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is that enough for a search engine?
#
# A query is a short text too. Turn 300 news articles (an Australian broadcaster, 2001) and the query into vectors by the
# same TF-IDF, sort by inner product: a search engine. `sublinear_tf=True` takes $1+\ln(\text{tf})$ instead of the count,
# so that ten times is not ten times as much.
#
# **Guess first.** Does “aeroplane crash” find an article that says aircraft or plane but never “aeroplane”?

# %% claim=["E06"] tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
engine = TfidfVectorizer(sublinear_tf=True)
index = engine.fit_transform(news.documents)


def search(query, k=3):
    """Print the k best articles and the words that they were found by."""
    wanted = engine.transform([query])
    scores = (index @ wanted.T).toarray().ravel()
    print(f"[{query}]" if scores.any() else f"[{query}] " + L("찾지 못했습니다", "nothing found"))
    for i in scores.argsort(kind="stable")[::-1][:k]:
        found_by = engine.get_feature_names_out()[index[[i]].multiply(wanted).indices]
        if scores[i] > 0:
            print(f"{scores[i]:.2f} {i:3} {news.titles[i][:56]:56} {' '.join(sorted(found_by))}")


for query in ["cricket test against south africa", "interest rates", "aeroplane crash", "shark"]:
    search(query)

pair = TfidfVectorizer().fit_transform(["A physician cured her", "The doctor healed Anna"])
print(L("의사가 고쳤다는 두 문장의 유사도", "similarity of two sentences on a cure"), (pair @ pair.T)[0, 1])
assert (pair @ pair.T)[0, 1] == 0

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **나오지만 crash 덕분입니다.** 찾은 기사 옆에 적힌 낱말을 보면 aeroplane을 알아들은 것이 아닙니다. 뜻이 같은 두 문장도 겹치는 낱말이
# 없으면 유사도가 정확히 0입니다. 원-핫의 약점이 그대로 남아 있습니다. 이것은 10.3부터 배우는 임베딩이 풀 문제입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **It does, thanks to “crash”.** The words beside each hit show that “aeroplane” was not understood. Two sentences of the
# same meaning that share no word have similarity exactly 0. The weakness of one-hot is still there; mending it is the
# business of the embeddings from 10.3 on.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## TF-IDF는 정말 횟수보다 나을까?
#
# 두 가지로 재겠습니다. ① **다시 찾기**: 기사마다 아무 낱말이나 네 개를 뽑아 검색어로 삼고, 바로 그 기사가 1등으로 나오는 비율을 봅니다.
# ② **사람과 비교**: 다른 기사 50건의 모든 짝을 사람들이 얼마나 비슷하다고 했는지(Lee 외, 2005)와 유사도의 상관계수를 봅니다.
#
# **먼저 맞혀 보세요.** 네 방법(횟수, 불용어를 뺀 횟수, TF-IDF, 로그를 씌운 TF-IDF)을 성적이 낮은 것부터 적어 보세요.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is TF-IDF really better than counting?
#
# Two measurements. ① **Finding again**: draw any four words from an article as a query; how often is that very article
# ranked first? ② **People**: for all pairs of 50 other articles, people said how similar they are (Lee et al., 2005);
# correlate that with our similarities.
#
# **Guess first.** Put the four in order, the worst first: counts, counts without stop words, TF-IDF, TF-IDF with the logarithm.

# %%
def queries(seed, k=4):
    """k words drawn from each article."""
    rng = np.random.default_rng(seed)
    articles = text.check_documents(news.documents)
    return [" ".join(rng.choice(words, k, replace=False)) for words in articles]


def found_again(vectors, seeds=range(5)):
    """How often the article that a query was drawn from is the one and only best."""
    index, hits = vectors.fit_transform(news.documents), []
    for seed in seeds:
        scores = (vectors.transform(queries(seed)) @ index.T).toarray()
        hits.append(np.mean((scores >= scores.diagonal()[:, None]).sum(axis=1) == 1))
    return hits


def agreement(vectors):
    """Correlation with what people said about all pairs of 50 articles."""
    others = text.corpus("lee_queries").documents
    made = vectors.fit(news.documents + others).transform(others)
    pairs = np.triu_indices(50, k=1)
    return np.corrcoef((made @ made.T).toarray()[pairs], corpora.human_similarity()[pairs])[0, 1]

# %% claim=["E05", "E06"] tags=["cover"] slideshow={"slide_type": "fragment"}
methods = {
    L("횟수", "counts"): make_pipeline(CountVectorizer(), Normalizer()),
    L("횟수, 불용어 빼고", "counts, no stop words"): make_pipeline(CountVectorizer(stop_words="english"), Normalizer()),
    "TF-IDF": TfidfVectorizer(),
    L("TF-IDF, 로그", "TF-IDF, log"): TfidfVectorizer(sublinear_tf=True),
    L("TF-IDF, 로그, 불용어 빼고", "TF-IDF, log, no stop words"): TfidfVectorizer(sublinear_tf=True, stop_words="english"),
}
again = [found_again(method) for method in methods.values()]
people = [[agreement(method)] for method in methods.values()]
colors = ["#9A9A9A", "#9A9A9A", *(course.PALETTE[i] for i in (5, 0, 0))]

fig, axes = plt.subplots(1, 2, figsize=(11, 4), sharey=True)
for ax, values, title, label in [
    (axes[0], again, L("다시 찾기", "Finding again"), L("1등으로 찾은 비율", "share ranked first")),
    (axes[1], people, L("사람과 비교", "Agreement with people"), L("상관계수", "correlation")),
]:
    plots.bars(ax, list(methods), values, colors)
    ax.set(title=title, xlabel=label, xlim=(0, 1), xticks=[0, 0.5, 1])
plt.show()

means = np.mean(again, axis=1)
assert means[0] < means[1] < means[2] < means[3] and people[0] < people[1] < people[2] < people[3]
assert means[4] < means[3] and people[4] > people[3]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 왼쪽은 1등으로 찾은 비율, 오른쪽은 사람의 판단과의 상관계수. 횟수는 0.32와 0.16으로 가장 낮고, 로그를 씌운 TF-IDF는 0.75와 0.57입니다.
# 불용어까지 빼면 다시 찾기는 조금 나빠지고 사람과의 상관은 조금 좋아집니다.
#
# **TF-IDF가 두 시험에서 모두 이깁니다.** 흔한 낱말을 지우지 않고 무게만 덜었는데도 불용어를 뺀 횟수보다 낫습니다. 다시 찾기에서는 차이가
# 뚜렷하고, 사람과 견주면 조금입니다. 거기서 불용어까지 빼면 결과가 엇갈립니다. 검색어에 흔한 낱말이 섞여 있을 때는 그것도 단서가 되기 때문입니다. **무엇에 쓸지 정한 다음에 재어 보는 것**이 답입니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** On the left the share ranked first, on the right the correlation with people. Counts are lowest, 0.32 and 0.16;
# TF-IDF with the logarithm reaches 0.75 and 0.57. Dropping stop words as well makes finding again a little worse and
# agreement with people a little better.
#
# **TF-IDF wins both.** It only takes weight from common words, and still beats dropping them: clearly in finding again, by
# a little beside people. To drop stop words on top cuts both ways: where common words are part of a query they are clues too. The answer is to **decide what it is for, and
# then measure**.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 우리말은 왜 띄어쓰기로 자르면 안 될까?
#
# 이번에는 우리말로 다시 쓴 피터 팬 이야기입니다. 영어의 Peter는 어디서나 Peter이지만 우리말에서는 조사(particle)가 붙습니다.
#
# **먼저 맞혀 보세요.** ‘피터’는 이 이야기에서 몇 가지 꼴로 나올까요? 그 가운데 조사 없이 ‘피터’만 홀로 나오는 것은 몇 번일까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why must Korean not be split at spaces?
#
# Now the story of Peter Pan, retold in Korean. English Peter is Peter everywhere; Korean 피터 takes a particle that says
# its role in the sentence: 피터가 (subject), 피터를 (object), 피터의 (of).
#
# **Guess first.** In how many forms does 피터 come in this story, and how often does it stand alone?

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
story = text.corpus("peter_ko")
spaced = re.findall(r"\w+", " ".join(story.documents))  # ko: 띄어쓰기와 문장 부호에서 자르기 | en: cut at spaces and signs
forms = Counter(word for word in spaced if word.startswith("피터"))

print(L("꼴", "forms"), len(forms), L("· 모두", "· in all"), forms.total(), L("· 홀로", "· alone"), forms["피터"])
print(*(f"{word} {times}" for word, times in forms.most_common()), sep=" · ")
short = [word for word in spaced if len(word) == 1]
print(L("기본 설정이 버리는 한 글자 낱말", "words of one letter, which the default drops"), len(short), Counter(short).most_common(6))

# %% slideshow={"slide_type": "fragment"}
def mean_precision(vectorizer, names=("피터", "웬디", "후크", "마이클", "팅커벨")):
    """Search for each name: are the paragraphs that have it ranked above the others?"""
    index = vectorizer.fit_transform(story.documents)
    precisions = []
    for name in names:
        scores = (index @ vectorizer.transform([name]).T).toarray().ravel()
        has_it = np.array([name in paragraph for paragraph in story.documents])
        ranked = has_it[np.lexsort((has_it, -scores))]  # ko: 동점이면 없는 쪽이 앞 | en: ties count against us
        precisions.append((ranked.cumsum() / np.arange(1, len(ranked) + 1))[ranked].mean())
    return np.mean(precisions)


ways = {
    L("띄어쓰기대로", "split at spaces"): TfidfVectorizer(token_pattern=r"\w+"),
    L("두세 글자씩", "two or three letters"): TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)),
}
if text.has_morphemes():
    ways[L("형태소로", "morphemes")] = TfidfVectorizer(analyzer=text.morphemes)
precision = [[mean_precision(way)] for way in ways.values()]

# %% slideshow={"slide_type": "fragment"}
fig, ax = plt.subplots(figsize=(9, 2.8))
plots.bars(ax, list(ways), precision, [course.PALETTE[i] for i in (3, 5, 2)][: len(ways)])
ax.set(xlim=(0, 1.1), xlabel=L("평균 정밀도 (다섯 이름의 평균)", "average precision (mean of five names)"))
ax.set_title(L("이름이 나오는 문단을 찾아내는가", "Does it find the paragraphs with a name?"))
plt.show()
if not text.has_morphemes():
    print(L("형태소 분석기가 없습니다", "no morpheme analyser here"), '· pip install "pixels-to-words[ko]"')

assert min(precision[1:]) > precision[0]

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 이름이 나오는 문단을 찾는 평균 정밀도. 띄어쓰기대로 자른 막대가 가장 짧고, 두세 글자씩 자르거나 형태소로 자르면 1에 가깝습니다.
#
# **띄어쓰기로는 ‘피터가’와 ‘피터를’이 남남입니다.** 두 가지 처방이 있습니다. 하나는 낱말 안의 두세 글자를 그대로 세는 것으로(`analyzer="char_wb"`),
# 설치할 것이 없고 오타에도 강합니다. 다른 하나는 형태소(morpheme)로 자르는 것으로, `kiwipiepy`가 ‘피터/가’처럼 나누어 줍니다. 다만
# 사전에 없는 이름은 가끔 통째로 삼키니(‘팅커벨이’) 늘 재어 보아야 합니다. 기본 `token_pattern`이 집, 밤, 말 같은 **한 글자 낱말을 모두
# 버린다**는 것도 잊지 마세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Average precision in finding the paragraphs with a name. Splitting at spaces has the shortest bar; two or three
# letters at a time, or morphemes, come close to 1.
#
# **Split at spaces, 피터가 and 피터를 are strangers.** There are two remedies. Count two or three letters at a time inside
# words (`analyzer="char_wb"`): nothing to install, and robust against misspellings. Or cut into morphemes: `kiwipiepy`
# gives 피터/가, though a name it does not know may be swallowed whole (팅커벨이), so measure. And remember that the default `token_pattern` **drops every word of one letter**, in Korean common nouns
# such as 집 (house), 밤 (night) and 말 (word).

# %% slideshow={"slide_type": "fragment"}
korean = text.best("nsmc", "peter_ko")
korean_engine = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), sublinear_tf=True)
korean_index = korean_engine.fit_transform(korean.documents)

print(L("자료", "corpus"), korean.name, L("· 글", "· documents"), f"{len(korean):,}")
reviews = korean.name == "nsmc"
for query in ["배우 연기가 아깝다", "음악이 좋다"] if reviews else ["악어와 시계", "웬디의 창문"]:
    scores = (korean_index @ korean_engine.transform([query]).T).toarray().ravel()
    best = scores.argmax()
    print(f"[{query}] {scores[best]:.2f} {korean.documents[best][:60]}…")

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 사전이 너무 크면 무엇을 줄일까?
#
# 방법은 여럿입니다. `min_df`는 드문 낱말을 버리고, `ngram_range`는 이웃한 낱말의 짝까지 넣고, `HashingVectorizer`는 사전 없이 낱말을
# 정해진 수의 칸에 해시(hash)로 던져 넣습니다. 사전을 만들지 않으니 메모리에 다 안 들어가는 글도 흘려보내며 셀 수 있습니다.
#
# **먼저 맞혀 보세요.** 열의 수를 똑같이 4,000개쯤으로 줄일 때, 드문 낱말을 버리는 쪽과 아무렇게나 섞어 담는 해시 가운데 어느 쪽이 검색을 덜 망칠까요?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The dictionary is too large. What should go?
#
# There are several knobs. `min_df` drops rare words, `ngram_range` adds pairs of neighbouring words, and
# `HashingVectorizer` keeps no dictionary at all but throws words into a fixed number of buckets by a hash. Without a
# dictionary it can count texts that stream by and would not fit into memory.
#
# **Guess first.** With about 4,000 columns either way: what spoils a search less, dropping the rare words, or a hash that
# mixes words at random?

# %%
def hashed(buckets):
    hasher = HashingVectorizer(n_features=buckets, alternate_sign=False, norm=None)
    return make_pipeline(hasher, TfidfTransformer(sublinear_tf=True))


everything = TfidfVectorizer(sublinear_tf=True)
full = np.mean(found_again(everything))
columns = len(everything.vocabulary_)
buckets = 2 ** np.array([8, 10, 12, 14, 16])
by_hash = [found_again(hashed(int(b)), range(3)) for b in buckets]
cut = [TfidfVectorizer(sublinear_tf=True, min_df=m) for m in (10, 5, 3, 2)]
by_cut = [found_again(c, range(3)) for c in cut]
kept = np.array([len(c.vocabulary_) for c in cut])
pairs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
by_pairs = np.mean(found_again(pairs))

# %% slideshow={"slide_type": "fragment"}
fig, ax = plt.subplots()
ax.axhline(full, color="black", linewidth=1.2, linestyle="--")
ax.annotate(L(f"모두 그대로: {columns:,}열", f"everything: {columns:,} columns"), (250, full), (0, 6), textcoords="offset points")
plots.band(ax, buckets, np.transpose(by_hash), L("해시", "hashing"), course.PALETTE[2], at=1, offset=(-60, 10))
label = "min_df = 10, 5, 3, 2"
plots.band(ax, kept, np.transpose(by_cut), label, course.PALETTE[3], at=2, offset=(14, -14))
place, color = (len(pairs.vocabulary_), by_pairs), course.PALETTE[0]
ax.plot(*place, "D", color=color, markersize=10)
label = L("이웃한 짝까지", "with pairs")
ax.annotate(label, place, (-40, -22), textcoords="offset points", color=color, weight="bold")
ax.set(xscale="log", ylim=(0, 0.9), xlabel=L("열의 수", "columns"), ylabel=L("1등으로 찾은 비율", "share ranked first"))
ax.set_title(L("드문 낱말이야말로 검색의 열쇠입니다", "Rare words are what a search turns on"))
plt.show()

at_same_size = np.interp(np.log(kept), np.log(buckets), np.mean(by_hash, axis=1))
assert (at_same_size > np.mean(by_cut, axis=1)).all() and by_hash[-1][0] > 0.95 * full

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **그림.** 열의 수에 따른 다시 찾기의 성적. 같은 열 수에서 해시의 선이 min_df의 선보다 늘 위에 있고, 칸이 16,384개부터는 줄이지 않은 점선과
# 거의 같습니다. 이웃한 짝까지 넣으면 열이 4만 개로 늘지만 성적은 오르지 않습니다.
#
# **해시가 덜 망칩니다.** 드문 낱말은 나온 글이 몇 안 되어서 오히려 가장 좋은 단서입니다. 그것을 통째로 버리는 것보다 가끔 남과 섞이는 편이
# 낫습니다. 대신 해시는 어느 칸이 어느 낱말인지 되돌려 주지 못합니다. 분류처럼 드문 낱말이 잡음이 되는 일에서는 차례가 바뀔 수 있으니, 여기서도 재어 보고 정하세요.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Figure.** Finding again against the number of columns. At equal size hashing lies above min_df throughout, and from 16,384
# buckets on it almost meets the dashed line of the full dictionary. Adding pairs takes 40,000 columns and gains nothing.
#
# **Hashing spoils less.** A rare word is in few texts, which makes it the best clue of all; to mix it with another now and
# then is better than to throw it away. The price: a hash cannot tell which word a bucket was. In a task where rare words
# are noise, such as classification, the order may turn round: measure there too.

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
hasher = HashingVectorizer(n_features=2**14, alternate_sign=False, norm=None)
at_once = hasher.transform(news.documents)
batches = (news.documents[i : i + 50] for i in range(0, 300, 50))  # ko: 50건씩 흘려보내기 | en: 50 at a time
streamed = vstack([hasher.transform(batch) for batch in batches])
assert (streamed != at_once).nnz == 0

used = len(np.unique(at_once.indices))
print(L("낱말", "words"), f"{columns:,}", L("· 쓰인 칸", "· buckets in use"), f"{used:,}")

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# 50건씩 따로 세어 이어 붙여도 한꺼번에 센 것과 **똑같습니다.** 기억해 둘 사전이 없으니 글이 아무리 길어도, 여러 컴퓨터가 나누어 세어도 됩니다. 낱말이
# 쓰인 칸보다 1,345개 많으니, 적어도 그만큼은 남의 칸에 함께 들어갔습니다.

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# Counted 50 at a time and put together, it is **exactly the same** as counted at once. With no dictionary to remember, a
# text may be as long as it likes, and several machines may share the counting. There are 1,345 more words than
# buckets in use, so at least that many moved in with another.

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 무엇을 넣으면 망가질까?
#
# 아래 셀은 **일부러 틀린 셀**입니다. 글 하나를 대괄호 없이 그대로 넣었습니다. 파이썬에서 문자열은 글자의 리스트이기도 하므로, 검사하지
# 않는 도구라면 글자 하나하나를 글로 여기고 조용히 틀린 답을 냅니다. scikit-learn은 다행히 오류를 냅니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What breaks it?
#
# The next cell is **wrong on purpose**: one text, handed over without brackets. A Python string is also a list of
# letters, so a tool that does not look would take every letter for a text and be wrong in silence. scikit-learn, luckily,
# raises an error.

# %% tags=["raises-exception"] slideshow={"slide_type": "fragment"}
TfidfVectorizer().fit_transform("I like machine learning")

# %% tags=["nbval-check-output"] slideshow={"slide_type": "fragment"}
good = "I run everyday"
for bad in (good, [good, ""], [good, "this is it"]):  # ko: 대괄호 없음, 빈 글, 불용어뿐 | en: no brackets, empty, stop words only
    try:
        text.check_documents(bad, stop_words=ENGLISH_STOP_WORDS)
    except ValueError as error:  # ko: 숨기지 않고 읽어 봅니다 | en: not hidden: read it
        print("·", error)

# %% [markdown] lang="ko" slideshow={"slide_type": "fragment"}
# **증상** `string object received`라는 오류, 또는 글자로 가득한 사전. **검사** `type(documents)`와 `len(documents)`. **처방** `[글]`처럼
# 리스트로 감쌉니다. 빈 글이나 불용어만 있는 글은 오류 없이 0만 있는 벡터가 되어 어떤 검색에도 나오지 않으므로, `check_documents`로 몇 번째
# 글인지 먼저 찾아 두는 것이 좋습니다(오류 메시지는 그대로 검색할 수 있도록 영어로 나옵니다).

# %% [markdown] lang="en" slideshow={"slide_type": "fragment"}
# **Symptom**: the error “string object received”, or a dictionary full of letters. **Test**: `type(documents)` and
# `len(documents)`. **Cure**: wrap it in a list, `[text]`. An empty text, or one of stop words only, raises nothing and
# becomes a vector of zeros that no search will ever find: let `check_documents` name it first.

# %% [markdown] lang="ko"
# ## 연습문제
#
# `...` 자리에 답을 적고 셀을 실행하면 바로 채점합니다. 막히면 `q1.hint()`, 그래도 막히면 `q1.solution()`을 실행해 보세요.
#
# **q1.** 글의 수 `n_documents`와 그 낱말이 나오는 글의 수 `df`를 받아 scikit-learn의 기본 idf를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# ## Exercises
#
# Put your answer where `...` stands and run the cell: it is marked at once. If you are stuck, run `q1.hint()`, and then
# `q1.solution()`.
#
# **q1.** Write a function of the number of texts, `n_documents`, and of those that have the word, `df`, that returns
# scikit-learn's default idf.

# %% tags=["exercise"] exercise="q1"
q1, q2, q3, q4 = exercises.load("10_2_counts_tfidf")


def idf(n_documents, df):
    return ...


q1.check(idf)

# %% tags=["question"] exercise="q1"
hint = L("모든 글에 나온 낱말(df = N)의 idf가 0이 아니라 1이어야 합니다.",
         "A word that is in every text, df = N, must get an idf of 1, not 0.")
right = L("맞았습니다. 분자와 분모의 1은 모든 낱말을 가진 글이 하나 더 있다고 치는 것입니다.",
          "Right. The ones in numerator and denominator pretend one more text that has every word.")


def check(idf):
    import math

    n, df = 300, 7
    value, truth = float(idf(n, df)), math.log((1 + n) / (1 + df)) + 1
    if abs(value - truth) < 1e-9:
        return None
    for other, complaint in [
        (math.log(n / df), L("교과서의 식 ln(N/df)입니다. 더하는 1이 셋 빠졌습니다.", "That is the textbook's ln(N/df): three ones are missing.")),
        (truth - 1, L("마지막에 더하는 1이 빠졌습니다. 모든 글에 나온 낱말이 사라지고 맙니다.",
                      "The 1 added at the end is missing: words that are in every text would vanish.")),
        (math.log(n / df) + 1, L("smooth_idf=False의 식입니다. 분자와 분모에도 1을 더하세요.",
                                 "That is smooth_idf=False; add 1 to numerator and denominator too.")),
        (math.log10((1 + n) / (1 + df)) + 1, L("상용로그입니다. 자연로그를 쓰세요.", "You took log10; take the natural logarithm.")),
    ]:
        if abs(value - other) < 1e-9:
            return complaint
    return L(f"N = {n}, df = {df}이면 {truth:.4f}이어야 하는데 {value:.4f}가 나왔습니다.",
             f"For N = {n}, df = {df} it should be {truth:.4f}; yours is {value:.4f}.")


# %% tags=["solution"] exercise="q1"
def idf(n_documents, df):
    return np.log((1 + n_documents) / (1 + df)) + 1

# %% tags=["wrong"] exercise="q1" says=["교과서", "textbook"]
def idf(n_documents, df):
    return np.log(n_documents / df)

# %% tags=["wrong"] exercise="q1" says=["마지막에 더하는", "at the end"]
def idf(n_documents, df):
    return np.log((1 + n_documents) / (1 + df))

# %% tags=["wrong"] exercise="q1" says=["상용로그", "log10"]
def idf(n_documents, df):
    return np.log10((1 + n_documents) / (1 + df)) + 1

# %% [markdown] lang="ko"
# **q2.** `CountVectorizer(token_pattern=...)`이 ‘밤에 존, 집.’에서 `밤에`, `존`, `집`을 모두 찾도록 정규식을 적으세요. 쉼표와 마침표는 빠져야 합니다.

# %% [markdown] lang="en"
# **q2.** Give a regular expression for `CountVectorizer(token_pattern=...)` that finds `밤에`, `존` and `집` in “밤에 존, 집.”,
# without the comma and the full stop.

# %% tags=["exercise"] exercise="q2"
pattern = ...
q2.check(pattern)

# %% tags=["question"] exercise="q2"
hint = L(r"기본값은 r'(?u)\b\w\w+\b'입니다. \w가 왜 두 번 나올까요?", r"The default is r'(?u)\b\w\w+\b'. Why does \w stand there twice?")
right = L("맞았습니다. 집, 밤, 말 같은 한 글자 낱말이 살아남습니다.", "Right: words of one letter survive.")


def check(pattern):
    import re

    found = re.findall(pattern, "밤에 존, 집.")
    if found == ["밤에", "존", "집"]:
        return None
    if found == ["밤에"]:
        return L("한 글자 낱말이 아직 빠집니다. 두 글자 이상을 요구하고 있습니다.", "Words of one letter are still dropped: two are demanded.")
    if "에" in found:
        return L("글자마다 잘렸습니다. 이어진 글자는 한 낱말입니다. +를 붙이세요.", "Every letter became a word; letters in a row are one: add a +.")
    if any("," in word or "." in word for word in found):
        return L("문장 부호가 낱말에 붙었습니다. 빈칸이 아닌 것 말고 낱말의 글자를 찾으세요.",
                 "Signs stick to the words: look for letters of words, not for whatever is not a space.")
    return L(f"{found}을(를) 찾았습니다.", f"It found {found}.")


# %% tags=["solution"] exercise="q2"
pattern = r"(?u)\b\w+\b"

# %% tags=["wrong"] exercise="q2" says=["두 글자 이상", "two are demanded"]
pattern = r"(?u)\b\w\w+\b"

# %% tags=["wrong"] exercise="q2" says=["글자마다", "Every letter"]
pattern = r"\w"

# %% tags=["wrong"] exercise="q2" says=["문장 부호", "Signs stick"]
pattern = r"\S+"

# %% [markdown] lang="ko"
# **q3.** ‘dog bites man’과 ‘man bites dog’은 카운트 벡터가 같습니다. 낱말 하나하나도 **그대로 세면서** 두 문장을 구별하는 가장 작은
# `ngram_range`를 적으세요.

# %% [markdown] lang="en"
# **q3.** “dog bites man” and “man bites dog” have the same count vector. Give the smallest `ngram_range` that tells them
# apart and **still counts single words**.

# %% tags=["exercise"] exercise="q3"
ngram_range = ...
q3.check(ngram_range)

# %% tags=["question"] exercise="q3"
hint = L("(가장 짧은 길이, 가장 긴 길이)입니다. 짝까지 세려면 긴 쪽을 몇으로 해야 할까요?",
         "It is (shortest, longest). What must the longest be for pairs to count?")
right = L("맞았습니다. ‘dog bites’와 ‘man bites’가 갈립니다. 우리말은 조사가 구실을 알려 주므로 이런 일이 덜합니다.",
          "Right: “dog bites” and “man bites” differ. Korean particles tell who does what, so there it matters less.")


def check(ngram_range):
    if not isinstance(ngram_range, tuple) or len(ngram_range) != 2:
        return L("두 정수의 튜플이어야 합니다. 예를 들면 (1, 1)입니다.", "It must be a tuple of two integers, such as (1, 1).")
    if ngram_range == (1, 1):
        return L("기본값입니다. 낱말 하나씩만 세면 두 문장이 같습니다.", "That is the default: single words do not tell them apart.")
    if ngram_range[0] > 1:
        return L("짝만 세고 낱말 하나하나는 버립니다. 짧은 쪽은 1이어야 합니다.", "It counts pairs only and drops single words: start at 1.")
    if ngram_range != (1, 2):
        return L("구별하기는 하지만 가장 작지 않습니다.", "It does tell them apart, but is not the smallest.")


# %% tags=["solution"] exercise="q3"
ngram_range = (1, 2)

# %% tags=["wrong"] exercise="q3" says=["짝만 세고", "pairs only"]
ngram_range = (2, 2)

# %% tags=["wrong"] exercise="q3" says=["튜플", "tuple"]
ngram_range = 2

# %% tags=["wrong"] exercise="q3" says=["가장 작지", "not the smallest"]
ngram_range = (1, 3)

# %% [markdown] lang="ko"
# **q4.** 글의 리스트와 검색어를 받아 TF-IDF로 가장 비슷한 글의 **번호**(0부터)를 돌려주는 함수를 쓰세요.

# %% [markdown] lang="en"
# **q4.** Write a function that takes a list of texts and a query and returns the **number**, from 0, of the text most
# similar by TF-IDF.

# %% tags=["exercise"] exercise="q4"
def most_similar(texts, query):
    return ...


q4.check(most_similar)

# %% tags=["question"] exercise="q4"
hint = L("fit_transform은 글에만 한 번, 검색어에는 같은 벡터라이저의 transform을 쓰세요. 번호는 argmax가 알려 줍니다.",
         "fit_transform once, on the texts; transform by the same vectorizer for the query; argmax gives the number.")
right = L("맞았습니다. 방금 만든 것이 검색 엔진의 심장입니다.", "Right. You have just written the heart of a search engine.")


def check(most_similar):
    texts = ["the the the cat sat on the mat", "the dog and the bone", "a cat and another cat"]
    try:
        answer = most_similar(texts, "the bone")
    except ValueError as error:
        if "dimension" in str(error) or "mismatch" in str(error) or "matmul" in str(error):
            return L("벡터의 길이가 다릅니다. 검색어에도 fit_transform을 써서 사전이 새로 만들어졌습니다. transform을 쓰세요.",
                     "The vectors differ in length: fit_transform on the query made a new dictionary. Use transform.")
        raise
    if isinstance(answer, float) or getattr(getattr(answer, "dtype", None), "kind", "") == "f":
        return L("유사도를 돌려주었습니다. 번호가 필요하니 argmax를 쓰세요.", "You returned a similarity; the number comes from argmax.")
    if isinstance(answer, str):
        return L("글 자체를 돌려주었습니다. 몇 번째인지 돌려주세요.", "You returned the text itself; return its number.")
    if int(answer) == 0:
        return L("the가 많은 글을 골랐습니다. 횟수 대신 TF-IDF를 쓰세요.", "You picked the text full of “the”: use TF-IDF, not counts.")
    if int(answer) != 1:
        return L("‘the bone’에는 1번 글이 나와야 합니다.", "For “the bone” it should be text 1.")
    if int(most_similar(texts, "cat")) != 2:
        return L("‘cat’에는 cat이 두 번 나온 2번 글이 나와야 합니다.", "For “cat” it should be text 2, which has it twice.")


# %% tags=["solution"] exercise="q4"
def most_similar(texts, query):
    vectorizer = TfidfVectorizer()
    index = vectorizer.fit_transform(texts)
    return int((index @ vectorizer.transform([query]).T).toarray().argmax())

# %% tags=["wrong"] exercise="q4" says=["fit_transform", "fit_transform"]
def most_similar(texts, query):
    vectorizer = TfidfVectorizer()
    index = vectorizer.fit_transform(texts)
    return int((index @ vectorizer.fit_transform([query]).T).toarray().argmax())

# %% tags=["wrong"] exercise="q4" says=["argmax", "argmax"]
def most_similar(texts, query):
    vectorizer = TfidfVectorizer()
    index = vectorizer.fit_transform(texts)
    return (index @ vectorizer.transform([query]).T).toarray().max()

# %% tags=["wrong"] exercise="q4" says=["TF-IDF를 쓰세요", "use TF-IDF"]
def most_similar(texts, query):
    vectorizer = CountVectorizer()
    index = vectorizer.fit_transform(texts)
    return int((index @ vectorizer.transform([query]).T).toarray().argmax())

# %% [markdown] lang="ko" slideshow={"slide_type": "slide"}
# ## 기억할 것
#
# 1. 카운트 벡터는 낱말의 원-핫 벡터를 더한 것입니다. 차례는 사라지고 횟수만 남습니다.
# 2. 불용어를 지우기 전에 목록을 읽어 보세요. not도 지워집니다.
# 3. TF-IDF는 흔한 낱말의 무게를 덜어 줍니다. 식의 약속이 여럿이니 숫자를 견줄 때는 식부터 확인하세요.
# 4. 우리말은 형태소나 글자 n-그램으로 자르고, 한 글자 낱말을 버리지 않게 하세요.
# 5. 뜻이 같아도 글자가 다르면 유사도는 0입니다. 그래서 임베딩이 필요합니다.
#
# **더 읽을거리** K. Spärck Jones, “A statistical interpretation of term specificity” (1972) · G. Salton, C. Buckley,
# “Term-weighting approaches in automatic text retrieval” (1988) · Manning, Raghavan, Schütze, *Introduction to Information Retrieval*
# (2008), 6장 · K. Weinberger 외, “Feature Hashing for Large Scale Multitask Learning” (ICML 2009)
#
# **다음** [10.3 Word2Vec](10_3_word2vec.ipynb): 함께 나오는 낱말로 뜻의 가까움을 배웁니다.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What to remember
#
# 1. A count vector is the sum of the words' one-hot vectors. Order is lost, counts stay.
# 2. Read a stop list before you use it: “not” is on it.
# 3. TF-IDF takes weight from common words. The formula has several conventions: check it before comparing numbers.
# 4. Cut Korean into morphemes or letter n-grams, and do not lose its words of one letter.
# 5. Same meaning in other words has similarity 0. That is why we need embeddings.
#
# **Further reading** K. Spärck Jones, “A statistical interpretation of term specificity” (1972) · G. Salton, C. Buckley,
# “Term-weighting approaches in automatic text retrieval” (1988) · Manning, Raghavan, Schütze, *Introduction to Information
# Retrieval* (2008), chapter 6 · K. Weinberger et al., “Feature Hashing for Large Scale Multitask Learning” (ICML 2009)
#
# **Next** [10.3 Word2Vec](10_3_word2vec.ipynb) learns nearness of meaning from the words that come together.
