"""The model that comes with the package: data/models/en.safetensors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from postagger import Config, Corpus, ModelFileError, Tagger, shipped
from postagger.checkpoint import read_checkpoint, write_checkpoint
from postagger.shipped import SHIPPED, find_model, is_model

ROOT = Path(__file__).resolve().parents[2]
CARD = (ROOT / "docs" / "explanation" / "shipped_model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def english() -> Tagger:
    return Tagger.load("en")


def test_it_tags_with_three_heads(english: Tagger) -> None:
    words = ["They", "look", "the", "old", "word", "up", "."]
    assert [tag for _, tag in english.tag(words)] == ["PRP", "VBP", "DT", "JJ", "NN", "RP", "."]
    upos = ["PRON", "VERB", "DET", "ADJ", "NOUN", "ADP", "PUNCT"]
    assert [tag for _, tag in english.tag(words, head="upos")] == upos
    assert list(english.heads) == ["xpos", "upos", "feats"]
    assert english.tag(words, head="feats")[0][1] == "Case=Nom|Number=Plur|Person=3|PronType=Prs"


def test_capitals_and_lower_case_are_tagged_alike(english: Tagger) -> None:
    words = ["The", "committee", "has", "already", "decided", "to", "close", "the", "old", "bridge", "."]
    tags = [tag for _, tag in english.tag(words, head="upos")]
    for read in (str.upper, str.lower):
        assert [tag for _, tag in english.tag(list(map(read, words)), head="upos")] == tags


def test_it_is_small_and_names_its_licence(english: Tagger) -> None:
    file = Path(find_model("en"))
    assert file.stat().st_size <= 10_000_000
    assert "CC BY-SA 4.0" in english.licence
    assert "English Web Treebank" in english.licence
    notice = (file.parent / "LICENSE").read_text(encoding="utf-8")
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in notice
    assert english.licence in " ".join(notice.split())


def test_the_scores_of_its_card_are_those_of_its_record(english: Tagger) -> None:
    (row,) = re.findall(r"^\| all \|(.*)\|$", CARD, re.MULTILINE)
    scores = [float(cell) for cell in row.split("|")[:3]]
    recorded = english.record.dev_accuracies
    assert scores == [round(100 * (recorded[head] or 0), 2) for head in ("xpos", "upos", "feats")]


def test_its_probabilities_are_calibrated(english: Tagger) -> None:
    rows = re.findall(r"^\| (XPOS|UPOS|FEATS) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", CARD, re.MULTILINE)
    assert [head.lower() for head, *_ in rows] == list(english.heads)
    for head, temperature, plain, fitted in rows:
        assert f"{english.with_head(head.lower()).temperature:.2f}" == temperature
        assert float(fitted) < min(1.0, float(plain))


def test_the_name_comes_before_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en").write_text("a file of one's own")
    assert Path(find_model("en")).name == "en.safetensors"
    for path in ("./en", Path("en"), "EN", "en.safetensors"):
        assert find_model(path) == path
    with pytest.raises(ModelFileError, match=r"en is not a model"):
        Tagger.load("./en")


def test_without_its_file_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_PLACES", ())
    with pytest.raises(ModelFileError, match=r"'en' is missing from this installation: install the package"):
        Tagger.load(SHIPPED)


def test_a_model_is_told_from_text(tmp_path: Path) -> None:
    text = tmp_path / "text"
    for content in ("", "short", "12345678{", '{"text": {}}', "The dog barks .\n" * 3):
        text.write_text(content)
        assert not is_model(str(text)), content
    copy = tmp_path / "copy"
    copy.write_bytes(Path(find_model("en")).read_bytes())
    assert is_model(str(copy))
    assert all(map(is_model, ("en", str(tmp_path), "no/such.safetensors")))
    assert not is_model("no_such_file")
    with pytest.raises(ModelFileError, match="NUL"):
        is_model("a\0b")


def test_weights_in_half_precision_are_read_in_full(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config()).save(tmp_path / "full")
    checkpoint = read_checkpoint(tmp_path / "full")
    write_checkpoint(tmp_path / "half", checkpoint, half=True)
    assert (tmp_path / "half").stat().st_size < (tmp_path / "full").stat().st_size
    read = read_checkpoint(tmp_path / "half")
    for name, array in checkpoint.weights.items():
        assert read.weights[name].dtype == np.float32
        assert np.array_equal(read.weights[name], array.astype(np.float16).astype(np.float32))
    Tagger.load(tmp_path / "half").tag(["Time", "flies"])
