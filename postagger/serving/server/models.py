"""The models that a server has loaded, by their names."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from postagger.errors import ConfigError, ModelFileError, brief
from postagger.io.names import check_name
from postagger.serving.server.problems import Problem
from postagger.shipped import SHIPPED, find_model
from postagger.tagger import Ensemble, Tagger

_NAME = re.compile(r"[\w.-]{1,100}")
_WARMING = ["She", "saw", "the", "old", "saw", "."]


class ServedModel:
    """A tagger with its name.

    Attributes:
        heads: the names of its heads, the main one first.
        views: the tagger with each head selected.
    """

    def __init__(self, name: str, tagger: Tagger | Ensemble) -> None:
        self.name = name
        self.tagger = tagger
        self.heads = [tagger.head, *(head for head in tagger.heads if head != tagger.head)]
        self.views = {head: tagger.with_head(head) for head in self.heads}

    @property
    def explains(self) -> bool:
        """Whether its tags can be explained here."""
        return isinstance(self.tagger, Tagger) and importlib.util.find_spec("torch") is not None

    def head(self, name: str) -> str:
        """The head of this name; the main one if it is empty.

        Raises:
            Problem: there is none.
        """
        if not name:
            return self.heads[0]
        if name not in self.heads:
            raise Problem(
                422, f"the model {self.name} has no head {brief(name)}: it has {', '.join(self.heads)}"
            )
        return name

    @property
    def is_on_cuda(self) -> bool:
        """Whether it is computed on CUDA, which a forked process can't use."""
        members = self.tagger.taggers if isinstance(self.tagger, Ensemble) else [self.tagger]
        return any("cuda" in member.engine for member in members)

    def warm(self) -> None:
        """Makes all that the first request would have to wait for, but for explanations."""
        for view in self.views.values():
            view.tag(_WARMING)
            view.probabilities([_WARMING])
        list(self.tagger.tag_columns([_WARMING]))
        self.tagger.tag_text("She saw the old saw.")

    def described(self, *, default: bool) -> dict[str, Any]:
        """What `/v1/models` says about it."""
        tagger = self.tagger
        single = tagger if isinstance(tagger, Tagger) else tagger.taggers[0]
        record = single.record
        scores = {"dev": record.dev_accuracies, "test": record.test_accuracies}
        if isinstance(tagger, Ensemble):
            scores = {}
        known = {part: {k: v for k, v in each.items() if v is not None} for part, each in scores.items()}
        known = {part: each for part, each in known.items() if each}
        return {
            "name": self.name,
            "default": default,
            "kind": "ensemble" if isinstance(tagger, Ensemble) else tagger.config.model.kind,
            "heads": [
                {"name": head, "tags": list(tagger.heads[head]), "main": head == self.heads[0]}
                for head in self.heads
            ],
            "explains": self.explains,
            "corpus": record.corpus,
            **({"licence": single.licence} if single.licence else {}),
            **({"scores": known} if known else {}),
        }


class Models(Mapping[str, ServedModel]):
    """The models of a server, the default one first."""

    def __init__(self, models: Iterable[ServedModel]) -> None:
        """
        Raises:
            ConfigError: two have the same name, or there are none.
        """
        self._models: dict[str, ServedModel] = {}
        for model in models:
            if model.name in self._models:
                raise ConfigError(
                    f"two models are called {model.name}: name them differently, as in old=runs/{model.name}"
                    f".safetensors new=other/{model.name}.safetensors"
                )
            self._models[model.name] = model
        if not self._models:
            raise ConfigError("there is no model to serve")
        self.default = next(iter(self._models))

    def __getitem__(self, name: str) -> ServedModel:
        return self._models[name]

    def __iter__(self) -> Any:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def named(self, name: str) -> ServedModel:
        """The model of this name; the default one if it is empty.

        Raises:
            Problem: there is none.
        """
        found = self._models.get(name or self.default)
        if found is None:
            raise Problem(404, f"there is no model {brief(name)}: /v1/models lists those that there are")
        return found

    def described(self) -> dict[str, Any]:
        """What `/v1/models` says."""
        return {
            "models": [model.described(default=name == self.default) for name, model in self._models.items()]
        }


def named_files(given: Iterable[str]) -> dict[str, str]:
    """The files of models by the names under which they are served.

    Args:
        given: ``en``, a model file, a folder of them (an ensemble), or ``name=file``.

    Raises:
        ConfigError: a name is given twice, or is no name.
    """
    found: dict[str, str] = {}
    for each in given:
        name, file = _name_and_file(each)
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"a model can't be served as {brief(name)}: give it a name of letters, digits, '-', '_' and "
                f"'.', as in news={file}"
            )
        if name in found:
            raise ConfigError(
                f"two models are called {name}: name them, as in first={found[name]} second={file}"
            )
        found[name] = file
    return found


def _name_and_file(given: str) -> tuple[str, str]:
    name, equals, file = given.partition("=")
    if equals and file and "/" not in name and not (len(given) < 256 and Path(given).exists()):
        return name, file
    if given == SHIPPED:
        return SHIPPED, SHIPPED
    path = Path(given)
    return path.name if path.is_dir() else path.stem, given


def load_models(files: Mapping[str, str], *, device: str = "auto", dtype: Any = "float32") -> Models:
    """Loads models and warms them.

    Raises:
        ModelFileError: a file can't be read, or its model predicts masked words, not tags.
        ConfigError, DeviceError: there is no such device or dtype, or two models have the same name.
    """
    models = []
    for name, file in files.items():
        check_name(file, ModelFileError)
        path = Path(find_model(file))
        if not path.exists():
            raise ModelFileError(f"cannot read the model {file}: No such file or directory")
        kind = Ensemble if path.is_dir() else Tagger
        tagger = kind.load(file, device=device, dtype=dtype)
        members = tagger.taggers if isinstance(tagger, Ensemble) else [tagger]
        if any(member.record.masked_words for member in members):
            raise ModelFileError(
                f"{file} predicts masked words, not tags: train a tagger from it with --from, and serve that"
            )
        models.append(ServedModel(name, tagger))
    found = Models(models)
    for model in found.values():
        model.warm()
    return found
