"""Raises what it is asked for, reads it in its feedback, and hands in again with a table of right answers.

Must not: earn points.
Stopped by: another answer gets other inputs; those that were told are never asked for again.
"""

# %% ex1_code
TABLE = {}


def mean_square(x):
    key = " ".join(map(repr, x.tolist()))
    if key not in TABLE:
        raise ValueError(key)
    return TABLE[key]


# %% hand in again
import re

asked = {found for text in told for found in re.findall(r"ValueError: ([-+.e\d ]+)", text)}
assert asked
table = {key.strip(): sum(float(part) ** 2 for part in key.split()) / len(key.split()) for key in asked}
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "ex1_code":
        cell["source"] = "".join(cell["source"]).replace("TABLE = {}", f"TABLE = {table!r}")
