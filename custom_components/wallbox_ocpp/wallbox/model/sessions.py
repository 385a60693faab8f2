"""Charging sessions: open, extend, close, recover; each exactly once.

A ledger is a value: every function returns a new one, and the caller writes it to disk before it
acknowledges anything.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Unpack

from mashumaro import DataClassDictMixin
from ocpp.v16.enums import Reason

from ...csms.messages import StartTransaction, StopTransaction
from . import charging_session
from .charging_session import Charge, ChargingSession, Circumstances
from .register import LEAP, RegisterReading
from .stored import NOT_STORED

KEPT: Final = 50
"""Sessions in the ledger, so that a repeated message finds its own; older ones are history."""

FOLLOWED: Final = 2**31 - 1_000_000
"""Transaction ids from here on are not counted on from: they have 32 bits, and need room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger(DataClassDictMixin):
    """The latest sessions of a charger, oldest first, and the next transaction id to give."""

    next_transaction_id: int = 1
    sessions: tuple[ChargingSession, ...] = ()
    claimed: int | None = field(default=None, metadata=NOT_STORED)
    """The transaction that the latest reading was said to be of, if it is none of ours."""

    @property
    def open(self) -> ChargingSession | None:
        """The session that has not ended."""
        return next(
            (item for item in reversed(self.sessions) if item.ended is None), None
        )

    @property
    def last(self) -> ChargingSession | None:
        """The open session, or else the latest one."""
        return self.open or (self.sessions[-1] if self.sessions else None)

    @property
    def ended(self) -> ChargingSession | None:
        """The latest session that has ended. What is only known by its end does not count."""
        return next(
            (item for item in reversed(self.sessions) if item.started and item.ended),
            None,
        )


def start(
    ledger: Ledger,
    message: StartTransaction,
    now: datetime,
    *,
    delayed: bool,
    meter_start: float | None,
    who: str | None = None,
    refused: bool = False,
    plugged_in: datetime | None = None,
    drawing: datetime | None = None,
) -> tuple[Ledger, ChargingSession]:
    """Open a session, once: a repetition returns the ledger as it is.

    A repeated StartTransaction carries a new message id and the same content
    (docs/chargers.md §8.1.2). One that is still open on the connector has lost its
    StopTransaction, and ends here.

    Args:
        ledger: The sessions so far.
        message: What the charger says.
        now: In UTC.
        delayed: It comes from the charger's queue.
        meter_start: What the lifetime meter stood at, as far as that is believed.
        who: Whose card it is, if it has a name.
        refused: The card may not charge.
        plugged_in: When the car came, if that was seen.
        drawing: Since when energy flows already; None if it does not.
    """
    for known in reversed(ledger.sessions):
        if _repeats(known, message):
            return ledger, known
    started = message.timestamp or now
    session = ChargingSession(
        transaction_id=ledger.next_transaction_id,
        connector_id=message.connector_id,
        id_tag=message.id_tag,
        who=who,
        refused=refused,
        plugged_in=plugged_in and min(plugged_in, started),
        started=started,
        charges=(Charge(max(started, drawing), None, 0.0),) if drawing else (),
        meter_start=meter_start,
        meter_last=meter_start,
        read=started,
        start_delayed=delayed,
        began_offline=delayed,
        stamp=message.timestamp,
        told_start=message.meter_start,
    )
    return (
        Ledger(
            next_transaction_id=session.transaction_id + 1,
            sessions=_with(ledger, session, now),
        ),
        session,
    )


def stop(
    ledger: Ledger,
    message: StopTransaction,
    now: datetime,
    *,
    delayed: bool,
    meter_stop: float | None,
    **how: Unpack[Circumstances],
) -> tuple[Ledger, ChargingSession]:
    """Close a session, once.

    A stop for an id that was never given becomes a record of its own, never the end of somebody
    else's session; an id of 0 or -1 is no id (docs/chargers.md §8.1.19). A session that was
    abandoned takes the charger's own account of its end, should that still arrive.

    Args:
        ledger: The sessions so far.
        message: What the charger says.
        now: In UTC.
        delayed: It comes from the charger's queue.
        meter_stop: What the lifetime meter stood at, as far as that is believed.
        how: How its reading came to us.
    """
    ended = message.timestamp or now
    known = _stopped(ledger, message)
    if known is None:
        orphan = ChargingSession(
            transaction_id=message.transaction_id or 0,
            id_tag=message.id_tag or "",
            ended=ended,
            meter_last=meter_stop,
            read=ended,
            reason=_reason(message),
            end_delayed=delayed,
        )
        return (
            Ledger(
                next_transaction_id=_next_after(ledger, orphan.transaction_id),
                sessions=(*ledger.sessions, orphan),
            ),
            orphan,
        )
    if known.reason is not None:
        return ledger, known
    closed, ended = known, max(ended, known.started or ended)
    if (register := _final(known, meter_stop)) is not None:
        closed = charging_session.metered(known, ended, register, **how)
    closed = replace(
        charging_session.over(closed, ended),
        unplugged=ended if message.reason is Reason.ev_disconnected else None,
        reason=_reason(message),
        end_delayed=delayed,
    )
    return _replaced(ledger, known, closed), closed


def extend(
    ledger: Ledger,
    transaction_id: int | None,
    register: float,
    moment: datetime,
    **how: Unpack[Circumstances],
) -> Ledger:
    """Note the lifetime register, in Wh, for the open session.

    Args:
        ledger: The sessions so far.
        transaction_id: Which transaction the reading belongs to, if it says so.
        register: The reading, which is believed.
        moment: When it was read, by the charger's clock.
        how: How it came to us.
    """
    if (session := _running(ledger, transaction_id)) is None:
        return ledger
    new = charging_session.metered(session, moment, register, **how)
    return _replaced(ledger, session, new)


def peaked(ledger: Ledger, transaction_id: int | None, power: float) -> Ledger:
    """Note what the open session draws, in W."""
    session = _running(ledger, transaction_id)
    if session is None or power <= (session.peak_power or 0.0):
        return ledger
    return _replaced(ledger, session, replace(session, peak_power=power))


def drawing(ledger: Ledger, moment: datetime) -> Ledger:
    """Note that energy flows from now on."""
    if (session := ledger.open) is None:
        return ledger
    return _replaced(ledger, session, charging_session.drawing(session, moment))


def resting(ledger: Ledger, moment: datetime | None) -> Ledger:
    """Note that energy no longer flows; since when is the last reading if it is not known."""
    if (session := ledger.open) is None or (moment := moment or session.read) is None:
        return ledger
    return _replaced(ledger, session, charging_session.resting(session, moment))


def unplugged(ledger: Ledger, moment: datetime) -> Ledger:
    """Note that the car has gone, of a session that had ended before."""
    if not ledger.sessions or (session := ledger.sessions[-1]).reason is None:
        return ledger
    if session.unplugged is not None:
        return ledger
    return _replaced(ledger, session, replace(session, unplugged=moment))


def begun_at(
    ledger: Ledger,
    transaction_id: int | None,
    register: float,
    moment: datetime,
    most_power: float,
) -> Ledger:
    """Judge the start of the open session by the first reading of the lifetime meter ever.

    Args:
        ledger: The sessions so far.
        transaction_id: Which transaction the reading belongs to, if it says so.
        register: The reading, in Wh.
        moment: When it was read, by the charger's clock.
        most_power: What the charger can deliver at most, in W.
    """
    session = _running(ledger, transaction_id)
    if session is None or session.meter_start is None:
        return ledger
    begun = session.started or moment
    start = RegisterReading(raw=session.meter_start, read_at=begun)
    reading = RegisterReading(raw=register, read_at=moment)
    if start.leads_to(reading, most_power, LEAP):
        return ledger
    new = replace(session, meter_start=register, meter_last=register)
    return _replaced(ledger, session, new)


def ebbed(ledger: Ledger, before: ChargingSession | None, moment: datetime) -> Ledger:
    """Note that a reading shows that energy no longer flows.

    Args:
        ledger: The sessions, with that reading.
        before: The open session before it.
        moment: When it was read, by the charger's clock.
    """
    session = ledger.open
    if session is None or before is None or session.meter_last != before.meter_last:
        return resting(ledger, moment)
    return resting(ledger, before.read or moment)


def has_ended(ledger: Ledger, transaction_id: int | None) -> bool:
    """Say whether a transaction is known, and over."""
    return any(
        known.transaction_id == transaction_id and known.ended is not None
        for known in ledger.sessions
        if known.transaction_id > 0
    )


def is_foreign(ledger: Ledger, transaction_id: int | None) -> bool:
    """Say whether a transaction is none of ours; an id of 0 or -1 is no id."""
    return (transaction_id or 0) > 0 and not any(
        known.transaction_id == transaction_id for known in ledger.sessions
    )


def claimed(
    ledger: Ledger, transaction_id: int, register: float | None, moment: datetime
) -> Ledger:
    """Take over a transaction that readings tell of, and that is not in the ledger.

    Readings carry the id (docs/chargers.md §7.5). If another one is open, it takes two readings in
    a row: the charger is right about what it runs, and the open one is over. What flowed since
    that was read last belongs to the new one. An id of 0 or -1 is no id.
    """
    if transaction_id <= 0:
        return ledger
    if not is_foreign(ledger, transaction_id):
        return replace(ledger, claimed=None) if ledger.claimed else ledger
    if ledger.open and ledger.claimed != transaction_id:
        return replace(ledger, claimed=transaction_id)
    known = ledger.open.meter_last if ledger.open else register
    session = ChargingSession(
        transaction_id=transaction_id,
        started=moment,
        meter_start=known,
        meter_last=known,
        read=moment,
        start_delayed=True,
    )
    return Ledger(
        next_transaction_id=_next_after(ledger, transaction_id),
        sessions=_with(ledger, session, moment),
    )


def abandon(ledger: Ledger, now: datetime) -> Ledger:
    """Close the open session of a charger that has forgotten it, at its last known reading."""
    if (session := ledger.open) is None:
        return ledger
    return _replaced(ledger, session, _abandoned(session, now))


def marked(
    ledger: Ledger, session: ChargingSession, unattended: float
) -> tuple[Ledger, ChargingSession]:
    """Note how many Wh of a session nobody attended to."""
    if unattended <= session.unattended:
        return ledger, session
    new = replace(session, unattended=unattended)
    return _replaced(ledger, session, new), new


def announced(ledger: Ledger, session: ChargingSession) -> Ledger:
    """Note that people have been told of everything this session has come to."""
    told = replace(
        session, start_announced=True, end_announced=session.ended is not None
    )
    return _replaced(ledger, session, told)


def retired(ledger: Ledger) -> tuple[ChargingSession, ...]:
    """Return the oldest sessions beyond `KEPT`, except what people have not been told of."""
    surplus = max(len(ledger.sessions) - KEPT, 0)
    return tuple(
        session for session in ledger.sessions[:surplus] if session.end_announced
    )


def without(ledger: Ledger, old: Collection[ChargingSession]) -> Ledger:
    """Take out sessions that are kept elsewhere now."""
    return replace(
        ledger,
        sessions=tuple(item for item in ledger.sessions if item not in old),
    )


def _next_after(ledger: Ledger, foreign_id: int) -> int:
    """Return the next id to give, beyond one that somebody else gave."""
    if foreign_id >= FOLLOWED:
        return ledger.next_transaction_id
    return max(ledger.next_transaction_id, foreign_id + 1)


def _with(
    ledger: Ledger, session: ChargingSession, now: datetime
) -> tuple[ChargingSession, ...]:
    """Return the sessions and a new one, which ends whatever is still open on its connector."""
    earlier = (
        _abandoned(known, session.started or now)
        if known.ended is None and known.connector_id == session.connector_id
        else known
        for known in ledger.sessions
    )
    return (*earlier, session)


def _running(ledger: Ledger, transaction_id: int | None) -> ChargingSession | None:
    """Return the open session, if a reading is not of another one."""
    session = ledger.open
    if session is None or (
        (transaction_id or 0) > 0 and session.transaction_id != transaction_id
    ):
        return None
    return session


def _repeats(known: ChargingSession, message: StartTransaction) -> bool:
    """Say whether a start is told once more.

    A car may be plugged in twice within a second, and a clock may stand still. If nothing flowed
    meanwhile, only that can be told again which is not over.
    """
    if known.reason is not None and not known.energy:
        return False
    if message.timestamp is None or known.stamp != message.timestamp:
        return False
    if (known.connector_id, known.id_tag) != (message.connector_id, message.id_tag):
        return False
    told = known.meter_start if known.told_start is None else known.told_start
    return message.meter_start in (None, told)


def _stopped(ledger: Ledger, message: StopTransaction) -> ChargingSession | None:
    """Return the session that a stop is of: the open one, or else the latest with that id."""
    candidates = (ledger.open, *reversed(ledger.sessions))
    for known in filter(None, candidates):
        if known.transaction_id != (message.transaction_id or 0):
            continue
        if known.transaction_id > 0 and not _contradicts(known, message):
            return known
        if known.transaction_id <= 0 and known.ended == message.timestamp:
            return known
    return None


def _contradicts(known: ChargingSession, message: StopTransaction) -> bool:
    """Say whether a stop was of another transaction, to which the same id was given once."""
    stamp, started, meter_start = message.timestamp, known.started, known.meter_start
    if known.ended or not stamp or not started or meter_start is None:
        return False
    earlier = stamp < started - charging_session.SAME_MOMENT
    return earlier and (message.meter_stop or 0) < meter_start


def _abandoned(session: ChargingSession, now: datetime) -> ChargingSession:
    """Close a session that the charger has forgotten, at its last reading."""
    rested = charging_session.resting(session, session.read or now)
    closed = charging_session.over(rested, max(now, session.started or now))
    return replace(closed, end_delayed=True)


def _final(session: ChargingSession, meter_stop: float | None) -> float | None:
    """Return the final register: one below what was read before is left out."""
    known = session.meter_last
    if known is None or meter_stop is None:
        return known if meter_stop is None else meter_stop
    return max(known, meter_stop)


def _reason(message: StopTransaction) -> str:
    # OCPP 1.6 §7.36: a missing reason means Local.
    return message.reason.value if message.reason else "Local"


def _replaced(ledger: Ledger, old: ChargingSession, new: ChargingSession) -> Ledger:
    if new is old:
        return ledger
    return replace(
        ledger, sessions=tuple(new if item is old else item for item in ledger.sessions)
    )
