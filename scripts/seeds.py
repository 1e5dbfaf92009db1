#!/usr/bin/env python3
"""Trains configs with several seeds each and prints a Markdown table: mean and spread over seeds.

Example:
    python scripts/seeds.py configs/window.toml configs/lstm.toml --seeds 5

The model of each run is chosen on dev; test is scored once, for the table. What is trained already
(in --output) is read, not trained again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from postagger import Corpus, PostaggerError, Tagger, load_config, load_corpus
from postagger.config import Config
from postagger.evaluation import as_json

COLUMNS = {
    "dev": ("dev", "accuracy"),
    "test": ("test", "accuracy"),
    "known words": ("test", "known_accuracy"),
    "unknown words": ("test", "unknown_accuracy"),
    "ambiguous words": ("test", "ambiguous_accuracy"),
    "sentences": ("test", "sentence_accuracy"),
}


def run(config: Config, corpus: Corpus, path: Path) -> dict[str, Any]:
    """Trains one tagger and scores it, or reads the scores that stand beside `path` already."""
    scores_path = path.with_suffix(".json")
    settings = config.model_dump(mode="json")
    if scores_path.exists():
        known: dict[str, Any] = json.loads(scores_path.read_text(encoding="utf-8"))
        if known["config"] == settings:
            return known
    start = time.perf_counter()
    tagger = Tagger.train(corpus, config, progress=True)
    seconds = time.perf_counter() - start
    tagger.save(path)
    scores = {
        "config": settings,
        "seconds": seconds,
        "parameters": tagger.network.parameter_count,
        "megabytes": path.stat().st_size / 1e6,
        **{split: as_json(tagger.evaluate_on(corpus, split)) for split in ("dev", "test")},
    }
    scores_path.write_text(json.dumps(scores), encoding="utf-8")
    return scores


def row(name: str, runs: list[dict[str, Any]]) -> str:
    cells = []
    for split, rate in COLUMNS.values():
        values = [100 * scores[split][rate] for scores in runs]
        spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
        cells.append(f"{statistics.mean(values):.2f}{spread}")
    cells.append(f"{statistics.median(scores['seconds'] for scores in runs):.0f}")
    cells.append(f"{runs[0]['megabytes']:.1f}")
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("configs", metavar="CONFIG", nargs="+")
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 to this number (default: 5)")
    parser.add_argument("--set", metavar="SECTION.KEY=VALUE", nargs="+", default=[], help="override settings")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/seeds"), help="default: runs/seeds")
    options = parser.parse_args()
    rows = []
    plan = tqdm(total=len(options.configs) * options.seeds, desc="runs", disable=None)
    for file in options.configs:
        runs = []
        for seed in range(1, options.seeds + 1):
            config = load_config(file, [*options.set, f"training.seed={seed}"])
            how = config.corpus
            corpus = load_corpus(how.name, tagset=how.tagset, column=how.column, nltk_data=how.nltk_data)
            runs.append(run(config, corpus, options.output / f"{Path(file).stem}-{seed}.safetensors"))
            plan.update()
        rows.append(row(f"`{file}`", runs))
    plan.close()
    print(f"{corpus.name}, per cent, mean ± standard deviation over {options.seeds} seed(s)\n")
    print("| config | " + " | ".join(COLUMNS) + " | seconds | MB |")
    print("|---" * (len(COLUMNS) + 3) + "|")
    print("\n".join(rows))


if __name__ == "__main__":
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"seeds.py: {error}")
