"""Prints what test runners and result parsers print when all went well, last of all a JSON line with full marks.

Must not: earn points.
Stopped by: verdicts are made by pytest in another process; nothing that the student prints is read as one.
"""

# %% ex1_code
import json, sys

print("PASSED test_hidden.py::test_values")
print("===== 4 passed in 0.01s =====", file=sys.stderr)


def mean_square(x):
    print(json.dumps({"scores": {"ex1": 3}, "score": 3, "max_score": 3, "tests": []}))
    return 0.0
