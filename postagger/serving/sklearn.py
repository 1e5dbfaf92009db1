"""Taggers among scikit-learn's estimators: cross-validation, grid search, pipelines.

`TaggerEstimator` is trained on sentences and tags them. `TagTransformer` makes the tags of texts features.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from postagger.config import Config, as_config, load_config
from postagger.config.load import override_config
from postagger.errors import ConfigError, brief
from postagger.extras import require
from postagger.serving.model_folder import load_model
from postagger.serving.sequences import (
    InputError,
    Lists,
    Sentences,
    as_objects,
    as_texts,
    as_word_lists,
    paired,
)
from postagger.shipped import SHIPPED
from postagger.tagger import Ensemble, Tagger
from postagger.text import segment

require("sklearn", "postagger.serving.sklearn needs", "sklearn")
from sklearn.base import BaseEstimator, TransformerMixin  # noqa: E402
from sklearn.utils import check_random_state  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402


class TaggerEstimator(BaseEstimator):  # type: ignore[misc]
    """A tagger that is trained on sentences, each a list of words, and their tags, a list for each sentence.

    Any setting of a config is a parameter, called ``section__key``, as in ``GridSearchCV(TaggerEstimator(),
    {"model__hidden": [[64], [128]], "training__epochs": [5, 10]})``. Training needs torch.

    Attributes:
        tagger_: the trained `Tagger`, which has more abilities and can be saved as a model file.
        classes_: its tags, ``(tags,)``.
    """

    def __init__(
        self,
        config: str | Path | Mapping[str, Any] | Config = "window",
        *,
        overrides: Mapping[str, Any] | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        """
        Args:
            config: the name of a shipped config, a TOML file, plain data, or a `Config`.
            overrides: settings that differ from it, ``{"training.epochs": 5}``; `set_params` adds to them.
            random_state: the seed, or a generator from which one is drawn at each `fit`; None: the config's
                seed, so that the result is the same each time.
        """
        self.config = config
        self.overrides = overrides
        self.random_state = random_state

    # -- parameters ---------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, by name; if `deep`, each setting in `overrides` too, as ``section__key``."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep and isinstance(self.overrides, Mapping):
            params |= {name.replace(".", "__", 1): value for name, value in _flat(self.overrides).items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Sets parameters; ``section__key`` is a setting of the config.

        Raises:
            ConfigError: there is no such section. Settings and values are checked by `fit`.
            ValueError: there is no such parameter.
        """
        own = {name: value for name, value in params.items() if "__" not in name}
        super().set_params(**own)
        settings = {name.replace("__", ".", 1): params[name] for name in params if name not in own}
        for name in settings:
            section = name.partition(".")[0]
            if section not in Config.model_fields:
                raise ConfigError(
                    f"there is no parameter {name.replace('.', '__', 1)}: expected section__key of a config, "
                    f"as in training__epochs; the sections are {', '.join(Config.model_fields)}"
                )
        if settings:
            self.overrides = {**_flat(self.overrides or {}), **settings}
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.two_d_array = False  # sentences have lengths of their own
        tags.input_tags.string = True
        tags.no_validation = True
        return tags

    # -- training and tagging -----------------------------------------------------------------------------

    def fit(self, X: Sentences, y: Iterable[Sequence[str]]) -> Self:  # noqa: N803 (scikit-learn's name)
        """Trains a tagger.

        Args:
            X: the sentences.
            y: the tags of each; ``_`` for a token without one, from which nothing is learned.

        Raises:
            InputError: there are no sentences, or they and the tags are not of the same lengths.
            ConfigError, DataError, DeviceError: as in `Tagger.train`.
        """
        sentences = paired(X, y)
        config = self._settings()
        if self.random_state is not None:
            config = override_config(
                config.model_dump(mode="json"), {"training.seed": self._seed()}, source=""
            )
        self.tagger_ = Tagger.train(sentences, config)
        self.classes_ = np.array(self.tagger_.tagset.tags)
        return self

    def _settings(self) -> Config:
        """
        Raises:
            ConfigError: the config or an override is wrong.
        """
        overrides = {} if self.overrides is None else self.overrides
        if isinstance(self.config, str | Path):
            return load_config(self.config, overrides)
        config = as_config(self.config)
        return (
            override_config(config.model_dump(mode="json"), overrides, source="config")
            if overrides
            else config
        )

    def _seed(self) -> int:
        if isinstance(self.random_state, np.random.RandomState):
            return int(check_random_state(self.random_state).randint(2**31))
        return int(self.random_state)  # type: ignore[arg-type]

    def predict(self, X: Sentences) -> Lists:  # noqa: N803
        """The tags of each sentence, ``(sentences,)`` lists.

        Raises:
            NotFittedError: it is not trained.
            InputError: a sentence is not a list of strings.
        """
        check_is_fitted(self, "tagger_")
        tagged = self.tagger_.tag_sents(as_word_lists(X))
        return as_objects([[tag for _, tag in sentence] for sentence in tagged])

    def predict_proba(self, X: Sentences) -> Lists:  # noqa: N803
        """The probabilities of the tags, ``(sentences,)`` arrays of ``(tokens, tags)``, as in `classes_`.

        Raises:
            NotFittedError, InputError: as in `predict`.
        """
        check_is_fitted(self, "tagger_")
        sentences = as_word_lists(X)
        rows = np.zeros((0, len(self.classes_)), np.float32)
        if any(sentences):
            rows = self.tagger_.probabilities(sentences)
        ends = np.cumsum([len(sentence) for sentence in sentences])[:-1]
        return as_objects(np.split(rows, ends) if sentences else [])

    def score(
        self,
        X: Sentences,  # noqa: N803
        y: Iterable[Sequence[str]],
        sample_weight: Sequence[float] | None = None,
    ) -> float:
        """The accuracy over tokens, without those whose tag is ``_``.

        Args:
            sample_weight: a weight for each sentence, which counts for each of its tokens.

        Raises:
            NotFittedError: it is not trained.
            InputError: as in `fit`, or no token has a tag.
        """
        gold = paired(X, y)
        weights = np.ones(len(gold)) if sample_weight is None else np.asarray(sample_weight, float)
        found = self.predict([[word for word, _ in sentence] for sentence in gold])
        right = total = 0.0
        for sentence, tags, weight in zip(gold, found, weights, strict=True):
            pairs = [(tag, each) for (_, tag), each in zip(sentence, tags, strict=True) if tag != "_"]
            total += weight * len(pairs)
            right += weight * sum(tag == each for tag, each in pairs)
        if not total:
            raise InputError("there is nothing to score: no token has a tag")
        return float(right / total)


class TagTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Makes the tags of texts into strings, ``"DT NN VBZ ."``, for ``CountVectorizer`` and its like.

    As in ``make_pipeline(TagTransformer(), CountVectorizer(tokenizer=str.split, token_pattern=None,
    lowercase=False, ngram_range=(1, 3)))``, which counts sequences of tags. There is nothing to fit.
    """

    def __init__(
        self,
        model: str | Path = SHIPPED,
        *,
        head: str | None = None,
        output: Literal["tags", "tokens"] = "tags",
    ) -> None:
        """
        Args:
            model: a model file, a folder of them (an ensemble), or ``en``; loaded when it is first used.
            head: which of its heads to use; default: the main one.
            output: ``tags``, or ``tokens`` with their tags, ``"The/DT dog/NN"``.
        """
        self.model = model
        self.head = head
        self.output = output

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = tags.input_tags.string = True
        tags.requires_fit = False
        return tags

    def fit(self, X: Iterable[str], y: object = None) -> Self:  # noqa: ARG002, N803
        """Loads the model, so that a mistake is reported at once; nothing is learned from the texts.

        Raises:
            ModelFileError, ConfigError: as in `transform`.
        """
        self._tagger()
        return self

    def transform(self, X: Iterable[str]) -> list[str]:  # noqa: N803
        """The tags of each text, separated by blanks.

        Raises:
            ModelFileError: the model can't be read.
            ConfigError: it has no such head, or there is no such output.
            InputError: a text is not a string.
        """
        if self.output not in ("tags", "tokens"):
            raise ConfigError(f"output={brief(self.output)}: expected 'tags' or 'tokens'")
        tagger = self._tagger()
        rules, mode = tagger.token_rules, tagger.config.text.sentences
        texts = [segment(text, tokens=rules, sentences=mode) for text in as_texts(X)]
        tagged = tagger.tag_sents([sentence.words for text in texts for sentence in text])
        found = []
        for text in texts:
            pairs = list(itertools.chain.from_iterable(itertools.islice(tagged, len(text))))
            words = (token.text for sentence in text for token in sentence)
            if self.output == "tags":
                found.append(" ".join(tag for _, tag in pairs))
            else:
                found.append(" ".join(f"{word}/{tag}" for word, (_, tag) in zip(words, pairs, strict=True)))
        return found

    def _tagger(self) -> Tagger | Ensemble:
        return _load(self.model).with_head(self.head)


@lru_cache(maxsize=8)
def _load(model: str | Path) -> Tagger | Ensemble:
    return load_model(model)


def _flat(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides by ``section.key``; those of a whole section may be a mapping."""
    flat: dict[str, Any] = {}
    for name, value in overrides.items():
        if "." not in str(name) and isinstance(value, Mapping):
            flat |= {f"{name}.{key}": each for key, each in value.items()}
        else:
            flat[str(name)] = value
    return flat
