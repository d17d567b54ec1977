"""Records what a script trains: how many steps, over how many examples, for the first steps numbers from before and
after, and what the first examples were, with the class that the loss pushed each towards.

It listens through PyTorch's own global hooks on modules and optimizers, inside the script's process. What it writes is
therefore a claim by that
process: it shows mistakes, and an optimizer's rule by its numbers, but a script that means to deceive can write what it
likes.
"""

from __future__ import annotations

import base64
import json
import math
import os
import random
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, Self

from sheetgrader.boundary.fingerprints import SIZE, fingerprints
from sheetgrader.boundary.trainings import (
    FIRST_EXAMPLES,
    NO_CLASS,
    TRACED_ENTRIES,
    TRACED_OPTIMIZERS,
    TRACED_STEPS,
    TRACED_TENSORS,
)

#: Looking at every gradient takes time, and a mistake in clearing them shows from the first step on.
_CHECKED_STEPS: Final = 50
#: Large examples take time: of these fewer are kept, up to so many numbers of all together; and of the largest, which
#: take memory, none.
_FIRST_NUMBERS: Final = 5_000_000
_LARGEST_EXAMPLE: Final = 500_000
#: The share of all that pushes scores up which has to push one score, so that it is the example's class.
_CLEAR: Final = 0.9


class _Trace:
    """Some entries of one parameter, around the first steps."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter
        count = parameter.numel()
        # A generator of its own: the script's random numbers are to stay what they were.
        # It only spreads the entries.
        chosen = random.Random(0).sample(range(count), min(count, TRACED_ENTRIES))  # noqa: S311
        self._entries = chosen
        self._before, self._gradients, self._after = array("d"), array("d"), array("d")

    def begin(self) -> None:
        # A step that did not come to its end left a row of its own.
        del self._before[len(self._after) :]
        self._append(self._before, self._parameter)

    def end(self) -> None:
        # Only now: a step that is given a closure computes its gradient itself.
        gradient = self._parameter.grad
        self._append(
            self._gradients, self._parameter.new_zeros(()).expand_as(self._parameter) if gradient is None else gradient
        )
        self._append(self._after, self._parameter)

    def _append(self, numbers: array[float], tensor: Any) -> None:
        numbers.extend(tensor.detach().reshape(-1)[self._entries].double().tolist())

    def content(self) -> dict[str, Any]:
        numbers = {"before": self._before[: len(self._after)], "gradients": self._gradients, "after": self._after}
        coded = {name: _coded(values) for name, values in numbers.items()}
        return {"shape": list(self._parameter.shape), "entries": len(self._entries), **coded}


class _WatchedOptimizer:
    """The first steps of one optimizer."""

    def __init__(self, optimizer: Any, parameters: Sequence[Any]) -> None:
        # Held, so that no other one gets its place in memory and is taken for it.
        self._optimizer = optimizer
        self.traces = [_Trace(parameter) for parameter in parameters[:TRACED_TENSORS]]
        self._steps = 0

    def begin(self) -> None:
        if self._steps < TRACED_STEPS:
            for trace in self.traces:
                trace.begin()

    def end(self) -> None:
        if self._steps < TRACED_STEPS:
            self._steps += 1
            for trace in self.traces:
                trace.end()


class _FirstExamples:
    """The first examples that were trained on, and the class that the loss pushed each towards."""

    def __init__(self) -> None:
        self._fingerprints, self._classes = array("f"), array("i")
        self._numbers = 0

    @property
    def is_full(self) -> bool:
        return len(self._classes) >= FIRST_EXAMPLES or self._numbers >= _FIRST_NUMBERS

    def add(self, inputs: Any, gradient: Any) -> None:
        """Add a batch of inputs with the gradient of the loss by their scores, shape (n, classes)."""
        size = inputs[0].numel()
        if self.is_full or len(inputs) != len(gradient) or gradient.ndim != 2 or size > _LARGEST_EXAMPLE:
            return
        count = min(
            len(inputs), FIRST_EXAMPLES - len(self._classes), math.ceil((_FIRST_NUMBERS - self._numbers) / size)
        )
        self._numbers += count * size
        # NumPy knows fewer types than PyTorch does.
        found = fingerprints(inputs[:count].detach().cpu().double().numpy())
        # A number that is not finite would make the whole record one that is not believed.
        if found.shape[1] == SIZE and bool(abs(found).max() < float("inf")):
            classes = _pushed_classes(gradient[:count].detach())
            self._fingerprints.frombytes(found.tobytes())
            self._classes.extend(classes)

    def content(self) -> dict[str, str]:
        return {"fingerprints": _coded(self._fingerprints), "classes": _coded(self._classes)}


def _pushed_classes(gradient: Any) -> list[int]:
    """Return which score of each row the loss pushes up, which is the label's: the gradient is negative there.

    That of a squared error, or of smoothed labels, may be negative elsewhere, too, and near the end mostly elsewhere:
    then it tells no class.
    """
    least, classes = gradient.double().min(dim=1)
    upwards = gradient.double().clamp(max=0).sum(dim=1)
    is_clear = (least < 0) & (least <= _CLEAR * upwards)
    return [int(number) for number in classes.where(is_clear, classes.new_full((), NO_CLASS)).tolist()]


class Recorder:
    """Listens to every optimizer and every module of this process."""

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._examples = 0
        self._largest_batch = 0
        self._leftovers = 0
        self._watched: dict[int, _WatchedOptimizer] = {}
        self._depth = 0
        self._latest_output = 0
        self._first_examples = _FirstExamples()
        #: Those of all optimizers that took a step since the last backward pass.
        self._parameters: dict[int, Any] = {}
        self._has_stepped = False

    @classmethod
    def start(cls) -> Self | None:
        """Begin to listen; None where there is no PyTorch."""
        try:
            from torch.nn.modules import module
            from torch.optim import optimizer
        except ImportError:
            return None
        recorder = cls()
        module.register_module_forward_pre_hook(recorder._enter)
        module.register_module_forward_hook(recorder._leave, always_call=True)
        optimizer.register_optimizer_step_pre_hook(_harmless(recorder._begin_step))
        optimizer.register_optimizer_step_post_hook(_harmless(recorder._end_step))
        return recorder

    def write(self, descriptor: int) -> None:
        """Write what was recorded as JSON."""
        content = {
            "steps": self._steps,
            "examples": self._examples,
            "largest_batch": self._largest_batch,
            "leftover_gradients": self._leftovers,
            "traces": [
                {"optimizer": number, **trace.content()}
                for number, watched in enumerate(self._watched.values())
                for trace in watched.traces
            ],
            "first_examples": self._first_examples.content(),
            **_gpu(),
        }
        with suppress(OSError), os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)

    # Modules: only the outermost call counts, which is that of the whole network.

    def _enter(self, *_: Any) -> None:
        self._depth += 1

    def _leave(self, _module: Any, inputs: Any, output: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and getattr(output, "requires_grad", False) and output.ndim > 1:
            self._latest_output += 1
            number = self._latest_output
            # Inputs are held on to only as long as they are needed.
            first = None if self._first_examples.is_full or not inputs else inputs[0]
            with suppress(Exception):
                output.register_hook(lambda gradient: self._begin_backward(number, first, gradient))

    def _begin_backward(self, number: int, inputs: Any, gradient: Any) -> None:
        """Hear that a gradient flows back through an output; those of the parameters are still what they were."""
        if number == self._latest_output:
            self._examples += len(gradient)
            self._largest_batch = max(self._largest_batch, len(gradient))
            if inputs is not None:
                with suppress(Exception):
                    self._first_examples.add(inputs, gradient)
        if self._has_stepped and sum(self._steps.values()) <= _CHECKED_STEPS:
            self._leftovers += _any_gradient(self._parameters.values())
        self._has_stepped = False

    # Optimizers.

    def _begin_step(self, optimizer: Any) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        if not self._has_stepped:
            self._parameters = {}
        self._parameters.update((id(parameter), parameter) for parameter in parameters)
        if id(optimizer) not in self._watched and len(self._watched) < TRACED_OPTIMIZERS:
            self._watched[id(optimizer)] = _WatchedOptimizer(optimizer, parameters)
        if id(optimizer) in self._watched:
            self._watched[id(optimizer)].begin()

    def _end_step(self, optimizer: Any) -> None:
        name = type(optimizer).__name__
        self._steps[name] = self._steps.get(name, 0) + 1
        self._has_stepped = True
        if id(optimizer) in self._watched:
            self._watched[id(optimizer)].end()


def _coded(numbers: array[float] | array[int]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _gpu() -> dict[str, Any]:
    """Return the GPU's name and the most of its memory that was taken; nothing where none was used."""
    from torch import cuda

    if not cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch has no types for it
        return {}
    return {"gpu": cuda.get_device_name(), "gpu_bytes": cuda.max_memory_allocated()}


def _any_gradient(parameters: Iterable[Any]) -> bool:
    return any(parameter.grad is not None and bool(parameter.grad.any()) for parameter in parameters)


def _harmless(listen: Callable[[Any], None]) -> Callable[..., None]:
    """Let a script go on where it trains in a way that cannot be recorded."""

    def hook(optimizer: Any, *_: Any) -> None:
        with suppress(Exception):
            listen(optimizer)

    return hook
