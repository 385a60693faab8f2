"""Unattended energy: energy that flowed in an offline period although it was not allowed to.

The lifetime register before and after each offline period is compared. It is the proof that the
offline fix works. For what counts as allowed, see `cause`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from .charging_plan import ChargingPlan
from .charging_session import ChargingSession, StartedBy
from .register import ROUNDING

NOTICEABLE: Final = 100.0
"""Wh from which on it is reported. A charger may deliver less in the 16 s until it follows a pause
and sends the first reading after it."""


class Cause(StrEnum):
    """Why no energy should have flowed."""

    PAUSED = "paused"
    """Charging was switched off."""
    LOCKED = "locked"
    """The charger was locked, and the session was not started with a valid card."""
    START = "start"
    """The settings forbid that a session starts offline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfflinePeriod:
    """A period without readings, from the last before a disconnect to the first after it."""

    since: datetime
    register: float | None
    """The lifetime register at the last reading before it, in Wh."""
    wanted: bool
    """Charging was allowed."""
    unread: float = 0.0
    """Wh that may have flowed between that reading and the beginning."""
    told: float = 0.0
    """Wh of it that have been reported already."""
    newcomers: Cause | None = None
    """Why a session that begins in it must not charge; None if it may."""
    plan: ChargingPlan | None = None
    """When charging was allowed, with amps; None if it was for the whole of it."""

    @property
    def begins_at(self) -> float | None:
        """The lifetime register when it began, in Wh; less if not so much had flowed unread."""
        return None if self.register is None else self.register + self.unread


@dataclass(frozen=True, kw_only=True, slots=True)
class Unattended:
    """Unattended energy in Wh, and when it flowed."""

    since: datetime
    until: datetime
    energy: float
    cause: Cause = Cause.PAUSED


def widened(
    period: OfflinePeriod | None,
    now: datetime,
    register: float | None,
    *,
    unread: float,
    wanted: bool,
    newcomers: Cause | None = None,
    plan: ChargingPlan | None = None,
) -> OfflinePeriod:
    """Begin an offline period, or extend the present one."""
    if period is None:
        return OfflinePeriod(
            since=now,
            register=register,
            unread=unread,
            wanted=wanted,
            newcomers=newcomers,
            plan=plan,
        )
    same = plan is not None and period.plan and plan == period.plan.from_now_on(now)
    # In doubt, energy counts as allowed: an alarm must be true.
    return replace(
        period,
        wanted=period.wanted or wanted,
        newcomers=newcomers and period.newcomers,
        plan=period.plan if same or not wanted else None,
    )


def cause(period: OfflinePeriod, session: ChargingSession) -> Cause | None:
    """Return why a session must not charge in an offline period; None if it may."""
    if not period.wanted:
        return Cause.PAUSED
    if not session.began_offline or _is_known(session):
        return None
    # One of an earlier offline period has been decided on since then.
    refused = session.refused and period.newcomers is Cause.LOCKED
    return period.newcomers if refused or _began_in(period, session) else None


def closed(
    period: OfflinePeriod,
    register: float,
    sessions: Iterable[ChargingSession],
    now: datetime,
) -> Unattended | None:
    """Return the unattended energy of an offline period, from the first reading after it, if any."""
    energy = sum(unattended_in(session, period, register) for session in sessions)
    if not period.wanted and period.begins_at is not None:
        energy = max(energy, register - period.begins_at)
    if period.wanted and period.plan and period.begins_at is not None:
        allowed = period.plan.energy(period.since, now)
        energy = max(energy, register - period.begins_at - allowed)
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
    """Return the unattended energy of a session, in Wh.

    It is open after the offline period, or has ended in it; ``register`` is the lifetime register
    then.
    """
    if session.meter_start is None or (session.ended or period.since) < period.since:
        return 0.0
    if cause(period, session) is None:
        return 0.0
    if period.begins_at is not None:
        # One that began in an earlier offline period has been counted for that.
        known = period.register if session.began_offline else period.begins_at
        begin = max(session.meter_start, known or 0.0)
    elif session.began_offline and not _is_known(session):
        begin = session.meter_start
    else:
        return 0.0
    end = register if session.ended is None else session.meter_last or register
    return max(round(end - begin, 1), 0.0)


def _began_in(period: OfflinePeriod, session: ChargingSession) -> bool:
    """Return whether a session began in an offline period, and not in an earlier one, by the meter."""
    if period.register is None or session.meter_start is None:
        return True
    return session.meter_start > period.register - ROUNDING


def _is_known(session: ChargingSession) -> bool:
    """Return whether a session was started by a known card, or from Home Assistant."""
    if session.started_by is StartedBy.HOME_ASSISTANT:
        return True
    return session.who is not None and not session.refused
