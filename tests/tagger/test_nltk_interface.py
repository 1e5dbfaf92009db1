"""NLTK's interface, without NLTK until somebody asks."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

import pytest
from nltk.tag.api import TaggerI

from postagger.corpora import TaggedSentence
from postagger.tagger import Ensemble, SentenceTagger
from postagger.tagger.nltk_interface import NltkInterface


class Nouns(SentenceTagger):
    """Takes every word for a noun."""

    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        return ([(word, "NN") for word in sentence] for sentence in sentences)


GOLD = [[("time", "NN"), ("flies", "VBZ")], [("time", "NN")]]


def run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_an_instance_is_one_of_nltks() -> None:
    assert isinstance(Nouns(), TaggerI)
    assert issubclass(Nouns, TaggerI)
    assert issubclass(Ensemble, TaggerI)


def test_other_objects_are_not() -> None:
    assert not isinstance(object(), TaggerI)
    assert not issubclass(list, TaggerI)


def test_its_class_is_its_own() -> None:
    assert Nouns().__class__ is Nouns
    assert type(copy.copy(Nouns())) is Nouns
    assert type(pickle.loads(pickle.dumps(Nouns()))) is Nouns


@pytest.mark.parametrize("measure", ["recall", "precision", "f_measure", "evaluate_per_tag", "confusion"])
def test_measures_are_nltks(measure: str) -> None:
    class Own(TaggerI):  # type: ignore[misc]  # NLTK has no types
        def tag(self, tokens: Sequence[str]) -> TaggedSentence:
            return [(word, "NN") for word in tokens]

    assert str(getattr(Nouns(), measure)(GOLD)) == str(getattr(Own(), measure)(GOLD))


def test_options_of_measures() -> None:
    assert Nouns().f_measure(GOLD, alpha=0) == Nouns().recall(GOLD)


def test_every_method_of_nltks_is_there() -> None:
    lacking = {name for name in vars(TaggerI) if not name.startswith("__")} - set(dir(Nouns))
    assert lacking <= {"_abc_impl", "_check_params"}  # the second one helps NLTK's own constructors


def test_nltk_is_not_imported_to_tag() -> None:
    told = run(
        "import sys; from postagger import Tagger, Ensemble; import postagger.cli.main\n"
        "print(sorted({'nltk', 'scipy'} & set(sys.modules)))"
    )
    assert told == "[]"


def test_nltk_may_come_later_or_before() -> None:
    later = "from postagger import Tagger\nfrom nltk.tag.api import TaggerI\n"
    before = "from nltk.tag.api import TaggerI\nfrom postagger import Tagger\n"
    assert run(later + "print(isinstance(Tagger.__new__(Tagger), TaggerI), issubclass(Tagger, TaggerI))") == (
        "True True"
    )
    assert run(before + "print(issubclass(Tagger, TaggerI))") == "True"


def test_who_only_has_the_interface_is_one_too() -> None:
    assert issubclass(NltkInterface, TaggerI)
