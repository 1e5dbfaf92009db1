from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from postagger.config import (
    MODELS,
    Config,
    CorpusConfig,
    DatasetConfig,
    DistillationConfig,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    PretrainingConfig,
    RnnConfig,
    TextConfig,
    TrainingConfig,
    TransferConfig,
    WindowConfig,
    WordsConfig,
    load_config,
    override_config,
    parse_config,
)
from postagger.errors import ConfigError

SECTIONS: tuple[type[BaseModel], ...] = (
    CorpusConfig,
    WordsConfig,
    LogisticConfig,
    WindowConfig,
    RnnConfig,
    GruConfig,
    LstmConfig,
    TrainingConfig,
    TextConfig,
    DatasetConfig,
    PretrainingConfig,
    TransferConfig,
    DistillationConfig,
)
SETTINGS = [
    pytest.param(field, id=f"{section.__name__}.{name}")
    for section in SECTIONS
    for name, field in section.model_fields.items()
    if name != "kind"
]
NUMBERS = [param for param in SETTINGS if param.values[0].annotation in (int, float)]  # type: ignore[union-attr]


def complaint(data: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(data, source="run.toml")
    return str(caught.value)


# -- descriptions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", SETTINGS)
def test_every_setting_is_described(field: FieldInfo) -> None:
    assert field.description


@pytest.mark.parametrize("field", NUMBERS)
def test_every_number_has_a_lower_bound(field: FieldInfo) -> None:
    assert any(hasattr(bound, "ge") or hasattr(bound, "gt") for bound in field.metadata)


@pytest.mark.parametrize("section", [*SECTIONS, Config])
def test_every_section_has_a_docstring(section: type[BaseModel]) -> None:
    assert section.__dict__.get("__doc__")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_default_is_within_its_own_bounds(section: type[BaseModel]) -> None:
    defaults = section().model_dump()
    assert section.model_validate(defaults).model_dump() == defaults


# -- loading ------------------------------------------------------------------------------------------


def test_an_empty_file_is_a_window_model_on_the_treebank(toml: Callable[[str], Path]) -> None:
    config = load_config(toml(""))
    assert config == Config()
    assert (config.model.kind, config.corpus.name) == ("window", "treebank")


def test_a_file_sets_what_it_names_and_leaves_the_rest(toml: Callable[[str], Path]) -> None:
    config = load_config(toml('[model]\nkind = "lstm"\nhidden = 7\n[training]\nlearning_rate = 1\n'))
    assert config.model == LstmConfig(hidden=7)
    assert config.training == TrainingConfig(learning_rate=1.0)
    assert config.words == WordsConfig()


@pytest.mark.parametrize("kind", ["logistic", "window", "rnn", "gru", "lstm"])
def test_a_dumped_config_loads_unchanged(kind: str) -> None:
    config = parse_config({"model": {"kind": kind}, "training": {"batch_size": "all"}})
    assert parse_config(config.model_dump(mode="json")) == config


def test_data_sets_are_tables_of_the_same_name(toml: Callable[[str], Path]) -> None:
    config = load_config(toml('[[datasets]]\nname = "brown"\n[[datasets]]\ntrain = "a.tsv"\nweight = 0.5\n'))
    assert config.datasets == (DatasetConfig(name="brown"), DatasetConfig(train="a.tsv", weight=0.5))
    assert parse_config(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("corpus", "name"),
    [
        ({}, "treebank"),
        ({"name": "brown", "tagset": "universal"}, "brown-universal"),
        ({"name": "brown", "train": "a.tsv"}, "a.tsv"),
        ({"train": "a.tsv", "tagset": "universal"}, "a.tsv-universal"),
        ({"name": "brown", "tagset": "universal", "head": "coarse"}, "coarse"),
    ],
)
def test_a_head_has_the_name_of_its_corpus_by_default(corpus: dict[str, Any], name: str) -> None:
    assert CorpusConfig(**corpus).head_name == DatasetConfig(**corpus).head_name == name


def test_the_corpus_of_a_head() -> None:
    first, second = {"name": "brown", "head": "b"}, {"name": "sample", "head": "b"}
    config = parse_config({"datasets": [first, second, {"name": "conll2000", "head": "treebank"}]})
    assert config.corpus_of("b") is config.datasets[0]
    for head in (None, "treebank", "none of that name"):
        assert config.corpus_of(head) is config.corpus


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().training.epochs = 3  # type: ignore[misc]


# -- overrides ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("training.epochs=5", "training", "epochs", 5),
        ("training.learning_rate=1e-3", "training", "learning_rate", 0.001),
        ("training.learning_rate=1", "training", "learning_rate", 1.0),
        ("training.batch_size=all", "training", "batch_size", "all"),
        ("model.hidden=[20, 10]", "model", "hidden", (20, 10)),
        ("model.activation='tanh'", "model", "activation", "tanh"),
        ("words.shape=false", "words", "shape", False),
        ('pretraining.text=["a.txt"]', "pretraining", "text", ("a.txt",)),
        ("transfer.frozen=words", "transfer", "frozen", "words"),
        ("corpus.name=brown", "corpus", "name", "brown"),
        ("corpus.train=my data/a=b.tsv", "corpus", "train", "my data/a=b.tsv"),
        (" corpus.name = brown ", "corpus", "name", "brown"),
    ],
)
def test_an_override_is_a_toml_value_or_a_bare_word(
    toml: Callable[[str], Path], override: str, section: str, key: str, value: Any
) -> None:
    config = load_config(toml('[model]\nkind = "window"\n[training]\nepochs = 2\n'), [override])
    assert getattr(getattr(config, section), key) == value


def test_the_last_of_two_overrides_wins(toml: Callable[[str], Path]) -> None:
    config = load_config(toml(""), ["training.seed=1", "training.seed=2"])
    assert config.training.seed == 2


@pytest.mark.parametrize("override", ["training.epochs", "epochs=5", "=5", ".epochs=5", "training.=5", ""])
def test_a_malformed_override_is_an_error_that_shows_the_form(
    toml: Callable[[str], Path], override: str
) -> None:
    with pytest.raises(ConfigError, match=r"section\.key=value"):
        load_config(toml(""), [override])


@pytest.mark.parametrize(
    "overrides", [["model.kind=lstm", "model.hidden=9"], ["model.hidden=9", "model.kind=lstm"]]
)
def test_another_kind_keeps_the_other_overrides_in_any_order(
    toml: Callable[[str], Path], overrides: list[str]
) -> None:
    assert load_config(toml('[model]\nkind = "gru"\n'), overrides).model == LstmConfig(hidden=9)


def test_a_named_corpus_replaces_the_files_of_the_config(toml: Callable[[str], Path]) -> None:
    path = toml('[corpus]\ntrain = "a.tsv"\ndev = "b.tsv"\n')
    assert load_config(path, ["corpus.name=sample"]).corpus == CorpusConfig(name="sample")
    both = ["corpus.train=c.tsv", "corpus.name=sample"]
    for overrides in (both, both[::-1]):  # in any order
        assert load_config(path, overrides).corpus == CorpusConfig(name="sample", train="c.tsv")


def test_an_override_of_a_value_that_should_be_a_section(toml: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError, match="'corpus' is a section"):
        load_config(toml('corpus = "brown"'), ["corpus.name=sample"])


def test_a_misspelt_override_names_the_nearest(toml: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError, match=r"'training\.epoch': did you mean 'epochs'"):
        load_config(toml(""), ["training.epoch=5"])


# -- errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"training": {"optimizer": "sgd"}}, "'training.optimizer': did you mean training.optimiser?"),
        ({"words": {"word_dims": 5}}, "'words.word_dims': did you mean 'word_dim'?"),
        ({"model": {"kind": "lstm", "bidirectoinal": False}}, "did you mean 'bidirectional'?"),
        ({"trainig": {}}, "unknown key 'trainig': did you mean 'training'?"),
        ({"words": {"window": 3}}, "unknown key 'words.window'"),
        ({"lstm": {}}, "unknown key 'lstm': choose one of corpus, words, model, training"),
        ({"datasets": [{}, {"wieght": 2}]}, "unknown key 'datasets.1.wieght': did you mean 'weight'?"),
        ({"datasets": [{"zzzz": 1}]}, "unknown key 'datasets.0.zzzz': choose one of name, train, dev"),
        ({"pretraining": {"corpus": []}}, "'pretraining.corpus': did you mean 'corpora'?"),
        ({"unlabeled": {}}, "'unlabeled' is called 'distillation' now"),
        ({"distilation": {}}, "unknown key 'distilation': did you mean 'distillation'?"),
        ({"corpus": {"zzzz": 1}}, "'corpus.zzzz': choose one of name, train, dev, test, reader, column"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(data: dict[str, Any], message: str) -> None:
    assert message in complaint(data)


def test_a_setting_of_another_kind_is_unknown() -> None:
    assert "unknown key 'model.left': " in complaint({"model": {"kind": "lstm", "left": 2}})


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"kind": "lstn"}, "unknown model.kind 'lstn': did you mean 'lstm'?"),
        ({"kind": "hmm!"}, "unknown model.kind 'hmm!': choose one of logistic, window, rnn, gru, lstm"),
        ({"hidden": 5}, "model.kind is missing: set it to one of logistic, window, rnn, gru, lstm"),
    ],
)
def test_an_unknown_kind(model: dict[str, Any], message: str) -> None:
    assert message in complaint({"model": model})


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("training", "epochs", 0),
        ("training", "epochs", "5"),
        ("training", "epochs", 2.5),
        ("training", "epochs", True),
        ("training", "batch_size", 0),
        ("training", "batch_size", "some"),
        ("training", "learning_rate", 0.0),
        ("training", "learning_rate", float("nan")),
        ("training", "weight_decay", float("inf")),
        ("training", "seed", 2**63),
        ("training", "device", "gpu"),
        ("training", "optimiser", "adagrad"),
        ("words", "dropout", 1.0),
        ("words", "lowercase", 1),
        ("words", "feature_dim", 0),
        ("words", "character_window", 4),
        ("corpus", "name", ""),
        ("corpus", "column", ""),
        ("corpus", "column", "universal"),
        ("corpus", "column", 1.5),
        ("model", "hidden", []),
        ("model", "hidden", [0]),
        ("model", "left", -1),
    ],
)
def test_a_value_out_of_bounds_or_of_another_type_is_named(section: str, key: str, value: Any) -> None:
    kind = {"kind": "window"} if section == "model" else {}
    message = complaint({section: {**kind, key: value}})
    assert message.startswith("run.toml: ")
    assert f"{section}.{key}" in message
    assert "constrained" not in message


def test_all_problems_are_reported_at_once() -> None:
    message = complaint({"training": {"epochs": 0, "sed": 1}, "corpus": {"colum": "upos"}})
    assert all(name in message for name in ("training.epochs = 0", "training.sed", "corpus.colum"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"datasets": [{"weight": 0.0}]}, "run.toml: datasets.0.weight = 0.0: "),
        ({"datasets": [{"name": "brown"}, {"column": "native"}]}, 'datasets.1.column = "native": '),
        ({"datasets": {"name": "brown"}}, "run.toml: datasets is a list of sections: write [[datasets]]"),
        ({"datasets": ["brown"]}, 'datasets.0 = "brown": '),
        ({"datasets": [{"dev": "a.tsv"}]}, "corpus.dev and corpus.test need corpus.train"),
        ({"pretraining": {"text": "a.txt"}}, 'pretraining.text = "a.txt": '),
        ({"pretraining": {"mask_rate": 1.0}}, "pretraining.mask_rate = 1.0: "),
        ({"transfer": {"frozen": "head"}}, 'transfer.frozen = "head": '),
        ({"distillation": {"seeds": 0}}, "distillation.seeds = 0: "),
        ({"training": {"averaging": 1.0}}, "training.averaging = 1.0: "),
    ],
)
def test_a_bad_value_in_the_sections_for_more_corpora(data: dict[str, Any], message: str) -> None:
    assert message in complaint(data)


TREEBANKS = "two corpora are called 'treebank': give one of them another name with head = \"...\""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"datasets": [{}]}, TREEBANKS),
        ({"corpus": {"name": "brown"}, "datasets": [{}, {}]}, TREEBANKS),
        ({"corpus": {"name": "brown", "head": "treebank"}, "datasets": [{}]}, TREEBANKS),
        ({"datasets": [{"name": "brown", "head": "treebank"}]}, None),
        ({"datasets": [{"head": "treebank"}]}, None),
        ({"datasets": [{"tagset": "universal"}]}, None),
        ({"datasets": [{"head": "mine"}]}, None),
    ],
)
def test_two_corpora_share_a_head_only_if_one_names_it(data: dict[str, Any], message: str | None) -> None:
    if message is None:
        assert len(parse_config(data).datasets) == 1
    else:
        assert message in complaint(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"transfer": {"model": "a"}, "pretraining": {"text": ["b"]}},
            "can't come both from transfer.model (--from) and from [pretraining]",
        ),
        (
            {"transfer": {"model": "a"}, "pretraining": {"corpora": ["b"]}},
            "can't come both from transfer.model (--from) and from [pretraining]",
        ),
        (
            {"transfer": {"keep_head": True}, "pretraining": {"text": ["b"]}},
            "transfer.keep_head needs a head with tags",
        ),
        (
            {
                "model": {"kind": "lstm", "output": "crf"},
                "transfer": {"keep_head": True},
                "pretraining": {"corpora": ["b"]},
            },
            "transfer.keep_head can't keep a CRF head",
        ),
        (
            {"distillation": {"teachers": ["a"]}},
            "distillation.teachers have no text to tag: set distillation.text",
        ),
    ],
)
def test_settings_that_exclude_each_other(data: dict[str, Any], message: str) -> None:
    assert message in complaint(data)


def test_pretraining_settings_without_data_exclude_nothing() -> None:
    data = {"transfer": {"model": "a", "keep_head": True}, "pretraining": {"epochs": 3}}
    assert parse_config(data).transfer.model == "a"


@pytest.mark.parametrize("part", ["dev", "test"])
def test_dev_and_test_files_need_a_training_file(part: str) -> None:
    assert "need corpus.train" in complaint({"corpus": {part: "a.tsv"}})


def test_some_part_of_the_word_representation_must_be_on() -> None:
    nothing = {"word_dim": 0, "prefixes": 0, "suffixes": 0, "shape": False, "character_dim": 0}
    assert "all parts of the word representation are off" in complaint({"words": nothing})
    assert parse_config({"words": {**nothing, "character_dim": 4}}).words.character_dim == 4


@pytest.mark.parametrize("name", ["2024", "2024-01-01", "1e5", "0x10", "1_000", "12:30:00", "true", "nan"])
def test_a_file_may_be_called_like_a_number(name: str, toml: Callable[[str], Path]) -> None:
    names = ["corpus.train", "corpus.dev", "corpus.head", "words.vectors", "transfer.model"]
    config = load_config(toml(""), [f"{each}={name}" for each in names])
    assert {config.corpus.train, config.corpus.dev, config.corpus.head} == {name}
    assert {config.words.vectors, config.transfer.model} == {name}
    assert load_config(toml(""), [f'corpus.train="{name}"']).corpus.train == name
    assert load_config(toml(""), [f"corpus.name={name}"]).corpus.name == name


def test_a_config_file_may_name_files_by_numbers_and_dates(toml: Callable[[str], Path]) -> None:
    config = load_config(toml("[corpus]\ntrain = 2024\ndev = 2024-01-01\n[pretraining]\ntext = [7, 'a']\n"))
    assert (config.corpus.train, config.corpus.dev) == ("2024", "2024-01-01")
    assert config.pretraining.text == ("7", "a")
    with pytest.raises(ConfigError, match=r"corpus\.train = 2024\.1: input should be a string"):
        load_config(toml("[corpus]\ntrain = 2024.10\n"))


@pytest.mark.parametrize("column", ["upos", "feats", "POS tag", "2", 2])
def test_a_column_has_a_name_or_a_number(column: Any) -> None:
    assert parse_config({"corpus": {"column": column}}).corpus.column == str(column)
    assert override_config({}, [f"corpus.column={column}"]).corpus.column == str(column)


def test_files_may_be_paths() -> None:
    config = override_config({"corpus": {"train": Path("2024")}}, {"words.vectors": Path("a.vec")})
    assert (config.corpus.train, config.words.vectors) == ("2024", "a.vec")


def test_a_file_whose_name_is_no_utf8_makes_a_printable_head() -> None:
    assert override_config({}, ["corpus.train=caf\udce9.txt"]).corpus.head_name == "caf\\xe9.txt"
    assert override_config({}, ["corpus.name=caf\udce9.txt"]).corpus.name == "caf\udce9.txt"


def test_a_teacher_s_config_is_looked_up_in_the_config_s_folder(tmp_path: Path) -> None:
    """Models, and configs that are not there, are looked up like all other files."""
    file = tmp_path / "student.toml"
    file.write_text(
        '[distillation]\ntext = ["a"]\nteachers = ["lstm.toml", "models", "no.toml", "models.toml"]\n'
    )
    (tmp_path / "lstm.toml").touch()
    (tmp_path / "models").mkdir()
    (tmp_path / "models.toml").mkdir()
    assert load_config(file).distillation.teachers == (
        str(tmp_path / "lstm.toml"),
        "models",
        "no.toml",
        "models.toml",
    )
    given = load_config(file, ['distillation.teachers=["lstm.toml"]'])
    assert given.distillation.teachers == ("lstm.toml",)
    for odd in ("[1]", "1", '"lstm.toml"'):
        file.write_text(f'[distillation]\ntext = ["a"]\nteachers = {odd}\n')
        with pytest.raises(ConfigError, match=r"distillation\.teachers"):
            load_config(file)


def test_a_file_that_is_not_toml(toml: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigError, match=r"run\.toml is not valid TOML: .*line 2"):
        load_config(toml("[model]\nkind = lstm\n"))


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(b"\xff\xfe[")
    with pytest.raises(ConfigError, match=r"run\.toml is not UTF-8 text"):
        load_config(tmp_path / "run.toml")


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.toml", "there is no config .*none"), (".", "cannot read the config .*: Is a directory")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(tmp_path / name)


def test_every_kind_of_model_is_tested_here() -> None:
    kinds = {MODELS.find(name).settings for name in ("logistic", "window", "rnn", "gru", "lstm")}
    others = {
        type(getattr(Config(), name)) for name in Config.model_fields if name not in ("model", "datasets")
    }
    assert {*kinds, *others, DatasetConfig} == set(SECTIONS)
