"""Block after block, by recursion over block_bound."""


def network_bound(lipschitz_fs):
    if not lipschitz_fs:
        return 1
    *others, last = lipschitz_fs
    return block_bound(last) * network_bound(others)
