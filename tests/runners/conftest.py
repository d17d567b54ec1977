"""Jobs of small trainings, as the tests of training have them."""

from __future__ import annotations

from ..training.conftest import data_root as data_root
from ..training.conftest import images as images
from ..training.conftest import make_job as make_job
from ..training.conftest import reference_script as reference_script
