"""Small data, the reference script, and a way to run a script as ``sheetgrader train`` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.training.data import ImageData, read_images
from sheetgrader.training.evidence.small_data import FASHION_MNIST, MNIST, make_small_data
from sheetgrader.training.job import JobResult, TrainingJob, run_job
from sheetgrader.training.plan import Budget, RunPlan

ROOT = Path(__file__).parents[2]
SCRIPT = "train_fashion_mnist.py"

MakeJob = Callable[..., TrainingJob]
RunScript = Callable[..., JobResult]


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small data sets where torchvision looks for MNIST and Fashion-MNIST."""
    root = tmp_path_factory.mktemp("data")
    small = make_small_data(1, train=600, test=200)
    small.write(root, name=FASHION_MNIST)
    small.write(root, name=MNIST)
    return root


@pytest.fixture(scope="session")
def images(data_root: Path) -> ImageData:
    return read_images(data_root, FASHION_MNIST)


@pytest.fixture(scope="session")
def reference_script() -> str:
    """The reference solution of sheet 1, question 6."""
    return (ROOT / "solutions/sheet1_basics" / SCRIPT).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def make_job(images: ImageData) -> MakeJob:
    """Make the job of a script that classifies the small images, with SGD and two hidden layers."""

    def make(script: str, *, epochs: int = 5, seconds: float = 60.0) -> TrainingJob:
        plan = RunPlan(
            name="sgd",
            script=SCRIPT,
            epochs=dict.fromkeys(Budget, epochs),
            data=FASHION_MNIST,
            optimizer="SGD",
            weight_matrices=3,
            recompute_accuracies=True,
        )
        return TrainingJob(
            plan=plan,
            epochs=epochs,
            device="cpu",
            seconds=seconds,
            key=b"of the false labels" * 2,
            files={SCRIPT: script.encode()},
            images=images.files(),
        )

    return make


@pytest.fixture
def run_as_training(connection: ZygoteConnection, make_job: MakeJob) -> RunScript:
    """Run a script as the training of sheet 1, and return what it came to."""

    def run(script: str, **options: float) -> JobResult:
        return run_job(make_job(script, **options), connection, lambda *_: None)

    return run
