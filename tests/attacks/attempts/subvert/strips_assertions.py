"""Installs an AST transformer that takes every ``assert`` out of what runs later, and replaces ``compile`` and ``exec``.

Must not: earn points.
Stopped by: hidden tests are not run in the student's kernel.
"""

# %% before
import ast, builtins


class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()


get_ipython().ast_transformers.append(Strip())


def harmless(*arguments, **keywords):
    return None


builtins.exec = harmless
