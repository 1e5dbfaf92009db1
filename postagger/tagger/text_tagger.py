"""Taggers that read raw text."""

from __future__ import annotations

import itertools
import warnings
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from postagger.features import Lexical, Lexicon
from postagger.tagger.publishing import PublishableTagger

if TYPE_CHECKING:
    from postagger.text import Rules, Sentence, SentenceMode
    from postagger.text.segment import Splitter

_Tags = tuple[str, dict[str, str] | None]
"""A token's tag, and its tags by the names of the heads if there are several."""


class TextTagger(PublishableTagger):
    """A tagger that splits raw text as the treebank was split that it was trained on."""

    @property
    def token_rules(self) -> Rules:
        """The rules for tokens in raw text: those of the config, or for ``auto``, those that the words of
        the training set seem to follow."""
        rules = self.config.text.tokens
        return _rules_of(self.lexicon) if rules == "auto" else rules

    @property
    def scripts(self) -> frozenset[str]:
        """The scripts of the words of the training set, as in ``LATIN`` or ``CYRILLIC``."""
        return _scripts_of(self.lexicon)

    def tag_text(
        self,
        text: str,
        *,
        tokens: Rules | Splitter | None = None,
        sentences: SentenceMode | Splitter | None = None,
        head: str | None = None,
        lexicon: Lexical | None = None,
        probabilities: bool = False,
    ) -> list[Sentence]:
        """Splits a text into sentences and tags their tokens.

        (Its length is that of its options.)

        Args:
            tokens, sentences: rules or functions, as in `postagger.text.segment`; default: those of the
                config.
            head, lexicon: as in `tag`.
            probabilities: whether each token has the probability of every tag, as from `distributions`.

        Returns:
            The sentences, each a tuple of tokens with ``text``, ``start``, ``end``, ``space_after`` and
            ``tag``; and with the ``tags`` of all heads, if the tagger has several and there is no lexicon.
            Warns if the text is in a script that training never saw.

        Raises:
            DataError: `text` is not a string, a function did not give the parts of it, or the lexicon is
                wrong.
            ConfigError: there are no such rules or no such head.
        """
        from postagger.text import segment
        from postagger.text.style import ScriptWatch

        chosen = self.with_head(head)
        dictionary = chosen._dictionary(lexicon)
        found = segment(
            text,
            tokens=self.token_rules if tokens is None else tokens,
            sentences=self.config.text.sentences if sentences is None else sentences,
        )
        words = [sentence.words for sentence in found]
        words = list(ScriptWatch(self.scripts, partial(warnings.warn, stacklevel=4))(words))
        tagged: list[list[_Tags]]
        if len(self.heads) > 1 and dictionary is None:
            columns = [[tags for _, tags in sentence] for sentence in chosen.tag_columns(words)]
            tagged = [[(tags[chosen.head], tags) for tags in sentence] for sentence in columns]
        else:
            predictions = chosen.tag_sents(words, lexicon=dictionary)
            tagged = [[(tag, None) for _, tag in sentence] for sentence in predictions]
        rows = (chosen.distributions(each, lexicon=dictionary) for each in words) if probabilities else ()
        return [
            _tagged(sentence, pairs, row)
            for sentence, pairs, row in itertools.zip_longest(found, tagged, rows)
        ]


@lru_cache(maxsize=16)
def _rules_of(lexicon: Lexicon) -> Rules:
    from postagger.text.style import rules_of

    return rules_of(lexicon.counts)


@lru_cache(maxsize=16)
def _scripts_of(lexicon: Lexicon) -> frozenset[str]:
    from postagger.text.style import scripts_of

    return scripts_of(lexicon.counts)


def _tagged(
    sentence: Sentence,
    tags: list[_Tags],
    probabilities: list[dict[str, float]] | None,
) -> Sentence:
    """A sentence whose tokens have tags, and probabilities if there are any."""
    from postagger.text import Sentence, Token

    rows = probabilities or itertools.repeat(None)
    return Sentence(
        Token(*token[:5], tag, others, row)
        for token, (tag, others), row in zip(sentence, tags, rows, strict=False)
    )
