"""What a training reports is read as what nobody vouches for."""

from __future__ import annotations

import json
import math

import pytest

from sheetgrader.graders.failures import Wrong
from sheetgrader.training.evidence.metrics import read_metrics


def test_metrics_become_plain_numbers_and_names() -> None:
    found = {
        "epochs": 2,
        "device": "cpu",
        "\x1b[1mloss": 0.5,
        "history": [{"epoch": 1, "\u202eloss": 3.0}, {"epoch": 2, "\u202eloss": 2}],
    }
    metrics = read_metrics(json.dumps(found).encode())
    assert metrics.numbers == {"epochs": 2.0, "loss": 0.5}
    assert metrics.curves == {"loss": (3.0, 2.0)}
    assert metrics.found["device"] == "cpu"


def test_a_history_of_numbers_is_a_curve() -> None:
    assert read_metrics(b'{"history": [3, 2.5, NaN]}').curves["history"][:2] == (3.0, 2.5)


@pytest.mark.parametrize(
    ("value", "share"), [(0.5, 0.5), (1, 1.0), (97.5, 0.975), (100, 1.0), (101, 101.0), (-1, -1.0), (0, 0.0)]
)
def test_percent_are_read_as_a_share(value: float, share: float) -> None:
    assert read_metrics(json.dumps({"test_accuracy": value}).encode()).accuracy("test") == share


@pytest.mark.parametrize("value", ["true", '"0.5"', "null", "[0.5]", "1" + "0" * 400])
def test_what_is_no_number_is_none(value: str) -> None:
    assert read_metrics(b'{"test_accuracy": %s}' % value.encode()).accuracy("test") is None


def test_a_number_that_diverged_is_one() -> None:
    accuracy = read_metrics(b'{"test_accuracy": NaN}').accuracy("test")
    assert accuracy is not None
    assert math.isnan(accuracy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no JSON"),
        (b"[]", "holds no JSON object"),
        (b'{"history": [' + b"[]," * 5_000_000 + b"[]]}", "is no JSON, or nested too deeply"),
        (b'{"history": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
        (b'{"history": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b'{"device": "' + b"x" * (17 << 20) + b'"}', "more than 16,777,216 bytes"),
    ],
    ids=["empty", "list", "many", "deep", "deeper", "large"],
)
def test_anything_else_is_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(Wrong, match=rf"^metrics\.json .*{message}.*\.$"):
        read_metrics(content)
