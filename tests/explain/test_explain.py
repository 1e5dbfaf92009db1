"""Explanations: the attributions add up, match the network, and are in sentence order."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import Config, ConfigError, Corpus, DataError, Tagger
from postagger.batches import TypeTensors
from postagger.explain import Explanation, Reason
from postagger.models.layers.crf import LinearChainCrf
from postagger.models.logistic import Logistic

MakeConfig = Callable[..., Config]

MODELS: dict[str, dict[str, Any]] = {
    "logistic": {"kind": "logistic"},
    "logistic, crf": {"kind": "logistic", "output": "crf"},
    "window": {"kind": "window"},
    "window, lopsided": {"kind": "window", "left": 3, "right": 0},
    "window, no neighbours": {"kind": "window", "left": 0, "right": 0},
    "window, two layers": {"kind": "window", "hidden": [9, 8], "activation": "tanh"},
    "rnn": {"kind": "rnn"},
    "gru": {"kind": "gru"},
    "lstm": {"kind": "lstm"},
    "lstm, two layers": {"kind": "lstm", "layers": 2},
    "lstm, crf": {"kind": "lstm", "output": "crf"},
}
SENTENCE = ["They", "saw", "the", "glorp", "open", "can", "."]


@pytest.fixture(scope="module")
def taggers(tiny_corpus: Corpus, tiny_config: MakeConfig) -> dict[str, Tagger]:
    found = {}
    for name, model in MODELS.items():
        characters = {"character_dim": 4, "character_filters": 5} if name == "lstm" else {}
        sections = {"words": characters, "training": {"epochs": 30, "learning_rate": 0.03}}
        found[name] = Tagger.train(tiny_corpus, tiny_config(model["kind"], model=model, **sections))
    return found


def at(explanation: Explanation, position: int) -> Reason:
    (reason,) = [reason for reason in explanation.reasons if reason.position == position]
    return reason


# -- attributions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize("name", MODELS)
def test_it_explains_the_predicted_tag(name: str, position: int, taggers: dict[str, Tagger]) -> None:
    tagger = taggers[name]
    found = tagger.explain(SENTENCE, position)
    rates = tagger.distributions(SENTENCE)[position]
    assert found.words == tuple(SENTENCE)
    assert found.position == position
    assert found.tag == tagger.tag(SENTENCE)[position][1]
    assert found.against == next(tag for tag in rates if tag != found.tag)
    assert found.probability == pytest.approx(rates[found.tag], rel=1e-3, abs=1e-6)
    assert found.against_probability == pytest.approx(rates[found.against], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize("name", MODELS)
def test_attributions_add_up_to_the_margin(name: str, position: int, taggers: dict[str, Tagger]) -> None:
    found = taggers[name].explain(SENTENCE, position)
    ratio = torch.tensor(found.probability / found.against_probability)
    assert found.margin == pytest.approx(float(ratio.log()), rel=1e-2, abs=1e-2)
    largest = max(abs(reason.attribution) for reason in found.reasons)
    assert abs(found.rest) < 0.02 * largest
    assert largest > 0.01


@pytest.mark.parametrize("name", MODELS)
def test_parts_add_up_to_their_word(name: str, taggers: dict[str, Tagger]) -> None:
    for reason in taggers[name].explain(SENTENCE, 3).reasons:
        if reason.word:
            assert sum(part.attribution for part in reason.parts) == pytest.approx(
                reason.attribution, abs=1e-4
            )
        else:
            assert reason.parts == ()


@pytest.mark.parametrize("position", [0, 4])
def test_in_logistic_regression_an_attribution_is_weight_times_value(
    position: int, taggers: dict[str, Tagger]
) -> None:
    tagger = taggers["logistic"]
    found = tagger.explain(SENTENCE, position)
    network = tagger.network
    assert isinstance(network.context, Logistic)
    one, other = tagger.tagset[found.tag], tagger.tagset[found.against]
    scores = network.head.scores
    weight = (scores.weight[one] - scores.weight[other]).view(
        3, -1
    ) / tagger.temperature  # a word on each side
    rows = network.words(TypeTensors.of(tagger.encoding.encode(SENTENCE)))
    places = torch.arange(position - 1, position + 2) + 1  # padding is row 0
    expected = (weight * rows[places]).sum(1)
    attributions = [at(found, place).attribution for place in range(position - 1, position + 2)]
    torch.testing.assert_close(torch.tensor(attributions), expected, rtol=1e-4, atol=1e-5)
    start = (scores.bias[one] - scores.bias[other]).item() / tagger.temperature
    assert found.start == pytest.approx(start, abs=1e-5)
    assert abs(found.rest) < 1e-4


def test_another_tag_to_compare_with(taggers: dict[str, Tagger]) -> None:
    tagger = taggers["lstm"]
    usual, other = tagger.explain(SENTENCE, 1), tagger.explain(SENTENCE, 1, against="UH")
    assert other.against == "UH" != usual.against
    assert other.tag == usual.tag
    assert other.margin > usual.margin
    assert abs(other.rest) < 0.02 * max(abs(reason.attribution) for reason in other.reasons)


def test_another_tag_set(tiny_corpus: Corpus, tiny_config: MakeConfig, write: Callable[..., str]) -> None:
    upper = write(
        "task.txt", [[(w, "A" if t.startswith("N") else "B") for w, t in s] for s in tiny_corpus.train]
    )
    datasets = [{"name": "task", "train": upper}]
    tagger = Tagger.train(tiny_corpus, tiny_config("window", datasets=datasets))
    (name,) = set(tagger.heads) - {"tiny"}
    found = tagger.explain(SENTENCE, 2, head=name)
    assert {found.tag, found.against} == {"A", "B"}
    assert found.tag == tagger.tag(SENTENCE, head=name)[2][1]


# -- which words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "position", "expected"),
    [
        ("window", 3, {2, 3, 4}),
        ("window", 0, {-1, 0, 1}),
        ("logistic", 6, {5, 6, 7}),
        ("window, lopsided", 1, {-1, 0, 1}),
        ("window, no neighbours", 3, {3}),
        # A CRF depends on every window of the sentence, a recurrent network on every word.
        ("logistic, crf", 3, {-1, *range(7), 7}),
        ("lstm", 3, {*range(7)}),
        ("lstm, crf", 3, {*range(7)}),
    ],
)
def test_reasons_are_the_words_that_the_network_uses(
    name: str, position: int, expected: set[int], taggers: dict[str, Tagger]
) -> None:
    reasons = taggers[name].explain(SENTENCE, position).reasons
    assert [reason.position for reason in reasons] == sorted(expected)
    for reason in reasons:
        assert reason.word == (SENTENCE[reason.position] if 0 <= reason.position < 7 else "")
        assert reason.attribution != 0


@pytest.mark.parametrize("name", ["window", "logistic"])
def test_no_word_outside_a_window_matters(name: str, taggers: dict[str, Tagger]) -> None:
    near, far = taggers[name].explain(SENTENCE, 3), taggers[name].explain(["I", *SENTENCE[1:6], "?"], 3)
    assert [reason.attribution for reason in near.reasons] == pytest.approx(
        [reason.attribution for reason in far.reasons], abs=1e-5
    )


@pytest.mark.parametrize("name", ["window", "lstm", "lstm, crf"])
@pytest.mark.parametrize("masked", [2, 3, 4])
def test_a_masked_word_is_replaced_by_zeros(name: str, masked: int, taggers: dict[str, Tagger]) -> None:
    tagger = taggers[name]
    found = at(tagger.explain(SENTENCE, 3), masked)
    first = 2 if name == "window" else 0  # only the words of the window are looked up

    def zero(_module: Any, _given: Any, rows: Tensor) -> Tensor:
        rows = rows.clone()
        rows[masked - first + 1] = 0  # row 0 is padding, and no word is repeated
        return rows

    explained = tagger.explain(SENTENCE, 3).tag
    handle = tagger.network.words.register_forward_hook(zero)
    try:
        there = tagger.explain(SENTENCE, 3)
    finally:
        handle.remove()
    assert found.tag_without == there.tag
    if there.tag == explained:
        assert found.probability_without == pytest.approx(there.probability, rel=1e-4)


def test_parts_have_names_and_say_whether_they_are_known(taggers: dict[str, Tagger]) -> None:
    parts = {part.name: part for part in at(taggers["lstm"].explain(SENTENCE, 3), 3).parts}
    assert [(part.name, part.text) for part in parts.values()] == [
        ("word", "glorp"),
        ("prefix1", "g"),
        ("suffix1", "p"),
        ("suffix2", "rp"),
        ("shape", "xx"),
        ("characters", "glorp"),
    ]
    assert not parts["word"].known
    assert not parts["suffix2"].known
    assert parts["prefix1"].known
    assert all(part.attribution != 0 for part in parts.values())


def test_words_are_returned_as_given(taggers: dict[str, Tagger]) -> None:
    words = ['"', "Time", "(", '"']
    found = taggers["logistic, crf"].explain(words, 1)
    assert found.words == tuple(words)
    reasons = [reason for reason in found.reasons if reason.parts]
    assert [reason.word for reason in reasons] == words
    # What the network looks up: the Penn treebank's forms, in lower case.
    assert [reason.parts[0].text for reason in reasons] == ["``", "time", "-lrb-", "''"]


def test_a_steep_network_gets_more_points(
    taggers: dict[str, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights ten times as large turn the gates of an LSTM into switches."""
    tagger = copy.deepcopy(taggers["lstm"])
    with torch.no_grad():
        for weight in tagger.network.context.parameters():
            weight.mul_(10)
    for position in range(len(SENTENCE)):
        found = tagger.explain(SENTENCE, position)
        assert abs(found.rest) < 0.05 * max(1, abs(found.margin - found.start))
    monkeypatch.setattr("postagger.explain.sentence._MOST", 0)
    coarse = [tagger.explain(SENTENCE, position) for position in range(len(SENTENCE))]
    assert max(abs(each.rest) for each in coarse) > 0.5, "it takes more than the first points"


def test_a_crf_may_not_predict_the_most_probable_tag(taggers: dict[str, Tagger]) -> None:
    tagger = copy.deepcopy(taggers["lstm, crf"])
    crf = tagger.network.head
    assert isinstance(crf, LinearChainCrf)
    words = ["saw", "saw"]
    one, two, *_ = range(len(tagger.tagset))
    with torch.no_grad():
        for weight in crf.parameters():
            weight.zero_()
        crf.scores.bias[[one, two]] = 20.0
        # The best sequence begins with the first tag, most of the other likely ones with the second.
        crf.start[one], crf.transitions[one, one] = 0.5, 0.0
        crf.transitions[one, two] = -20.0
    found = tagger.explain(words, 0)
    assert found.tag == tagger.tagset.tags[one]
    assert found.against == tagger.tagset.tags[two]
    assert found.margin < 0
    assert found.probability < found.against_probability


def test_a_loaded_tagger_can_be_explained(taggers: dict[str, Tagger], tmp_path: Path) -> None:
    file = tmp_path / "lstm.safetensors"
    taggers["lstm"].save(file)
    with torch.inference_mode():
        tagger = Tagger.load(file, device="cpu")
        found = tagger.explain(SENTENCE, 3)
    assert found.tag == taggers["lstm"].explain(SENTENCE, 3).tag
    assert tagger.explain(SENTENCE, 3) == found


def test_a_sentence_of_one_word(taggers: dict[str, Tagger]) -> None:
    for tagger in taggers.values():
        found = tagger.explain(["flies"], 0)
        assert found.tag == tagger.tag(["flies"])[0][1]
        assert abs(found.rest) < 0.02 * max(1, *(abs(reason.attribution) for reason in found.reasons))


def test_a_long_sentence_is_processed_in_parts(
    taggers: dict[str, Tagger], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = taggers["lstm"].explain(SENTENCE, 3)
    monkeypatch.setattr("postagger.explain.sentence._TOKENS", 20)
    parts = taggers["lstm"].explain(SENTENCE, 3)
    for one, other in zip(whole.reasons, parts.reasons, strict=True):
        assert one.attribution == pytest.approx(other.attribution, abs=1e-4)
        assert one.tag_without == other.tag_without
        assert one.probability_without == pytest.approx(other.probability_without, abs=1e-5)


# -- side effects and errors ------------------------------------------------------------------------


def test_explaining_has_no_side_effects(taggers: dict[str, Tagger]) -> None:
    tagger = taggers["lstm"]
    before = tagger.tag(SENTENCE)
    slopes = [weight.grad for weight in tagger.network.parameters()]  # training's last
    before_it = [slope if slope is None else slope.clone() for slope in slopes]
    with torch.inference_mode():
        inside = tagger.explain(SENTENCE, 3)
    assert inside == tagger.explain(SENTENCE, 3)
    for weight, slope, kept in zip(tagger.network.parameters(), slopes, before_it, strict=True):
        assert weight.grad is slope
        assert slope is None or kept is None or slope.equal(kept)
    assert tagger.tag(SENTENCE) == before
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("position", ["1", None, 1.0])
def test_a_position_that_is_no_number(position: Any, taggers: dict[str, Tagger]) -> None:
    with pytest.raises(DataError, match="position must be a whole number, 0 or more"):
        taggers["window"].explain(SENTENCE, position)


@pytest.mark.parametrize("position", [-1, 7, 100])
def test_a_position_beyond_the_sentence(position: int, taggers: dict[str, Tagger]) -> None:
    with pytest.raises(DataError, match=f"position {position} is not in this sentence: its 7 words"):
        taggers["window"].explain(SENTENCE, position)


def test_no_word_and_no_list(taggers: dict[str, Tagger]) -> None:
    with pytest.raises(DataError, match="position 0 is not in this sentence"):
        taggers["window"].explain([], 0)
    with pytest.raises(DataError, match="is one string"):
        taggers["window"].explain("Time flies", 0)


def test_a_tag_that_can_t_be_compared_with(taggers: dict[str, Tagger]) -> None:
    tagger = taggers["window"]
    with pytest.raises(ConfigError, match="there is no tag 'NOUN': the tags are "):
        tagger.explain(SENTENCE, 0, against="NOUN")
    with pytest.raises(ConfigError, match="is the predicted tag"):
        tagger.explain(SENTENCE, 0, against=tagger.tag(SENTENCE)[0][1])


def test_one_tag_alone(tiny_config: MakeConfig) -> None:
    tagger = Tagger.train(Corpus("one", [[("a", "X")]], [], []), tiny_config("window"))
    with pytest.raises(ConfigError, match="X is the only tag"):
        tagger.explain(["a"], 0)


@pytest.mark.parametrize("name", ["window", "lstm", "lstm, crf"])
def test_words_explained_together_are_as_each_by_itself(name: str, taggers: dict[str, Tagger]) -> None:
    tagger = taggers[name]
    together = list(tagger.explain_words(SENTENCE))
    assert [found.position for found in together] == list(range(len(SENTENCE)))
    for found, row in zip(together, tagger.distributions(SENTENCE), strict=True):
        alone = tagger.explain(SENTENCE, found.position)
        assert (found.tag, found.against) == (alone.tag, alone.against)
        assert found.margin == pytest.approx(alone.margin, abs=1e-4)
        for one, other in zip(found.reasons, alone.reasons, strict=True):
            assert (one.position, one.tag_without) == (other.position, other.tag_without)
            assert one.attribution == pytest.approx(other.attribution, abs=1e-3)
            assert one.probability_without == pytest.approx(other.probability_without, abs=1e-4)
        assert found.probability == pytest.approx(row[found.tag], abs=1e-4), "at the tagger's temperature"
        assert found.margin == pytest.approx(
            math.log(found.probability / found.against_probability), abs=1e-3
        )
    assert [each.position for each in tagger.explain_words(SENTENCE, [3, 1])] == [3, 1]
