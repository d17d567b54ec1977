"""What the commands do, one module each; :mod:`sheetgrader.cli` reads their options and exits with what they return."""
