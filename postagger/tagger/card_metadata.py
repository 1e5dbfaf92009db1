"""The metadata of a model card: what the Hub shows, filters and searches by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postagger.config import CorpusConfig
from postagger.evaluation import Rate

if TYPE_CHECKING:
    from postagger.tagger.tagger import Tagger

_ENGLISH = ("brown", "conll2000", "masc_tagged", "sample", "switchboard", "treebank")
"""Corpora of English by the names that this package and NLTK have for them."""

_UD_FILE = re.compile(r"([a-z]{2,3})_[a-z]+-ud-")
"""How the files of Universal Dependencies begin, as in ``en_ewt-ud-train.conllu``."""

_UD = "universal-dependencies/universal_dependencies"
_HUB_DATASETS = {"brown": "brown", "conll2000": "eriktks/conll2000", "treebank": "treebank"}

_LICENCES = {
    "cc by-sa 4.0": "cc-by-sa-4.0",
    "cc by-sa 3.0": "cc-by-sa-3.0",
    "cc by-nc-sa 4.0": "cc-by-nc-sa-4.0",
    "cc by-nc-sa 3.0": "cc-by-nc-sa-3.0",
    "cc by-nc 4.0": "cc-by-nc-4.0",
    "cc by-nd 4.0": "cc-by-nd-4.0",
    "cc by-nc-nd 4.0": "cc-by-nc-nd-4.0",
    "cc by 4.0": "cc-by-4.0",
    "cc by 3.0": "cc-by-3.0",
    "cc0": "cc0-1.0",
    "mit": "mit",
    "apache 2.0": "apache-2.0",
    "apache license 2.0": "apache-2.0",
    "bsd 3-clause": "bsd-3-clause",
    "bsd 2-clause": "bsd-2-clause",
    "gpl 3.0": "gpl-3.0",
    "lgpl 3.0": "lgpl-3.0",
    "odc-by": "odc-by",
    "pddl": "pddl",
}
"""How licences begin, and the Hub's names for them."""


@dataclass(frozen=True)
class Score:
    """A recorded accuracy; `tokens` is None if it is not known of how many."""

    corpus: str
    part: str
    head: str
    accuracy: float
    tokens: int | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval, as of `Rate`."""
        if self.tokens is None:
            return None
        return Rate(round(self.accuracy * self.tokens), self.tokens).interval


def scores_of(tagger: Tagger) -> list[Score]:
    """The accuracies of the training record."""
    record = tagger.record
    found = []
    for part, main, by_head, tokens in (
        ("dev", record.dev_accuracy, record.dev_accuracies, record.dev_tokens),
        ("test", record.test_accuracy, record.test_accuracies, record.test_tokens),
    ):
        scores: Mapping[str, float | None] = by_head or {next(iter(tagger.heads)): main}
        found += [
            Score(record.corpus, part, head, score, tokens or None)
            for head, score in scores.items()
            if score is not None
        ]
    return found


def metadata(
    tagger: Tagger,
    scores: Iterable[Score],
    *,
    name: str,
    licence: str,
    languages: Sequence[str],
    datasets: Sequence[str],
    carbon: float | None,
) -> dict[str, Any]:
    """The metadata as plain data; what is not known is left out."""
    record, kind = tagger.record, tagger.config.model.kind
    found: dict[str, Any] = {"language": list(languages)} if languages else {}
    if licence:
        found["license"] = _licence_id(licence)
        if found["license"] == "other":
            found["license_name"] = "see-model-card"
    found["library_name"] = "postagger"
    if not record.masked_words:
        found["pipeline_tag"] = "token-classification"
    found["tags"] = ["postagger", "part-of-speech", "pos-tagging", kind]
    if datasets:
        found["datasets"] = list(datasets)
    results = _results(scores, tagger.config.corpus)
    if results:
        found |= {"metrics": ["accuracy"], "model-index": [{"name": name, "results": results}]}
    if carbon is not None:
        found["co2_eq_emissions"] = {"emissions": carbon, "source": "as reported by whoever trained it"}
    return found


def _licence_id(licence: str) -> str:
    """The Hub's name of a licence; ``other`` for one that it does not know."""
    plain = " ".join(re.split(r"[\s-]+", licence.lower()))
    starts = (key for key in _LICENCES if re.match(rf"{re.escape(key.replace('-', ' '))}\b", plain))
    return _LICENCES.get(max(starts, key=len, default=""), "other")


def _results(scores: Iterable[Score], corpus: CorpusConfig) -> list[dict[str, Any]]:
    """The entries of ``model-index``: one for each part, with the accuracy of each head."""
    found: dict[str, dict[str, Any]] = {}
    for each in scores:
        split = {"dev": "validation"}.get(each.part, each.part)
        dataset = {"name": each.corpus, "type": slug(each.corpus), "split": split}
        task = {"type": "token-classification", "name": "part-of-speech tagging"}
        entry = found.setdefault(each.part, {"task": task, "dataset": dataset, "metrics": []})
        what = f"accuracy ({each.head})" if corpus.columns[1:] else "accuracy"
        entry["metrics"].append({"type": "accuracy", "value": round(each.accuracy, 6), "name": what})
    return list(found.values())


def slug(text: str) -> str:
    """A text as an identifier: lower case, with hyphens.

    >>> slug("UD English-EWT")
    'ud-english-ewt'
    """
    return re.sub(r"[^a-z0-9_.]+", "-", text.lower()).strip("-.") or "corpus"


def languages_of(tagger: Tagger) -> list[str]:
    """The languages of the main corpus, as far as its name or those of its files tell."""
    corpus = tagger.config.corpus
    if corpus.train is None:
        return ["en"] if corpus.name in _ENGLISH else []
    codes = [found[1] for found in map(_UD_FILE.match, _file_names(corpus)) if found is not None]
    return list(dict.fromkeys(codes))


def datasets_of(tagger: Tagger) -> list[str]:
    """The main corpus by the Hub's name for it, if it has one."""
    corpus = tagger.config.corpus
    if corpus.train is None:
        return [_HUB_DATASETS[corpus.name]] if corpus.name in _HUB_DATASETS else []
    return [_UD] if any(map(_UD_FILE.match, _file_names(corpus))) else []


def _file_names(corpus: CorpusConfig) -> list[str]:
    train = corpus.train or ()
    return [re.split(r"[/\\]", file)[-1] for file in ((train,) if isinstance(train, str) else train)]


def as_yaml(value: Mapping[str, Any]) -> str:
    """Plain data as YAML, which needs no package: blocks of mappings and lists, and JSON's scalars."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, entry in value.items() for line in _entry(f"{key}:", entry)]
    return [line for entry in value for line in _item(entry)]


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, Mapping | list):
        return [key, *(f"  {line}" for line in _lines(value))] if value else []
    return [f"{key} {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    if isinstance(value, Mapping | list):
        first, *others = _lines(value)
        return [f"- {first}", *(f"  {line}" for line in others)]
    return [f"- {_scalar(value)}"]


def _scalar(value: Any) -> str:
    """A scalar as JSON, which is YAML too; a string that can't be taken for anything else goes unquoted."""
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_/.-]*", value) and value not in _RESERVED:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


_RESERVED = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
