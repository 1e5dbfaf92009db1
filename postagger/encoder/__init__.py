"""Pretrained transformer encoders as context models; needs the extra ``encoder`` (transformers).

library     the library transformers: how it is called, and its errors in one line
pretrained  reads an encoder from a folder or the hub: architecture, tokenizer, weights
layers      which parameters belong to which layer
segments    cuts sentences into segments that the encoder can read, and groups those of similar length
network     the context model
"""

from postagger.encoder.network import Encoder
from postagger.encoder.pretrained import read_pretrained, refit

__all__ = ["Encoder", "read_pretrained", "refit"]
