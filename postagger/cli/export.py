from __future__ import annotations

import argparse
from pathlib import Path

from postagger.cli.output import say
from postagger.cli.parser import Parser, add_model, load_tagger
from postagger.errors import ModelFileError
from postagger.extras import require

EXAMPLE = "postagger export runs/lstm.safetensors -o lstm_onnx"


def add_options(parser: Parser) -> None:
    add_model(parser, folders=False)
    parser.set_defaults(dtype="float32")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the model's files"
    )
    parser.add_argument(
        "--opset",
        type=int,
        metavar="N",
        default=17,
        help="version of ONNX's operators, 13 or newer (default: 17, for onnxruntime 1.12 and newer)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite what was exported there before")


def run(options: argparse.Namespace) -> None:
    """Write a model as ONNX, with its vocabularies and a reader that needs no postagger."""
    require("onnx", "export needs", "onnx")
    tagger = load_tagger(options)

    from postagger.serving.onnx import export
    from postagger.tagger import Tagger

    if not isinstance(tagger, Tagger):
        raise ModelFileError(f"{options.model} is a folder: export one of the models in it")
    for file in export(tagger, options.output, opset=options.opset, overwrite=options.force):
        say(f"wrote {file} ({file.stat().st_size / 1e6:.2f} MB)")
