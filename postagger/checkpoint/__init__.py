"""One safetensors file a model: what a tagger is made of, written and read."""

from postagger.checkpoint.checkpoint import Checkpoint, Head, add_head, read_checkpoint, write_checkpoint
from postagger.checkpoint.file import check_writable, model_files

__all__ = [
    "Checkpoint",
    "Head",
    "add_head",
    "check_writable",
    "model_files",
    "read_checkpoint",
    "write_checkpoint",
]
