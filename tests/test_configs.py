from __future__ import annotations

from pathlib import Path

import pytest

from postagger import load_config

CONFIGS = Path(__file__).parents[1] / "configs"
KINDS = ("gru", "logistic", "lstm", "rnn", "window")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_config_loads_and_is_what_its_name_says(path: Path) -> None:
    model = load_config(path).model
    words = path.stem.split("_")
    assert model.output == ("crf" if "crf" in words else "softmax")
    assert model.kind == ("logistic" if words == ["crf"] else words[0])
    assert getattr(model, "bidirectional", True) == ("forward" not in words)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_has_a_config(kind: str) -> None:
    assert (CONFIGS / f"{kind}.toml").is_file()
