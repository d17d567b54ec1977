"""The csv module, Python's random, and nested lists."""

import csv
import random


def load_and_split(path, seed):
    with open(path, newline="") as file:
        rows = [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]
    random.Random(seed).shuffle(rows)
    test, train = rows[:334], rows[334:]
    return [[x] for x, _ in train], [[y] for _, y in train], [[x] for x, _ in test], [[y] for _, y in test]
