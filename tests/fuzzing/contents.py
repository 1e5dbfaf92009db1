"""Contents of files: text of a format, encoded in one of many ways, and damaged or not."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ODD = (
    *("\0", "\x1b[2J", "\x1c", "\x85", "\xa0", "\xad", "\u200b", "\u200d", "\u2028", "\u2029", "\u202e"),
    *("\ufeff", "\ufffd", "\ufffe", "\U0001f468\u200d\U0001f469", "e\u0301", "\u0130", "\ufb03", "\u1e9e"),
    *("x" * 3000, "\u0661", "\u00b2", "\u2460", "\U0010ffff", "\u3000", "\u201c", "\u2019"),
)
"""What programs are known to stumble over: controls, separators, marks, digits that are none, a long word."""

BLANKS = ("\n", "\n", "\n\n", " ", "\t", "\t", "\r\n", "\r", "\x0b", "\x0c")
WORDS = ("The", "dog", "barks", ".", "don't", "1,000", "http://a.b/c", "a/b", "/", "//", "_", "-", "#", "NN")

_ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "latin-1": b"",
}


def texts(parts: Sequence[str]) -> SearchStrategy[str]:
    """Texts made of the parts that a format has, of words, blanks and odd characters, and of anything."""
    piece = st.one_of(
        st.sampled_from(parts),
        st.sampled_from(parts),
        st.sampled_from((*WORDS, *BLANKS)),
        st.sampled_from(ODD),
        st.text(max_size=5),
    )
    return st.lists(piece, max_size=40).map("".join)


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """A content with a few bytes changed, its end missing, a part of it twice; or as it is."""
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        place = draw(st.integers(0, len(content)))
        match draw(st.integers(0, 3)):
            case 0:
                content = content[:place]
            case 1:
                content = content[:place] + draw(st.binary(min_size=1, max_size=8)) + content[place + 1 :]
            case 2:
                end = draw(st.integers(place, len(content)))
                content = content[:end] + content[place:]
            case _:
                content = content[:place] + content[place + draw(st.integers(1, 8)) :]
    return content


@st.composite
def files(draw: st.DrawFn, parts: Sequence[str]) -> bytes:
    """The bytes of a file: mostly text of a format, in an encoding, gzipped or not."""
    if draw(st.integers(0, 9)) == 0:
        content = draw(st.binary(max_size=100))
    else:
        name = draw(st.sampled_from(("utf-8", "utf-8", *_ENCODINGS)))
        text = draw(texts(parts))
        errors = "surrogatepass" if name.startswith("utf") else "replace"
        content = _ENCODINGS[name] + text.encode(name, errors)
    content = draw(damaged(content))
    if draw(st.integers(0, 5)) == 0:
        content = draw(damaged(gzip.compress(content, mtime=0)))
    return content
