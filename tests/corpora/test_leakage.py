from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postagger.corpora import Corpus, HeldOut, TaggedSentence, load_corpus, load_documents, without_overlap
from postagger.corpora.leakage import RUN, SHORTEST, runs
from postagger.errors import DataError

# Two words only, so that what is shared by chance is not rare.
sentences = st.lists(st.lists(st.sampled_from("ab"), max_size=14), max_size=6)

LETTERS = list("abcdefghijklmn")


def words_of(tagged: list[TaggedSentence]) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in tagged]


def contains(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(words[start : start + len(run)] == run for start in range(len(words)))


def repeats(sentence: list[str], held_out: list[list[str]]) -> bool:
    """The same rule, implemented naively."""
    if len(sentence) < RUN:
        return len(sentence) >= SHORTEST and sentence in held_out
    places = range(len(sentence) - RUN + 1)
    return any(contains(words, sentence[start : start + RUN]) for start in places for words in held_out)


# -- the rule -----------------------------------------------------------------------------------------


@given(sentences, sentences)
@example([["a"] * 4, ["a"] * 5, ["a"] * 9], [["a"] * 4, ["a"] * 5, ["a"] * 9])
@example([["a"] * 9, ["a"] * 10, ["a"] * 11], [["b"] + ["a"] * 10])
def test_the_result_is_that_of_a_naive_search(given: list[list[str]], seen: list[list[str]]) -> None:
    kept, dropped = without_overlap(given, HeldOut(seen))
    assert kept == [sentence for sentence in given if not repeats(sentence, seen)]
    assert dropped == len(given) - len(kept)


def test_a_run_counts_at_any_position() -> None:
    held_out = HeldOut([["<", *LETTERS[:10], ">"]])
    assert held_out.overlaps(LETTERS)
    assert held_out.overlaps(["x", "y", *LETTERS[:10]])
    assert not held_out.overlaps([*LETTERS[:9], "x", *LETTERS[9:]])


def test_a_short_sentence_is_only_compared_whole() -> None:
    held_out = HeldOut([LETTERS[:5], LETTERS[:4], LETTERS])
    assert held_out.overlaps(LETTERS[:5])
    assert not held_out.overlaps(LETTERS[:4])
    assert not held_out.overlaps(LETTERS[:6])
    assert not held_out.overlaps([*LETTERS[:5], *"vwxyz"])
    assert not held_out.overlaps([])


def test_words_are_compared_in_their_normal_form() -> None:
    held_out = HeldOut([["un", "été", "à", "la", "mer"]])
    assert held_out.overlaps(["un", "e\u0301te\u0301", "a\u0300", "la", "mer\u200b"])
    assert held_out.overlaps(["\ufeffUn", "été", "à", "\uff4c\uff41", "mer"])
    assert not held_out.overlaps(["un", "ete", "à", "la", "mer"])


def test_runs_do_not_cross_sentences() -> None:
    assert not HeldOut([LETTERS[:7], LETTERS[7:]]).overlaps(LETTERS)


def test_the_length_of_a_run_can_be_chosen() -> None:
    assert HeldOut([LETTERS], run=6).overlaps([*LETTERS[3:9], "x"])
    assert not HeldOut([LETTERS], run=7).overlaps([*LETTERS[3:9], "x"])
    assert HeldOut([LETTERS[:5]], run=6).overlaps(LETTERS[:5])


def test_the_shortest_sentence_compared_can_be_chosen() -> None:
    held_out = HeldOut([LETTERS[:2], LETTERS[3:4], []], shortest=1)
    assert held_out.overlaps(LETTERS[:2])
    assert held_out.overlaps(LETTERS[3:4])
    assert not held_out.overlaps(LETTERS[:1])
    assert not held_out.overlaps([])


@pytest.mark.parametrize(
    ("held_out", "typed"),
    [
        ("`` We -LRB- and THEY -RRB- left , '' she said .", '" we ( AND they ) left , " She said .'),
        (
            "`` We -LCB- it -RCB- ` do ' n't -LSB- .. -RSB-",
            "\u201c we { it } \u2018 do \u2019 n\u2019t [ .. ]",
        ),
        ("1\\/2 of it -- all -- is in a\\*b ...", "1/2 of it \u2013 all \u2014 is in a*b \u2026"),
    ],
)
def test_case_quotes_brackets_dashes_and_escapes_make_no_difference(held_out: str, typed: str) -> None:
    assert HeldOut([held_out.split()]).overlaps(typed.split())
    assert HeldOut([typed.split()]).overlaps(held_out.split())


def test_digits_make_a_difference() -> None:
    assert not HeldOut([["It", "is", "9", "pounds", "."]]).overlaps(["It", "is", "8", "pounds", "."])


def test_runs_are_normalised() -> None:
    assert list(runs(["``", "A", "-LRB-"], 2)) == [('"', "a"), ("a", "(")]
    assert list(runs(["a"], 2)) == []


def test_tagged_sentences_are_kept_as_they_are() -> None:
    seen, unseen = ([(word, "X") for word in words] for words in (LETTERS[:5], LETTERS[:6]))
    kept, dropped = without_overlap(iter([seen, unseen]), HeldOut([LETTERS[:5]]))
    assert (kept, dropped) == ([unseen], 1)
    assert kept[0] is unseen


# -- the corpora --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held_out(treebank: Corpus) -> HeldOut:
    return HeldOut(words_of(treebank.dev + treebank.test))


def all_of(name: str) -> list[TaggedSentence]:
    try:
        return [sentence for document in load_documents(name)[0] for sentence in document.sentences]
    except DataError as error:
        if "is not in any of" not in str(error):
            raise
        pytest.skip(str(error))


def shared_runs(some: list[TaggedSentence], others: list[TaggedSentence]) -> set[tuple[str, ...]]:
    """Runs of 10 tokens in both, ignoring case; found without the code under test."""

    def found(tagged: list[TaggedSentence]) -> set[tuple[str, ...]]:
        lower = [[word.lower() for word in words] for words in words_of(tagged)]
        return {tuple(words[n : n + 10]) for words in lower for n in range(len(words) - 9)}

    return found(some) & found(others)


@pytest.mark.parametrize("name", ["sample", "brown"])
def test_these_corpora_repeat_nothing_of_the_treebanks_dev_and_test(
    treebank: Corpus, held_out: HeldOut, name: str
) -> None:
    others = all_of(name)
    assert shared_runs(treebank.dev + treebank.test, others) == set()
    assert without_overlap(others, held_out) == (others, 0)


def test_conll2000_repeats_formulas_and_a_quotation_of_the_treebanks_dev_and_test(
    treebank: Corpus, held_out: HeldOut
) -> None:
    """The same newspaper in other weeks: notes under tables of profits, and an analyst's employer."""
    others = all_of("conll2000")
    kept, dropped = without_overlap(others, held_out)
    assert shared_runs(treebank.dev + treebank.test, others)
    assert shared_runs(treebank.dev + treebank.test, kept) == set()
    assert 0 < dropped <= 20


def test_the_treebanks_dev_and_test_are_removed_from_the_dependency_treebank(
    treebank: Corpus, held_out: HeldOut
) -> None:
    others = all_of("dependency_treebank")
    given = {tuple(words) for words in words_of(others)}
    unseen = {tuple(words) for words in words_of(treebank.dev + treebank.test)}
    assert unseen <= given
    kept, dropped = without_overlap(others, held_out)
    left = {tuple(words) for words in words_of(kept)}
    assert all(len(words) < SHORTEST for words in unseen & left)
    assert shared_runs(treebank.dev + treebank.test, kept) == set()
    # Of the 518 all but one of two words, and 13 of train that repeat them.
    assert dropped == 517 + 13


def test_a_few_sentences_of_the_treebanks_train_are_in_its_dev_and_test(
    treebank: Corpus, held_out: HeldOut
) -> None:
    """Front-page summaries repeat the first sentence of articles; the split keeps them."""
    _, dropped = without_overlap(treebank.train, held_out)
    assert dropped == 13
    assert load_corpus("treebank").train == treebank.train
