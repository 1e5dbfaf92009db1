#!/usr/bin/env python3
r"""Makes the model of English that comes with the package: data/models/en.safetensors, with licence and card.

It is a window tagger for the columns XPOS, UPOS and FEATS of UD English-EWT. It learns from the treebank, and
from a fine-tuned encoder: from its distributions over other text, and from what it makes of single words,
which become word vectors (docs/explanation/shipped_model.md). The treebank's test part is never read. It
takes an hour or two of one core. What is done is kept in the folder of --work, so that the same command
continues where it was interrupted.

With --student window or lstm, a larger student learns from the same teacher and text instead. It is no part
of the package; its scores on dev are printed.

The treebank's files en_ewt-ud-train.conllu and en_ewt-ud-dev.conllu (gzipped or not) are those of Universal
Dependencies. The text is the treebank's, the sample's, and that of four options: WordNet's files data.noun
... are in the Debian package wordnet-base, the Jargon File is in jargon-text, the fortunes are in fortunes
and fortunes-min, and the snippets are in the source archive of vaderSentiment 3.3.2 (the package index has
it), in additional_resources/hutto_ICWSM_2014.tar.gz.

Example:
    python scripts/fetch_pretrained.py mpnet runs/mpnet
    python scripts/fetch_pretrained.py glove runs/glove
    python scripts/shipped_model.py --train en_ewt-ud-train.conllu --dev en_ewt-ud-dev.conllu \
        --encoder runs/mpnet --glove runs/glove/glove.6B.50d.txt \
        --wordnet /usr/share/wordnet --jargon /usr/share/doc/jargon-text/jargon.txt.gz \
        --fortunes /usr/share/games/fortunes --snippets hutto_ICWSM_2014
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import spinning  # noqa: F401 (before torch)
from shipped.card import LICENCE, card, notice, scores_of, table
from shipped.soft_tags import SoftTags, write_soft_tags
from shipped.texts import as_text, both_ways, fortunes, jargon, snippets, wordnet, write_text
from shipped.vectors import GLOVE, STATES, write_vectors

from postagger import Corpus, Tagger, load_config, load_corpus
from postagger.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from postagger.config import WordsConfig
from postagger.corpora import load_configured
from postagger.features.vectors import choose_vectors
from postagger.models import TrainedModel
from postagger.pipeline import Reporter, train_tagger
from postagger.text import load_text
from postagger.training import EpochRecord

ROOT = Path(__file__).resolve().parents[1]

COLUMNS = ["xpos", "upos", "feats"]

TEACHER: dict[str, Any] = {"model.layers": 8}
"""The teacher's settings, where they differ from those of configs/encoder.toml."""

DISTILLED: dict[str, Any] = {
    "pretraining.corpora": [],
    "distillation.teachers": [],
    "distillation.weight": 4.0,
    "words.dropout": 0.3,
    "model.dropout": 0.3,
    "training.epochs": 10,
    "training.batch_size": 32,
    "training.learning_rate": 1.5e-3,
}
"""The settings of all students, where they differ from those of their config."""


@dataclass(frozen=True)
class Student:
    """How a student differs from the others.

    Attributes:
        config: the name of its config.
        frequent: words of GloVe with a vector, besides those of the training part.
        numbers: how many numbers of a vector are GloVe's and the teacher's.
        settings: where they differ from those of the config.
    """

    config: str
    frequent: int
    numbers: tuple[int, int]
    settings: dict[str, Any]


WIDE: dict[str, Any] = {"words.word_dim": 100, "words.min_count": 2}
SMALL: dict[str, Any] = {"words.word_dim": 32, "words.min_count": 4, "model.hidden": [512]}

STUDENTS = {
    # The file may have 10 MB. The seed is the best of three on dev (docs/explanation/accuracy.md).
    "en": Student(
        "window_distilled",
        48_000,
        (GLOVE, STATES),
        SMALL | {"training.dtype": "bfloat16", "training.seed": 2},
    ),
    "window": Student(
        "window_distilled",
        90_000,
        (50, 40),
        WIDE | {"model.hidden": [1024], "training.dtype": "bfloat16"},
    ),
    "lstm": Student("lstm_distilled", 90_000, (50, 40), WIDE | {"model.hidden": 256}),
}


def corpus_settings(options: argparse.Namespace, columns: list[str]) -> dict[str, Any]:
    return {
        "corpus.train": str(options.train),
        "corpus.dev": str(options.dev),
        "corpus.column": columns,
    }


def train_teacher(options: argparse.Namespace) -> TrainedModel:
    """The teacher, which is trained if its file is not there yet."""
    file: Path = options.work / "teacher.safetensors"
    if not file.exists():
        settings = corpus_settings(options, COLUMNS) | TEACHER | {"model.encoder": str(options.encoder)}
        config = load_config("encoder", settings)
        Tagger.train(load_configured(config.corpus), config, progress=True, score_test=False).save(file)
    return TrainedModel.load(file)


def make_texts(options: argparse.Namespace, corpus: Corpus) -> list[Path]:
    """Writes the texts that are not there yet."""
    folder: Path = options.work / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    sources: dict[str, Callable[[], Iterable[list[str]]]] = {
        "ewt": lambda: words_of(corpus),
        "sample": lambda: words_of(load_corpus("sample")),
        "wordnet": lambda: both_ways(wordnet(options.wordnet)),
        "jargon": lambda: both_ways(jargon(options.jargon)),
        "fortunes": lambda: fortunes(options.fortunes),
        "snippets": lambda: snippets(options.snippets),
        **{name: partial(more_text, name) for name in options.more},
    }
    for name, read in sources.items():
        if not (folder / f"{name}.jsonl").exists():
            write_text(folder / f"{name}.jsonl", read())
    return [folder / f"{name}.jsonl" for name in sources]


def more_text(name: str) -> Iterable[list[str]]:
    return both_ways(as_text(load_text(name)))


def words_of(corpus: Corpus) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in corpus.train]


def soft_tags(teacher: TrainedModel, texts: list[Path]) -> SoftTags:
    """The teacher's distributions for all tokens of the texts; those that are not there yet are computed."""
    pairs = [(text, text.with_suffix(".npz")) for text in texts]
    for text, target in pairs:
        if not target.exists():
            print(f"the teacher tags {text.name}", file=sys.stderr)
            write_soft_tags(teacher, text, target)
    return SoftTags({name: head.tagset for name, head in teacher.heads.items()}, pairs)


def make_vectors(options: argparse.Namespace, teacher: TrainedModel, corpus: Corpus) -> Path:
    """The file of word vectors, which is made if it is not there yet."""
    student = STUDENTS[options.student]
    file: Path = options.work / f"vectors-{student.frequent}-{sum(student.numbers)}.txt"
    if not file.exists():
        words = {word for sentence in corpus.train for word, _ in sentence}
        settings = WordsConfig(vectors=str(options.glove), vectors_limit=student.frequent)
        glove = choose_vectors(None, settings, words)
        assert glove is not None
        write_vectors(file, teacher, glove, student.numbers)
    return file


def train_student(options: argparse.Namespace) -> tuple[Corpus, Checkpoint]:
    """The corpus, and the student that was trained on it."""
    teacher = train_teacher(options)
    student = STUDENTS[options.student]
    settings = corpus_settings(options, COLUMNS) | DISTILLED | student.settings
    if options.seed is not None:
        settings["training.seed"] = options.seed
    corpus = load_configured(load_config(student.config, settings).corpus)
    texts = make_texts(options, corpus)
    settings["words.vectors"] = str(make_vectors(options, teacher, corpus))
    settings["distillation.text"] = [str(text) for text in texts]
    config = load_config(student.config, settings)
    teachers = [soft_tags(teacher, texts)]
    return corpus, train_tagger(corpus, config, Reporter(report), score_test=False, teachers=teachers)


def report(epoch: EpochRecord) -> None:
    scores = ", ".join(f"{name} {100 * (rate or 0):.2f}" for name, rate in epoch.dev_accuracies.items())
    print(f"epoch {epoch.epoch}, on dev: {scores}", file=sys.stderr, flush=True)


def without_paths(checkpoint: Checkpoint) -> Checkpoint:
    """The same, but without the names of folders: a shipped file says nothing of the machine."""
    data = checkpoint.config.model_dump()
    config = checkpoint.config
    corpus = config.corpus.model_copy(
        update={part: Path(data["corpus"][part]).name for part in ("train", "dev")}
    )
    words = config.words.model_copy(update={"vectors": Path(data["words"]["vectors"]).name})
    texts = tuple(Path(text).name for text in config.distillation.text)
    distillation = config.distillation.model_copy(update={"text": texts})
    config = config.model_copy(update={"corpus": corpus, "words": words, "distillation": distillation})
    left_out = {Path(name).name: count for name, count in checkpoint.record.left_out.items()}
    facts = {"corpus": "UD English-EWT", "left_out": left_out}
    return replace(checkpoint, config=config, record=checkpoint.record.model_copy(update=facts))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, what in (
        ("train", "the treebank's training part"),
        ("dev", "its dev part"),
        ("encoder", "the folder of the pretrained encoder"),
        ("glove", "GloVe's vectors, as text"),
        ("wordnet", "the folder of WordNet's files"),
        ("jargon", "the Jargon File, as text"),
        ("fortunes", "the folder of the fortunes"),
        ("snippets", "the folder of the VADER data set"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=what)
    parser.add_argument(
        "--more", nargs="+", default=[], metavar="CORPUS", help="NLTK's corpora as further text"
    )
    parser.add_argument("--work", type=Path, default=Path("runs/shipped"), help="(default: runs/shipped)")
    parser.add_argument("--student", choices=STUDENTS, default="en", help="(default: en)")
    parser.add_argument("--seed", type=int, help="the student's (default: 2 for en, else 1)")
    parser.add_argument(
        "-o", "--output", type=Path, help="folder (default: data/models for en, else that of --work)"
    )
    parser.add_argument("--card", type=Path, default=ROOT / "docs" / "explanation" / "shipped_model.md")
    options = parser.parse_args()
    corpus, checkpoint = train_student(options)
    write(options, corpus, without_paths(checkpoint))


def write(options: argparse.Namespace, corpus: Corpus, checkpoint: Checkpoint) -> None:
    """Writes the model; with `en` its licence and its card, else the scores on stdout."""
    is_shipped = options.student == "en"
    folder = options.output or (ROOT / "data" / "models" if is_shipped else options.work)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{options.student}.safetensors"
    write_checkpoint(file, replace(checkpoint, licence=LICENCE), half=True)
    write_checkpoint(file, measured(read_checkpoint(file), corpus), half=True)
    if is_shipped:
        (folder / "LICENSE").write_text(notice(), encoding="utf-8")
        options.card.write_text(card(file, corpus, options.dev), encoding="utf-8")
    else:
        print(table(scores_of(Tagger.load(file), corpus, options.dev)))


def measured(rounded: Checkpoint, corpus: Corpus) -> Checkpoint:
    """The model with the temperatures and the scores that its rounded weights have on dev."""
    tagger = Tagger(rounded)
    accuracies = {name: each.tokens.value for name, each in tagger.evaluate_columns(corpus, "dev").items()}
    facts = {"dev_accuracy": accuracies[tagger.head], "dev_accuracies": accuracies}
    temperatures = {name: tagger.with_head(name).calibrate(corpus).temperature for name in tagger.heads}
    return replace(rounded, record=rounded.record.model_copy(update=facts), temperatures=temperatures)


if __name__ == "__main__":
    main()
