"""The sandbox: how a process is locked in, watched and ended. Used on the trusted side, and by the child in its first
steps.
"""
