"""Shipped configs, by name and as templates."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from postagger.config import Config, is_config, load_config, parse_config
from postagger.config.presets import LADDER, find_config, is_preset, preset_names, preset_path, preset_text
from postagger.config.template import _LEFT_OUT, describe, template
from postagger.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.toml"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder without configs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plain(text: str) -> dict[str, Any]:
    return parse_config(tomllib.loads(text)).model_dump()


# -- by name ------------------------------------------------------------------------------------------


def test_names_are_those_of_the_files() -> None:
    assert preset_names() == NAMES
    assert set(LADDER) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_loads_the_shipped_file(name: str) -> None:
    assert load_config(name) == load_config(CONFIGS / f"{name}.toml")
    assert load_config(name, ["training.epochs=3"]).training.epochs == 3


@pytest.mark.parametrize("make", ["file", "folder"])
def test_a_file_of_that_name_takes_precedence_and_a_folder_does_not(make: str, elsewhere: Path) -> None:
    if make == "file":
        (elsewhere / "lstm").write_text("[training]\nepochs = 77\n")
    else:
        (elsewhere / "lstm").mkdir()
    assert load_config("lstm").training.epochs == (77 if make == "file" else "auto")
    assert find_config("lstm") == (Path("lstm") if make == "file" else CONFIGS / "lstm.toml")


@pytest.mark.parametrize(
    ("config", "near"),
    [
        ("lsmt", "lstm"),
        ("lstm.toml", "lstm"),
        ("configs/window.toml", "window"),
        ("window_transfr", "window_transfer"),
        ("../elsewhere/my.toml", None),
    ],
)
def test_neither_a_file_nor_a_name(config: str, near: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    message = str(caught.value)
    assert message.startswith(f"there is no config {config!r}")
    assert message.endswith(", ".join(NAMES))
    assert (f"did you mean {near!r}?" in message) if near else ("did you mean" not in message)
    assert "\n" not in message


def test_errors_in_settings_name_the_config() -> None:
    with pytest.raises(ConfigError, match=r"^lstm: unknown key 'training\.epoch': did you mean 'epochs'"):
        load_config("lstm", ["training.epoch=3"])


def test_a_folder_is_not_a_config(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the config .*: Is a directory"):
        load_config(elsewhere)


@pytest.mark.parametrize("name", ["lsmt", "lstm.toml", "README", ""])
def test_an_unknown_preset(name: str) -> None:
    assert not is_preset(name)
    with pytest.raises(ConfigError, match=f"no shipped config {re.escape(repr(name))}.*window_transfer"):
        preset_path(name)


def test_an_installation_without_configs(monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    monkeypatch.setattr("postagger.config.presets._PLACES", (elsewhere,))
    with pytest.raises(ConfigError, match="missing from this installation"):
        load_config("lstm")
    assert not is_config("lstm")


def test_files_are_loaded_even_if_the_shipped_configs_are_missing(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Path
) -> None:
    monkeypatch.setattr("postagger.config.presets._PLACES", (elsewhere,))
    (elsewhere / "my.toml").write_text("[training]\nepochs = 7\n")
    assert load_config("my.toml").training.epochs == 7


# -- teachers by name ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("lstm", True), ("my.toml", True), ("MY.TOML", True), ("m.safetensors", False), ("treebank", False)],
)
def test_which_names_are_configs(name: str, expected: bool) -> None:
    assert is_config(name) is expected


@pytest.mark.parametrize("folder", [True, False])
def test_models_named_like_a_shipped_config_are_models(folder: bool, elsewhere: Path) -> None:
    (elsewhere / "lstm").mkdir() if folder else (elsewhere / "lstm").touch()
    assert not is_config("lstm")


@pytest.mark.parametrize("name", ["lstm_distilled", "window_distilled"])
def test_shipped_configs_name_their_teachers_by_name(name: str) -> None:
    """So that a copy in any folder finds the same teachers."""
    assert load_config(name).distillation.teachers == ("encoder",)
    assert is_config("encoder")


# -- templates ----------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    """The template with every commented-out setting enabled."""
    return re.sub(r"^#(?=\w)", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_the_config(name: str) -> None:
    assert plain(template(name)) == load_config(name).model_dump()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_with_every_setting_enabled_is_the_same_config(name: str) -> None:
    text = uncommented(template(name))
    assert text != template(name)
    assert plain(text) == load_config(name).model_dump()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_names_every_setting_once_in_each_section(name: str) -> None:
    named: dict[str, list[str]] = {}
    section, number = "", 0
    for line in template(name).splitlines():
        if header := re.match(r"\[+(\w+)\]", line):
            section, number = f"{header[1]} {number}", number + 1
        elif setting := re.match(r"(?:# ?)?(\w+) = ", line):
            named.setdefault(section, []).append(setting[1])
    config = load_config(name)
    for title, settings in named.items():
        value = getattr(config, title.split()[0])
        fields = type(value[0] if isinstance(value, tuple) else value).model_fields
        assert sorted(settings) == sorted(set(fields) - {"pretrained"})  # which training fills in
    sections = {title.split()[0] for title in named}
    assert sections == set(Config.model_fields) - (set() if config.datasets else {"datasets"})


@pytest.mark.parametrize("name", NAMES)
def test_a_template_describes_every_setting_and_the_next_steps(name: str) -> None:
    text = template(name)
    assert text.startswith(f"# {describe(name)}.\n")
    assert "postagger train my.toml" in text
    assert "configs/README.md" in text
    assert _LEFT_OUT not in text
    assert max(map(len, text.splitlines())) <= 112
    assert all(line == line.rstrip() for line in text.splitlines())
    for line in text.splitlines():
        if re.match(r"(?:# ?)?\w+ = ", line) and not line.startswith("kind"):
            assert re.search(r"\S +# \S", line), line


@pytest.mark.parametrize("name", NAMES)
def test_comments_of_the_config_are_kept(name: str) -> None:
    text = " ".join(template(name).replace("#", " ").split())
    for line in preset_text(name).splitlines():
        comment = line.partition("# ")[2].strip()
        assert line == _LEFT_OUT or comment in text


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_config_has_the_form_that_templates_need(name: str) -> None:
    """A one-line description, a line on the defaults, then sections."""
    head, *sections = preset_text(name).rstrip("\n").split("\n\n")
    first, *_, last = head.splitlines()
    assert re.fullmatch(r"# [A-Z].{20,110}\.", first)
    assert last == _LEFT_OUT
    assert all(section.startswith("[") for section in sections)


def test_an_unknown_template() -> None:
    with pytest.raises(ConfigError, match="there is no shipped config 'lsmt', did you mean 'lstm'"):
        template("lsmt")
