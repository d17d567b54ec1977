from __future__ import annotations

import io
import os
import pickle

import numpy as np
import pytest
import torch

from sheetgrader.graders.failures import BadValue
from sheetgrader.grading.checkpoints import read_checkpoint
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.items import GradingLimits
from sheetgrader.sandbox.limits import SandboxLimits


@pytest.fixture
def read(connection):
    def read(content: bytes, **limits: int):
        clock = SubmissionClock(60)
        return read_checkpoint(
            connection, content, sandbox=SandboxLimits(), limits=GradingLimits(**limits), clock=clock
        )

    return read


def saved(value: object) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/exploded",)


def test_tensors_come_back_as_arrays(read):
    state = {
        "weight": torch.arange(6.0).reshape(2, 3).T,
        "half": torch.ones(2, dtype=torch.bfloat16),
        "count": torch.tensor(3),
    }
    found = read(saved(state))
    assert list(found) == list(state)
    assert np.array_equal(found["weight"], state["weight"].numpy())
    assert found["half"].dtype == np.float32
    assert (found["count"].shape, int(found["count"])) == ((), 3)


def test_a_models_own_state_dict_can_be_read(read):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    found = read(saved(model.state_dict()))
    assert all(np.array_equal(found[name], value.numpy()) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (saved(Bomb()), "holds more than tensors"),
        (pickle.dumps(Bomb()), "holds more than tensors"),
        (saved(torch.nn.Linear(2, 2)), "holds more than tensors"),
        (saved({"model": torch.ones(2), "epoch": 3}), "it holds 'epoch', which is no tensor"),
        (saved({3: torch.ones(2)}), "it holds '3', which is no tensor"),
        (saved([torch.ones(2)]), "it holds a list where a state_dict was asked for"),
        (saved({}), "it holds no weights"),
        (saved({"w": torch.ones(1).expand(10**10)}), "10,000,000,000 numbers, where"),
        (saved({"w": torch.ones(3, 3).to_sparse()}), "'w' is no ordinary tensor"),
        (saved({"w": torch.ones(1000)})[:700], "torch.load cannot read it"),
        (b"", "torch.load cannot read it"),
        (b"no checkpoint at all", "The saved model cannot be used"),
    ],
    ids=[
        "bomb",
        "plain bomb",
        "model",
        "more",
        "names",
        "list",
        "nothing",
        "endless",
        "sparse",
        "cut",
        "empty",
        "text",
    ],
)
def test_whatever_else_is_in_the_file_is_a_sentence(read, content, sentence):
    with pytest.raises(BadValue, match=sentence):
        read(content)
