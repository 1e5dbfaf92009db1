"""The challenge set's file, and what is wrong with files that are not like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postagger import DataError, load_files
from postagger.corpora import files
from postagger.corpora.minimal_pairs import (
    ChallengeSentence,
    distance_between,
    load_challenge,
    read_pairs,
)


def sentence(text: str) -> ChallengeSentence:
    """A sentence with its target in asterisks."""
    words = text.split()
    target = next(place for place, word in enumerate(words) if word.startswith("*"))
    words[target] = words[target].strip("*")
    return ChallengeSentence(text, tuple(words), text, target, "NN", "NOUN")


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("a *b* c", "a *x* c", 0),
        ("a *b* c", "x *b* c", 1),
        ("a *b* c", "a *b* x", 1),
        ("a *b*", "a *b* c", 1),
        ("*b* c", "a *b* c", 1),
        ("a b c d *e* f", "x b c d *e* f", 4),
        ("a *e* f g h .", "a *e* f g h i .", 4),
        ("x c d *e* f g .", "y c d *e* f g ?", 3),
    ],
)
def test_distance_is_that_of_the_nearest_difference(first: str, second: str, distance: int) -> None:
    one, two = sentence(first), sentence(second)
    assert distance_between(one, two) == distance_between(two, one) == distance


def test_the_same_sentence_twice_is_no_pair() -> None:
    with pytest.raises(DataError, match="are the same sentence"):
        distance_between(sentence("a *b* c"), sentence("a *b* c"))


def test_the_file_is_a_corpus_whose_other_tokens_are_untagged() -> None:
    corpus = load_files(test=files.challenge_file(), column="upos")
    pairs = load_challenge()
    assert [[word for word, _ in each] for each in corpus.test] == [
        list(each.words) for pair in pairs for each in pair.sentences
    ]
    tagged = [[(place, tag) for place, (_, tag) in enumerate(each) if tag != "_"] for each in corpus.test]
    assert tagged == [[(each.target, each.upos)] for pair in pairs for each in pair.sentences]


PAIR = """# sent_id = x-1-a
# phenomenon = x
# pair = 1
# distance = 1
# text = A can
1\tA\t_\t_\t_\t_\t_\t_\t_\t_
2\tcan\t_\tNOUN\tNN\t_\t_\t_\t_\t_

# sent_id = x-1-b
# phenomenon = x
# pair = 1
# distance = 1
# text = I can
1\tI\t_\t_\t_\t_\t_\t_\t_\t_
2\tcan\t_\tAUX\tMD\t_\t_\t_\t_\t_
"""


def test_a_pair_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pairs.conllu"
    file.write_text(PAIR, encoding="utf-8")
    (pair,) = read_pairs(str(file))
    assert (pair.phenomenon, pair.number, pair.distance) == ("x", 1, 1)
    assert pair.first == ChallengeSentence("x-1-a", ("A", "can"), "A can", 1, "NN", "NOUN")
    assert pair.second.word == "can"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# distance = 1\n# text = I", "# distance = 2\n# text = I", r"pairs.conllu:9: the distance .* is 1"),
        ("# pair = 1\n# distance = 1\n# text = I", "# pair = 2\n# text = I", "9: .* has no partner"),
        ("# text = I can\n", "", "9: .* needs a comment # text"),
        ("# pair = 1\n", "# pair = one\n", "1: .* needs a comment # pair"),
        ("\tAUX\tMD", "\t_\t_", "9: .* one tagged word, not 0"),
        ("1\tI\t_\t_\t_", "1\tI\t_\tPRON\tPRP", "9: .* one tagged word, not 2"),
        (PAIR[PAIR.index("# sent_id = x-1-b") :], "", "the last sentence has no partner"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_the_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in PAIR
    file = tmp_path / "pairs.conllu"
    file.write_text(PAIR.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        list(read_pairs(str(file)))


def test_a_missing_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PLACES", (tmp_path,))
    with pytest.raises(DataError, match="challenge set is missing from this installation"):
        files.challenge_file()
