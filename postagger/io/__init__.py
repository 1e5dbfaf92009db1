"""Reads files and pipes, plain or compressed, and writes files whole or not at all."""

from postagger.io.names import as_path, check_name, printable, why_impossible
from postagger.io.reading import (
    clean_lines,
    encoding_of,
    may_become_mark,
    open_binary,
    open_text,
    read_start,
    wrong_encoding,
)
from postagger.io.writing import check_replaceable, locked, write_whole

__all__ = [
    "as_path",
    "check_name",
    "check_replaceable",
    "clean_lines",
    "encoding_of",
    "locked",
    "may_become_mark",
    "open_binary",
    "open_text",
    "printable",
    "read_start",
    "why_impossible",
    "write_whole",
    "wrong_encoding",
]
