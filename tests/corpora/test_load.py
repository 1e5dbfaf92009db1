from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from postagger.corpora import (
    UNTAGGED,
    Corpus,
    Document,
    is_file,
    is_tagged,
    load_corpus,
    load_documents,
    load_files,
)
from postagger.corpora.corpus import PARTS
from postagger.corpora.load import Tagset
from postagger.corpora.nltk_data import map_to_universal
from postagger.corpora.split import split_documents
from postagger.errors import DataError

UNIVERSAL = {"VERB", "NOUN", "PRON", "ADJ", "ADV", "ADP", "CONJ", "DET", "NUM", "PRT", "X", "."}


def tokens(corpus: Corpus, part: str) -> list[tuple[str, str]]:
    return [pair for sentence in corpus.part(part) for pair in sentence]


def tags(corpus: Corpus) -> set[str]:
    return {tag for part in PARTS for _, tag in tokens(corpus, part)}


@pytest.fixture
def universal_tagset() -> None:
    """Skips tests of NLTK's mapping if it is missing, but not if it is broken."""
    try:
        map_to_universal([], "en-ptb", "", nltk_data=None)
    except DataError as error:
        skip_if_missing(error)


def documents_of(name: str) -> list[Document]:
    try:
        return load_documents(name)[0]
    except DataError as error:
        skip_if_missing(error)


def skip_if_missing(error: DataError) -> NoReturn:
    if "is not in any of" not in str(error):
        raise error
    pytest.skip(str(error))


# -- the treebank's contract --------------------------------------------------------------------------


def test_treebank_has_the_sentences_and_tokens_of_its_contract(treebank: Corpus) -> None:
    assert [len(treebank.part(part)) for part in PARTS] == [3396, 273, 245]
    assert [len(tokens(treebank, part)) for part in PARTS] == [81793, 6327, 5964]


def test_treebank_drops_and_counts_its_traces(treebank: Corpus) -> None:
    assert treebank.traces == 6592
    assert "-NONE-" not in tags(treebank)
    assert all(sentence for part in PARTS for sentence in treebank.part(part))


def test_treebank_test_tokens_unseen_in_training(treebank: Corpus) -> None:
    known = {word for word, _ in tokens(treebank, "train")}
    unseen = sum(word not in known for word, _ in tokens(treebank, "test"))
    assert unseen == 643
    assert round(100 * unseen / 5964, 2) == 10.78


@pytest.mark.usefixtures("universal_tagset")
def test_treebank_in_universal_tags_differs_only_in_the_tags(treebank: Corpus) -> None:
    universal = load_corpus("treebank", tagset="universal")
    assert tags(universal) == UNIVERSAL
    assert universal.traces == treebank.traces
    for part in PARTS:
        assert [word for word, _ in tokens(universal, part)] == [word for word, _ in tokens(treebank, part)]


# -- other NLTK corpora -------------------------------------------------------------------------------


def test_brown_has_each_category_in_each_part() -> None:
    documents = documents_of("brown")
    category = {id(sentence): d.category for d in documents for sentence in d.sentences}
    assert (len(documents), len(set(category.values()))) == (500, 15)
    for part in split_documents(documents):
        assert {category[id(sentence)] for sentence in part} == set(category.values())


def test_conll2000_keeps_its_own_test_part_and_gives_a_tenth_of_train_to_dev() -> None:
    parts = split_documents(documents_of("conll2000"))
    assert [len(part) for part in parts] == [8042, 894, 2012]


@pytest.mark.usefixtures("universal_tagset")
@pytest.mark.parametrize("name", ["dependency_treebank", "conll2000"])
def test_universal_tags_of_a_corpus_in_penn_tags(name: str) -> None:
    documents_of(name)
    assert tags(load_corpus(name, tagset="universal")) <= UNIVERSAL


# -- the sample ---------------------------------------------------------------------------------------


def test_the_sample_needs_no_download_and_no_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = load_corpus("sample")
    assert len(sample.train) > 4 * len(sample.dev) > 0
    assert len(sample.train) > 4 * len(sample.test) > 0


def test_the_sample_in_universal_tags_needs_no_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nltk.data.path", [])
    assert {"NOUN", "VERB"} <= tags(load_corpus("sample", tagset="universal")) <= UNIVERSAL
    assert tags(load_corpus("sample", column="upos")) <= UNIVERSAL
    assert {"NN", "VBD"} <= tags(load_corpus("sample"))


@pytest.mark.parametrize("tagset", ["native", "universal"])
def test_the_samples_documents_hold_its_sentences_in_their_order(tagset: Tagset) -> None:
    documents, traces = load_documents("sample", tagset=tagset)
    sample = load_corpus("sample", tagset=tagset)
    assert [s for d in documents for s in d.sentences] == sample.train + sample.dev + sample.test
    assert (traces, sample.traces) == (0, 0)
    assert all(document.category for document in documents)


# -- files --------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "ten.tsv"
    path.write_text("".join(f"w{number}\tNN\n\n" for number in range(10)) + "*\t-NONE-\n")
    return str(path)


def test_a_file_is_split_like_any_corpus(file: str) -> None:
    corpus = load_corpus(file)
    assert (corpus.name, corpus.traces) == (file, 1)
    assert [[word for word, _ in tokens(corpus, part)] for part in PARTS] == [
        [f"w{number}" for number in range(8)],
        ["w8"],
        ["w9"],
    ]


def test_a_file_has_documents(file: str) -> None:
    assert load_documents(file) == (
        [Document(file, [[(f"w{number}", "NN")] for number in range(10)])],
        1,
    )


def test_files_become_the_given_parts(file: str, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("a/DT b/NN\n*/-NONE- c/NN\n")
    corpus = load_files(file, test=other)
    assert corpus.name == f"{file}, {other}"
    assert (len(corpus.train), corpus.dev) == (10, [])
    assert corpus.test == [[("a", "DT"), ("b", "NN")], [("c", "NN")]]
    assert corpus.traces == 2


def test_the_column_of_conllu_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.conllu"
    path.write_text("1\tdogs\t_\tNOUN\tNNS" + "\t_" * 5 + "\n")
    assert load_files(path).train == [[("dogs", "NNS")]]
    assert load_files(path, column="upos").train == [[("dogs", "NOUN")]]
    assert load_corpus(str(path), column="upos").test == [[("dogs", "NOUN")]]


@pytest.mark.usefixtures("universal_tagset")
def test_files_in_penn_tags_can_be_mapped(file: str) -> None:
    corpus = load_files(file, tagset="universal")
    assert tags(corpus) == {"NOUN"}
    assert corpus.traces == 1


@pytest.mark.usefixtures("universal_tagset")
def test_a_file_with_other_tags_cannot_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Hund/SUBST\n")
    with pytest.raises(DataError, match=r"a\.txt: .*lacks the tag 'SUBST'"):
        load_corpus(str(path), tagset="universal")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DataError, match=r"cannot read none\.tsv"):
        load_files("none.tsv")


@pytest.mark.parametrize("name", ["2024", "2024-01-01", "caf\udce9", "caf\udce9.txt"])
def test_a_file_of_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("a/DT dog/NN\n", encoding="utf-8")
    shown = name.replace("\udce9", "\\xe9")
    for corpus in (load_files(name), load_files(Path(name)), load_files(test=name)):
        assert corpus.train + corpus.test == [[("a", "DT"), ("dog", "NN")]]
        assert corpus.name == shown
    assert load_corpus(name).test == load_corpus(Path(name)).test == [[("a", "DT"), ("dog", "NN")]]
    assert load_corpus(name).name == load_corpus(name).settings.head_name == shown


def test_a_pipe_is_read_once(feed: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"1\tdogs\t_\tNOUN\tNNS" + b"\t_" * 5 + b"\n"
    expected = [[("dogs", "NNS")]]
    assert load_files(feed(content)).train == expected
    assert load_corpus(feed(gzip.compress(content))).test == expected
    pipe = Path(feed(content))
    monkeypatch.chdir(pipe.parent)
    assert load_corpus(pipe.name).test == expected


@pytest.mark.parametrize(
    ("name", "prediction"),
    [("a.tsv", True), ("dir/a", True), ("dir\\a", True), ("there", True), ("treebank", False), ("", False)],
)
def test_a_file_is_distinguished_from_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, prediction: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").write_text("a/DT\n")
    assert is_file(name) is prediction


# -- corpora ------------------------------------------------------------------------------------------


def test_a_part_by_name(tiny_corpus: Corpus) -> None:
    assert [tiny_corpus.part(name) for name in PARTS] == [
        tiny_corpus.train,
        tiny_corpus.dev,
        tiny_corpus.test,
    ]


def test_sentences_are_tagged_if_one_token_is() -> None:
    assert not is_tagged([])
    assert not is_tagged([[], [("a", UNTAGGED)]])
    assert is_tagged([[], [("a", UNTAGGED), ("_", "X")]])


def test_the_tiny_corpus_has_ambiguous_words_and_unknown_ones(tiny_corpus: Corpus) -> None:
    """Other tests rely on this."""
    seen = Counter(word for word, _ in {(word.lower(), tag) for word, tag in tokens(tiny_corpus, "train")})
    assert sum(count > 1 for count in seen.values()) >= 10
    for part in ("dev", "test"):
        assert {word.lower() for word, _ in tokens(tiny_corpus, part)} - set(seen)
