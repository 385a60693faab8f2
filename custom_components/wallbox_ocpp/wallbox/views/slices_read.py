"""Which slices of the state a view depends on: those that it has read."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, override

from ..state import ChargerState

type Slices = Mapping[str, object]
"""Slices of a state, by name."""

_SLICES: Final = frozenset(field.name for field in fields(ChargerState))


class NotingState(ChargerState):
    """A state that notes which of its slices are read.

    What a function returns that reads nothing else is the same as long as these are the same
    objects, because it goes the same way through them.
    """

    __slots__ = ("slices_read",)

    slices_read: dict[str, object]

    def __init__(self, state: ChargerState) -> None:
        """Begin as one of which nothing has been read."""
        for name in _SLICES:
            object.__setattr__(self, name, getattr(state, name))
        object.__setattr__(self, "slices_read", {})

    @override
    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if name in _SLICES:
            self.slices_read[name] = value
        return value


def are_in(slices: Slices, state: ChargerState) -> bool:
    """Return whether a state has these slices, as the same objects."""
    return all(getattr(state, name) is value for name, value in slices.items())
