"""Models, optimisers and systems from outside the package: what works with them, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from postagger import Config, ConfigError, Corpus, Ensemble, ModelFileError, Tagger
from postagger.batches import Batch
from postagger.cli import main
from postagger.comparison import SYSTEMS, BaselineSystem, ConfiguredSystem, System, compare, register_system
from postagger.comparison.plan import Plan
from postagger.config import MODELS, OPTIMISERS, GruConfig, ModelConfig, parse_config
from postagger.config.training import TrainingConfig
from postagger.models import ContextModel, register_model
from postagger.models.recurrent import Gru
from postagger.tagger import SentenceTagger
from postagger.training import register_optimiser

MakeConfig = Callable[..., Config]

MODULE = """
from pathlib import Path
from torch import nn
from torch.optim import SGD
from postagger.config import ModelConfig
from postagger.models import ContextModel, register_model
from postagger.training import register_optimiser

Path(__file__).with_suffix(".imported").touch()

class Settings(ModelConfig):
    kind: str = "NAME"
    units: int = 8

@register_model("NAME", Settings)
class Thing(ContextModel):
    window = (0, 0)
    def __init__(self, config, size):
        super().__init__()
        self.layer, self.output_size = nn.Linear(size, config.units), config.units
    def forward(self, vectors, batch):
        return self.layer(vectors).tanh()[batch.index]

@register_optimiser("NAME_steps", learning_rate=0.5)
def steps(parameters, config):
    return SGD(parameters, config.learning_rate)
"""


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers or imports is forgotten after it."""
    for registry in (MODELS, OPTIMISERS, SYSTEMS):
        monkeypatch.setattr(registry, "_entries", dict(registry.entries()))
    modules, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.endswith("_module"):
            del sys.modules[name]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """``module("a_module")`` writes a module to a folder on the path; returns the file its import creates."""

    def write(name: str) -> Path:
        (tmp_path / f"{name}.py").write_text(MODULE.replace("NAME", name.removesuffix("_module")))
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path / f"{name}.imported"

    return write


def _forget(name: str) -> None:
    """As in a process that never imported the module."""
    del sys.modules[name]
    MODELS._entries.pop(name.removesuffix("_module"), None)
    OPTIMISERS._entries.pop(f"{name.removesuffix('_module')}_steps", None)


def _config(tiny_config: MakeConfig, model: dict[str, Any], **training: Any) -> Config:
    sections = tiny_config().model_dump(mode="json", exclude_unset=True)
    for suited in ("learning_rate", "weight_decay"):
        sections["training"].pop(suited, None)  # those of another optimiser
    return parse_config({**sections, "model": model, "training": {**sections["training"], **training}})


# -- a subclass that overrides forward --------------------------------------------------------------------


class LaterGru(Gru):
    """Answers each token with the negated state: its own forward pass, and nobody else's."""

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        return -super().forward(vectors, batch).flip(1)


class LaterGruConfig(GruConfig):
    kind: str = "later_gru"  # type: ignore[assignment]


def test_a_subclass_is_read_by_its_own_forward_pass(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register_model("later_gru", LaterGruConfig)(LaterGru)
    model = {"kind": "later_gru", "hidden": 8, "dropout": 0.0}
    # Its dev part is what it learns, so that the tags are right and not chance.
    corpus = Corpus("tiny", tiny_corpus.train, tiny_corpus.train, [])
    tagger = Tagger.train(corpus, _config(tiny_config, model, epochs=60, learning_rate=0.02))
    assert tagger.record.dev_accuracy is not None
    assert tagger.record.dev_accuracy > 0.9
    assert isinstance(tagger.network.context, LaterGru)
    sentences = [[word for word, _ in sentence] for sentence in corpus.dev]
    with torch.no_grad():
        plain = [[tagger.tagset.tags[tag] for tag in _tags(tagger, words)] for words in sentences]
    assert [[tag for _, tag in each] for each in tagger.tag_sents(sentences)] == plain
    assert tagger.evaluate_on(corpus, "dev").tokens.value == tagger.record.dev_accuracy
    file = tmp_path / "model.safetensors"
    tagger.save(file)
    (tmp_path / "words.txt").write_text("".join(" ".join(words) + "\n" for words in sentences))
    assert main(["tag", str(file), str(tmp_path / "words.txt"), "--tokenized"]) == 0
    told = [tag for tags in plain for tag in tags]
    assert [token.rpartition("/")[2] for token in capsys.readouterr().out.split()] == told


def _tags(tagger: Tagger, words: Sequence[str]) -> list[int]:
    from postagger.batches import EncodedCorpus

    encoded = EncodedCorpus.encode([[(word, "_") for word in words]], tagger.encoding, tagger.tagset)
    (batch,) = encoded.batches(1)
    return [int(tag) for tag in tagger.network(batch).argmax(dim=1)]


# -- mistakes, told before training -----------------------------------------------------------------------


class AnyConfig(ModelConfig):
    kind: str = "wrong"


class NoContext(nn.Module):
    def __init__(self, _config: AnyConfig, _size: int) -> None:
        super().__init__()


class NoSize(ContextModel):
    def __init__(self, _config: AnyConfig, _size: int) -> None:
        super().__init__()

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        return vectors[batch.index]


class WrongShape(NoSize):
    def __init__(self, config: AnyConfig, size: int) -> None:
        super().__init__(config, size)
        self.output_size = size + 1


class NoForward(ContextModel):
    output_size = 1

    def __init__(self, _config: AnyConfig, _size: int) -> None:
        super().__init__()


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (NoContext, "the model kind 'wrong' must build a ContextModel, but built NoContext"),
        (NoSize, "the model kind 'wrong' must set output_size"),
        (
            WrongShape,
            r"must return a tensor of shape \(tokens, output_size\), here \(3, \d+\); got \(3, \d+\)",
        ),
    ],
)
def test_a_wrong_model_is_an_error_before_training(
    model: type[nn.Module], problem: str, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    register_model("wrong", AnyConfig)(model)
    epochs: list[Any] = []
    with pytest.raises(ConfigError, match=problem):
        Tagger.train(tiny_corpus, _config(tiny_config, {"kind": "wrong"}), on_epoch=epochs.append)
    assert epochs == []


def test_a_model_without_forward_says_so(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    register_model("wrong", AnyConfig)(NoForward)
    with pytest.raises(NotImplementedError, match="NoForward has no forward method"):
        Tagger.train(tiny_corpus, _config(tiny_config, {"kind": "wrong"}))


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("windw", "unknown model.kind 'windw': did you mean 'window'"),
        ("no_such_module:Model", "cannot import the module 'no_such_module'"),
        ("postagger.models.recurrent:Nothing", "the module postagger.models.recurrent has no such name"),
        ("postagger.models.recurrent:Tensor", "is not a model.kind"),
        (":Model", "cannot import the module ''"),
    ],
)
def test_an_unknown_kind(kind: str, problem: str, tiny_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=problem):
        _config(tiny_config, {"kind": kind})


def test_taken_names_are_refused(module: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError, match=r"the model.kind 'gru' exists already: choose another name"):
        register_model("gru", LaterGruConfig)(LaterGru)
    with pytest.raises(ConfigError, match=r"the training.optimiser 'sgd' exists already"):
        register_optimiser("sgd")(
            lambda parameters, config: torch.optim.SGD(parameters, config.learning_rate)
        )
    with pytest.raises(ConfigError, match=r"the system 'hmm' exists already"):
        register_system("hmm")(Constant)
    with pytest.raises(ConfigError, match="must be a subclass of ModelConfig, not <class 'int'>"):
        register_model("mine", int)  # type: ignore[arg-type]
    module("twice_module")
    first = MODELS.find("twice_module:Thing")
    del sys.modules["twice_module"]  # the module runs again, as a notebook's cell does: that is no clash
    assert MODELS.find("twice_module:Thing") is not first


# -- by path, by import, by installing --------------------------------------------------------------------


def test_a_model_file_makes_nothing_be_imported(
    module: Callable[[str], Path],
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marker = module("evil_module")
    config = _config(tiny_config, {"kind": "evil_module:Thing"}, optimiser="evil_module:steps")
    tagger = Tagger.train(tiny_corpus, config)
    assert config.training.learning_rate == 0.5
    sentence = ["The", "old", "dog"]
    expected = tagger.tag(sentence)
    file = tmp_path / "model.safetensors"
    tagger.save(file)
    _forget("evil_module")
    marker.unlink()
    problem = r"'evil_module:Thing', which is not registered.*import evil_module first .*--import evil_module"
    with pytest.raises(ModelFileError, match=problem):
        Tagger.load(file)
    monkeypatch.chdir(tmp_path)
    assert main(["info", str(file)]) == 1
    assert "--import evil_module" in capsys.readouterr().err
    assert not marker.exists()
    assert "evil_module" not in sys.modules
    assert main(["info", str(file), "--import", "evil_module"]) == 0
    assert marker.exists()
    assert Tagger.load(file).tag(sentence) == expected


def test_the_reader_of_a_model_file_is_not_imported(
    module: Callable[[str], Path],
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    tiny_file: Path,
    tmp_path: Path,
) -> None:
    marker = module("evil_module")
    config = tiny_config(corpus={"name": "tiny", "reader": "evil_module:read"})
    file = tmp_path / "model.safetensors"
    Tagger.train(Corpus("tiny", tiny_corpus.train, [], [], loaded_from=config.corpus), config).save(file)
    assert Tagger.load(file).config.corpus.reader == "evil_module:read"
    assert main(["evaluate", str(file), str(tiny_file)]) == 0
    assert not marker.exists()


def test_import_is_of_the_current_folder_too(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here_module.py").write_text(MODULE.replace("NAME", "here"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", str(tmp_path))])
    Path("my.toml").write_text('[model]\nkind = "here"\n[training]\nepochs = 1\noptimiser = "here_steps"\n')
    arguments = [
        "train",
        "my.toml",
        "--set",
        f"corpus.train={tiny_file}",
        "words.word_dim=8",
        "-o",
        "m.safetensors",
    ]
    assert main(arguments) == 2
    assert "unknown model.kind 'here'" in capsys.readouterr().err
    assert main([*arguments, "--import", "nowhere_module"]) == 2
    assert "cannot import the module 'nowhere_module'" in capsys.readouterr().err
    assert str(tmp_path) == sys.path.pop()
    assert main([*arguments, "--import", "here_module"]) == 0
    assert sys.path[-1] == str(tmp_path)  # searched last: nothing here stands before what is installed
    assert main(["tag", "m.safetensors", str(tiny_file), "--tokenized"]) == 0


def test_a_path_in_a_config_is_of_the_current_folder_too(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "path_module.py").write_text(MODULE.replace("NAME", "path"))
    monkeypatch.chdir(tmp_path)
    tiny = ["training.epochs=1", "words.word_dim=8", f"corpus.train={tiny_file}"]
    assert main(["train", "window", "--set", *tiny, "-o", "m.safetensors"]) == 0
    assert str(tmp_path) not in sys.path
    assert (
        main(
            [
                "train",
                "window",
                "--set",
                "model.kind=path_module:Thing",
                *tiny,
                "--force",
                "-o",
                "m.safetensors",
            ]
        )
        == 0
    )


@pytest.fixture
def plugin(module: Callable[[str], Path], tmp_path: Path) -> Path:
    """An installed package with a model and an optimiser; gives the file that its import makes."""
    marker = module("plugin_module")
    info = tmp_path / "plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[postagger.models]\nplugin = plugin_module:Thing\n"
        "[postagger.optimisers]\nplugin_steps = plugin_module:steps\n"
    )
    return marker


def test_an_installed_package_is_known_to_configs_and_not_loaded_by_a_file(
    plugin: Path,
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "plugin" in MODELS.names()
    tiny_config()
    assert not plugin.exists()
    config = _config(tiny_config, {"kind": "plugin"}, optimiser="plugin_steps")
    assert plugin.exists()
    file = tmp_path / "model.safetensors"
    Tagger.train(tiny_corpus, config).save(file)
    _forget("plugin_module")
    plugin.unlink()
    with pytest.raises(
        ModelFileError, match=r"'plugin', which is not registered.*import plugin_module first"
    ):
        Tagger.load(file)
    assert not plugin.exists()
    assert main(["info", str(file)]) == 0  # the command imports what is installed
    assert plugin.exists()
    capsys.readouterr()
    (tmp_path / "plugin_module.py").write_text("import no_such_thing")
    _forget("plugin_module")
    assert main(["info", str(file)]) == 1
    told = capsys.readouterr().err
    assert "skipping an installed package" in told
    assert "no_such_thing" in told


# -- all that is done with a model --------------------------------------------------------------------------


def test_ensembles_and_explanations_of_a_kind_from_outside(
    module: Callable[[str], Path], tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    module("all_module")
    words = ["The", "old", "dog"]
    for seed in (1, 2):
        config = _config(tiny_config, {"kind": "all_module:Thing"}, seed=seed)
        Tagger.train(tiny_corpus, config).save(tmp_path / "models" / f"{seed}.safetensors")
    ensemble = Ensemble.load(tmp_path / "models")
    tagger = Tagger.load(tmp_path / "models" / "1.safetensors")
    assert [word for word, _ in ensemble.tag(words)] == words
    assert sum(ensemble.distributions(words)[0].values()) == pytest.approx(1)
    found = tagger.explain(words, 1)
    assert found.tag == tagger.tag(words)[1][1]
    # Its window is one word: nothing else can have a part in the tag.
    assert {reason.position for reason in found.reasons if reason.attribution} <= {1}


def test_a_tagger_of_it_carries_on_as_a_backbone(
    module: Callable[[str], Path], tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    module("body_module")
    config = _config(tiny_config, {"kind": "body_module:Thing"})
    first = Tagger.train(tiny_corpus, config)
    assert Tagger.train(tiny_corpus, config, backbone=first).record.backbone == "tiny"


# -- comparison ------------------------------------------------------------------------------------


class _AlwaysNoun(SentenceTagger):
    parameter_count = 1

    def __init__(self, corpus: Corpus) -> None:
        from postagger.features import Lexicon, TagSet

        self.tagset, self.lexicon = TagSet.from_sentences(corpus.train), Lexicon.from_sentences(corpus.train)

    def tag_sents(self, sentences: Any) -> Iterator[Any]:
        return ([(word, "NN") for word in words] for words in sentences)


class Constant(System):
    """A system with no more than it needs."""

    name = "constant"
    description = "always a noun"

    def identity(self) -> dict[str, Any]:
        return {"tag": "NN"}

    def train(self, corpus: Corpus, seed: int, on_epoch: Any, cache: Path) -> SentenceTagger:  # noqa: ARG002
        return _AlwaysNoun(corpus)


def test_workers_train_models_and_systems_from_outside(
    module: Callable[[str], Path], tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    module("work_module")
    by_path = _config(tiny_config, {"kind": "work_module:Thing"})
    by_name = _config(tiny_config, {"kind": "work"}, optimiser="work_steps")  # known since the line above
    systems = [ConfiguredSystem("path", by_path), ConfiguredSystem("name", by_name), Constant()]
    results = compare(systems, tiny_corpus, seeds=2, folder=tmp_path / "runs", jobs=2, keep_models=True)
    assert results.failures == ()
    assert [system.name for system in results.systems] == ["path", "name", "constant"]
    assert results.system("constant").seeds == (1, 2)
    assert results.system("constant").description == "always a noun"
    assert sorted(folder.name for folder in (tmp_path / "runs" / "models").iterdir()) == ["name", "path"]


def test_the_code_of_a_model_from_outside_is_a_part_of_what_a_run_rests_on(
    module: Callable[[str], Path], tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    module("code_module")
    config = _config(tiny_config, {"kind": "code_module:Thing"})
    before = ConfiguredSystem("x", config).identity()
    assert ConfiguredSystem("x", config).identity() == before
    file = tmp_path / "code_module.py"
    file.write_text(file.read_text() + "# changed\n")
    assert ConfiguredSystem("x", config).identity() != before
    assert Plan.make([ConfiguredSystem("x", tiny_config()), BaselineSystem("hmm")], tiny_corpus, seeds=1)


def test_a_system_that_lacks_something(tiny_corpus: Corpus, tmp_path: Path) -> None:
    class Lacking(System):
        name = "lacking"

        @property
        def description(self) -> str:
            return "no training"

    with pytest.raises(ConfigError, match=r"can't be compared: it lacks identity, train;"):
        compare([Constant(), Lacking()], tiny_corpus, folder=tmp_path / "a")  # type: ignore[abstract]
    with pytest.raises(ConfigError, match=r"'hmm' can't be compared: it lacks name, description, identity, "):
        compare([Constant(), "hmm"], tiny_corpus, folder=tmp_path / "a")  # type: ignore[list-item]


def test_a_system_that_workers_cannot_have(tiny_corpus: Corpus, tmp_path: Path) -> None:
    class Local(Constant):
        name = "local"

    with pytest.raises(ConfigError, match=r"the system 'local' can't be sent to worker processes .*one job"):
        compare([Constant(), Local()], tiny_corpus, seeds=1, folder=tmp_path / "a", jobs=2)
    assert compare([Constant(), Local()], tiny_corpus, seeds=1, folder=tmp_path / "b", jobs=1).systems


def test_a_system_by_name_and_by_path(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sys_module.py").write_text(
        "from postagger.comparison import BaselineSystem, register_system\n"
        "@register_system('commonest')\n"
        "class Mine(BaselineSystem):\n"
        "    def __init__(self): super().__init__('most_frequent')\n"
    )
    monkeypatch.chdir(tmp_path)
    arguments = [
        "--baselines",
        "hmm",
        "--set",
        f"corpus.name={tiny_file}",
        "--jobs",
        "1",
        "--seeds",
        "1",
        "--json",
    ]
    assert main(["compare", "--baselines", "sys_module:Mine", *arguments]) == 0
    assert "most_frequent" in capsys.readouterr().out
    assert main(["compare", "--baselines", "commonest", "--import", "sys_module", *arguments, "--force"]) == 0
    assert main(["compare", "--baselines", "commonst", *arguments]) == 2
    assert "unknown system 'commonst': did you mean 'commonest'" in capsys.readouterr().err


def test_defaults_of_an_optimiser_from_outside(module: Callable[[str], Path]) -> None:
    module("rate_module")
    OPTIMISERS.find("rate_module:steps")
    assert TrainingConfig(optimiser="rate_steps").learning_rate == 0.5
    assert TrainingConfig(optimiser="rate_steps", learning_rate=0.1).learning_rate == 0.1
