"""Asks a training script's functions, in a sandbox of their own: what importing it writes, which data sets
``load_splits`` gives, and which scores the network of ``build_model`` gives for inputs that are sent here.

All that comes back is a claim by this process: what each call came to as JSON, and arrays in files of their own. What
is known is written at once, so that a later call that ends this process does not take it along.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sheetgrader.boundary.trainings import (
    ANSWER,
    BUILD_MODEL,
    CHECKPOINT,
    IMPORT,
    INPUTS,
    LAYERS,
    LOAD_SPLITS,
    PARTS,
    SCORES,
    WRITTEN,
    array_file,
)
from sheetgrader.inside.definitions import import_definitions
from sheetgrader.inside.network_layers import distances_from_affine

_BATCH: Final = 1000
_LONGEST_TEXT: Final = 300


def main(question: str, folder: str, script: str, *arguments: str) -> None:
    """Answer a question about ``script`` with files in ``folder``.

    Args:
        question: ``IMPORT``, ``LOAD_SPLITS`` or ``BUILD_MODEL``.
        folder: where answers are written.
        script: its path in the current folder.
        arguments: for the last two, a word where the script is to be imported without what it does; for
            ``LOAD_SPLITS`` then the calls, as JSON: folder, seed, and what is to be written of the examples.
    """
    # A command line that no script knows: one that reads it when it is imported ends there, and trains nothing.
    sys.argv = [script, "--imported"]
    _QUESTIONS[question](_Answers(Path(folder)), script, *arguments)


class _Answers:
    """The file that says what each call came to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._found: dict[str, Any] = {}

    def ask(self, name: str, call: Callable[[], Any]) -> None:
        try:
            self._found[name] = {"value": call()}
        except BaseException as error:  # noqa: BLE001  # the script's functions may end themselves, too
            text = " ".join(str(error).split())[:_LONGEST_TEXT]
            self._found[name] = {"raised": type(error).__name__, "text": text}
        (self.folder / ANSWER).write_text(json.dumps(self._found), encoding="utf-8")


def _imported(script: str, only_definitions: str = "") -> Any:
    name = ".".join(PurePosixPath(script).with_suffix("").parts)
    return import_definitions(script, name) if only_definitions else importlib.import_module(name)


def _import(answers: _Answers, script: str) -> None:
    answers.ask(WRITTEN, lambda: _written_by_import(script))


def _written_by_import(script: str) -> list[str]:
    before = _files()
    _imported(script)
    return sorted(_files() - before)


def _files() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file() and path.suffix != ".pyc"}


def _load_splits(answers: _Answers, script: str, only_definitions: str, calls: str) -> None:
    module = _imported(script, only_definitions)
    for number, (root, seed, kinds) in enumerate(json.loads(calls)):
        answers.ask(str(number), partial(_splits, answers, module, number, root, seed, kinds))


def _splits(answers: _Answers, script: Any, number: int, root: str, seed: int, kinds: list[str]) -> int:
    """Write the data sets that the script gives, and return how many they are."""
    import numpy as np

    parts = list(script.load_splits(Path(root), seed))
    for name, part in zip(PARTS, parts, strict=False):
        pairs = [part[index] for index in range(len(part))]
        arrays: dict[str, Any] = {"labels": np.array([int(y) for _, y in pairs], dtype=np.int64)}
        if "inputs" in kinds:
            arrays["inputs"] = np.stack([_array(x) for x, _ in pairs]) if pairs else np.zeros((0, 1))
        for kind, array in arrays.items():
            np.save(answers.folder / array_file(number, name, kind), array)
    return len(parts)


def _array(x: Any) -> Any:
    """Return what a data set gives in the type that a network takes."""
    import numpy as np
    import torch

    if isinstance(x, torch.Tensor):
        return x.detach().numpy()
    return x if isinstance(x, np.ndarray) else np.asarray(x, dtype=np.float32)


def _build_model(answers: _Answers, script: str, only_definitions: str) -> None:
    import numpy as np
    import torch

    module = _imported(script, only_definitions)
    inputs = {name: torch.from_numpy(np.load(Path(INPUTS, array_file(name)))) for name in PARTS}
    answers.ask(LAYERS, lambda: distances_from_affine(module.build_model(), inputs["train"]))
    if Path(CHECKPOINT).exists():
        answers.ask(SCORES, lambda: _scores(answers, module.build_model(), inputs))


def _scores(answers: _Answers, model: Any, inputs: dict[str, Any]) -> str:
    """Write the scores that the saved model gives; return what is wrong where its weights are another model's."""
    import numpy as np
    import torch

    try:
        model.load_state_dict(torch.load(CHECKPOINT, map_location="cpu", weights_only=True))
    except RuntimeError as error:
        return str(error).replace("\n\t", " ")[:_LONGEST_TEXT]
    model.eval()
    with torch.no_grad():
        for name, x in inputs.items():
            scores = torch.cat([model(x[start : start + _BATCH]) for start in range(0, len(x), _BATCH)])
            np.save(answers.folder / array_file(name), scores.double().numpy())
    return ""


_QUESTIONS: Final[dict[str, Callable[..., None]]] = {
    IMPORT: _import,
    LOAD_SPLITS: _load_splits,
    BUILD_MODEL: _build_model,
}
