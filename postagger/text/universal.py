"""The rules for tokens of English in Universal Dependencies, chosen on the train part of UD EWT.

Unlike the Penn treebank's they part hyphenated words (``well - known``, but ``co-workers``), words with
slashes, and numbers and their units (``5 pm``), and quotes stay as they are written. A contraction is one
token of several words there, and these are what is tagged: so they are the tokens here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postagger.text import words
from postagger.text.abbreviations import ABBREVIATIONS, ALSO_WORDS, DEGREES, EVEN_LAST
from postagger.text.addresses import ADDRESS, EMOJI, LETTER, any_of
from postagger.text.words import OTHER_SCRIPTS

_APOSTROPHE = "['\u2018\u2019\u201b\u02bc\uff07\u2032\u00b4`]"
_PREFIXES = """
    anti arch co counter cyber e eco ex extra hyper inter intra mega meta mid mini mono multi neo non over
    poly  post pre pro proto pseudo psycho quasi re semi socio sub super trans ultra un
"""
_UNITS = """
    am pm AM PM b bn c cm days f ft gb h hh hr hrs hz Hz k K kb kg km kwh kWh lb lbs m M mb mg mhz MHz min
    mins minutes ml  mm mph mw MW MWh p percent persons sq t tb usd x
"""
_FILES = """
    asp aspx avi bat bmp cfm css csv dll doc docx exe gif gz htm html jpeg jpg js json log md mov mp3 mp4 odt
    pdf php png ppt  pptx ps py rar rtf svg tar tex tif tiff toml txt url wav xls xlsx xml yaml yml zip
"""
_SLASHED = "b/c b/t i/c l/c n/a w/o"
_MONTH_AND_DAY = r"(?:0?[1-9]|1[0-2])/(?:0[1-9]|1[1-9]|2\d|3[01])|1[12]/[1-9]"
"""9/11, but not 1/2 or 7/10; 5/18, which may be a fraction, is more often a date."""

_INVISIBLE = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff"
"""Accents by themselves, and what is not seen: parts of words."""

_FACE = r"[:;=8]['-]?[()DPp\]\[/\\|*]+(?!\w) | <3+(?!\d) | \(: | \^_*\^ | -_+-"

_TOKEN = re.compile(
    rf"""
      {ADDRESS} | {EMOJI}
    | (?:[\w~#%!-]|\.(?=\w)){{,80}}\.{any_of(_FILES)}(?!\w)        # names of files, or their endings
    | {LETTER}\w*(?:\.{LETTER}\w+){{2,}}                        # comp.sources.unix
    | {_FACE}
    | \d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\b  # 2024-01-02T10:11:12Z
    | \+?\d+(?:-\d+){{2,}} | \d{{3}}-\d{{4}}\b                  # telephone numbers and dates
    | (?<![\d/])(?:\d{{1,2}}/\d{{1,2}}/(?:\d\d){{1,2}}|\d{{4}}/\d{{1,2}}/\d{{1,2}}|{_MONTH_AND_DAY})(?![/\d])
    | (?<![\w/]){any_of(_SLASHED)}(?![\w/])
    | (?<!\w)\.\d+
    | \d+(?:[.,:]\d+)*(?:{_APOSTROPHE}s\b|(?!(?-i:{any_of(_UNITS)})\b){LETTER}\w*)?
    | {_APOSTROPHE}(?:\d\ds?|em|n|til|cause|tis|twas|[sdm]|ll|re|ve)(?!\w)
    | {any_of(" ".join(DEGREES))}\.?(?!\w)
    | {LETTER}(?:\.{LETTER})+(?:\.(?!\w))?
    | {LETTER}(?:\+\+|\#)(?!\w) | \.NET\b | v\d+(?:\.\d+)+    # C++, C#, versions
    | {LETTER}\.(?![\w.])        # initials
    | (?<![\w-]){any_of(_PREFIXES)}-\w+(?:{_APOSTROPHE}{LETTER}+)*
    | {LETTER}+(?:&{LETTER}+)+(?:{_APOSTROPHE}s\b)?             # AT&T
    | {any_of(" ".join(ABBREVIATIONS))}\.(?![\w.])
    | [\w{_INVISIBLE}]+(?:{_APOSTROPHE}[^\W\d_][{_INVISIBLE}\w]*)*
    | \.{{2,}}(?=[?!]) | [.?!\u2026]{{2,}} | ([^\w\s])\1+
    | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FULL_STOP = re.compile(r"(?<=[^.?!\u2026])\.(?=[\"'\u201d\u2019\u00bb)\]]*\s*\Z)")
"""The one that ends a sentence: it belongs to no abbreviation, unless a quote or bracket closes after it."""

_LAST_WORD = re.compile(r"[\w.]+\Z")
_WITH_DOTS = re.compile(rf"(?:{LETTER}\.)+{LETTER}")

_CONTRACTION = re.compile(
    rf"""
      (.*\w)(n{_APOSTROPHE}t|{_APOSTROPHE}(?:s|m|d|ll|re|ve))
    | (can)(not) | (gon|wan)(na) | (got)(ta) | (gim|lem)(me) | ({_APOSTROPHE}t)(is|was) | (i)(m|ve)
    | (do|did|does|is|was|would|could|should|have|has|are|ai|ca|wo)(nt)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def cut(text: str, *, begins: bool = True, ends: bool = True) -> list[str]:  # noqa: ARG001
    """The tokens of a sentence, or of a piece of it between two spaces.

    Args:
        begins: whether the sentence begins here, which does not matter.
        ends: whether it ends here, so that a full stop is a token of its own.
    """
    if OTHER_SCRIPTS.search(text):
        return words.cut(text)
    return [word for token in surface_tokens(text, ends=ends) for word in words_of(token)]


def surface_tokens(text: str, *, ends: bool = True) -> list[str]:
    """As `cut`, with contractions as one token, the "multiword tokens" of CoNLL-U."""
    stop = _FULL_STOP.search(text) if ends else None
    if stop is None:
        return list(_tokens(text))
    before, after = text[: stop.start()], text[stop.end() :]
    if after.strip() and _is_shortened(before):  # (etc.)
        return list(_tokens(text))
    return [*_tokens(before), ".", *_tokens(after)]


def _is_shortened(text: str) -> bool:
    """Whether the last word of a text is an abbreviation that needs its full stop."""
    found = _LAST_WORD.search(text)
    word = found.group() if found else ""
    if word in ALSO_WORDS:
        return False
    return word.lower() in EVEN_LAST or bool(_WITH_DOTS.fullmatch(word))


def _tokens(text: str) -> Iterator[str]:
    return (match.group() for match in _TOKEN.finditer(text))


def words_of(token: str) -> list[str]:
    """The words of a token: two or more if it is a contraction, else itself.

    >>> words_of("don't"), words_of("cannot"), words_of("o'clock"), words_of("I'd've")
    (['do', "n't"], ['can', 'not'], ["o'clock"], ['I', "'d", "'ve"])
    """
    last: list[str] = []
    while (found := _CONTRACTION.fullmatch(token)) is not None:
        token, *others = (word for word in found.groups() if word)
        last[:0] = others
    return [token, *last]
