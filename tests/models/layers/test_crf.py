"""Dynamic programming against the enumeration of every tag sequence."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck

from postagger.features import TagSet
from postagger.models.layers.crf import LinearChainCrf
from postagger.models.layers.softmax import Softmax

TAGS = 3
LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=4)
SCALES = st.sampled_from([1.0, 20.0, 100.0, 1e4])
"""Standard deviations of the weights; beyond some 20, exponentials of transitions can't be multiplied."""


def make(lengths: list[int], *, scale: float = 1.0, seed: int = 1) -> tuple[LinearChainCrf, Tensor, Tensor]:
    """A head with random transitions, and random scores of sentences of some lengths."""
    draw = torch.Generator().manual_seed(seed)
    head = LinearChainCrf(2, TAGS).double()
    with torch.no_grad():
        for weight in (head.start, head.transitions, head.end):
            weight.copy_(torch.randn(weight.shape, generator=draw, dtype=torch.float64) * scale)
    scores = torch.randn(sum(lengths), TAGS, generator=draw, dtype=torch.float64) * scale
    return head, scores, torch.tensor(lengths)


def sequences(head: LinearChainCrf, scores: Tensor) -> dict[tuple[int, ...], Tensor]:
    """The score of every tag sequence of one sentence, by plain sums."""
    found = {}
    for tags in itertools.product(range(TAGS), repeat=len(scores)):
        score = head.start[tags[0]] + head.end[tags[-1]]
        for place, tag in enumerate(tags):
            score = score + scores[place, tag]
        for before, after in itertools.pairwise(tags):
            score = score + head.transitions[before, after]
        found[tags] = score
    return found


def log_sum(values: list[Tensor]) -> Tensor:
    return torch.stack(values).logsumexp(0)


@given(LENGTHS, st.integers(0, 1000), SCALES)
def test_the_forward_algorithm_sums_over_every_sequence(lengths: list[int], seed: int, scale: float) -> None:
    head, scores, sizes = make(lengths, seed=seed, scale=scale)
    expected = [log_sum(list(sequences(head, part).values())) for part in scores.split(lengths)]
    found = head.log_partition(scores, sizes)
    order = sizes.argsort(descending=True, stable=True)
    torch.testing.assert_close(found, torch.stack(expected)[order])


@given(LENGTHS, st.integers(0, 1000), SCALES)
def test_viterbi_finds_the_best_of_all_sequences(lengths: list[int], seed: int, scale: float) -> None:
    head, scores, sizes = make(lengths, seed=seed, scale=scale)
    expected: list[int] = []
    for part in scores.split(lengths):
        found = sequences(head, part)
        best = max(found, key=lambda tags: found[tags].item())
        expected += best
    assert head.decode(scores, sizes).tolist() == expected


@given(LENGTHS, st.integers(0, 1000), SCALES)
def test_probabilities_are_sums_over_all_sequences(lengths: list[int], seed: int, scale: float) -> None:
    head, scores, sizes = make(lengths, seed=seed, scale=scale)
    rows = []
    for part in scores.split(lengths):
        found = sequences(head, part)
        total = log_sum(list(found.values()))
        row = torch.zeros(len(part), TAGS, dtype=torch.float64)
        for tags, score in found.items():
            row[range(len(part)), tags] += (score - total).exp().detach()
        rows.append(row)
    torch.testing.assert_close(head.probabilities(scores, sizes), torch.cat(rows))


@given(LENGTHS, st.integers(0, 1000), SCALES)
def test_the_loss_and_its_gradient_are_exact_at_any_scale_in_single_precision(
    lengths: list[int], seed: int, scale: float
) -> None:
    head, scores, sizes = make(lengths, seed=seed, scale=scale)
    tags = torch.randint(0, TAGS, (len(scores),), generator=torch.Generator().manual_seed(seed))
    found = []
    for dtype in (torch.float64, torch.float32):
        own = scores.to(dtype).requires_grad_()
        loss = head.to(dtype).loss(own, tags, sizes)
        (gradient,) = torch.autograd.grad(loss, own)
        found.append((loss.double(), gradient.double()))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-6 * max(1.0, scale))


@given(LENGTHS, st.integers(0, 1000), st.data())
def test_margins_are_log_ratios_at_one_token_of_each_sentence(
    lengths: list[int], seed: int, data: st.DataObject
) -> None:
    head, scores, sizes = make(lengths, seed=seed)
    places = torch.tensor([data.draw(st.integers(0, length - 1)) for length in lengths])
    tokens = sizes.cumsum(0) - sizes + places
    rates = head.probabilities(scores, sizes)[tokens].log()
    scores.requires_grad_()
    found = head.margins(scores, sizes, tokens, 0, TAGS - 1)
    torch.testing.assert_close(found, rates[:, 0] - rates[:, TAGS - 1])
    (slope,) = torch.autograd.grad(found.sum(), scores)
    assert slope.isfinite().all()


@given(LENGTHS, st.integers(0, 1000), st.data())
def test_the_loss_sums_over_every_sequence_that_agrees_with_the_gold_tags(
    lengths: list[int], seed: int, data: st.DataObject
) -> None:
    head, scores, sizes = make(lengths, seed=seed)
    tag = st.integers(min(TagSet.UNSEEN, TagSet.UNTAGGED), TAGS - 1)
    gold = data.draw(st.lists(tag, min_size=sum(lengths), max_size=sum(lengths)))
    expected = torch.zeros((), dtype=torch.float64)
    for part, tags in zip(scores.split(lengths), torch.tensor(gold).split(lengths), strict=True):
        found = sequences(head, part)
        right = [
            score
            for prediction, score in found.items()
            if all(
                wanted in (TagSet.UNSEEN, TagSet.UNTAGGED, given)
                for wanted, given in zip(tags.tolist(), prediction, strict=True)
            )
        ]
        expected = expected + log_sum(list(found.values())) - log_sum(right)
    loss = head.loss(scores, torch.tensor(gold), sizes)
    torch.testing.assert_close(loss, expected / max(1, sum(tag >= 0 for tag in gold)))


def test_without_any_tag_the_loss_is_0_and_so_is_its_gradient() -> None:
    head, scores, lengths = make([3, 1], scale=3)
    scores.requires_grad_()
    loss = head.loss(scores, torch.full((4,), TagSet.UNTAGGED), lengths)
    (gradient,) = torch.autograd.grad(loss, scores)
    assert loss.item() == 0
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))


def test_gradients_of_the_loss() -> None:
    head, _, lengths = make([3, 1, 2])
    tags = torch.tensor([2, TagSet.UNSEEN, 1, 0, 1, 1])
    context = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    # gradcheck changes its inputs in place, so that the weights need not be handed to the head
    assert gradcheck(
        lambda context, *_: head.loss(head(context), tags, lengths), (context, *head.parameters())
    )


def test_without_transitions_it_is_the_softmax() -> None:
    head, scores, lengths = make([4, 2], scale=2)
    for weight in (head.start, head.transitions, head.end):
        torch.nn.init.zeros_(weight)
    tags = torch.tensor([0, 1, TagSet.UNSEEN, 0, 1, 2])
    torch.testing.assert_close(head.probabilities(scores, lengths), scores.softmax(1))
    torch.testing.assert_close(head.loss(scores, tags, lengths), Softmax.loss(scores, tags, lengths))
    assert head.decode(scores, lengths).equal(scores.argmax(1))


@pytest.mark.parametrize("scale", [1e-3, 30.0, 200.0])
def test_long_sentences_and_large_scores_stay_finite_in_single_precision(scale: float) -> None:
    """Scores of 200 leave the range of float32's exponential many times over."""
    head, scores, lengths = make([400, 1, 33], scale=1)
    head.float()
    wide = (scores * scale).float().requires_grad_()
    tags = torch.arange(434) % TAGS
    loss = head.loss(wide, tags, lengths)
    loss.backward()
    assert loss.isfinite()
    assert wide.grad is not None
    assert wide.grad.isfinite().all()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in head.parameters())
    rows = head.probabilities(wide.detach(), lengths)
    torch.testing.assert_close(rows.sum(1), torch.ones(434), atol=1e-3, rtol=0)


def test_a_sentence_alone_gives_the_same_as_in_a_batch() -> None:
    head, scores, lengths = make([2, 5, 1, 5])
    together = head.decode(scores, lengths), head.probabilities(scores, lengths)
    for part, tags, rows in zip(
        scores.split(lengths.tolist()),
        *(result.split(lengths.tolist()) for result in together),
        strict=True,
    ):
        assert head.decode(part, torch.tensor([len(part)])).equal(tags)
        torch.testing.assert_close(head.probabilities(part, torch.tensor([len(part)])), rows)


def test_probabilities_can_be_computed_in_inference_mode() -> None:
    head, scores, lengths = make([3, 2])
    with torch.inference_mode():
        rows = head.probabilities(scores * 1, lengths)
    torch.testing.assert_close(rows, head.probabilities(scores, lengths))
    assert all(weight.grad is None for weight in head.parameters())
