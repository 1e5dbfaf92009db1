"""The names that columns have in header rows, and how a header row is known."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

WORDS = {"form", "forms", "word", "words", "wordform", "surface", "token", "tokens", "tokentext", "text"} | {
    *("wort", "mot", "mots", "forme", "palabra", "parola", "forma", "woord", "ord", "słowo", "слово"),
    *("kelime", "単語", "词", "詞", "단어", "wortform", "palavra", "paraula", "slovo", "wyraz", "sana"),
    *("szó", "sõna", "beseda", "riječ", "cuvânt", "sözcük", "kata", "λέξη", "дума", "كلمة", "الكلمة"),
    *("מילה", "کلمه"),
}
IDS = {"id", "ids", "index", "idx", "tokenid", "nr", "no"}
UPOS = {"upos", "upostag", "cpos", "cpostag", "coarsepos", "universalpos", "universaltag"}
XPOS = {"xpos", "xpostag", "pos", "postag", "postags", "tag", "tags", "partofspeech", "label", "labels"} | {
    *("gold", "goldtag", "goldpos", "ptb", "ptbtag", "penn", "stts", "wordclass", "partofspeechtag"),
    *("wortart", "étiquette", "etiquette", "catégorie", "categorie", "etiqueta", "categoría", "categoria"),
    *("etichetta", "woordsoort", "ordklass", "znacznik", "тег", "etiket", "品詞", "词性", "詞性", "품사"),
}
OTHERS = {"lemma", "lemmas", "feats", "feat", "head", "deprel", "misc", "chunk", "chunktag", "ner", "nertag"}
_NUMBERED = ("", "id", "no", "nr", "num", "number", "nummer", "idx", "index")
SENTENCES = {"sid"} | {
    f"{start}{name}{end}"
    for start in ("", "id")
    for name in ("sentence", "sent", "satz", "phrase", "frase")
    for end in _NUMBERED
}
DOCUMENTS = {"file", "filename", "textid"} | {
    f"{name}{end}" for name in ("document", "doc") for end in _NUMBERED
}
"""Names of columns in header rows, without capitals, blanks and punctuation."""

MISSING = ("", "nan", "none", "null", "na")
"""What stands for no value in a column that numbers sentences."""

_FEW = 5
"""Of fewer rows, each may well have a tag that no other has."""

NUMBER = re.compile(r"[1-9]\d*([-.]\d+)?|0(\.\d+)?")


def plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


def called(kind: Set[str], names: Sequence[str]) -> int | None:
    """The first column with a name of this kind."""
    return next((number for number, name in enumerate(names) if plain(name) in kind), None)


def is_number(text: str) -> bool:
    """Whether a text is a number of some digits; Python refuses to read numbers of thousands of them."""
    return text.isascii() and text.isdigit() and len(text) < 10


def begins_with_header(column: str, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows names the columns.

    It does if `is_header` says so; if it has the name of the tags' column, which the others have not; a word
    where all others have a number; or a usual name, and in no column what another row has there.

    Args:
        column: the setting ``corpus.column``.
    """
    if not rows or is_header(rows[0]):
        return bool(rows)
    first, *others = ([field.strip() for field in row] for row in rows)
    if not others or any(NUMBER.fullmatch(field) for field in first):
        return False
    if not column.isdigit() and plain(column) in map(plain, first):
        return not any(plain(column) in map(plain, row) for row in others)
    return _is_above_numbers(first, others) or _is_unlike(first, others)


def _is_above_numbers(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether a row has a word where all others have a number."""
    columns = zip(first, *others, strict=True)
    return len(others) > 1 and any(
        name[:1].isalpha() and all(map(str.isdecimal, rest)) for name, *rest in columns
    )


def _is_unlike(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether a row has a usual name of a column, and in no column what another row has there."""
    if len(others) < _FEW or not any(plain(name) in WORDS | UPOS | XPOS | OTHERS for name in first):
        return False
    columns = zip(first, *others, strict=True)
    return all(name[:1].isalpha() and name.lower() not in map(str.lower, rest) for name, *rest in columns)


def is_header(fields: Sequence[str]) -> bool:
    """Whether a row names the columns: one is that of the words, and another a tag or the like."""
    names = [plain(field) for field in fields]
    if any(name.isdigit() for name in names):
        return False
    return any(name in WORDS for name in names) and any(name in XPOS | UPOS | OTHERS for name in names)
