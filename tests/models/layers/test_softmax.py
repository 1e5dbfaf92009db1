from __future__ import annotations

from math import log

import pytest
import torch
from torch.autograd import gradcheck

from postagger.features import TagSet
from postagger.models.layers.softmax import Softmax

# Scores that are logarithms: the probabilities are 1/4, 3/4 and 1/2, 1/2 and 1/10, 9/10.
SCORES = torch.tensor([[log(1.0), log(3.0)], [0.0, 0.0], [log(1.0), log(9.0)]])
LENGTHS = torch.tensor([2, 1])


def test_probabilities_by_hand() -> None:
    expected = torch.tensor([[0.25, 0.75], [0.5, 0.5], [0.1, 0.9]])
    torch.testing.assert_close(Softmax.probabilities(SCORES, LENGTHS), expected)


@pytest.mark.usefixtures("seed")
def test_probabilities_sum_to_1_even_of_huge_scores() -> None:
    probabilities = Softmax.probabilities(torch.randn(50, 7) * 1000, torch.tensor([50]))
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(50))
    assert probabilities.ge(0).all()


def test_the_best_tag_is_the_one_with_the_highest_score() -> None:
    assert Softmax.decode(
        torch.tensor([[0.0, 2.0, 1.0], [-1.0, -3.0, -2.0]]), torch.tensor([2])
    ).tolist() == [1, 0]


def test_the_loss_is_the_mean_over_tokens_of_minus_the_log_probability() -> None:
    loss = Softmax.loss(SCORES, torch.tensor([0, 1, 1]), LENGTHS)
    assert loss.item() == pytest.approx((log(4) + log(2) + log(10 / 9)) / 3)


@pytest.mark.parametrize("left_out", [TagSet.UNSEEN, TagSet.UNTAGGED])
def test_unseen_and_missing_tags_are_left_out_of_the_loss(left_out: int) -> None:
    loss = Softmax.loss(SCORES, torch.tensor([0, left_out, 1]), LENGTHS)
    assert loss.item() == pytest.approx((log(4) + log(10 / 9)) / 2)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_without_any_tag_the_loss_is_0_and_so_is_its_gradient(label_smoothing: float) -> None:
    scores = SCORES.clone().requires_grad_()
    tags = torch.tensor([TagSet.UNTAGGED, TagSet.UNSEEN, TagSet.UNTAGGED])
    loss = Softmax.loss(scores, tags, LENGTHS, label_smoothing)
    (gradient,) = torch.autograd.grad(loss, scores)
    assert loss.item() == 0
    assert not gradient.any()


def test_label_smoothing_spreads_part_of_the_target_evenly() -> None:
    # 0.2 spread over two tags: 0.9 for the gold tag, 0.1 for the other one.
    tokens = [0.9 * log(4) + 0.1 * log(4 / 3), log(2), 0.9 * log(10 / 9) + 0.1 * log(10)]
    loss = Softmax.loss(SCORES, torch.tensor([0, 1, 1]), LENGTHS, 0.2)
    assert loss.item() == pytest.approx(sum(tokens) / 3)
    without = Softmax.loss(SCORES, torch.tensor([0, TagSet.UNSEEN, 1]), LENGTHS, 0.2)
    assert without.item() == pytest.approx((tokens[0] + tokens[2]) / 2)


@pytest.mark.usefixtures("seed")
def test_scores_are_an_affine_function_of_the_context() -> None:
    head, context = Softmax(3, 4), torch.randn(5, 3)
    torch.testing.assert_close(head(context), context @ head.scores.weight.T + head.scores.bias)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_gradients_of_the_loss(label_smoothing: float) -> None:
    head = Softmax(2, 3).double()
    context = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    tags = torch.tensor([2, 0, TagSet.UNSEEN, 1])
    # gradcheck changes its inputs in place, so that the weights need not be handed to the head
    assert gradcheck(
        lambda context, *_: head.loss(head(context), tags, torch.tensor([4]), label_smoothing),
        (context, *head.parameters()),
    )


@pytest.mark.usefixtures("seed")
def test_the_gradient_of_the_loss_is_probability_minus_target() -> None:
    scores = torch.randn(3, 4, requires_grad=True)
    tags = torch.tensor([3, TagSet.UNSEEN, 0])
    (gradient,) = torch.autograd.grad(Softmax.loss(scores, tags, LENGTHS), scores)
    expected = Softmax.probabilities(scores.detach(), LENGTHS)
    expected[0, 3] -= 1
    expected[2, 0] -= 1
    expected[1] = 0
    torch.testing.assert_close(gradient, expected / 2)
