"""Configs as TOML and settings as ``section.key=value``: one that is written and read again is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contents import damaged, texts
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from properties import Target, settled

from postagger import Config, load_config
from postagger.config import parse_config

_SHIPPED = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))]
_NAMES = [
    (section, key)
    for section, field in Config.model_fields.items()
    for key in getattr(type(field.get_default(call_default_factory=True)), "model_fields", ())
]
_VALUES = (
    *("0", "1", "-1", "1e999", "nan", "inf", "1_000", "true", "[]", "[1, 2]", "{}", "{a = 1}", "''", "lstm"),
    *('"window"', "crf", "9" * 400, "9" * 5000, "0x10", "1979-05-27", "[" * 300, "\\", '"\\ud800"', "../x"),
)
_PARTS = (
    *(
        "[model]\n",
        "[words]\n",
        "[[datasets]]\n",
        "[training]\n",
        "kind = ",
        "epochs = ",
        "name = ",
        "=",
        "# a\n",
    ),
    *(f"{section}.{key} = " for section, key in _NAMES[::5]),
    *_VALUES,
)


def check_toml(content: bytes) -> None:
    """Reads a config from a file; its settings as plain data give the same config."""
    path = Path("config.toml")
    path.write_bytes(content)
    _check(lambda: load_config(path))


def check_overrides(given: tuple[str, list[str]]) -> None:
    """The same for a shipped config with other settings."""
    name, overrides = given
    _check(lambda: load_config(name, overrides))


def check_plain(data: Any) -> None:
    """The same for plain data, as a model file has it."""
    _check(lambda: parse_config(data, importing=False))


def _check(load: Any) -> None:
    config = settled(load)
    if config is not None:
        plain = config.model_dump(mode="json")
        assert parse_config(plain).model_dump(mode="json") == plain


_TOML = st.one_of(
    st.sampled_from(_SHIPPED).flatmap(damaged),
    texts(_PARTS).map(lambda text: text.encode(errors="replace")).flatmap(damaged),
)


@st.composite
def _override(draw: DrawFn) -> str:
    section, key = draw(st.sampled_from(_NAMES))
    value = draw(
        st.sampled_from(_VALUES) | st.text(max_size=5) | st.integers().map(str) | st.floats().map(str)
    )
    name = draw(st.sampled_from((f"{section}.{key}",) * 5 + (section, key, f"{section}.{key[:-1]}", "=", "")))
    written: str = draw(st.sampled_from((f"{name}={value}",) * 9 + (name, f" {name} = {value} ")))
    return written


_VALUE: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(_VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def _plain(draw: DrawFn) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for section, key in draw(st.lists(st.sampled_from(_NAMES), max_size=4)):
        data.setdefault(section, {})[key] = draw(_VALUE)
    if draw(st.integers(0, 5)) == 0:
        data[draw(st.sampled_from((*Config.model_fields, "")))] = draw(_VALUE)
    return data


_SHIPPED_NAMES = st.sampled_from(("window", "lstm", "encoder", "lstm_multitask", "window_distilled"))
TARGETS = {
    "config-toml": Target(_TOML, check_toml),
    "config-set": Target(st.tuples(_SHIPPED_NAMES, st.lists(_override(), max_size=4)), check_overrides),
    "config-plain": Target(_plain(), check_plain),
}
