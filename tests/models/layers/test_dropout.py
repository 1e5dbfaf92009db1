from __future__ import annotations

import pytest
import torch

from postagger.models.layers.dropout import Dropout, SentenceDropout, dropout


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("probability", [0.1, 0.4, 0.75])
def test_values_are_dropped_and_the_others_scaled(probability: float) -> None:
    x = torch.rand(100, 100) + 1
    dropped = dropout(x, probability)
    kept = dropped != 0
    # Four standard deviations of a proportion of 10,000 are at most 0.02.
    assert kept.float().mean().item() == pytest.approx(1 - probability, abs=0.02)
    torch.testing.assert_close(dropped[kept], x[kept] / (1 - probability))


@pytest.mark.usefixtures("seed")
def test_dropped_values_get_no_gradient() -> None:
    x = torch.ones(50, 20, requires_grad=True)
    dropped = dropout(x, 0.4)
    (gradient,) = torch.autograd.grad(dropped.sum(), x)
    assert gradient.equal(dropped)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_seed_drops_the_same(seed: int, dtype: torch.dtype) -> None:
    x = torch.ones(50, 20, dtype=dtype)
    torch.manual_seed(seed)
    once, then = dropout(x, 0.4), dropout(x, 0.4)
    torch.manual_seed(seed)
    assert dropout(x, 0.4).equal(once)
    assert not then.equal(once)
    assert once.dtype == dtype


def test_nothing_is_drawn_where_nothing_is_dropped(seed: int) -> None:
    x = torch.ones(50, 20)
    torch.manual_seed(seed)
    expected = torch.rand(1)
    torch.manual_seed(seed)
    assert Dropout(0.4).eval()(x) is x
    assert Dropout(0).train()(x) is x
    assert torch.rand(1).equal(expected)
    assert not Dropout(0.4).train()(x).all()


def test_variational_dropout_drops_the_same_units_throughout_a_sentence(seed: int) -> None:
    assert seed
    lengths = torch.tensor([3, 1, 40])
    x = torch.rand(44, 200) + 1
    dropped = SentenceDropout(0.4).train()(x, lengths)
    masks = [(part != 0) for part in dropped.split(lengths.tolist())]
    for mask in masks:
        assert mask.equal(mask[:1].expand_as(mask))
        assert mask.float().mean().item() == pytest.approx(0.6, abs=0.15)
    assert not masks[0][0].equal(masks[1][0])
    torch.testing.assert_close(dropped[dropped != 0], x[dropped != 0] / 0.6)
    assert SentenceDropout(0.4).eval()(x, lengths) is x
    assert SentenceDropout(0).train()(x, lengths) is x
