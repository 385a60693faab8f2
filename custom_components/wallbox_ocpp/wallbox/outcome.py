"""What a message of a charger leads to."""

from dataclasses import dataclass

from ..csms.requests import Vocabulary
from .model.events import Happening
from .state import ChargerState


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message leads to: the new state, the answer, and what happened."""

    state: ChargerState
    answer: Vocabulary
    happenings: tuple[Happening, ...] = ()
