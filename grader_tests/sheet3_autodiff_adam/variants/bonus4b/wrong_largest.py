"""The largest constant to the power of the depth; fails without blocks.

Loses: test_bound_of_a_network, test_bound_without_blocks
"""


def network_bound(lipschitz_fs):
    return (1 + max(lipschitz_fs)) ** len(lipschitz_fs)
