"""Exported taggers, computed by onnxruntime and decoded by the reader that is exported with them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import MODELS, Both, some_sentences, some_text

from postagger import (
    Config,
    ConfigError,
    Corpus,
    Ensemble,
    ModelFileError,
    PostaggerError,
    Tagger,
    WordVectors,
    load_corpus,
)
from postagger.features import WordClasses

pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("onnxruntime", reason="needs the extra onnx")

import onnx

from postagger.serving.onnx import LOWEST_OPSET, OPSET, export
from postagger.serving.onnx.reader import Reader

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = (
    *("logistic, lopsided", "window, lopsided", "window, crf", "window, gelu", "rnn, relu, two layers"),
    *("gru, 2 layers, both ways", "lstm, 1 layers, one way", "lstm, crf"),
)
"""Those that are tested each time; the others are slow together."""

VECTORS = WordVectors(
    ("the", "Trees", "nai\u0308ve", "1900"),
    np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32),
)
LETTERS = {"character_dim": 4, "character_filters": 6}
WORDS: dict[str, dict[str, Any]] = {
    "characters": {"words": LETTERS},
    "characters by an LSTM": {"words": LETTERS | {"character_encoder": "lstm"}},
    "nothing but characters": {
        "words": LETTERS | {"word_dim": 0, "prefixes": 0, "suffixes": 0, "shape": False}
    },
    "as before there was a normal form": {
        "words": {"normalise": False, "lowercase": False, "fold_digits": False},
        "vectors": VECTORS,
    },
    "vectors": {"vectors": VECTORS},
    "tuned vectors": {"vectors": VECTORS, "words": {"vectors_tuned": True}},
    "classes": {"classes": WordClasses({"the": "A", "trees": "B", "naïve": "C"})},
    "bits": {
        "words": {"class_prefixes": [2, 3]},
        "classes": WordClasses({"the": "0101", "trees": "111", "0000": "10"}, (2, 3)),
    },
}


def check(tagger: Tagger, folder: Path, sentences: list[list[str]], opset: int = OPSET) -> None:
    """Checks that the reader gives the tagger's own tags with every head."""
    reader = Reader(export_to(tagger, folder, opset))
    assert list(reader.heads) == list(tagger.heads)
    for head in tagger.heads:
        assert reader.tag_sents(sentences, head, batch=16) == list(tagger.tag_sents(sentences, head=head))


def export_to(tagger: Tagger, folder: Path, opset: int = OPSET) -> Path:
    assert all(file.is_file() for file in export(tagger, folder / "exported", opset=opset))
    return folder / "exported"


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FEW else pytest.mark.slow) for n in MODELS]
)
def test_every_kind_of_network_gives_the_tagger_s_tags(name: str, tmp_path: Path) -> None:
    check(Tagger(Both(MODELS[name]).checkpoint(7, 3)), tmp_path, [*some_sentences(1), *some_text(2)])


@pytest.mark.parametrize("model", ["window", pytest.param("lstm, crf", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WORDS)
def test_every_kind_of_word_feature_gives_the_tagger_s_tags(name: str, model: str, tmp_path: Path) -> None:
    tagger = Tagger(Both(MODELS[model], **WORDS[name]).checkpoint())
    check(tagger, tmp_path, [*some_sentences(3), *some_text(4)])


@pytest.mark.parametrize("opset", [LOWEST_OPSET, 18, pytest.param(21, marks=pytest.mark.slow)])
def test_every_version_of_the_operators(opset: int, tmp_path: Path) -> None:
    for name in ("window, gelu", "gru, 2 layers, both ways"):
        tagger = Tagger(Both(MODELS[name], LETTERS).checkpoint())
        check(tagger, tmp_path / name, some_sentences(5), opset=opset)
        model = onnx.load(tmp_path / name / "exported" / "model.onnx")
        assert [each.version for each in model.opset_import] == [opset]
        onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize(
    "parts", [("test",), pytest.param(("train", "dev", "test"), marks=pytest.mark.slow)], ids="_".join
)
def test_the_shipped_model_on_the_sample(parts: tuple[str, ...], tmp_path: Path) -> None:
    tagger = Tagger.load("en")
    reader = Reader(export_to(tagger, tmp_path))
    corpus = load_corpus("sample")
    sentences = [[word for word, _ in sentence] for part in parts for sentence in corpus.part(part)]
    for head in tagger.heads:
        assert reader.tag_sents(sentences, head) == list(tagger.tag_sents(sentences, head=head))


@pytest.mark.parametrize("kind", ["window", "lstm"])
def test_a_trained_model_is_tagged_with_by_the_exported_files_alone(
    kind: str, tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    """Exported in a process that has no torch, and read in one that has not even this package."""
    tagger = Tagger.train(tiny_corpus, tiny_config(kind))
    tagger.save(tmp_path / "model.safetensors")
    folder = tmp_path / "exported"
    exporting = (
        "import sys; sys.modules['torch'] = None; from postagger.cli import main; "
        "sys.exit(main(['export', *sys.argv[1:3], sys.argv[3]]))"
    )
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    given = [str(tmp_path / "model.safetensors"), "-o", str(folder)]
    subprocess.run([sys.executable, "-c", exporting, *given], env=where, check=True)
    sentences = [[word for word, _ in each] for each in (*tiny_corpus.dev, *tiny_corpus.test)]
    program = (
        "import runpy, sys; sys.modules['postagger'] = sys.modules['torch'] = None; del sys.argv[0]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(folder / "reader.py"), str(folder)],
        input="".join(" ".join(words) + "\n" for words in sentences),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [" ".join(map("/".join, each)) for each in tagger.tag_sents(sentences)]
    assert done.stdout.splitlines() == expected


@pytest.fixture(scope="module")
def spelling(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tagger, Reader]:
    """A model with all features of words, and its reader."""
    tagger = Tagger(Both(MODELS["logistic"], LETTERS, vectors=VECTORS).checkpoint())
    return tagger, Reader(export_to(tagger, tmp_path_factory.mktemp("spelling")))


TRICKY = (
    "aZ09\u00df\u0130\u0131\u00e9\u0301\u00ad\u200b\u200c\u200d\ufeff\uff21\ufb01\u0627\u0645\u0916\u3072\u6f22\u00aa"
    "\u01c5\U0001f600\u00bd\u00b2\u2014\u201c\u2019'\"`.-/\\(\uff02\ud800"
)
"""Characters for which there is a rule: marks, joiners, ligatures, scripts without case, quotes, dashes."""


@given(st.one_of(st.text(max_size=40), st.text(alphabet=TRICKY, max_size=12)))
@settings(max_examples=150)
def test_the_reader_reads_every_word_as_the_package_does(spelling: tuple[Tagger, Reader], word: str) -> None:
    tagger, reader = spelling
    types = tagger.encoding.encode([word])
    columns, characters = reader.numbers(word)
    assert columns == types.columns[1].tolist()
    assert characters == [number for number in types.characters[1].tolist() if number]


def test_what_can_t_be_exported(tmp_path: Path) -> None:
    tagger = Tagger(Both(MODELS["logistic"]).checkpoint())
    wrong: list[tuple[Any, type[PostaggerError], str]] = [
        (Ensemble([tagger]), ConfigError, "an ensemble can't be exported: export one of its members"),
        ("en", ConfigError, "expected a Tagger to export, not 'en': use Tagger.load"),
    ]
    for given_, error, message in wrong:
        with pytest.raises(error, match=message):
            export(given_, tmp_path / "x")
    for opset in (12, 99, "17", True):
        with pytest.raises(
            ConfigError, match=f"opset={opset!r}: expected a version of ONNX's operators, 13 to"
        ):
            export(tagger, tmp_path / "x", opset=opset)  # type: ignore[arg-type]
    (tmp_path / "file").touch()
    with pytest.raises(ModelFileError, match="it is a file; name a folder"):
        export(tagger, tmp_path / "file")
    export(tagger, tmp_path / "twice")
    with pytest.raises(ModelFileError, match=r"has model\.onnx, tagger\.json, reader\.py already"):
        export(tagger, tmp_path / "twice")
    export(tagger, tmp_path / "twice", overwrite=True)
    assert not (tmp_path / "x").exists()


def test_a_model_of_another_kind_is_refused(
    encoder_config: Callable[..., Config], tiny_corpus: Corpus
) -> None:
    tagger = Tagger.train(tiny_corpus, encoder_config(training={"epochs": 1}))
    with pytest.raises(ConfigError, match="models of the kind 'encoder' can't be exported, only logistic, "):
        export(tagger, "nowhere")


def test_a_reader_refuses_a_newer_format(tmp_path: Path) -> None:
    folder = export_to(Tagger(Both(MODELS["logistic"]).checkpoint()), tmp_path)
    file = folder / "tagger.json"
    file.write_text(file.read_text("utf-8").replace('"format":1,', '"format":2,'), "utf-8")
    with pytest.raises(ValueError, match="has format 2, but this reader is for format 1"):
        Reader(folder)
