"""The texts to tag: files, folders of files, patterns of their names, and stdin; and the names of outputs."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import NamedTuple

from postagger.cli.tag_record import Record
from postagger.errors import DataError
from postagger.io import check_name
from postagger.text.detect import is_parquet

STDIN = "-"

_SUFFIXES = {
    "slashes": ".txt",
    "vertical": ".vert",
    "conllu": ".conllu",
    "json": ".jsonl",
    "parquet": ".parquet",
}


class Input(NamedTuple):
    """A text to tag.

    Attributes:
        file: its path; ``-`` for stdin.
        name: its name in a folder of outputs.
    """

    file: str
    name: PurePath

    @property
    def is_regular(self) -> bool:
        """Whether it is a file that any process can read, at any time."""
        return self.file != STDIN and Path(self.file).is_file()


def find_inputs(
    files: Iterable[str], patterns: Iterable[str] = (), leaving_out: Path | None = None
) -> list[Input]:
    """The texts that arguments stand for; those of a folder or a pattern in the order of their names.

    Args:
        leaving_out: a folder whose files are not among those of folders and patterns.

    Raises:
        DataError: a folder contains no files, a pattern fits none, or no file can have such a name.
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
    for pattern in patterns:
        found += _fitting(pattern, leaving_out)
    return found


def _fitting(pattern: str, leaving_out: Path | None) -> list[Input]:
    """The files whose names fit a pattern such as ``corpus/*.parquet`` or ``corpus/**/*.txt``."""
    check_name(pattern)
    if Path(pattern).exists():
        return find_inputs([pattern], leaving_out=leaving_out)
    fixed = PurePath(*_before_wildcards(pattern))
    paths = [Path(each) for each in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 (any path)
    found = [
        Input(str(path), path.relative_to(fixed))
        for path in paths
        if path.is_file() and not _is_within(path, leaving_out)
    ]
    if not found:
        raise DataError(f"no file fits the pattern {pattern}")
    return found


def _before_wildcards(pattern: str) -> list[str]:
    """The folders of a pattern that are named without wildcards."""
    parts = PurePath(pattern).parts[:-1]
    first = next((place for place, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return list(parts[:first])


def _is_within(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())


def _members(folder: Path, leaving_out: Path | None) -> list[Path]:
    """The files in a folder and in the folders within it, without hidden ones."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not _is_within(path, leaving_out)
    )


def name_outputs(inputs: list[Input], record: Record, to: str | None) -> dict[Input, PurePath]:
    """The name of the output for each text; a second one of the same name gets a number.

    Args:
        to: the format asked for.
    """
    outputs: dict[Input, PurePath] = {}
    taken: set[PurePath] = set()
    for given in inputs:
        name = _renamed(given.name, to or _own_format(given))
        free, number = name, 1
        while given not in outputs and (free in taken or record.is_of_another(free, given.file)):
            number += 1
            free = name.with_name(_numbered(name.name, number))
        outputs.setdefault(given, free)
        taken.add(outputs[given])
    return outputs


def _own_format(given: Input) -> str | None:
    """``parquet`` for such a file, whatever its name: its output is such a file too. Others keep theirs."""
    try:
        return "parquet" if is_parquet(given.file) else None
    except DataError:  # which is reported when the file is read
        return None


def _renamed(name: PurePath, to: str | None) -> PurePath:
    """The name of an output: its suffix tells the format if another one may have been asked for."""
    if to is None:
        return name
    packed = ".gz" if name.suffix == ".gz" and to != "parquet" else ""
    bare = name.with_suffix("") if name.suffix == ".gz" else name
    return bare.with_name(f"{bare.stem}{_SUFFIXES[to]}{packed}")


def _numbered(name: str, number: int) -> str:
    stem, dot, suffixes = name.partition(".")
    return f"{stem}-{number}{dot}{suffixes}"
