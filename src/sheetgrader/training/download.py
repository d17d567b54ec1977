"""Data sets that are not there yet are downloaded by torchvision, where there is a network."""

from __future__ import annotations

from pathlib import Path

from sheetgrader.errors import UsageError
from sheetgrader.inside import torchvision_operators
from sheetgrader.training.data import ImageData, is_there
from sheetgrader.training.plan import TrainingPlan
from sheetgrader.training.work import data_sets, read_data


def available_data(plan: TrainingPlan, root: Path, *, is_named: bool) -> dict[str, ImageData]:
    """Return the data sets of images that the plan's runs use, by name.

    Args:
        plan: of the sheet.
        root: folder with the data sets.
        is_named: it was named for this very run; then what is not in it is a mistake, and nothing is downloaded.

    Raises:
        UsageError: one is missing or damaged, and cannot be downloaded.
    """
    if is_named and not root.is_dir():
        raise UsageError(
            f"{root} is no folder; name one that holds {', '.join(data_sets(plan)) or 'the data'} as torchvision"
            " downloads it with --data"
        )
    if not is_named:
        for name in data_sets(plan):
            if not is_there(root, name):
                _download(root, name)
    return read_data(plan, root)


def _download(root: Path, name: str) -> None:
    torchvision_operators.install()
    import torchvision.datasets  # it comes with the extra `ml`

    try:
        getattr(torchvision.datasets, name)(str(root), train=True, download=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"{name} is not in {root} and cannot be downloaded ({reason}); name a folder that holds it with --data DIR"
        ) from None
