"""Reads files and pipes, plain or compressed, and writes files whole or not at all."""

from postagger.io.kinds import damaged_gzip, no_text, wrong_encoding
from postagger.io.limits import CONFIG, FILE, LINE, MODEL, SENTENCE, TOKEN, check_tokens, read_whole
from postagger.io.names import as_path, check_name, printable, visible, why_impossible, why_no_folder
from postagger.io.reading import (
    PARQUET,
    binary_lines,
    clean_lines,
    encoding_of,
    is_text,
    may_become_mark,
    open_binary,
    open_text,
    read_start,
)
from postagger.io.records import parse_each_json, parse_json, read_json
from postagger.io.writing import check_replaceable, locked, write_whole, writing_whole

__all__ = [
    "CONFIG",
    "FILE",
    "LINE",
    "MODEL",
    "PARQUET",
    "SENTENCE",
    "TOKEN",
    "as_path",
    "binary_lines",
    "check_name",
    "check_replaceable",
    "check_tokens",
    "clean_lines",
    "damaged_gzip",
    "encoding_of",
    "is_text",
    "locked",
    "may_become_mark",
    "no_text",
    "open_binary",
    "open_text",
    "parse_each_json",
    "parse_json",
    "printable",
    "read_json",
    "read_start",
    "read_whole",
    "visible",
    "why_impossible",
    "why_no_folder",
    "write_whole",
    "writing_whole",
    "wrong_encoding",
]
