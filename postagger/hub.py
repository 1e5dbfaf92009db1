"""Models on the Hugging Face Hub: named as ``hf:user/name``, downloaded when they are asked for, uploaded.

A name is ``hf:user/name[@revision][/file]``, as in ``hf:user/name@v1`` or ``hf:user/name/small.safetensors``.
A revision is a branch, a tag or a commit; one with a slash in it is written with ``%2F``. Without a file, it
is `MODEL`, or the members of an ensemble, ``1.safetensors`` and so on.

It is kept in the Hub's cache (``HF_HOME``), and read from there when the Hub can't be reached.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from postagger.errors import ConfigError, ModelFileError, PostaggerError, brief, one_line
from postagger.extras import require
from postagger.io import MODEL as MODEL_LIMIT
from postagger.version import __version__

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PREFIX = "hf:"
MODEL = "model.safetensors"
"""The file of a tagger: of a file of this name, the Hub shows the number of parameters."""

MEMBERS = "[0-9]*.safetensors"
"""The files of an ensemble, as `Ensemble.save` names them."""

_MEMBER = re.compile(r"[0-9]+\.safetensors")
_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_NAME = re.compile(rf"({_WORD}/{_WORD})(?:@(refs/(?:pr|convert)/[\w.-]+|[\w.%+-]+))?(?:/(.*))?", re.ASCII)
_LONGEST_NAME = 96

_PATIENCE = 10.0
"""Seconds in which the Hub should answer; then the cache is used."""

_US: dict[str, Any] = {"library_name": "postagger", "library_version": __version__}
_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


@dataclass(frozen=True)
class HubName:
    """A model on the Hub.

    Attributes:
        repo: the repository, ``user/name``.
        revision: a branch, a tag or a commit; None for the main branch.
        file: one of its files; None for its model.
    """

    repo: str
    revision: str | None = None
    file: str | None = None

    @classmethod
    def parse(cls, name: str) -> HubName:
        """Reads a name as this module's docstring describes it.

        Raises:
            ModelFileError: it is not such a name.
        """
        found = _NAME.fullmatch(name.removeprefix(PREFIX).removeprefix("//"))
        if found is None:
            raise ModelFileError(
                f"{brief(name)} does not name a model on the Hub: expected hf:user/name, "
                "hf:user/name@revision or hf:user/name/file.safetensors"
            )
        repo, revision, file = found[1], found[2] and unquote(found[2]), found[3]
        if ".." in repo or "--" in repo or len(repo) > _LONGEST_NAME:
            raise ModelFileError(f"{brief(name)}: no repository on the Hub can be called {brief(repo)}")
        if revision is not None and not _is_plain(revision):
            raise ModelFileError(f"{brief(name)}: there can be no revision {brief(revision)}")
        if file is not None and not (_is_plain(file) and file.endswith(".safetensors")):
            raise ModelFileError(
                f"{brief(name)}: {brief(file)} is not the name of a model file there, such as {MODEL}"
            )
        return cls(repo, revision, file)

    def __str__(self) -> str:
        at = "" if self.revision is None else f"@{self.revision}"
        return f"{PREFIX}{self.repo}{at}{'' if self.file is None else f'/{self.file}'}"


def _is_plain(path: str) -> bool:
    """Whether a path leads nowhere but down, on every system."""
    parts = path.split("/")
    return not re.search(r'[\x00-\x1f\x7f\\:*?"<>|]', path) and not {"", ".", ".."} & set(parts)


def check_repo(repo: str) -> HubName:
    """Checks the name of a repository, ``user/name``.

    Raises:
        ConfigError: no repository can be called so, or there is more than the name.
    """
    try:
        name = HubName.parse(repo)
    except ModelFileError as error:
        raise ConfigError(str(error)) from None
    if name.file is not None or name.revision is not None:
        raise ConfigError(f"{brief(repo)}: expected the name of a repository, user/name, and nothing more")
    return name


def is_hub_name(model: object) -> bool:
    """Whether a model is named as one on the Hub; a `Path` never is, nor ``./hf:name``."""
    return isinstance(model, str) and model.startswith(PREFIX)


def find(model: str) -> Path:
    """Downloads a model, unless it is in the cache already.

    Returns:
        Its file; or the folder of an ensemble, whose files are `MEMBERS`.

    Raises:
        ModelFileError: the name is wrong, there is no such model or file, it is too large or may not be read,
            or the Hub can't be reached and the model is not in the cache.
        PostaggerError: huggingface-hub is not installed.
    """
    name = HubName.parse(model)
    require("hub", "a model on the Hub needs", "huggingface_hub")
    sizes, unreachable = _listed(name)
    if sizes is None:
        return _cached(name, unreachable)
    file = name.file or MODEL
    wanted = [file] if file in sizes or name.file else list(filter(_MEMBER.fullmatch, sizes))
    if not wanted or not sizes.keys() >= set(wanted):
        names = f"{MODEL} (or 1.safetensors and so on): name another one, as in {PREFIX}{name.repo}/FILE"
        raise ModelFileError(f"{name}: the repository has no file {name.file or names}")
    if max(sizes[each] for each in wanted) > MODEL_LIMIT.value:
        raise MODEL_LIMIT.exceeded(str(name), "this model", ModelFileError)
    try:
        return _file(name, file) if wanted == [file] else _members(name)
    except Exception as error:  # its own, httpx's, the system's
        raise _told(name, error) from error


def _listed(name: HubName) -> tuple[dict[str, int] | None, Exception | None]:
    """The files of a repository and their sizes; if the Hub can't be reached, None and why.

    Raises:
        ModelFileError: the Hub says that there is no such repository or revision.
    """
    try:
        info = _api().model_info(name.repo, revision=name.revision, files_metadata=True, timeout=_PATIENCE)
    except Exception as error:  # its own, httpx's, the system's
        status = _status(error)
        if status is not None and status < 500:
            raise _told(name, error) from error
        return None, error
    return {each.rfilename: each.size or 0 for each in info.siblings or ()}, None


def _cached(name: HubName, unreachable: Exception | None) -> Path:
    """The model in the cache.

    Raises:
        ModelFileError: it is not there.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import EntryNotFoundError

    with contextlib.suppress(EntryNotFoundError):
        return _file(name, name.file or MODEL, cached=True)
    if name.file is None:
        with contextlib.suppress(EntryNotFoundError):
            folder = _members(name, cached=True)
            if any(folder.glob(MEMBERS)):
                return folder
    offline = constants.HF_HUB_OFFLINE
    cause = "HF_HUB_OFFLINE is set" if offline or unreachable is None else one_line(unreachable)
    where = f"it is not in the cache {constants.HF_HUB_CACHE}"
    raise ModelFileError(f"{name}: {where}, and the Hub can't be asked for it ({cause})") from unreachable


def _file(name: HubName, file: str, *, cached: bool = False) -> Path:
    from huggingface_hub import hf_hub_download

    where: dict[str, Any] = {"revision": name.revision, "local_files_only": cached}
    return Path(hf_hub_download(name.repo, file, **where, **_US))


def _members(name: HubName, *, cached: bool = False) -> Path:
    from huggingface_hub import snapshot_download

    where: dict[str, Any] = {"revision": name.revision, "local_files_only": cached}
    return Path(snapshot_download(name.repo, allow_patterns=MEMBERS, **where, **_US))


def _api(token: str | None = None) -> HfApi:
    from huggingface_hub import HfApi

    return HfApi(token=token, **_US)


def _told(name: HubName, error: Exception) -> ModelFileError:
    """What went wrong, in a line that says what to do."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    # Without a token, the Hub answers 401 for whatever is not there.
    if isinstance(error, GatedRepoError):
        page = f"{constants.ENDPOINT}/{name.repo}"
        what = f"access to it has to be asked for on {page}; then {_LOG_IN}"
    elif isinstance(error, RepositoryNotFoundError) or _status(error) == 401:
        what = f"there is no such repository on the Hub, or it is private: check the name, or {_LOG_IN}"
    elif isinstance(error, RevisionNotFoundError):
        what = f"the repository has no revision {name.revision}"
    else:
        what = f"it can't be downloaded: {one_line(error)}"
    return ModelFileError(f"{name}: {what}")


def upload(
    repo: str,
    files: Mapping[str, Path | bytes],
    *,
    private: bool | None = None,
    token: str | None = None,
    message: str,
    revision: str | None = None,
) -> str:
    """Uploads the files of a model as one commit; the repository and the branch are made if need be.

    (Its length is that of its arguments.)

    Model files that an earlier upload left under other names are deleted by the same commit.

    Args:
        repo: ``user/name``.
        files: by their names in the repository; bytes are the file itself.
        private: whether only its owner may read it; None: as it is, or as the Hub's default is.
        token: of a user who may write there; None: that of ``HF_TOKEN`` or of `hf auth login`.
        revision: the branch; None: the main one.

    Returns:
        The address of the commit.

    Raises:
        ConfigError: the name is wrong, or the repository is public and should be private, or the other way.
        PostaggerError: huggingface-hub is not installed, or the Hub refuses, or can't be reached.
    """
    name = check_repo(repo)
    require("hub", "the Hub needs", "huggingface_hub")
    try:
        api = _api(token)
        api.create_repo(name.repo, private=private, exist_ok=True)
        if private is not None and bool(api.model_info(name.repo).private) != private:
            kinds = ("private", "public") if private else ("public", "private")
            raise ConfigError(f"{name.repo} should be {kinds[0]} but is {kinds[1]}: nothing was uploaded")
        if revision is not None:
            api.create_branch(name.repo, branch=revision, exist_ok=True)
        return _commit(api, name.repo, files, message, revision)
    except PostaggerError:
        raise
    except Exception as error:  # its own, httpx's, the system's
        raise PostaggerError(f"{name.repo} can't be uploaded: {_refusal(error)}") from error


def _commit(
    api: HfApi, repo: str, files: Mapping[str, Path | bytes], message: str, revision: str | None
) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    there = api.list_repo_files(repo, revision=revision)
    old = [name for name in there if (name == MODEL or _MEMBER.fullmatch(name)) and name not in files]
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
        for name, content in files.items()
    ]
    operations += [CommitOperationDelete(name) for name in old]
    return str(api.create_commit(repo, operations, commit_message=message, revision=revision).commit_url)


def _refusal(error: Exception) -> str:
    from huggingface_hub.errors import LocalTokenNotFoundError

    status = _status(error)
    if status == 401 or isinstance(error, LocalTokenNotFoundError):
        return f"the Hub does not know who you are: {_LOG_IN}"
    if status == 403:
        return (
            f"you may not write there ({one_line(error)}): choose a repository of your own, or another token"
        )
    cause = f" ({one_line(error.__cause__)})" if isinstance(error.__cause__, Exception) else ""
    return f"{one_line(error)}{cause}"


def _status(error: Exception) -> int | None:
    """The status of an answer of the Hub; None if there was none."""
    from huggingface_hub.errors import HfHubHTTPError

    return error.response.status_code if isinstance(error, HfHubHTTPError) else None
