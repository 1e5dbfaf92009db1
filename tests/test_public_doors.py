"""What people give to the public functions by mistake, and what they are told.

Each row is a call and what its error must say. Every one is a `PostaggerError` that is raised by the call
itself, not later, in a line that names what was expected and what came.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from postagger import (
    Config,
    ConfigError,
    Corpus,
    DataError,
    DeviceError,
    Ensemble,
    ModelFileError,
    PostaggerError,
    Tagger,
    WordVectors,
    load_config,
    load_corpus,
    load_documents,
    load_files,
    load_vectors,
)
from postagger.config import LstmConfig, as_config
from postagger.corpora import TaggedSentence, as_corpus
from postagger.text import load_text

pytestmark = pytest.mark.usefixtures("one_thread")

SENTENCE: TaggedSentence = [("a", "DT"), ("dog", "NN")]


class Row(NamedTuple):
    """A call and the words that its error holds, in their order."""

    call: Callable[[], Any]
    error: type[PostaggerError]
    words: tuple[str, ...]


def row(call: Callable[[], Any], error: type[PostaggerError], *words: str) -> Row:
    return Row(call, error, words)


def check(found: Row) -> None:
    with pytest.raises(PostaggerError) as caught:
        found.call()
    message = str(caught.value)
    assert type(caught.value) is found.error, message
    assert "\n" not in message
    assert len(message) < 400
    place = 0
    for words in found.words:
        assert words in message[place:], message
        place = message.index(words, place) + len(words)


def wrong(value: Any) -> Any:
    """A value of a wrong type, hidden from the type checker."""
    return value


CORPORA = [
    row(lambda: as_corpus(wrong("treebank")), DataError, "'treebank'", "load_corpus('treebank')"),
    row(lambda: as_corpus(wrong(Path("my.conllu"))), DataError, "load_corpus('my.conllu')"),
    row(lambda: as_corpus(wrong(None)), DataError, "a list of sentences", "(word, tag) pairs; got None"),
    row(lambda: as_corpus(wrong({"a": "DT"})), DataError, "a list of sentences", "got {'a': 'DT'}"),
    row(lambda: as_corpus(wrong(SENTENCE)), DataError, "sentence 1 is ('a', 'DT')", "put a single sentence"),
    row(
        lambda: as_corpus(wrong([["a", "dog"]])), DataError, "sentence 1, token 1 is 'a'", "(word, tag) pair"
    ),
    row(lambda: as_corpus(wrong(load_documents("sample"))), DataError, "sentence 1, token 1 is <Document"),
    row(lambda: as_corpus([SENTENCE, wrong([("a", 1)])]), DataError, "sentence 2, token 1 is ('a', 1)"),
    row(
        lambda: as_corpus(Corpus("x", [], [], [[*SENTENCE, wrong("x")]])),
        DataError,
        "the test part of 'x', sentence 1, token 3 is 'x'",
    ),
    row(lambda: Corpus("x", wrong("abc"), [], []), DataError, "the train part of 'x' is a list", "got 'abc'"),
    row(lambda: Corpus("x", [], wrong(None), []), DataError, "the dev part of 'x' is a list", "got None"),
    row(lambda: Corpus("x", [], [], wrong([["a"]])), DataError, "the test part of 'x', sentence 1", "'a'"),
    row(lambda: Corpus(wrong(7), [], [], []), DataError, "a corpus's name must be a string, not 7"),
    row(lambda: load_corpus("sample").part("tset"), DataError, "train, dev, test", "did you mean 'test'?"),
    row(lambda: load_corpus("sample").part(wrong(None)), DataError, "train, dev, test, not None"),
    row(lambda: load_corpus("sample").folds(wrong("3")), DataError, "whole number such as 10, not '3'"),
    row(lambda: load_corpus("sample").folds(True), DataError, "whole number such as 10, not True"),
]


@pytest.mark.parametrize("found", CORPORA, ids=lambda found: str(found.words))
def test_corpora(found: Row) -> None:
    check(found)


def test_sentences_are_taken_as_nltk_and_python_give_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nltk.data
    from nltk.corpus.reader import TaggedCorpusReader

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])  # NLTK reads from nowhere else

    (tmp_path / "a.pos").write_text("a/DT dog/NN\n" * 10, encoding="utf-8")
    lazy = TaggedCorpusReader(str(tmp_path), ["a.pos"]).tagged_sents()
    plain = [SENTENCE] * 10
    for sentences in (
        lazy,
        lazy[:10],
        iter(plain),
        tuple(map(tuple, plain)),
        [[["a", "DT"], ["dog", "NN"]]] * 10,
    ):
        corpus = as_corpus(wrong(sentences))
        assert corpus.train == plain
        assert type(corpus.train[0]) is list
    assert Corpus("lazy", lazy[:8], lazy[8:9], lazy[9:]) == Corpus("lazy", plain[:8], plain[8:9], plain[9:])


def test_a_part_that_is_a_list_of_lists_is_kept_as_it_is() -> None:
    """So that a corpus's sentences are still those of its documents."""
    part = [SENTENCE, []]
    assert Corpus("x", part, [], []).train is part


def test_a_corpus_is_shown_in_two_lines() -> None:
    first, second = repr(load_corpus("sample")).splitlines()
    assert first == "<Corpus 'sample':"
    assert second == (
        " train 1,065 sentences (20,545 tokens), dev 107 sentences (2,131 tokens), "
        "test 110 sentences (2,124 tokens)>"
    )
    assert repr(load_corpus("sample").documents[0]) == "<Document 'news-01': 13 sentences, category 'news'>"


LOADERS = [
    *(
        row(partial(load, "sample", **wrong(given)), ConfigError, *words)
        for load in (load_corpus, load_documents)
        for given, *words in (
            ({"tagset": "univ"}, "tagset='univ': ", "'native' or 'universal'; did you mean 'universal'?"),
            ({"tagset": "upos"}, "tagset='upos': ", "'native' or 'universal'", "column 'upos'"),
            ({"tagset": None}, "tagset=None: ", "'native' or 'universal'"),
            ({"column": ""}, "column='': ", "must not be empty"),
            ({"column": "universal"}, "column='universal': ", "upos, xpos", "use tagset 'universal'"),
            ({"nltk_data": 5}, "nltk_data=5: ", "a string"),
        )
    ),
    *(
        row(partial(load, wrong(name)), DataError, f"got {name!r}")
        for load in (load_corpus, load_documents, load_text)
        for name in (None, 5, b"brown", ["brown"])
    ),
    row(lambda: load_corpus("trebank"), DataError, "'trebank'", "did you mean 'treebank'?"),
    row(lambda: load_corpus("sample", head=""), ConfigError, "head='': it must not be empty"),
    row(lambda: load_files(), DataError, "no file is given: pass at least one of train, dev and test"),
    row(lambda: load_files(wrong(["a", 3])), DataError, "train is a list of files", "got 3"),
    row(lambda: load_files(train=[]), DataError, "train is an empty list"),
    row(lambda: load_files(dev=wrong(3)), DataError, "dev is a file, or a list of files", "got 3"),
    row(
        lambda: load_files("x", tagset=wrong("univ")),
        ConfigError,
        "tagset='univ'",
        "did you mean 'universal'?",
    ),
    row(lambda: load_text("no.txt"), DataError, "there is no file no.txt", "name a text file"),
    row(lambda: load_text("brwn"), DataError, "'brwn'", "did you mean 'brown'?"),
]


@pytest.mark.parametrize("found", LOADERS, ids=lambda found: str(found.words))
def test_loaders(found: Row) -> None:
    check(found)


def test_a_path_may_be_a_path(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a/DT dog/NN\n" * 10, encoding="utf-8")
    assert len(load_corpus(file).train) == 8
    assert load_documents(file)[0][0].sentences == [SENTENCE] * 10
    assert load_text(file) == [["a", "dog"]] * 10


CONFIGS = [
    row(
        lambda: load_config(wrong(None)),
        ConfigError,
        "a TOML file, or the name of a shipped config",
        "got None",
    ),
    row(lambda: load_config(""), ConfigError, "a TOML file, or the name of a shipped config", "got ''"),
    row(lambda: load_config(wrong({"model": {}})), ConfigError, "Tagger.train(corpus, config)"),
    row(lambda: load_config(wrong(Config())), ConfigError, "Tagger.train(corpus, config)"),
    row(lambda: as_config(wrong("lstm")), ConfigError, "load_config('lstm')"),
    row(lambda: as_config(wrong(Path("my.toml"))), ConfigError, "load_config('my.toml')"),
    row(lambda: as_config(wrong(5)), ConfigError, "load_config", "a dict such as", "not 5"),
    row(
        lambda: as_config(wrong(LstmConfig())),
        ConfigError,
        "LstmConfig is only a section",
        "Config(model=LstmConfig(",
    ),
    row(
        lambda: as_config({"model": 5}), ConfigError, "model = 5: model is a section; its settings are kind,"
    ),
    row(
        lambda: as_config({"training": {"lr": 1}}),
        ConfigError,
        "'training.lr': did you mean training.learning_rate?",
    ),
    row(lambda: as_config({"epochs": 5}), ConfigError, "'epochs': did you mean training.epochs or"),
    row(lambda: as_config(wrong({5: 5})), ConfigError, "keys should be strings"),
    row(
        lambda: load_config("lstm", "training.epochs=5"),
        ConfigError,
        '["training.epochs=5"]',
        "got 'training.",
    ),
    row(lambda: load_config("lstm", wrong(5)), ConfigError, "overrides must be a list", "got 5"),
    row(lambda: load_config("lstm", wrong([5])), ConfigError, "an override must be a string", "not 5"),
    row(
        lambda: load_config("lstm", {"epochs": 5}),
        ConfigError,
        "did you mean training.epochs=5 or pretraining.",
    ),
    row(lambda: load_config("lstm", {"model": 5}), ConfigError, "got {'model': 5}: 'model' is a section"),
    row(lambda: load_config("lstm", {"trainin.epochs": 5}), ConfigError, "did you mean 'training'?"),
]


@pytest.mark.parametrize("found", CONFIGS, ids=lambda found: str(found.words))
def test_configs(found: Row) -> None:
    check(found)


@pytest.mark.parametrize(
    "overrides",
    [
        ["training.epochs=5", "model.kind=window", "model.hidden=[9]", "corpus.train=a.txt"],
        {"training.epochs": 5, "model.hidden": [9], "model.kind": "window", "corpus.train": Path("a.txt")},
        {
            "training": {"epochs": 5},
            "model": {"hidden": (9,), "kind": "window"},
            "corpus": {"train": "a.txt"},
        },
        {"training.epochs": 5, "model": {"kind": "window"}, "model.hidden": [9], "corpus.train": "a.txt"},
    ],
)
def test_overrides_are_a_list_or_a_mapping(overrides: Any) -> None:
    config = load_config("lstm", overrides)
    assert (config.training.epochs, config.corpus.train) == (5, "a.txt")
    assert config.model.model_dump()["hidden"] == (9,)


TYPED = [
    ("training.lr=0.1", "unknown key 'training.lr': did you mean training.learning_rate?"),
    ("training.optimizer=sgd", "unknown key 'training.optimizer': did you mean training.optimiser?"),
    ("training.optimiser=adamx", "unknown training.optimiser 'adamx': did you mean 'adam'?"),
    ("training.dropout=0.3", "did you mean words.dropout or model.dropout?"),
    ("training.consistency=1", "'training.consistency' is called 'training.rdrop_weight' now"),
    (
        "training.epochs='5'",
        "training.epochs = \"5\": input should be a whole number, or 'auto'; write 5 without quotes",
    ),
    ("training.epochs=five", 'training.epochs = "five": input should be a whole number'),
    ("training.batch_size=full", "input should be a whole number, or 'all'; did you mean 'all'?"),
    (
        "training.batch_size=0",
        "training.batch_size = 0: input should be greater than or equal to 1, or 'all'",
    ),
    ("training.dtype=fp16", "'float32' or 'bfloat16'; did you mean 'bfloat16'?"),
    ("training.device=gpu", "use auto, cpu, cuda or cuda:N; did you mean 'cuda'?"),
    ("training=5", "'training' is a section; its settings are epochs, batch_size,"),
    ("epochs=5", "did you mean training.epochs=5 or pretraining.epochs=5?"),
    ("lr=0.1", "did you mean training.learning_rate=0.1?"),
    ("dropout=0.2", "did you mean words.dropout=0.2 or model.dropout=0.2?"),
    ("datasets=brown", "[[datasets]] can't be overridden"),
    ("model.kind=bilstm", "unknown model.kind 'bilstm': did you mean 'lstm'?"),
    ("model.kind=MLP", "unknown model.kind 'MLP': did you mean 'window'?"),
    ("model.kind=transformer", "unknown model.kind 'transformer': did you mean 'encoder'?"),
    (
        "model.kind=perceptron",
        "unknown model.kind 'perceptron': choose one of logistic, window, rnn, gru, lstm, encoder",
    ),
    ("model.window=3", "unknown key 'model.window': did you mean model.left and model.right?"),
    ("model.hidden=64,64", "write a list, [64,64] (on the command line: --set 'model.hidden=[64,64]')"),
    ("model.hidden=64", "write a list, [64] (on the command line: --set 'model.hidden=[64]')"),
    ("model.activation=rleu", "did you mean 'relu'?"),
    ("corpus.tagset=upos", "for the UPOS column of a file use column 'upos'"),
    ("corpus.reader=[5]", "corpus.reader = [5]: input should be a string"),
    (
        "words.lowercase=True",
        'words.lowercase = "True": input should be true or false; write true without quotes',
    ),
    ("transfer.frozen=body", "did you mean 'backbone'?"),
    ("pretraining.text=a.txt", """(on the command line: --set 'pretraining.text=["a.txt"]')"""),
]


@pytest.mark.parametrize(("typed", "told"), TYPED)
def test_what_people_type_after_set(typed: str, told: str) -> None:
    check(row(lambda: load_config("window", [typed]), ConfigError, told))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("model.hidden=[64,64]", "all recurrent layers have the same size: write hidden = 64 and layers = 2"),
        ("model.window=3", "unknown key 'model.window': choose one of kind, output, hidden, layers"),
    ],
)
def test_what_people_type_for_a_recurrent_model(typed: str, told: str) -> None:
    check(row(lambda: load_config("lstm", [typed]), ConfigError, told))


# -- taggers -----------------------------------------------------------------------------------------------

Ask = Callable[[Any], Any]
WORDS = ["The", "dog"]


@pytest.fixture(scope="module")
def tagger(tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_sentences, tiny_config(training={"epochs": 1}))


ARRAY = np.ones((1, 1), np.float32)


class Vectors:
    """Like gensim's, with words and vectors as given."""

    def __init__(self, words: Any, vectors: Any) -> None:
        self.index_to_key = words
        self.vectors = vectors


VECTORS = [
    row(
        lambda: load_vectors(wrong(None)),
        DataError,
        "from a file, from WordVectors or from gensim's KeyedVectors",
    ),
    row(lambda: load_vectors(wrong({})), DataError, "KeyedVectors", "got an object of type dict"),
    row(lambda: load_vectors(Vectors(5, ARRAY)), DataError, "got an object of type Vectors"),
    row(lambda: load_vectors(Vectors(["a"], [["x"]])), DataError, "Vectors has vectors of", "expected"),
    row(lambda: load_vectors("no.txt"), DataError, "cannot read no.txt"),
    row(
        lambda: load_vectors(Vectors(["a"], ARRAY), limit=wrong("5")),
        DataError,
        "limit='5': expected the number",
    ),
    row(lambda: load_vectors(Vectors(["a"], ARRAY), limit=-1), DataError, "limit=-1: expected the number"),
    row(lambda: load_vectors(Vectors(["a"], ARRAY), wanted="ab"), DataError, "wanted='ab': expected a list"),
    row(lambda: WordVectors(("a",), wrong([[1.0]])), DataError, "a float32 NumPy array", "not [[1.0]]"),
    row(lambda: WordVectors(wrong("a"), ARRAY), DataError, "must be a tuple of strings; got 'a'"),
    row(lambda: WordVectors(wrong(([],)), ARRAY), DataError, "must be a tuple of strings; got ([],)"),
]


@pytest.mark.parametrize("found", VECTORS, ids=lambda found: str(found.words))
def test_vectors(found: Row) -> None:
    check(found)


def test_word_vectors_are_shown_in_a_line() -> None:
    assert repr(WordVectors(("a",), ARRAY)) == "<WordVectors: 1 words, 1 numbers each>"


SMALL: dict[str, Any] = {
    "model": {"kind": "window", "hidden": [2]},
    "training": {"epochs": 1, "device": "cpu"},
}
TRAINING: list[tuple[dict[str, Any], type[PostaggerError], str]] = [
    ({"corpus": "treebank"}, DataError, "load_corpus('treebank')"),
    ({"corpus": []}, DataError, "the training set of 'sentences' contains no sentence"),
    ({"corpus": [[], []]}, DataError, "the training set of 'sentences' contains no sentence"),
    ({"corpus": [[("a", "_")]]}, DataError, "the training set contains no tag"),
    ({"config": "configs/lstm.toml"}, ConfigError, "load_config('configs/lstm.toml')"),
    ({"config": {"training": {"lr": 1}}}, ConfigError, "did you mean training.learning_rate?"),
    ({"backbone": "a.safetensors"}, ConfigError, "Tagger.load('a.safetensors')"),
    ({"backbone": 5}, ConfigError, "backbone must be a Tagger, not 5"),
    ({"cache": __file__}, ConfigError, "is a file: name another folder"),
    ({"cache": str(Path(__file__) / "x")}, ConfigError, "is a file: name another folder"),
    ({"cache": 5}, ConfigError, "cache is a folder, named by a string or a Path; got 5"),
    ({"vectors": 5}, DataError, "word vectors come from a file"),
    ({"vectors": "no.txt"}, DataError, "cannot read no.txt"),
    ({"on_epoch": 5}, ConfigError, "on_epoch must be a function that takes an EpochRecord, not 5"),
]


@pytest.mark.parametrize(("given", "error", "told"), TRAINING)
def test_training(given: dict[str, Any], error: type[PostaggerError], told: str) -> None:
    check(row(lambda: Tagger.train(**{"corpus": [SENTENCE], "config": SMALL, **given}), error, told))


def test_a_backbone_is_a_tagger(tagger: Tagger) -> None:
    for given, told in (
        (tagger._checkpoint, "not a Checkpoint: use Tagger(checkpoint)"),
        (Ensemble([tagger]), "not an Ensemble: an ensemble has several networks"),
    ):
        check(row(partial(Tagger.train, [SENTENCE], SMALL, backbone=wrong(given)), ConfigError, told))


def test_pretraining_takes_the_same_corpora_and_configs() -> None:
    check(row(lambda: Tagger.pretrain(wrong("lstm")), ConfigError, "load_config('lstm')"))
    check(row(lambda: Tagger.pretrain(SMALL, wrong("brown")), DataError, "load_corpus('brown')"))


USES: list[tuple[Ask, type[PostaggerError], str]] = [
    (lambda it: it.tag("a string"), DataError, "one string, 'a string': a sentence must be a list of tokens"),
    (lambda it: it.tag(b"bytes"), DataError, "one string, b'bytes'"),
    (lambda it: it.tag([1, 2]), DataError, "contains 1: every token must be a string"),
    (
        lambda it: it.tag([SENTENCE[0]]),
        DataError,
        "contains ('a', 'DT'): every token must be a string; leave",
    ),
    (lambda it: it.tag({"a", "b"}), DataError, "not a list of tokens"),
    (lambda it: it.tag(None), DataError, "is None, not a list of tokens"),
    (lambda it: it.distributions("a string"), DataError, "one string, 'a string'"),
    (lambda it: it.distributions([5]), DataError, "contains 5: every token"),
    (
        lambda it: it.tag_sents("a string"),
        DataError,
        "expected sentences, each a list of tokens; got 'a string'",
    ),
    (lambda it: it.tag_sents(None), DataError, "expected sentences, each a list of tokens; got None"),
    *(
        (
            lambda it, given=given: it.tag_sents([], workers=given),
            ConfigError,
            f"workers={given!r}: expected a whole",
        )
        for given in (0, -1, "2", True, 2.0, None)
    ),
    *(
        (lambda it, ask=ask: ask(it, "nope"), ConfigError, "unknown head 'nope': this ")
        for ask in (
            lambda it, head: it.tag(WORDS, head=head),
            lambda it, head: it.tag_sents([WORDS], head=head),
            lambda it, head: it.distributions(WORDS, head=head),
            lambda it, head: it.evaluate_on([SENTENCE], head=head),
            lambda it, head: it.with_head(head),
        )
    ),
    (lambda it: it.with_head([]), ConfigError, "unknown head []: this "),
    (lambda it: it.with_head("sentence"), ConfigError, "did you mean 'sentences'?"),
    (lambda it: it.evaluate_on("treebank"), DataError, "load_corpus('treebank')"),
    (lambda it: it.evaluate_on(None), DataError, "(word, tag) pairs; got None"),
    (lambda it: it.evaluate_on([]), DataError, "the gold standard has no tagged tokens"),
    (
        lambda it: it.evaluate_on([["a", "dog"]]),
        DataError,
        "sentence 1, token 1 is 'a': expected a (word, tag)",
    ),
    (lambda it: it.evaluate_on([[("a", "_")]]), DataError, "the gold standard has no tagged tokens"),
    (lambda it: it.evaluate_on([SENTENCE], "tset"), DataError, "did you mean 'test'?"),
    (lambda it: it.evaluate_on(Corpus("x", [], [], []), "tset"), DataError, "did you mean 'test'?"),
    (
        lambda it: it.evaluate_on(Corpus("x", [SENTENCE], [], [])),
        DataError,
        "the test part of 'x' has no tagged tokens",
    ),
    (lambda it: it.accuracy("treebank"), DataError, "load_corpus('treebank')"),
    (lambda it: it.save(None), ModelFileError, "named by a string or a Path; got None"),
    (lambda it: it.save(""), ModelFileError, "named by a string or a Path; got ''"),
]


@pytest.mark.parametrize("ensemble", [False, True], ids=["tagger", "ensemble"])
@pytest.mark.parametrize(("ask", "error", "told"), USES)
def test_uses(ask: Ask, error: type[PostaggerError], told: str, ensemble: bool, tagger: Tagger) -> None:
    check(row(lambda: ask(Ensemble([tagger]) if ensemble else tagger), error, told))


@pytest.mark.parametrize("gold", [iter([SENTENCE]), ([("a", "DT")],), [[["a", "DT"]]], [(("a", "DT"),)]])
def test_gold_sentences_as_people_hold_them(gold: Any, tagger: Tagger) -> None:
    assert tagger.evaluate_on(gold).tokens.total in (1, 2)


EXPLAINING: list[tuple[Ask, type[PostaggerError], str]] = [
    (
        lambda it: it.explain(WORDS, 99),
        DataError,
        "position 99 is not in this sentence: its 2 words have the positions 0 to 1",
    ),
    (lambda it: it.explain(WORDS, -1), DataError, "position -1 is not in this sentence"),
    (lambda it: it.explain(WORDS, "1"), DataError, "position must be a whole number, 0 or more, not '1'"),
    (lambda it: it.explain(WORDS, True), DataError, "position must be a whole number, 0 or more, not True"),
    (lambda it: it.explain(WORDS, 1.0), DataError, "position must be a whole number, 0 or more, not 1.0"),
    (lambda it: it.explain([], 0), DataError, "it has no words"),
    (lambda it: it.explain("The dog", 0), DataError, "one string, 'The dog'"),
    (lambda it: it.explain(WORDS, 0, against="NNN"), ConfigError, "there is no tag 'NNN': the tags are"),
    (lambda it: it.explain(WORDS, 0, against=[]), ConfigError, "there is no tag []"),
    (lambda it: it.explain(WORDS, 0, head="nope"), ConfigError, "unknown head 'nope'"),
    (
        lambda it: Ensemble([it]).explain(WORDS, 0),
        ConfigError,
        "ensemble.taggers[0].explain(words, position)",
    ),
]


@pytest.mark.parametrize(("ask", "error", "told"), EXPLAINING)
def test_explaining(ask: Ask, error: type[PostaggerError], told: str, tagger: Tagger) -> None:
    check(row(lambda: ask(tagger), error, told))


def test_a_position_may_be_numpys(tagger: Tagger) -> None:
    assert tagger.explain(WORDS, wrong(np.int64(1))).position == 1


LOADING: list[tuple[dict[str, Any], type[PostaggerError], str]] = [
    (
        {"device": "gpu"},
        DeviceError,
        "'gpu' is not a device: use auto, cpu, cuda or cuda:N; did you mean 'cuda'?",
    ),
    ({"device": "CPU"}, DeviceError, "did you mean 'cpu'?"),
    ({"device": 0}, DeviceError, "0 is not a device: use auto, cpu, cuda or cuda:N; did you mean 'cuda:0'?"),
    ({"device": None}, DeviceError, "None is not a device: use auto, cpu, cuda or cuda:N"),
    (
        {"dtype": "fp16"},
        ConfigError,
        "unknown dtype 'fp16': use float32 or bfloat16 or int8; did you mean 'bfloat16'?",
    ),
    (
        {"dtype": torch.float32},
        ConfigError,
        "unknown dtype torch.float32",
    ),
    ({"dtype": []}, ConfigError, "unknown dtype []: use float32 or bfloat16"),
    ({"path": None}, ModelFileError, "named by a string or a Path; got None"),
    ({"path": 5}, ModelFileError, "named by a string or a Path; got 5"),
    ({"path": "no.safetensors"}, ModelFileError, "cannot read the model no.safetensors"),
]


@pytest.mark.parametrize("kind", [Tagger, Ensemble])
@pytest.mark.parametrize(("given", "error", "told"), LOADING)
def test_loading(
    given: dict[str, Any], error: type[PostaggerError], told: str, kind: Any, tagger: Tagger, tmp_path: Path
) -> None:
    tagger.save(tmp_path / "a.safetensors")
    options = {"path": tmp_path / "a.safetensors", "device": "cpu"} | given
    path = options.pop("path")
    check(row(lambda: kind.load(path, **options), error, told))


def test_saving_and_loading_folders(tagger: Tagger, tmp_path: Path) -> None:
    check(row(lambda: tagger.save(tmp_path), ModelFileError, "it is a folder; name a file in it, such as"))
    check(row(lambda: Tagger.load(tmp_path), ModelFileError, "is a folder", "Ensemble.load loads all"))


def test_a_torch_device_is_a_device(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "a.safetensors")
    loaded = Tagger.load(tmp_path / "a.safetensors", device=wrong(torch.device("cpu")))
    assert loaded.device.type == "cpu"


def test_making_them_by_hand(tagger: Tagger) -> None:
    ensemble = Ensemble([tagger])
    for call, told in (
        (lambda: Tagger(wrong("a.safetensors")), "Tagger.load(file) or Tagger.train(corpus, config)"),
        (lambda: Tagger(tagger._checkpoint, head="nope"), "unknown head 'nope': this tagger has sentences"),
        (lambda: Ensemble([]), "an ensemble needs at least one tagger"),
        (
            lambda: Ensemble(wrong("models")),
            "not 'models': use Ensemble.load for the model files of a folder",
        ),
        (lambda: Ensemble(wrong(None)), "an ensemble is made of a list of taggers, not None"),
        (lambda: Ensemble(wrong(tagger)), "an ensemble is made of a list of taggers, not a Tagger"),
        (lambda: Ensemble(wrong([tagger, 1])), "an ensemble is made of taggers; number 2 is 1"),
        (lambda: Ensemble(wrong(["a.safetensors"])), "number 1 is 'a.safetensors': load it with Tagger.load"),
        (lambda: Ensemble(wrong([ensemble])), "number 1 is an Ensemble: pass its .taggers"),
    ):
        check(row(call, ConfigError, told))


def test_taggers_are_shown_in_a_line(tagger: Tagger) -> None:
    count = f"{tagger.parameter_count:,}"
    heads = f"heads: sentences ({len(tagger.tagset)} tags)"
    assert (
        repr(tagger) == f"<Tagger: window tagger trained on sentences, seed 1; {count} parameters; {heads}>"
    )
    assert repr(Ensemble([tagger])) == (
        f"<Ensemble: ensemble of 1 (window) trained on sentences; {count} parameters; {heads}>"
    )
