"""What a Wallbox is and does: pure functions and frozen dataclasses.

No input or output, no clock, no Home Assistant: a message and the time go in, the new state and
what happened come out.
"""
