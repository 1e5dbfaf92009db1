"""NLTK's ``pos_tag`` and ``pos_tag_sents`` with a tagger of this package: same arguments, same results' form.

::

    from postagger.serving.nltk import pos_tag, pos_tag_sents  # instead of: from nltk import ...
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, DataError, brief, short
from postagger.features import TagSet
from postagger.serving.model_folder import load_model
from postagger.serving.universal import NLTK_OF_PENN, NLTK_OF_UPOS, UPOS_OF_NLTK
from postagger.shipped import SHIPPED
from postagger.tagger import Ensemble, Tagger

_BRACKETS = {"-LRB-": "(", "-RRB-": ")"}
"""The tags of brackets as NLTK's own tagger has them."""


class LanguageError(ConfigError, NotImplementedError):
    """There is no tagger for the language; NLTK raises a NotImplementedError."""


class TokensError(DataError, TypeError):
    """A string was given instead of a list of tokens; NLTK raises a TypeError."""


def pos_tag(
    tokens: Iterable[str], tagset: str | None = None, lang: str = "eng", *, model: str | Path = SHIPPED
) -> TaggedSentence:
    """Tags one sentence, as NLTK's ``pos_tag`` does.

    Args:
        tokens: the words of the sentence, as from ``nltk.word_tokenize``.
        tagset: ``universal`` for NLTK's twelve universal tags; None for the model's own, which in ``en`` are
            the Penn treebank's.
        lang: ``eng``.
        model: a model file, a folder of them (an ensemble), or ``en``; it is loaded once.

    Returns:
        ``(token, tag)`` pairs.

    Raises:
        TokensError: `tokens` is a string.
        DataError: a token is not a string.
        LanguageError: `lang` is another language.
        ConfigError: there is no such tag set, or the model's tags have no universal ones.
        ModelFileError: the model can't be read.
    """
    return pos_tag_sents([tokens], tagset, lang, model=model)[0]


def pos_tag_sents(
    sentences: Iterable[Iterable[str]],
    tagset: str | None = None,
    lang: str = "eng",
    *,
    model: str | Path = SHIPPED,
) -> list[TaggedSentence]:
    """Tags sentences, as NLTK's ``pos_tag_sents`` does; much faster than one by one.

    Args:
        sentences: each as in `pos_tag`.
        tagset, lang, model: as in `pos_tag`.

    Raises:
        TokensError, DataError, LanguageError, ConfigError, ModelFileError: as in `pos_tag`.
    """
    if lang != "eng":
        raise LanguageError(
            f"lang={brief(lang)}: the tagger that comes with the package is for English, lang='eng'; for "
            "another language use Tagger.load(model).tag(tokens) with a model of your own"
        )
    tagger = _load(model)
    table = _table(tagset, tagger.tagset, model)
    tagged = tagger.tag_sents([_checked(tokens) for tokens in sentences])
    return [[(word, table.get(tag, tag)) for word, tag in sentence] for sentence in tagged]


@lru_cache(maxsize=8)
def _load(model: str | Path) -> Tagger | Ensemble:
    return load_model(model)


def _checked(tokens: Iterable[str]) -> list[str]:
    """
    Raises:
        TokensError: it is a string.
        DataError: it can't be iterated over.
    """
    if isinstance(tokens, str):
        raise TokensError(f"tokens: expected a list of strings, got a string: {brief(tokens)}")
    if not isinstance(tokens, Iterable):
        raise DataError(f"tokens: expected a list of strings, got {brief(tokens)}")
    return list(tokens)


def _table(tagset: str | None, tags: TagSet, model: str | Path) -> Mapping[str, str]:
    """What is given for a tag, if it is not the tag itself.

    Raises:
        ConfigError: there is no such tag set, or the tags have no universal ones.
    """
    if not tagset:
        return _BRACKETS
    if tagset != "universal":
        raise ConfigError(f"tagset={brief(tagset)}: expected 'universal', or None for the model's own tags")
    tables: tuple[Mapping[str, str], ...] = (
        NLTK_OF_PENN,
        NLTK_OF_UPOS,
        {tag: tag for tag in UPOS_OF_NLTK},
    )
    table = next((each for each in tables if set(tags) <= set(each)), None)
    if table is None:
        raise ConfigError(
            f"the tags of {model} ({', '.join(map(short, tags.tags[:5]))} ...) have no universal tags here: "
            "they are neither the Penn treebank's nor Universal Dependencies'"
        )
    return table
