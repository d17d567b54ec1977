"""Hidden units exchanged; lists and a share of a third."""


def nonconvexity_witness():
    return [2, -1, 0.5, 1], [-1, 2, 1, 0.5], 1 / 3
