"""How long a training is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger
from postagger.config import TrainingConfig, load_config
from postagger.config.presets import preset_names
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.pretraining import pretraining_material
from postagger.training import EpochRecord
from postagger.training.schedule import count_epochs

MakeConfig = Callable[..., Config]


@pytest.mark.parametrize(
    ("sentences", "batch_size", "epochs"),
    [
        (12_544, 16, 10),
        (3_200, 16, 10),
        (3_184, 16, 11),
        (400, 16, 80),
        (200, 16, 154),
        (200, 8, 80),
        (5_000, 64, 26),
        (16, 16, 2_000),
        (1, 16, 2_000),
        (3_396, "all", 100),
        (20, "all", 100),
    ],
)
def test_a_small_treebank_is_trained_for_two_thousand_updates(
    sentences: int, batch_size: int | str, epochs: int
) -> None:
    config = TrainingConfig.model_validate({"batch_size": batch_size})
    assert count_epochs(config, sentences, 10, 2000) == epochs


def test_a_number_of_epochs_is_kept() -> None:
    assert count_epochs(TrainingConfig(epochs=3), 20, 10, 2000) == 3


def test_a_training_has_that_many_updates(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    config = tiny_config("logistic", training={"epochs": "auto", "batch_size": 1})
    records: list[EpochRecord] = []
    Tagger.train(tiny_corpus, config, on_epoch=records.append)
    assert records[-1].updates == len(records) * len(tiny_corpus.train) >= 2_000


def test_pretraining_on_little_text_is_long_enough_too(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the dog barks\n" * 40)
    config = Config.model_validate(
        tiny_config("logistic").model_dump(mode="json")
        | {"pretraining": {"text": [str(text)], "batch_size": 1}}
    )
    stages: dict[str, int] = {}
    Tagger.train(tiny_corpus, config, on_epoch=lambda record: stages.update({record.stage: record.updates}))
    assert stages["pretraining"] == 2_000


def test_an_epoch_of_pretraining_covers_all_data_sets(tiny_config: MakeConfig) -> None:
    """So the order of the data sets doesn't matter."""
    small, large = (
        DataSet(head, [[("a", "A")]] * count) for head, count in (("small", 16), ("large", 3_184))
    )
    config = tiny_config(pretraining={"epochs": "auto", "batch_size": 16})
    for datasets in ([small, large], [large, small]):
        assert pretraining_material(config, datasets, None, None).config.training.epochs == 10


@pytest.mark.parametrize("name", preset_names())
def test_no_shipped_config_fixes_its_length(name: str) -> None:
    config = load_config(name)
    assert config.training.epochs == config.pretraining.epochs == "auto"
