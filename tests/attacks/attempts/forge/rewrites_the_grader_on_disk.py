"""Overwrites the grader, the package it runs with, and Python's own libraries.

Must not: change a file outside its own folders, or earn points.
Stopped by: the private root folder is read-only and holds neither graders nor the grading side of the package.
"""

# %% ex1_code
import glob, os, numpy, json

targets = json.load(open("targets.json"))
for path in [
    numpy.__file__,
    os.__file__,
    *glob.glob("/opt/sheetgrader/**/*.py", recursive=True),
    *glob.glob(targets["course"] + "/**/*.py", recursive=True),
]:
    try:
        with open(path, "a") as file:
            file.write("print('changed')")
        print("SUCCEEDED", path)
    except OSError as error:
        print(error.strerror)
