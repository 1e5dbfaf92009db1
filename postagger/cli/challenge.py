"""``postagger evaluate MODEL challenge``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from postagger.cli.output import print_json, say, show
from postagger.cli.parser import load_lexicon
from postagger.errors import ConfigError

if TYPE_CHECKING:
    from postagger.evaluation.challenge import ChallengeScore
    from postagger.tagger import Ensemble, Tagger

CHALLENGE = "challenge"
"""The challenge set's name in place of a corpus."""

_OPTIONS = {
    **{"split": "--split", "tagset": "--tagset", "nltk_data": "--nltk-data", "reader": "--reader"},
    "predictions": "--predictions",
    "html": "--html",
}
"""Options about a corpus, which the challenge set has no use for."""

_FEW_KNOWN = 0.5


def run_challenge(options: argparse.Namespace, tagger: Tagger | Ensemble) -> None:
    """Scores a tagger on the challenge set; ``options.head`` is the chosen head, or None.

    Raises:
        ConfigError: an option does not apply, or no head has tags that fit.
    """
    given = [option for name, option in _OPTIONS.items() if getattr(options, name) is not None]
    if given:
        raise ConfigError(f"{given[0]} does not apply to the challenge set: leave it out")
    scores = _scores(options, tagger)
    known = next(iter(scores.values())).known
    if known < _FEW_KNOWN:
        say(
            f"only {100 * known:.0f} % of the challenge set's words occur in the tagger's training data: the "
            "set is English"
        )
    if options.json:
        print_json(_as_json(scores, options.model))
        return
    from postagger.evaluation import challenge_table

    tables = []
    for head, score in scores.items():
        title = f"challenge set, {score.scheme.title}: {tagger.description}"
        tables.append(challenge_table(score, title=f"{head}: {title}" if len(scores) > 1 else title))
    show("\n\n".join(tables))


def _scores(options: argparse.Namespace, tagger: Tagger | Ensemble) -> dict[str, ChallengeScore]:
    """By head: the chosen one, or those for the columns that it was trained on, if their tags fit."""
    from postagger.evaluation.challenge import evaluate_challenge, scheme_for

    lexicon = load_lexicon(options, tagger)
    if options.head is None:
        names = [name for name in tagger.config.corpus.by_head if name in tagger.heads]
        fitting = [name for name in names if scheme_for(tagger.heads[name].tags) is not None]
        heads = fitting or [tagger.head]
    else:
        heads = [options.head]
    given = {} if lexicon is None else {"lexicon": lexicon}
    return {head: evaluate_challenge(tagger.with_head(head), **given) for head in heads}


def _as_json(scores: dict[str, ChallengeScore], model: str) -> dict[str, object]:
    """As of an evaluation on a corpus: the first head's figures, and all heads if there are several."""
    from postagger.evaluation import challenge_json

    heads = {head: challenge_json(score) for head, score in scores.items()}
    first = next(iter(heads.values()))
    more = {"heads": heads} if len(heads) > 1 else {}
    return {"corpus": CHALLENGE, "model": model, **first, **more}
