"""Writes results.json, a grade book and autograded notebooks wherever a grader might look for them, and makes them read-only.

Must not: earn points.
Stopped by: results never lie where student code runs; its only writable folders are its own and vanish with it.
"""

# %% ex1_code
import os, json

targets = json.load(open("targets.json"))
places = [
    "results.json",
    "/autograder/results/results.json",
    "/tmp/results.json",
    "/grade/results/results.json",
    "gradebook.db",
    targets["course"] + "/gradebook.db",
    targets["course"] + "/autograded/forge/attacked/attacked.ipynb",
    "attacked.ipynb",
]
for place in places:
    try:
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        with open(place, "w") as file:
            file.write(json.dumps({"score": 7, "points": 7}))
        os.chmod(place, 0o444)
        print("wrote", place)
    except OSError as error:
        print("refused", place, error.strerror)
