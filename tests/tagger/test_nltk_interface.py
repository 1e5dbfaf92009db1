"""NLTK's interface, without importing NLTK until it is needed."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from nltk.tag.api import TaggerI

from postagger.corpora import TaggedSentence
from postagger.errors import DataError
from postagger.tagger import Ensemble, SentenceTagger
from postagger.tagger.nltk_interface import NltkInterface


class Nouns(SentenceTagger):
    """Tags every word as a noun."""

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


@pytest.mark.parametrize("measure", ["confusion", "recall", "precision", "f_measure", "evaluate_per_tag"])
def test_nltks_measures_take_sentences_as_they_come(measure: str) -> None:
    odd = [[["time", "NN"], ("flies", None)], (("time", "NN ") for _ in range(1))]
    plain = [[("time", "NN"), ("flies", "_")], [("time", "NN")]]
    assert str(getattr(Nouns(), measure)(iter(odd))) == str(getattr(Nouns(), measure)(plain))
    with pytest.raises(DataError, match="sentence 2, token 1 is"):
        getattr(Nouns(), measure)([*GOLD[:1], [(None, "NN")]])


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


@pytest.mark.parametrize(
    "imports",
    [
        "from postagger import Tagger; from nltk.tag.api import TaggerI",
        "from nltk.tag.api import TaggerI; from postagger import Tagger",
        "import nltk; from postagger import Tagger; TaggerI = nltk.TaggerI",
        "import postagger, nltk; Tagger = postagger.Tagger; TaggerI = nltk.TaggerI",
        "from postagger import Tagger; import nltk; TaggerI = nltk.TaggerI",
        "from postagger import Tagger; from nltk import TaggerI; assert not issubclass(int, TaggerI)",
    ],
)
def test_nltk_may_come_later_or_before(imports: str) -> None:
    asked = "print(issubclass(Tagger, TaggerI), isinstance(Tagger.__new__(Tagger), TaggerI))"
    assert run(f"{imports}\n{asked}") == "True True"


def test_the_finder_removes_itself() -> None:
    told = run(
        "import sys; before = list(sys.meta_path)\n"
        "from postagger import Tagger; waiting = len(sys.meta_path) - len(before)\n"
        "import importlib.util, inspect\n"
        "importlib.util.find_spec('nltk.tag')  # imports nltk, and with it nltk.tag.api\n"
        "import nltk.tag.api as api\n"
        "print(waiting, sys.meta_path == before, type(api.__loader__).__name__,\n"
        "      api.__spec__.loader is api.__loader__, 'class TaggerI' in inspect.getsource(api))"
    )
    assert told == "1 True SourceFileLoader True True"


def test_a_module_that_fails_is_tried_again(tmp_path: Path) -> None:
    """The finder stays after a failed import, and the error is NLTK's own."""
    (tmp_path / "nltk" / "tag").mkdir(parents=True)
    for package in ("nltk", "nltk/tag"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "nltk" / "tag" / "api.py").write_text(
        "import abc, sys\nif not hasattr(sys, 'ready'): raise ImportError('not ready')\n"
        "class TaggerI(abc.ABC): pass\n"
    )
    told = run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from postagger import Tagger\n"
        "try: import nltk.tag.api\n"
        "except ImportError as error: print(error)\n"
        "sys.ready = True; from nltk.tag.api import TaggerI; print(issubclass(Tagger, TaggerI))"
    )
    assert told.split("\n") == ["not ready", "True"]


def test_a_class_with_only_the_interface_counts_too() -> None:
    assert issubclass(NltkInterface, TaggerI)
