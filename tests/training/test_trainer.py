from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from postagger import Config, Corpus, DataError, Tagger
from postagger.batches import Batch, EncodedCorpus
from postagger.config import TrainingConfig
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.features import TagSet, WordEncoding
from postagger.models import TaggingNetwork, build_head, build_network
from postagger.training import DivergenceError, EpochRecord, Freeze, TrainingSet, train
from postagger.training.objective import batch_loss, divergence
from postagger.training.optimisers import clip, make_optimiser
from postagger.training.schedule import make_schedule
from postagger.training.trainer import accuracies_on

KINDS = ["logistic", "window", "rnn", "gru", "lstm"]
MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("seed", "one_thread")


def accuracy_on(network: TaggingNetwork, data: EncodedCorpus) -> float | None:
    (accuracy,) = accuracies_on([network], data)
    return accuracy


def _encoders(sentences: list[TaggedSentence], config: Config) -> tuple[WordEncoding, TagSet]:
    words = (word for sentence in sentences for word, _ in sentence)
    tags = sorted({tag for sentence in sentences for _, tag in sentence})
    return WordEncoding.fit(words, config.words), TagSet(tags)


def _prepare(sentences: list[TaggedSentence], config: Config) -> tuple[TaggingNetwork, EncodedCorpus]:
    encoders = _encoders(sentences, config)
    return build_network(config, *encoders), EncodedCorpus.encode(sentences, *encoders)


def _weights(network: TaggingNetwork) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def _same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _before_each_step(monkeypatch: pytest.MonkeyPatch, call: Callable[[Optimizer], None]) -> None:
    def spied(parameters: Iterable[nn.Parameter], config: TrainingConfig, *rest: Any) -> Optimizer:
        optimiser = make_optimiser(parameters, config, *rest)
        optimiser.register_step_pre_hook(lambda optimiser, *_: call(optimiser))
        return optimiser

    monkeypatch.setattr("postagger.training.descent.make_optimiser", spied)


# -- training works ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_model_can_memorise_its_training_set(
    kind: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(kind, training={"epochs": 40, "learning_rate": 0.02})
    tagger = Tagger.train(Corpus("tiny", tiny_sentences, [], []), config)
    assert tagger.evaluate_on(tiny_sentences).tokens.value == 1


def test_two_epochs_on_the_treebank(treebank: Corpus) -> None:
    config = Config.model_validate({"training": {"epochs": 2, "device": "cpu"}})
    scores: list[float | None] = []
    Tagger.train(treebank, config, on_epoch=lambda record: scores.append(record.dev_accuracy))
    assert scores[-1] is not None
    assert scores[-1] > 0.93


# -- reproducibility ---------------------------------------------------------------------------------


def _noisy(tiny_config: MakeConfig, kind: str, seed: int) -> Config:
    """A config with every source of randomness: weights, order, three kinds of dropout."""
    return tiny_config(
        kind,
        words={"word_dropout": 0.5, "dropout": 0.2, "character_dim": 4, "character_filters": 4},
        model={} if kind == "logistic" else {"dropout": 0.2},
        training={"seed": seed},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_file(
    kind: str, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        torch.rand(7)  # earlier draws must not matter
        Tagger.train(tiny_corpus, _noisy(tiny_config, kind, 3)).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_gives_other_weights(kind: str, tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    one, other = (
        Tagger.train(tiny_corpus, _noisy(tiny_config, kind, seed)).network.state_dict() for seed in (3, 4)
    )
    assert not any(torch.equal(one[name], other[name]) for name in one if "bias" not in name)


def test_global_random_numbers_are_left_alone(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    before = torch.get_rng_state()
    Tagger.train(tiny_corpus, _noisy(tiny_config, "lstm", 3)).save(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), before)
    Tagger.load(tmp_path / "model").tag(["The", "dog"])
    assert torch.equal(torch.get_rng_state(), before)


# -- the best epoch ----------------------------------------------------------------------------------


def _train_with_dev_scores(
    scores: list[float], sentences: list[TaggedSentence], config: Config, monkeypatch: pytest.MonkeyPatch
) -> tuple[TaggingNetwork, list[dict[str, Tensor]]]:
    """Trains with made-up dev accuracies; returns the network and its weights after each epoch."""
    network, data = _prepare(sentences, config)
    made_up = iter(scores)
    monkeypatch.setattr("postagger.training.trainer.accuracies_on", lambda *_: [next(made_up)])
    weights: list[dict[str, Tensor]] = []
    train(network, data, data, config.training, on_epoch=lambda _: weights.append(_weights(network)))
    return network, weights


def test_the_first_of_equally_good_epochs_is_kept(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = [0.2, 0.8, 0.5, 0.8, 0.0]
    config = tiny_config(training={"epochs": 5})
    network, weights = _train_with_dev_scores(scores, tiny_sentences, config, monkeypatch)
    assert [_same(network.state_dict(), epoch) for epoch in weights] == [False, True, False, False, False]


def test_kept_weights_have_the_best_recorded_accuracy(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """The learning rate rises until it ruins what the first epochs learned."""
    corpus = Corpus("tiny", tiny_sentences[:10], tiny_sentences[10:], [])
    training = {"epochs": 8, "batch_size": 2, "optimiser": "sgd", "learning_rate": 100.0, "warmup": 300}
    config = tiny_config(training=training | {"schedule": "constant"})
    records: list[EpochRecord] = []
    tagger = Tagger.train(corpus, config, on_epoch=records.append)
    scores = [record.dev_accuracy for record in records]
    best = max(score for score in scores if score is not None)
    assert scores[-1] != best, "this needs a run whose last epoch is not the best"
    assert tagger.evaluate_on(corpus, "dev").tokens.value == best == tagger.record.dev_accuracy
    assert scores[tagger.record.best_epoch - 1] == best


@pytest.mark.parametrize(("patience", "epochs"), [(1, 2), (2, 5), (3, 6), (0, 6)])
def test_patience_ends_training(
    patience: int,
    epochs: int,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores = [0.5, 0.4, 0.6, 0.6, 0.5, 0.9]
    config = tiny_config(training={"epochs": 6, "patience": patience})
    _, weights = _train_with_dev_scores(scores, tiny_sentences, config, monkeypatch)
    assert len(weights) == epochs


def test_dev_accuracy_is_of_tagged_tokens_and_unseen_tags_are_wrong(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(training={"epochs": 40, "learning_rate": 0.02})
    encoders = _encoders(tiny_sentences, config)
    network, data = _prepare(tiny_sentences, config)
    train(network, data, None, config.training)
    first, second, *_ = tiny_sentences
    words = [word for word, _ in second]
    for dev, expected in (
        ([first, second], 1.0),
        ([first, [(word, UNTAGGED) for word in words]], 1.0),
        ([first, [(word, "NEW") for word in words]], len(first) / (len(first) + len(second))),
        ([[(word, UNTAGGED) for word in words]], None),
    ):
        assert accuracy_on(network, EncodedCorpus.encode(dev, *encoders)) == expected


def test_the_loss_recorded_is_the_mean_over_tagged_tokens(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """A sentence without tags does not affect the loss, whatever batch it is in."""
    config = tiny_config("logistic", training={"epochs": 1, "batch_size": 1, "learning_rate": 1e-12})
    none = [[(word, UNTAGGED) for word, _ in sentence] for sentence in tiny_sentences]
    network, data = _prepare(tiny_sentences, config)
    more = EncodedCorpus.encode([*tiny_sentences, *none], *_encoders(tiny_sentences, config))
    (alone,), (among,) = (train(network, each, None, config.training) for each in (data, more))
    assert among.loss == pytest.approx(alone.loss, rel=1e-5)


@pytest.mark.parametrize("empty_dev", [False, True])
def test_without_dev_the_last_epoch_is_kept(
    empty_dev: bool, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(training={"epochs": 3, "patience": 1})
    network, data = _prepare(tiny_sentences, config)
    dev = EncodedCorpus.encode([], *_encoders(tiny_sentences, config))
    weights: list[dict[str, Tensor]] = []
    records = train(
        network,
        data,
        dev if empty_dev else None,
        config.training,
        on_epoch=lambda _: weights.append(_weights(network)),
    )
    assert [record.dev_accuracy for record in records] == [None, None, None]
    assert [_same(network.state_dict(), epoch) for epoch in weights] == [False, False, True]
    assert not network.training


# -- updates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "updates"), [(1, 20), (3, 7), (20, 1), ("all", 1), (1000, 1)])
def test_number_of_updates(
    size: int | str,
    updates: int,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[Optimizer] = []
    _before_each_step(monkeypatch, steps.append)
    config = tiny_config(training={"epochs": 2, "batch_size": size})
    network, data = _prepare(tiny_sentences, config)
    records = train(network, data, None, config.training)
    assert len(steps) == 2 * updates
    assert [record.updates for record in records] == [updates, 2 * updates]


def test_each_epoch_takes_each_sentence_once_in_another_order(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    cut = EncodedCorpus.batch

    def spied(corpus: EncodedCorpus, sentences: Tensor, *rest: Any) -> Batch:
        taken.extend(sentences.tolist())
        return cut(corpus, sentences, *rest)

    monkeypatch.setattr(EncodedCorpus, "batch", spied)
    config = tiny_config(training={"batch_size": 3})
    train(*_prepare(tiny_sentences, config), None, config.training)
    first, second = taken[:20], taken[20:]
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second != list(range(20)) != first


def _loss_by_hand(network: TaggingNetwork, data: EncodedCorpus, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy with the gold tag, mixed with the mean over all tags; the mean over all tokens."""
    batch = data.batch(torch.arange(len(data)))
    log: Tensor = network(batch).log_softmax(dim=1)
    gold = torch.stack([row[tag] for row, tag in zip(log, data.tags, strict=True)])
    return -((1 - smoothing) * gold + smoothing * log.mean(dim=1)).mean()


def test_one_epoch_of_full_batch_sgd_by_hand(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(
        training={
            "epochs": 1,
            "batch_size": "all",
            "optimiser": "sgd",
            "learning_rate": 0.5,
            "weight_decay": 0.0,
            "clip_norm": 0.0,
        }
    )
    network, data = _prepare(tiny_sentences, config)
    loss = _loss_by_hand(network, data)
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    loss = loss.detach()
    expected = [
        (weight - 0.5 * gradient).detach()
        for weight, gradient in zip(network.parameters(), gradients, strict=True)
    ]
    (record,) = train(network, data, None, config.training)
    assert record.loss == pytest.approx(float(loss), rel=1e-5)
    for weight, value in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.detach(), value)


@pytest.mark.parametrize("smoothing", [0.0, 0.25])
def test_recorded_loss_is_the_mean_over_tokens(
    smoothing: float, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """Batches of one sentence: the mean of the batches' losses would be another number."""
    config = tiny_config(
        training={
            "epochs": 1,
            "batch_size": 1,
            "optimiser": "sgd",
            "learning_rate": 1e-9,
            "label_smoothing": smoothing,
        }
    )
    network, data = _prepare([*tiny_sentences, [("Long", "JJ")] * 50], config)
    expected = float(_loss_by_hand(network, data, smoothing).detach())
    (record,) = train(network, data, None, config.training)
    assert record.loss == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("bound", "clipped"), [(0.01, True), (0.0, False)])
def test_gradient_clipping_bounds_the_norm(
    bound: float,
    clipped: bool,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    norms: list[float] = []

    def measure(optimiser: Optimizer) -> None:
        gradients = [weight.grad.flatten() for group in optimiser.param_groups for weight in group["params"]]
        norms.append(float(torch.cat(gradients).norm()))

    _before_each_step(monkeypatch, measure)
    # AdamW's rows of words are not in the optimiser
    config = tiny_config(training={"epochs": 1, "clip_norm": bound, "optimiser": "adam"})
    train(*_prepare(tiny_sentences, config), None, config.training)
    assert len(norms) == 5
    if clipped:
        assert norms == pytest.approx([bound] * 5, rel=1e-3)
    else:
        assert min(norms) > 0.01


def test_rows_of_words_are_clipped_with_the_other_gradients(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms = []

    def spied(gradients: list[Tensor], norm: float) -> None:
        clip(gradients, norm)
        norms.append(float(torch.cat([each.flatten() for each in gradients]).norm()))

    monkeypatch.setattr("postagger.training.descent.clip", spied)
    config = tiny_config(training={"epochs": 1, "clip_norm": 0.01})
    train(*_prepare(tiny_sentences, config), None, config.training)
    assert norms == pytest.approx([0.01] * 5, rel=1e-3)


# -- several data sets -------------------------------------------------------------------------------


def _with_second_set(
    sentences: list[TaggedSentence], config: Config, **settings: Any
) -> tuple[Any, Any, TrainingSet]:
    """A network with eight sentences, and a data set of six others, tagged with their words' last letters."""
    other = [[(word, word[-1]) for word, _ in sentence] for sentence in sentences[8:14]]
    words = (word for sentence in sentences for word, _ in sentence)
    encoding = WordEncoding.fit(words, config.words)
    main, letters = TagSet.from_sentences(sentences), TagSet.from_sentences(other)
    network = build_network(config, encoding, main)
    head = build_head(config, network.context.output_size, len(letters))
    second = TrainingSet(network.with_head(head), EncodedCorpus.encode(other, encoding, letters), **settings)
    return network, EncodedCorpus.encode(sentences[:8], encoding, main), second


@pytest.mark.parametrize(("weight", "count"), [(0.01, 1), (0.5, 4), (1.0, 8), (3.0, 24)])
def test_weights_decide_how_many_sentences_are_drawn_and_all_are_drawn_in_turn(
    weight: float,
    count: int,
    tiny_sentences: list[TaggedSentence],
    tiny_config: MakeConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tiny_config(training={"epochs": 5, "batch_size": 3})
    network, data, second = _with_second_set(tiny_sentences, config, weight=weight)
    taken: list[tuple[bool, list[int]]] = []
    cut = EncodedCorpus.batch

    def spied(corpus: EncodedCorpus, sentences: Tensor, *rest: Any) -> Batch:
        taken.append((corpus is data, sentences.tolist()))
        return cut(corpus, sentences, *rest)

    monkeypatch.setattr(EncodedCorpus, "batch", spied)
    turns = torch.zeros(6)
    orders = set()

    def at_the_end_of_an_epoch(record: EpochRecord) -> None:
        main = [number for is_main, batch in taken if is_main for number in batch]
        others = [number for is_main, batch in taken if not is_main for number in batch]
        assert sorted(main) == list(range(8))
        assert len(others) == count
        turns.add_(torch.bincount(torch.tensor(others), minlength=6))
        assert turns.max() - turns.min() <= 1
        assert len(taken) == 3 + -(-count // 3) == record.updates / record.epoch
        orders.add(tuple(is_main for is_main, _ in taken))
        taken.clear()

    train(network, data, None, config.training, others=[second], on_epoch=at_the_end_of_an_epoch)
    assert len(orders) > 1, "the order of the batches must be random"


def test_data_sets_share_the_backbone_and_each_has_its_head(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights: list[int] = []

    def count(optimiser: Optimizer) -> None:
        weights.append(sum(weight.numel() for group in optimiser.param_groups for weight in group["params"]))

    _before_each_step(monkeypatch, count)
    config = tiny_config(training={"epochs": 40, "learning_rate": 0.02, "optimiser": "adam"})
    network, data, second = _with_second_set(tiny_sentences, config)
    train(network, data, None, config.training, others=[second])
    heads = sum(weight.numel() for weight in second.network.head.parameters())
    assert set(weights) == {network.parameter_count + heads}
    assert second.network.words is network.words
    assert second.network.context is network.context
    assert accuracy_on(network, data) == accuracy_on(second.network, second.data) == 1


def test_the_weights_of_the_best_epoch_are_kept_for_all_heads(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = iter([0.2, 0.8, 0.5])
    monkeypatch.setattr("postagger.training.trainer.accuracies_on", lambda *_: [next(made_up)])
    config = tiny_config(training={"epochs": 3})
    network, data, second = _with_second_set(tiny_sentences, config)
    weights: list[dict[str, Tensor]] = []
    train(
        network,
        data,
        data,
        config.training,
        others=[second],
        on_epoch=lambda _: weights.append(_weights(second.network)),
    )
    assert [_same(second.network.state_dict(), epoch) for epoch in weights] == [False, True, False]


@pytest.mark.parametrize("optimiser", ["adam", "adamw"])
@pytest.mark.parametrize("kind", ["window", "lstm"])
def test_with_one_data_set_training_is_a_plain_loop(
    kind: str, optimiser: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """Bit for bit, with all random draws; except AdamW, which moves rows of words lazily."""
    config = _noisy(tiny_config, kind, 1)
    config = config.model_copy(
        update={"training": config.training.model_copy(update={"optimiser": optimiser})}
    )
    network, data = _prepare(tiny_sentences, config)
    by_hand = copy.deepcopy(network)
    torch.manual_seed(5)
    train(network, data, None, config.training, word_dropout=0.5)

    torch.manual_seed(5)
    how = config.training
    assert isinstance(how.epochs, int)
    hidden = data.unknown_probability(0.5)
    rule = make_optimiser(by_hand.parameters(), how)
    schedule = make_schedule(rule, how, how.epochs * 5)
    by_hand.train()
    for _ in range(how.epochs):
        for sentences in torch.randperm(len(data)).split(4):
            rule.zero_grad()
            by_hand.loss(data.batch(sentences, hidden)).backward()
            nn.utils.clip_grad_norm_(by_hand.parameters(), how.clip_norm)
            rule.step()
            schedule.step()
    if optimiser == "adam":
        assert _same(network.state_dict(), by_hand.state_dict())
    for one, other in zip(network.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("output", ["softmax", "crf"])
@pytest.mark.parametrize("kind", KINDS)
def test_in_bfloat16_a_model_learns_as_well_and_its_weights_stay_in_float32(
    kind: str, output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    words = {"character_dim": 4, "character_filters": 4}
    how = {"epochs": 40, "learning_rate": 0.02}
    losses = {}
    for dtype in ("float32", "bfloat16"):
        config = tiny_config(kind, words=words, model={"output": output}, training={**how, "dtype": dtype})
        network, data = _prepare(tiny_sentences, config)
        losses[dtype] = [record.loss for record in train(network, data, None, config.training)]
        assert accuracy_on(network, data) == 1
        assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"][0] == pytest.approx(losses["float32"][0], rel=0.05)


def test_data_sets_may_have_masked_tokens_and_distributions(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(training={"epochs": 60, "learning_rate": 0.02})
    network, data, masked = _with_second_set(tiny_sentences, config, mask_rate=0.3)
    tags = torch.eye(int(masked.data.tags.max()) + 1)[masked.data.tags].half()
    soft = EncodedCorpus(masked.data.types, masked.data.tokens, tags, masked.data.lengths, has_words=True)
    others = [masked, TrainingSet(masked.network, soft)]
    records = train(network, data, None, config.training, others=others)
    assert records[-1].loss < records[0].loss
    assert accuracy_on(network, data) == accuracy_on(masked.network, masked.data) == 1


# -- averaging and freezing -------------------------------------------------------------------------


def test_averaged_weights_are_a_moving_average_by_hand(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(training={"averaging": 0.75, "learning_rate": 0.02})
    network, data = _prepare(tiny_sentences, config)
    average: dict[str, Tensor] = {}

    def note() -> None:
        for name, weight in _weights(network).items():
            average[name] = 0.75 * average[name] + 0.25 * weight if name in average else weight

    steps: list[Optimizer] = []
    _before_each_step(monkeypatch, lambda optimiser: note() if steps else steps.append(optimiser))
    last: list[dict[str, Tensor]] = []
    train(network, data, None, config.training, on_epoch=lambda _: last.append(_weights(network)))
    averaged = _weights(network)
    network.load_state_dict(last[-1])
    note()  # the hook runs before each step, so the last one has not been counted yet
    assert not _same(averaged, last[-1])
    for name, weight in averaged.items():
        torch.testing.assert_close(weight, average[name])


def test_dev_accuracy_is_that_of_the_averaged_weights(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(training={"epochs": 6, "averaging": 0.9, "learning_rate": 0.02})
    network, data, second = _with_second_set(tiny_sentences, config)
    live: list[float | None] = []
    records = train(
        network,
        data,
        data,
        config.training,
        others=[second],
        on_epoch=lambda _: live.append(accuracy_on(network, data)),
    )
    scores = [record.dev_accuracy for record in records]
    assert scores != live
    assert accuracy_on(network, data) == max(score for score in scores if score is not None)
    assert second.network.words is network.words


@pytest.mark.parametrize("parts", [("words",), ("words", "context")])
@pytest.mark.parametrize("kind", KINDS)
def test_frozen_modules_keep_their_weights_for_the_first_epochs(
    kind: str, parts: tuple[str, ...], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(kind, training={"epochs": 4, "weight_decay": 0.5})
    network, data, second = _with_second_set(tiny_sentences, config)
    weights = [_weights(network)]
    train(
        network,
        data,
        None,
        config.training,
        others=[second],
        freeze=Freeze([network.get_submodule(part) for part in parts], 2),
        on_epoch=lambda _: weights.append(_weights(network)),
    )
    for name in weights[0]:
        moved = [not one[name].equal(other[name]) for one, other in itertools.pairwise(weights)]
        assert moved == ([False, False, True, True] if name.startswith(parts) else [True] * 4), name
    assert all(weight.requires_grad for weight in network.parameters())


# -- errors ------------------------------------------------------------------------------------------


DIVERGING = {"epochs": 50, "optimiser": "momentum", "learning_rate": 1000.0, "weight_decay": 10.0}


def test_divergence_is_an_error_that_says_where_and_what_to_do(
    tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    """Without a dev part, no epoch is known to be good."""
    corpus = Corpus("tiny", tiny_corpus.train, [], [])
    config = tiny_config(training=DIVERGING | {"clip_norm": 0.0})
    expected = (
        r"the loss is (inf|nan) in update \d of epoch \d+, at a learning rate of \S+: training diverged; "
    )
    with pytest.raises(DivergenceError, match=expected + r"lower training.learning_rate \(now 1000.0\)"):
        Tagger.train(corpus, config)


def test_the_best_epoch_before_a_divergence_is_kept(
    tiny_corpus: Corpus, tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two good epochs of four updates, the loss is no number."""
    config = tiny_config(training={"epochs": 6, "learning_rate": 0.02})
    losses = 0

    def spied(*arguments: Any) -> tuple[Tensor, int]:
        nonlocal losses
        losses += 1
        loss, learned = batch_loss(*arguments)
        return (loss * torch.nan if losses == 10 else loss), learned

    expected = Tagger.train(tiny_corpus, tiny_config(training={"epochs": 6, "learning_rate": 0.02}))
    monkeypatch.setattr("postagger.training.descent.batch_loss", spied)
    records: list[EpochRecord] = []
    problem = "the loss is nan in update 2 of epoch 3, at a learning rate of .*, after a gradient of norm .*"
    with pytest.warns(UserWarning, match=f"{problem}; the best epoch before, [12], is kept"):
        tagger = Tagger.train(tiny_corpus, config, on_epoch=records.append)
    assert len(records) == tagger.record.epochs == 2
    assert tagger.record.problem is not None
    assert re.match(problem, tagger.record.problem)
    assert tagger.record.dev_accuracy == max(record.dev_accuracy or 0 for record in records)
    assert expected.record.problem is None


@pytest.mark.parametrize("sentences", [[], [[], []]])
def test_an_empty_training_set_is_an_error(
    sentences: list[TaggedSentence], tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    with pytest.raises(DataError, match="training set of 'nothing' contains no sentence"):
        Tagger.train(Corpus("nothing", sentences, tiny_sentences, []), tiny_config())
    network, _ = _prepare(tiny_sentences, tiny_config())
    data = EncodedCorpus.encode(sentences, *_encoders(tiny_sentences, tiny_config()))
    with pytest.raises(DataError, match="contains no sentence"):
        train(network, data, None, tiny_config().training)


# -- progress ----------------------------------------------------------------------------------------


def test_records_come_epoch_by_epoch(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    config = tiny_config(training={"epochs": 3})
    network, data = _prepare(tiny_corpus.train, config)
    reported: list[EpochRecord] = []
    records = train(network, data, data, config.training, on_epoch=reported.append)
    assert reported == records
    assert [record.epoch for record in records] == [1, 2, 3]
    assert 0 < records[0].seconds < records[1].seconds < records[2].seconds
    assert records[2].loss < records[0].loss
    assert not network.training


# -- R-Drop ------------------------------------------------------------------------------------------


def test_divergence_is_the_mean_kullback_leibler_divergence_of_both_directions(seed: int) -> None:
    assert seed == 1
    first, second = torch.randn(2, 5, 4, dtype=torch.float64)
    p, q = first.softmax(1), second.softmax(1)
    by_hand = torch.stack(
        [
            (p[token] * (p[token] / q[token]).log()).sum() / 2
            + (q[token] * (q[token] / p[token]).log()).sum() / 2
            for token in range(5)
        ]
    )
    torch.testing.assert_close(divergence(first, second), by_hand.mean())
    assert divergence(first, first) == 0


def test_without_dropout_r_drop_changes_nothing(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    weights = []
    for rdrop_weight in (0.0, 1.0):
        config = tiny_config(training={"epochs": 1, "rdrop_weight": rdrop_weight})
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            network, data = _prepare(tiny_sentences, config)
            train(network, data, None, config.training)
        weights.append(_weights(network))
    one, two = weights
    for name in one:
        torch.testing.assert_close(one[name], two[name])


def test_r_drop_brings_the_forward_passes_closer(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    apart = []
    for rdrop_weight in (1e-9, 30.0):
        words = {"dropout": 0.5}
        config = tiny_config(words=words, training={"epochs": 15, "rdrop_weight": rdrop_weight})
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            network, data = _prepare(tiny_sentences, config)
            train(network, data, None, config.training)
            network.train()
            batch = data.batch(torch.arange(len(data)))
            apart.append(
                float(
                    torch.stack(
                        [divergence(network(batch).detach(), network(batch).detach()) for _ in range(5)]
                    ).mean()
                )
            )
    assert apart[1] < apart[0] / 2
