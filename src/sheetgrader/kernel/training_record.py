"""Records what a script trains: how many steps, over how many examples, and for the first steps numbers from before and after.

It listens through PyTorch's own global hooks on modules and optimizers, inside the script's process. What it writes is therefore a claim by that
process: it shows mistakes, and an optimizer's rule by its numbers, but a script that means to deceive can write what it likes.
"""

from __future__ import annotations

import base64
import json
import os
import random
from array import array
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, Self

#: Steps and tensors whose numbers are kept, and numbers of each.
TRACED_STEPS: Final = 12
TRACED_TENSORS: Final = 8
TRACED_ENTRIES: Final = 64
#: Looking at every gradient takes time, and a mistake in clearing them shows from the first step on.
_CHECKED_STEPS: Final = 50


class _Trace:
    """Some entries of one parameter, around the first steps."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter
        count = parameter.numel()
        # A generator of its own: the script's random numbers are to stay what they were.
        chosen = random.Random(0).sample(range(count), min(count, TRACED_ENTRIES))  # noqa: S311  # it only spreads the entries
        self._entries = chosen
        self._before, self._gradients, self._after = array("d"), array("d"), array("d")

    def begin(self) -> None:
        self._append(self._before, self._parameter)
        gradient = self._parameter.grad
        self._append(self._gradients, self._parameter.new_zeros(()).expand_as(self._parameter) if gradient is None else gradient)

    def end(self) -> None:
        self._append(self._after, self._parameter)

    def _append(self, numbers: array[float], tensor: Any) -> None:
        numbers.extend(tensor.detach().reshape(-1)[self._entries].double().tolist())

    def content(self) -> dict[str, Any]:
        numbers = {"before": self._before, "gradients": self._gradients, "after": self._after}
        coded = {name: base64.b64encode(values.tobytes()).decode() for name, values in numbers.items()}
        return {"shape": list(self._parameter.shape), "entries": len(self._entries), **coded}


class Recorder:
    """Listens to every optimizer and every module of this process."""

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._examples = 0
        self._largest_batch = 0
        self._leftovers = 0
        self._first_optimizer: Any = None
        self._traces: list[_Trace] = []
        self._traced = 0
        self._depth = 0
        self._latest_output = 0
        self._parameters: list[Any] = []
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
            "traces": [trace.content() for trace in self._traces],
            **_gpu(),
        }
        with suppress(OSError), os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)

    # Modules: only the outermost call counts, which is that of the whole network.

    def _enter(self, *_: Any) -> None:
        self._depth += 1

    def _leave(self, _module: Any, _inputs: Any, output: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and getattr(output, "requires_grad", False) and output.ndim > 1:
            self._latest_output += 1
            number, examples = self._latest_output, len(output)
            with suppress(Exception):
                output.register_hook(lambda _: self._begin_backward(number, examples))

    def _begin_backward(self, number: int, examples: int) -> None:
        """Hear that a gradient flows back through an output; those of the parameters are still what they were."""
        if number == self._latest_output:
            self._examples += examples
            self._largest_batch = max(self._largest_batch, examples)
        if self._has_stepped and sum(self._steps.values()) <= _CHECKED_STEPS:
            self._leftovers += _any_gradient(self._parameters)
        self._has_stepped = False

    # Optimizers.

    def _begin_step(self, optimizer: Any) -> None:
        self._parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        if self._first_optimizer is None:
            self._first_optimizer = optimizer
            self._traces = [_Trace(parameter) for parameter in self._parameters[:TRACED_TENSORS]]
        if optimizer is self._first_optimizer and self._traced < TRACED_STEPS:
            for trace in self._traces:
                trace.begin()

    def _end_step(self, optimizer: Any) -> None:
        name = type(optimizer).__name__
        self._steps[name] = self._steps.get(name, 0) + 1
        self._has_stepped = True
        if optimizer is self._first_optimizer and self._traced < TRACED_STEPS:
            self._traced += 1
            for trace in self._traces:
                trace.end()


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
