"""Taggers, the main interface of the package.

nltk_interface  makes taggers subclasses of NLTK's TaggerI, without importing NLTK
checks          checks of arguments
base            the base class of all taggers
headed          the base class of taggers with heads
scored          the base class of those that can be evaluated
card            model cards; card_metadata: what the Hub reads of them
publishing      the base class of those that can be uploaded
text_tagger     the base class of those that read raw text
trainable       how a tagger is trained
engine          how a tagger computes: its predictors and networks
streaming       tags streams of sentences in chunks, with several threads
calibrating     the temperature of probabilities, fitted to gold tags
recalibrating   the same for all heads, with what it changes
suggesting      the sentences that are worth tagging by hand
explained       the base class of those that can say why
tagger          Tagger
ensemble        Ensemble: several taggers whose probabilities are averaged
confidence      tags with their probabilities
numbers         the same in arrays
"""

from typing import TYPE_CHECKING

from postagger.lazy import lazy_names

if TYPE_CHECKING:
    from postagger.tagger.base import SentenceTagger
    from postagger.tagger.confidence import predictions
    from postagger.tagger.ensemble import Ensemble
    from postagger.tagger.numbers import Numbers, tag_numbers
    from postagger.tagger.recalibrating import Recalibration, recalibrate
    from postagger.tagger.streaming import checked
    from postagger.tagger.suggesting import Suggestion, suggest
    from postagger.tagger.tagger import Tagger
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "base": "SentenceTagger",
            "confidence": "predictions",
            "ensemble": "Ensemble",
            "numbers": "Numbers tag_numbers",
            "recalibrating": "Recalibration recalibrate",
            "streaming": "checked",
            "suggesting": "Suggestion suggest",
            "tagger": "Tagger",
        },
    )

__all__ = [
    "Ensemble",
    "Numbers",
    "Recalibration",
    "SentenceTagger",
    "Suggestion",
    "Tagger",
    "checked",
    "predictions",
    "recalibrate",
    "suggest",
    "tag_numbers",
]
