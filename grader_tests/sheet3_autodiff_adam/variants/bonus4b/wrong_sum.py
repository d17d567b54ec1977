"""The constants are added.

Loses: test_bound_of_a_network, test_bound_grows_exponentially
"""


def network_bound(lipschitz_fs):
    return 1 + sum(lipschitz_fs)
