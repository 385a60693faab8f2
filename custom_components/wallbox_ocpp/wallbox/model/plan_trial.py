"""The trial of a plan: whether a charger follows limits one after the other, seen at a charging car."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from .charging_profiles import Dialect
from .meter import Readings

LEAST_DRAWN: Final = 8
"""Amps that the car has to draw: with `LESS`, it still gets the least that it can."""
LESS: Final = 2
"""Amps by which it gets less for a while."""
LOWERED_AFTER: Final = timedelta(seconds=20)
LOWERED_FOR: Final = timedelta(seconds=30)


class Following(StrEnum):
    """What a charger makes of limits one after the other."""

    FOLLOWED = "followed"
    IGNORED = "ignored"
    """The current of the car did not go down and up as they said."""
    REFUSED = "refused"
    """It did not accept them."""
    TOO_LITTLE = "too_little"
    """It was not tried, because the car draws too little."""
    UNCLEAR = "unclear"
    """It could not be tried, or the current of the car does not tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanTrial:
    """A profile with three limits that the charger was sent: as before, less, and as before."""

    dialect: Dialect
    low: int
    """The limit while it is less."""
    low_at: datetime
    back_at: datetime
    accepted: bool = False
    fell: bool = False
    """The car drew less when it should."""
    stayed: bool = False
    """The car drew as before when it should draw less."""
    readings: Readings | None = None
    """The readings at the latest look."""
    read_at: datetime | None = None
    """When a look found the current read anew."""
