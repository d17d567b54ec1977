"""Opens what a training has saved, in a sandbox, and asks the saved model for its answers.

The data of this process hold no true test labels, so a model cannot look them up. Whatever goes wrong is written down
as a sentence.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any, Final

from sheetgrader.boundary.fingerprints import fingerprints
from sheetgrader.boundary.trainings import ANSWER, KINDS, PARTS

_BATCH: Final = 1000


def main(folder: str, checkpoint: str, script: str, data: str, seed: str) -> None:
    """Write into ``folder`` the shapes in ``checkpoint``, and where ``data`` is given the answers of ``script``'s model
    with those values.

    ``script`` gives ``load_splits(root, seed)`` and ``build_model()``.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    answer: dict[str, Any] = {"problem": "", "shapes": {}}
    try:
        state = _load(checkpoint)
        answer["shapes"] = {str(name): list(value.shape) for name, value in state.items()}
        if data:
            _predict(script, state, data, int(seed), target)
    except _Problem as problem:
        answer["problem"] = str(problem)
    (target / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


class _Problem(Exception):
    """What is wrong, as a sentence."""


def _load(checkpoint: str) -> dict[str, Any]:
    import torch

    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  # whatever is in the file, it is the file that is wrong
        kind = type(error).__name__
        raise _Problem(
            f"model.pt is no file that torch.load(..., weights_only=True) reads ({kind}); save model.state_dict() there"
        ) from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise _Problem("model.pt is no state dict; save model.state_dict(), not the model or a list")
    return state


def _predict(script: str, state: dict[str, Any], data: str, seed: int, folder: Path) -> None:
    import numpy as np
    import torch

    try:
        names = runpy.run_path(script)
        model, splits = names["build_model"](), names["load_splits"](data, seed)
        train, validation, test = splits
    except BaseException as error:  # noqa: BLE001  # the script may end itself, too
        raise _Problem(
            f"{script} could not be imported for its build_model() and load_splits(root, seed): {_told(error)}"
        ) from None
    try:
        model.load_state_dict(state)
    except Exception:  # noqa: BLE001  # names, shapes or no module at all: one sentence fits them all
        raise _Problem(
            f"model.pt is the checkpoint of another model: it does not fit into the build_model() of {script}"
        ) from None
    model.eval()
    try:
        for part, name in zip((train, validation, test), PARTS, strict=True):
            pairs = [part[index] for index in range(len(part))]
            inputs = torch.stack([torch.as_tensor(x) for x, _ in pairs])
            with torch.no_grad():
                scores = torch.cat([model(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)])
            answers = (
                scores.argmax(dim=1).numpy(),
                np.asarray([int(y) for _, y in pairs]),
                fingerprints(inputs.numpy()),
            )
            for kind, values in zip(KINDS, answers, strict=True):
                np.save(folder / f"{name}_{kind}.npy", values)
    except Exception as error:  # noqa: BLE001  # the script's own data sets and model
        raise _Problem(
            f"the model in model.pt could not be asked about the data sets of load_splits: {_told(error)}"
        ) from None


def _told(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
