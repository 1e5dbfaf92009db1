"""Settings of how a tagger reads raw text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from postagger.config.section import Auto, Section


class TextConfig(Section):
    """How raw text becomes sentences of tokens when the tagger is used; the model file keeps it."""

    tokens: Literal["ptb", "ud", "unicode"] | Auto = Field(
        "auto",
        description="rules for tokens: of the Penn treebank, of Universal Dependencies for English, or of "
        "Unicode for other languages; auto: those that the words of the training set seem to follow",
    )
    sentences: Literal["line", "split", "paragraph"] = Field(
        "split",
        description="line: each line is a sentence; split: a line may hold several; paragraph: they run "
        "across lines and end at empty lines",
    )
