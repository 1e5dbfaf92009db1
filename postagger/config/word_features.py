"""Settings of what a word is represented by."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from postagger.config.section import Proportion, Section


class WordsConfig(Section):
    """How a word type becomes a vector: embeddings of the word and of its parts, concatenated."""

    word_dim: int = Field(100, ge=0, le=4096, description="size of the word embedding; 0 leaves it out")
    lowercase: bool = Field(True, description="look the word up in lower case (the shape keeps the case)")
    fold_digits: bool = Field(True, description="look the word up with every digit replaced by 0")
    min_count: int = Field(1, ge=1, description="words seen fewer times in training share the unknown vector")
    prefixes: int = Field(3, ge=0, le=10, description="prefixes of 1 to this many characters; 0: none")
    suffixes: int = Field(4, ge=0, le=10, description="suffixes of 1 to this many characters; 0: none")
    shape: bool = Field(True, description="the word's shape, as in Xxxx or dd-xxx")
    feature_dim: int = Field(32, ge=1, le=1024, description="size of each affix and shape embedding")
    feature_min_count: int = Field(2, ge=1, description="affixes and shapes of fewer word types are unknown")
    character_dim: int = Field(0, ge=0, le=1024, description="size of a character embedding; 0: none")
    character_encoder: Literal["convolution", "lstm"] = Field(
        "convolution", description="what reads the characters: filters, or an LSTM from both ends"
    )
    character_filters: int = Field(
        64, ge=1, le=4096, description="filters of the convolution, or units of the LSTM (an even number)"
    )
    character_window: int = Field(3, ge=1, le=15, description="characters that a filter sees; an odd number")
    vectors: str | None = Field(
        None, min_length=1, description="file of pretrained word vectors: GloVe, word2vec or fastText"
    )
    vectors_tuned: bool = Field(False, description="let training change the pretrained vectors")
    vectors_limit: int = Field(
        100_000, ge=1, description="the first so many words of the file are taken, and all that training has"
    )
    word_dropout: float = Field(
        0.25,
        ge=0,
        le=100,
        description="alpha: in training a word is unknown with probability alpha / (count + alpha)",
    )
    dropout: Proportion = Field(0.4, description="share of the word vector's units dropped in training")

    @model_validator(mode="after")
    def _something_is_left(self) -> WordsConfig:
        parts = (self.word_dim, self.prefixes, self.suffixes, self.shape, self.character_dim, self.vectors)
        if not any(parts):
            raise ValueError("nothing is left to represent a word by: set words.word_dim, for one")
        if self.character_encoder == "lstm" and self.character_filters % 2:
            raise ValueError(
                f"words.character_filters must be even for an LSTM, not {self.character_filters}"
            )
        if self.character_window % 2 == 0:
            raise ValueError(f"words.character_window must be odd, not {self.character_window}")
        return self
