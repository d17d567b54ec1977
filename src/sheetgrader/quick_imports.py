"""Makes importing nbformat and nbgrader fast; imported before either of them.

jsonschema's format checkers import ``rfc3987_syntax``, which builds a parser for internationalised web addresses for
two seconds. Notebooks and nbgrader's metadata have no such field, and jsonschema does without the package where it is
not installed: so it looks uninstalled here.
"""

from __future__ import annotations

import sys

# None is how Python itself marks a module as not to be imported.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
