"""One safetensors file a model: what a tagger is made of, written and read.

file        weights and metadata, whole or not at all
record      the record of a training
migration   files of earlier formats
checkpoint  network, vocabularies, tag sets, lexicon and record as one
"""

from postagger.checkpoint.checkpoint import (
    Checkpoint,
    Head,
    add_head,
    read_checkpoint,
    write_checkpoint,
    write_checkpoints,
)
from postagger.checkpoint.file import check_writable, model_files
from postagger.checkpoint.record import TrainingRecord, VectorsRecord

__all__ = [
    "Checkpoint",
    "Head",
    "TrainingRecord",
    "VectorsRecord",
    "add_head",
    "check_writable",
    "model_files",
    "read_checkpoint",
    "write_checkpoint",
    "write_checkpoints",
]
