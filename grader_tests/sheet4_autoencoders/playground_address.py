"""The configuration in an address of the TensorFlow playground: what stands behind ``#``, read as the playground reads
it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from sheetgrader import Wrong

ACTIVATIONS: Final = ("tanh", "relu", "sigmoid", "linear")
DATA_SETS: Final = ("circle", "xor", "gauss", "spiral")
REGULARIZATIONS: Final = ("none", "L1", "L2")
#: What the playground can compute from a point, by the names that addresses have for it.
FEATURES: Final = ("x", "y", "xSquared", "ySquared", "xTimesY", "sinX", "sinY")

#: The playground's page offers no larger networks and batches.
MOST_LAYERS: Final = 6
MOST_NEURONS: Final = 8
LARGEST_BATCH: Final = 30
#: The slider ends at 50, but an address may ask for so much.
MOST_NOISE: Final = 80
_POSSIBLE_SIZES: Final = frozenset(map(str, range(1, MOST_NEURONS + 1)))
_LONGEST_ADDRESS: Final = 10_000


@dataclass(frozen=True)
class Configuration:
    """A run of the playground; the defaults are the playground's own."""

    activation: str = "tanh"
    regularization: str = "none"
    regularization_rate: float = 0.0
    batch_size: int = 10
    dataset: str = "circle"
    learning_rate: float = 0.03
    #: In percent, as the slider shows it.
    noise: float = 0.0
    #: Neurons of the hidden layers.
    network_shape: tuple[int, ...] = (4, 2)
    #: Share of the points that the network is trained on, in percent.
    train_percent: float = 50.0
    features: tuple[str, ...] = ("x", "y")

    @property
    def penalty(self) -> str:
        """The regularization that has an effect: ``none`` where the rate is zero."""
        return self.regularization if self.regularization_rate > 0 else "none"


def read_configuration(address: object) -> Configuration:
    """Return the configuration that a student's ``address`` holds.

    Keys that are missing take the playground's defaults, and so do names that it does not know, exactly as when the
    address is opened. The configuration alone, without the address in front of ``#``, is read as well.

    Raises:
        Wrong: it is no text, no configuration of a classification problem, or one that the playground's page cannot
            have made.
    """
    if not isinstance(address, str):
        raise Wrong(
            "It is no text: the address of a run of the playground was asked for, in quotation marks.", value=address
        )
    if len(address) > _LONGEST_ADDRESS:
        raise Wrong("It is too long for an address of the playground.", value=address)
    text = address.strip()
    if text in ("", "#"):
        raise Wrong("It is empty: copy the whole address of your run, with everything behind the #.", value=address)
    entries = _entries(text)
    if entries.get("problem") == "regression":
        raise Wrong("It is the address of a regression problem; choose classification.", value=address)
    try:
        return _configuration(entries)
    except _UnusableError as error:
        raise Wrong(f"{error} Copy the address again from the playground.", value=address) from None


class _UnusableError(Exception):
    """A value that the playground's page cannot have written; its text is a sentence."""


def _entries(text: str) -> Mapping[str, str]:
    text = unquote(text)
    _, hash_sign, behind = text.partition("#")
    if not hash_sign:
        # An address without # opens the playground with its defaults; a bare configuration has no address in front of
        # it.
        behind = "" if "://" in text or "=" not in text else text
    pairs = (part.partition("=") for part in behind.split("&"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _configuration(entries: Mapping[str, str]) -> Configuration:
    default = Configuration()
    return Configuration(
        activation=_one_of(entries, "activation", ACTIVATIONS, default.activation),
        regularization=_one_of(entries, "regularization", REGULARIZATIONS, default.regularization),
        regularization_rate=_number(
            entries, "regularizationRate", default.regularization_rate, lambda rate: 0 <= rate <= 10
        ),
        batch_size=int(
            _number(
                entries, "batchSize", default.batch_size, lambda size: 1 <= size <= LARGEST_BATCH and size == int(size)
            )
        ),
        dataset=_one_of(entries, "dataset", DATA_SETS, default.dataset),
        learning_rate=_number(entries, "learningRate", default.learning_rate, lambda rate: 0 < rate <= 10),
        noise=_number(entries, "noise", default.noise, lambda noise: 0 <= noise <= MOST_NOISE),
        network_shape=_shape(entries, default.network_shape),
        train_percent=_number(entries, "percTrainData", default.train_percent, lambda percent: 10 <= percent <= 90),
        features=tuple(
            name
            for name in FEATURES
            if (entries.get(name) or ("true" if name in default.features else "false")) != "false"
        ),
    )


def _one_of(entries: Mapping[str, str], name: str, known: tuple[str, ...], default: str) -> str:
    value = entries.get(name, default)
    return value if value in known else default


def _number(entries: Mapping[str, str], name: str, default: float, is_possible: Callable[[float], bool]) -> float:
    text = entries.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not is_possible(value):
        raise _UnusableError(f"The playground offers no {name}={text[:40]}.")
    return value


def _shape(entries: Mapping[str, str], default: tuple[int, ...]) -> tuple[int, ...]:
    if "networkShape" not in entries:
        return default
    text = entries["networkShape"]
    if not text:
        return ()
    sizes = [size.strip() for size in text.split(",")]
    if len(sizes) > MOST_LAYERS or not all(size in _POSSIBLE_SIZES for size in sizes):
        raise _UnusableError(
            f"The playground offers no networkShape={text[:40]}, only up to {MOST_LAYERS} layers of 1 to {MOST_NEURONS}"
            " neurons."
        )
    return tuple(map(int, sizes))
