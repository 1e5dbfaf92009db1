"""Tagging needs no torch; what does says so in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Tagger
from postagger.corpora import TaggedSentence

START = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from postagger import Ensemble, PostaggerError, Tagger
from postagger.cli import main
tagger, words = Tagger.load(sys.argv[1]), ["the", "dog"]
"""

PROGRAMS = {
    "tag": "print(tagger.tag(words))",
    "auto": "print(Tagger.load(sys.argv[1], device='auto').tag(words))",
    "stream": "print(next(tagger.tag_sents([words], workers=2)))",
    "columns": "print([(w, next(iter(t.values()))) for w, t in next(tagger.tag_columns([words]))])",
    "ensemble": "print(Ensemble([tagger, tagger]).tag(words))",
    "save": "tagger.save(sys.argv[1]); print(tagger.tag(words))",
    "rates": "print([(w, next(iter(d))) for w, d in zip(words, tagger.distributions(words))])",
    "vectors": "assert tagger.word_vectors(words).shape[0] == 2; print(tagger.tag(words))",
    "evaluate": "tagger.evaluate_on([tagger.tag(words)]); print(tagger.tag(words))",
    "command": "main(['tag', sys.argv[1], '--tokenized', '-'])",
}

REFUSED = {
    "train": ("Tagger.train([[('a', 'A')]])", "training needs torch"),
    "pretrain": ("Tagger.pretrain({})", "training needs torch"),
    "explain": ("tagger.explain(words, 0)", "explaining a tag needs torch"),
    "train by command": ("raise SystemExit(main(['train', 'window']))", "training needs torch"),
    "pretrain by command": ("raise SystemExit(main(['pretrain', 'x.txt']))", "training needs torch"),
    "compare by command": ("raise SystemExit(main(['compare', 'window']))", "a comparison needs torch"),
    "tune by command": ("raise SystemExit(main(['tune', 'window']))", "a search needs torch"),
    "explain by command": (
        "raise SystemExit(main(['explain', sys.argv[1], 'the dog']))",
        "explaining a tag needs torch",
    ),
    "cuda": ("Tagger.load(sys.argv[1], device='cuda')", "CUDA needs torch"),
    "network": ("tagger.network", "the network as a torch module needs torch"),
    "a model of one's own": ("from postagger import register_model", "postagger.register_model needs torch"),
}


@pytest.fixture(scope="module")
def model(
    tiny_sentences: list[TaggedSentence],
    tiny_config: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    Tagger.train(tiny_sentences, tiny_config(training={"epochs": 20}, corpus={"name": "tiny"})).save(path)
    return path


def run(program: str, model: Path) -> str:
    command = [sys.executable, "-c", START + program, str(model)]
    done = subprocess.run(command, input="the dog\n", check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", PROGRAMS)
def test_tagging_needs_no_torch(name: str, model: Path) -> None:
    expected = Tagger.load(model).tag(["the", "dog"])
    text = " ".join(map("/".join, expected))
    assert run(PROGRAMS[name], model) == (text if name == "command" else str(expected))


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_torch_says_how_to_install_it(name: str, model: Path) -> None:
    program, message = REFUSED[name]
    expected = f"{message}: pip install 'postagkit[train]'"
    if "by command" in name:
        command = [sys.executable, "-c", START + program, str(model)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, f"postagger: {expected}\n")
    else:
        tried = f"try:\n    {program}\nexcept PostaggerError as error: print(error)\nelse: print('done')"
        assert run(tried, model) == expected
