"""Patches pytest's reports and calls so that every test passes.

Must not: earn points.
Stopped by: the pytest that judges runs in another process.
"""

# %% ex1_code
import _pytest.runner, _pytest.python, _pytest.reports

_pytest.runner.CallInfo.from_call = classmethod(lambda cls, func, when, reraise=None: cls(None, None, 0, 0, 0, when, _ispytest=True))
_pytest.python.Function.runtest = lambda self: None
_pytest.reports.TestReport.outcome = "passed"
_pytest.reports.TestReport.passed = True
