"""Text without tags: read, cut into tokens, and written back with tags. No torch here."""

from postagger.text.plain import load_text
from postagger.text.tag_text import TextFormat, tag_text
from postagger.text.tokenize import tokenize

__all__ = ["TextFormat", "load_text", "tag_text", "tokenize"]
