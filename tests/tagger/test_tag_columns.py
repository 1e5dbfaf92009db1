"""A tagger of several columns: training, tagging with all heads at once, evaluation, model files."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, Tagger
from postagger.corpora import UNTAGGED, TaggedSentence, load_configured
from postagger.inference.forward import ForwardPredictor
from postagger.models import TaggingNetwork
from postagger.tagger import predictions

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

TEXT = [["The", "old", "zebra", "saw", '"', "it", '"'], [], ["Dogs", "bark"]]


def retagged(corpus: Corpus, name: str, tag_of: Callable[[str, str], str]) -> Corpus:
    parts = {
        part: [[(word, tag_of(word, tag)) for word, tag in sentence] for sentence in corpus.part(part)]
        for part in ("train", "dev", "test")
    }
    return Corpus(name, parts["train"], parts["dev"], parts["test"])


@pytest.fixture(scope="module")
def columns(tiny_corpus: Corpus) -> Corpus:
    """The tiny corpus with two more columns: first letters, of which some are missing, and word lengths."""
    letters = retagged(tiny_corpus, "letters", lambda word, tag: UNTAGGED if tag == "DT" else word[0].upper())
    return replace(
        tiny_corpus, others=(letters, retagged(tiny_corpus, "lengths", lambda word, _: str(len(word))))
    )


@pytest.fixture(scope="module", params=["logistic", "window", "lstm", "crf"])
def tagger(request: pytest.FixtureRequest, columns: Corpus, tiny_config: MakeConfig) -> Tagger:
    how: dict[str, Any] = {"training": {"epochs": 3, "learning_rate": 0.02}}
    if request.param == "crf":
        return Tagger.train(columns, tiny_config(model={"output": "crf"}, **how))
    return Tagger.train(columns, tiny_config(request.param, **how))


def test_a_head_for_each_column_and_their_accuracies(tagger: Tagger, columns: Corpus) -> None:
    assert list(tagger.heads) == ["tiny", "letters", "lengths"]
    assert UNTAGGED not in tagger.heads["letters"]
    for split, recorded in (("dev", tagger.record.dev_accuracies), ("test", tagger.record.test_accuracies)):
        for name in tagger.heads:
            score = tagger.evaluate_on(columns, split, head=name).tokens
            assert score.value == recorded[name]
            assert (
                score.value == tagger.with_head(name).evaluate_on(columns.by_head[name], split).tokens.value
            )
    assert tagger.record.dev_accuracy == tagger.record.dev_accuracies["tiny"]
    assert tagger.record.test_accuracy == tagger.record.test_accuracies["tiny"]


def test_all_heads_at_once_tag_as_each_by_itself(tagger: Tagger) -> None:
    found = list(tagger.tag_columns(iter(TEXT)))
    assert [[word for word, _ in sentence] for sentence in found] == TEXT
    for name in tagger.heads:
        alone = list(tagger.tag_sents(TEXT, head=name))
        assert [[(word, tags[name]) for word, tags in sentence] for sentence in found] == alone
    assert list(tagger.tag_columns(TEXT, workers=2)) == found
    assert list(tagger.with_head("letters").tag_columns(TEXT)) == found
    for copied in (copy.copy(tagger), copy.deepcopy(tagger), pickle.loads(pickle.dumps(tagger))):
        assert list(copied.tag_columns(TEXT)) == found


def test_numbers_of_tags(tagger: Tagger) -> None:
    for each in (tagger, Ensemble([tagger, tagger])):
        columns = [tags for sentence in each.tag_columns(TEXT) for _, tags in sentence]
        names = ["lengths", "tiny"]
        for sentences in (TEXT, iter(TEXT)):
            found = each.tag_numbers(sentences, heads=names)
            assert found.shape == (2, len(columns))
            for name, row in zip(names, found.tolist(), strict=True):
                assert [each.heads[name].tags[number] for number in row] == [tags[name] for tags in columns]
        assert each.with_head("letters").tag_numbers(TEXT).shape == (1, len(columns))
        assert each.tag_numbers([[], []], heads=names).shape == (2, 0)
        with pytest.raises(ConfigError, match="unknown head 'length'"):
            each.tag_numbers(TEXT, heads=["length"])
        with pytest.raises(DataError, match="sentence 2 contains 3"):
            each.tag_numbers([["a"], ["b", 3]])  # type: ignore[list-item]


def test_the_columns_survive_a_model_file(tagger: Tagger, tmp_path: Path) -> None:
    tagger.save(tmp_path / "model")
    loaded = Tagger.load(tmp_path / "model")
    assert list(loaded.heads) == list(tagger.heads)
    assert loaded.record == tagger.record
    assert list(loaded.tag_columns(TEXT)) == list(tagger.tag_columns(TEXT))


def test_an_ensemble_tags_with_all_its_heads(tagger: Tagger) -> None:
    ensemble = Ensemble([tagger, tagger])
    found = list(ensemble.tag_columns(TEXT))
    for name in ensemble.heads:
        alone = list(ensemble.tag_sents(TEXT, head=name))
        assert [[(word, tags[name]) for word, tags in sentence] for sentence in found] == alone


@pytest.mark.parametrize("wrong", [[["a", 3]], ["a string"], [[("a", "DT")]]])
def test_what_is_no_sentence_is_named(tagger: Tagger, wrong: Any) -> None:
    with pytest.raises(DataError, match="sentence 1"):
        list(tagger.tag_columns(wrong))


def test_every_column_is_evaluated_in_one_pass(tagger: Tagger, columns: Corpus) -> None:
    scores = tagger.evaluate_columns(columns, "dev")
    assert list(scores) == ["tiny", "letters", "lengths"]
    for name, score in scores.items():
        assert score == tagger.evaluate_on(columns, "dev", head=name)
        words = [word for sentence in columns.by_head[name].dev for word, tag in sentence if tag != UNTAGGED]
        assert score.tokens.total == len(words)
    assert tagger.evaluate_columns(replace(columns, others=()), "dev") == {"tiny": scores["tiny"]}
    blank = retagged(columns, "letters", lambda *_: UNTAGGED)
    assert list(tagger.evaluate_columns(replace(columns, others=(blank,)), "dev")) == ["tiny"]
    with pytest.raises(DataError, match="no tagged tokens"):
        tagger.evaluate_columns(replace(columns, train=[], others=()), "train")


@pytest.mark.parametrize("forward", [False, True])
def test_tags_and_probabilities_of_all_columns_take_one_pass(
    tagger: Tagger, columns: Corpus, forward: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagger = Tagger(tagger._checkpoint)
    predictor = tagger._engine.predictor(*tagger.heads)
    if forward:
        dtype, names = "float32", tuple(tagger.heads)
        predictor = ForwardPredictor(tagger._checkpoint, tagger._engine.trained, names, dtype)
        tagger._engine._predictors[names] = predictor
    passes: list[int] = []
    scores = predictor.scores

    def counted(words: list[str], lengths: list[int]) -> Any:
        passes.append(len(words))
        return scores(words, lengths)

    monkeypatch.setattr(predictor, "scores", counted)
    evaluated = tagger.evaluate_columns(columns, "dev")
    assert len(passes) == 1
    found = list(predictions(tagger, TEXT, heads=list(tagger.heads)))
    assert len(passes) == 2
    for name in tagger.heads:
        alone = tagger.with_head(name)
        assert evaluated[name].tokens == alone.evaluate_on(columns, "dev").tokens
        tags = [[(word, each[name].tag) for word, each in sentence] for sentence in found]
        assert tags == list(alone.tag_sents(TEXT))
        rows = alone.probabilities(TEXT)
        confidences = [each[name].probability for sentence in found for _, each in sentence]
        numbers = [alone.tagset[tag] for sentence in tags for _, tag in sentence]
        assert confidences == pytest.approx(rows[range(len(numbers)), numbers].tolist(), abs=1e-5)


def test_three_columns_read_each_batch_once(
    columns: Corpus, tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    original = TaggingNetwork.backbone

    def counted(self: TaggingNetwork, batch: Any) -> Any:
        passes.append(len(batch.lengths))
        return original(self, batch)

    monkeypatch.setattr(TaggingNetwork, "backbone", counted)
    for corpus in (columns, replace(columns, others=())):
        passes.clear()
        Tagger.train(corpus, tiny_config(training={"epochs": 3}))
        assert len(passes) == 3 * (4 + 1) + 2, "four batches and dev in each epoch; at the end, test and dev"


def test_one_column_trains_as_if_there_were_no_columns(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    """Bit for bit, whatever form the setting has."""
    conllu = tmp_path / "tiny.conllu"
    lines = (
        "".join(f"{n}\t{word}\t_\t_\t{tag}\t_\t_\t_\t_\t_\n" for n, (word, tag) in enumerate(sentence, 1))
        for sentence in tiny_corpus.train
    )
    conllu.write_text("\n".join(lines), encoding="utf-8")
    weights = []
    for column in ("xpos", ["xpos"]):
        config = tiny_config(corpus={"train": str(conllu), "column": column}, words={"word_dropout": 0.5})
        weights.append(Tagger.train(load_configured(config.corpus), config).network.state_dict())
    weights.append(Tagger.train(tiny_corpus.train, config).network.state_dict())
    for other in weights[1:]:
        assert all(torch.equal(weights[0][name], other[name]) for name in other)


# -- with the other ways of training ------------------------------------------------------------------


def test_distillation_teaches_the_heads_that_the_teachers_have(
    columns: Corpus, tiny_config: MakeConfig, write: Callable[..., str], tmp_path: Path
) -> None:
    text = write("text.txt", [["The", "old", "boat", "."], ["Dogs", "man", "trees"]])
    training = {"epochs": 1}
    own = Tagger.train(columns, tiny_config(training=training, distillation={"text": [text]}))
    assert list(own.heads) == ["tiny", "letters", "lengths"]
    assert own.record.datasets == {"tiny": 2}
    letters, main = columns.others[0], replace(columns, others=())
    teacher = Tagger.train(replace(letters, others=(main,)), tiny_config(training=training))
    teacher.save(tmp_path / "teacher.safetensors")
    settings = {"text": [text], "teachers": [str(tmp_path / "teacher.safetensors")]}
    assert Tagger.train(columns, tiny_config(training=training, distillation=settings)).record.teachers


def test_kept_heads_start_with_the_backbone_s_weights(columns: Corpus, tiny_config: MakeConfig) -> None:
    first = Tagger.train(columns, tiny_config())
    frozen = {"keep_head": True}
    again = Tagger.train(
        columns,
        tiny_config(transfer=frozen, training={"epochs": 1, "learning_rate": 1e-9}),
        backbone=first,
    )
    for name in first.heads:
        one, other = (each.with_head(name).network.head.scores.weight for each in (first, again))
        assert torch.allclose(one, other, atol=1e-6)


def test_further_data_sets_may_share_the_heads(
    columns: Corpus, tiny_config: MakeConfig, write: Callable[..., str]
) -> None:
    more: list[TaggedSentence] = [[("Zoos", "Z"), ("open", "O")]]
    datasets = [{"train": write("more.txt", more), "head": "letters"}]
    tagger = Tagger.train(columns, tiny_config(datasets=datasets))
    assert list(tagger.heads) == ["tiny", "letters", "lengths"]
    assert "Z" in tagger.heads["letters"]
