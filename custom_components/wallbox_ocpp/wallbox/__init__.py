"""The pure core: the state of a Wallbox, as frozen dataclasses and functions on them.

No input or output, no clock, no Home Assistant: a message and the time go in, the new state and
events come out.
"""
