from __future__ import annotations

from pathlib import Path

import pytest

from postagger import Corpus, Tagger, load_config

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


def test_window_en_learns_other_tags_from_the_included_tagger(tiny_corpus: Corpus) -> None:
    config = load_config(CONFIGS / "window_en.toml", {"training.epochs": 1, "training.device": "cpu"})
    tagger = Tagger.train(tiny_corpus, config)
    included = Tagger.load("en")
    assert list(tagger.tagset) != list(included.tagset)
    assert tagger.licence == included.licence != ""
    assert tagger.record.backbone == included.record.corpus
    for setting in ("word_dim", "prefixes", "suffixes"):
        assert getattr(tagger.config.words, setting) == getattr(included.config.words, setting)
