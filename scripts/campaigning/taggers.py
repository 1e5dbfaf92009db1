"""Small taggers of every kind, and what they are given."""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from postagger import Ensemble, Tagger, load_config, load_corpus

ROOT = Path(__file__).resolve().parents[2]

Sentences = list[list[str]]
SentenceTagger = Tagger | Ensemble


def train(folder: Path) -> None:
    """Trains small taggers on the sample treebank: window, lstm, crf, characters, an ensemble, an encoder."""
    corpus = load_corpus("sample")
    for name, config, more in (
        ("window", "window", {}),
        ("lstm", "lstm", {}),
        ("crf", "lstm_crf", {"words.character_dim": 0}),
        ("characters", "window", {"words.character_dim": 8, "words.character_filters": 16}),
        ("ensemble/1", "window", {"training.seed": 2}),
        ("ensemble/2", "lstm", {"training.seed": 3}),
    ):
        settings = load_config(config, {"corpus.name": "sample", "training.epochs": 2, **more})
        Tagger.train(corpus, settings).save(folder / f"{name}.safetensors")
        print(f"{name} is trained", flush=True)
    sys.path.insert(0, str(ROOT / "tests"))
    from tiny_encoders import make_encoders

    texts = [" ".join(word for word, _ in sentence) for sentence in corpus.train]
    with tempfile.TemporaryDirectory() as made:
        model = {"kind": "encoder", "encoder": str(make_encoders(Path(made), texts)["bert"])}
        words = {"word_dim": 0, "prefixes": 0, "suffixes": 1}
        training = {"epochs": 1, "device": "cpu"}
        plain = {"corpus": {"name": "sample"}, "model": model, "words": words, "training": training}
        Tagger.train(corpus, plain).save(folder / "encoder.safetensors")


def load(path: Path) -> SentenceTagger:
    return Ensemble.load(path, device="cpu") if path.is_dir() else Tagger.load(path, device="cpu")


def memory() -> str:
    """The memory that this process has now, and the most that it has had."""
    now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{now / 2**20:.0f} MB now, {most / 2**10:.0f} MB at most"


def new_sentences(numbers: Iterator[int], count: int = 20) -> Sentences:
    """Sentences with new words among old ones."""
    return [["The", f"w{next(numbers)}", "of", "May", f"x{next(numbers)}ing", "."] for _ in range(count)]


def answers(tagger: SentenceTagger, sentences: Sentences) -> list[list[tuple[str, str]]]:
    return list(tagger.tag_sents(sentences))
