"""Lines of text within the limits of `postagger.io.limits`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from postagger.io import LINE, SENTENCE, TOKEN, check_tokens


class BoundedLines:
    """Counts the lines and characters of each sentence while its lines are read.

    Attributes:
        characters: those of all lines so far.
    """

    def __init__(self, lines: Iterable[str], source: str) -> None:
        self._lines = lines
        self._source = source
        self._number = self._first = 0  # the numbers of the last line, and of the one before the sentence
        self._begun_at = 0
        self._longest = TOKEN.value
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        """
        Raises:
            DataError: the lines of one sentence are too many or too long.
        """
        most, longest = SENTENCE.value, LINE.value
        for line in self._lines:
            self._number += 1
            self.characters += len(line)
            if self.characters - self._begun_at > longest:
                alone = self._number - self._first == 1
                raise LINE.exceeded(
                    self._place, "this line" if alone else "this sentence, with all its lines,"
                )
            if self._number - self._first > most:
                raise SENTENCE.exceeded(self._place, "this sentence, with its comments and empty lines,")
            yield line

    def end_sentences(self, sentences: Sequence[list[str]]) -> Sequence[list[str]]:
        """Notes that the lines so far are those of these sentences, and returns them.

        Raises:
            DataError: a sentence has too many words, or a word is too long.
        """
        if self.characters - self._begun_at > self._longest:  # else no word can be
            for words in sentences:
                check_tokens(words, self._place)
        self._first, self._begun_at = self._number, self.characters
        return sentences

    @property
    def _place(self) -> str:
        return f"{self._source}:{self._number}"
