from __future__ import annotations

import argparse

from postagger.cli.output import say
from postagger.cli.parser import Parser, add_dtype, count
from postagger.errors import ConfigError
from postagger.extras import require

EXAMPLE = "postagger serve en --port 8000"

_MODEL_HELP = """\
en, which comes with the package, a model file written by postagger train, or a folder of them (an ensemble);
its name in requests is that of the file without suffix, unless it is given as NAME=FILE; the first one is
the default (default: en)"""


def add_options(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", nargs="*", help=" ".join(_MODEL_HELP.split()))
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")
    add_dtype(parser)
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to serve at: 127.0.0.1 (default) is for this machine only, 0.0.0.0 for all",
    )
    parser.add_argument("--port", type=_port, default=8000, help="default: 8000; 0: one that is free")
    parser.add_argument(
        "--workers", type=count, default=1, metavar="N", help="processes, which share the models (default: 1)"
    )
    _add_limits(parser)
    parser.add_argument("--log", action="store_true", help="print a line to stderr for each request")


def _add_limits(parser: Parser) -> None:
    for name, default, use in (
        ("body", 2**20, "bytes of a request, or of a line of a stream"),
        ("sentences", 10_000, "sentences of a request"),
        ("tokens", 100_000, "tokens of a request"),
        ("waiting", 500, "requests that wait for a model; more are refused"),
        ("connections", 1000, "connections at a time"),
    ):
        more = "" if name in ("body", "sentences", "tokens") else ", in each worker"
        parser.add_argument(
            f"--max-{name}",
            type=count,
            default=default,
            metavar="N",
            help=f"the most {use}{more} (default: {default:,})",
        )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="in which a request must arrive and be answered, or is refused (default: 30)",
    )
    parser.add_argument(
        "--stop-timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="that requests have to end when the server is stopped (default: 30)",
    )


def _port(text: str) -> int:
    """Parses a port; anything else is a usage error."""
    number = int(text)
    if not 0 <= number < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..65535")
    return number


def _seconds(text: str) -> float:
    """Parses a time of up to a day; anything else is a usage error."""
    number = float(text)
    if not 0 < number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..86400 seconds")
    return number


def run(options: argparse.Namespace) -> None:
    """Answer requests for tags over HTTP, with a page to try them on."""
    require("serve", "serving needs", "fastapi", "prometheus_client", "uvicorn", "httptools")
    from postagger.serving.server.limits import Limits
    from postagger.serving.server.models import load_models, named_files
    from postagger.serving.server.process import bind, serve

    files = named_files(options.model or ["en"])
    if options.workers > 1 and options.device.startswith("cuda"):
        raise ConfigError("CUDA can't be shared by forked workers: leave out --workers, or use --device cpu")
    limits = Limits(
        body=options.max_body,
        sentences=options.max_sentences,
        tokens=options.max_tokens,
        seconds=options.timeout,
        waiting=options.max_waiting,
        connections=options.max_connections,
        stop=options.stop_timeout,
    )
    with bind(options.host, options.port) as bound:
        models = load_models(files, device=options.device, dtype=options.dtype)
        serve(models, bound, limits, workers=options.workers, log=options.log, say=say)
