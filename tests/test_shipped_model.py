"""The parts of scripts/shipped_model.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shipped import card
from shipped.soft_tags import SoftTags, read_text, write_soft_tags
from shipped.texts import as_text, both_ways, fortunes, jargon, snippets, wordnet, write_text
from shipped.vectors import GLOVE, STATES, write_vectors
from shipped_model import DISTILLED, STUDENTS, measured

from postagger import Config, Corpus, Tagger, WordVectors, load_config, load_vectors
from postagger.checkpoint import read_checkpoint, write_checkpoint
from postagger.corpora import TaggedSentence
from postagger.evaluation import Rate
from postagger.models import TrainedModel


def test_wordnet_s_examples_are_read(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text('  1 the licence | "not this one either"\n')
    with (tmp_path / "data.noun").open("a") as file:
        gloss = """an animal; "a dog's (long) life"; "too short"; "a well-fed dog barks"\n"""
        file.write(f"00001 03 n 01 dog 0 000 | {gloss}")
    found = list(wordnet(tmp_path))
    assert found == [["a", "dog", "'s", "(", "long", ")", "life"], ["a", "well-fed", "dog", "barks"]]
    assert list(both_ways([found[1], found[1]])) == [["a", "well", "-", "fed", "dog", "barks"], found[1]]


def test_sentences_of_other_corpora_become_text() -> None:
    given = ["``", "I", "ca", "n't", "-LRB-", "won't", "-RRB-", "''", "."], ["Too", "short", "."]
    assert list(as_text(given)) == [['"', "I", "ca", "n't", "(", "wo", "n't", ")", '"', "."]]


def test_sentences_of_the_jargon_file_are_read(tmp_path: Path) -> None:
    text = """\
   {foo}

   A heading that is no sentence, and that is longer than sixty characters

   [from the _old_ days] n. Used very generally as a sample name for {absolutely} anything [1].  See
   also {bar}, which is like it. Bye.
"""
    (tmp_path / "jargon.txt").write_text(text)
    assert [" ".join(sentence) for sentence in jargon(tmp_path / "jargon.txt")] == [
        "Used very generally as a sample name for absolutely anything .",
        "See also bar , which is like it .",
    ]


def test_sentences_of_fortunes_are_read(tmp_path: Path) -> None:
    text = """\
A fool and his money
are soon parted. (I had none.)
\t\t-- Somebody
%
Don't do it!  Not at https://example.org/a, I'd say; see the well-known reasons.
%
"""
    (tmp_path / "wisdom").write_text(text)
    (tmp_path / "wisdom.dat").write_bytes(b"\0")
    (tmp_path / "songs-poems").write_text("Tell me a song, a song of four words.\n")
    assert [" ".join(sentence) for sentence in fortunes(tmp_path)] == [
        "A fool and his money are soon parted .",
        "Not at https://example.org/a , I 'd say ; see the well - known reasons .",
    ]


def test_snippets_are_read(tmp_path: Path) -> None:
    for kind in ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets"):
        (tmp_path / f"{kind}_GroundTruth.txt").write_text("1_1\t0.5\tToo short\r\n")
    with (tmp_path / "tweets_GroundTruth.txt").open("a") as file:
        file.write("2\t-1.5\t@anonymous said ''no'' to it :(\r\n")
    assert [" ".join(sentence) for sentence in snippets(tmp_path)] == ['@anonymous said " no " to it :(']


def test_vectors_are_of_glove_s_and_of_the_teacher_s(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config(model={"hidden": [30]})).save(tmp_path / "model")
    words = tuple(sorted({word.lower() for sentence in tiny_corpus.train for word, _ in sentence}))
    random = np.random.default_rng(1)
    glove = WordVectors(words, random.normal(size=(len(words), 50)).astype(np.float32) + 7)
    write_vectors(tmp_path / "vectors.txt", TrainedModel.load(tmp_path / "model"), glove)
    made = load_vectors(tmp_path / "vectors.txt")
    assert made.words == words
    parts = np.split(made.vectors, [GLOVE], axis=1)
    assert [part.shape[1] for part in parts] == [GLOVE, STATES]
    for part in parts:
        assert part.std() == pytest.approx(0.4, abs=0.01)
        assert np.allclose(part.mean(axis=0), 0, atol=1e-3)
    centred = glove.vectors - glove.vectors.mean(0)
    kept = np.linalg.svd(centred, compute_uv=False)[:GLOVE]  # the largest, in order
    assert np.allclose(
        np.linalg.norm(parts[0], axis=0) / np.linalg.norm(parts[0]), kept / np.linalg.norm(kept)
    )


def test_vectors_may_have_other_numbers(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    Tagger.train(tiny_corpus, tiny_config(model={"hidden": [30]})).save(tmp_path / "model")
    words = tuple(sorted({word.lower() for sentence in tiny_corpus.train for word, _ in sentence}))
    glove = WordVectors(words, np.random.default_rng(1).normal(size=(len(words), 50)).astype(np.float32))
    write_vectors(tmp_path / "vectors.txt", TrainedModel.load(tmp_path / "model"), glove, (5, 3))
    assert load_vectors(tmp_path / "vectors.txt").vectors.shape == (len(words), 8)


@pytest.mark.parametrize("name", STUDENTS)
def test_the_settings_of_each_student_are_valid(name: str) -> None:
    student = STUDENTS[name]
    config = load_config(student.config, DISTILLED | student.settings)
    assert config.words.dropout == 0.3


ROUNDED = 1e-3
"""Probabilities in float16 differ by no more."""


@pytest.fixture
def columns(tiny_corpus: Corpus) -> Corpus:
    """The tiny corpus with the tags XPOS and, in a second column, their first letters."""

    def short(sentences: list[TaggedSentence]) -> list[TaggedSentence]:
        return [[(word, tag[0]) for word, tag in sentence] for sentence in sentences]

    main = tiny_corpus
    second = Corpus("upos", short(main.train), short(main.dev), short(main.test))
    settings = Config.model_validate({"corpus": {"column": ["xpos", "upos"]}}).corpus
    return Corpus("xpos", main.train, main.dev, main.test, others=(second,), loaded_from=settings)


def test_soft_tags_are_those_of_the_teacher(
    columns: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    config = tiny_config(corpus={"column": ["xpos", "upos"]})
    Tagger.train(columns, config).save(tmp_path / "model")
    tagger, model = Tagger.load(tmp_path / "model"), TrainedModel.load(tmp_path / "model")
    text, tags = tmp_path / "text.jsonl", tmp_path / "text.npz"
    write_text(text, [[word for word, _ in sentence] for sentence in columns.test])
    write_soft_tags(model, text, tags)
    teacher = SoftTags(tagger.heads, [(text, tags)])
    assert list(teacher.heads) == ["xpos", "upos"]
    for some in (read_text(text), read_text(text)[::-1]):
        for head in teacher.heads:
            expected = tagger.with_head(head).at_temperature(1.0).probabilities(some)
            assert np.allclose(teacher.with_head(head).probabilities(some), expected, atol=ROUNDED)


def test_what_is_shipped_is_calibrated_and_scored_as_it_is_rounded(
    columns: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    trained = Tagger.train(columns, tiny_config(corpus={"column": ["xpos", "upos"]}))
    trained.at_temperature(5.0).save(tmp_path / "model")
    write_checkpoint(tmp_path / "half", read_checkpoint(tmp_path / "model"), half=True)
    rounded = read_checkpoint(tmp_path / "half")
    tagger = Tagger(measured(rounded, columns))
    for head, rate in tagger.record.dev_accuracies.items():
        own = Tagger(rounded).with_head(head)
        assert rate == own.evaluate_on(columns.by_head[head].dev).tokens.value
        assert tagger.with_head(head).temperature == own.calibrate(columns).temperature != 5.0
    rows = card.confidence(tagger, columns).splitlines()[2:]
    assert [row.split(" | ")[:2] for row in rows] == [
        [f"| {head.upper()}", f"{tagger.with_head(head).temperature:.2f}"] for head in tagger.heads
    ]


def test_the_table_gives_every_part_in_per_cent() -> None:
    rate = Rate(3, 4)
    assert card.table({"all": dict.fromkeys(card.COLUMNS, rate)}).splitlines()[-1] == (
        "| all | 75.00 | 75.00 | 75.00 | 4 |"
    )
    assert card.LICENCE in card.notice()


def test_sentences_are_read_in_capitals() -> None:
    assert card.read([[("Dog", "NN")]], str.upper) == [[("DOG", "NN")]]
