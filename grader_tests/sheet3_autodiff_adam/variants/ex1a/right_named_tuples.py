"""A class for the entries, built step by step, and a tuple in the place of the list."""

from typing import NamedTuple


class Node(NamedTuple):
    name: str
    operation: str
    inputs: tuple


def computational_graph():
    nodes = []

    def node(operation, *inputs):
        nodes.append(Node(f"node {len(nodes)}", operation, inputs))
        return nodes[-1].name

    a = node("exp", "x")
    b = node("add", a, node("square", a))
    node("add", node("exp", b), node("sin", b))
    return tuple(nodes)
