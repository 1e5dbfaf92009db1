"""From data sets to a checkpoint: heads, tag sets and the training record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from postagger import Config, DataError, Tagger
from postagger.corpora import TaggedSentence
from postagger.features import TagSet
from postagger.models import TrainedHead, TrainedModel
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.fit import encode, fit
from postagger.pipeline.heads import head_tagsets
from postagger.pipeline.material import Material, Reporter
from postagger.training import EpochRecord, train

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")


def by_letter(sentences: list[TaggedSentence]) -> list[TaggedSentence]:
    """Another tag set: each word's last letter."""
    return [[(word, word[-1].lower()) for word, _ in sentence] for sentence in sentences]


@pytest.fixture
def datasets(tiny_sentences: list[TaggedSentence]) -> list[DataSet]:
    return [DataSet("tiny", tiny_sentences[:8]), DataSet("letters", by_letter(tiny_sentences[6:18]))]


def tags_of(made: TrainedModel) -> dict[str, list[str]]:
    return {name: list(head.tagset) for name, head in made.heads.items()}


# -- tag sets ---------------------------------------------------------------------------------------


def test_each_head_has_the_tags_of_its_data_sets() -> None:
    datasets = [
        DataSet("a", [[("x", "Y"), ("x", "X")]]),
        DataSet("b", [[("x", "X")]]),
        DataSet("a", [[("x", "A")]]),
    ]
    tagsets = head_tagsets(datasets, {})
    assert {name: list(tagset) for name, tagset in tagsets.items()} == {"a": ["X", "Y", "A"], "b": ["X"]}


def test_kept_tags_come_first_and_only_in_the_main_head(
    datasets: list[DataSet], tiny_config: MakeConfig
) -> None:
    network = fit(Material(tiny_config(training={"epochs": 1}), datasets)).main.network
    kept = {"a": TrainedHead(network, TagSet(["Z", "X"]))}
    tagsets = head_tagsets([DataSet("a", [[("x", "Y"), ("x", "X")]]), DataSet("b", [[("x", "Y")]])], kept)
    assert {name: list(tagset) for name, tagset in tagsets.items()} == {"a": ["Z", "X", "Y"], "b": ["Y"]}


# -- heads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_a_head_for_each_tag_set_on_one_backbone(
    output: str, datasets: list[DataSet], tiny_config: MakeConfig
) -> None:
    made = fit(Material(tiny_config(model={"output": output}), datasets))
    letters = sorted({tag for sentence in datasets[1].sentences for _, tag in sentence})
    assert tags_of(made) == {"tiny": sorted(datasets[0].tags), "letters": letters}
    main, other = made.heads.values()
    assert main is made.main
    assert other.network.words is main.network.words
    assert other.network.context is main.network.context
    assert other.network.head.scores.out_features == len(letters)


def test_data_sets_of_one_head_share_its_tags(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    more = [[(word, "X" + tag) for word, tag in sentence] for sentence in tiny_sentences[8:10]]
    datasets = [
        DataSet("tiny", tiny_sentences[:8]),
        DataSet("tiny", more),
        DataSet("tiny", tiny_sentences[8:]),
    ]
    made = fit(Material(tiny_config(), datasets))
    ((name, tags),) = tags_of(made).items()
    assert name == "tiny"
    main = sorted(datasets[0].tags)
    assert tags[: len(main)] == main
    assert set(tags) == datasets[0].tags | datasets[1].tags | datasets[2].tags
    assert made.record.datasets == {"tiny": 2 + 12}


def test_words_of_every_data_set_are_known_and_the_lexicon_is_the_main_one_s(
    datasets: list[DataSet], tiny_config: MakeConfig
) -> None:
    made = fit(Material(tiny_config(), datasets))
    assert "silk" in made.encoding.vocabularies["word"]
    assert "silk" not in made.lexicon
    assert "dog" in made.lexicon
    assert made.record.train_sentences == 8
    assert made.record.datasets == {"letters": 12}


def test_both_heads_learn(datasets: list[DataSet], tiny_config: MakeConfig) -> None:
    made = fit(Material(tiny_config(training={"epochs": 40, "learning_rate": 0.02}), datasets))
    tagger = Tagger(made.to_checkpoint(), device="cpu")
    for dataset in datasets:
        assert tagger.evaluate_on(dataset.sentences, head=dataset.head).tokens.value == 1


def test_epoch_records_name_their_stage(datasets: list[DataSet], tiny_config: MakeConfig) -> None:
    told: list[EpochRecord] = []
    fit(Material(tiny_config(), datasets), Reporter(told.append, stage="first"))
    assert [(record.epoch, record.stage) for record in told] == [(1, "first"), (2, "first")]


def test_a_data_set_without_a_sentence_is_an_error(datasets: list[DataSet], tiny_config: MakeConfig) -> None:
    with pytest.raises(DataError, match="the data set of the head 'empty' contains no sentence"):
        fit(Material(tiny_config(), [*datasets, DataSet("empty", [])]))


# -- distributions ----------------------------------------------------------------------------------


def test_a_crf_learns_the_best_tags_of_distributions(
    datasets: list[DataSet], tiny_config: MakeConfig
) -> None:
    made = fit(Material(tiny_config(training={"epochs": 1}), datasets))
    rows = torch.tensor([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]], dtype=torch.float16)
    dataset = DataSet("tiny", [[("dog", "_")], [("cat", "_")]], distributions=rows)
    tagset = TagSet(["A", "B", "C"])
    soft, crf = (
        encode(dataset, made.encoding, {dataset.head: tagset}, tiny_config(model={"output": output}))
        for output in ("softmax", "crf")
    )
    assert soft.tags.equal(rows)
    assert crf.tags.tolist() == [1, 0]


# -- what reaches training --------------------------------------------------------------------------


def test_word_dropout_and_mask_rates_reach_training(
    datasets: list[DataSet], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def spied(*arguments: Any, **settings: Any) -> list[EpochRecord]:
        seen.update(settings)
        return train(*arguments, **settings)

    monkeypatch.setattr("postagger.pipeline.fit.train", spied)
    main, other = datasets
    masked = [replace(main, mask_rate=0.9), replace(other, mask_rate=0.8, weight=0.5)]
    fit(Material(tiny_config(words={"word_dropout": 0.75}), masked))
    assert (seen["word_dropout"], seen["mask_rate"]) == (0.75, 0.9)
    assert [(each.mask_rate, each.weight) for each in seen["others"]] == [(0.8, 0.5)]


def test_there_is_case_noise_in_every_data_set_but_masked_words(
    datasets: list[DataSet], tiny_config: MakeConfig
) -> None:
    made = fit(Material(tiny_config(training={"epochs": 1}), datasets))
    tagsets = {name: head.tagset for name, head in made.heads.items()}
    config = tiny_config(words={"case_noise": 0.3})
    tokens = sum(map(len, datasets[0].sentences))
    soft = replace(datasets[0], distributions=torch.zeros(tokens, len(made.main.tagset)))
    rates = [
        encode(each, made.encoding, tagsets, config, training=True).case_noise
        for each in (*datasets, soft, replace(datasets[0], mask_rate=0.2))
    ]
    assert rates == [0.3, 0.3, 0.3, 0.0]
    assert encode(datasets[0], made.encoding, tagsets, config).case_noise == 0, "not in dev and test"


@pytest.mark.parametrize(
    ("setting", "sentences", "rate"),
    [("auto", 1, 0), ("auto", 499, 0), ("auto", 500, 0.05), (0.2, 1, 0.2), (0, 10_000, 0), (1, 10_000, 1)],
)
def test_small_data_sets_have_no_case_noise_by_default(
    setting: float | str,
    sentences: int,
    rate: float,
    datasets: list[DataSet],
    tiny_config: MakeConfig,
    tiny_sentences: list[TaggedSentence],
) -> None:
    made = fit(Material(tiny_config(training={"epochs": 1}), datasets))
    tagsets = {name: head.tagset for name, head in made.heads.items()}
    config = tiny_config(words={"case_noise": setting})
    data = DataSet(datasets[0].head, (tiny_sentences * sentences)[:sentences])
    assert encode(data, made.encoding, tagsets, config, training=True).case_noise == rate


def test_dev_accuracy_is_that_of_text_as_written(
    datasets: list[DataSet], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(words={"case_noise": 0.9}, training={"epochs": 10, "learning_rate": 0.02})
    dev = DataSet(datasets[0].head, tiny_sentences)
    made = fit(Material(config, datasets[:1], dev))
    assert made.record.dev_accuracy == Tagger(made.to_checkpoint()).evaluate_on(tiny_sentences).tokens.value
