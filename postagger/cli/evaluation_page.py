"""``postagger evaluate --html FILE``: the scores as a page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import made_by, say
from postagger.cli.parser import Parser
from postagger.errors import ConfigError, DataError
from postagger.io import write_whole

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.evaluation import Calibration, Evaluation
    from postagger.features import TagDictionary
    from postagger.tagger import Ensemble, Tagger


def add_html(parser: Parser) -> None:
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help="also write a page with tables and pictures"
    )


def check_html(options: argparse.Namespace) -> None:
    """Checks before the evaluation that its page can be made, if it is asked for.

    Raises:
        PostaggerError: a package is not installed.
    """
    if options.html is not None:
        from postagger.comparison.scores_page import check_packages

        check_packages()


def write_html(
    options: argparse.Namespace,
    tagger: Tagger | Ensemble,
    corpus: Corpus,
    split: str,
    scores: Mapping[str, Evaluation],
    lexicon: TagDictionary | None,
) -> None:
    """Writes the page, if it is asked for.

    Raises:
        ConfigError: there are the scores of several heads.
        DataError: the file can't be written.
    """
    if options.html is None:
        return
    from postagger.comparison.scores_page import evaluation_page

    if len(scores) > 1:
        raise ConfigError(
            f"--html shows one head, not {len(scores)}: choose it with --head ({', '.join(scores)})"
        )
    ((head, score),) = scores.items()
    page = evaluation_page(
        score,
        name=Path(options.model).stem,
        title=f"{Path(options.model).stem} on {Path(corpus.name).name}, {split}",
        description=tagger.description,
        untempered=_untempered(tagger.with_head(head), corpus, split, lexicon),
        made=made_by(options.given),
    )
    try:
        write_whole(options.html, page.encode(errors="replace"))
    except OSError as error:
        raise DataError(f"cannot write {options.html}: {error.strerror or error}") from None
    say(f"written: {options.html}")


def _untempered(
    tagger: Tagger | Ensemble, corpus: Corpus, split: str, lexicon: TagDictionary | None
) -> Calibration | None:
    part = "test" if split == "all" else split
    return tagger.at_temperature(1.0).evaluate_on(corpus, part, lexicon=lexicon).calibration
