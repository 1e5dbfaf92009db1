"""Tagging with the tags of some words given, against brute force."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, TagDictionary, Tagger
from postagger.corpora import TaggedSentence
from postagger.inference import ReferencePredictor
from postagger.models.layers.crf import LinearChainCrf
from postagger.tagger.headed import HeadedTagger

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

MODELS = ["logistic", "window", "rnn", "gru", "lstm"]
ENTRIES = {"old": ["VB", "NNS"], "man": ["UH", "IN", "NN"], "saw": "CC", "the": ["DT", "PRP"], ".": ["."]}
SENTENCES = [["The", "old", "man", "saw", "."], [], ["saw", "the", "zebra", "."], ["Man"], ["zebra"], []]


@pytest.fixture(scope="module")
def taggers(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> dict[str, Tagger]:
    corpus = Corpus("tiny", tiny_sentences, [], [])
    how = {"epochs": 8, "learning_rate": 0.03}
    return {
        f"{kind}, {output}": Tagger.train(corpus, tiny_config(kind, model={"output": output}, training=how))
        for kind in MODELS
        for output in ("softmax", "crf")
    }


NAMES = [f"{kind}, {output}" for kind in MODELS for output in ("softmax", "crf")]


def scores_of(tagger: Tagger, words: Sequence[str], dictionary: TagDictionary) -> list[list[float]]:
    """The scores of each tag with what the dictionary says of it, -inf for tags that it forbids."""
    rows = ReferencePredictor(tagger.network, tagger.encoding)._predict(lambda s, _: s, [words]).tolist()
    for place, (word, row) in enumerate(zip(words, rows, strict=True)):
        form = word if word in dictionary.entries or place else word[:1].lower() + word[1:]
        if form not in dictionary.entries:
            continue
        for number, tag in enumerate(tagger.tagset):
            own = tag in dictionary.entries[form]
            if dictionary.bonus is None:
                row[number] = row[number] if own else -math.inf
            elif own:
                row[number] += dictionary.bonus
    return rows


def paths_of(tagger: Tagger, rows: list[list[float]]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every sequence of tags that is not forbidden, with its score."""
    head = tagger.network.head
    crf = isinstance(head, LinearChainCrf)
    start, step, end = [], [], []
    if isinstance(head, LinearChainCrf):
        start, step, end = head.start.tolist(), head.transitions.tolist(), head.end.tolist()
    choices = [[number for number, x in enumerate(row) if x > -math.inf] for row in rows]
    for path in itertools.product(*choices):
        score = sum(row[tag] for row, tag in zip(rows, path, strict=True))
        if crf:
            score += start[path[0]] + end[path[-1]] + sum(step[a][b] for a, b in itertools.pairwise(path))
        yield path, score


def brute_force(tagger: Tagger, rows: list[list[float]]) -> tuple[list[str], list[list[float]]]:
    """The best sequence of tags, and the probability of each tag for each token."""
    paths = list(paths_of(tagger, rows))
    best, largest = max(paths, key=lambda each: each[1])
    sums = [[0.0] * len(tagger.tagset) for _ in rows]
    for path, score in paths:
        for place, tag in enumerate(path):
            sums[place][tag] += math.exp(score - largest)
    return [tagger.tagset.tags[tag] for tag in best], [[x / sum(row) for x in row] for row in sums]


@pytest.mark.parametrize("bonus", [None, 0.0, 2.0])
@pytest.mark.parametrize("name", NAMES)
def test_tags_and_distributions_are_those_of_brute_force(
    name: str, bonus: float | None, taggers: dict[str, Tagger]
) -> None:
    tagger, lexicon = taggers[name], TagDictionary(ENTRIES, bonus=bonus)
    for words in SENTENCES:
        if not words or (bonus is not None and len(words) > 2):  # too many sequences
            words = words[:2]
        if not words:
            assert tagger.tag(words, lexicon=lexicon) == []
            continue
        tags, rows = brute_force(tagger, scores_of(tagger, words, lexicon))
        assert tagger.tag(words, lexicon=lexicon) == list(zip(words, tags, strict=True))
        found = tagger.distributions(words, lexicon=lexicon)
        for row, expected in zip(found, rows, strict=True):
            assert row == pytest.approx(dict(zip(tagger.tagset, expected, strict=True)), abs=1e-5)
            assert sum(row.values()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("lexicon", [ENTRIES, TagDictionary(ENTRIES), TagDictionary(ENTRIES, bonus=3)])
@pytest.mark.parametrize("name", NAMES)
def test_both_predictors_agree(name: str, lexicon: Any, taggers: dict[str, Tagger]) -> None:
    tagger = taggers[name]
    dictionary = lexicon if isinstance(lexicon, TagDictionary) else TagDictionary(lexicon)
    plain = ReferencePredictor(tagger.network, tagger.encoding)
    mask = dictionary.mask(tagger.tagset)
    tags = [tagger.tagset.tags[number] for number in plain.tags(SENTENCES, mask)]
    found = [tag for sentence in tagger.tag_sents(SENTENCES, lexicon=lexicon) for _, tag in sentence]
    assert found == tags
    torch.testing.assert_close(
        tagger.probabilities(SENTENCES, lexicon=lexicon), plain.probabilities(SENTENCES, mask).numpy()
    )


@pytest.mark.parametrize("bonus", [1e3, 1e9, 1e300])
@pytest.mark.parametrize("name", NAMES)
def test_a_huge_bonus_is_like_none(name: str, bonus: float, taggers: dict[str, Tagger]) -> None:
    soft, hard = (
        taggers[name].probabilities(SENTENCES, lexicon=TagDictionary(ENTRIES, bonus=each))
        for each in (bonus, None)
    )
    torch.testing.assert_close(soft, hard)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_is_tagged_as_its_sentences_are(
    workers: int, taggers: dict[str, Tagger], tiny_sentences: list[TaggedSentence]
) -> None:
    tagger = taggers["lstm, crf"]
    sentences = [[], *([word for word, _ in s] for s in tiny_sentences), *SENTENCES] * 60  # several chunks
    together = list(tagger.tag_sents(iter(sentences), lexicon=ENTRIES, workers=workers))
    assert together[: len(sentences) // 60] == [
        tagger.tag(words, lexicon=ENTRIES) for words in sentences[: len(sentences) // 60]
    ]
    assert together != list(tagger.tag_sents(sentences))
    for sentence in together:
        assert all(tag in ENTRIES.get(word, [tag]) for word, tag in sentence)


def test_a_lexicon_leaves_nothing_behind(taggers: dict[str, Tagger], tmp_path: Path) -> None:
    tagger = taggers["window, softmax"]
    before = list(tagger.tag_sents(SENTENCES))
    tagger.save(tmp_path / "before.safetensors")
    assert list(tagger.tag_sents(SENTENCES, lexicon=ENTRIES)) != before
    assert list(tagger.tag_sents(SENTENCES)) == before
    tagger.save(tmp_path / "after.safetensors")
    same = [(tmp_path / name).read_bytes() for name in ("before.safetensors", "after.safetensors")]
    assert same[0] == same[1]
    assert "zebra" not in tagger.lexicon  # the words of training are something else


def test_an_ensemble_averages_members_that_follow_it(taggers: dict[str, Tagger]) -> None:
    members = [taggers["window, softmax"], taggers["lstm, crf"]]
    ensemble = Ensemble(members)
    words = SENTENCES[0]
    mean = np.mean([member.probabilities([words], lexicon=ENTRIES) for member in members], axis=0)
    torch.testing.assert_close(ensemble.probabilities([words], lexicon=ENTRIES), mean)
    tags = [ensemble.tagset.tags[number] for number in mean.argmax(1)]
    assert [tag for _, tag in ensemble.tag(words, lexicon=ENTRIES)] == tags
    assert dict(ensemble.tag(words, lexicon=ENTRIES))["saw"] == "CC"


def test_a_lexicon_is_for_the_tags_of_the_chosen_head(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, write: Callable[..., str]
) -> None:
    coarse = write("coarse.txt", [[(word, tag[0]) for word, tag in s] for s in tiny_sentences])
    config = tiny_config(datasets=[{"train": coarse, "head": "coarse"}])
    tagger = Tagger.train(Corpus("tiny", tiny_sentences, [], []), config)
    words = ["a", "zebra"]
    assert tagger.tag(words, head="coarse", lexicon={"zebra": "M"})[1] == ("zebra", "M")
    assert tagger.tag(words, lexicon={"zebra": "MD"})[1] == ("zebra", "MD")
    with pytest.raises(DataError, match=r"none of the tags.*\(MD\)"):
        tagger.tag(words, head="coarse", lexicon={"zebra": "MD"})


def test_evaluation_with_a_lexicon(taggers: dict[str, Tagger], tiny_sentences: list[TaggedSentence]) -> None:
    gold = [[(word + "!", tag) for word, tag in s] for s in tiny_sentences]  # unknown words
    tags: dict[str, set[str]] = {}
    for word, tag in itertools.chain(*gold):
        tags.setdefault(word, set()).add(tag)
    only = {word: each for word, each in tags.items() if len(each) == 1}
    for tagger in (taggers["window, softmax"], Ensemble([taggers["lstm, crf"]])):
        assert isinstance(tagger, HeadedTagger)
        rate = tagger.evaluate_on(gold, lexicon=only).tokens
        predictions = tagger.tag_sents([[word for word, _ in s] for s in gold], lexicon=only)
        correct = sum(
            a == b for a, b in zip(itertools.chain(*gold), itertools.chain(*predictions), strict=True)
        )
        assert rate.correct == correct
        assert rate.correct > tagger.evaluate_on(gold).tokens.correct


def test_tags_that_the_tagger_does_not_have_are_told_once(taggers: dict[str, Tagger]) -> None:
    mixed = {"zebra": ["NN", "N"], "saw": "V"}
    for tagger in (taggers["window, softmax"], Ensemble(list(taggers.values())[:2])):
        with pytest.warns(UserWarning, match=r"\(N, V\); 1 of 2 words") as told:
            found = list(tagger.tag_sents(SENTENCES, lexicon=mixed))
        assert len(told) == 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert [tagger.tag(words, lexicon=mixed) for words in SENTENCES] == found
        assert found[4] == [("zebra", "NN")]
        assert found[0] == tagger.tag(SENTENCES[0])


@pytest.mark.parametrize(
    ("lexicon", "error", "words"),
    [
        ({"dog": "NOUN"}, DataError, "none of the tags"),
        ({"dog": []}, DataError, "'dog'"),
        (["dog"], DataError, "mapping"),
        ("missing.tsv", DataError, "missing.tsv"),
    ],
)
@pytest.mark.parametrize("method", ["tag", "tag_sents", "distributions", "evaluate_on", "probabilities"])
def test_errors_are_raised_by_the_call(
    method: str, lexicon: Any, error: type[Exception], words: str, taggers: dict[str, Tagger]
) -> None:
    given: Any = {"tag": ["a"], "distributions": ["a"], "evaluate_on": [[("a", "DT")]]}.get(method, [["a"]])
    for tagger in (taggers["window, softmax"], Ensemble([taggers["window, crf"]])):
        with pytest.raises(error, match=words):
            getattr(tagger, method)(given, lexicon=lexicon)


def test_wrong_sentences_are_still_told(taggers: dict[str, Tagger]) -> None:
    with pytest.raises(DataError, match="sentence 1 contains 3"):
        taggers["window, softmax"].tag(["a", 3], lexicon=ENTRIES)  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="unknown head"):
        taggers["window, softmax"].tag(["a"], head="nope", lexicon=ENTRIES)
