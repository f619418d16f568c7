"""From text to words: what NLTK, Kiwi and scikit-learn would do, with and without their data, and each mistake told."""

import importlib.util
import io
import logging
import os
import re
import socket
import subprocess
import sys
import tarfile
import types
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import embeddings
from helpers.datasets import corpora, files
from helpers.embeddings import text
from helpers.embeddings.text import (
    available,
    best,
    check_documents,
    corpus,
    has_morphemes,
    morphemes,
    normalize_quotes,
    punkt_status,
    sentences,
    words,
)

DARLING = "Mr. Darling sighed. “Peter!” he said. “I wouldn’t.” Nobody moved."


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, and no data on NLTK's own search path."""
    import nltk.data

    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(nltk.data, "path", [])
    return tmp_path / "cache"


@pytest.fixture
def real():
    """The folder of real data that the environment names."""
    if not os.environ.get("COURSE_DATA"):
        pytest.skip("COURSE_DATA not set: real corpora and punkt_tab were NOT tested")
    return Path(os.environ["COURSE_DATA"])


def need(path):
    if not path.exists():
        pytest.skip(f"{path.name} is not in COURSE_DATA: NOT tested")
    return path


def pack(path, members):
    """Write a folder, a zip or a tar.xz of the given bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, raw in members.items():
                archive.writestr(name, raw)
    elif path.suffix == ".xz":
        with tarfile.open(path, "w:xz") as archive:
            for name, raw in members.items():
                member = tarfile.TarInfo(name)
                member.size = len(raw)
                archive.addfile(member, io.BytesIO(raw))
    else:
        for name, raw in members.items():
            file = path.parent / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
    return path


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


# Quotes


def test_quotes_become_what_tokenizers_know():
    assert normalize_quotes("‘It’s’ „so“ ‟x‛ ‚y") == "'It's' \"so\" \"x' 'y"
    assert normalize_quotes("10\u00a0km\u202fand\u2007more…") == "10 km and more..."
    assert normalize_quotes("no\u00adthing\u200b\u2060\ufeff") == "nothing"
    assert normalize_quotes(unicodedata.normalize("NFD", "노력 é")) == "노력 é"
    assert normalize_quotes('plain "text", 5′ — kept') == 'plain "text", 5′ — kept'


# Sentences and words

# A language of one abbreviation, as punkt_tab holds it: "Xyq." does not end a sentence, "Cap." does.
PUNKT = {
    "punkt_tab/english/abbrev_types.txt": b"xyq\nno",
    "punkt_tab/english/sent_starters.txt": b"the",
    "punkt_tab/english/collocations.tab": b"##number##\tstreet",
    "punkt_tab/english/ortho_context.tab": b"moved\t32\nnobody\t6",
}
XYQ = "Xyq. Smith went on. Cap. Smith stayed."


def test_without_punkt_tab_the_commonest_abbreviations_are_known(folder):
    assert punkt_status().startswith(
        "punkt_tab not found (`python -m nltk.downloader punkt_tab` gets it): an untrained"
    )
    assert "mistakes other abbreviations for a sentence end" in punkt_status()
    assert sentences(DARLING) == ["Mr. Darling sighed.", '"Peter!"', "he said.", '"I wouldn\'t."', "Nobody moved."]
    assert sentences(XYQ) == ["Xyq.", "Smith went on.", "Cap.", "Smith stayed."]
    assert sentences("") == []


@pytest.mark.parametrize("place", ["punkt_tab.zip", "tokenizers/punkt_tab.zip", "punkt_tab", "tokenizers/punkt_tab"])
def test_punkt_tab_is_found_in_the_cache_and_nothing_is_written(folder, place):
    pack(folder / "nltk" / place, PUNKT)
    before = everything(folder)
    assert punkt_status() == "punkt_tab found in the course's cache."
    assert sentences(XYQ) == ["Xyq. Smith went on.", "Cap.", "Smith stayed."]
    assert everything(folder) == before


@pytest.mark.parametrize("name", ["punkt_tab.zip", "punkt_tab"])
def test_nltk_s_own_data_goes_first(folder, tmp_path, monkeypatch, name):
    import nltk.data

    pack(tmp_path / "nltk_data" / "tokenizers" / name, PUNKT)
    pack(folder / "nltk" / "punkt_tab.zip", {member: b"" for member in PUNKT})
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "nothing"), str(tmp_path / "nltk_data")])
    assert punkt_status() == "punkt_tab found in NLTK's data."
    assert sentences(XYQ)[0] == "Xyq. Smith went on."


def test_every_file_of_punkt_tab_is_read(folder):
    pack(folder / "nltk" / "punkt_tab.zip", PUNKT)
    learned = text._punkt("english", trained=True)[0]._params
    assert learned.abbrev_types == {"xyq", "no"}
    assert learned.sent_starters == {"the"}
    assert learned.collocations == {("##number##", "street")}
    assert learned.ortho_context == {"moved": 32, "nobody": 6}
    assert learned.ortho_context["never seen"] == 0


def test_punkt_tab_fetched_meanwhile_is_found_by_asking(folder):
    assert "not found" in punkt_status()
    pack(folder / "nltk" / "punkt_tab.zip", PUNKT)
    assert "found in the course's cache" in punkt_status()


def test_untrained_on_request(folder):
    pack(folder / "nltk" / "punkt_tab.zip", PUNKT)
    assert sentences(XYQ, trained=False)[0] == "Xyq."
    assert words("Xyq. Smith", trained=False) == ["Xyq", ".", "Smith"]
    assert words("Xyq. Smith") == ["Xyq.", "Smith"]


def test_a_language_without_parameters_here_is_cut_untrained(folder):
    pack(folder / "nltk" / "punkt_tab.zip", PUNKT)
    assert sentences("Xyq. Müller ging. Er kam.", "german") == ["Xyq.", "Müller ging.", "Er kam."]


def test_a_broken_archive_is_named(folder):
    pack(folder / "nltk" / "punkt_tab.zip", PUNKT).write_bytes(b"<html>404</html>")
    with pytest.raises(ValueError, match=r"punkt_tab\.zip is not a zip archive: was its download cut short"):
        sentences("One. Two.")


def test_unknown_languages(folder):
    with pytest.raises(ValueError, match="no language 'englsh'. Did you mean 'english'"):
        sentences("One.", "englsh")
    with pytest.raises(ValueError, match=r"For Korean use morphemes\(\)"):
        words("하나.", "korean")


def test_the_reader_is_told_once(folder, caplog):
    text._say_once.cache_clear()
    with caplog.at_level(logging.INFO, logger="helpers"):
        for _ in range(3):
            line = punkt_status()
            words("One. Two.")
    assert [record.getMessage() for record in caplog.records if record.name == "helpers"] == [line]


def test_nothing_is_downloaded(folder, monkeypatch):
    import nltk

    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(nltk, "download", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert words("One. Two.") == ["One", ".", "Two", "."]
    assert [available(name) for name in ("nsmc", "novels", "stories", "inaugural")] == [False] * 4


def test_words_are_the_treebank_s(folder):
    from nltk.tokenize import word_tokenize

    found = words("“I wouldn’t,” said Mr. Smith…")
    assert found == ["``", "I", "would", "n't", ",", "''", "said", "Mr.", "Smith", "..."]
    assert words("") == []
    for plain in ('"I can\'t," he said, "won\'t $5.20 (50%)."', "They'll go -- gonna go; it's John's."):
        assert words(plain) == word_tokenize(plain, preserve_line=True)


@pytest.mark.real
def test_real_punkt_tab_cuts_as_nltk_does(real, tmp_path, monkeypatch):
    import nltk

    archive = need(real / "nltk" / "punkt_tab.zip")
    monkeypatch.setattr(nltk.data, "path", [])
    assert punkt_status() == "punkt_tab found in the course's cache."
    ours = {language: sentences(DARLING, language) for language in text.LANGUAGES}
    # "darling" was a word in small letters in the news that Punkt was trained on.
    assert ours["english"][:2] == ["Mr.", "Darling sighed."]
    prose = " ".join(corpus("lee").documents[:20])
    ours_prose = sentences(prose)
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "tokenizers")
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    assert {path.name for path in (tmp_path / "tokenizers" / "punkt_tab").iterdir() if path.is_dir()} == set(
        text.LANGUAGES
    )
    for language, found in ours.items():
        assert found == nltk.sent_tokenize(normalize_quotes(DARLING), language), language
    assert ours_prose == nltk.sent_tokenize(normalize_quotes(prose))
    assert len(ours_prose) > 100


# Morphemes


@pytest.fixture
def kiwi(monkeypatch):
    """A stand-in for Kiwi that knows one sentence."""
    asked = []

    def tokenize(sentence):
        asked.append(sentence)
        pairs = [("피터", "NNP"), ("는", "JX"), ("날아가", "VV"), ("ᆫ다", "EF"), (".", "SF"), ("빨리", "MAG")]
        return [types.SimpleNamespace(form=form, tag=tag) for form, tag in pairs]

    monkeypatch.setattr(text, "_kiwi", lambda: types.SimpleNamespace(tokenize=tokenize))
    return asked


def test_jamo_that_join_become_jamo_that_are_drawn(kiwi):
    found = morphemes(unicodedata.normalize("NFD", "피터는 날아간다."))
    assert found == ["피터", "는", "날아가", "ㄴ다", ".", "빨리"]
    assert kiwi == ["피터는 날아간다."]  # Kiwi gets whole syllables


def test_every_joining_jamo_has_one_that_is_drawn():
    for code, drawn in text._JAMO.items():
        drawn = drawn if isinstance(drawn, str) else chr(drawn)
        kind, _, letter = unicodedata.name(chr(code)).removeprefix("HANGUL ").partition(" ")
        assert kind in ("CHOSEONG", "JUNGSEONG", "JONGSEONG")
        assert unicodedata.name(drawn) == f"HANGUL LETTER {letter}"
    assert len(text._JAMO) == 19 + 21 + 27


@pytest.mark.parametrize(
    ("pos", "expected"),
    [
        (("N", "V", "M"), ["피터", "날아가", "빨리"]),
        ("N", ["피터"]),
        (["JX"], ["는"]),
        (iter(["E"]), ["ㄴ다"]),
        ("NNG", []),
        ((), []),
    ],
)
def test_morphemes_by_tag(kiwi, pos, expected):
    assert morphemes("피터는 날아간다. 빨리", pos=pos) == expected


def test_tags_of_another_program_are_refused(kiwi):
    with pytest.raises(ValueError, match="pos='Noun': give beginnings of Kiwi's tags, such as 'N'"):
        morphemes("피터", pos="Noun")


def test_morphemes_where_kiwi_is_not_installed(monkeypatch):
    text._kiwi.cache_clear()
    monkeypatch.setitem(sys.modules, "kiwipiepy", None)
    assert not has_morphemes()
    with pytest.raises(ImportError, match=re.escape('pip install "pixels-to-words[ko]"')):
        morphemes("피터")


def test_morphemes_by_kiwi_itself():
    if not has_morphemes():
        pytest.skip('kiwipiepy is not installed (pip install "pixels-to-words[ko]"): Kiwi itself was NOT tested')
    assert morphemes("아버지가 방에 들어가신다.") == ["아버지", "가", "방", "에", "들어가", "시", "ㄴ다", "."]
    assert morphemes("아버지가 방에 들어가신다.", pos=("N", "V")) == ["아버지", "방", "들어가"]
    assert text._kiwi() is text._kiwi()
    assert morphemes("") == []


# Documents


def test_words_of_documents_are_scikit_learn_s():
    from sklearn.feature_extraction.text import CountVectorizer

    documents = ["I love Deep learning, don't I?", "노력은 나의 힘 2024 snake_case", "Ünïcode É"]
    analyse = CountVectorizer().build_analyzer()
    assert check_documents(documents) == [analyse(document) for document in documents]
    assert (
        check_documents(tuple(documents)) == check_documents(pd.Series(documents)) == check_documents(iter(documents))
    )
    assert check_documents(np.array(documents)) == check_documents(documents)


def test_stop_words_go_in_any_case():
    assert check_documents(["The cat", "a dog"], str.split, ["THE"]) == [["cat"], ["a", "dog"]]
    assert check_documents(["The cat is here with you"], stop_words="english") == [["cat"]]
    assert check_documents(["a b"], str.split, np.array(["a"])) == [["b"]]


def test_a_corpus_is_documents_too():
    assert len(check_documents(corpus("lee_queries"))) == 50


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("one text", "Pass a list of documents; a single string is a list of letters"),
        (b"one text", "Pass a list of documents; a single string is a list of letters"),
        ([], "There are no documents: the list is empty"),
        (pd.DataFrame({"text": ["a word"]}), "one column of the table, such as table['text']"),
        (["a word", ""], "Document 1 is empty or only white space ('')"),
        (["a word", "fine", " \n"], r"Document 2 is empty or only white space (' \n'): leave it out"),
        (["a word", b"bytes"], "Document 1 is bytes, not str: decode it, document.decode('utf-8')"),
        (["a word", None], "Document 1 is missing (None), as an empty cell is: drop it by .dropna()"),
        (["a word", float("nan")], "Document 1 is missing (nan)"),
        (["a word", np.float64("nan")], "Document 1 is missing (nan)"),
        (["a word", pd.NA], "Document 1 is missing (<NA>)"),
        (["a word", 7], "Document 1 is int, not str: '7'"),
        ([["a", "word"]], "Document 0 is list, not str"),
        (
            ["a word", "I. 나 ?"],
            "Document 1 ('I. 나 ?') has no words left: all have one letter, which tokenize=str.split",
        ),
        (
            ["a word", "The THE of"],
            "Document 1 ('The THE of') has only stop words (the, of): leave it out or use fewer",
        ),
    ],
)
def test_documents_that_cannot_be_used(documents, message):
    with pytest.raises(ValueError) as error:
        check_documents(documents, stop_words=["the", "of"])
    assert message in str(error.value)


def test_the_words_nan_and_none_are_words():
    assert check_documents(["nan", "None", "<NA>"]) == [["nan"], ["none"], ["na"]]


def test_a_tokenizer_that_returns_nothing():
    with pytest.raises(ValueError, match=r"Document 0 \('fine'\) has no words left: the tokenizer returned none"):
        check_documents(["fine"], tokenize=lambda document: [])
    with pytest.raises(ValueError, match="stop_words='the': pass a list of words, or 'english'"):
        check_documents(["fine"], stop_words="the")


# Corpora


def test_lee_is_read_without_importing_gensim():
    code = (
        "import sys; from helpers.embeddings import check_documents, corpus\n"
        "documents = corpus('lee').documents\n"
        "heavy = {'gensim', 'torch', 'nltk', 'sklearn'} & {*sys.modules}\n"
        "print(len(documents), len(check_documents(documents)), heavy)"
    )
    root = Path(files.__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "300 300 set()"


def test_lee():
    lee, queries = corpus("lee"), corpus("lee_queries")
    assert (len(lee), len(queries)) == (len(lee.titles), len(queries.titles)) == (300, 50)
    assert lee.titles[0] == "Hundreds of people have been forced to vacate …"
    assert lee.documents[0].startswith("Hundreds of people have been forced to vacate their homes")
    assert any("£" in document for document in queries.documents)
    assert (lee.language, repr(lee)) == ("english", "Corpus('lee', 300 documents, english)")
    assert lee.source.startswith("Lee, Pincombe, Welsh (2005)")
    with pytest.raises(AttributeError):
        lee.name = "other"


def test_lee_where_gensim_is_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not available("lee")
    with pytest.raises(FileNotFoundError, match="'lee' is not at hand: it lies in gensim's wheel: pip install gensim"):
        corpus("lee")


def test_lee_where_only_gensim_knows_its_data(tmp_path, monkeypatch):
    (tmp_path / "lee_background.cor").write_text("One article.\nTwo articles.\n")
    spec = types.SimpleNamespace(submodule_search_locations=[str(tmp_path / "elsewhere")])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    utils = types.SimpleNamespace(datapath=lambda name: str(tmp_path / name))
    for name, module in (("gensim", object()), ("gensim.test", object()), ("gensim.test.utils", utils)):
        monkeypatch.setitem(sys.modules, name, module)
    assert corpus("lee").documents == ["One article.", "Two articles."]
    assert not available("lee_queries")


def test_peter_is_a_document_a_paragraph(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_FOLDERS", (tmp_path,))
    assert not available("peter")
    with pytest.raises(FileNotFoundError, match=r"the course ships it as data/peter_ko\.txt"):
        corpus("peter_ko")
    (tmp_path / "peter.txt").write_bytes(
        b"\nAll children,\r\n except one, grow up.\r\n \r\n\r\nOne two three four five six seven eight nine\n"
    )
    (tmp_path / "peter_ko.txt").write_text("웬디는 자랐다.\n\n피터는 아니다.\n", encoding="utf-8")
    peter = corpus("peter")
    assert peter.documents == ["All children, except one, grow up.", "One two three four five six seven eight nine"]
    assert peter.titles == ["All children, except one, grow up.", "One two three four five six seven eight …"]
    assert (corpus("peter_ko").language, len(corpus("peter_ko"))) == ("korean", 2)


def test_the_shipped_stories_are_whole():
    for name in ("peter", "peter_ko"):
        if not available(name):
            pytest.skip(f"data/{name}.txt is not there: NOT tested")
        story = corpus(name)
        assert len(story) > 10
        assert all(document.strip() and "\n" not in document for document in story.documents)


REVIEWS = 'id\tdocument\tlabel\n1\t굳 ㅋ\t1\n2\t\t0\n3\t"열린 따옴표, 쉼표\t0\n'


def test_nsmc(folder):
    file = pack(folder / "nsmc" / "x", {"ratings_test.txt": REVIEWS.encode()}).with_name("ratings_test.txt")
    assert corpus("nsmc").documents == ["굳 ㅋ", '"열린 따옴표, 쉼표']
    assert corpus("nsmc").language == "korean"
    file.write_text(REVIEWS + "4\t탭이 없다\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"ratings_test\.txt, line 5: expected 3 fields with tabs between them"):
        corpus("nsmc")


SPEECHES = {
    "inaugural/2005-Bush.txt": b"repose\xa1Xand freedom\xa1\xa6s",
    "inaugural/1789-Washington.txt": "Fellow—Citizens".encode(),
    "inaugural/README": b"about",
}


@pytest.mark.parametrize("place", ["inaugural.zip", "corpora/inaugural.zip", "corpora/inaugural"])
def test_inaugural_in_the_cache(folder, place):
    pack(folder / "nltk" / place, SPEECHES)
    before = everything(folder)
    speeches = corpus("inaugural")
    assert speeches.titles == ["1789 Washington", "2005 Bush"]
    assert speeches.documents == ["Fellow—Citizens", "repose—and freedom’s"]
    assert everything(folder) == before


@pytest.mark.parametrize("name", ["inaugural.zip", "inaugural"])
def test_inaugural_on_nltk_s_path(folder, tmp_path, monkeypatch, name):
    import nltk.data

    pack(tmp_path / "nltk_data" / "corpora" / name, SPEECHES)
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path / "nltk_data")])
    assert len(corpus("inaugural")) == 2


def test_novels_are_read_in_the_archive(folder):
    novels = {
        "novels/Woolf_Lighthouse_1927.txt": b"\xef\xbb\xbfYes, of course\r\nsaid Mrs Ramsay",
        "novels/Barclay_Ladies_1917.txt": "The café".encode(),
        "novels/notes.md": b"not a novel",
    }
    archive = pack(folder / "novels" / "100_english_novels_48.tar.xz", novels)
    before = everything(folder)
    assert corpus("novels").titles == ["Barclay, Ladies (1917)", "Woolf, Lighthouse (1927)"]
    assert corpus("novels").documents == ["The café", "Yes, of course\nsaid Mrs Ramsay"]
    assert everything(folder) == before
    whole = archive.read_bytes()
    for end in range(0, len(whole) * 2 // 3, 7):
        archive.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"100_english_novels_48\.tar\.xz is not a whole archive"):
            corpus("novels")
    pack(archive, {"notes.md": b"not a novel"})
    with pytest.raises(ValueError, match="holds no documents"):
        corpus("novels")


def test_stories(folder):
    pack(
        folder / "stories" / "x",
        {unicodedata.normalize("NFD", "탈출기.txt"): "김군!".encode(), "동백꽃.txt": "닭".encode()},
    )
    stories = corpus("stories")
    assert (stories.titles, stories.documents) == (["동백꽃", "탈출기"], ["닭", "김군!"])


def test_a_corpus_that_is_not_at_hand(folder):
    for name, file in (
        ("nsmc", "nsmc/ratings_test.txt"),
        ("novels", "novels/100_english_novels_48.tar.xz"),
        ("stories", "stories/*.txt"),
        ("inaugural", "nltk/inaugural.zip"),
    ):
        assert not available(name)
        with pytest.raises(FileNotFoundError) as error:
            corpus(name)
        assert f"The corpus {name!r} is not at hand: there is no {file} in {folder}." in str(error.value)
        assert "COURSE_DATA names the folder" in str(error.value)


def test_an_unknown_corpus():
    for ask in (corpus, available, best):
        with pytest.raises(ValueError, match="No corpus 'novel'. Did you mean 'novels'. There are lee, lee_queries"):
            ask("novel")


def test_the_best_corpus_at_hand(folder):
    assert best("novels", "nsmc", "lee").name == "lee"
    pack(folder / "nsmc" / "x", {"ratings_test.txt": REVIEWS.encode()})
    assert best("novels", "nsmc", "lee").name == "nsmc"
    with pytest.raises(FileNotFoundError, match="'novels' is not at hand"):
        best("novels", "stories")
    with pytest.raises(ValueError, match="No corpus 'lea'"):
        best("lee", "lea")
    with pytest.raises(ValueError, match="needs the name of a corpus"):
        best()


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "count", "begins", "holds"),
    [
        ("nsmc", 49_997, "굳 ㅋ", "평점"),
        ("inaugural", 59, "Fellow-Citizens of the Senate", "sabbatical—and then there came a day of fire"),
        ("novels", 48, "The White Ladies of Worcester", "Mrs. Ramsay"),
        ("stories", 10, "대한민국헌법", "점순이"),
    ],
)
def test_real_corpora(real, name, count, begins, holds):
    if not available(name):
        pytest.skip(f"{name} is not in COURSE_DATA: NOT tested")
    found = corpus(name)
    assert len(found) == len(found.titles) == count
    assert found.documents[0].startswith(begins)
    assert any(holds in document for document in found.documents)
    assert not any("\r" in document or "\ufeff" in document for document in found.documents)


# The room's door


def test_the_door_hands_names_on():
    assert embeddings.words is words
    assert embeddings.Corpus is corpora.Corpus is text.Corpus
    assert set(embeddings.__all__) <= set(dir(embeddings))
    assert all(getattr(embeddings, name) for name in embeddings.__all__)
    with pytest.raises(AttributeError, match="no attribute 'word'"):
        _ = embeddings.word
