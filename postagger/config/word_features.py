"""Settings of the word representation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from postagger.config.section import Auto, FullName, Proportion, Section, Several

_CASE_NOISE = 0.05
_ENOUGH_FOR_CASE_NOISE = 500
"""What ``case_noise = "auto"`` means, and the fewest sentences of a data set for which it does."""


class WordsConfig(Section):
    """The word vector: embeddings of the word and of its features, concatenated."""

    word_dim: int = Field(100, ge=0, le=4096, description="size of the word embedding; 0: none")
    normalise: bool = Field(
        True,
        description="look up the word in Unicode's normal form NFC, in plain letters and without invisible "
        "characters; the shape says which script without capitals it has",
    )
    lowercase: bool = Field(True, description="look up the word in lower case (the shape keeps the case)")
    fold_digits: bool = Field(True, description="look up the word with every digit replaced by 0")
    min_count: int = Field(1, ge=1, description="words with a lower count in training are unknown")
    prefixes: int = Field(3, ge=0, le=10, description="prefixes of 1 to this many characters; 0: none")
    suffixes: int = Field(4, ge=0, le=10, description="suffixes of 1 to this many characters; 0: none")
    shape: bool = Field(True, description="the word's shape, as in Xxxx or dd-xxx")
    feature_dim: int = Field(32, ge=1, le=1024, description="size of each affix and shape embedding")
    feature_min_count: int = Field(
        2, ge=1, description="affixes and shapes with fewer word types are unknown"
    )
    character_dim: int = Field(0, ge=0, le=1024, description="size of a character embedding; 0: none")
    character_encoder: Literal["convolution", "lstm"] = Field(
        "convolution", description="encoder of the characters: a convolution, or a bidirectional LSTM"
    )
    character_filters: int = Field(
        64, ge=1, le=4096, description="filters of the convolution, or units of the LSTM (an even number)"
    )
    character_window: int = Field(
        3, ge=1, le=15, description="width of the filters in characters; an odd number"
    )
    vectors: FullName | None = Field(
        None, description="file of pretrained word vectors: GloVe, word2vec or fastText"
    )
    vectors_tuned: bool = Field(False, description="fine-tune the pretrained vectors")
    vectors_limit: int = Field(
        100_000,
        ge=1,
        description="use this many of the first words in the file, and all words of the training set",
    )
    classes: FullName | None = Field(
        None, description="file of word classes: Brown clusters, or lines of a word and its class"
    )
    class_prefixes: Several[Annotated[int, Field(ge=1, le=1024)]] = Field(
        (4, 6, 10, 20),
        description="features of a Brown cluster: prefixes of its bits, of these lengths; none: all its bits",
    )
    classes_limit: int = Field(
        100_000,
        ge=1,
        description="use this many of the most frequent words in the file (without counts: the first), and "
        "all words of the training set",
    )
    word_dropout: float = Field(
        0.25,
        ge=0,
        le=100,
        description="alpha: in training, a word is unknown with probability alpha / (count + alpha)",
    )
    dropout: Proportion = Field(0.4, description="dropout probability of the word vector's units")
    case_noise: Annotated[float, Field(ge=0, le=1)] | Auto = Field(
        "auto",
        description="fraction of training sentences that are read in capitals or in lower case, half of them "
        "in each; 0: none; auto: 0.05, with fewer than 500 sentences none",
    )

    def case_noise_of(self, sentences: int) -> float:
        """The case noise of a data set of so many sentences.

        ``auto`` is none for small ones. In these, words that training never saw are frequent, and case noise
        teaches that such words in lower case may be names: with 34 sentences of the treebank it costs 1.9
        points of ordinary text, with 340 0.4 (`docs/explanation/accuracy.md`).
        """
        if self.case_noise != "auto":
            return self.case_noise
        return _CASE_NOISE if sentences >= _ENOUGH_FOR_CASE_NOISE else 0.0

    @model_validator(mode="after")
    def _check_consistency(self) -> WordsConfig:
        parts = (self.word_dim, self.prefixes, self.suffixes, self.shape, self.character_dim)
        if not any((*parts, self.vectors, self.classes)):
            raise ValueError(
                "all parts of the word representation are off: turn one on, such as words.word_dim"
            )
        if self.character_encoder == "lstm" and self.character_filters % 2:
            raise ValueError(
                f"words.character_filters must be even for an LSTM, not {self.character_filters}"
            )
        if self.character_window % 2 == 0:
            raise ValueError(f"words.character_window must be odd, not {self.character_window}")
        if len(set(self.class_prefixes)) < len(self.class_prefixes):
            raise ValueError("words.class_prefixes must be different lengths")
        return self
