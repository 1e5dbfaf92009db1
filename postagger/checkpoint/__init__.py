"""One safetensors file a model: what a tagger is made of, written and read."""

from postagger.checkpoint.checkpoint import Head, TaggerParts, add_head, read_parts, write_parts
from postagger.checkpoint.file import check_writable, model_files

__all__ = ["Head", "TaggerParts", "add_head", "check_writable", "model_files", "read_parts", "write_parts"]
