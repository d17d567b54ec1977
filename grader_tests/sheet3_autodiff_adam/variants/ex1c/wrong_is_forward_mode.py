"""Another name for forward mode.

Loses: test_reverse_mode_carries_adjoints_back
"""

reverse_mode = forward_mode
