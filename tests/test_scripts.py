"""The scripts that say something of the repository: they must still be right."""

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from postagger import Corpus

ROOT = Path(__file__).resolve().parents[1]


def script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


def test_settings_page_is_up_to_date() -> None:
    page = (ROOT / "configs" / "README.md").read_text(encoding="utf-8")
    assert page == script("document_config").document()


def test_every_experiment_is_described() -> None:
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("experiments.md", "accuracy.md")]
    page = "".join(pages)
    scripts = [
        path for path in (ROOT / "scripts" / "experiments").glob("*.py") if '"__main__"' in path.read_text()
    ]
    assert len(scripts) == 10
    for path in scripts:
        assert f"[`{path.stem}`]" in page
    for name in re.findall(r"\]\(([^)#]+)\)", page):
        assert (ROOT / "docs" / name).is_file(), name


def test_sample_is_valid() -> None:
    checker = script("check_sample")
    problems: list[str] = []
    sentences = [sentence for part in checker.PARTS for sentence in checker.read(part, problems)]
    assert problems + checker.check(sentences) == []
    lengths = [len(sentence.words) for sentence in sentences]
    assert len(sentences) >= 700
    assert sum(lengths) >= 11_000
    assert sum(lengths) / len(lengths) >= 15
    assert len({xpos for sentence in sentences for xpos in sentence.xpos}) == 45


def test_sample_page_gives_the_counts() -> None:
    checker = script("check_sample")
    sentences = [sentence for part in checker.PARTS for sentence in checker.read(part, [])]
    assert checker.counts(sentences) in (ROOT / "data" / "sample" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("word", "upos", "xpos", "problem"),
    [
        ("dog", "VERB", "NN", "has XPOS NN with UPOS VERB"),
        ("the", "NOUN", "NN", "can be"),
        ("doesn't", "VERB", "VBZ", "not a token"),
        ("$5", "NUM", "CD", "not a token"),
        ("\u201c", ".", "``", "not a token"),
    ],
)
def test_sample_check_finds_a_wrong_token(word: str, upos: str, xpos: str, problem: str) -> None:
    checker = script("check_sample")
    sentence = checker.Sentence("here:1", "train", "news-01", "news", [word], [upos], [xpos])
    assert any(problem in found for found in checker.check([sentence]))


def test_sample_check_finds_doubled_sentences_and_documents_in_two_parts() -> None:
    checker = script("check_sample")
    sentences = [
        checker.Sentence("a:1", "train", "news-01", "news", ["Yes"], ["X"], ["UH"]),
        checker.Sentence("b:1", "dev", "news-01", "news", ["yes"], ["X"], ["UH"]),
    ]
    found = checker.check(sentences)
    assert "b:1: the same as a:1" in found
    assert "document news-01 is in several parts" in found


def test_sample_shares_no_run_with_the_treebank(treebank: object) -> None:
    assert treebank is not None
    checker = script("check_sample")
    sentences = [sentence for part in checker.PARTS for sentence in checker.read(part, [])]
    assert checker.overlaps(sentences, ["treebank"]) == []


def test_overlap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = script("check_sample")
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    sentence = checker.Sentence("here:1", "train", "news-01", "news", words, [], [])
    other = [(word.upper(), "CD") for word in words[1:]]

    monkeypatch.setattr(checker, "load_corpus", lambda name: Corpus(name, [other], [], []))
    assert len(checker.overlaps([sentence], ["other"])) == 1


def test_every_part_of_the_sample_has_ambiguous_words() -> None:
    checker = script("check_sample")
    for part in checker.PARTS:
        pairs = {(w.lower(), x) for s in checker.read(part, []) for w, x in zip(s.words, s.xpos, strict=True)}
        tags = Counter(word for word, _ in pairs)
        assert {"that", "to", "up"} <= set(tags)
        assert tags["that"] >= 3
