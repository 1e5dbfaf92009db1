"""Limits on what is read at once, so that no file and no pipe can fill the memory.

They are far above what real text needs. A larger one is set with an environment variable, as in
``POSTAGGER_MAX_LINE=50000000``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from postagger.errors import ConfigError, DataError, PostaggerError, brief

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Limit:
    """The most of something.

    Attributes:
        variable: the environment variable that sets another limit.
        default: the limit without it.
        unit: what is counted.
    """

    variable: str
    default: int
    unit: str

    @property
    def value(self) -> int:
        """
        Raises:
            ConfigError: the environment variable is not a whole number from 1 on.
        """
        given = os.environ.get(self.variable, "")
        if not given:
            return self.default
        if not _NUMBER.fullmatch(given):
            raise ConfigError(
                f"the environment variable {self.variable} is {brief(given)}: "
                f"expected a number of {self.unit}, as in {self.variable}={self.default}"
            )
        return int(given)

    def exceeded(
        self, place: str | Path, what: str = "this", error: type[PostaggerError] = DataError
    ) -> PostaggerError:
        """The error for more than the limit.

        Args:
            place: the file, with the number of the line where there are lines.
            what: what is too long, as the subject of a sentence.
            error: the class of the error.
        """
        return error(
            f"{place}: {what} has more than {self.value:,} {self.unit}: to read it all the same, set the "
            f"environment variable {self.variable} to a larger number"
        )


LINE = Limit("POSTAGGER_MAX_LINE", 10_000_000, "characters")
"""The longest line; where a sentence has several lines, of all of them together."""

SENTENCE = Limit("POSTAGGER_MAX_SENTENCE", 1_000_000, "tokens")
"""The longest sentence."""

TOKEN = Limit("POSTAGGER_MAX_TOKEN", 10_000, "characters")
"""The longest token."""

FILE = Limit("POSTAGGER_MAX_FILE", 2**30, "bytes")
"""The largest file, unpacked, that is read whole: a corpus, a lexicon, classes of words; and word vectors."""

MODEL = Limit("POSTAGGER_MAX_MODEL", 2**33, "bytes")
"""The largest model file."""

CONFIG = Limit("POSTAGGER_MAX_CONFIG", 2**24, "bytes")
"""The largest config, or record of runs."""


def check_tokens(tokens: list[str], place: str) -> list[str]:
    """Checks the tokens of a sentence, and returns them.

    Args:
        place: as in `Limit.exceeded`.

    Raises:
        PostaggerError: there are too many, or one is too long.
    """
    if len(tokens) > SENTENCE.value:
        raise SENTENCE.exceeded(place, "this sentence")
    if max(map(len, tokens), default=0) > TOKEN.value:
        raise TOKEN.exceeded(place, "a token of this sentence")
    return tokens


def read_whole(path: Path, limit: Limit = FILE, error: type[PostaggerError] = DataError) -> bytes:
    """Reads a file or a pipe whole.

    Args:
        error: the class of the error.

    Raises:
        OSError: it can't be read.
        PostaggerError: it is larger than the limit.
    """
    most = limit.value
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise limit.exceeded(path, "this file", error)
    return content
