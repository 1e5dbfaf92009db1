"""What the caller has set in torch changes no result, and stays set."""

from __future__ import annotations

import copy
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
import torch

from postagger import Config, Corpus, Ensemble, Tagger, torch_settings
from postagger.torch_settings import usual_settings

pytestmark = pytest.mark.usefixtures("one_thread")


@contextmanager
def _set(name: str) -> Iterator[None]:
    """Changes a setting, and checks that it is still changed at the end."""
    if name == "float64":
        torch.set_default_dtype(torch.float64)
        yield
        assert torch.get_default_dtype() == torch.float64
    elif name in ("meta", "cpu"):
        torch.set_default_device(name)
        yield
        assert torch.get_default_device().type == name
    elif name == "deterministic":
        torch.use_deterministic_algorithms(True)
        yield
        assert torch.are_deterministic_algorithms_enabled()
    elif name == "no gradients":
        with torch.no_grad():
            yield
            assert not torch.is_grad_enabled()
    elif name == "inference mode":
        with torch.inference_mode():
            yield
            assert torch.is_inference_mode_enabled()
    else:
        with torch.autocast("cpu", torch.bfloat16):
            yield
            assert torch.is_autocast_enabled("cpu")


@contextmanager
def changed(name: str) -> Iterator[None]:
    try:
        with _set(name):
            yield
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.use_deterministic_algorithms(False)


def used(tagger: Tagger, corpus: Corpus) -> list[object]:
    """All that a tagger can say."""
    sentences = [[word for word, _ in sentence] for sentence in corpus.train]
    both = Ensemble([tagger, tagger])
    return [
        list(tagger.tag_sents(sentences)),
        list(tagger.tag_sents(sentences, workers=2)),
        list(both.tag_sents(sentences)),
        tagger.distributions(sentences[0]),
        tagger.explain(sentences[0], 1),
        tagger.evaluate_on(corpus).tokens,
        list(copy.copy(tagger).tag_columns(sentences)),
        list(tagger.tag_sents(sentences, lexicon={"zebra": ["NN"], "saw": ["VBD", "NN"]})),
        tagger.probabilities(sentences, lexicon={"saw": ["NN"]}).tolist(),
        list(pickle.loads(pickle.dumps(tagger)).tag_sents(sentences)),
    ]


def weights(tagger: Tagger) -> dict[str, list[float]]:
    state = tagger.network.state_dict()
    assert all(not value.is_floating_point() or value.dtype == torch.float32 for value in state.values())
    return {name: value.flatten().tolist() for name, value in state.items()}


@pytest.mark.parametrize(
    "setting", ["float64", "meta", "cpu", "deterministic", "no gradients", "inference mode", "autocast"]
)
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("window", {"words": {"character_dim": 4}}),
        ("lstm", {}),
        ("gru", {}),
        ("rnn", {}),
        ("logistic", {"model": {"output": "crf"}}),
    ],
)
def test_a_setting_of_the_caller_changes_nothing(
    setting: str,
    kind: str,
    more: dict[str, dict[str, object]],
    tiny_corpus: Corpus,
    tiny_config: Callable[..., Config],
    tmp_path: Path,
) -> None:
    config = tiny_config(kind, **more)
    usual = Tagger.train(tiny_corpus, config)
    expected = used(usual, tiny_corpus)
    with changed(setting):
        trained = Tagger.train(tiny_corpus, config)
        trained.save(tmp_path / "model")
        loaded = Tagger.load(tmp_path / "model", device=torch.device("cpu", 0))
        assert used(loaded, tiny_corpus) == expected
        assert used(usual, tiny_corpus) == expected
    assert weights(loaded) == weights(trained) == weights(usual)
    assert used(loaded, tiny_corpus) == expected
    if setting == "inference mode":  # its parameters can still be trained
        Tagger.train(tiny_corpus, config, backbone=loaded)


def test_the_default_dtype_is_restored_after_the_last_of_several_threads() -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with usual_settings():
            inside.set()
            leave.wait(10)

    with changed("float64"):
        thread = threading.Thread(target=other)
        with usual_settings():
            thread.start()
            inside.wait(10)
        assert torch.get_default_dtype() == torch.float32
        leave.set()
        thread.join()
        assert torch.get_default_dtype() == torch.float64


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("itself", [True, False], ids=["inside itself", "while another thread is inside"])
@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_forgets_the_settings_of_other_threads(itself: bool, locked: bool) -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with usual_settings(), torch_settings._lock if locked else nullcontext():
            inside.set()
            leave.wait(10)

    def in_child() -> int:
        within = torch.get_default_dtype() == (torch.float32 if itself else torch.float64)
        entered = threading.Event()

        def enter() -> None:
            with usual_settings():
                entered.set()

        threading.Thread(target=enter, daemon=True).start()
        return 7 if within and entered.wait(5) else 1

    with changed("float64"):
        thread = threading.Thread(target=other)
        with usual_settings() if itself else nullcontext():
            thread.start()
            inside.wait(10)
            child = os.fork()
            if not child:
                os._exit(in_child())
            leave.set()
            thread.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert torch.get_default_dtype() == torch.float64


@pytest.mark.parametrize("device", [torch.device("cpu"), torch.device("cpu", 0), "cpu"])
def test_a_device_of_torch_is_taken_wherever_one_is_named(
    device: torch.device | str, tiny_corpus: Corpus, tmp_path: Path
) -> None:
    tagger = Tagger.train(
        tiny_corpus, {"model": {"kind": "window"}, "training": {"device": device, "epochs": 1}}
    )
    tagger.save(tmp_path / "model.safetensors")
    assert tagger.config.training.device == "cpu"
    assert Tagger.load(tmp_path / "model.safetensors", device=device).device == torch.device("cpu")
    assert Ensemble.load(tmp_path, device=device).device == torch.device("cpu")
