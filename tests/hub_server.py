"""A stand-in for the Hugging Face Hub: the part of its HTTP API that moves models there and back."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]

WRITER, READER = "hf_writer", "hf_reader"
"""Tokens: of the owner of all repositories, and of somebody who may only read public ones."""


@dataclass
class Repository:
    """A repository with its commits; `branches` has the commit of each branch."""

    private: bool = False
    gated: bool = False  # then everybody sees which files it has
    commits: dict[str, Files] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.commit("main", {".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")

    def commit(self, branch: str, files: Files, message: str) -> str:
        basis = [len(self.commits), branch, sorted(files)]
        commit = hashlib.sha1(json.dumps(basis).encode()).hexdigest()
        self.commits[commit] = files
        self.branches[branch] = commit
        self.messages.append(message)
        return commit

    def find(self, revision: str) -> str | None:
        return self.branches.get(revision, revision if revision in self.commits else None)


class HubServer(ThreadingHTTPServer):
    """The stand-in.

    Attributes:
        repositories: by name.
        objects: large files by digest.
        requests: method and path of each request.
        broken: files that are sent only in part.
        failing: whether it answers all requests with 500.
        problems: what is wrong with the metadata of a model card, as the Hub would say.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Repository] = {}
        self.objects: Files = {}
        self.requests: list[str] = []
        self.broken: set[str] = set()
        self.failing = False
        self.problems: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def files(self, repo: str, revision: str = "main") -> Files:
        found = self.repositories[repo]
        commit = found.find(revision)
        assert commit is not None
        return found.commits[commit]


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = urlsplit(self.path).path
        self.server.requests.append(f"{self.command} {path}")
        if self.server.failing:
            return self._fail(500, "", "it is broken")
        for method, pattern, action in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and self.command in method.split():
                action(self, *map(unquote, found.groups()), body=body)
                return None
        return self._fail(404, "", f"no such address: {path}")

    do_GET = do_HEAD = do_POST = do_PUT = _handle  # noqa: N815

    @property
    def _token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _answer(self, content: bytes, status: int = 200, cut: bool = False, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if cut:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.close_connection = True

    def _json(self, value: Any, status: int = 200) -> None:
        self._answer(json.dumps(value).encode(), status, Content_Type="application/json")

    def _fail(self, status: int, code: str, message: str) -> None:
        headers: dict[str, Any] = {"X_Error_Code": code} if code else {}
        self._answer(
            json.dumps({"error": message}).encode(),
            status,
            X_Error_Message=message,
            Content_Type="application/json",
            **headers,
        )

    def _found(self, repo: str, *, write: bool = False) -> Repository | None:
        """The repository, if this token may use it; else the error is sent."""
        found = self.server.repositories.get(repo)
        if write and self._token != WRITER:
            self._fail(*((403, "", "no write access") if self._token else (401, "", "Unauthorized")))
            return None
        if found is None or (found.private and self._token != WRITER):
            known = self._token in (WRITER, READER)
            self._fail(404 if known else 401, "RepoNotFound" if known else "", "Repository not found")
            return None
        return found

    def _commit_of(self, found: Repository, revision: str) -> str | None:
        commit = found.find(revision)
        if commit is None:
            self._fail(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    # -- reading -------------------------------------------------------------------------------------------

    def _info(self, repo: str, revision: str = "main", *, body: bytes) -> None:
        del body
        found = self._found(repo)
        commit = found and self._commit_of(found, revision)
        if found and commit:
            files = found.commits[commit].items()
            siblings = [{"rfilename": name, "size": len(content)} for name, content in files]
            self._json({"id": repo, "sha": commit, "private": found.private, "siblings": siblings})

    def _tree(self, repo: str, revision: str, *, body: bytes) -> None:
        del body
        found = self._found(repo)
        commit = found and self._commit_of(found, revision)
        if found and commit:
            self._json([_entry(name, content) for name, content in found.commits[commit].items()])

    def _resolve(self, repo: str, revision: str, file: str, *, body: bytes) -> None:
        del body
        found = self._found(repo)
        commit = found and self._commit_of(found, revision)
        if not (found and commit):
            return
        if found.gated and self._token != WRITER:
            self._fail(403, "GatedRepo", "Access to this model is restricted")
            return
        content = found.commits[commit].get(file)
        if content is None:
            self._fail(404, "EntryNotFound", "Entry not found")
            return
        cut = file in self.server.broken and self.command == "GET"
        etag = hashlib.sha256(content).hexdigest()
        self._answer(content, cut=cut, X_Repo_Commit=commit, ETag=f'"{etag}"')

    # -- writing -------------------------------------------------------------------------------------------

    def _create(self, *, body: bytes) -> None:
        given = json.loads(body)
        repo = f"{given['organization']}/{given['name']}" if given.get("organization") else given["name"]
        private = bool(given.get("private")) or given.get("visibility") == "private"
        if self._token != WRITER:
            self._fail(*((403, "", "no write access") if self._token else (401, "", "Unauthorized")))
        elif repo in self.server.repositories:
            self._json(
                {"error": "You already created this model repo", "url": f"{self.server.url}/{repo}"}, 409
            )
        else:
            self.server.repositories[repo] = Repository(private=private)
            self._json({"url": f"{self.server.url}/{repo}"})

    def _validate(self, *, body: bytes) -> None:
        del body
        errors = [{"message": problem} for problem in self.server.problems]
        self._json({"errors": errors, "warnings": []}, 400 if errors else 200)

    def _preupload(self, repo: str, revision: str, *, body: bytes) -> None:
        found = self._found(repo, write=True)
        if found and self._commit_of(found, revision):
            files = [
                {
                    "path": each["path"],
                    "uploadMode": "lfs" if each["path"].endswith(".safetensors") else "regular",
                    "shouldIgnore": False,
                    "oid": None,
                }
                for each in json.loads(body)["files"]
            ]
            self._json({"files": files})

    def _batch(self, repo: str, *, body: bytes) -> None:
        if self._found(repo, write=True):
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.server.url}/lfs/{each['oid']}"}}}
                for each in json.loads(body)["objects"]
            ]
            self._json({"transfer": "basic", "objects": objects})

    def _put(self, digest: str, *, body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != digest:
            self._fail(400, "", "another digest")
            return
        self.server.objects[digest] = body
        self._answer(b"")

    def _branch(self, repo: str, branch: str, *, body: bytes) -> None:
        del body
        found = self._found(repo, write=True)
        if found and branch in found.branches:
            self._fail(409, "", "Reference already exists")
        elif found:
            found.branches[branch] = found.branches["main"]
            self._json({})

    def _commit(self, repo: str, branch: str, *, body: bytes) -> None:
        found = self._found(repo, write=True)
        before = found and self._commit_of(found, branch)
        if not (found and before):
            return
        files, message = dict(found.commits[before]), ""
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            match line["key"]:
                case "header":
                    message = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.server.objects[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        commit = found.commit(branch, files, message)
        self._json({"commitOid": commit, "commitUrl": f"{self.server.url}/{repo}/commit/{commit}"})


def _entry(name: str, content: bytes) -> dict[str, Any]:
    entry = {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
    if name.endswith(".safetensors"):
        lfs = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
        entry["lfs"] = lfs
    return entry


_REPO = "([^/]+/[^/]+)"
_ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "/api/repos/create", _Handler._create),
    ("POST", "/api/validate-yaml", _Handler._validate),
    ("GET", f"/api/models/{_REPO}", _Handler._info),
    ("GET", f"/api/models/{_REPO}/revision/([^/]+)", _Handler._info),
    ("GET", f"/api/models/{_REPO}/tree/([^/]+)", _Handler._tree),
    ("POST", f"/api/models/{_REPO}/preupload/([^/]+)", _Handler._preupload),
    ("POST", f"/api/models/{_REPO}/commit/([^/]+)", _Handler._commit),
    ("POST", f"/api/models/{_REPO}/branch/([^/]+)", _Handler._branch),
    ("POST", f"/{_REPO}.git/info/lfs/objects/batch", _Handler._batch),
    ("PUT", "/lfs/([0-9a-f]+)", _Handler._put),
    ("GET HEAD", f"/{_REPO}/resolve/([^/]+)/(.+)", _Handler._resolve),
]
