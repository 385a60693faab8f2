"""What a message of a charger leads to."""

from dataclasses import dataclass

from ...csms.requests import OcppPayload
from ..model.events import Event
from ..state import ChargerState


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message leads to: the new state, the answer, and what happened."""

    state: ChargerState
    answer: OcppPayload
    events: tuple[Event, ...] = ()
