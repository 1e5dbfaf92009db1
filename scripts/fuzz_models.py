#!/usr/bin/env python3
"""Damages a model file in many random ways, and loads it each time: every load must be refused, and soon.

Prints how many damaged files were loaded in silence (0 is right), how many failed with an error that is not a
`ModelFileError` (0 is right), and the longest time and the most memory that a load took.

Example:
    python scripts/fuzz_models.py runs/window.safetensors --flips 5000 --cuts 1000
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from postagger import ModelFileError, Tagger


def damaged(content: bytes, flips: int, cuts: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yields copies of a file with one bit flipped, and beginnings of it.

    Every third flip is in the first 4,096 bytes, which are part of the header.
    """
    for number in range(flips):
        place = draw.randrange(min(len(content), 4096) if number % 3 == 0 else len(content))
        copy = bytearray(content)
        copy[place] ^= 1 << draw.randrange(8)
        yield f"bit flipped in byte {place}", bytes(copy)
    for _ in range(cuts):
        length = draw.randrange(len(content))
        yield f"cut after {length} bytes", content[:length]


def load(path: Path) -> str:
    """What comes of loading a damaged file: ``refused``, ``loaded``, or the name of an error."""
    try:
        Tagger.load(path)
    except ModelFileError:
        return "refused"
    except Exception as error:  # this is what is looked for
        return type(error).__name__
    return "loaded"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--flips", type=int, default=5000)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    content = options.model.read_bytes()
    Tagger.load(options.model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes: Counter[str] = Counter()
    longest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        for what, copy in damaged(content, options.flips, options.cuts, random.Random(options.seed)):
            path.write_bytes(copy)
            start = time.process_time()
            outcome = load(path)
            longest = max(longest, time.process_time() - start)
            outcomes[outcome] += 1
            if outcome != "refused":
                print(f"{outcome}: {what}", file=sys.stderr)
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{counts}; at most {longest:.2f} s of CPU, {more:.0f} MB more than before")
    return int(set(outcomes) != {"refused"})


if __name__ == "__main__":
    sys.exit(main())
