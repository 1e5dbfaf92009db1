"""What is one token whatever the rules: addresses, hashtags, mentions and emoji."""

from __future__ import annotations

import re

LETTER = r"[^\W\d_]"

_DOMAINS = (
    "ai at au biz br ca ch cn com co de edu es eu fr gov info int io it jp me mil net nl org ru tv uk us"
)
_PATH = r"[^\s<>\"\u201c\u201d\u2018\u2019\u00ab\u00bb]*[\w/#=+~%&-]"
"""The rest of an address: it does not end in a mark of punctuation."""


def any_of(words: str) -> str:
    """A pattern for any of the words between blanks."""
    return f"(?:{'|'.join(map(re.escape, words.split()))})"


ADDRESS = rf"""
    (?<![\w@.])(?:(?:https?|ftp)://|www\.|mailto:){_PATH}
  | (?<![\w@.-])(?:\w[\w-]{{,62}}\.)+{any_of(_DOMAINS)}(?:/(?:{_PATH})?)?(?![\w.@-])
  | (?<![\w.+%@-])[\w.+%-]*\w(?:\.\.\.)?@\w[\w-]*(?:\.[\w-]*\w)*
  | (?<![\w@.])@{LETTER}[\w.]*\w
  | (?<![\w\#&])\#(?=\d*{LETTER})\w++(?!=)
"""
"""A verbose pattern for addresses on the web and of e-mail, mentions and hashtags."""

_PICTURE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_CHANGED = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
EMOJI = (
    f"(?:[\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}{_CHANGED}(?:\u200d{_PICTURE}{_CHANGED})*)"
)
"""A pattern for an emoji with its skin tone, its variation and those that are joined to it; for a flag."""

WHOLE = re.compile(f"(?P<emoji>{EMOJI})|(?:{ADDRESS})", re.VERBOSE)
MAYBE_WHOLE = re.compile(r"[^\x00-\x7f]|[@#/]|www\.|\w\.\w")
"""Whether it is worthwhile to search for `WHOLE`; much faster."""
