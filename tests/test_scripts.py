"""Scripts that document or check the repository, and what all scripts have in common."""

import dataclasses
import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from postagger import Corpus

ROOT = Path(__file__).resolve().parents[1]
EXPERIMENTS = [
    path for path in (ROOT / "scripts" / "experiments").glob("*.py") if '"__main__"' in path.read_text()
]

PRINT_SPIN_COUNT_WHEN_TORCH_IS_IMPORTED = """
import os, runpy, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("GOMP_SPINCOUNT"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Finder())
sys.path.insert(0, os.path.dirname(sys.argv[1]))
runpy.run_path(sys.argv[1])
print(os.environ.get("GOMP_SPINCOUNT"))  # torch has not been imported yet
"""


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
    docs = ROOT / "docs"
    pages = [*(docs / "explanation").glob("*.md"), docs / "how-to" / "text.md"]
    page = "".join(path.read_text(encoding="utf-8") for path in pages)
    assert len(EXPERIMENTS) == 17
    for path in EXPERIMENTS:
        assert f"[`{path.stem}`]" in page


def test_links_between_pages_lead_somewhere() -> None:
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        page = path.read_text(encoding="utf-8")
        text = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)  # a[0](1) in code is no link
        for name in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            assert re.match("https?://", name) or (path.parent / name).exists(), f"{path}: {name}"


@pytest.mark.parametrize(
    "path", [ROOT / "scripts" / "benchmark.py", *EXPERIMENTS], ids=lambda path: path.stem
)
def test_a_script_limits_spinning_before_it_imports_torch(path: Path) -> None:
    def spin_count(**settings: str) -> str:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
        }
        command = [sys.executable, "-c", PRINT_SPIN_COUNT_WHEN_TORCH_IS_IMPORTED, str(path)]
        done = subprocess.run(
            command, env={**environment, **settings}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert spin_count() == "1000"
    if path.stem == "benchmark":  # the user's own choice
        assert spin_count(GOMP_SPINCOUNT="7") == "7"
        assert spin_count(OMP_WAIT_POLICY="active") == "None"


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
        ("the", "NOUN", "NN", "expected one of ['DT']"),
        ("doesn't", "VERB", "VBZ", "not a token"),
        ("$5", "NUM", "CD", "not a token"),
        ("\u201c", ".", "``", "not a token"),
    ],
)
def test_sample_check_finds_a_wrong_token(word: str, upos: str, xpos: str, problem: str) -> None:
    checker = script("check_sample")
    sentence = checker.Sentence("here:1", "train", "news-01", "news", [word], [upos], [xpos])
    assert any(problem in found for found in checker.check([sentence]))


def test_sample_check_finds_duplicate_sentences_and_documents_in_two_parts() -> None:
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


def test_challenge_set_is_valid() -> None:
    checker = script("check_challenge")
    pairs = checker.load_challenge()
    assert checker.check(pairs) == []
    assert len(pairs) >= 150


def test_challenge_page_gives_the_counts() -> None:
    checker = script("check_challenge")
    page = (ROOT / "data" / "challenge" / "README.md").read_text(encoding="utf-8")
    assert checker.counts(checker.load_challenge()) in page


def test_challenge_set_shares_no_run_with_the_treebank(treebank: object) -> None:
    assert treebank is not None
    checker = script("check_challenge")
    assert checker.overlaps(checker.load_challenge(), ["treebank"]) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"upos": "VERB"}, "in has XPOS RP with UPOS VERB"),
        ({"xpos": "IN", "upos": "NOUN"}, "has XPOS IN with UPOS NOUN"),
        ({"xpos": "QQ"}, "has XPOS QQ"),
        ({"words": ("On", "Friday's", "she", "handed", "it", "in", ".")}, "Friday's is not a token"),
        ({"text": "On Friday she handed it in ."}, "the text does not consist of the tokens"),
        ({"identifier": "particle-1-c"}, "are not called particle-1-a and particle-1-b"),
        ({"xpos": "IN"}, "both words have the same tags"),
        ({"target": 4}, "the words are it and in"),
    ],
)
def test_challenge_check_finds_a_wrong_sentence(change: dict[str, object], problem: str) -> None:
    checker = script("check_challenge")
    pair = checker.load_challenge()[0]
    changed = dataclasses.replace(pair, first=dataclasses.replace(pair.first, **change))
    assert any(problem in found for found in checker.check([changed, *checker.load_challenge()[1:]]))


def test_challenge_check_finds_duplicates_gaps_and_small_phenomena() -> None:
    checker = script("check_challenge")
    pair = checker.load_challenge()[0]
    found = checker.check([pair, pair])
    assert "particle-1-a: the same as particle-1-a" in found
    assert {"only 1 phenomena", "only 2 pairs of particle", "particle-1: expected number 2"} <= set(found)
