"""The parts of a minibatch together give the loss and the gradients of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from postagger.batches import Batch, EncodedCorpus, TypeTensors
from postagger.config import Config, parse_config
from postagger.corpora import TaggedSentence
from postagger.features import TagSet, WordEncoding
from postagger.models import ContextModel, TaggingNetwork, build_network
from postagger.models.layers.softmax import Softmax
from postagger.random_numbers import own_random_numbers, states
from postagger.training.objective import TrainingSet, batch_loss
from postagger.training.parts import Part, part_of
from postagger.training.world import World

MakeConfig = Callable[..., Config]


class OneOf(World):
    """One of several processes, without the others."""

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size

    def part(self, batch: Batch) -> Part:
        return part_of(batch, self.rank, self.size)


def _training_set(
    sentences: list[TaggedSentence],
    config: Config,
    *,
    soft: bool = False,
    columns: int = 1,
    mask: float = 0.0,
) -> TrainingSet:
    encoding = WordEncoding.fit((word for each in sentences for word, _ in each), config.words)
    tagset = TagSet(sorted({tag for each in sentences for _, tag in each}))
    data = EncodedCorpus.encode(sentences, encoding, tagset)
    tags = data.tags.clone()
    tags[::5] = TagSet.UNTAGGED  # so that the heads learn from different numbers of tokens
    if soft:
        tags = torch.rand(len(tags), len(tagset)).softmax(1).half()
    others = [data.tags.clone()] * (columns - 1)
    data = EncodedCorpus(
        data.types, data.tokens, tags, data.lengths, has_words=data.has_words, other_tags=others
    )
    network = build_network(config, encoding, tagset)
    heads = tuple(network.with_head(build_network(config, encoding, tagset).head) for _ in others)
    return TrainingSet(network, data, mask_rate=mask, others=heads)


CASES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "window": ({}, {}),
    "logistic": ({"model": {"kind": "logistic"}}, {}),
    "lstm": ({"model": {"kind": "lstm", "hidden": 8, "layers": 2}}, {}),
    "gru": ({"model": {"kind": "gru", "hidden": 8, "layers": 3}}, {}),
    "variational": ({"model": {"kind": "rnn", "hidden": 8, "layers": 2, "variational": True}}, {}),
    "crf": ({"model": {"kind": "window", "hidden": [8], "output": "crf"}}, {}),
    "distributions": ({}, {"soft": True}),
    "two heads": ({}, {"columns": 2}),
    "masked words": ({}, {"mask": 0.3}),
    "R-Drop": ({"training": {"rdrop_weight": 2.0}}, {"columns": 2}),
    "smoothing": ({"training": {"label_smoothing": 0.1}}, {}),
}


@pytest.mark.parametrize("size", [2, 3, 7])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_losses_and_gradients_add_up(
    case: tuple[dict[str, object], dict[str, object]],
    size: int,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    seed: int,
) -> None:
    """Also where there are more processes than sentences; with dropout, and words masked and in capitals."""
    settings, kind = case
    data = tiny_config().model_dump(mode="json") | {"model": {"kind": "window", "hidden": [8]}} | settings
    data["words"] |= {"dropout": 0.3}
    if data["model"]["kind"] != "logistic":
        data["model"] |= {"dropout": 0.3}
    config = parse_config(data)
    learned = _training_set(tiny_sentences, config, **kind)  # type: ignore[arg-type]
    learned.data.case_noise = 0.5
    probability = torch.full((len(learned.data.types.columns),), 0.3)
    sentences = torch.tensor([3, 1, 18, 7, 4])

    def loss_of(world: World) -> tuple[float, list[torch.Tensor]]:
        with own_random_numbers(seed):
            loss, tokens = batch_loss(learned, sentences, probability, config.training, world)
        counts.append(tokens)
        weights = [each for network in learned.networks for each in network.parameters()]
        return loss.item(), list(torch.autograd.grad(loss, weights))

    counts: list[int] = []
    whole, gradients = loss_of(World())
    parts = [loss_of(OneOf(rank, size)) for rank in range(size)]
    assert sum(loss for loss, _ in parts) == pytest.approx(whole, rel=1e-5)
    assert len(set(counts)) == 1
    for expected, *found in zip(gradients, *(each for _, each in parts), strict=True):
        torch.testing.assert_close(torch.stack(found).sum(0), expected, rtol=1e-4, atol=1e-6)


class Foreign(ContextModel):
    """Draws from torch's random numbers, and not for the tokens of its batch."""

    output_size = 8

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 8)

    def forward(self, vectors: torch.Tensor, batch: Batch) -> torch.Tensor:
        self.drawn = nn.functional.dropout(torch.ones(99))
        row: torch.Tensor = self.layer(vectors.mean(1, keepdim=True))
        return row[batch.index]


def test_a_model_from_elsewhere_draws_other_numbers_in_each_process_and_changes_no_common_ones(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, seed: int
) -> None:
    learned = _training_set(tiny_sentences, tiny_config())
    context = Foreign()
    network = TaggingNetwork(learned.network.words, context, Softmax(8, 21))
    learned = TrainingSet(network, learned.data)
    probability = torch.full((len(learned.data.types.columns),), 0.3)
    after, drawn = [], []
    for rank in (0, 1, 2, 0):
        with own_random_numbers(seed):
            for sentences in (torch.arange(7), torch.arange(9, 11)):
                batch_loss(learned, sentences, probability, tiny_config().training, OneOf(rank, 3))
                drawn.append(context.drawn)
            after.append(states()["cpu"])
    assert all(torch.equal(each, after[0]) for each in after)
    assert len({tuple(each.tolist()) for each in drawn}) == 6
    assert torch.equal(torch.stack(drawn[:2]), torch.stack(drawn[6:]))


def test_every_sentence_is_in_one_part_and_the_parts_are_of_like_size() -> None:
    lengths = torch.tensor([9, 2, 4, 7, 3, 1, 8])
    batch = _numbered(lengths)
    parts = [part_of(batch, rank, 3) for rank in range(3)]
    found = [part.batch.types.columns[part.batch.index, 0].tolist() for part in parts]
    assert sorted(token for each in found for token in each) == list(range(1, 35))
    assert [len(each) for each in found] == [12, 11, 11]
    assert sum(part.tokens for part in parts) == pytest.approx(1.0)
    for part in parts:
        assert len(part.batch.types.columns) % 16 == 0
        assert not part.batch.types.columns[0].any()


def test_without_a_sentence_of_its_own_a_process_has_shares_of_nothing() -> None:
    batch = replace(_numbered(torch.tensor([2, 1])), tags=torch.tensor([0, 1, 0]))
    part = part_of(batch, 2, 3)
    assert part.heads == (0.0,)
    assert part.tokens == 0.0
    assert part.batch.lengths.tolist() == [1]


def _numbered(lengths: torch.Tensor) -> Batch:
    """A batch in which every token is a word of its own, numbered from 1."""
    count = int(lengths.sum())
    columns = torch.arange(count + 1).unsqueeze(1)
    nothing = torch.zeros(count + 1, 0, dtype=torch.long)
    return Batch(TypeTensors(columns, nothing, nothing), torch.arange(1, count + 1), lengths)
