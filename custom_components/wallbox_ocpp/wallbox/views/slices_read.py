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

    __slots__ = ("slices_read",)

    slices_read: set[str]

    def __init__(self, state: ChargerState) -> None:
        """Begin as one of which nothing has been read."""
        for name in ALL:
            object.__setattr__(self, name, getattr(state, name))
        object.__setattr__(self, "slices_read", set())

    @override
    def __getattribute__(self, name: str) -> Any:
        if name in ALL:
            self.slices_read.add(name)
        return object.__getattribute__(self, name)


def changed(before: ChargerState, after: ChargerState) -> Slices:
    """Return the slices that are other objects in a later state."""
    return {name for name in ALL if getattr(after, name) is not getattr(before, name)}
