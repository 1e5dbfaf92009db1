"""``model.kind`` changed by an override: what stays, what goes, and what the user is told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from postagger.cli import main
from postagger.config import MODELS, ModelConfig, ModelKind, load_config, override_config
from postagger.config.named import named_configs
from postagger.errors import ConfigError


class MineConfig(ModelConfig):
    kind: str = "mine"
    filters: int = Field(32, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)


@pytest.fixture(autouse=True)
def _mine() -> Iterator[None]:
    """A kind of model from outside the package."""
    MODELS.add("mine", ModelKind(MineConfig, object))
    yield
    del MODELS._entries["mine"]


INSTEAD = "has its own defaults, in place of the config's for"

VARIANTS: dict[str, tuple[dict[str, Any], list[str], dict[str, Any], str]] = {
    "defaults are no loss": (
        {"kind": "window", "left": 2, "hidden": [128], "activation": "relu", "dropout": 0.4},
        ["model.kind=lstm"],
        {"kind": "lstm", "hidden": 128, "dropout": 0.4},
        "",
    ),
    "settings that the new kind has too": (
        {"kind": "lstm", "hidden": 200, "layers": 2, "dropout": 0.4},
        ["model.kind=gru"],
        {"kind": "gru", "hidden": 128, "layers": 1},
        f"model.kind=gru {INSTEAD} lstm; lost unless you set it too: model.hidden=200, model.layers=2",
    ),
    "one of them set again": (
        {"kind": "lstm", "hidden": 200, "layers": 2},
        ["model.hidden=200", "model.kind=gru"],
        {"kind": "gru", "hidden": 200, "layers": 1},
        f"model.kind=gru {INSTEAD} lstm; lost unless you set it too: model.layers=2",
    ),
    "settings that it lacks, or that mean something else there": (
        {"kind": "window", "left": 5, "hidden": [20], "dropout": 0.2},
        ["model.kind=lstm"],
        {"kind": "lstm", "hidden": 128, "dropout": 0.4},
        f"model.kind=lstm {INSTEAD} window; lost unless you set it too: model.dropout=0.2; "
        "no longer used: model.left=5, model.hidden=[20]",
    ),
    "one that it lacks": (
        {"kind": "window", "hidden": [20, 20]},
        ["model.kind=logistic"],
        {"kind": "logistic", "left": 2},
        f"model.kind=logistic {INSTEAD} window; no longer used: model.hidden=[20, 20]",
    ),
    "a value that is the new kind's default": (
        {"kind": "encoder", "dropout": 0.4},
        ["model.kind=lstm"],
        {"kind": "lstm", "dropout": 0.4},
        "",
    ),
    "what every kind has stays": (
        {"kind": "logistic", "output": "crf"},
        ["model.kind=lstm"],
        {"kind": "lstm", "output": "crf"},
        "",
    ),
    "the same kind": (
        {"kind": "window", "left": 5},
        ["model.kind=window"],
        {"kind": "window", "left": 5},
        "",
    ),
    "no kind before": ({"hidden": 9}, ["model.kind=lstm"], {"kind": "lstm", "hidden": 9}, ""),
    "there and back": (
        {"kind": "window", "left": 5},
        ["model.kind=lstm", "model.kind=window"],
        {"kind": "window", "left": 2},
        "",
    ),
    "a model from outside, from defaults": (
        {"kind": "window", "left": 2, "dropout": 0.4},
        ["model.kind=mine"],
        {"kind": "mine", "filters": 32, "dropout": 0.1},
        "",
    ),
    "a model from outside, from a user's own settings": (
        {"kind": "window", "left": 3, "dropout": 0.3, "output": "crf"},
        ["model.kind=mine", "model.filters=8"],
        {"kind": "mine", "filters": 8, "dropout": 0.1, "output": "crf"},
        f"model.kind=mine {INSTEAD} window; lost unless you set it too: model.dropout=0.3; "
        "no longer used: model.left=3",
    ),
    "back from a model from outside": (
        {"kind": "mine", "filters": 64},
        ["model.kind=window"],
        {"kind": "window", "left": 2},
        f"model.kind=window {INSTEAD} mine; no longer used: model.filters=64",
    ),
    "a kind that nobody has registered before": (
        {"kind": "theirs", "size": 3},
        ["model.kind=gru"],
        {"kind": "gru"},
        f"model.kind=gru {INSTEAD} theirs; no longer used: model.size=3",
    ),
}


def expecting(told: str) -> Any:
    return pytest.warns(UserWarning, match=f"^{re.escape(told)}$") if told else warnings.catch_warnings()


@pytest.mark.parametrize(("model", "overrides", "found", "told"), VARIANTS.values(), ids=VARIANTS)
def test_what_stays_and_what_is_told(
    model: dict[str, Any], overrides: list[str], found: dict[str, Any], told: str
) -> None:
    with expecting(told):
        config = override_config({"model": dict(model)}, overrides)
    assert {name: getattr(config.model, name) for name in found} == found


@pytest.mark.parametrize("overrides", [{"model.kind": "gru"}, {"model": {"kind": "gru"}}, ["model.kind=gru"]])
def test_every_form_of_override(toml: Callable[[str], Path], overrides: Any) -> None:
    path = toml('[model]\nkind = "lstm"\nhidden = 200\n')
    with pytest.warns(UserWarning, match=r"lost unless you set it too: model\.hidden=200$"):
        assert load_config(path, overrides).model.kind == "gru"


def test_systems_with_settings_of_their_own(toml: Callable[[str], Path]) -> None:
    path = toml('[model]\nkind = "lstm"\nhidden = 200\n')
    with pytest.warns(UserWarning, match=r"lost unless you set it too: model\.hidden=200$"):
        (lost,) = named_configs([f"g={path}:model.kind=gru"])
    (kept,) = named_configs([f"g={path}:model.kind=gru,model.hidden=200"])
    assert (lost.config.model.hidden, kept.config.model.hidden) == (128, 200)  # type: ignore[attr-defined]


def test_a_kind_that_there_is_not_is_an_error_and_no_warning(toml: Callable[[str], Path]) -> None:
    path = toml('[model]\nkind = "lstm"\nhidden = 200\n')
    with pytest.raises(ConfigError, match=r"unknown model\.kind 'grv': did you mean 'gru'"):
        load_config(path, ["model.kind=grv"])


def test_a_setting_of_the_old_kind_given_for_the_new_one_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'model\.left'"):
        load_config("window", ["model.kind=lstm", "model.left=3"])


def test_the_command_says_it_in_one_line(
    toml: Callable[[str], Path], tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = toml(
        f'[corpus]\nname = "{tiny_file}"\n[words]\nword_dim = 4\n[model]\nkind = "gru"\nhidden = 4\n'
        "[training]\nepochs = 1\n"
    )
    with pytest.warns(UserWarning, match=r"^model\.kind=logistic has its own defaults"):
        status = main(
            ["train", str(path), "--set", "model.kind=logistic", "-o", str(tmp_path / "a.safetensors")]
        )
    assert status == 0, capsys.readouterr().err
