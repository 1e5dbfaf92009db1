"""Tiny random encoders, made here: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}
POSITIONS = 40
"""Sub-words that the encoders can read at once, the two special ones included."""

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


tokenizer: Any = PreTrainedTokenizerFast  # its constructor has no types


def word_pieces(texts: list[str]) -> Any:
    """An uncased tokenizer as BERT's; as sentence encoders ship them, it shortens and pads texts."""
    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=120, special_tokens=SPECIAL))
    numbers = [(name, inner.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    inner.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=numbers)
    inner.enable_truncation(8)
    inner.enable_padding(length=8, pad_id=0, pad_token="[PAD]")
    names = dict(
        zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True)
    )
    return tokenizer(tokenizer_object=inner, **names)


def byte_pairs(texts: list[str]) -> Any:
    """A cased tokenizer as RoBERTa's, in which a word after a blank is another sub-word."""
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=names, initial_alphabet=alphabet)
    inner.train_from_iterator(texts, trainer)
    numbers = [(name, inner.token_to_id(name)) for name in ("<s>", "</s>")]
    inner.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=numbers)
    return tokenizer(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def make_encoders(folder: Path, texts: list[str]) -> dict[str, Path]:
    """Makes encoders of three architectures, with random weights.

    Args:
        folder: where their folders are made.
        texts: what the tokenizers are trained on.

    Returns:
        The folders, by name.
    """
    pieces, pairs = word_pieces(texts), byte_pairs(texts)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        made: dict[str, tuple[Any, Any]] = {
            "bert": (
                BertModel(BertConfig(vocab_size=len(pieces), max_position_embeddings=POSITIONS, **SIZES)),
                pieces,
            ),
            "roberta": (
                RobertaModel(
                    RobertaConfig(
                        vocab_size=len(pairs), max_position_embeddings=POSITIONS + 2, pad_token_id=1, **SIZES
                    )
                ),
                pairs,
            ),
            "distilbert": (
                DistilBertModel(
                    DistilBertConfig(
                        vocab_size=len(pieces),
                        max_position_embeddings=POSITIONS,
                        dim=16,
                        n_layers=3,
                        n_heads=2,
                        hidden_dim=24,
                    )
                ),
                pieces,
            ),
        }
    for name, (model, saved) in made.items():
        model.save_pretrained(folder / name)
        saved.save_pretrained(folder / name)
    return {name: folder / name for name in made}
