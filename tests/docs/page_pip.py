"""Stands for pip in the commands of pages: installs nothing, but the extras asked for have to be there."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path


def main() -> None:
    project = tomllib.loads((Path(os.environ["PAGE_ROOT"]) / "pyproject.toml").read_text(encoding="utf-8"))
    extras = set(project["project"]["optional-dependencies"])
    for argument in sys.argv[1:]:
        asked = re.fullmatch(r"(?:postagkit|\.)\[(.+)\]", argument)
        if asked and (unknown := set(asked[1].split(",")) - extras):
            sys.exit(f"there is no extra {', '.join(sorted(unknown))}")


if __name__ == "__main__":
    main()
