"""Data sets with nothing to learn: an error that names them, and never an endless loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from postagger import Config, DataError, Tagger
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.fit import fit
from postagger.pipeline.material import Material
from postagger.training import EpochRecord

pytestmark = pytest.mark.usefixtures("one_thread")

MakeConfig = Callable[..., Config]


def fitted(config: Config, sentences: Sequence[TaggedSentence], *others: DataSet) -> int:
    material = Material(config, [DataSet("tiny", sentences), *others])
    return len(fit(material).heads)


@pytest.mark.parametrize("sentences", [[], [[]], [[], [], []]])
def test_a_further_data_set_without_sentences(
    sentences: list[TaggedSentence], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    with pytest.raises(DataError, match="the data set of the head 'more' contains no sentence"):
        fitted(tiny_config(), tiny_sentences, DataSet("more", sentences))


def test_a_further_data_set_without_tags(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    with pytest.raises(DataError, match="the data set of the head 'tiny' contains no tag"):
        fitted(tiny_config(), tiny_sentences, DataSet("tiny", [[("a", UNTAGGED)]]))


def test_distributions_without_tokens(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> None:
    tags = len({tag for sentence in tiny_sentences for _, tag in sentence})
    none = DataSet("tiny", [[], []], distributions=torch.zeros(0, tags))
    with pytest.raises(DataError, match="the data set of the head 'tiny' contains no sentence"):
        fitted(tiny_config(), tiny_sentences, none)


def test_a_tiny_weight_still_gives_a_sentence(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    assert fitted(tiny_config(), tiny_sentences, DataSet("more", tiny_sentences, weight=1e-9)) == 2


@pytest.mark.parametrize("how", [{}, {"rdrop_weight": 1.0}, {"label_smoothing": 0.1}])
def test_batches_without_a_tag_change_nothing(
    how: dict[str, float], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """Each sentence is a batch, and two thirds have no tags: the loss is that of the others, and finite."""
    untagged = [[(word, UNTAGGED) for word, _ in sentence] for sentence in tiny_sentences]
    losses: list[EpochRecord] = []
    config = tiny_config(training={"batch_size": 1, **how})
    Tagger.train([*tiny_sentences, *untagged, *untagged], config, on_epoch=losses.append)
    assert all(0 < record.loss < 100 for record in losses)


def test_a_tiny_mask_rate(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> None:
    config = tiny_config(training={"batch_size": 1})
    assert fitted(config, tiny_sentences, DataSet("words", tiny_sentences, mask_rate=1e-9)) == 2
