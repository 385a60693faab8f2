"""Charging sessions: open, extend, close, recover; each exactly once.

A ledger is a value: every function returns a new one, and the caller writes it to disk before it
acknowledges anything.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mashumaro import DataClassDictMixin

from ..csms.messages import StartTransaction, StopTransaction

KEPT: Final = 50
"""Ended sessions that are remembered, so that a repeated message finds its own."""

FOLLOWED: Final = 2**31 - 1_000_000
"""Transaction ids from here on are not counted on from: they have 32 bits, and need room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargingSession(DataClassDictMixin):
    """One transaction, which in free mode spans from plug-in to unplug.

    Times are the charger's own where it gave them. Registers are in Wh of the lifetime meter.
    """

    transaction_id: int
    connector_id: int = 1
    id_tag: str = ""
    started: datetime | None = None
    meter_start: float | None = None
    ended: datetime | None = None
    meter_last: float | None = None
    """The last register value seen; the final one once the session has ended."""
    reason: str | None = None
    start_delayed: bool = False
    end_delayed: bool = False
    stamp: datetime | None = None
    """The timestamp of StartTransaction as sent, by which a repetition is known."""
    began_offline: bool = False
    """It was in the charger's queue, and not merely news to us."""
    unattended: float = 0.0
    """Wh that nobody watched flow, while nobody wanted it or since it began so."""
    start_announced: bool = False
    end_announced: bool = False

    @property
    def energy(self) -> float | None:
        """Wh so far; None if either end is unknown."""
        if self.meter_start is None or self.meter_last is None:
            return None
        return max(round(self.meter_last - self.meter_start, 1), 0.0)

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while the session lasts, or if either end is unknown."""
        if self.started is None or self.ended is None:
            return None
        return max(self.ended - self.started, timedelta())


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger(DataClassDictMixin):
    """All sessions of a charger, oldest first, and the next transaction id to give."""

    next_transaction_id: int = 1
    sessions: tuple[ChargingSession, ...] = ()

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


def start(
    ledger: Ledger, message: StartTransaction, now: datetime, *, delayed: bool
) -> tuple[Ledger, ChargingSession]:
    """Open a session, once: a repetition returns the ledger as it is.

    A repeated StartTransaction carries a new message id and the same content
    (charge-point-facts §1.2). One that is still open on the connector has lost its
    StopTransaction, and ends here.
    """
    for known in reversed(ledger.sessions):
        if _repeats(known, message):
            return ledger, known
    session = ChargingSession(
        transaction_id=ledger.next_transaction_id,
        connector_id=message.connector_id,
        id_tag=message.id_tag,
        started=message.timestamp or now,
        meter_start=message.meter_start,
        meter_last=message.meter_start,
        start_delayed=delayed,
        began_offline=delayed,
        stamp=message.timestamp,
    )
    return (
        Ledger(
            next_transaction_id=session.transaction_id + 1,
            sessions=_with(ledger, session, now),
        ),
        session,
    )


def stop(
    ledger: Ledger, message: StopTransaction, now: datetime, *, delayed: bool
) -> tuple[Ledger, ChargingSession]:
    """Close a session, once.

    A stop for an id that was never given becomes a record of its own, never the end of somebody
    else's session; an id of 0 or -1 is no id (peer-lessons §6.1). A session that was abandoned
    takes the charger's own account of its end, should that still arrive.
    """
    ended = message.timestamp or now
    known = _stopped(ledger, message)
    if known is None:
        orphan = ChargingSession(
            transaction_id=message.transaction_id or 0,
            id_tag=message.id_tag or "",
            ended=ended,
            meter_last=message.meter_stop,
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
    closed = replace(
        known,
        ended=ended,
        meter_last=_final(known, message.meter_stop),
        reason=_reason(message),
        end_delayed=delayed,
    )
    return _replaced(ledger, known, closed), closed


def extend(ledger: Ledger, transaction_id: int | None, register: float) -> Ledger:
    """Note the lifetime register, in Wh, for the open session."""
    session = ledger.open
    if session is None or (
        (transaction_id or 0) > 0 and session.transaction_id != transaction_id
    ):
        return ledger
    if session.meter_last is not None and register <= session.meter_last:
        return ledger
    return _replaced(
        ledger,
        session,
        replace(
            session,
            meter_start=register
            if session.meter_start is None
            else session.meter_start,
            meter_last=register,
        ),
    )


def adopt(
    ledger: Ledger, transaction_id: int, register: float | None, now: datetime
) -> Ledger:
    """Take over a transaction that runs in the charger and is not in the ledger.

    Readings carry the id (wallbox-facts §7.5); what was charged before is not known. An
    id of 0 or -1 is no id.
    """
    if transaction_id <= 0 or any(
        known.transaction_id == transaction_id for known in ledger.sessions
    ):
        return ledger
    session = ChargingSession(
        transaction_id=transaction_id,
        started=now,
        meter_start=register,
        meter_last=register,
        start_delayed=True,
    )
    return Ledger(
        next_transaction_id=_next_after(ledger, transaction_id),
        sessions=_with(ledger, session, now),
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
    return trimmed(_replaced(ledger, session, told))


def trimmed(ledger: Ledger) -> Ledger:
    """Forget the oldest sessions beyond `KEPT`, except what people have not been told of."""
    surplus = len(ledger.sessions) - KEPT
    return replace(
        ledger,
        sessions=tuple(
            session
            for index, session in enumerate(ledger.sessions)
            if index >= surplus or not session.end_announced
        ),
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


def _repeats(known: ChargingSession, message: StartTransaction) -> bool:
    if message.timestamp is None or known.stamp != message.timestamp:
        return False
    if (known.connector_id, known.id_tag) != (message.connector_id, message.id_tag):
        return False
    # One that was left out has been made up for by the first reading.
    return message.meter_start in (None, known.meter_start)


def _stopped(ledger: Ledger, message: StopTransaction) -> ChargingSession | None:
    for known in reversed(ledger.sessions):
        if known.transaction_id != (message.transaction_id or 0):
            continue
        if known.transaction_id > 0 or known.ended == message.timestamp:
            return known
    return None


def _abandoned(session: ChargingSession, now: datetime) -> ChargingSession:
    return replace(session, ended=now, end_delayed=True)


def _final(session: ChargingSession, meter_stop: int | None) -> float | None:
    """Return the final register: a meterStop below meterStart is nonsense and is left out."""
    if meter_stop is None or (
        session.meter_start is not None and meter_stop < session.meter_start
    ):
        return session.meter_last
    return float(meter_stop)


def _reason(message: StopTransaction) -> str:
    # OCPP 1.6 §7.36: a missing reason means Local.
    return message.reason.value if message.reason else "Local"


def _replaced(ledger: Ledger, old: ChargingSession, new: ChargingSession) -> Ledger:
    return replace(
        ledger, sessions=tuple(new if item is old else item for item in ledger.sessions)
    )
