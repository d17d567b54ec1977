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
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, Self

#: Optimizers, steps and tensors of each whose numbers are kept, and numbers of each tensor.
TRACED_OPTIMIZERS: Final = 3
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
        # A step that did not come to its end left a row of its own.
        del self._before[len(self._after) :]
        self._append(self._before, self._parameter)

    def end(self) -> None:
        # Only now: a step that is given a closure computes its gradient itself.
        gradient = self._parameter.grad
        self._append(self._gradients, self._parameter.new_zeros(()).expand_as(self._parameter) if gradient is None else gradient)
        self._append(self._after, self._parameter)

    def _append(self, numbers: array[float], tensor: Any) -> None:
        numbers.extend(tensor.detach().reshape(-1)[self._entries].double().tolist())

    def content(self) -> dict[str, Any]:
        numbers = {"before": self._before[: len(self._after)], "gradients": self._gradients, "after": self._after}
        coded = {name: base64.b64encode(values.tobytes()).decode() for name, values in numbers.items()}
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
            "traces": [{"optimizer": number, **trace.content()} for number, watched in enumerate(self._watched.values()) for trace in watched.traces],
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
