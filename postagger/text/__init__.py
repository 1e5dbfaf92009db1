"""Untagged text: loads it, tokenises it, and writes it with tags. No torch here."""

from postagger.text.layouts import TextFormat
from postagger.text.plain import load_text
from postagger.text.tag_text import tag_text
from postagger.text.tokenize import tokenize

__all__ = ["TextFormat", "load_text", "tag_text", "tokenize"]
