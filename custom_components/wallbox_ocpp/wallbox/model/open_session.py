"""Changes of the open session, and of the one before it, from readings and statuses."""

from dataclasses import replace
from datetime import datetime, timedelta

from . import charging_session
from .charging_session import (
    FADED,
    NOTHING_SPECIAL,
    ChargingSession,
    Circumstances,
    ShownEnd,
)
from .register import LEAP, RegisterReading
from .sessions import Ledger


def extend(
    ledger: Ledger,
    transaction_id: int | None,
    register: float,
    moment: datetime,
    how: Circumstances = NOTHING_SPECIAL,
) -> Ledger:
    """Add a reading of the lifetime register that is believed, in Wh, to the open session.

    If it says its transaction, that has to be the open one. It was read at a moment of the
    charger's clock.
    """
    if (session := ledger.running(transaction_id)) is None:
        return ledger
    new = charging_session.metered(session, moment, register, how)
    return ledger.replaced(session, new)


def begun_at(
    ledger: Ledger,
    transaction_id: int | None,
    register: float,
    moment: datetime,
    most_power: float,
) -> Ledger:
    """Correct the meterStart of the open session by the first reading of the register ever.

    It is as in `extend`. The charger can deliver ``most_power`` at most, in W.
    """
    session = ledger.running(transaction_id)
    if session is None or session.meter_start is None:
        return ledger
    begun = session.started or moment
    start = RegisterReading(raw=session.meter_start, read_at=begun)
    reading = RegisterReading(raw=register, read_at=moment)
    if start.leads_to(reading, most_power, LEAP):
        return ledger
    new = replace(session, meter_start=register, meter_last=register)
    return ledger.replaced(session, new)


def with_power(ledger: Ledger, transaction_id: int | None, power: float) -> Ledger:
    """Update the peak power of the open session, in W."""
    session = ledger.running(transaction_id)
    if session is None or power <= (session.peak_power or 0.0):
        return ledger
    return ledger.replaced(session, replace(session, peak_power=power))


def drawing(ledger: Ledger, moment: datetime) -> Ledger:
    """Begin a charge in the open session."""
    if (session := ledger.open) is None:
        return ledger
    return ledger.replaced(session, charging_session.drawing(session, moment))


def resting(ledger: Ledger, moment: datetime | None) -> Ledger:
    """End the charge of the open session; at its last reading if the moment is unknown."""
    if (session := ledger.open) is None or (moment := moment or session.read) is None:
        return ledger
    return ledger.replaced(session, charging_session.resting(session, moment))


def shown_ended(ledger: Ledger, moment: datetime, most_power: float) -> Ledger:
    """Record that the open session has ended by the status; the first such moment counts.

    A status from before the session, or from before its last charge, is of something else. The charger
    can deliver ``most_power`` at most, in W.
    """
    if (session := ledger.open) is None or session.ended_by_status:
        return ledger
    started = session.started or moment
    charged = max((item.ended or item.began for item in session.charges), default=None)
    if moment < max(started, charged or started):
        return ledger
    read, most = session.read or started, session.meter_last
    if most is not None:
        unread = max(moment - read, timedelta()) / timedelta(hours=1)
        most += FADED + most_power * unread
    ended = replace(session, shown_end=ShownEnd(moment, most), unplugged=None)
    return ledger.replaced(session, ended)


def going_on(ledger: Ledger) -> Ledger:
    """Record that the open session has not ended."""
    if (session := ledger.open) is None or session.shown_end is None:
        return ledger
    return ledger.replaced(session, replace(session, shown_end=None, unplugged=None))


def stopped_drawing(
    ledger: Ledger, before: ChargingSession | None, moment: datetime
) -> Ledger:
    """End the charge of the open session, because a reading shows 0 W.

    ``before`` is the session before that reading, which is in the ledger already.
    """
    session = ledger.open
    if session is None or before is None or session.meter_last != before.meter_last:
        return resting(ledger, moment)
    return resting(ledger, before.read or moment)


def unplugged(ledger: Ledger, moment: datetime) -> Ledger:
    """Record the unplug of the latest session, if that had ended before, also by the status."""
    if not ledger.sessions:
        return ledger
    session = ledger.sessions[-1]
    if session.reason is None and session.ended_by_status is None:
        return ledger
    if session.unplugged is not None:
        return ledger
    return ledger.replaced(session, replace(session, unplugged=moment))


def with_unattended(
    ledger: Ledger, session: ChargingSession, unattended: float
) -> tuple[Ledger, ChargingSession]:
    """Add unattended energy of one offline period, in Wh, to a session."""
    if not unattended:
        return ledger, session
    new = replace(session, unattended=session.unattended + unattended)
    return ledger.replaced(session, new), new
