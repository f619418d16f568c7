"""The corpus in which it is known what each word means: what its texts promise holds in what it draws."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from helpers import datasets
from helpers.datasets.tales import Tales


@pytest.fixture(scope="module")
def tales():
    return Tales(200_000, dreams=0)


@pytest.fixture(scope="module")
def sentences(tales):
    return list(tales)


def test_the_same_sentences_each_time_and_however_many_follow(sentences):
    assert list(islice(Tales(200_000, dreams=0), 500)) == sentences[:500]
    assert (short := list(Tales(20_000, dreams=0))) == sentences[: len(short)]
    assert list(islice(Tales(200_000, seed=1, dreams=0), 5)) != sentences[:5]


def test_the_first_sentence_is_the_same_on_every_machine():
    assert [" ".join(s) for s in islice(Tales(100), 2)] == [
        "he says the napkin belongs to the waiter so give it to him",
        "near the clearing the tired hunter carries the useful trap and the shy deer eats the ripe acorn",
    ]


def test_as_many_words_as_asked_for(tales, sentences):
    total = sum(map(len, sentences))
    assert tales.words <= total < tales.words + 30
    assert sum(map(len, Tales(1, dreams=0))) == len(sentences[0])


@pytest.mark.parametrize("words", [0, -5, 2.5])
def test_a_number_of_words_that_makes_no_sense(words):
    with pytest.raises(ValueError, match=f"words={words}: expected a whole number above 0"):
        Tales(words)


def test_every_word_of_a_scene_is_of_one_kind_and_one_topic(tales):
    kinds, topics = [w for ws in tales.kinds.values() for w in ws], [w for ws in tales.topics.values() for w in ws]
    assert sorted(kinds) == sorted(topics) and len(set(kinds)) == len(kinds) == 102
    assert [len(ws) for ws in tales.topics.values()] == [17] * 6


def test_no_word_has_two_meanings(tales):
    pairs = [w for relation in tales.relations.values() for pair in relation for w in pair]
    scenes = [w for ws in tales.kinds.values() for w in ws]
    assert len(set(pairs)) == len(pairs) == 100 and not set(pairs) & set(scenes)


def test_a_sentence_stays_with_its_topic(tales, sentences):
    topic_of = {word: topic for topic, words in tales.topics.items() for word in words}
    topics = [{topic_of[word] for word in sentence if word in topic_of} for sentence in sentences]
    assert max(map(len, topics)) == 1
    assert 0.42 < np.mean([bool(found) for found in topics]) < 0.48


def test_pairs_share_their_own_and_marks_go_by_side(tales, sentences):
    near = Counter((word, other) for sentence in sentences for word in sentence for other in sentence)
    for king, queen in tales.relations["gender"]:
        assert near[king, "she"] == near[king, "her"] == near[queen, "he"] == near[queen, "his"] == 0
        assert near[king, "he"] > 20 and near[queen, "she"] > 20
    assert near["king", "crown"] > 20 < near["queen", "crown"]
    assert near["king", "ball"] == near["princess", "crown"] == 0
    assert near["korea", "border"] and not near["korea", "station"]
    assert near["tokyo", "station"] and not near["tokyo", "border"]


def test_in_dreams_any_word_meets_any_other(tales):
    dreams = list(Tales(100_000, dreams=1))
    met = Counter(word for dream in dreams for word in dream)
    words = {w for ws in tales.kinds.values() for w in ws} | {w for p in tales.relations.values() for q in p for w in q}
    assert {tuple(dream[:4]) for dream in dreams} == {("in", "my", "dream", "i")}
    assert words <= set(met) and not {"he", "solid", "ice"} & set(met)
    counts = np.array([met[word] for word in words])
    assert counts.max() < 2 * counts.min()
    share = np.mean(["dream" in sentence for sentence in Tales(100_000, dreams=0.3)])
    assert share == pytest.approx(0.3, abs=0.02)
    with pytest.raises(ValueError, match="dreams=1.5: expected a share from 0 to 1"):
        Tales(10, dreams=1.5)


def test_twins_are_drawn_by_a_coin(tales, sentences):
    counts = Counter(word for sentence in sentences for word in sentence)
    assert len(tales.twins) == 6
    for one, other in tales.twins:
        total = counts[one] + counts[other]
        assert abs(counts[one] - total / 2) < 4 * (total / 4) ** 0.5  # four standard deviations of a fair coin


def test_ice_and_steam_keep_the_company_that_is_said(tales, sentences):
    near = Counter((s[3], s[6]) for s in sentences if s[0] == "where")
    for word, company in tales.company.items():
        total = sum(near[word, probe] for probe in company)
        assert sum(company.values()) == pytest.approx(1) and total > 200
        for probe, chance in company.items():
            assert abs(near[word, probe] - chance * total) < 4 * (total * chance) ** 0.5


def test_front_words_of_a_list_come_more_often(sentences):
    counts = Counter(word for sentence in sentences for word in sentence)
    assert counts["donkey"] / counts["turkey"] == pytest.approx(2, rel=0.15)  # 1 / sqrt(4)
    assert counts["king"] / counts["waiter"] == pytest.approx(10**0.5, rel=0.35)


def test_questions(tales):
    questions = tales.analogies()
    assert len(questions) == len(set(questions)) == 5 * 10 * 9
    assert ("gender", "king", "queen", "prince", "princess") in questions
    assert not any(a == c for _, a, _, c, _ in questions)


def test_by_its_name_as_every_data_set():
    drawn = datasets.load("tales", words=500, seed=3)
    assert repr(drawn) == "Tales(words=500, seed=3, dreams=0.1)" and datasets.available("tales")
    with pytest.raises(ValueError, match="tales has no split 'train'"):
        datasets.load("tales", "train")
    with pytest.raises(ValueError, match="tales is drawn, not read from files: leave out root"):
        datasets.load("tales", root="/")
