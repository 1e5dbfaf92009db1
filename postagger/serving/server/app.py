"""The application: its routes, and what OpenAPI says about them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from postagger.serving.page import load_page
from postagger.serving.server import inception, label_studio, schema
from postagger.serving.server.gate import Gate
from postagger.serving.server.limits import Limits
from postagger.serving.server.metrics import Metrics
from postagger.serving.server.models import Models
from postagger.serving.server.problems import Problem
from postagger.serving.server.service import Service
from postagger.version import __version__

_ERRORS = {
    400: "it is not JSON",
    404: "there is no such model",
    408: "the request did not arrive in time",
    413: "the request is larger than the limits",
    415: "it is not announced as JSON, or is compressed",
    422: "a field is wrong",
    503: "there is too much to do: try again later",
    504: "it could not be answered in time",
}


def make_app(
    models: Models, limits: Limits | None = None, *, metrics: Metrics | None = None, log: bool = False
) -> ASGIApp:
    """Makes the application.

    Args:
        models: loaded and warmed.
        limits: default: those of `Limits`.
        metrics: default: new ones.
        log: whether to print a line to stderr for each request.
    """
    limits = Limits() if limits is None else limits
    metrics = Metrics() if metrics is None else metrics
    service = Service(models, limits, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(
        title="postagger",
        version=__version__,
        description="Part-of-speech tags for texts and tokens: docs/how-to/serve.md.",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_exception_handler(Problem, _say_problem)
    app.add_exception_handler(HTTPException, _say_http)
    app.add_exception_handler(Exception, _say_fault)
    _add_tagging(app, service)
    _add_recommenders(app, service)
    _add_page(app)
    _add_health(app, service)
    paths = [getattr(route, "path", "") for route in app.routes]
    return Gate(app, metrics, paths, log=log)


def _add_tagging(app: FastAPI, service: Service) -> None:
    described = _json(service.models.described())

    @app.get("/v1/models", summary="The models and their tags", responses=_answers(schema.ModelsAnswer))
    async def models() -> Response:
        return Response(described, media_type="application/json")

    @app.post(
        "/v1/tag",
        summary="Tag texts or tokens",
        responses=_answers(schema.TagAnswer, *_ERRORS),
        openapi_extra=_takes(schema.TagRequest, streams=True),
    )
    async def tag(request: Request) -> Response:
        return await service.tag(request)

    @app.post(
        "/v1/explain",
        summary="Why a word has its tag",
        responses=_answers(schema.ExplainAnswer, *_ERRORS)
        | {501: {"model": schema.ErrorAnswer, "description": "this model can't be explained here"}},
        openapi_extra=_takes(schema.ExplainRequest),
    )
    async def explain(request: Request) -> Response:
        return await service.explain(request)


def _add_recommenders(app: FastAPI, service: Service) -> None:
    """Two annotation tools' own protocols."""

    @app.get(
        "/label-studio/{model}/health",
        summary="Label Studio asks whether the backend runs",
        responses=_errors(404),
    )
    async def health(model: str) -> Response:
        service.models.named(model)
        return Response(b'{"status":"UP","model_class":"postagger"}', media_type="application/json")

    @app.post(
        "/label-studio/{model}/setup",
        summary="Label Studio asks for the version of the model",
        responses=_errors(404),
    )
    async def setup(model: str) -> Response:
        return Response(
            _json({"model_version": service.models.named(model).name}), media_type="application/json"
        )

    @app.post(
        "/label-studio/{model}/predict",
        summary="Tags as labels of spans, for Label Studio",
        responses=_errors(*_ERRORS),
        openapi_extra=_takes(label_studio.PredictRequest),
    )
    async def predict(request: Request, model: str) -> Response:
        return await service.translated(request, model, label_studio.translate)

    @app.post(
        "/inception/{model}/predict",
        summary="Tags as annotations of a UIMA document, for INCEpTION",
        responses=_answers(inception.PredictAnswer, *_ERRORS),
        openapi_extra=_takes(inception.PredictRequest),
    )
    async def annotate(request: Request, model: str) -> Response:
        return await service.translated(request, model, inception.translate)


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/health/live", summary="Whether the server runs")
    async def live() -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    @app.get("/health/ready", summary="Whether the server takes requests", responses=_errors(503))
    async def ready() -> Response:
        if not service.is_ready:
            raise Problem(503, "the server takes no requests")
        return Response(b'{"status":"ok"}', media_type="application/json")

    @app.get(
        "/metrics",
        summary="What the server has counted, for Prometheus",
        response_class=PlainTextResponse,
    )
    async def metrics() -> Response:
        body, kind = service.metrics.written()
        return Response(body, media_type=kind)


def _add_page(app: FastAPI) -> None:
    page = load_page()

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return Response(page.html, headers=page.headers)


def _takes(model: type[BaseModel], *, streams: bool = False) -> dict[str, Any]:
    """What OpenAPI says about a request that is read by hand."""
    content: dict[str, Any] = {"application/json": {"schema": model.model_json_schema()}}
    if streams:
        line = {"type": "string", "description": "a request as above in each line"}
        content["application/x-ndjson"] = {"schema": line}
    return {"requestBody": {"required": True, "content": content}}


def _answers(model: type[BaseModel], *errors: int) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": model}} | _errors(*errors)


def _errors(*errors: int) -> dict[int | str, dict[str, Any]]:
    return {each: {"model": schema.ErrorAnswer, "description": _ERRORS[each]} for each in errors}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


async def _say_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return Response(problem.body, problem.status, problem.headers, "application/json")


async def _say_fault(_: Request, __: Exception) -> Response:
    """An error of the server's own, which uvicorn writes to the log."""
    return Response(
        Problem(500, "the server failed: its log says why").body, 500, media_type="application/json"
    )


async def _say_http(_: Request, error: Exception) -> Response:
    """The router's own errors: an unknown path, a method that a path does not have."""
    assert isinstance(error, HTTPException)
    body = Problem(error.status_code, str(error.detail)).body
    return Response(body, error.status_code, error.headers, "application/json")
