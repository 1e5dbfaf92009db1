"""The component for spaCy's pipelines, in real ones."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from postagger import Config, ConfigError, Ensemble, ModelFileError, Tagger, segment
from postagger.corpora import TaggedSentence

pytest.importorskip("spacy", reason="needs the extra spacy")

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.training import Example

from postagger.serving.spacy import TaggerComponent  # without its entry point too
from postagger.serving.universal import UPOS_OF_PENN

ROOT = Path(__file__).parents[2]
TEXT = 'The dog barks.  It did n\'t see\n\nher, Mr. Smith said "no". Birds   fly.\n'


def pipeline(**config: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("postagger", config=config)
    return nlp


@pytest.fixture(scope="module")
def english() -> Language:
    return pipeline()


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load("en")


@pytest.fixture(scope="module")
def penn(
    tiny_sentences: list[TaggedSentence],
    tiny_config: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A model of Penn tags alone."""
    path = tmp_path_factory.mktemp("penn") / "tiny.safetensors"
    Tagger.train(tiny_sentences, tiny_config(training={"epochs": 20})).save(path)
    return path


def component_of(nlp: Language) -> TaggerComponent:
    found = nlp.get_pipe("postagger")
    assert isinstance(found, TaggerComponent)
    return found


def words(doc: Doc) -> list[Token]:
    return [token for token in doc if not token.is_space]


def facts(doc: Doc) -> list[tuple[str, str, str]]:
    return [(token.tag_, token.pos_, str(token.morph)) for token in doc]


def test_the_tags_are_those_of_the_tagger(english: Language, tagger: Tagger) -> None:
    doc = english(TEXT)
    cut = segment(doc.text, tokens=lambda sentence: [sentence])
    sentences = [
        [token.text for token in words(doc) if sentence.start <= token.idx < sentence.end] for sentence in cut
    ]
    assert [len(sentence) for sentence in sentences if sentence] == [4, 4, 9, 3]
    found = [(t.text, t.tag_, t.pos_, str(t.morph)) for t in words(doc)]
    expected = [
        (word, tags["xpos"], tags["upos"], tags["feats"].removeprefix("none"))
        for sentence in tagger.tag_columns(sentences)
        for word, tags in sentence
    ]
    assert [each[:3] for each in found] == [each[:3] for each in expected]
    assert [set(each[3].split("|")) for each in found] == [set(each[3].split("|")) for each in expected]


def test_white_space_is_no_word_and_tagged_as_in_spacy_s_pipelines(english: Language) -> None:
    doc = english(TEXT)
    spaces = [token for token in doc if token.is_space]
    assert [token.text for token in spaces] == [" ", "\n\n", "  ", "\n"]
    assert {(token.tag_, token.pos_, str(token.morph)) for token in spaces} == {("_SP", "SPACE", "")}
    without = Doc(english.vocab, words=[t.text for t in words(doc)], sent_starts=None)
    kept = Doc(english.vocab, words=[t.text for t in doc])
    component = component_of(pipeline(sentences="none"))
    assert facts(component(without)) == [
        f for f, t in zip(facts(component(kept)), doc, strict=True) if not t.is_space
    ]
    assert facts(english("")) == []
    assert facts(english(" \n ")) == [("_SP", "SPACE", "")]


def test_boundaries_of_sentences_are_those_of_the_pipeline_if_it_has_any(tagger: Tagger) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [","]})
    nlp.add_pipe("postagger", config={"set_sentences": True})
    doc = nlp("the plan, can fish, swim")
    assert [sentence.text for sentence in doc.sents] == ["the plan,", "can fish,", "swim"]
    given = [["the", "plan", ","], ["can", "fish", ","], ["swim"]]
    assert [t.tag_ for t in doc] == [tag for each in tagger.tag_sents(given) for _, tag in each]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("auto", ["One", "line.", "Two", "three"]),
        ("line", ["One", "line. Two", "three"]),
        ("paragraph", ["One line.", "Two", "three"]),
        ("none", ["One line. Two three"]),
    ],
)
def test_boundaries_are_found_and_can_be_set(mode: str, expected: list[str], penn: Path) -> None:
    text = "One\nline. Two\n\nthree"
    assert not pipeline(model=str(penn), sentences=mode)(text).has_annotation("SENT_START")
    doc = pipeline(model=str(penn), sentences=mode, set_sentences=True)(text)
    assert [" ".join(sentence.text.split()) for sentence in doc.sents] == expected


def test_a_pipe_gives_what_single_documents_give(english: Language) -> None:
    texts = [TEXT, "", "  ", "Birds fly.", *(f"Number {number} sings!" for number in range(40))]
    one_by_one = [facts(english(text)) for text in texts]
    for size in (1, 7, 1000):
        assert [facts(doc) for doc in english.pipe(iter(texts), batch_size=size)] == one_by_one
    pairs = english.pipe(((text, number) for number, text in enumerate(texts)), as_tuples=True)
    assert [number for _, number in pairs] == list(range(len(texts)))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_pipe_with_two_processes(english: Language) -> None:
    texts = [f"{TEXT} Number {number} sings!" for number in range(30)]
    alone = [facts(doc) for doc in english.pipe(texts)]
    assert [facts(doc) for doc in english.pipe(texts, n_process=2, batch_size=4)] == alone


def test_what_is_there_already_stays_unless_asked() -> None:
    def doc(nlp: Language) -> Doc:
        given = nlp.make_doc("Birds fly .")
        given[0].tag_, given[1].pos_ = "MINE", "X"
        cast(Any, given[1]).set_morph("Mine=Yes")
        return given

    nlp = pipeline()
    kept = facts(nlp.get_pipe("postagger")(doc(nlp)))
    assert [kept[0][0], kept[1][1], kept[1][2]] == ["MINE", "X", "Mine=Yes"]
    assert kept[0][1:] == facts(nlp("Birds fly ."))[0][1:]
    nlp = pipeline(overwrite=True)
    assert facts(nlp.get_pipe("postagger")(doc(nlp))) == facts(nlp("Birds fly ."))


def test_heads_can_be_chosen_and_left_out(english: Language) -> None:
    text = "It did not bark because I was there"
    full = facts(english(text))
    assert facts(pipeline(tag=None, morph=None)(text)) == [("", pos, "") for _, pos, _ in full]
    assert facts(pipeline(tag="upos")(text)) == [(pos, pos, morph) for _, pos, morph in full]
    by_rule = [pos for _, pos, _ in facts(pipeline(pos="xpos")(text))]
    assert [pos for _, pos, _ in full] != by_rule
    assert by_rule == ["PRON", "VERB", "ADV", "VERB", "ADP", "PRON", "VERB", "ADV"]
    with pytest.raises(ConfigError, match=r"unknown head 'uops'.*did you mean 'upos'"):
        pipeline(pos="uops")
    with pytest.raises(ConfigError, match="morph=upos: the tags of this head are no features such as"):
        pipeline(morph="upos")
    with pytest.raises(ConfigError, match="pos=feats: the tags of this head are neither universal nor"):
        pipeline(pos="feats")


def test_a_model_of_penn_tags_gives_universal_ones_by_rule(penn: Path) -> None:
    nlp = pipeline(model=str(penn))
    doc = nlp("The old man saw 7 trees .")
    tags = Tagger.load(penn).tag([token.text for token in doc])
    assert [token.tag_ for token in doc] == [tag for _, tag in tags]
    assert [token.pos_ for token in doc] == [UPOS_OF_PENN[tag] for _, tag in tags]
    assert not doc.has_annotation("MORPH")
    assert set(component_of(nlp).labels) == set(Tagger.load(penn).tagset)


def test_a_saved_pipeline_has_its_model_and_can_be_moved(penn: Path, tmp_path: Path) -> None:
    model = shutil.copy(penn, tmp_path / "here.safetensors")
    nlp = pipeline(model=str(model))
    expected = facts(nlp(TEXT))
    nlp.to_disk(tmp_path / "saved")
    Path(model).unlink()
    (tmp_path / "saved").rename(tmp_path / "moved")
    assert facts(spacy.load(tmp_path / "moved")(TEXT)) == expected
    fresh = pipeline(model=str(model))  # as when a config is read
    with pytest.raises(ModelFileError, match="the component 'postagger' can't tag: cannot read the model"):
        fresh("Birds fly.")
    with pytest.raises(ModelFileError, match="the component 'postagger' can't be saved"):
        fresh.to_disk(tmp_path / "nothing")
    assert facts(fresh.from_bytes(nlp.to_bytes())(TEXT)) == expected
    assert facts(pipeline(model=str(model)).from_disk(tmp_path / "moved")(TEXT)) == expected


def test_an_ensemble_is_saved_whole(penn: Path, tmp_path: Path) -> None:
    Ensemble([Tagger.load(penn), Tagger.load(penn)]).save(tmp_path / "two")
    nlp = pipeline(model=str(tmp_path / "two"))
    expected = facts(nlp(TEXT))
    for _ in range(2):  # also over an earlier one
        nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(tmp_path / "two")
    loaded = spacy.load(tmp_path / "saved")
    assert isinstance(component_of(loaded).tagger, Ensemble)
    assert facts(loaded(TEXT)) == expected
    assert facts(pipeline().from_bytes(nlp.to_bytes())(TEXT)) == expected
    pipeline(model=str(penn)).to_disk(tmp_path / "saved")
    assert isinstance(component_of(spacy.load(tmp_path / "saved")).tagger, Tagger)


def test_a_pickled_component_tags_documents_of_any_vocabulary(english: Language) -> None:
    component = pickle.loads(pickle.dumps(english.get_pipe("postagger")))
    for nlp in (english, spacy.blank("en"), spacy.blank("en")):
        assert facts(component(nlp.make_doc(TEXT))) == facts(english(TEXT))


def test_a_damaged_model_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match="not a model, or is damaged"):
        pipeline(model=str(tmp_path / "bad.safetensors"))


def test_errors_go_to_spacy_s_handler(penn: Path) -> None:
    nlp = pipeline(model=str(penn) + ".missing")
    seen: list[str] = []

    def handle(name: str, _component: Any, docs: list[Doc], _error: Exception) -> None:
        seen.extend(f"{name}: {doc.text}" for doc in docs)

    nlp.set_error_handler(cast(Any, handle))
    assert list(nlp.pipe(["one", "two"])) == []
    assert seen == ["postagger: one", "postagger: two"]


def test_spacy_scores_it(english: Language) -> None:
    gold = english("The dog barks.")
    example = Example(english.make_doc(gold.text), gold)
    assert english.evaluate([example])["tag_acc"] == 1.0
    wrong = english("The dog barks.")
    wrong[0].tag_ = wrong[0].pos_ = "X"
    scores = english.evaluate([Example(english.make_doc(gold.text), wrong)])
    assert (scores["tag_acc"], scores["pos_acc"], scores["morph_acc"]) == (0.75, 0.75, 1.0)


def test_spacy_finds_it_by_its_entry_point(tmp_path: Path) -> None:
    """In a process that imports nothing of this package, with what an installation writes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (name, target), *others = project["entry-points"]["spacy_factories"].items()
    assert not others
    installed = tmp_path / f"{project['name']}-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Name: {project['name']}\nVersion: 0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text(f"[spacy_factories]\n{name} = {target}\n", encoding="utf-8")
    program = (
        "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('postagger', config={'model': 'en'}); "
        "print(*[token.tag_ for token in nlp('They look the old word up.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )
    assert done.stdout.split() == ["PRP", "VBP", "DT", "JJ", "NN", "RP", "."]
