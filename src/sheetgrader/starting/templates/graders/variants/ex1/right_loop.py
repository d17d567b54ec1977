"""Computed number by number."""


def standardize(x):
    mean = sum(x) / len(x)
    deviation = (sum((number - mean) ** 2 for number in x) / len(x)) ** 0.5
    return [(number - mean) / (deviation or 1) for number in x]
