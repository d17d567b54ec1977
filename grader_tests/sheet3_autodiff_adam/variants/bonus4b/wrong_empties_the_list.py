"""Takes the constants out of the list that belongs to the caller.

Loses: test_bound_changes_nothing_in_place
"""


def network_bound(lipschitz_fs):
    bound = 1.0
    while lipschitz_fs:
        bound *= 1 + lipschitz_fs.pop()
    return bound
