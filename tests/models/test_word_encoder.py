from __future__ import annotations

import pytest
import torch

from postagger.batches import TypeTensors
from postagger.config import WordsConfig
from postagger.features import PADDING, WordEncoding
from postagger.models.word_encoder import WordEncoder

WORDS = ["Anna", "saw", "12", "trees", "in", "(", "May", "trees"]
FULL = WordsConfig(
    word_dim=5,
    prefixes=2,
    suffixes=1,
    feature_dim=3,
    feature_min_count=1,
    character_dim=2,
    character_filters=4,
)


def encoder_and_types(config: WordsConfig) -> tuple[WordEncoder, TypeTensors]:
    encoding = WordEncoding.fit(WORDS, config)
    rows = {name: len(table) for name, table in encoding.vocabularies.items()}
    return WordEncoder(config, rows).eval(), TypeTensors.of(encoding.encode(WORDS))


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, 5 + 4 * 3 + 4),
        ({"word_dim": 0}, 4 * 3 + 4),
        ({"character_dim": 0}, 5 + 4 * 3),
        ({"prefixes": 0, "suffixes": 0, "shape": False}, 5 + 4),
        ({"prefixes": 0, "suffixes": 0, "shape": False, "character_dim": 0}, 5),
        ({"word_dim": 0, "prefixes": 0, "suffixes": 0, "character_dim": 0}, 3),
        ({"word_dim": 0, "prefixes": 0, "suffixes": 0, "shape": False}, 4),
    ],
)
def test_size_is_that_of_the_parts_together(settings: dict[str, int], size: int) -> None:
    encoder, types = encoder_and_types(FULL.model_copy(update=settings))
    assert encoder.size == size
    assert encoder(types).shape == (1 + len(WORDS), size)


@pytest.mark.usefixtures("seed")
def test_word_then_prefixes_then_suffixes_then_shape_then_characters() -> None:
    encoder, types = encoder_and_types(FULL)
    assert encoder.word is not None
    assert encoder.features is not None
    assert encoder.characters is not None
    encoding = WordEncoding.fit(WORDS, FULL)
    spelt = encoder.characters(types.characters)
    vectors = encoder(types)
    for number in range(len(types.columns)):
        word, *parts = types.columns[number].tolist()
        expected = [encoder.word.weight[word]]
        start = 0  # the column's first row in the shared table
        for name, part in zip(["prefix1", "prefix2", "suffix1", "shape"], parts, strict=True):
            expected.append(encoder.features.weight[start + part])
            start += len(encoding.vocabularies[name])
        assert start == len(encoder.features.weight)
        assert vectors[number].equal(torch.cat([*expected, spelt[number]]))


@pytest.mark.usefixtures("seed")
def test_padding_has_a_vector_that_is_trained() -> None:
    encoder, types = encoder_and_types(FULL)
    encoder(types)[PADDING].sum().backward()
    assert encoder.word is not None
    assert encoder.word.weight[PADDING].any()
    gradient = encoder.word.weight.grad
    assert gradient is not None
    assert gradient[PADDING].tolist() == [1.0] * 5
    assert not gradient[1:].any()


@pytest.mark.usefixtures("seed")
def test_initial_embeddings_are_small() -> None:
    encoder = WordEncoder(WordsConfig(), {"word": 400, "shape": 1000})
    assert encoder.word is not None
    assert encoder.features is not None
    for table in (encoder.word, encoder.features):
        assert table.weight.std().item() == pytest.approx(0.1, abs=0.005)
        assert table.weight.mean().item() == pytest.approx(0.0, abs=0.005)


@pytest.mark.usefixtures("seed")
def test_dropout_drops_units_of_the_whole_vector_in_training_only() -> None:
    config = FULL.model_copy(update={"dropout": 0.5, "character_dim": 0})
    encoder, types = encoder_and_types(config)
    types = TypeTensors(*(part.repeat(40, 1) for part in types))
    in_use, in_training = encoder.eval()(types), encoder.train()(types)
    kept = in_training != 0
    torch.testing.assert_close(in_training[kept], in_use[kept] * 2)
    # Four standard deviations of a proportion of 360 * 17 are 0.026.
    assert kept.float().mean().item() == pytest.approx(0.5, abs=0.026)
    assert kept.float().mean(dim=0).sub(0.5).abs().max().item() < 0.15  # every unit is dropped at times
    assert in_use.all()


def test_offsets_are_not_saved_with_the_weights() -> None:
    encoder, _ = encoder_and_types(FULL)
    assert not [name for name in encoder.state_dict() if "offsets" in name]


# -- pretrained vectors -----------------------------------------------------------------------------

TABLE = torch.tensor([[0.0, 0.0], [1.5, 2.5], [3.5, 4.5]])
"""A row of zeros, then the vectors of two words."""


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("tuned", [False, True])
def test_a_pretrained_vector_follows_the_words_embedding_and_is_zero_if_missing(tuned: bool) -> None:
    config = WordsConfig(word_dim=3, prefixes=1, suffixes=0, shape=False, feature_dim=4, vectors_tuned=tuned)
    table = TABLE if tuned else TABLE.half()
    encoder = WordEncoder(config, {"word": 3, "prefix1": 2, "vectors": 4}, table).eval()
    columns = torch.tensor([[0, 0, 0], [2, 1, 1], [1, 1, 2], [1, 1, 3]])
    vectors = encoder(TypeTensors.blank(4)._replace(columns=columns))
    assert vectors.dtype == torch.float32
    assert vectors.shape == (4, encoder.size)
    assert encoder.word is not None
    assert vectors[:, :3].equal(encoder.word.weight[columns[:, 0]])
    assert vectors[:, 3:5].equal(TABLE[[0, 0, 1, 2]])
    assert encoder.features is not None
    assert vectors[:, 5:].equal(encoder.features.weight[columns[:, 1]])


def test_only_tuned_vectors_are_trained_and_never_the_zeros() -> None:
    nothing_else = WordsConfig(word_dim=0, prefixes=0, suffixes=0, shape=False, vectors="some", dropout=0)
    types = TypeTensors.blank(4)._replace(columns=torch.tensor([[0], [1], [2], [2]]))
    frozen = WordEncoder(nothing_else, {"vectors": 4}, TABLE)
    assert not frozen(types).requires_grad
    tuned = WordEncoder(nothing_else.model_copy(update={"vectors_tuned": True}), {"vectors": 4}, TABLE)
    tuned(types).sum().backward()
    assert tuned.vectors is not None
    gradient = tuned.vectors.weight.grad
    assert gradient is not None
    assert gradient.tolist() == [[0.0, 0.0], [2.0, 2.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("rows", "vectors"),
    [({"vectors": 4}, None), ({}, TABLE), ({"vectors": 3}, TABLE), ({"vectors": 4}, TABLE[0])],
)
def test_vectors_that_do_not_fit_the_vocabulary_are_an_error(
    rows: dict[str, int], vectors: torch.Tensor | None
) -> None:
    with pytest.raises(ValueError, match=r"pretrained vectors of shape .* do not fit"):
        WordEncoder(WordsConfig(), {"word": 3, "shape": 3, **rows}, vectors)
