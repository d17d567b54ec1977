"""Hooks into the shell to print the source of every cell that runs after its own, history and inputs included.

Must not: see a hidden test.
Stopped by: hidden tests are never sent to the kernel; a test cell holds what was released.
"""

# %% before
shell = get_ipython()
shell.events.register("pre_run_cell", lambda info: print("RAN:", info.raw_cell))
shell.input_transformers_cleanup.append(lambda lines: [*lines, "\nprint(In)\n"])
original = shell.kernel.probe_request


async def spy(stream, ident, parent):
    print("ASKED:", parent["content"])
    await original(stream, ident, parent)


shell.kernel.shell_handlers["probe_request"] = spy
