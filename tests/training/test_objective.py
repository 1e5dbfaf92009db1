"""The loss on a batch: cross-entropy, R-Drop, and the settings that affect it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import Config
from postagger.batches import Batch, EncodedCorpus
from postagger.corpora import TaggedSentence
from postagger.features import TagSet, WordEncoding
from postagger.models import build_network
from postagger.training import TrainingSet, train
from postagger.training.objective import batch_loss, divergence

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("seed", "one_thread")


def prepare(sentences: list[TaggedSentence], config: Config) -> TrainingSet:
    encoding = WordEncoding.fit((word for sentence in sentences for word, _ in sentence), config.words)
    tagset = TagSet.from_sentences(sentences)
    data = EncodedCorpus.encode(sentences, encoding, tagset)
    return TrainingSet(build_network(config, encoding, tagset), data)


def smoothed(scores: Tensor, tags: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy with smoothed labels, by hand."""
    logs = scores.log_softmax(1)
    gold = logs[torch.arange(len(tags)), tags]
    return -((1 - smoothing) * gold + smoothing * logs.mean(1)).mean()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Batch, tuple[Any, ...]]]:
    """Records every batch and the arguments it was made with."""
    made: list[tuple[Batch, tuple[Any, ...]]] = []
    original = EncodedCorpus.batch

    def spied(self: EncodedCorpus, *arguments: Any) -> Batch:
        batch = original(self, *arguments)
        made.append((batch, arguments))
        return batch

    monkeypatch.setattr(EncodedCorpus, "batch", spied)
    return made


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weight", [0.0, 0.5, 3.0])
def test_the_loss_by_hand(
    weight: float,
    smoothing: float,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    batches: list[tuple[Batch, tuple[Any, ...]]],
) -> None:
    config = tiny_config(training={"rdrop_weight": weight, "label_smoothing": smoothing})
    learned = prepare(tiny_sentences, config)
    half = torch.full((len(learned.data.types.columns),), 0.5)
    with torch.no_grad():
        for weights in learned.network.parameters():
            weights.mul_(5)  # initial weights are so small that a dropped word changes almost nothing
        loss, tokens = batch_loss(learned, torch.arange(8), half, config.training)
        passes = [(learned.network(batch), batch.tags) for batch, _ in batches]
    assert tokens == sum(map(len, tiny_sentences[:8]))
    losses = [smoothed(scores, tags, smoothing) for scores, tags in passes if tags is not None]
    if not weight:
        assert len(passes) == 1
        assert loss.item() == pytest.approx(losses[0].item())
        return
    (first, _), (second, _) = passes
    apart = divergence(first, second)
    assert apart > 0.01  # each forward pass drops other words
    assert loss.item() == pytest.approx((sum(losses) / 2 + weight * apart).item())


def test_masked_tokens_have_no_second_pass(
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    batches: list[tuple[Batch, tuple[Any, ...]]],
) -> None:
    config = tiny_config(training={"rdrop_weight": 1.0})
    learned = prepare(tiny_sentences, config)
    masked = TrainingSet(learned.network, learned.data, mask_rate=0.5)
    _, tokens = batch_loss(masked, torch.arange(20), torch.zeros(200), config.training)
    assert len(batches) == 1
    assert 0 < tokens < len(learned.data.tokens)


def test_word_dropout_and_mask_rate_reach_every_batch(
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    batches: list[tuple[Batch, tuple[Any, ...]]],
) -> None:
    """The main data set and the others each use their own rates."""
    config = tiny_config(training={"epochs": 2, "batch_size": 4})
    main, other = prepare(tiny_sentences, config), prepare(tiny_sentences[:7], config)
    others = [TrainingSet(other.network, other.data, 1.0, 0.3)]
    train(main.network, main.data, None, config.training, word_dropout=0.7, mask_rate=0.2, others=others)
    expected = {
        (each.data.unknown_probability(0.7).sum().item(), rate) for each, rate in ((main, 0.2), (other, 0.3))
    }
    assert {(dropout.sum().item(), rate) for _, (_, dropout, rate) in batches} == expected
    assert len(batches) == 2 * (5 + 5)
