"""What a Python prompt and a notebook show of each public object: short, and what it is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import postagger
from postagger import Config, Corpus, Ensemble, Tagger, load_config, load_corpus, segment
from postagger.config.presets import preset_names

LONGEST = 300
"""Characters of the `repr` of an object."""

HOSTILE = "<img src=x onerror=alert(1)>&\x1b[2J\ud800"

SENTENCE = ["They", "look", "the", "old", "word", "up", ",", "$", "5", "and", "$", "6", "."]

NO_OBJECT = {
    "ContextModel",
    "Encoder",
    "KeyedVectors",
    "ModelConfig",
    "Network",
    "Predictor",
    "SentenceTagger",
    "System",
    "TaggingNetwork",  # as torch shows a network
    "Teacher",
    "Tracker",
}
"""Protocols, base classes, and networks."""


@pytest.fixture(scope="module")
def sample() -> Corpus:
    return load_corpus("sample")


@pytest.fixture(scope="module")
def tagger(sample: Corpus) -> Tagger:
    few = replace(sample, train=sample.train[:100])
    return Tagger.train(few, {"model": {"kind": "window", "hidden": [8]}, "training": {"epochs": 1}})


Objects = dict[str, list[Any]]


@pytest.fixture(scope="module")
def objects(sample: Corpus, tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """Some objects of each public class, by its name."""
    everything = [
        *_of_corpora(sample),
        *_of_taggers(tagger, sample),
        *_of_features(),
        *_of_pipelines(sample, tmp_path_factory.mktemp("runs")),
        *_of_comparisons(sample, tmp_path_factory.mktemp("comparison")),
        *map(load_config, preset_names()),
    ]
    found: Objects = {}
    for each in everything:
        found.setdefault(type(each).__name__, []).append(each)
    for config in found["Config"]:
        for section in config:
            for each in section[1] if isinstance(section[1], tuple) else [section[1]]:
                found.setdefault(type(each).__name__, []).append(each)
    return found


def _of_corpora(sample: Corpus) -> list[Any]:
    from postagger.corpora import HeldOut
    from postagger.corpora.diagnosis import check_corpus
    from postagger.corpora.readers import READERS

    check = check_corpus(sample)
    bad = check_corpus([[("a" * 1000, "_"), ("b", "B" * 1000)]] * 3)
    held_out = HeldOut([[word for word, _ in each] for each in sample.test])
    readers = [READERS.known(name) for name in READERS.names()]
    return [sample, sample.documents[0], held_out, check, bad, *bad.findings, *readers]


def _of_taggers(tagger: Tagger, sample: Corpus) -> list[Any]:
    from postagger.checkpoint import VectorsRecord
    from postagger.evaluation import evaluate_challenge
    from postagger.explain.nearest import NearestContexts, Neighbour
    from postagger.inference import ReferencePredictor
    from postagger.models import TrainedModel
    from postagger.runtime import Pieces
    from postagger.runtime.heads import make_head
    from postagger.serving import BatchTagger
    from postagger.tagger import suggest
    from postagger.tagger.numbers import tag_numbers
    from postagger.text.predicted import Predicted
    from postagger.tracking.logged_runs import LoggedEpoch, LoggedRun

    english = Tagger.load("en")
    evaluation = tagger.evaluate_on(sample.test)
    assert evaluation.calibration is not None
    explanation = tagger.explain(SENTENCE, 1)
    checkpoint = english._checkpoint
    model = TrainedModel.from_checkpoint(checkpoint)
    (sentence,) = segment(" ".join(SENTENCE))
    probable = tagger.tag_text(" ".join(SENTENCE), probabilities=True)[0]
    words = [[word for word, _ in each] for each in sample.test]
    scored = next(iter(tagger.scored_tokens(sample.test)))
    near = Neighbour("look", "VBP", 0.98765, ("a",) * 4, ("b",) * 4, 17, 4)
    logged = LoggedEpoch(1, 0.123456789, 0.98765432, 12.3456789)
    return [
        scored, *scored.outcomes.values(), near, NearestContexts(tuple(SENTENCE), 1, "VBP", (near,) * 20),
        logged, LoggedRun("window", (logged,) * 50, 40, True),
        tagger, english, Ensemble([tagger, tagger]), BatchTagger(tagger), checkpoint, english.record,
        tagger.record, VectorsRecord(words=10, dim=3, covered=0.5), model, model.main, english.lexicon,
        english.tagset, english.heads["feats"], english.encoding, *english.encoding.vocabularies.values(),
        evaluation, evaluation.tokens, evaluation.tag_scores()[0], evaluation.calibration,
        next(iter(evaluation.examples.values()))[0], evaluation.calibration.reliability()[0],
        evaluation.calibration.coverage()[0], evaluate_challenge(tagger), explanation,
        *explanation.reasons, explanation.reasons[0].parts, *explanation.reasons[1].parts,
        sentence, sentence[0], probable[0], Predicted("NN", 0.5, {"NN": 0.5, "VB": 0.25}),
        *suggest(tagger, words, 3), tag_numbers(tagger, words, [tagger.head], top=3)[tagger.head],
        make_head(checkpoint, "feats"), Pieces(),
        ReferencePredictor(model.main.network, model.encoding),
    ]  # fmt: skip


def _of_features() -> list[Any]:
    import numpy as np

    from postagger.features import (
        Subwords,
        TagDictionary,
        TagMask,
        TagSet,
        WordClasses,
        WordTypes,
        WordVectors,
    )
    from postagger.text.convert import Output

    words = [f"word{number}" for number in range(1000)]
    integers = np.zeros((1000, 50), np.int64)
    entries = {word: ["NN"] for word in words}
    return [
        Subwords("{}" * 10_000, 1, 2),
        TagDictionary(entries),
        TagMask({word: frozenset(["NN"]) for word in words}, TagSet(["NN", "VB"]), None),
        WordClasses(dict.fromkeys(words, "0110"), (2, 4)),
        WordVectors(tuple(words), np.ones((1000, 50), np.float32)),
        WordTypes(integers, integers, integers),
        Output("vertical", {"xpos": "xpos"}),
    ]


def _of_pipelines(sample: Corpus, folder: Path) -> list[Any]:
    from postagger.batches import EncodedCorpus
    from postagger.config import MODELS, OPTIMISERS, EncoderConfig, PretrainedConfig
    from postagger.models import TrainedModel
    from postagger.pipeline import Reporter, RunFolder
    from postagger.pipeline.plan import plan_training
    from postagger.tracking import Followers, Outcome, Run
    from postagger.tracking.tracker import settings_of
    from postagger.training import EpochRecord, Freeze, MetricsLog, TrainingSet
    from postagger.training.parts import part_of

    model = TrainedModel.load("en")
    plan = plan_training(sample, Config())
    encoded = EncodedCorpus.encode(sample.dev, model.encoding, model.main.tagset)
    batch = next(encoded.batches(7))
    part = part_of(batch, 0, 2).batch
    epoch = EpochRecord(10, 10_000, 0.123456789012, 0.9712345678901, 123.456789012345)
    pretrained = PretrainedConfig(architecture={"a": ["b"] * 1000}, start=(1,), end=(2,), longest=512)
    return [
        plan, *plan.stages, encoded, batch, batch.types, part.origin,
        RunFolder(folder), Reporter(), epoch, Outcome("finished", record=model.record),
        Run(settings_of(Config()), {"tokens": 7}), Followers([]), Freeze([model.main.network], 2),
        MetricsLog(folder / "metrics.csv"), TrainingSet(model.main.network, encoded),
        MODELS.known("window"), OPTIMISERS.known("adamw"),
        EncoderConfig(pretrained=pretrained), pretrained,
    ]  # fmt: skip


def _of_comparisons(sample: Corpus, folder: Path) -> list[Any]:
    from postagger.comparison import Plan, baseline_systems, compare, config_systems
    from postagger.tuning import tune

    few = replace(sample, train=sample.train[:60])
    systems = [
        *baseline_systems(["most_frequent"]),
        *config_systems(["window", "logistic"], ["training.epochs=1", "words.word_dim=4"]),
    ]
    steps: list[Any] = []
    results = compare(systems, few, seeds=1, jobs=1, folder=folder / "compare", on_progress=steps.append)
    tuning = tune(
        load_config("logistic", ["training.epochs=1"]), few, folder / "tune",
        trials=2, sampler="random", seeds=1, jobs=1, on_progress=steps.append,
    )  # fmt: skip
    return [
        Plan.make(systems, sample, seeds=2), *systems, results, *results.systems, *results.pairs, *steps,
        tuning, *tuning.trials, *tuning.space, *(knob.values for knob in tuning.space), *tuning.importances,
    ]  # fmt: skip


def _public_classes() -> dict[str, type]:
    found = {}
    for module in ["", *(each.name for each in pkgutil.iter_modules(postagger.__path__))]:
        if module in ("__main__", "cli"):
            continue
        package = importlib.import_module(f"postagger.{module}".rstrip("."))
        for name in getattr(package, "__all__", ()):
            value = getattr(package, name)
            if inspect.isclass(value) and not issubclass(value, Exception):
                found[name] = value
    return found


UNTRIED = {
    "Importance", "MLflow", "NativePredictor", "NumpyPredictor", "Recalibration", "TensorBoard", "WandB",
}  # fmt: skip
"""Shown as any object of Python, or small, and laborious to make or in need of a large package."""


def test_every_public_class_is_tried(objects: Objects) -> None:
    assert set(_public_classes()) - set(objects) - NO_OBJECT - UNTRIED == set()


def test_every_object_is_shown_in_a_few_lines(objects: Objects) -> None:
    long = {
        name: repr(each)
        for name, some in objects.items()
        for each in some
        if len(repr(each)) > LONGEST and name not in ("Config", "tuple")
    }
    assert long == {}


def test_the_repr_of_a_corpus_has_two_lines(sample: Corpus) -> None:
    assert len(repr(sample).splitlines()) == 2


def test_the_repr_of_a_config_gives_what_was_set(objects: Objects) -> None:
    assert repr(Config()) == "Config()"
    config = load_config("window", ["training.epochs=3", "model.left=1"])
    assert "WindowConfig(left=1)" in repr(config)
    assert "epochs=3" in repr(config)
    assert all(len(repr(each)) < 1000 for each in objects["Config"])


class _Parser(HTMLParser):
    """Collects the elements, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _elements(page: str) -> set[str]:
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.seen


def _elements_shown(value: Any) -> set[str]:
    return _elements(value._repr_html_())


WITH_HTML = ("Calibration", "ChallengeScore", "Evaluation", "Explanation", "Results", "Tuning")


def test_the_html_of_an_object_is_whole_short_and_alone(objects: Objects) -> None:
    for name in WITH_HTML:
        page = objects[name][0]._repr_html_()
        assert "table" in _elements(page), name
        assert len(page) < 40_000, name
        assert not {"script", "link", "style", "img"} & _elements(page)
        assert "http" not in page
        assert "tex2jax_ignore" in page  # dollars are no formula
    others = {name for name, some in objects.items() if hasattr(some[0], "_repr_html_")}
    assert others == set(WITH_HTML)


def test_hostile_texts_are_escaped(objects: Objects) -> None:
    tag = HOSTILE.replace("\x1b", "").replace("\ud800", "")  # a tag has no control character
    gold = [[(HOSTILE, tag), ("b", "B")]] * 20
    corpus = Corpus(tag, gold, gold, [[(HOSTILE, "B"), ("c", tag)]])
    tiny = {"model": {"kind": "window", "hidden": [4]}, "training": {"epochs": 1}}
    tagger = Tagger.train(corpus, tiny)
    results = objects["Results"][0]
    named = replace(
        results,
        systems=tuple(replace(each, name=tag, description=HOSTILE) for each in results.systems),
        pairs=tuple(replace(each, first=tag, second="x", sentence=HOSTILE) for each in results.pairs),
        failures=(HOSTILE,),
        challenge=None,
    )
    for each in (tagger.explain([HOSTILE, "b"], 0), tagger.evaluate_on(corpus.test), named):
        page = each._repr_html_()
        assert "img" not in _elements(page)
        assert "&lt;img" in page
        assert "\x1b" not in page + repr(each)
        assert page.encode()


def test_figures_are_those_of_the_command_line(objects: Objects) -> None:
    from postagger.evaluation import as_table

    evaluation = objects["Evaluation"][0]
    table, page = as_table(evaluation, title=""), evaluation._repr_html_().replace("&nbsp;", " ")
    assert f"{100 * evaluation.tokens.value:.2f}" in table
    for score in evaluation.tag_scores():
        if score.f1 is not None:
            assert f">{100 * score.f1:.2f}<" in page
    results = objects["Results"][0]
    for pair in results.pairs:
        assert f"{100 * pair.difference:.2f}" in results._repr_html_()


def test_progress_says_where_it_is(objects: Objects) -> None:
    """``on_progress=print`` in a notebook."""
    comparison, tuning = objects["ComparisonProgress"][-1], objects["TuningProgress"][0]
    assert str(comparison).startswith("[3/3] ")
    assert str(tuning).startswith("[1/2] trial 1: dev ")


def test_an_explanation_shows_the_whole_sentence(objects: Objects) -> None:
    page = objects["Explanation"][0]._repr_html_()
    shaded = page[page.index("line-height: 2") :]
    places = [shaded.index(f">{word}<") for word in SENTENCE[:4]]  # the window
    assert places == sorted(places)
    assert "old</span> word up , $ 5 and $ 6 .</p>" in page  # beyond the window: not shaded
    assert page.count("outline") == 1
