from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sheetgrader.kernels.launcher import SandboxedKernel

#: A package that fails as torchvision does where its compiled library does not load, and one that needs no help.
_UNMATCHED = """
import torch
import torchvision.half
torch.library.register_fake("torchvision::nms")(lambda *arguments: None)
torch.library.register_fake("torchvision::qnms")(lambda *arguments: None)
"""
_MATCHING = """
from torch.library import Library
library = Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(f"{name}(Tensor boxes) -> Tensor")
"""
_ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import torch
from sheetgrader.inside import torchvision_operators
torchvision_operators.install()
torchvision_operators.install()
import torchvision
schema = torch.ops.torchvision.nms.default._schema
print(schema, sys.meta_path[0] is not sys.meta_path[1], len(torchvision_operators._libraries))
"""


def make_package(folder: Path, text: str) -> Path:
    package = folder / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(text)
    (package / "half.py").write_text("")
    return folder


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", *arguments], capture_output=True, text=True, check=False)


def test_missing_operators_are_declared_when_an_import_needs_them(tmp_path):
    done = run(_ASK, str(make_package(tmp_path, _UNMATCHED)))
    assert (
        done.stdout.strip() == "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor True 1"
    ), done.stderr


def test_operators_that_are_there_are_left_alone(tmp_path):
    done = run(_ASK, str(make_package(tmp_path, _MATCHING)))
    assert done.stdout.strip() == "torchvision::nms(Tensor boxes) -> Tensor True 0", done.stderr


@pytest.mark.parametrize("text", ["import not_installed_anywhere", "raise RuntimeError('of another kind')"])
def test_other_failures_stay_as_they_are(tmp_path, text):
    done = run(_ASK, str(make_package(tmp_path, text)))
    assert done.stderr.strip().splitlines()[-1] in (
        "ModuleNotFoundError: No module named 'not_installed_anywhere'",
        "RuntimeError: of another kind",
    )


def test_the_installed_torchvision_can_be_used_in_a_kernel(kernel: SandboxedKernel, ask):
    code = (
        "import torch\nfrom torchvision.transforms import ToPILImage, ToTensor\nanswer ="
        " ToTensor()(ToPILImage()(torch.ones(1, 2, 2))).sum().item()"
    )
    assert ask(kernel, code) == 4.0
