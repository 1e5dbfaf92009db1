"""Taggers that can be published: with a model card, on the Hugging Face Hub."""

from __future__ import annotations

import tempfile
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger import hub
from postagger.checkpoint import Checkpoint, write_checkpoint
from postagger.errors import ConfigError
from postagger.tagger.scored import ScoredTagger

if TYPE_CHECKING:
    from postagger.tagger.card import CardFacts
    from postagger.tagger.tagger import Tagger


class PublishableTagger(ScoredTagger):
    """A tagger with a model card, which can be uploaded."""

    @property
    @abstractmethod
    def _members(self) -> Sequence[Tagger]:
        """The taggers that it consists of."""

    def _published(self, licence: str) -> list[Tagger]:
        """The taggers as they are published: without folders, and with a licence if one is given."""
        checkpoints = (without_folders(each._checkpoint) for each in self._members)
        kind = type(self._members[0])
        return [kind(replace(each, licence=licence or each.licence), device="cpu") for each in checkpoints]

    def model_card(self, repo: str = "", **facts: Any) -> str:
        """The model card in Markdown, with the Hub's metadata.

        Args:
            repo: where the tagger will be on the Hub, ``user/name``, for the examples.
            facts: what the model itself does not know, as in `push_to_hub`.

        Raises:
            ConfigError, DataError: as in `push_to_hub`.
        """
        from postagger.tagger.card import model_card

        given = _facts(repo, facts)
        return model_card(self._published(given.licence), given)

    def push_to_hub(
        self,
        repo: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        commit_message: str = "Upload a tagger",
        revision: str | None = None,
        card: str | bool = True,
        **facts: Any,
    ) -> str:
        """Uploads the tagger and its model card to the Hugging Face Hub (`docs/how-to/hub.md`).

        (Its length is that of its options.) The folders in the paths of the config, which may name people and
        machines, are left out of the uploaded model; the names of the files stay.

        Args:
            repo: ``user/name``; the repository is created if it does not exist. `Tagger.load("hf:user/name")`
                loads what is there.
            private: whether only its owner may see it. None: as it is; a new one is as the Hub's default.
            token: of a user who may write there; default: that of ``HF_TOKEN``, or of ``hf auth login``.
            revision: the branch to upload to, which is created if need be; default: the main one.
            card: the text of README.md; True writes one from the training record, in the place of what is
                there; False leaves what is there.
            facts: for the card, what the model does not know (see `CardFacts`): ``licence``, which is also
                written into the uploaded model, ``languages``, ``datasets``, ``carbon`` (grams of CO2
                equivalents), ``comparison`` (the folder of ``postagger compare``).

        Returns:
            The address of the commit.

        Raises:
            ConfigError: a name or a fact is wrong, or the repository is public and should be private, or the
                other way.
            DataError: the comparison can't be read.
            PostaggerError: huggingface-hub is not installed, or the Hub refuses or can't be reached.
        """
        from postagger.tagger.card import model_card

        given = _facts(repo, facts)
        members = self._published(given.licence)
        text = model_card(members, given) if card is True else card
        digits, alone = len(str(len(members))), len(members) == 1
        with tempfile.TemporaryDirectory(prefix="postagger.") as folder:
            files: dict[str, Path | bytes] = {}
            for number, tagger in enumerate(members, 1):
                name = hub.MODEL if alone else f"{number:0{digits}}.safetensors"
                files[name] = Path(folder) / name
                write_checkpoint(Path(folder) / name, tagger._checkpoint)
            if isinstance(text, str):
                files["README.md"] = text.encode(errors="backslashreplace")
            return hub.upload(
                repo, files, private=private, token=token, message=commit_message, revision=revision
            )


def _facts(repo: str, given: dict[str, Any]) -> CardFacts:
    """
    Raises:
        ConfigError: a fact has another name, or a wrong value.
    """
    from postagger.tagger.card import CardFacts

    known = CardFacts.__dataclass_fields__
    for name in given:
        if name not in known or name == "repo":
            raise ConfigError(
                f"unknown fact {name!r} for a model card: it takes {', '.join(list(known)[1:])}"
            )
    for name in ("languages", "datasets"):
        if isinstance(given.get(name), str):
            given = {**given, name: (given[name],)}
    return CardFacts(repo=repo.removeprefix(hub.PREFIX), **given)


def without_folders(checkpoint: Checkpoint) -> Checkpoint:
    """The same checkpoint, but the files that its config and record name have no folders.

    Only absolute paths, and those that lead out of the working folder, are shortened.

    Raises:
        ConfigError: two heads, which are called as their files, would have one name.
    """
    config, record = checkpoint.config, checkpoint.record
    facts = {
        "corpus": _short(record.corpus),
        "backbone": record.backbone and _short(record.backbone),
        "teachers": tuple(map(_short, record.teachers)),
        "left_out": {_short(name): count for name, count in record.left_out.items()},
        "datasets": {_short(name): count for name, count in record.datasets.items()},
    }
    sections = {
        name: getattr(config, name).model_copy(
            update={key: _shortened(value) for key, value in getattr(config, name)}
        )
        for name in ("corpus", "words", "model", "pretraining", "transfer", "distillation")
    }
    datasets = tuple(
        each.model_copy(update={key: _shortened(value) for key, value in each}) for each in config.datasets
    )
    config = config.model_copy(update={**sections, "datasets": datasets})
    _, *others = checkpoint.tagsets  # the first is called as the corpus
    names = [config.corpus.head_name, *map(_short, others)]
    if len(set(names)) < len(names):
        raise ConfigError(f"two heads would be called alike without their folders: {', '.join(names)}")
    tagsets = dict(zip(names, checkpoint.tagsets.values(), strict=True))
    renamed = dict(zip(checkpoint.tagsets, names, strict=True))
    temperatures = {renamed[head]: value for head, value in checkpoint.temperatures.items()}
    record = record.model_copy(update=facts)
    return replace(checkpoint, config=config, tagsets=tagsets, record=record, temperatures=temperatures)


def _shortened(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_shortened, value))
    return _short(value) if isinstance(value, str) else value


def _short(name: str) -> str:
    """The name of a file without its folders, if these say where on a machine it is."""
    path = Path(name)
    if path.is_absolute() or name.startswith("~") or ".." in path.parts:
        return path.name
    return name
