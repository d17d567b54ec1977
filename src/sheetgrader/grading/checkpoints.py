"""Reads the weights that a script has saved, without trusting the file.

A checkpoint is a pickle, which may run code when it is read, and an archive, which may unpack to more than memory
holds. So it is opened in a sandbox of its own, where none of the student's code runs, by ``torch.load(...,
weights_only=True)``; what comes out of there are plain arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import nbformat
import numpy as np

from sheetgrader.errors import SubmissionError
from sheetgrader.graders.criteria import probe
from sheetgrader.graders.failures import BadValue, StudentError
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.link import KernelLink
from sheetgrader.grading.notebook_run import NotebookRun
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits

Weights = dict[str, np.ndarray[Any, Any]]

_FILE: Final = "model.pt"
_BYTES_PER_NUMBER: Final = 8


@probe
def _read_state_dict(file, most_numbers):  # type: ignore[no-untyped-def]  # it runs in the sandbox, as source
    import pickle

    import torch

    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        return {"problem": "torch.load(..., weights_only=True) refuses it, because it holds more than tensors"}
    except Exception as error:  # noqa: BLE001
        return {"problem": f"torch.load cannot read it ({type(error).__name__})"}
    if not isinstance(state, dict):
        return {"problem": f"it holds a {type(state).__name__} where a state_dict was asked for"}
    numbers = 0
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            return {
                "problem": f"it holds {str(name)[:80]!r}, which is no tensor: save model.state_dict() and nothing else"
            }
        if value.layout is not torch.strided or value.is_quantized or value.device.type != "cpu":
            return {"problem": f"{name[:80]!r} is no ordinary tensor"}
        numbers += value.numel()
    if not numbers:
        return {"problem": "it holds no weights"}
    if numbers > most_numbers:
        return {"problem": f"it holds {numbers:,} numbers, where {most_numbers:,} are the most that is read"}
    half = (torch.float16, torch.bfloat16)
    return {
        "weights": {
            name: (value.float() if value.dtype in half else value).detach().contiguous()
            for name, value in state.items()
        }
    }


def read_checkpoint(
    connection: ZygoteConnection,
    content: bytes,
    *,
    sandbox: SandboxLimits,
    limits: GradingLimits,
    clock: SubmissionClock,
    seconds: float = 20.0,
) -> Weights:
    """Return the tensors of a saved ``state_dict`` by name, as arrays.

    Args:
        connection: where sandboxes come from.
        content: the file.
        sandbox: what reading it may use.
        limits: the size of what may come back.
        clock: what the time is booked on.
        seconds: how long reading may take.

    Raises:
        StudentError: it is no such file, or takes more than it may.
        IsolationError: no sandbox can be had.
    """
    run = NotebookRun(
        nbformat.v4.new_notebook(),
        "checkpoint",
        kernel_starter(connection, {_FILE: content}, sandbox, limits, clock),
        limits,
        clock,
        sandbox,
    )
    try:
        link = KernelLink(run, clock, value_bytes=limits.value_bytes)
        link.call_seconds = seconds
        answer = link.run_probe(_read_state_dict, (_FILE, limits.value_bytes // _BYTES_PER_NUMBER), {})
    except StudentError as error:
        raise BadValue(f"The saved model cannot be read: {error}") from None
    except SubmissionError as error:
        raise BadValue(f"The saved model cannot be read: {error}.") from None
    finally:
        run.close()
    return _weights(answer)


def _weights(answer: object) -> Weights:
    found = answer if isinstance(answer, Mapping) else {}
    if isinstance(found.get("problem"), str):
        raise BadValue(f"The saved model cannot be used: {found['problem']}.")
    weights = found.get("weights")
    if not isinstance(weights, dict) or not all(isinstance(value, np.ndarray) for value in weights.values()):
        raise BadValue("The saved model cannot be read.")
    return weights
