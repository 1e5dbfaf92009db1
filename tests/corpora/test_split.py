"""Four rules by which documents become a split. A sentence here is one word: its own number."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.corpora.corpus import Corpus, Document, TaggedSentence, part_named, split_documents
from postagger.errors import DataError

NAMES = ("a.txt", "b.txt", "train-1", "dev.txt", "testa", "TESTB", "sub/test")
few = st.integers(0, 12)


def build(sizes: Iterable[int], names: Iterable[str] = (), categories: Iterable[str] = ()) -> list[Document]:
    """Documents of so many sentences each; the sentences are numbered through."""
    count = itertools.count()
    shape = itertools.zip_longest(sizes, names, categories, fillvalue="")
    return [
        Document(str(name), [[(str(next(count)), "CD")] for _ in range(int(size))], str(category))
        for size, name, category in shape
    ]


def numbers(part: list[TaggedSentence]) -> list[int]:
    return [int(word) for sentence in part for word, _ in sentence]


def split(documents: list[Document]) -> tuple[list[int], list[int], list[int]]:
    train, dev, test = split_documents(documents)
    return numbers(train), numbers(dev), numbers(test)


@st.composite
def any_documents(draw: st.DrawFn) -> list[Document]:
    """From none to thirty documents, named and categorised in any way: every rule gets its turn."""
    sizes = draw(st.lists(few, max_size=30))
    names = st.sampled_from(draw(st.sampled_from([NAMES, NAMES[:2], NAMES[2:]])))
    categories = st.sampled_from(draw(st.sampled_from([("",), ("news", "tale"), ("news", "tale", "")])))
    return build(sizes, [draw(names) for _ in sizes], [draw(categories) for _ in sizes])


# -- all rules ----------------------------------------------------------------------------------------


@given(any_documents())
def test_no_sentence_is_lost_or_doubled(documents: list[Document]) -> None:
    train, dev, test = split(documents)
    assert sorted(train + dev + test) == list(range(sum(len(document.sentences) for document in documents)))


@given(any_documents())
def test_each_part_keeps_the_order(documents: list[Document]) -> None:
    by_name = any("train" in document.name for document in documents)
    for part in split(documents):
        assert by_name or part == sorted(part)


@given(any_documents())
def test_the_same_documents_are_split_the_same_and_left_as_they_were(documents: list[Document]) -> None:
    before = [list(document.sentences) for document in documents]
    assert split_documents(documents) == split_documents(documents)
    assert [document.sentences for document in documents] == before


# -- by name ------------------------------------------------------------------------------------------


def test_documents_that_say_what_they_are_are_believed() -> None:
    documents = build([2, 3, 4, 1], ["sub/Train.txt", "testa.txt", "testb.txt", "training-2"])
    assert split(documents) == ([0, 1, 9], [2, 3, 4], [5, 6, 7, 8])


def test_without_a_dev_document_it_is_the_last_tenth_of_train() -> None:
    train, dev, test = split(build([4, 20, 16], ["test.txt", "train-1", "train-2"]))
    assert (train, dev, test) == (list(range(4, 36)), list(range(36, 40)), list(range(4)))


@given(st.lists(few, min_size=3, max_size=12))
def test_one_document_that_does_not_say_it_and_the_names_count_nothing(sizes: list[int]) -> None:
    names = ["train", "test", *("other" for _ in sizes[2:])]
    assert split(build(sizes, names)) == split(build(sizes))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("en_ewt-ud-train.conllu", "train"),
        ("en_ewt-ud-dev.conllu", "dev"),
        ("en_ewt-ud-test.conllu.gz", "test"),
        ("train.txt", "train"),
        ("test.txt", "test"),
        ("ned.train", "train"),
        ("esp.testa", "dev"),
        ("esp.testb", "test"),
        ("dev1", "dev"),
        ("TEST-2017", "test"),
        ("training/part-7", "train"),
        ("development.tsv", "dev"),
        ("validation.tsv", "dev"),
        ("valid", "dev"),
        ("/home/test/corpus/ned.train", "train"),  # the file counts, not the folder
        ("train/latest.txt", "train"),  # the folder counts where the file says nothing
        ("C:\\treebank\\test\\a.txt", "test"),
        ("trains-3", None),
        ("latest", None),
        ("contest.txt", None),
        ("device", None),
        ("trainer_dev2test", None),  # two parts are none
        ("wsj_0001.mrg", None),
        ("", None),
    ],
)
def test_a_name_tells_a_part_by_a_whole_word(name: str, part: str | None) -> None:
    assert part_named(name) == part


# -- by category --------------------------------------------------------------------------------------


def test_with_categories_the_second_of_every_ten_documents_is_dev_and_the_third_test() -> None:
    documents = build([1] * 24, categories=["news", "tale"] * 12)
    assert split(documents) == (
        [0, 1, *range(6, 22)],
        [2, 3, 22, 23],  # the second and the twelfth of news, at 2 and 22; of tale, at 3 and 23
        [4, 5],
    )


def test_a_category_of_one_document_is_train() -> None:
    assert split(build([1] * 12, categories=[str(k) for k in range(12)])) == ([*range(12)], [], [])


@given(st.lists(st.integers(3, 25), min_size=4, max_size=6), st.data())
def test_each_category_of_three_documents_or_more_is_in_each_part(
    counts: list[int], data: st.DataObject
) -> None:
    categories = data.draw(st.permutations([str(k) for k, count in enumerate(counts) for _ in range(count)]))
    for part in split(build([1] * len(categories), categories=categories)):
        assert {categories[number] for number in part} == set(categories)


# -- by run -------------------------------------------------------------------------------------------


@given(st.lists(few, min_size=10, max_size=40))
def test_many_documents_are_cut_between_documents(sizes: list[int]) -> None:
    documents = build(sizes)
    train, dev, test = split(documents)
    eight, nine = len(sizes) * 8 // 10, len(sizes) * 9 // 10
    assert train + dev + test == list(range(sum(sizes)))
    assert (len(train), len(dev)) == (sum(sizes[:eight]), sum(sizes[eight:nine]))


@given(st.lists(few, max_size=9))
def test_few_documents_are_each_cut_into_runs(sizes: list[int]) -> None:
    train, dev, test = split(build(sizes))
    for start, size in zip(itertools.accumulate(sizes, initial=0), sizes, strict=False):
        eight, nine = start + size * 8 // 10, start + size * 9 // 10
        assert set(range(start, eight)) <= set(train)
        assert set(range(eight, nine)) <= set(dev)
        assert set(range(nine, start + size)) <= set(test)


def test_few_documents_are_cut_even_if_they_have_categories() -> None:
    assert split(build([10, 10], categories=["news", "tale"]))[1] == [8, 18]


def _corpus(texts: int, *, category: str = "") -> Corpus:
    documents = [
        Document(
            f"text-{text}", [[(f"word-{text}-{number}", "NN")] for number in range(text % 3 + 1)], category
        )
        for text in range(texts)
    ]
    return Corpus("some", *split_documents(documents), documents=tuple(documents))


@pytest.mark.parametrize("category", ["", "news"])
@pytest.mark.parametrize(("texts", "count"), [(3, 3), (10, 3), (23, 10), (12, 12)])
def test_folds_test_every_document_once_and_never_divide_one(texts: int, count: int, category: str) -> None:
    corpus = _corpus(texts, category=category)
    folds = corpus.folds(count)
    assert len(folds) == count
    everything = sorted(corpus.train + corpus.dev + corpus.test)
    assert sorted(sentence for fold in folds for sentence in fold.test) == everything
    for number, fold in enumerate(folds):
        assert sorted(fold.train + fold.dev + fold.test) == everything
        assert fold.dev == folds[(number + 1) % count].test
        parts = [set(fold.document_names(part)) for part in ("train", "dev", "test")]
        assert all(parts)
        assert sum(map(len, parts)) == texts


def test_folds_deal_each_category_out_evenly() -> None:
    documents = [
        Document(f"{category}-{number}", [[(f"{category}-{number}", "NN")]], category)
        for category in ("news", "fiction")
        for number in range(6)
    ]
    folds = Corpus("two", *split_documents(documents), documents=tuple(documents)).folds(3)
    for fold in folds:
        assert sorted(name.partition("-")[0] for name in fold.document_names("test")) == (
            ["fiction"] * 2 + ["news"] * 2
        )


@pytest.mark.parametrize(
    ("count", "problem"), [(2, "use 3 or more"), (11, "use fewer"), (-1, "use 3 or more")]
)
def test_folds_that_cannot_be(count: int, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        _corpus(10).folds(count)


def test_a_corpus_that_knows_no_documents_has_no_names_and_no_folds() -> None:
    corpus = Corpus("made", [[("a", "DT")]], [], [[("b", "NN")], [("c", "NN")]])
    assert corpus.document_names("test") == ["", ""]
    with pytest.raises(DataError, match="has 0"):
        corpus.folds(3)
