"""Energy and cost of the current month: the sessions in it, each by the part that flowed in it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from .charging_session import Charge, ChargingSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What sessions came to since a month began."""

    since: datetime
    """The beginning of the month, by the clock of the home."""
    energy: float = 0.0
    """Wh."""
    cost: float | None = None
    """In the currency of the home; None if no price is known."""

    def plus(self, sessions: Iterable[ChargingSession]) -> Self:
        """Return the month with these sessions as well."""
        month = self
        for session in sessions:
            share = _share(session, self.since)
            if not share:
                continue
            cost = month.cost
            if session.cost is not None:
                cost = (cost or 0.0) + share * session.cost
            energy = month.energy + share * (session.energy or 0.0)
            month = replace(month, energy=energy, cost=cost)
        return month


def _share(session: ChargingSession, since: datetime) -> float:
    """Return how much of a session's energy flowed since a moment: 0 to 1.

    Energy is taken to flow evenly within each charge.
    """
    until = session.ended or session.read
    if session.energy is None or until is None or until <= since:
        return 0.0
    began = session.started or until
    if began >= since:
        return 1.0
    charges = session.charges or (Charge(began, until, session.energy),)
    total = sum(charge.energy for charge in charges)
    if total <= 0:
        return 0.0
    return sum(_energy_since(charge, since, until) for charge in charges) / total


def _energy_since(charge: Charge, since: datetime, until: datetime) -> float:
    ended = charge.ended or until
    if charge.began >= since:
        return charge.energy
    if ended <= since:
        return 0.0
    return charge.energy * ((ended - since) / (ended - charge.began))
