"""One safetensors file a model: what a tagger is made of, written and read.

model_file       weights and metadata, written whole or not at all
training_record  what a tagger was trained on, and what came of it
migration        files of earlier formats
checkpoint       network, vocabularies, tag sets, lexicon and record as one
"""

from postagger.checkpoint.checkpoint import (
    Checkpoint,
    Head,
    add_head,
    read_checkpoint,
    write_checkpoint,
    write_checkpoints,
)
from postagger.checkpoint.model_file import check_writable, model_files
from postagger.checkpoint.training_record import TrainingRecord, VectorsRecord

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
