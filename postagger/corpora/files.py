"""The files of a corpus: one or more for each part, by name or by a pattern such as ``a/*.conllu``."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from pathlib import Path

from postagger.errors import DataError

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE, _PACKAGE.parents[1] / "data")
"""Where the folders of shipped corpora are: in an installed wheel, and in a checkout."""


def matching_files(names: str | tuple[str, ...]) -> list[str]:
    """The files that names and patterns stand for, in their order; those of a pattern are sorted.

    A name that exists is never a pattern, whatever characters it has; nor is an existing folder in it.

    Raises:
        DataError: a pattern matches no file, or a file is named twice.
    """
    files: list[str] = []
    for name in (names,) if isinstance(names, str) else names:
        files += _matches(name)
    seen: dict[str, str] = {}
    for file in files:
        other = seen.setdefault(os.path.realpath(file), file)
        if other is not file:
            raise DataError(f"{file} is named twice{'' if other == file else f' (also as {other})'}")
    return files


def files_by_part(given: Mapping[str, str | tuple[str, ...]]) -> dict[str, list[str]]:
    """The files of each part, as `matching_files` finds them.

    Raises:
        DataError: as in `matching_files`; or two parts share some files, but not all of them. (If they share
            all, this is taken to be on purpose.)
    """
    found: dict[str, list[str]] = {}
    for part, names in given.items():
        try:
            files = matching_files(names)
        except DataError as error:
            raise DataError(f"corpus.{part}: {error}") from None
        for other, theirs in found.items():
            _check_apart(part, files, other, theirs)
        found[part] = files
    return found


def _check_apart(part: str, files: list[str], other: str, theirs: list[str]) -> None:
    one, two = ({os.path.realpath(file): file for file in each} for each in (files, theirs))
    both = [file for path, file in one.items() if path in two]
    if both and one.keys() != two.keys():
        raise DataError(f"corpus.{part}: {both[0]} is in corpus.{other} too: leave it out of one of them")


def _matches(name: str) -> list[str]:
    if Path(name).exists() or not glob.has_magic(name):
        return [name]
    found = glob.glob(_pattern(Path(name)), recursive=True)  # noqa: PTH207 (takes absolute patterns too)
    files = sorted(file for file in found if not Path(file).is_dir())
    if not files:
        raise DataError(f"no file matches {name}: check the folder and the pattern")
    return files


def _pattern(path: Path) -> str:
    """A pattern in which the folders that exist under their names are taken literally."""
    if path.exists() or path.parent == path:
        return glob.escape(str(path))
    return str(Path(_pattern(path.parent), path.name))


def sample_file(part: str) -> str:
    """The file of a part of the sample treebank.

    Raises:
        DataError: it is missing from the installation.
    """
    return _shipped("sample", f"{part}.conllu", "sample treebank")


def challenge_file() -> str:
    """The file of the challenge set.

    Raises:
        DataError: it is missing from the installation.
    """
    return _shipped("challenge", "challenge.conllu", "challenge set")


def _shipped(folder: str, name: str, what: str) -> str:
    for place in _PLACES:
        file = place / folder / name
        if file.is_file():
            return str(file)
    raise DataError(f"the {what} is missing from this installation: install postagger again")


def is_pipe(name: str) -> bool:
    """Whether a file can be read only once: it exists, but is neither a regular file nor a folder."""
    path = Path(name)
    return path.exists() and not path.is_file() and not path.is_dir()
