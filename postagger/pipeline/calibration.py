"""The temperature of each head, fitted on the dev part after training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from postagger.corpora import Corpus
from postagger.evaluation import MOST_TOKENS, fit_temperature
from postagger.models import TrainedModel
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.fit import encode

_BATCH = 64
"""Sentences computed at a time."""


@torch.no_grad()
def calibrated(trained: TrainedModel, corpus: Corpus) -> TrainedModel:
    """The model with the temperatures at which the gold tags of the dev part are most probable.

    Heads without gold tags there keep a temperature of 1.
    """
    columns = corpus.by_head if corpus.others else {trained.config.corpus.head_name: corpus}
    heads = {name: trained.heads[name] for name in columns}
    main = next(iter(heads.values())).network.eval()
    device = next(main.parameters()).device
    dev = DataSet.of_columns({name: each.dev for name, each in columns.items()})
    tagsets = {name: head.tagset for name, head in heads.items()}
    data = encode(dev, trained.encoding, tagsets, trained.config).to(device)
    rows: dict[str, list[torch.Tensor]] = {name: [] for name in heads}
    gold: dict[str, list[torch.Tensor]] = {name: [] for name in heads}
    counted = dict.fromkeys(heads, 0)
    for batch in data.batches(_BATCH):
        assert batch.tags is not None
        context = main.backbone(batch)
        for (name, head), tags in zip(heads.items(), (batch.tags, *batch.other_tags), strict=True):
            if counted[name] >= MOST_TOKENS:
                continue
            scores = head.network.head(context)
            rows[name].append(head.network.head.probabilities(scores, batch.lengths).float().cpu())
            gold[name].append(tags.cpu())
            counted[name] += int(tags.ge(0).sum())
        if min(counted.values()) >= MOST_TOKENS:
            break
    temperatures = {
        name: fit_temperature([torch.cat(rows[name]).numpy()], torch.cat(gold[name]).numpy().astype(np.int64))
        for name in heads
        if counted[name]
    }
    return replace(trained, temperatures=temperatures)
