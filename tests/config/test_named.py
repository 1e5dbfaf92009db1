"""Configs with names and settings in one word, and by name in a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from postagger import Config, ConfigError, load_config
from postagger.comparison import config_systems
from postagger.config.named import named_configs


def one(word: str, overrides: tuple[str, ...] = ()) -> tuple[str, Config]:
    (found,) = named_configs([word], overrides)
    return found.name, found.config


@pytest.mark.parametrize(
    ("word", "name", "overrides"),
    [
        ("window", "window", []),
        ("narrow=window", "narrow", []),
        ("narrow=window:model.left=1,model.right=0", "narrow", ["model.left=1", "model.right=0"]),
        ("n = window:model.left = 1 , model.right = 0", "n", ["model.left=1", "model.right=0"]),
        ("deep=window:model.hidden=[100,50],model.left=1", "deep", ["model.hidden=[100,50]", "model.left=1"]),
        ("two words=window:model.left=1", "two words", ["model.left=1"]),
        ("é=window:model.activation=tanh", "é", ["model.activation=tanh"]),
        ("files=window:corpus.train=a,b=c.tsv,corpus.dev=d:e.tsv", "files",
         ["corpus.train=a,b=c.tsv", "corpus.dev=d:e.tsv"]),
        ("q=window:corpus.train='a,b.tsv',model.left=1", "q", ["corpus.train='a,b.tsv'", "model.left=1"]),
    ],
)  # fmt: skip
def test_words(word: str, name: str, overrides: list[str]) -> None:
    assert one(word) == (name, load_config("window", overrides))


def test_settings_of_its_own_go_before_those_for_all() -> None:
    _, config = one("narrow=window:model.left=1", ("model.left=3", "model.right=3"))
    assert config == load_config("window", {"model.left": 1, "model.right": 3})


@pytest.mark.parametrize("file", ["a=b.toml", "c:d.toml", "e=f:model.left=1.toml", "g,h.toml"])
def test_a_file_may_have_any_name(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(file).write_text("[model]\nkind = 'window'\nleft = 4\n", encoding="utf-8")
    for word, name, left in (
        (file, Path(file).stem, 4),
        (f"mine={file}", "mine", 4),
        (f"mine={file}:model.left=5", "mine", 5),
        (f"mine={tmp_path / file}:model.left=5,model.right=1", "mine", 5),
    ):
        found, config = one(word)
        assert (found, config.model.left) == (name, left)  # type: ignore[attr-defined]


def test_the_colon_of_a_drive_ends_no_config() -> None:
    with pytest.raises(ConfigError, match=r"x: there is no config 'C:\\\\a.toml'"):
        one(r"x=C:\a.toml:model.left=1")


def test_a_mapping_has_files_configs_and_plain_data() -> None:
    narrow = load_config("window", {"model.left": 1})
    systems = config_systems({"narrow": narrow, "lstm": "lstm", "plain": {"model": {"kind": "logistic"}}})
    assert [system.name for system in systems] == ["narrow", "lstm", "plain"]
    assert systems[0].config == narrow
    assert systems[1].config == load_config("lstm")
    assert systems[2].config.model.kind == "logistic"
    (quick,) = config_systems({"quick": "lstm"}, {"training.epochs": 1})
    assert quick.config.training.epochs == 1


def test_what_is_set_is_in_the_description_and_not_in_the_identity() -> None:
    (named,), (plain,) = config_systems(["a=window:model.left=2"]), config_systems(["window"])
    assert named.description == f"{plain.description} (set: model.left=2)"
    assert named.identity() == plain.identity()


@pytest.mark.parametrize(
    ("configs", "problem"),
    [
        ("window", r"expected a list of configs, not 'window': write \['window'\]"),
        ([Config()], "a Config needs a name"),
        ({1: "window"}, "the name of a config must be a string, not 1"),
        ({"": "window"}, "it is empty"),
        ({"a": "windw"}, "a: there is no config 'windw'"),
        ({"a": 3}, "expected a Config"),
        (["window", "window"], "two systems are called 'window'"),
    ],
)
def test_mistakes(configs: object, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        config_systems(configs)  # type: ignore[arg-type]


def test_overrides_are_not_for_a_config_that_is_there() -> None:
    with pytest.raises(ConfigError, match="overrides are for configs that are read by name"):
        config_systems({"a": Config()}, ["model.left=1"])
