"""Which slices of the state a view depends on: those that it has read."""

from dataclasses import fields
from typing import Any, Final, override

from ..state import ChargerState

type Slices = frozenset[str] | set[str]
"""Slices of a state, by name."""

ALL: Final = frozenset(field.name for field in fields(ChargerState))


class NotingState(ChargerState):
    """A state that notes which of its slices are read.

    What a function returns that reads nothing else is the same as long as these are the same
    objects, because it goes the same way through them.
    """

    __slots__ = ("slices_read", "state")

    slices_read: set[str]
    state: ChargerState
    """The state itself, which has the slices."""

    def __init__(self, state: ChargerState) -> None:
        """Begin as one of which nothing has been read."""
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "slices_read", set())

    @override
    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__
        if name not in ALL:
            return own(self, name)
        own(self, "slices_read").add(name)
        return getattr(own(self, "state"), name)


def changed(before: ChargerState, after: ChargerState) -> Slices:
    """Return the slices that are other objects in a later state."""
    return {name for name in ALL if getattr(after, name) is not getattr(before, name)}
