"""Replaces the probe's namespace by one that answers every question with what the reference would give for small inputs.

Must not: earn points.
Stopped by: whatever answers, only right numbers for random inputs earn points.
"""

# %% ex1_code
import gc
from sheetgrader.inside.probing import Namespace

for thing in gc.get_objects():
    if type(thing) is Namespace:
        thing.answer = lambda request, buffers: (
            {"status": "ok", "value": {"$": "float", "hex": "0x1p+0"}, "seconds": 0.0, "changed_arguments": [], "warnings": []},
            [],
        )
