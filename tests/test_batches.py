from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from postagger.batches import ROUND, Batch, EncodedCorpus, TypeTensors
from postagger.config import WordsConfig
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.features import PADDING, UNKNOWN, TagSet, WordEncoding, WordVectors
from postagger.features.normalise import READINGS, straight_quotes
from postagger.models.word_encoder import WordEncoder

CONFIG = WordsConfig(prefixes=1, suffixes=1, character_dim=2, feature_min_count=1)
ENCODING = WordEncoding.fit(["a", "A", "ab", "``", "''", "Ba"], CONFIG)
TAGS = TagSet(["X", "Y"])

tokens = st.tuples(st.sampled_from(["a", "A", "ab", "b", '"', "“", "Ba", ""]), st.sampled_from("XYZ"))
sentences = st.lists(st.lists(tokens, max_size=4), max_size=5)


def words_of(sentence: TaggedSentence) -> list[str]:
    return straight_quotes([word for word, _ in sentence])


def encode(*texts: str, config: WordsConfig = CONFIG) -> EncodedCorpus:
    """A corpus of sentences written as words with spaces between them, each word tagged X."""
    corpus = [[(word, "X") for word in text.split()] for text in texts]
    words = [word for sentence in corpus for word in words_of(sentence)]
    return EncodedCorpus.encode(corpus, WordEncoding.fit(words, config), TAGS)


def same_batch(one: Batch, other: Batch) -> bool:
    assert one.tags is not None
    assert other.tags is not None
    return (
        one.types.columns.equal(other.types.columns)
        and one.types.characters.equal(other.types.characters)
        and one.index.equal(other.index)
        and one.lengths.equal(other.lengths)
        and one.tags.equal(other.tags)
    )


@settings(deadline=None)
@given(sentences, st.data())
def test_a_batch_is_what_a_loop_over_its_sentences_gives(
    corpus: list[TaggedSentence], data: st.DataObject
) -> None:
    encoded = EncodedCorpus.encode(corpus, ENCODING, TAGS)
    kept = [sentence for sentence in corpus if sentence]
    assert len(encoded) == len(kept)
    numbers = data.draw(st.lists(st.integers(0, len(kept) - 1), max_size=6)) if kept else []

    batch = encoded.batch(torch.tensor(numbers, dtype=torch.long))

    chosen = [kept[number] for number in numbers]
    words = [word for sentence in chosen for word in words_of(sentence)]
    assert batch.lengths.tolist() == [len(sentence) for sentence in chosen]
    assert batch.tags is not None
    assert batch.tags.tolist() == [TAGS[tag] for sentence in chosen for _, tag in sentence]
    assert len(batch.types.columns) == -(-(1 + len(set(words))) // ROUND) * ROUND
    assert not batch.types.columns[1 + len(set(words)) :].any()
    seen = batch.types.select(batch.index)
    alone = TypeTensors.of(ENCODING.encode(words))
    assert seen.columns.equal(alone.columns[1:])
    width = alone.characters.size(1)  # the corpus's longest word may be longer: then there is padding
    assert seen.characters[:, :width].equal(alone.characters[1:])
    assert not seen.characters[:, width:].any()
    assert not batch.types.columns[0].any()
    assert not batch.types.characters[0].any()


def test_empty_sentences_are_left_out() -> None:
    encoded = EncodedCorpus.encode([[], [("a", "X")], [], [("b", "Y")]], ENCODING, TAGS)
    assert encoded.lengths.tolist() == [1, 1]
    assert encoded.tags.tolist() == [0, 1]


def test_a_corpus_without_sentences_is_encoded() -> None:
    encoded = EncodedCorpus.encode([], ENCODING, TAGS)
    assert len(encoded) == len(encoded.tokens) == 0
    assert encoded.types.columns.shape == (1, 4)
    assert encoded.unknown_probability(0.5).shape == (1,)


def test_unseen_and_missing_tags_have_different_numbers() -> None:
    encoded = EncodedCorpus.encode([[("a", "Y"), ("a", "NEW")], [("a", UNTAGGED)]], ENCODING, TAGS)
    assert encoded.tags.tolist() == [1, TagSet.UNSEEN, TagSet.UNTAGGED]


def test_quotes_start_with_an_opening_one_in_every_sentence() -> None:
    encoded = encode('" a', '" a "')
    assert encoded.tokens.tolist() == [1, 2, 1, 2, 3]


def test_every_word_type_is_encoded_once() -> None:
    encoded = encode("b a b", "a c")
    assert encoded.tokens.tolist() == [1, 2, 1, 2, 3]
    assert len(encoded.types.columns) == 4


def test_batches_are_all_sentences_in_order() -> None:
    encoded = encode("a", "b c", "c", "d a", "e")
    cut = list(encoded.batches(2))
    assert [len(batch.lengths) for batch in cut] == [2, 2, 1]
    for batch, numbers in zip(cut, [[0, 1], [2, 3], [4]], strict=True):
        assert same_batch(batch, encoded.batch(torch.tensor(numbers)))


def test_unknown_probability_is_alpha_over_count_plus_alpha() -> None:
    encoded = encode("the dog The cat", "the CAT")
    assert encoded.tokens.tolist() == [1, 2, 3, 4, 1, 5]
    # the, The: one word of 3 tokens; dog 1; cat, CAT: one word of 2
    counts = [3, 1, 3, 2, 2]
    probability = encoded.unknown_probability(0.5)
    assert probability[1:].tolist() == pytest.approx([0.5 / (count + 0.5) for count in counts])


def test_without_alpha_no_word_is_dropped() -> None:
    encoded = encode("a b a")
    assert encoded.unknown_probability(0.0).tolist() == [0.0, 0.0, 0.0]


def test_dropped_words_are_unknown_and_keep_their_parts() -> None:
    encoded = encode("ab ba ab", "ba")
    shown = encoded.batch(torch.tensor([0, 1]))
    dropped = encoded.batch(torch.tensor([0, 1]), torch.ones(3))
    before, after = shown.types.select(shown.index), dropped.types.select(dropped.index)
    assert after.columns[:, 0].tolist() == [UNKNOWN] * 4
    assert after.columns[:, 1:].equal(before.columns[:, 1:])
    assert after.characters.equal(before.characters)
    assert not dropped.types.columns[0].any()


def test_only_the_chosen_words_are_dropped() -> None:
    encoded = encode("a b a", "b")
    shown = encoded.batch(torch.tensor([1, 0]))
    never = encoded.batch(torch.tensor([1, 0]), torch.zeros(3))
    assert same_batch(shown, never)
    only_a = encoded.batch(torch.tensor([1, 0]), torch.tensor([0.0, 1.0, 0.0]))
    words = shown.types.select(shown.index).columns[:, 0].tolist()
    assert only_a.types.select(only_a.index).columns[:, 0].tolist() == [words[0], UNKNOWN, words[2], UNKNOWN]


@pytest.mark.usefixtures("seed")
def test_words_are_dropped_at_the_given_rate_token_by_token() -> None:
    encoded = encode("a " * 4000 + "b " * 4000)
    before = encoded.types.columns.clone()
    batch = encoded.batch(torch.tensor([0]), torch.tensor([0.0, 0.1, 0.6]))
    dropped = batch.types.select(batch.index).columns[:, 0] == UNKNOWN
    # Four standard deviations of a proportion of 4,000 are at most 0.031.
    assert dropped[:4000].float().mean().item() == pytest.approx(0.1, abs=0.031)
    assert dropped[4000:].float().mean().item() == pytest.approx(0.6, abs=0.031)
    assert batch.index.unique().tolist() == [1, 2, 3, 4]  # two words, each dropped and shown
    assert encoded.types.columns.equal(before)


def test_the_same_seed_drops_the_same_words() -> None:
    encoded = encode("a b c d " * 20)

    def draw(seed: int) -> Batch:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return encoded.batch(torch.tensor([0]), torch.full((5,), 0.5))

    assert same_batch(draw(1), draw(1))
    assert not same_batch(draw(1), draw(2))


def test_without_a_word_column_no_word_is_dropped() -> None:
    encoded = encode("ab ba", config=CONFIG.model_copy(update={"word_dim": 0}))
    assert not encoded.has_words
    assert encoded.unknown_probability(0.5).tolist() == [0.0, 0.0, 0.0]
    shown, dropped = encoded.batch(torch.tensor([0])), encoded.batch(torch.tensor([0]), torch.ones(3))
    assert dropped.types.select(dropped.index).columns.equal(shown.types.select(shown.index).columns)


# -- masked tokens ----------------------------------------------------------------------------------


def vectors_of_masked(
    encoded: EncodedCorpus, rate: float, dropped: float = 0.0
) -> tuple[Batch, torch.Tensor]:
    """A batch of all sentences, and the word encoder's vector for each labelled token."""
    rows = {name: len(table) for name, table in ENCODING.vocabularies.items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        encoder = WordEncoder(CONFIG, rows).eval()
        types = torch.full((len(encoded.types.columns),), dropped)
        batch = encoded.batch(torch.arange(len(encoded)), types, rate)
    assert batch.labelled is not None
    return batch, encoder(batch.types)[batch.index][batch.labelled].detach()


@pytest.mark.parametrize("dropped", [0.0, 1.0])
def test_a_masked_token_hides_its_word(dropped: float) -> None:
    """The encoder gives the same vector for every masked word, which is not that of padding."""
    words = ["a", "A", "ab", "``", "Ba", "new"]
    encoded = EncodedCorpus.encode([[(word, "X") for word in words]], ENCODING, TAGS)
    batch, vectors = vectors_of_masked(encoded, 1.0, dropped)
    assert batch.labelled is not None
    assert batch.labelled.tolist() == list(range(6))
    assert (vectors == vectors[0]).all()
    columns = batch.types.select(batch.index).columns
    assert columns.tolist() == [[UNKNOWN, PADDING, PADDING, PADDING]] * 6
    assert not batch.types.select(batch.index).characters.any()
    assert not batch.types.columns[0].any()


def test_tokens_that_are_not_masked_are_unchanged_and_not_labelled() -> None:
    one = EncodedCorpus.encode([[(word, "X") for word in ["a", "ab"] * 40]], ENCODING, TAGS)
    other = EncodedCorpus.encode([[(word, "X") for word in ["ab", "a"] * 40]], ENCODING, TAGS)
    (batch, vectors), (again, other_vectors) = (vectors_of_masked(each, 0.4) for each in (one, other))
    assert batch.labelled is not None
    assert again.labelled is not None
    assert batch.labelled.equal(again.labelled), "the same random numbers"
    assert 0 < len(batch.labelled) < 80
    assert vectors.equal(other_vectors)
    shown = torch.ones(80, dtype=torch.bool)
    shown[batch.labelled] = False
    alone = TypeTensors.of(ENCODING.encode(["a", "ab"] * 40)).columns[1:]
    assert batch.types.select(batch.index).columns[shown].equal(alone[shown])


def test_masked_tokens_without_a_known_tag_are_not_labelled() -> None:
    encoded = EncodedCorpus.encode([[("a", UNTAGGED), ("ab", "Y"), ("Ba", "NEW")]], ENCODING, TAGS)
    batch, _ = vectors_of_masked(encoded, 1.0)
    assert batch.labelled is not None
    assert batch.labelled.tolist() == [1]
    assert batch.learned == 1
    assert batch.types.select(batch.index).columns[:, 1:].eq(PADDING).all()


def test_tokens_are_masked_at_the_given_rate() -> None:
    encoded = EncodedCorpus.encode([[("a", "X")] * 8000], ENCODING, TAGS)
    batch, _ = vectors_of_masked(encoded, 0.15)
    # four standard deviations of a proportion of 8,000
    assert batch.learned / 8000 == pytest.approx(0.15, abs=0.016)


def test_without_a_word_column_a_masked_token_is_padding() -> None:
    encoded = encode("ab ba", config=CONFIG.model_copy(update={"word_dim": 0}))
    batch = encoded.batch(torch.tensor([0]), torch.zeros(3), 1.0)
    assert not batch.types.columns[batch.index].any()


@pytest.mark.usefixtures("seed")
def test_without_masking_no_random_numbers_are_drawn_for_it() -> None:
    encoded = encode("a b c d")
    before = torch.get_rng_state()
    assert encoded.batch(torch.tensor([0])).labelled is None
    assert torch.get_rng_state().equal(before)
    encoded.batch(torch.tensor([0]), torch.zeros(5))
    after_dropout = torch.get_rng_state()
    torch.set_rng_state(before)
    torch.rand(4)
    assert torch.get_rng_state().equal(after_dropout)


# -- case noise -------------------------------------------------------------------------------------


def noisy(rate: float, *texts: str) -> tuple[EncodedCorpus, WordEncoding]:
    sentences = [text.split() for text in texts]
    encoding = WordEncoding.fit(" ".join(texts).split(), CONFIG)
    tags = torch.zeros(sum(map(len, sentences)), dtype=torch.long)
    return EncodedCorpus.encode_words(sentences, tags, encoding, case_noise=rate), encoding


@pytest.mark.usefixtures("seed")
def test_each_sentence_is_read_in_one_case_at_the_given_rate() -> None:
    words = ["ab", "McB", "-LRB-", "12"]
    encoded, encoding = noisy(0.6, *[" ".join(words)] * 6000)
    batch = encoded.batch(torch.arange(6000), torch.zeros(99))
    found = batch.types.select(batch.index).columns.view(6000, 4, -1)
    ways = [words, *([read(word) for word in words] for read in READINGS)]
    counts = []
    for way in ways:
        columns = TypeTensors.of(encoding.encode(way)).columns[1:]
        counts.append(int((found == columns).flatten(1).all(1).sum()))
    # four standard deviations of a proportion of 6,000 are at most 0.026
    assert [count / 6000 for count in counts] == pytest.approx([0.4, 0.3, 0.3], abs=0.026)
    assert sum(counts) == 6000
    assert batch.tags is not None
    assert batch.tags.eq(0).all()


def test_a_reading_is_encoded_like_its_words() -> None:
    text = 'ab " straße McB été'
    encoded, encoding = noisy(1.0, text)
    words = straight_quotes(text.split())
    seen = set()
    for seed in range(30):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            batch = encoded.batch(torch.tensor([0]))
        types = batch.types.select(batch.index)
        for read in READINGS:
            alone = TypeTensors.of(encoding.encode([read(word) for word in words]))
            if types.columns.equal(alone.columns[1:]):
                seen.add(read.__name__)
                width = alone.characters.size(1)
                assert types.characters[:, :width].equal(alone.characters[1:])
                assert not types.characters[:, width:].any()
    assert seen == {read.__name__ for read in READINGS}


def test_all_readings_of_a_word_are_dropped_alike() -> None:
    encoded, _ = noisy(0.5, "the dog The cat", "the CAT")
    assert encoded.readings is not None
    probability = encoded.unknown_probability(0.5)[encoded.readings]
    assert (probability == probability[0]).all()


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(("rate", "text"), [(0.0, "ab Ba"), (0.5, "日本 語 12 -LRB- ، كتاب")])
def test_without_noise_or_case_nothing_is_drawn_and_nothing_encoded(rate: float, text: str) -> None:
    encoded, _ = noisy(rate, text)
    before = torch.get_rng_state()
    encoded.batch(torch.tensor([0]))
    assert torch.get_rng_state().equal(before)
    assert encoded.readings is None
    assert len(encoded.types.columns) == 1 + len(text.split())


def test_case_noise_goes_along_to_a_device() -> None:
    encoded, _ = noisy(0.5, "ab Ba")
    moved = encoded.to(torch.device("cpu"))
    assert moved.case_noise == 0.5
    assert moved.readings is not None


# -- distributions ----------------------------------------------------------------------------------


def test_distributions_stay_with_their_tokens() -> None:
    """In any order of the sentences; empty ones have no row."""
    rows = torch.tensor([[1.0, 0.0], [0.25, 0.75], [0.5, 0.5]], dtype=torch.float16)
    encoded = EncodedCorpus.encode_words([["a"], [], ["ab", "a"]], rows, ENCODING)
    assert len(encoded) == 2
    batch = encoded.to(torch.device("cpu")).batch(torch.tensor([1, 0]))
    assert batch.tags is not None
    assert batch.tags.dtype == torch.float32
    assert batch.tags.tolist() == [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]
    assert batch.learned == 3


def test_words_with_tag_numbers_are_encoded_like_tagged_words() -> None:
    tagged = [[('"', "X"), ("a", "Y")], [], [("Ba", "NEW")]]
    words = [[word for word, _ in sentence] for sentence in tagged]
    one = EncodedCorpus.encode(tagged, ENCODING, TAGS)
    other = EncodedCorpus.encode_words(words, torch.tensor([0, 1, -1]), ENCODING)
    assert same_batch(one.batch(torch.tensor([1, 0])), other.batch(torch.tensor([1, 0])))


def test_to_a_device_gives_the_same_corpus() -> None:
    encoded = encode("a b a", "b")
    moved = encoded.to(torch.device("cpu"))
    assert moved.device == torch.device("cpu")
    assert moved.has_words
    assert same_batch(moved.batch(torch.tensor([1, 0])), encoded.batch(torch.tensor([1, 0])))


# -- word types as tensors -----------------------------------------------------------------------------


def test_select_keeps_the_given_order() -> None:
    types = TypeTensors(torch.tensor([[0], [5], [6]]), torch.tensor([[0], [7], [8]]), torch.zeros(3, 0))
    chosen = types.select(torch.tensor([2, 0, 2]))
    assert chosen.columns.tolist() == [[6], [0], [6]]
    assert chosen.characters.tolist() == [[8], [0], [8]]


def test_drop_words_changes_the_word_column_only_and_not_its_input() -> None:
    types = TypeTensors(
        torch.tensor([[0, 0], [5, 6], [7, 8]]), torch.tensor([[0], [3], [4]]), torch.zeros(3, 0)
    )
    dropped = types.drop_words(torch.tensor([False, True, False]))
    assert dropped.columns.tolist() == [[0, 0], [UNKNOWN, 6], [7, 8]]
    assert dropped.characters.equal(types.characters)
    assert types.columns.tolist() == [[0, 0], [5, 6], [7, 8]]


def test_dropping_a_word_leaves_its_pretrained_vector() -> None:
    vectors = WordVectors(("dog",), np.ones((1, 2), np.float32))
    types = TypeTensors.of(WordEncoding.fit(["dog"], WordsConfig(), vectors=vectors).encode(["dog"]))
    dropped = types.drop_words(torch.tensor([False, True])).columns[1]
    assert dropped[[0, -1]].tolist() == [UNKNOWN, 2]
