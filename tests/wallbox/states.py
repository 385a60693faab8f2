"""States of a charger, built from single fields, wherever they stand."""

from dataclasses import fields, replace
from functools import cache
from typing import Any, Final

from mashumaro.codecs.json import JSONDecoder, JSONEncoder

from custom_components.wallbox_ocpp.wallbox.model.link import Presence
from custom_components.wallbox_ocpp.wallbox.state import ChargerState

_SLICES: Final = [field.name for field in fields(ChargerState)]
_SLICE_OF: Final = {
    field.name: slice_name
    for slice_name in _SLICES
    for field in fields(getattr(ChargerState(), slice_name))
}


def a_state(**changes: Any) -> ChargerState:
    """Return a state with these fields."""
    return changed(ChargerState(), **changes)


def changed(state: ChargerState, **changes: Any) -> ChargerState:
    """Return a state with other values in these fields, or with these slices.

    What was read of the configuration also tells what the charger is capable of.
    """
    for name, value in changes.items():
        match name:
            case "connected":
                presence = Presence.CONNECTED if value else Presence.AWAY
                state = changed(state, presence=presence)
            case "rebooting" if value:
                state = replace(state, link=state.link.going_down())
            case "configuration":
                state = replace(state, settings=state.settings.read(value))
            case _ if name in _SLICES:
                state = replace(state, **{name: value})
            case _:
                slice_name = _SLICE_OF[name]
                part = replace(getattr(state, slice_name), **{name: value})
                state = replace(state, **{slice_name: part})
    return state


def restored[T](value: T) -> T:
    """Return a value after its way to the disk and back."""
    kind: Any = type(value)
    encoder, decoder = _codec(kind)
    back: T = decoder.decode(encoder.encode(value))
    return back


@cache
def _codec(kind: Any) -> tuple[JSONEncoder[Any], JSONDecoder[Any]]:
    return JSONEncoder(kind), JSONDecoder(kind)
