from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import Config
from postagger.batches import EncodedCorpus
from postagger.corpora import TaggedSentence
from postagger.features import PADDING, UNKNOWN, TagSet, WordEncoding
from postagger.models import TaggingNetwork, build_network, copy_backbone, copy_head

MakeConfig = Callable[..., Config]

KINDS = ["logistic", "window", "rnn", "gru", "lstm"]
WORDS: dict[str, Any] = {
    "prefixes": 2,
    "suffixes": 4,
    "character_dim": 3,
    "character_filters": 5,
}
TAGS = TagSet(["X", "Y"])

pytestmark = pytest.mark.usefixtures("seed", "one_thread")


def build(
    config: Config, sentences: list[TaggedSentence], known: WordEncoding | None = None, tags: TagSet = TAGS
) -> tuple[TaggingNetwork, WordEncoding]:
    words = (word for sentence in sentences for word, _ in sentence)
    encoding = WordEncoding.fit(words, config.words, known)
    return build_network(config, encoding, tags).eval(), encoding


@pytest.fixture(params=KINDS)
def pair(
    request: pytest.FixtureRequest, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> tuple[TaggingNetwork, WordEncoding, TaggingNetwork, WordEncoding]:
    """A network built on the first sentences, and one that continues from it with the rest."""
    config = tiny_config(request.param, words=WORDS)
    source, old = build(config, tiny_sentences[:6])
    target, new = build(config, tiny_sentences[6:], old)
    copy_backbone(source, target)
    return source, old, target, new


def test_old_strings_keep_their_embeddings_and_new_ones_get_that_of_unknown_strings(
    pair: tuple[TaggingNetwork, WordEncoding, TaggingNetwork, WordEncoding],
) -> None:
    source, old, target, new = pair
    before, after = source.words.tables(), target.words.tables()
    assert before.keys() == after.keys() == new.vocabularies.keys()
    growth = set()
    for name, table in new.vocabularies.items():
        known = old.vocabularies[name]
        assert len(after[name]) == len(table)
        for special in (PADDING, UNKNOWN):
            assert after[name][special].equal(before[name][special])
        for string in table:
            number = known[string]  # that of the unknown, if it is new
            assert after[name][table[string]].equal(before[name][number]), (name, string)
        growth.add(len(table) - len(known))
    assert len(growth) > 3, "columns that grow alike would hide a slip between them"


def test_the_context_model_is_copied_and_the_head_is_not(
    pair: tuple[TaggingNetwork, WordEncoding, TaggingNetwork, WordEncoding],
) -> None:
    source, _, target, _ = pair
    weights = source.context.state_dict()
    for name, weight in target.context.state_dict().items():
        assert weight.equal(weights[name])
    assert not target.head.scores.weight.equal(source.head.scores.weight)


def test_the_copied_backbone_gives_the_same_vectors_for_sentences_of_old_words(
    pair: tuple[TaggingNetwork, WordEncoding, TaggingNetwork, WordEncoding],
    tiny_sentences: list[TaggedSentence],
) -> None:
    source, old, target, new = pair

    @torch.no_grad()
    def context_of(
        network: TaggingNetwork, encoding: WordEncoding, sentences: list[TaggedSentence]
    ) -> Tensor:
        (batch,) = EncodedCorpus.encode(sentences, encoding, TAGS).batches(100)
        context: Tensor = network.context(network.words(batch.types), batch)
        return context

    torch.testing.assert_close(
        context_of(target, new, tiny_sentences[:6]),
        context_of(source, old, tiny_sentences[:6]),
        rtol=0,
        atol=1e-6,
    )
    words = {word.lower() for sentence in tiny_sentences for word, _ in sentence}
    made_up = [[(word, "X")] for word in sorted(words)]
    torch.testing.assert_close(  # new words get what unknown words got, in all their parts
        context_of(target, new, made_up), context_of(source, old, made_up), rtol=0, atol=1e-6
    )


def test_the_source_is_unchanged(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> None:
    source, old = build(tiny_config(words=WORDS), tiny_sentences[:6])
    before = {name: weight.clone() for name, weight in source.state_dict().items()}
    target, _ = build(tiny_config(words=WORDS), tiny_sentences[6:], old)
    copy_backbone(source, target)
    with torch.no_grad():
        for weight in target.parameters():
            weight.zero_()
    assert all(weight.equal(before[name]) for name, weight in source.state_dict().items())


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_tags_keep_their_weights_and_new_ones_come_after_them(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(model={"output": output})
    source, old = build(config, tiny_sentences)
    target, _ = build(config, tiny_sentences, old, TagSet(["X", "Y", "A", "B"]))
    with torch.no_grad():
        for network in (source, target):
            for weight in network.head.parameters():
                weight.normal_()  # a CRF's start, end and transitions begin at 0
    fresh = {name: weight.clone() for name, weight in target.head.state_dict().items()}
    copy_head(source, target)
    for name, weight in target.head.state_dict().items():
        kept = source.head.state_dict()[name]
        places = tuple(slice(size) for size in kept.shape)
        assert weight[places].equal(kept)
        changed = weight != fresh[name]
        changed[places] = False
        assert not changed.any(), "the new tags' weights are the fresh ones"
    assert (len(target.head.state_dict()) > 2) == (output == "crf")
