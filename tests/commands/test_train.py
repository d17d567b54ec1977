"""``sheetgrader train`` by its command line: what it is given wrongly is told in a sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sheetgrader.training.evidence.small_data import FASHION_MNIST, make_small_data

ROOT = Path(__file__).parents[2]
SHEET = "sheet1_basics"
SCRIPT = "train_fashion_mnist.py"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name in ("source", "solutions"):
        shutil.copytree(ROOT / name / SHEET, tmp_path / name / SHEET)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    make_small_data(2, train=500, test=150).write(tmp_path / "data", name=FASHION_MNIST)
    return tmp_path


def _train(course: Path, *options: str, sheet: str = SHEET) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("sheetgrader")), "train", sheet, *options]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=300, check=False)


def test_the_reference_reaches_what_it_must(course: Path) -> None:
    done = _train(course, "--budget", "quick", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["device"] == "cpu"
    assert report["data"] == [{"name": FASHION_MNIST, "size": "small", "train": 500, "test": 150}]
    assert len(report["runs"][0]["curves"]["train_loss"]) == 10
    assert (course / "reports" / SHEET / "training/reference-quick-cpu.png").exists()


def test_a_group_s_script_is_run_and_its_mistake_told(course: Path) -> None:
    folder = course / "submitted/noether" / SHEET
    folder.mkdir(parents=True)
    text = (course / "solutions" / SHEET / SCRIPT).read_text()
    (folder / SCRIPT).write_text(text.replace("        optimizer.zero_grad()\n", ""))
    done = _train(course, "--budget", "quick", "--submission", "noether")
    assert done.returncode == 1
    assert "call optimizer.zero_grad()" in " ".join(done.stdout.split())
    assert (course / "reports" / SHEET / "training/noether-quick-cpu.json").exists()


def test_a_run_without_a_sandbox_says_so(course: Path) -> None:
    done = _train(course, "--budget", "quick", "--isolation", "process", "--json")
    assert json.loads(done.stdout)["isolation"] == "process"
    assert "--isolation process" in done.stderr


def _nothing(course: Path) -> None:
    """Leave the course as it is."""


def _damage(course: Path) -> None:
    path = course / "data/FashionMNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:1000])


def _hand_in_without_the_script(course: Path) -> None:
    (course / "submitted/noether" / SHEET).mkdir(parents=True)


@pytest.mark.parametrize(
    ("prepare", "options", "message"),
    [
        (_nothing, ("--data", "nowhere"), "nowhere is no folder"),
        (_nothing, ("--data", "source"), "holds no train-images-idx3-ubyte"),
        (_damage, (), "train-images-idx3-ubyte is damaged"),
        (_nothing, ("--runner", "gone"), "there is no runner 'gone'"),
        (_nothing, ("--submission", "noether"), "nobody has handed in"),
        (_hand_in_without_the_script, ("--submission", "noether"), f"holds no {SCRIPT}"),
    ],
)
def test_bad_input_is_told_in_a_sentence(course: Path, prepare: object, options: tuple[str, ...], message: str) -> None:
    assert callable(prepare)
    prepare(course)
    done = _train(course, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine has a GPU")
def test_no_gpu_is_told_in_a_sentence(course: Path) -> None:
    done = _train(course, "--device", "cuda")
    assert done.returncode == 2
    assert "--device cuda: this machine has no NVIDIA GPU" in done.stderr


def test_a_sheet_without_training_is_told_in_a_sentence(course: Path) -> None:
    (course / "solutions" / SHEET / "training.toml").unlink()
    done = _train(course)
    assert done.returncode == 2
    assert "has no training to check" in done.stderr


def test_checks_for_other_data_are_named_as_left_out(course: Path) -> None:
    done = _train(course, "--budget", "quick")
    assert done.returncode == 0, done.stderr
    assert (
        "Left out, as meant for the official data set: it recognises at least 80 % of the official test images."
        in done.stdout
    )


def test_results_are_shown_where_they_cannot_be_written(course: Path) -> None:
    (course / "reports").write_text("no folder")
    done = _train(course, "--budget", "quick", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["runs"][0]["metrics"]["train_accuracy"] > 0
    assert "reference-quick-cpu.json cannot be written" in " ".join(done.stderr.split())
