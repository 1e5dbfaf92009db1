"""Tags several files: to stdout, to a file that is written whole, or to a folder with an output for each."""

from __future__ import annotations

import argparse
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import Any

from postagger.cli.output import say
from postagger.cli.tag_inputs import STDIN, Input, find_inputs, name_outputs
from postagger.cli.tag_jobs import Done, Job, one_by_one, with_processes
from postagger.cli.tag_record import Record, how_it_is_tagged
from postagger.cli.tag_sinks import to_stdout, writing
from postagger.cli.tag_stream import Stream
from postagger.errors import ConfigError, DataError
from postagger.io import check_name


def tag_files(stream: Stream, options: argparse.Namespace) -> int:
    """Tags the files of the command line, and returns the exit status.

    Of several files, one that can't be read is reported, and the others are tagged.

    Raises:
        DataError: a single file can't be read, or there are none.
        ConfigError: an output would replace one of the files.
        PostaggerError: an output can't be written.
    """
    output = options.output
    if output is not None:
        check_name(output)
        if _is_folder(output, options):
            return _to_folder(stream, options, Path(output))
    if options.engine != "local":
        raise ConfigError(
            f"--engine {options.engine} writes an output for each file: name a folder, as in -o out/"
        )
    inputs = find_inputs(options.files, options.input)
    if output is None:
        with to_stdout(options.to) as sink:
            return _each(inputs, lambda given: sink.add(stream, given.file))
    try:
        with writing(Path(output), options.to) as sink:
            if _each(inputs, lambda given: sink.add(stream, given.file)):
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


def _to_folder(stream: Stream, options: argparse.Namespace, folder: Path) -> int:
    """Tags each file to an output of its own, but not those whose outputs are complete already."""
    inputs = find_inputs(options.files, options.input, leaving_out=folder)
    record = Record(folder, how_it_is_tagged(options))
    outputs = name_outputs(inputs, record, options.to)
    _check_replaced(outputs, folder)
    left = [given for given, name in outputs.items() if not record.has(given.file, name)]
    names = {Job(given.file, folder / outputs[given]): outputs[given] for given in left}
    states: dict[Job, dict[str, Any]] = {}

    def begun(jobs: Iterable[Job]) -> Iterator[Job]:
        for job in jobs:
            states[job] = record.state_of(job.file)
            yield job

    status = tagged = 0
    for job, problem in _done(stream, options, left, list(names), begun):
        if problem is None:
            record.add(states[job], names[job])
            tagged += 1
        elif len(outputs) == 1:
            raise problem
        else:
            say(f"postagger: {problem}")
            status = 1
    skipped = len(outputs) - len(left)
    already = f"; skipped {skipped:,} that had been tagged before and have not changed" if skipped else ""
    say(f"tagged {tagged:,} file{'' if tagged == 1 else 's'} to {folder}{already}")
    return status


def _done(
    stream: Stream,
    options: argparse.Namespace,
    inputs: list[Input],
    jobs: list[Job],
    begun: Callable[[Iterable[Job]], Iterator[Job]],
) -> Iterator[Done]:
    """Does the jobs, each for a text, in the way that the options say.

    Args:
        begun: is given the jobs as they are begun.

    Raises:
        ConfigError: Ray is to read stdin or a pipe.
    """
    if options.engine == "ray":
        other = next((given.file for given in inputs if given.file == STDIN or _is_pipe(given.file)), None)
        if other is not None:
            raise ConfigError(f"--engine ray reads files, not pipes or stdin ({other}): name files")
        from postagger.cli.tag_ray import with_ray

        return with_ray(options, list(begun(jobs)), options.workers) if jobs else iter(())
    regular = [job for given, job in zip(inputs, jobs, strict=True) if given.is_regular]
    if options.workers == 1 or len(regular) < 2:
        return one_by_one(stream, begun(jobs), options.to)
    others = [job for job in jobs if job not in regular]  # which this process must read, and missing ones
    return itertools.chain(
        with_processes(options, begun(regular), min(options.workers, len(regular))),
        one_by_one(stream, begun(others), options.to),
    )


def _is_pipe(file: str) -> bool:
    path = Path(file)
    return path.exists() and not path.is_file()


def _check_replaced(outputs: dict[Input, PurePath], folder: Path) -> None:
    """
    Raises:
        ConfigError: an output would replace one of the texts.
    """
    given_files = {Path(each.file).resolve() for each in outputs if each.file != STDIN}
    for given, name in outputs.items():
        if (folder / name).resolve() in given_files:
            raise ConfigError(
                f"the output for {given.file} would replace {folder / name}: choose another folder"
            )


def _is_folder(output: str, options: argparse.Namespace) -> bool:
    """Whether an output is a folder: if it is one, ends as one, or is to have several texts and no suffix."""
    path = Path(output)
    if path.is_dir() or output.endswith(("/", os.sep)):
        return True
    files = options.files
    several = (
        len(files) > 1 or bool(options.input) or any(each != STDIN and Path(each).is_dir() for each in files)
    )
    return several and not path.suffix and not path.exists()
