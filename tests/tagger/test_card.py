"""Model cards: what they say is what the training record says, and whatever it says is only text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, Corpus, DataError, Ensemble, Tagger
from postagger.cli import main
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError
from postagger.evaluation import Rate
from postagger.tagger.card import escaped
from postagger.tagger.card_metadata import as_yaml, slug
from postagger.tagger.publishing import without_folders


@pytest.fixture(scope="module")
def tagger(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config())


def changed(tagger: Tagger, *, licence: str = "", **record: Any) -> Tagger:
    """The tagger with another licence and record."""
    checkpoint = tagger._checkpoint
    return Tagger(
        replace(checkpoint, licence=licence, record=checkpoint.record.model_copy(update=record)), device="cpu"
    )


def front(card: str) -> dict[str, Any]:
    """The metadata of a card, read by the Hub's own library if it is there, and by a YAML reader."""
    yaml = pytest.importorskip("yaml")
    _, text, _ = card.split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_scores_have_the_intervals_of_the_recorded_counts(tagger: Tagger) -> None:
    card, record = tagger.model_card("me/tiny"), tagger.record
    assert record.test_tokens == 12
    for part, accuracy, tokens in (("dev", record.dev_accuracy, 15), ("test", record.test_accuracy, 12)):
        assert accuracy is not None
        low, high = Rate(round(accuracy * tokens), tokens).interval or (0, 0)
        row = f"| {part}, tiny | {100 * accuracy:.2f} | {100 * low:.2f} to {100 * high:.2f} | {tokens} |"
        assert row in card
    assert "Trained on: 16 sentences, 101 tokens" in card
    assert 'tagger = Tagger.load("hf:me/tiny")' in card


def test_the_hub_reads_the_metadata(tagger: Tagger) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="needs the extra hub")
    card = changed(tagger, licence="CC BY-SA 4.0. Derived from ...").model_card(
        "me/tiny", languages=["en", "de"], datasets="me/data", carbon=12.5
    )
    data = hub.ModelCard(card).data
    assert data.language == ["en", "de"]
    assert data.license == "cc-by-sa-4.0"
    assert (data.library_name, data.pipeline_tag) == ("postagger", "token-classification")
    assert data.datasets == ["me/data"]
    assert data.co2_eq_emissions["emissions"] == 12.5
    assert data.model_name == "tiny"
    scores = {(each.dataset_split, each.metric_type): each.metric_value for each in data.eval_results}
    assert scores["test", "accuracy"] == pytest.approx(tagger.record.test_accuracy, abs=1e-6)
    assert scores["validation", "accuracy"] == pytest.approx(tagger.record.dev_accuracy, abs=1e-6)
    assert "12.5 g of CO2" in card


def test_what_is_not_known_is_not_said(tagger: Tagger) -> None:
    card = changed(tagger, test_accuracy=None, test_tokens=None, dev_accuracy=None, dev_tokens=0).model_card()
    data = front(card)
    assert not data.keys() & {"language", "license", "datasets", "model-index", "co2_eq_emissions"}
    assert "Emissions" not in card
    assert "Compared" not in card
    assert "None are recorded" in card
    assert "names no licence" in card
    assert "hf:" not in card


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("MIT", "mit"),
        ("MIT Licence, 2026", "mit"),
        ("CC BY 4.0", "cc-by-4.0"),
        ("CC-BY-NC-SA 4.0 (UD)", "cc-by-nc-sa-4.0"),
        ("cc by-sa 4.0", "cc-by-sa-4.0"),
        ("Apache 2.0", "apache-2.0"),
        ("Mitigated", "other"),
        ("For research only", "other"),
    ],
)
def test_licences_have_the_names_of_the_hub(licence: str, name: str, tagger: Tagger) -> None:
    assert front(changed(tagger, licence=licence).model_card())["license"] == name
    assert front(tagger.model_card(licence=licence))["license"] == name


def test_languages_and_data_sets_are_known_by_the_names_of_the_corpus(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]
) -> None:
    def data(**corpus: Any) -> dict[str, Any]:
        config = tiny_config(corpus=corpus)
        tagger = Tagger.train(tiny_sentences, config)
        checkpoint = replace(
            tagger._checkpoint, config=config, tagsets={config.corpus.head_name: tagger.tagset}
        )
        return front(Tagger(checkpoint, device="cpu").model_card())

    assert data(name="treebank")["language"] == ["en"]
    ud = data(
        train=["/data/UD/de_gsd-ud-train.conllu", "de_hdt-ud-train.conllu", "nl_alpino-ud-train.conllu"]
    )
    assert ud["language"] == ["de", "nl"]
    assert ud["datasets"] == ["universal-dependencies/universal_dependencies"]
    assert "language" not in data(train="mine.conllu")


HOSTILE = (
    "<script>alert(1)</script> [x](http://evil) ![](y) `a` **b** | c\n# d\n---\nkey: value \x1b[2J & {{x}}"
)


def test_names_can_not_become_markup(tagger: Tagger, tmp_path: Path) -> None:
    other = changed(
        tagger, corpus=HOSTILE, licence=HOSTILE, teachers=(HOSTILE,), datasets={HOSTILE: 3}, problem=HOSTILE
    )
    card = other.model_card()
    data = front(card)
    assert data["model-index"][0]["results"][0]["dataset"]["name"] == HOSTILE
    _, _, text = card.split("---\n", 2)
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)<script", text)
    assert not re.search(r"(?<!\\)\]\(http://evil", text)
    assert "\n# d" not in text
    for table_row in re.findall(r"^\|.*\|$", text, re.M):
        assert len(re.findall(r"(?<!\\)\|", table_row)) in (4, 5)  # three columns, or four
    assert main(["card", "en", "-o", str(tmp_path / "card.md")]) == 0


@pytest.mark.parametrize("start", ["# a", "- a", "+ a", "= a", "1. a", "> a"])
def test_a_text_begins_no_block(start: str) -> None:
    assert escaped(start).replace("\\", "", 1) == start
    assert escaped(start) != start


def test_an_ensemble_has_the_scores_of_its_members_but_none_of_its_own(tagger: Tagger) -> None:
    card = Ensemble([tagger, tagger]).model_card("me/two")
    assert "ensemble of 2" in card.lower()
    assert "member 2, test, tiny" in card
    assert "Ensemble.load" in card
    assert "model-index" not in front(card)


def test_a_backbone_is_no_tagger(tagger: Tagger) -> None:
    card = changed(tagger, masked_words=True).model_card("me/base")
    assert "It gives no tags" in card
    assert "postagger train window --from hf:me/base" in card
    assert "pipeline_tag" not in front(card)


def test_significance_comes_from_a_comparison(tagger: Tagger, tmp_path: Path) -> None:
    origin = {"corpus": "tiny", "tested": "test part", "tokens": 1200, "seeds": 3}
    pairs = [{"sentence": "lstm is better than window by 0.4 points (p = 0.01)."}]
    (tmp_path / "results.json").write_text(json.dumps({"origin": origin, "pairs": pairs}), encoding="utf-8")
    card = tagger.model_card(comparison=tmp_path)
    assert "On tiny, test part: 1,200 tokens; seeds: 3." in card
    assert "- lstm is better than window by 0.4 points (p = 0.01)." in card
    for broken in ("{", "[]", '{"origin": {}, "pairs": []}', '{"origin": 1}'):
        (tmp_path / "results.json").write_text(broken, encoding="utf-8")
        with pytest.raises(DataError, match=r"results\.json is not the result of a comparison"):
            tagger.model_card(comparison=tmp_path)


@pytest.mark.parametrize(
    "facts",
    [
        {"languages": "English"},
        {"languages": ["en", "x\ny"]},
        {"datasets": "a/b/c"},
        {"carbon": -1.0},
        {"carbon": float("nan")},
        {"repo": "me/x\n"},
        {"repo": "```"},
        {"licenze": "MIT"},
    ],
)
def test_wrong_facts_are_refused(facts: dict[str, Any], tagger: Tagger) -> None:
    with pytest.raises(ConfigError):
        tagger.model_card(facts.pop("repo", ""), **facts)


def test_yaml_is_what_it_was_made_of() -> None:
    yaml = pytest.importorskip("yaml")
    value = {
        "plain": ["en", "no", "true", "1.0", "a: b", "", "é", "\u2028 \x85 \x00", "x" * 300, "- a", "null"],
        "nested": [{"a": {"b": [1, 2.5, None, True]}, "c": "d"}, {"e": [{"f": "g"}]}],
        "number": 0.955,
    }
    assert yaml.safe_load(as_yaml(value)) == value


def test_a_name_becomes_an_identifier() -> None:
    assert slug("UD English-EWT") == "ud-english-ewt"
    assert slug("語") == "corpus"


def test_only_folders_of_the_machine_are_left_out(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]
) -> None:
    tagger = Tagger.train(tiny_sentences, tiny_config())
    config = tiny_config(
        corpus={"train": ["/home/me/a.txt", "corpora/b.txt"], "dev": "../c.txt"},
        words={"vectors": "~/v.txt"},
        distillation={"text": ["/t/x.txt"], "teachers": ["/t/m.safetensors", "hf:me/one"]},
    )
    checkpoint = replace(tagger._checkpoint, config=config, tagsets={config.corpus.head_name: tagger.tagset})
    found = without_folders(checkpoint)
    assert found.config.corpus.train == ("a.txt", "corpora/b.txt")
    assert found.config.corpus.dev == "c.txt"
    assert found.config.words.vectors == "v.txt"
    assert found.config.distillation.teachers == ("m.safetensors", "hf:me/one")
    assert list(found.tagsets) == [found.config.corpus.head_name]
    two = replace(checkpoint, tagsets={**checkpoint.tagsets, "/x/a": tagger.tagset, "/y/a": tagger.tagset})
    with pytest.raises(ConfigError, match="two heads would be called alike"):
        without_folders(two)


def test_the_command_line_prints_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "en", "--repo", "me/english", "--language", "en", "--carbon", "3"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("---\nlanguage:\n  - en\nlicense: cc-by-sa-4.0\n")
    assert err == ""
    assert main(["card", "en", "--language", "English"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
