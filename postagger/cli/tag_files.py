"""Tags several files: to stdout, to a file that is written whole, or to a folder with an output for each."""

from __future__ import annotations

import argparse
import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple, TextIO

from postagger.cli.output import say
from postagger.cli.tag_record import Record, how_it_is_tagged
from postagger.cli.tag_stream import Stream
from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.io import check_name, writing_whole

STDIN = "-"

_SUFFIXES = {"slashes": ".txt", "vertical": ".vert", "conllu": ".conllu", "json": ".jsonl"}


class Input(NamedTuple):
    """A text to tag.

    Attributes:
        file: its path; ``-`` for stdin.
        name: its name in a folder of outputs.
    """

    file: str
    name: PurePath


def tag_files(stream: Stream, options: argparse.Namespace) -> int:
    """Tags the files of the command line, and returns the exit status.

    Of several files, one that can't be read is reported, and the others are tagged.

    Raises:
        DataError: a single file can't be read, or there are none.
        ConfigError: an output would replace one of the files.
        PostaggerError: an output can't be written.
    """
    output = options.output
    if output is None:
        inputs = _inputs(options.files)
        return _each(inputs, lambda given: _tag(stream, given.file, sys.stdout))
    check_name(output)
    if _is_folder(output, options.files):
        return _to_folder(stream, options, Path(output))
    inputs = _inputs(options.files)
    try:
        with _writing(Path(output)) as file:
            if _each(inputs, lambda given: _tag(stream, given.file, file)):
                raise _FailedError
    except _FailedError:
        say(f"{output} was not written, because not all files could be tagged: with a folder, as in -o "
            f"{Path(output).stem}/, each file is an output by itself")  # fmt: skip
        return 1
    return 0


class _FailedError(Exception):
    """A file of several could not be tagged."""


def _each(inputs: list[Input], tag: Callable[[Input], object]) -> int:
    """Tags each of the texts, and returns the exit status: 1 if one of several could not be read.

    Raises:
        DataError: a single text can't be read.
    """
    status = 0
    for given in inputs:
        try:
            tag(given)
        except DataError as error:
            if len(inputs) == 1:
                raise
            say(f"postagger: {error}")
            status = 1
    return status


def _tag(stream: Stream, file: str, to: TextIO) -> None:
    # What is tagged is written out before more text is waited for: a program may be waiting for it.
    with stream.tagged(file, to.flush) as sentences:
        to.writelines(sentences)


def _to_folder(stream: Stream, options: argparse.Namespace, folder: Path) -> int:
    """Tags each file to an output of its own, but not those whose outputs are complete already."""
    inputs = _inputs(options.files, leaving_out=folder)
    record = Record(folder, how_it_is_tagged(options))
    outputs = _outputs(inputs, record, options.to)
    given_files = {Path(each.file).resolve() for each in inputs if each.file != STDIN}
    for given, name in outputs.items():
        if (folder / name).resolve() in given_files:
            raise ConfigError(
                f"the output for {given.file} would replace {folder / name}: choose another folder"
            )
    tagged = skipped = 0

    def tag(given: Input) -> None:
        nonlocal tagged, skipped
        name = outputs[given]
        if record.has(given.file, name):
            skipped += 1
            return
        state = record.state_of(given.file)
        with _writing(folder / name) as file:
            _tag(stream, given.file, file)
        record.add(state, name)
        tagged += 1

    status = _each(list(outputs), tag)
    already = f"; skipped {skipped:,} that had been tagged before and have not changed" if skipped else ""
    say(f"tagged {tagged:,} file{'' if tagged == 1 else 's'} to {folder}{already}")
    return status


def _is_folder(output: str, files: list[str]) -> bool:
    """Whether an output is a folder: if it is one, ends as one, or is to have several texts and no suffix."""
    path = Path(output)
    if path.is_dir() or output.endswith(("/", os.sep)):
        return True
    several = len(files) > 1 or any(file != STDIN and Path(file).is_dir() for file in files)
    return several and not path.suffix and not path.exists()


def _inputs(files: list[str], leaving_out: Path | None = None) -> list[Input]:
    """The texts that arguments stand for; those of a folder in the order of their names.

    Args:
        leaving_out: a folder whose files are not among them.

    Raises:
        DataError: a folder contains no files, or no file can have such a name.
    """
    found = []
    for file in files:
        check_name(file)
        path = Path(file)
        if file == STDIN:
            found.append(Input(STDIN, PurePath("stdin.txt")))
        elif path.is_dir():
            members = _members(path, leaving_out)
            if not members:
                raise DataError(f"the folder {file} contains no files to tag")
            found += [Input(str(each), each.relative_to(path)) for each in members]
        else:
            found.append(Input(file, PurePath(path.name)))
    return found


def _members(folder: Path, leaving_out: Path | None) -> list[Path]:
    """The files in a folder and in the folders within it, without hidden ones."""
    outside = None if leaving_out is None else leaving_out.resolve()
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not (outside is not None and path.resolve().is_relative_to(outside))
    )


def _outputs(inputs: list[Input], record: Record, to: str | None) -> dict[Input, PurePath]:
    """The name of the output for each text; a second one of the same name gets a number."""
    outputs: dict[Input, PurePath] = {}
    taken: set[PurePath] = set()
    for given in inputs:
        name = _renamed(given.name, to)
        free, number = name, 1
        while given not in outputs and (free in taken or record.is_of_another(free, given.file)):
            number += 1
            free = name.with_name(_numbered(name.name, number))
        outputs.setdefault(given, free)
        taken.add(outputs[given])
    return outputs


def _renamed(name: PurePath, to: str | None) -> PurePath:
    """The name of an output: its suffix tells the format if another one may have been asked for."""
    if to is None:
        return name
    packed = ".gz" if name.suffix == ".gz" else ""
    bare = name.with_suffix("") if packed else name
    return bare.with_name(f"{bare.stem}{_SUFFIXES[to]}{packed}")


def _numbered(name: str, number: int) -> str:
    stem, dot, suffixes = name.partition(".")
    return f"{stem}-{number}{dot}{suffixes}"


@contextmanager
def _writing(path: Path) -> Iterator[TextIO]:
    """Opens a text file that is written whole or not at all, and gzipped if its name ends in ``.gz``.

    Raises:
        PostaggerError: it can't be written.
    """
    try:
        with writing_whole(path) as binary, _as_text(binary, packed=path.suffix == ".gz") as text:
            yield text
    except OSError as error:
        raise PostaggerError(f"cannot write {path}: {error.strerror or error}") from None


@contextmanager
def _as_text(binary: BinaryIO, *, packed: bool) -> Iterator[TextIO]:
    """A text file in UTF-8 that is written to a binary one, perhaps gzipped; the binary one stays open."""
    unpacked = gzip.GzipFile("", "wb", fileobj=binary, mtime=0) if packed else None
    text = io.TextIOWrapper(unpacked or binary, encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        yield text
    finally:
        text.detach()
        if unpacked is not None:
            unpacked.close()
