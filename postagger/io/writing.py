"""Writes files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, *content: bytes | memoryview) -> None:
    """Writes a file atomically, as `writing_whole` does.

    Args:
        content: the parts of the file, in order.

    Raises:
        OSError: the folder or file can't be written; an existing file is unchanged.
    """
    with writing_whole(path) as file:
        for part in content:
            file.write(part)


@contextmanager
def writing_whole(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that is written atomically: to a temporary file that then replaces it.

    Missing folders are created. Only a regular file is replaced; the new one keeps its permissions and its
    owner, if it may. When the block ends, the file is on the disk, even if the power fails; if it ends with
    an error, nothing has changed. What processes that were killed had begun to write there is removed.

    Raises:
        OSError: the folder or file can't be written; an existing file is unchanged.
    """
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat() if path.exists() else None
    if before is not None:
        check_replaceable(path)
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{_NODE}.{os.getpid()}.{os.urandom(4).hex()}{_TEMPORARY}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask() if before is None else stat.S_IMODE(before.st_mode))
        if before is not None and hasattr(os, "chown"):
            with contextlib.suppress(OSError):  # only an administrator can give files away
                os.chown(temporary, before.st_uid, before.st_gid)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


_NODE = os.uname().nodename if hasattr(os, "uname") else ""
"""This machine, in the names of temporary files: a folder may be shared."""

_TEMPORARY = ".part"
"""How the names of temporary files end."""


def check_replaceable(path: Path) -> None:
    """Checks that an existing file is a regular one, or a link to one.

    Raises:
        OSError: it is a folder, a device or a pipe.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(None, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(None, "it is a device or a pipe, not a file")


def _sweep(path: Path) -> None:
    """Removes what dead processes of this machine left of a file."""
    start = f".{path.name}.{_NODE}."
    for file in path.parent.glob(f".*{_TEMPORARY}"):
        if file.name.startswith(start):
            number = file.name.removeprefix(start).partition(".")[0]
            if number.isdecimal() and not _is_alive(int(number)):
                file.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere this would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Makes sure that a new name in a folder is on the disk."""
    with contextlib.suppress(OSError):  # not every system can do it
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that other processes wait for; none where the system has no file locks (Windows).

    Args:
        path: the file that is to be written; the lock is a file beside it.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
