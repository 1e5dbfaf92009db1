"""One form for all the ways in which Unicode can write the same word.

A word's *normal form* is what is looked up in its place:

- **NFC**: a letter and its accents are one character if Unicode has one. Decomposed text (NFD) looks the
  same and is common: in file names on macOS, and from some input methods.
- **No invisible characters**: soft hyphens, zero-width spaces, byte order marks, marks of direction,
  variation selectors, and whatever else Unicode tells programs not to display. Joiners (ZWNJ, ZWJ, and MVS in
  Mongolian) are part of the spelling in Persian, in Indic scripts and some others: they are kept between
  characters of these scripts, and dropped elsewhere, as from emoji and German words.
- **Plain letters**: fullwidth and halfwidth characters, mathematical alphabets, the positional forms of
  Arabic letters, and typographic ligatures such as U+FB01 (fi) become the letters that they show. Characters
  that differ in more than their look are kept: ½, ², ①, ㎏, ǆ, and U+2139, a sign rather than an i.

The word's case is unchanged.
"""

from __future__ import annotations

import re
from unicodedata import decomposition, normalize

LOOKS = frozenset(
    (
        "<wide>",
        "<narrow>",
        "<small>",
        "<vertical>",
        "<font>",
        "<initial>",
        "<medial>",
        "<final>",
        "<isolated>",
    )
)
"""The kinds of compatibility decomposition in which a character differs from its letters only in its look."""

LIGATURES = range(0xFB00, 0xFB18)
"""Latin and Armenian ones."""

SIGNS = "\u2139"
"""Information source: the letter i in Unicode's tables, and a sign to everybody."""

INVISIBLE = (
    *(range(code, code + 1) for code in (0xAD, 0x34F, 0x61C, 0x180F, 0x200B, 0x3164, 0xFEFF, 0xFFA0)),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x180E),
    range(0x200E, 0x2010),
    range(0x202A, 0x202F),
    range(0x2060, 0x2070),
    range(0xFE00, 0xFE10),
    range(0xFFF0, 0xFFFC),
    range(0x1BCA0, 0x1BCA4),
    range(0x1D173, 0x1D17B),
    range(0xE0000, 0xE1000),
)
"""Default_Ignorable_Code_Point, except the joiners, and interlinear annotation."""

JOINERS = "\u200c\u200d\u180e"
JOINING = (
    "\u0600-\u0dff\u0f00-\u109f\u1700-\u18af\u1900-\u1c4f\u1cd0-\u1cff\ua800-\ua8ff\ua930-\uaaff"
    "\uabc0-\uabff\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
"""Scripts with joiners: Arabic and its relatives, those of India and South-East Asia except Thai and Lao,
Tibetan and Mongolian."""

_JOINER = re.compile(f"(?<=[{JOINING}])([{JOINERS}])[{JOINERS}]*(?=[{JOINING}])|[{JOINERS}]+")


MOST_CHARACTERS = 20_000
"""Characters of which a table keeps what they become; Unicode has a million."""


class _PlainCharacters(dict[int, str]):
    """Maps a character to the visible, plain characters for it; filled on first use."""

    def __missing__(self, code: int) -> str:
        if len(self) >= MOST_CHARACTERS:
            self.clear()
        self[code] = "" if any(code in part for part in INVISIBLE) else _plain(chr(code))
        return self[code]


_PLAIN = _PlainCharacters()


def _plain(char: str) -> str:
    look, _, codes = decomposition(char).partition(" ")
    plain = "".join(chr(int(code, 16)) for code in codes.split())
    folded = look in LOOKS or (look == "<compat>" and ord(char) in LIGATURES)
    # Some characters show a mark by itself, on a space, and the ideographic space is one.
    return plain if folded and char not in SIGNS and not re.search(r"\s", plain) else char


def normal_form(word: str) -> str:
    """The normal form of a word; a word that has only invisible characters is its own.

    >>> normal_form("cafe\\u0301"), normal_form("zero\\u200bwidth"), normal_form("\\uff28\\uff49")
    ('café', 'zerowidth', 'Hi')
    """
    if word.isascii():
        return word
    form = normalize("NFC", normalize("NFC", word).translate(_PLAIN))
    joined = _JOINER.sub(r"\1", form)
    if joined != form:  # letters that a joiner parted may now compose
        joined = normal_form(joined)
    return joined or word
