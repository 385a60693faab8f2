"""The outcome of a message of a charger."""

from dataclasses import dataclass

from ...csms.requests import OcppPayload
from ..model.events import Event
from ..state import ChargerState


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new state and the answer, and what the shell has to do with them."""

    state: ChargerState
    answer: OcppPayload
    events: tuple[Event, ...] = ()
    durable: bool = False
    """The state must be on disk before the answer is sent."""
    urgent: bool = False
    """Entities are updated at once, and not at most once a second as with measurements."""
