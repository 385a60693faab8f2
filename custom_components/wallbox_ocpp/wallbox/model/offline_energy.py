"""What a charger did while nobody watched: the proof of the offline fix that an owner can see.

The lifetime meter before and after each time without the charger is compared. Energy counts as
unattended if its owner had not allowed it, see `cause`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from mashumaro import DataClassDictMixin

from .charging_session import ChargingSession, StartedBy

NOTICEABLE: Final = 100.0
"""Wh that are not worth a word: what a charger delivers in the 16 s until a pause, and the first
reading after it, have come through."""


class Cause(StrEnum):
    """Why energy should not have flowed."""

    PAUSED = "paused"
    """Charging was switched off."""
    LOCKED = "locked"
    """The charger was locked, and nobody with a card that may charge was there."""
    START = "start"
    """The settings say that nothing starts without a connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflinePeriod(DataClassDictMixin):
    """A time without the charger that no reading has ended yet."""

    since: datetime
    register: float | None
    """The lifetime meter by then, in Wh."""
    wanted: bool
    """Charging was allowed."""
    told: float = 0.0
    """Wh of it that people have been told of."""
    newcomers: Cause | None = None
    """Why a car that came meanwhile was to get nothing; None if it was welcome."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unattended(DataClassDictMixin):
    """Energy in Wh that flowed while nobody watched and nobody wanted it."""

    since: datetime
    until: datetime
    energy: float
    cause: Cause = Cause.PAUSED


def widened(
    period: OfflinePeriod | None,
    now: datetime,
    register: float | None,
    *,
    wanted: bool,
    newcomers: Cause | None = None,
) -> OfflinePeriod:
    """Begin an offline period, or go on with one that no reading has ended."""
    if period is None:
        return OfflinePeriod(
            since=now, register=register, wanted=wanted, newcomers=newcomers
        )
    # With any doubt, energy is taken as wanted: an alarm must be true.
    return replace(
        period,
        wanted=period.wanted or wanted,
        newcomers=newcomers and period.newcomers,
    )


def cause(period: OfflinePeriod, session: ChargingSession) -> Cause | None:
    """Say why a session should not have charged in an offline period; None if it was allowed."""
    if not period.wanted:
        return Cause.PAUSED
    known = _is_known(session)
    return period.newcomers if session.began_offline and not known else None


def closed(
    period: OfflinePeriod,
    register: float,
    sessions: Iterable[ChargingSession],
    now: datetime,
) -> Unattended | None:
    """Judge an offline period by the first reading after it; None if nothing is amiss."""
    energy = sum(unattended_in(session, period, register) for session in sessions)
    if not period.wanted and period.register is not None:
        energy = max(energy, register - period.register)
    if energy < NOTICEABLE:
        return None
    return Unattended(
        since=period.since,
        until=now,
        energy=round(energy, 1),
        cause=period.newcomers if period.wanted and period.newcomers else Cause.PAUSED,
    )


def unattended_in(
    session: ChargingSession, period: OfflinePeriod, register: float
) -> float:
    """Return the Wh of a session that nobody attended to.

    Args:
        session: One that is open after the offline period, or ended in it.
        period: The time without the charger.
        register: The lifetime meter after the offline period, or at the end of the session.
    """
    if session.meter_start is None or (session.ended or period.since) < period.since:
        return 0.0
    if cause(period, session) is None:
        return 0.0
    known = _is_known(session)
    if session.began_offline and not known:
        begin = session.meter_start
    elif period.register is not None:
        begin = max(session.meter_start, period.register)
    else:
        return 0.0
    end = register if session.ended is None else session.meter_last or register
    return max(round(end - begin, 1), 0.0)


def _is_known(session: ChargingSession) -> bool:
    """Say whether somebody has begun a session who may: with a card, or here."""
    if session.started_by is StartedBy.HOME_ASSISTANT:
        return True
    return session.who is not None and not session.refused
