"""Anything with a tag set and probabilities can teach; what a teacher makes of a text is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from postagger import Config, ConfigError, Corpus, Ensemble, EpochRecord, ModelFileError, Tagger
from postagger.corpora import TaggedSentence
from postagger.features import TagSet
from postagger.inference import ReferencePredictor
from postagger.pipeline.distillation import distributions
from postagger.pipeline.teachers import ModelTeacher, as_teachers, read_teachers

MakeConfig = Callable[..., Config]

TEXT = [["The", "dog", "saw", '"'], ["trees"], ["Boris", "can", "run"]]

pytestmark = pytest.mark.usefixtures("one_thread")


class Oracle:
    """A teacher that is sure of everything: each word's tag depends on its length."""

    description = "an oracle"

    def __init__(self, tags: Sequence[str], change: Callable[[Any], Any] = lambda rows: rows) -> None:
        self.tagset = list(tags)
        self.change = change
        self.asked: list[list[str]] = []

    def probabilities(self, sentences: Sequence[list[str]], /) -> Any:
        self.asked += sentences
        words = [word for sentence in sentences for word in sentence]
        return self.change(np.eye(len(self.tagset))[[len(word) % len(self.tagset) for word in words]])


@pytest.fixture
def text(write: Callable[..., str], tiny_sentences: list[TaggedSentence]) -> str:
    return write("text.txt", [[word for word, _ in sentence] for sentence in tiny_sentences[:16]])


@pytest.fixture
def student(tiny_config: MakeConfig, text: str) -> Config:
    return tiny_config(distillation={"text": [text], "weight": 50.0}, training={"epochs": 4})


def test_a_student_follows_a_teacher_that_is_no_tagger(tiny_corpus: Corpus, student: Config) -> None:
    oracle = Oracle(["DT", "NN", "IN"])
    tagger = Tagger.train(tiny_corpus, student, teachers=[oracle])
    assert tagger.record.teachers == ("an oracle",)
    assert len(oracle.asked) == 16
    words = [word for sentence in oracle.asked for word in sentence]
    predicted = [tag for sentence in tagger.tag_sents(oracle.asked) for _, tag in sentence]
    expected = [oracle.tagset[len(word) % 3] for word in words]
    same = sum(one == other for one, other in zip(predicted, expected, strict=True))
    assert same > 0.9 * len(words)


def test_taggers_ensembles_and_those_of_the_config_teach_together(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, tmp_path: Path
) -> None:
    taggers = [Tagger.train(tiny_corpus, tiny_config(kind)) for kind in ("window", "gru", "logistic")]
    taggers[2].save(tmp_path / "third.safetensors")
    plain = {"text": [text]}
    given = Tagger.train(
        tiny_corpus,
        tiny_config(distillation=plain | {"teachers": [str(tmp_path / "third.safetensors")]}),
        teachers=[taggers[0], Ensemble(taggers[1:2])],
    )
    for number, each in enumerate(taggers):
        each.save(tmp_path / "all" / f"{number}.safetensors")
    read = Tagger.train(tiny_corpus, tiny_config(distillation=plain | {"teachers": [str(tmp_path / "all")]}))
    words = [[word for word, _ in sentence] for sentence in tiny_corpus.train]
    assert np.allclose(given.probabilities(words), read.probabilities(words), atol=1e-3)


def test_the_head_with_the_name_of_the_column_teaches() -> None:
    class WithHeads(Oracle):
        def __init__(self, heads: dict[str, list[str]], head: str) -> None:
            super().__init__(heads[head])
            self.heads, self.head = heads, head

        def with_head(self, name: str) -> WithHeads:
            return WithHeads(self.heads, name)

    from postagger.pipeline.teachers import for_head

    teacher = WithHeads({"xpos": ["NN"], "upos": ["NOUN", "X"]}, "xpos")
    assert list(for_head(teacher, "upos").tagset) == ["NOUN", "X"]
    assert for_head(teacher, "feats") is teacher


@pytest.mark.parametrize(
    ("teachers", "message"),
    [
        ([3], "a teacher must have a tagset and a method probabilities"),
        (["model.safetensors"], "use Tagger.load"),
        ("model.safetensors", "teachers must be a list of taggers"),
        (Oracle(["NN"]), "teachers must be a list of taggers"),
        (None, "teachers must be a list of taggers"),
        ([Oracle(["NN", "NOUN"])], r"an oracle predicts tags that the corpus does not have \(NOUN\)"),
        ([Oracle(["DT", "NN"], lambda rows: rows[:-1])], r"must give probabilities of the shape"),
        (
            [Oracle(["DT", "NN"], lambda rows: [rows[:3].tolist(), rows[3:].tolist()])],
            "must give probabilities",
        ),
        ([Oracle(["DT", "NN"], lambda _: "probable")], "must give probabilities of the shape"),
        ([Oracle(["DT", "NN"], lambda _: None)], "must give probabilities of the shape"),
        ([Oracle(["DT", "NN"], iter)], "must give probabilities of the shape"),
        ([Oracle(["DT", "NN"], lambda rows: rows / 2)], "do not sum to 1"),
        ([Oracle(["DT", "NN"], lambda rows: rows * np.nan)], "do not sum to 1"),
        ([Oracle(["DT", "NN"], lambda rows: 2 * rows - 0.5)], "do not sum to 1"),
    ],
)
def test_what_is_no_teacher(teachers: Any, message: str, tiny_corpus: Corpus, student: Config) -> None:
    with pytest.raises(ConfigError, match=message):
        Tagger.train(tiny_corpus, student, teachers=teachers)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_teacher_s_tensor_may_want_a_gradient(
    dtype: torch.dtype, tiny_corpus: Corpus, student: Config
) -> None:
    oracle = Oracle(["DT", "NN"], lambda rows: torch.tensor(rows, dtype=dtype, requires_grad=True))
    assert Tagger.train(tiny_corpus, student, teachers=[oracle]).record.teachers == ("an oracle",)


def test_teachers_need_text(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match="no text to tag: set distillation"):
        Tagger.train(tiny_corpus, tiny_config(), teachers=[Oracle(["NN"])])


def test_no_teachers_are_none(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    assert as_teachers([]) == []
    records: list[EpochRecord] = []
    Tagger.train(tiny_corpus, tiny_config(), teachers=[], on_epoch=records.append)
    assert len(records) == 2


@pytest.fixture
def teacher(tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path) -> ModelTeacher:
    Tagger.train(tiny_corpus, tiny_config()).save(tmp_path / "teacher.safetensors")
    (found,) = read_teachers([str(tmp_path / "teacher.safetensors")])
    return found


def test_a_text_is_tagged_once(
    teacher: ModelTeacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, tagset = tmp_path / "cache", TagSet(["", *teacher.tagset][1:])
    first = distributions([[teacher]], TEXT, [tagset], cache)[0]
    assert first.equal(distributions([[teacher]], TEXT, [tagset])[0])
    (file,) = cache.glob("*.npy")

    def fail(*_: Any) -> Any:
        raise AssertionError("tagged again")

    with monkeypatch.context() as patched:
        patched.setattr(ModelTeacher, "probabilities_by", fail)
        assert distributions([[teacher]], TEXT, [tagset], cache)[0].equal(first)
        for other in (TEXT[:2], [["The"], *TEXT[1:]], [TEXT[0] + TEXT[1], TEXT[2]]):
            with pytest.raises(AssertionError, match="tagged again"):
                distributions([[teacher]], other, [tagset], cache)
    whole = file.read_bytes()
    packed = BytesIO()
    np.savez(packed, np.zeros(3))
    damages = (
        whole[:-3],
        b"",
        whole.replace(b"(8, ", b"(4, "),
        packed.getvalue(),
        b"PK\x03\x04",
        b"\x80\x04N.",
    )
    for damage in damages:
        file.write_bytes(damage)
        with pytest.raises(ModelFileError, match=r"is damaged.*delete it"):
            distributions([[teacher]], TEXT, [tagset], cache)
    file.unlink()
    file.mkdir()
    with pytest.raises(ModelFileError, match="cannot write the cache"):
        distributions([[teacher]], TEXT, [tagset], cache)


def test_a_teacher_of_several_columns_reads_the_text_once(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [[(word, tag[0]) for word, tag in sentence] for sentence in tiny_corpus.train]
    corpus = Corpus("tiny", tiny_corpus.train, [], [], others=(Corpus("letters", letters, [], []),))
    Tagger.train(corpus, tiny_config()).save(tmp_path / "model")
    (teacher,) = read_teachers([str(tmp_path / "model")])
    views = [teacher, teacher.with_head("letters")]
    tagsets = [view.tagset for view in views]
    apart = [distributions([[view]], TEXT, [tagset])[0] for view, tagset in zip(views, tagsets, strict=True)]
    read: list[int] = []
    real = ReferencePredictor.probabilities_by

    def spied(self: ReferencePredictor, networks: Any, sentences: Any) -> Any:
        read.append(len(sentences))
        return real(self, networks, sentences)

    monkeypatch.setattr(ReferencePredictor, "probabilities_by", spied)
    for cache in (None, tmp_path / "cache", tmp_path / "cache"):
        together = distributions([[view] for view in views], TEXT, tagsets, cache)
        assert all(map(torch.equal, together, apart))
    assert read == [len(TEXT), len(TEXT)]


def test_other_teachers_have_caches_of_their_own(
    teacher: ModelTeacher, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    cache, identities = tmp_path / "cache", {teacher.identity()}
    changed: list[dict[str, Any]] = [{"training": {"seed": 2}}, {"words": {"suffixes": 3}}]
    for number, sections in enumerate(changed):
        file = tmp_path / f"{number}.safetensors"
        Tagger.train(tiny_corpus, tiny_config(**sections)).save(file)
        (other,) = read_teachers([str(file)])
        identities.add(other.identity())
        distributions([[other]], TEXT, [other.tagset], cache)
    assert len(identities) == 3
    assert len(list(cache.glob("*.npy"))) == 2


@pytest.mark.usefixtures("teacher")
def test_a_cached_text_changes_nothing(tiny_corpus: Corpus, student: Config, tmp_path: Path) -> None:
    distillation = student.distillation.model_copy(
        update={"teachers": (str(tmp_path / "teacher.safetensors"),)}
    )
    config = student.model_copy(update={"distillation": distillation})
    words = [[word for word, _ in sentence] for sentence in tiny_corpus.train]
    caches: list[Path | None] = [None, tmp_path / "cache", tmp_path / "cache"]
    found = [Tagger.train(tiny_corpus, config, cache=cache).probabilities(words) for cache in caches]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
