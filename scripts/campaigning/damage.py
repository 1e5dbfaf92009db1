"""Model files with one wrong bit, or without their end."""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from postagger import ModelFileError, Tagger

TRUNCATED = 6
"""One damaged file in so many is cut off; the others have a flipped bit."""


def damaged(whole: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """Yields what was done, and the file. Most flipped bits are in the header."""
    draw = random.Random(1)
    header = 8 + int.from_bytes(whole[:8], "little")
    for number in range(count):
        if number % TRUNCATED == 0:
            place = draw.randrange(len(whole))
            yield f"cut off after {place:,} bytes", whole[:place]
            continue
        bit = draw.randrange(8 * (header if number % 2 else len(whole)))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        yield f"with bit {bit:,} flipped", bytes(changed)


def damage(options: argparse.Namespace) -> int:
    """Loads model files with a bit flipped, or cut off: they must be refused soon, in little memory."""
    failed = 0
    for path in options.models:
        longest, refused = 0.0, 0
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model"
            for what, content in damaged(path.read_bytes(), options.count):
                file.write_bytes(content)
                start = time.process_time()
                try:
                    Tagger.load(file)
                    print(f"{path.stem}: a file {what} was loaded", flush=True)
                except ModelFileError:
                    refused += 1
                longest = max(longest, time.process_time() - start)
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
        print(
            f"{path.stem}: {refused:,} of {options.count:,} damaged files refused; "
            f"{1000 * longest:.0f} ms of CPU at most, {more:.0f} MB more memory",
            flush=True,
        )
        failed += refused < options.count or longest > 2 or more > 300
    return int(failed > 0)
