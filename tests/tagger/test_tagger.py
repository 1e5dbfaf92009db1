from __future__ import annotations

import copy
import itertools
import math
import threading
from collections.abc import Callable, Iterator, Sized
from operator import length_hint
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from nltk.tag.api import TaggerI

from postagger import Config, ConfigError, Corpus, DataError, Tagger
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.training import EpochRecord

MakeConfig = Callable[..., Config]

QUOTED: list[TaggedSentence] = [
    [("``", "``"), ("Dogs", "NNS"), ("bark", "VBP"), ("''", "''"), (",", ","), ("she", "PRP")],
    [("the", "DT"), ("-LRB-", "-LRB-"), ("old", "JJ"), ("-RRB-", "-RRB-"), ("dog", "NN"), (".", ".")],
]


@pytest.fixture(scope="module", params=["window", "lstm"])
def tagger(
    request: pytest.FixtureRequest, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> Tagger:
    """Has memorised the tiny sentences, and some with quotes and brackets."""
    config = tiny_config(request.param, training={"epochs": 40, "learning_rate": 0.02})
    return Tagger.train(Corpus("tiny", tiny_sentences + QUOTED, [], []), config)


@pytest.fixture(scope="module")
def sentences(tiny_sentences: list[TaggedSentence]) -> list[list[str]]:
    """Words only: of known sentences, of new ones, and of odd ones."""
    known = [[word for word, _ in sentence] for sentence in tiny_sentences]
    new = [words[::-1] for words in known]
    return [*known, [], *new, ["The"], ["zebra", "🦓", ""], []]


# -- a sentence is tagged by itself -----------------------------------------------------------------


def test_many_sentences_are_tagged_as_each_by_itself(tagger: Tagger, sentences: list[list[str]]) -> None:
    assert list(tagger.tag_sents(sentences)) == [tagger.tag(words) for words in sentences]


def test_the_order_of_sentences_changes_nothing(tagger: Tagger, sentences: list[list[str]]) -> None:
    forward = list(tagger.tag_sents(sentences))
    backward = list(tagger.tag_sents(sentences[::-1]))
    assert backward[::-1] == forward


@pytest.mark.parametrize("budget", [1, 7, 10**6])
def test_the_token_budget_changes_nothing(
    budget: int, tagger: Tagger, sentences: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(tagger.tag_sents(sentences))
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", budget)
    assert list(tagger.tag_sents(sentences)) == expected


def test_the_first_predictions_come_before_much_is_read(
    tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postagger.tagger.streaming._FIRST", 2)
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 8)
    stream = iter([["the", "dog"]] * 100)
    predictions = tagger.tag_sents(stream)
    read = []
    for _ in range(15):
        next(predictions)
        read.append(100 - length_hint(stream))
    assert read == [2, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12, 16, 16, 16, 16]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_change_nothing(
    workers: int, tagger: Tagger, sentences: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(tagger.tag_sents(sentences * 10))
    threads = torch.get_num_threads()
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 7)
    assert list(tagger.tag_sents(sentences * 10, workers=workers)) == expected
    assert torch.get_num_threads() == threads
    other: list[int] = []
    thread = threading.Thread(target=lambda: other.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert other == [threads], "a thread of the user's own has torch's threads as before"


def test_workers_read_only_a_little_ahead(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 2)
    stream = iter([["the", "dog"]] * 1000)
    predictions = tagger.tag_sents(stream, workers=3)
    assert next(predictions) == tagger.tag(["the", "dog"])
    left = len(list(stream))
    assert left >= 1000 - 6
    assert len(list(predictions)) == 1000 - 1 - left, "what was read is answered"


def test_workers_stop_with_their_iterator(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 2)
    before = threading.active_count()
    predictions = tagger.tag_sents(itertools.repeat(["the", "dog"]), workers=2)
    next(predictions)
    assert threading.active_count() > before
    predictions.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


def test_a_worker_names_the_invalid_sentence(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 2)
    predictions = tagger.tag_sents([["the", "dog"]] * 9 + [["a", None]], workers=2)  # type: ignore[list-item]
    assert [next(predictions) for _ in range(9)] == [tagger.tag(["the", "dog"])] * 9
    with pytest.raises(DataError, match="sentence 10 contains None"):
        next(predictions)


@pytest.mark.parametrize("workers", [0, -1])
def test_without_workers_nothing_is_tagged(workers: int, tagger: Tagger) -> None:
    with pytest.raises(ConfigError, match=f"workers={workers}: expected"):
        list(tagger.tag_sents([["the"]], workers=workers))


# -- precision --------------------------------------------------------------------------------------


def test_bfloat16_is_float32_on_the_cpu(tagger: Tagger, sentences: list[list[str]], tmp_path: Path) -> None:
    tagger.save(tmp_path / "model.safetensors")
    half = Tagger.load(tmp_path / "model.safetensors", device="cpu", dtype="bfloat16")
    assert list(half.tag_sents(sentences)) == list(tagger.tag_sents(sentences))
    assert half.distributions(["the", "dog"]) == tagger.distributions(["the", "dog"])


def test_an_unknown_dtype(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "model.safetensors")
    with pytest.raises(ConfigError, match="unknown dtype 'float16': use float32 or bfloat16"):
        Tagger.load(tmp_path / "model.safetensors", dtype="float16")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["logistic", "rnn", "gru"])
def test_the_other_models_tag_a_batch_as_its_sentences(
    kind: str, tiny_corpus: Corpus, tiny_config: MakeConfig, sentences: list[list[str]]
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config(kind))
    assert list(tagger.tag_sents(sentences)) == [tagger.tag(words) for words in sentences]


# -- odd sentences ----------------------------------------------------------------------------------


def test_an_empty_sentence_has_an_empty_prediction(tagger: Tagger) -> None:
    assert tagger.tag([]) == []
    assert tagger.distributions([]) == []
    assert list(tagger.tag_sents([])) == []


def test_empty_sentences_keep_their_place(tagger: Tagger) -> None:
    expected = tagger.tag(["The", "dog"])
    predictions = list(tagger.tag_sents([[], ["The", "dog"], [], [], ["The", "dog"], []]))
    assert predictions == [[], expected, [], [], expected, []]


def test_many_empty_sentences_in_a_row(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 10)
    stream: Iterator[list[str]] = iter([[]] * 1000 + [["The"]])
    predictions = tagger.tag_sents(stream)
    assert next(predictions) == []
    assert len(list(stream)) > 900, "they are answered before the whole stream is read"
    assert list(tagger.tag_sents([[]] * 1000 + [["The"]])) == [[]] * 1000 + [tagger.tag(["The"])]


def test_one_token(tagger: Tagger) -> None:
    ((token, tag),) = tagger.tag(["dog"])
    assert token == "dog"
    assert tag in tagger.tagset


def test_a_very_long_sentence(tagger: Tagger) -> None:
    prediction = tagger.tag(["the", "dog"] * 2500)
    assert [token for token, _ in prediction] == ["the", "dog"] * 2500
    assert prediction[100:102] == prediction[4000:4002] == [("the", "DT"), ("dog", "NN")]


@pytest.mark.parametrize(
    "tokens",
    [
        ["🦓", "👩‍👩‍👧", "🇫🇷"],
        ["", "", ""],
        ["", "dog", ""],
        [" ", "\t", "\n", "New York"],
        ["e\u0301", "é", "İstanbul", "ﬁn", "ß"],
        ["x" * 10_000],
        ['"', "(", "[", "{", "“", "\u2019", "—", "…"],
        ["12", "1,000", "٣", "Ⅷ"],
        ["\x00", "\u200b", "\ufeff", "\U0010ffff"],
    ],
)
def test_tokens_are_echoed_as_given(tokens: list[str], tagger: Tagger) -> None:
    prediction = tagger.tag(tokens)
    assert [token for token, _ in prediction] == tokens
    assert {tag for _, tag in prediction} <= set(tagger.tagset)


def test_sentences_may_be_any_sequences(tagger: Tagger) -> None:
    expected = tagger.tag(["The", "dog"])
    assert tagger.tag(("The", "dog")) == expected
    assert list(tagger.tag_sents((["The", "dog"], ("The", "dog")))) == [expected, expected]


class Column:
    """As a column of a data frame: an iterable with a length whose index does not start at 0."""

    def __init__(self, *values: object) -> None:
        self.values = np.empty(len(values), object)
        self.values[:] = values

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, key: int) -> Any:
        return dict(enumerate(self.values, 7))[key]

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")


@pytest.mark.parametrize("workers", [1, 2])
def test_sentences_may_be_arrays_and_columns(workers: int, tagger: Tagger) -> None:
    given = [["The", "dog"], ["A", "boat"]]
    expected = [tagger.tag(words) for words in given]
    for sentences in (
        np.array(given),
        [np.array(words) for words in given],
        np.array(given, object),
        Column(*given),
        Column(*map(tuple, given)),
        Column(*map(np.array, given)),
        Column(*(Column(*words) for words in given)),
    ):
        predictions = tagger.tag_sents(cast(Any, sentences), workers=workers)
        assert isinstance(predictions, Sized)
        assert len(predictions) == 2, "a column of a data frame needs the length"
        assert list(predictions) == expected
    assert tagger.probabilities(cast(Any, np.array(given))).shape[0] == 4


def test_a_stream_has_no_length(tagger: Tagger) -> None:
    assert not isinstance(tagger.tag_sents(iter([["The"]])), Sized)


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (Column("The dog", "A"), "sentence 1 is one string, 'The dog'"),
        (np.array(["The dog", "A"]), "sentence 1 is one string, 'The dog'"),
        (Column(["The"], None), "sentence 2 is None, not a list"),
        (Column(["The"], math.nan), "sentence 2 is nan, not a list"),
        (Column(["The"], ["dog", math.nan]), "sentence 2 contains nan: every token"),
        (np.array([[b"The"]]), "sentence 1 contains .*b'The'.*: every token"),
        (np.ones((1, 1)), "sentence 1 contains .*1.0.*: every token"),
        (np.array("The"), "expected sentences, each a list"),
        ([np.array("The")], "sentence 1 is array.*, not a list"),
    ],
)
def test_other_arrays_and_columns_are_one_error(sentences: Any, message: str, tagger: Tagger) -> None:
    with pytest.raises(DataError, match=message):
        list(tagger.tag_sents(sentences))
    with pytest.raises(DataError, match=message):
        tagger.probabilities(sentences)


def test_arguments_are_not_changed(tagger: Tagger, sentences: list[list[str]]) -> None:
    given = copy.deepcopy(sentences)
    quoted = ['"', "(", "Dogs", '"']
    list(tagger.tag_sents([*given, quoted]))
    tagger.distributions(quoted)
    assert given == sentences
    assert quoted == ['"', "(", "Dogs", '"']


# -- brackets and quotes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "form"),
    [("(", "-LRB-"), (")", "-RRB-"), ("“", "``"), ("”", "''")],
)
def test_brackets_and_quotes_are_looked_up_in_penn_form(token: str, form: str, tagger: Tagger) -> None:
    as_given, as_penn, another = (tagger.distributions(["the", word, "dog"]) for word in (token, form, "%"))
    assert as_given == as_penn
    assert as_given != another


def test_brackets_are_tagged_as_in_training(tagger: Tagger) -> None:
    tokens = ["the", "(", "old", ")", "dog", "."]
    assert tagger.tag(tokens) == list(zip(tokens, ["DT", "-LRB-", "JJ", "-RRB-", "NN", "."], strict=True))


def test_straight_double_quotes_alternately_open_and_close(tagger: Tagger) -> None:
    tokens = ['"', "Dogs", "bark", '"', ",", "she"]
    expected = list(zip(tokens, ["``", "NNS", "VBP", "''", ",", "PRP"], strict=True))
    assert tagger.tag(tokens) == expected
    # each sentence starts anew
    assert list(tagger.tag_sents([['"', "she"], tokens])) == [tagger.tag(['"', "she"]), expected]


def test_straight_double_quotes_alternate_in_training(
    tiny_config: MakeConfig, tiny_sentences: list[TaggedSentence]
) -> None:
    straight = [[('"' if word in ("``", "''") else word, tag) for word, tag in s] for s in QUOTED]
    config = tiny_config(training={"epochs": 40, "learning_rate": 0.02})
    tagger = Tagger.train(Corpus("tiny", tiny_sentences + straight, [], []), config)
    assert tagger.evaluate_on(straight).tokens.value == 1
    assert "``" in tagger.encoding.vocabularies["word"]
    assert '"' not in tagger.encoding.vocabularies["word"]
    assert tagger.distributions(["``", "Dogs"]) == tagger.distributions(['"', "Dogs"])


# -- reading lazily ---------------------------------------------------------------------------------


def test_sentences_are_read_a_little_ahead(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 10)
    read = 0

    def count() -> Iterator[list[str]]:
        nonlocal read
        for _ in range(1000):
            read += 1
            yield ["The", "old", "dog"]

    predictions = tagger.tag_sents(count())
    assert read == 0
    next(predictions)
    assert read == 4, "three sentences fit into the budget, and the fourth shows that it does not"
    next(predictions)
    next(predictions)
    assert read == 4
    next(predictions)
    assert read == 7


def test_an_endless_stream_is_tagged(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.tagger.streaming.TOKEN_BUDGET", 100)
    stream = itertools.cycle([["The", "dog"], []])
    predictions = list(itertools.islice(tagger.tag_sents(stream), 300))
    assert predictions == [tagger.tag(["The", "dog"]), []] * 150


# -- what is no sentence ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["tag", "distributions"])
def test_a_string_is_not_a_sentence(method: str, tagger: Tagger) -> None:
    with pytest.raises(DataError, match=r"one string, 'The dog barks \.'.*sentence\.split\(\)"):
        getattr(tagger, method)("The dog barks .")


def test_strings_and_non_lists_are_not_sentences(tagger: Tagger) -> None:
    with pytest.raises(DataError, match="sentence 1 is None, not a list of tokens"):
        tagger.tag(None)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="sentence 2 is 5, not a list of tokens"):
        list(tagger.tag_sents([["dog"], 5]))  # type: ignore[list-item]
    with pytest.raises(DataError, match="sentence 2 is one string, 'dog'"):
        list(tagger.tag_sents([["The"], "dog"]))


@pytest.mark.parametrize("token", [None, 7, b"dog", ("dog", "NN"), ["dog"]])
def test_tokens_must_be_strings(token: Any, tagger: Tagger) -> None:
    with pytest.raises(DataError, match=r"sentence 2 contains .*: every token must be a string"):
        list(tagger.tag_sents([["The"], ["The", token]]))


# -- distributions ----------------------------------------------------------------------------------


def test_distributions_are_over_all_tags_and_sum_to_1(tagger: Tagger, sentences: list[list[str]]) -> None:
    for words in sentences:
        rows = tagger.distributions(words)
        assert len(rows) == len(words)
        for row in rows:
            assert set(row) == set(tagger.tagset)
            assert sum(row.values()) == pytest.approx(1, abs=1e-5)
            assert min(row.values()) >= 0


def test_distributions_start_with_the_predicted_tag(tagger: Tagger, sentences: list[list[str]]) -> None:
    for words in sentences:
        rows = tagger.distributions(words)
        assert [next(iter(row)) for row in rows] == [tag for _, tag in tagger.tag(words)]
        for row in rows:
            assert list(row.values()) == sorted(row.values(), reverse=True)


# -- as one of NLTK's taggers -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def gold(tiny_sentences: list[TaggedSentence]) -> list[TaggedSentence]:
    """Known sentences, and new ones in which a tagger goes wrong: every token is a NN."""
    return [*tiny_sentences[:5], *([(word[::-1], "NN") for word, _ in s] for s in tiny_sentences[5:8]), []]


def test_accuracy_is_nltk_s_and_that_of_evaluate_on(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    expected = TaggerI.accuracy(tagger, gold)
    assert 0 < expected < 1
    assert tagger.accuracy(gold) == expected
    assert tagger.accuracy(sentence for sentence in gold) == expected
    assert tagger.evaluate_on(gold).tokens.value == expected


def test_nltk_s_confusion_matrix_agrees_with_evaluate_on(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    matrix = tagger.confusion(gold)
    pairs = tagger.evaluate_on(gold).pairs
    tags = {tag for pair in pairs for tag in pair}
    assert any(right != prediction for right, prediction in pairs)
    assert {(a, b): matrix[a, b] for a in tags for b in tags if matrix[a, b]} == pairs


def test_nltk_s_tag_scores_agree_with_evaluate_on(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    precision, recall, f_measure = tagger.precision(gold), tagger.recall(gold), tagger.f_measure(gold)
    for tag, _, own_precision, own_recall, own_f1 in tagger.evaluate_on(gold).tag_scores():
        assert precision[tag] == pytest.approx(own_precision or 0)
        assert recall[tag] == pytest.approx(own_recall or 0)
        assert f_measure[tag] == pytest.approx(own_f1)


def test_nltk_s_table_of_tag_scores(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    lines = tagger.evaluate_per_tag(gold).splitlines()
    assert lines[0].split() == ["Tag", "|", "Prec.", "|", "Recall", "|", "F-measure"]
    assert {line.split()[0] for line in lines[2:] if line} == set(tagger.confusion(gold)._values)


# -- evaluating -------------------------------------------------------------------------------------


def test_evaluate_on_parts_of_a_corpus(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    corpus = Corpus("parts", gold[:1], gold[1:3], gold[3:])
    for split, part in (("train", gold[:1]), ("dev", gold[1:3]), ("test", gold[3:])):
        assert tagger.evaluate_on(corpus, split) == tagger.evaluate_on(part)
    assert tagger.evaluate_on(corpus) == tagger.evaluate_on(corpus, "test")


def test_evaluate_on_a_generator(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    assert tagger.evaluate_on(sentence for sentence in gold) == tagger.evaluate_on(gold)


def test_known_words_are_those_of_training(tagger: Tagger) -> None:
    result = tagger.evaluate_on([[("The", "DT"), ("saw", "NN"), ("sawed", "VBD")]])
    assert (result.known.total, result.unknown.total, result.ambiguous.total) == (2, 1, 1)


def test_tokens_without_a_gold_tag_are_not_scored(tagger: Tagger, gold: list[TaggedSentence]) -> None:
    predictions = tagger.tag_sents([[word for word, _ in sentence] for sentence in gold])
    part = [
        [pair if pair == prediction else (pair[0], UNTAGGED) for pair, prediction in zip(*both, strict=True)]
        for both in zip(gold, predictions, strict=True)
    ]
    assert part != gold
    assert tagger.evaluate_on(part).tokens.value == tagger.evaluate_on(part).sentences.value == 1
    assert tagger.accuracy(part) == 1


@pytest.mark.parametrize("sentences", [[], [[], [("The", UNTAGGED)]], [[], []]])
def test_nothing_to_evaluate_on_is_an_error(sentences: list[TaggedSentence], tagger: Tagger) -> None:
    with pytest.raises(DataError, match="the gold standard has no tagged tokens"):
        tagger.evaluate_on(sentences)
    with pytest.raises(DataError, match="the dev part of 'nothing' has no tagged tokens"):
        tagger.evaluate_on(Corpus("nothing", [], sentences, []), "dev")


# -- partly tagged ----------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
@pytest.mark.usefixtures("one_thread")
def test_a_few_tags_are_enough_to_learn_from(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """Every third tag is left, and one sentence has none: alone in a batch, it has no loss."""
    part = [
        [(word, UNTAGGED if (place + number) % 3 else tag) for place, (word, tag) in enumerate(s)]
        for number, s in enumerate(tiny_sentences)
    ]
    part.append([(word, UNTAGGED) for word in ("Nobody", "tagged", "this")])
    config = tiny_config(
        "logistic",
        model={"output": output},
        training={"epochs": 40, "learning_rate": 0.02, "batch_size": 1},
    )
    records: list[EpochRecord] = []
    tagger = Tagger.train(Corpus("part", part, part, []), config, on_epoch=records.append)
    assert UNTAGGED not in tagger.tagset
    assert "Nobody" in tagger.lexicon
    assert all(math.isfinite(record.loss) for record in records)
    assert tagger.evaluate_on(part).tokens.value == tagger.record.dev_accuracy == 1


def test_without_any_tag_there_is_nothing_to_learn(tiny_config: MakeConfig) -> None:
    corpus = Corpus("none", [[("The", UNTAGGED)]], [], [])
    with pytest.raises(DataError, match="nothing to learn: the training set contains no tag"):
        Tagger.train(corpus, tiny_config())


# -- its record -------------------------------------------------------------------------------------


def test_record_of_a_training(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    record = Tagger.train(tiny_corpus, tiny_config(training={"epochs": 3})).record
    assert record.corpus == "tiny"
    assert record.train_sentences == 16
    assert record.train_tokens == sum(map(len, tiny_corpus.train))
    assert record.dev_tokens == sum(map(len, tiny_corpus.dev))
    assert record.epochs == 3
    assert 1 <= record.best_epoch <= 3


def test_record_without_dev(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> None:
    record = Tagger.train(Corpus("x", tiny_sentences, [], []), tiny_config()).record
    assert (record.best_epoch, record.dev_accuracy, record.dev_tokens) == (2, None, 0)


def test_the_test_part_is_not_used(
    tiny_corpus: Corpus, tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except to check that it contains tagged sentences."""

    class Untouchable(list[TaggedSentence]):
        def __iter__(self) -> Iterator[TaggedSentence]:
            raise AssertionError("the test part was read")

    secret = Untouchable([[("secret", "XX")]])
    corpus = Corpus("tiny", tiny_corpus.train, tiny_corpus.dev, [])
    object.__setattr__(corpus, "test", secret)
    monkeypatch.setattr("postagger.corpora.as_corpus", lambda given: given)
    tagger = Tagger.train(corpus, tiny_config(), score_test=False)
    assert tagger.record.test_accuracy is None
    assert "XX" not in tagger.tagset
    assert "secret" not in tagger.lexicon


def test_a_lone_surrogate_survives_saving(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, tmp_path: Path
) -> None:
    odd = [[("\ud800", "FW"), *sentence] for sentence in tiny_sentences]
    tagger = Tagger.train(Corpus("odd", odd, [], []), tiny_config("window", training={"epochs": 1}))
    tagger.save(tmp_path / "odd.safetensors")
    loaded = Tagger.load(tmp_path / "odd.safetensors", device="cpu")
    assert "\ud800" in loaded.lexicon
    assert loaded.tag(["\ud800"]) == tagger.tag(["\ud800"])


def test_an_unknown_part_is_named(tagger: Tagger, tiny_corpus: Corpus) -> None:
    with pytest.raises(DataError, match="train, dev, test, not 'tset'"):
        tagger.evaluate_on(tiny_corpus, "tset")


def test_predictions_say_what_they_are() -> None:
    predictions = Tagger.load("en", device="cpu").tag_sents([["Dogs", "bark"]])
    assert repr(predictions) == "<Predictions for 1 sentences, made while they are read; list(...) reads all>"
    assert len(list(predictions)) == 1
