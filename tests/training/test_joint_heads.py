"""Several heads that learn from one forward pass: the loss by hand, and the choice of the epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import Config
from postagger.batches import Batch, EncodedCorpus
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.features import TagSet, WordEncoding
from postagger.models import TaggingNetwork, build_head, build_network
from postagger.training import EpochRecord, TrainingSet, train
from postagger.training.objective import batch_loss, divergence
from postagger.training.trainer import accuracies_on

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("seed", "one_thread")


def by_letter(sentences: list[TaggedSentence]) -> list[TaggedSentence]:
    """The same words, each tagged with its first letter."""
    return [[(word, word[0].upper()) for word, _ in sentence] for sentence in sentences]


def prepare(
    columns: list[list[TaggedSentence]], config: Config
) -> tuple[TrainingSet, list[EncodedCorpus], dict[str, TaggingNetwork]]:
    """One set with all columns; the data of each column by itself; the networks by name."""
    words = [[word for word, _ in sentence] for sentence in columns[0]]
    encoding = WordEncoding.fit((word for sentence in words for word in sentence), config.words)
    tagsets = [TagSet.from_sentences(each) for each in columns]
    alone = [
        EncodedCorpus.encode(each, encoding, tagset) for each, tagset in zip(columns, tagsets, strict=True)
    ]
    data = EncodedCorpus.encode_words(words, alone[0].tags, encoding, [each.tags for each in alone[1:]])
    first = build_network(config, encoding, tagsets[0])
    networks = [first]
    for tagset in tagsets[1:]:
        networks.append(first.with_head(build_head(config, first.context.output_size, len(tagset))))
    names = (f"column {number}" for number in range(len(networks)))
    joint = TrainingSet(first, data, others=tuple(networks[1:]))
    return joint, alone, dict(zip(names, networks, strict=True))


def cross_entropy(scores: Tensor, tags: Tensor, smoothing: float) -> Tensor:
    """By hand, over the tokens with a tag."""
    logs = scores.log_softmax(1)[tags >= 0]
    gold = logs[torch.arange(len(logs)), tags[tags >= 0]]
    return -((1 - smoothing) * gold + smoothing * logs.mean(1)).mean() if len(logs) else scores.new_zeros(())


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Records the output of the shared layers, once for each forward pass."""
    made: list[Tensor] = []
    original = TaggingNetwork.backbone

    def spied(self: TaggingNetwork, batch: Batch) -> Tensor:
        made.append(original(self, batch))
        return made[-1]

    monkeypatch.setattr(TaggingNetwork, "backbone", spied)
    return made


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_the_loss_is_the_mean_over_the_heads_of_one_forward_pass(
    weight: float,
    smoothing: float,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    passes: list[Tensor],
) -> None:
    config = tiny_config(training={"rdrop_weight": weight, "label_smoothing": smoothing})
    joint, alone, networks = prepare([tiny_sentences, by_letter(tiny_sentences)], config)
    half = torch.full((len(joint.data.types.columns),), 0.5)
    with torch.no_grad():
        loss, tokens = batch_loss(joint, torch.arange(8), half, config.training)
    assert tokens == sum(map(len, tiny_sentences[:8]))
    assert len(passes) == (2 if weight else 1)
    by_hand = []
    for network, data in zip(networks.values(), alone, strict=True):
        scores = [network.head(context).detach() for context in passes]
        losses = [cross_entropy(each, data.tags[:tokens], smoothing) for each in scores]
        by_hand.append(sum(losses) / len(losses) + (weight * divergence(*scores) if weight else 0.0))
    assert loss.item() == pytest.approx(float(sum(by_hand)) / 2, rel=1e-5)


def test_a_token_without_a_tag_in_one_column_counts_in_the_other(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config()
    gaps = [
        [(word, UNTAGGED if number % 2 else tag) for number, (word, tag) in enumerate(sentence)]
        for sentence in tiny_sentences
    ]
    none = [[(word, UNTAGGED) for word, _ in sentence] for sentence in tiny_sentences[:4]]
    columns = [tiny_sentences, gaps, [*none, *tiny_sentences[4:]]]
    joint, alone, networks = prepare(columns, config)
    loss, tokens = batch_loss(
        joint, torch.arange(4), torch.zeros(len(joint.data.types.columns)), config.training
    )
    assert tokens == sum(map(len, tiny_sentences[:4]))
    by_hand = [
        cross_entropy(network(data.batch(torch.arange(4))).detach(), data.tags[:tokens], 0.0)
        for network, data in zip(networks.values(), alone, strict=True)
    ]
    assert by_hand[2] == 0
    assert loss.item() == pytest.approx(float(sum(by_hand)) / 3, rel=1e-5)
    loss.backward()
    assert networks["column 2"].head.scores.weight.grad.abs().max() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_all_heads_learn_and_are_scored_in_one_pass(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, passes: list[Tensor]
) -> None:
    how = {"epochs": 40, "learning_rate": 0.02}
    config = tiny_config(training=how, model={"output": output})
    joint, alone, networks = prepare([tiny_sentences, by_letter(tiny_sentences)], config)
    records: list[EpochRecord] = train(
        joint.network, joint.data, joint.data, config.training, heads=networks, on_epoch=lambda _: None
    )
    assert len(passes) == 40 * (5 + 1)
    last = records[-1]
    assert last.dev_accuracies == {"column 0": 1.0, "column 1": 1.0}
    pairs = list(zip(networks.values(), alone, strict=True))
    assert accuracies_on(list(networks.values()), joint.data) == [
        accuracies_on([network], data)[0] for network, data in pairs
    ]


def test_the_epoch_with_the_best_mean_is_kept(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(training={"epochs": 3})
    joint, _, networks = prepare([tiny_sentences, by_letter(tiny_sentences)], config)
    scores = iter([[0.9, 0.1], [0.6, 0.6], [None, 0.55]])
    monkeypatch.setattr("postagger.training.trainer.accuracies_on", lambda *_: next(scores))
    weights: list[Tensor] = []

    def watch(_: EpochRecord) -> None:
        weights.append(networks["column 1"].head.scores.weight.clone())

    records = train(joint.network, joint.data, joint.data, config.training, heads=networks, on_epoch=watch)
    assert [each.dev_accuracy for each in records] == pytest.approx([0.5, 0.6, 0.55])
    kept: Any = networks["column 1"].head.scores.weight
    assert [torch.equal(kept, each) for each in weights] == [False, True, False]
