"""Further data sets, and the sentences left out of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from postagger import Corpus, DataError
from postagger.config import CorpusConfig
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.pipeline.datasets import MASKED_WORDS, DataSet, Sources, masked_words

Write = Callable[..., str]

LONG = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]


@pytest.fixture
def sources(tiny_sentences: list[TaggedSentence]) -> Sources:
    """Held out: the sentences 16 to 19."""
    return Sources(Corpus("main", tiny_sentences[:2], tiny_sentences[16:18], tiny_sentences[18:]))


# -- predicting masked words ------------------------------------------------------------------------


def test_a_token_s_tag_is_its_own_word_if_that_is_frequent() -> None:
    dataset = masked_words([["The", "cat", "saw"], ["the", "dog", "saw"]], vocabulary_size=2, mask_rate=0.25)
    assert dataset.sentences == [
        [("The", "the"), ("cat", UNTAGGED), ("saw", "saw")],
        [("the", "the"), ("dog", UNTAGGED), ("saw", "saw")],
    ]
    assert dataset.tags == {"the", "saw"}
    assert (dataset.head, dataset.mask_rate, dataset.distributions) == (MASKED_WORDS, 0.25, None)


def test_words_are_predicted_in_the_form_in_which_they_are_looked_up() -> None:
    dataset = masked_words([["In", "1989", "("], ["in", "2024", "-LRB-"]], vocabulary_size=10, mask_rate=0.2)
    assert dataset.tags == {"in", "0000", "-lrb-"}


def test_an_underscore_is_never_a_tag() -> None:
    dataset = masked_words([["_", "_", "_", "a"]], vocabulary_size=2, mask_rate=0.2)
    assert dataset.tags == {"a"}
    assert dataset.sentences == [[("_", UNTAGGED)] * 3 + [("a", "a")]]


# -- data sets ----------------------------------------------------------------------------------------


def test_a_data_set_has_the_tags_of_its_sentences() -> None:
    assert DataSet("a", [[("x", "X"), ("y", UNTAGGED)], [], [("z", "Z")]]).tags == {"X", "Z"}
    assert DataSet("a", [[("x", UNTAGGED)]], distributions=torch.ones(1, 1)).tags == set()


# -- held-out sentences ----------------------------------------------------------------------------


def test_dev_and_test_sentences_are_left_out_of_a_corpus(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    file = write("task.txt", tiny_sentences)
    assert sources.tagged(CorpusConfig(train=file, head="other")) == tiny_sentences[:16]
    assert sources.left_out == {file: 4}


def test_dev_and_test_sentences_are_left_out_of_a_text(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    words = [[word for word, _ in sentence] for sentence in tiny_sentences]
    file = write("text.txt", [[word.upper() for word in sentence] for sentence in words[10:]])
    assert sources.text([file]) == [[word.upper() for word in sentence] for sentence in words[10:16]]
    assert sources.left_out == {file: 4}


def test_short_sentences_are_left_out_too_if_the_main_corpus_is_named_again(
    tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    """In other corpora, short sentences repeat by chance."""
    short: list[TaggedSentence] = [[("Markets", "NNS"), ("--", ":")], [("No", "UH")]]
    file = write("corpus.txt", [*short, *tiny_sentences])
    other = write("other.txt", [*short, *tiny_sentences])
    for named, left, name in ((file, 0, file), (other, 2, file), (file, 0, f"train.txt, {file}")):
        sources = Sources(Corpus(name, tiny_sentences, short[:1], short[1:]))
        assert len(sources.tagged(CorpusConfig(train=named))) == len(tiny_sentences) + left
        assert sources.left_out == {named: 2 - left}


def test_no_dev_or_test_sentence_of_the_treebank_is_left_in_its_text(treebank: Corpus) -> None:
    text = Sources(treebank).text(["treebank"])
    unseen = {tuple(word for word, _ in sentence) for sentence in treebank.dev + treebank.test}
    assert not unseen & set(map(tuple, text))
    assert len(text) == len(treebank.train) - 13


def test_a_run_of_a_test_sentence_is_left_out_too(write: Write) -> None:
    sources = Sources(Corpus("main", [], [], [[(word, "CD") for word in LONG]]))
    file = write("text.txt", [["and", *LONG[1:], "twelve"], ["and", *LONG[2:], "twelve"]])
    assert sources.text([file]) == [["and", *LONG[2:], "twelve"]]


def test_without_a_main_corpus_nothing_is_left_out(
    tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    sources = Sources(None)
    file = write("task.txt", tiny_sentences)
    assert sources.tagged(CorpusConfig(train=file)) == tiny_sentences
    assert sources.left_out == {file: 0}


def test_what_is_left_out_is_counted_by_file_and_added_up(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    one, other = write("one.txt", tiny_sentences[:17]), write("other.txt", tiny_sentences[:18])
    for file in (one, other):
        sources.tagged(CorpusConfig(train=file, head="shared"))
    sources.text([other])
    assert sources.left_out == {one: 1, other: 4}, "as a text its words are taken, without the tags"


def test_only_the_training_part_of_a_corpus_is_read(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    file = write("corpus.txt", tiny_sentences[:10])
    assert sources.tagged(CorpusConfig(name=file)) == tiny_sentences[:8]
    more = CorpusConfig(train=file, dev=write("dev.txt", tiny_sentences[10:]))
    assert sources.tagged(more) == tiny_sentences[:10]


def test_a_corpus_with_no_sentence_left_is_an_error(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    file = write("task.txt", tiny_sentences[17:])
    with pytest.raises(DataError, match=r"nothing to learn from .*task\.txt.* only repeats dev or test"):
        sources.tagged(CorpusConfig(train=file))


def test_a_corpus_without_training_sentences_is_an_error(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    file = write("task.txt", tiny_sentences[:1])  # which is its test part
    with pytest.raises(DataError, match=r"nothing to learn from .*task\.txt: its training part has no tags"):
        sources.tagged(CorpusConfig(name=file))


def test_several_texts_with_no_sentence_left_are_an_error(
    sources: Sources, tiny_sentences: list[TaggedSentence], write: Write
) -> None:
    words = [[word for word, _ in sentence] for sentence in tiny_sentences]
    secret, fine = write("secret.txt", words[16:]), write("fine.txt", words[:3])
    assert sources.text([secret, fine]) == words[:3]
    with pytest.raises(DataError, match=r"nothing to learn from .*secret\.txt: it only repeats dev or test"):
        sources.text([secret])


@pytest.mark.parametrize(
    ("normalise", "targets"), [(True, ["é", "é", "é", "i"]), (False, ["é", "e\u0301", "\u200bé", "i"])]
)
def test_a_masked_word_is_predicted_in_the_form_that_is_looked_up(
    normalise: bool, targets: list[str]
) -> None:
    dataset = masked_words([["É", "e\u0301", "\u200bé", "I"]], 10, 0.2, normalise=normalise)
    assert [tag for _, tag in dataset.sentences[0]] == targets
