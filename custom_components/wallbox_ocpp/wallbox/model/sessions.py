"""Charging sessions: open, extend, close, recover; each exactly once.

A ledger is a value: every function returns a new one, and the caller writes it to disk before it
acknowledges anything.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from mashumaro import DataClassDictMixin
from ocpp.v16.enums import Reason

from ...csms.messages import StartTransaction, StopTransaction
from . import charging_session
from .charging_session import NOTHING_SPECIAL, Charge, ChargingSession, Circumstances
from .month import Month
from .stored import NOT_STORED

KEPT: Final = 50
"""Sessions in the ledger, so that a repeated message finds its own; older ones are archived."""

MOST_NEW: Final = 300
NEW_WITHIN: Final = timedelta(minutes=10)
"""Time in which a charger may report `KEPT` new sessions at most. A queue may hold months of
sessions, and no car is plugged in every few seconds."""

LAST_FOLLOWED: Final = 2**31 - 1_000_000
"""Foreign transaction ids from here on do not raise ours, which must fit into 32 bits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger(DataClassDictMixin):
    """The latest sessions of a charger, oldest first, and the next transaction id."""

    next_transaction_id: int = 1
    sessions: tuple[ChargingSession, ...] = ()
    month: Month | None = None
    """The current month without the sessions in the ledger; None if not known."""
    recent: tuple[datetime, ...] = field(default=(), compare=False, metadata=NOT_STORED)
    """When the latest new sessions were reported, by our clock."""
    claimed: int | None = field(default=None, metadata=NOT_STORED)
    """The transaction id of the latest reading, if it is not in the ledger."""

    def overrun(self, now: datetime) -> bool:
        """Return whether more new sessions are reported than any charger can have had."""
        return len(self.recent) == MOST_NEW and now - self.recent[0] < NEW_WITHIN

    @property
    def this_month(self) -> Month | None:
        """The current month with all sessions; None if not known."""
        return self.month and self.month.plus(self.sessions)

    @property
    def open(self) -> ChargingSession | None:
        """The session that has not ended."""
        for session in reversed(self.sessions):
            if session.ended is None:
                return session
        return None

    @property
    def last(self) -> ChargingSession | None:
        """The open session, or else the latest one."""
        return self.open or (self.sessions[-1] if self.sessions else None)

    @property
    def ended(self) -> ChargingSession | None:
        """The latest session that has ended, except those of which only the end is known."""
        return next(
            (item for item in reversed(self.sessions) if item.started and item.ended),
            None,
        )

    def running(self, transaction_id: int | None) -> ChargingSession | None:
        """Return the open session, unless a transaction id is of another one."""
        session = self.open
        if session is None or (
            (transaction_id or 0) > 0 and session.transaction_id != transaction_id
        ):
            return None
        return session

    def replaced(self, old: ChargingSession, new: ChargingSession) -> Self:
        """Return it with a session replaced."""
        if new is old:
            return self
        sessions = [new if item is old else item for item in self.sessions]
        return replace(self, sessions=tuple(sessions))


def start(
    ledger: Ledger,
    message: StartTransaction,
    now: datetime,
    *,
    delayed: bool,
    meter_start: float | None,
    offline: bool = False,
    anew: bool = False,
    who: str | None = None,
    refused: bool = False,
    plugged_in: datetime | None = None,
    drawing: datetime | None = None,
) -> tuple[Ledger, ChargingSession]:
    """Open a session; a repeated StartTransaction returns the ledger as it is.

    A repeated StartTransaction carries a new message id and the same content
    (docs/chargers.md §8.1.2). A session that is still open on the connector ends here: its
    StopTransaction was lost.

    Args:
        delayed: It comes from the charger's queue.
        meter_start: The lifetime register at the start, as far as it is believed.
        offline: It began before the charger connected.
        anew: It may be a new session, although the message looks like an earlier one.
        who: The name of the card, if it has one.
        refused: The card may not charge.
        plugged_in: When the car was plugged in, if that was seen.
        drawing: Since when energy flows; None if it does not.
    """
    if known := repeated(ledger, message, anew=anew):
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
        began_offline=delayed or offline,
        stamp=message.timestamp,
        told_start=message.meter_start,
    )
    return (
        replace(
            ledger,
            next_transaction_id=session.transaction_id + 1,
            sessions=_with(ledger, session, now),
            recent=(*ledger.recent, now)[-MOST_NEW:],
            claimed=None,
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
    believed: bool = False,
    how: Circumstances = NOTHING_SPECIAL,
) -> tuple[Ledger, ChargingSession]:
    """Close a session; a repeated StopTransaction changes nothing.

    A stop with an unknown id becomes a session of its own, and never ends another one; 0 and -1
    are no ids (docs/chargers.md §8.1.19). If a session was abandoned and its StopTransaction
    still arrives, that counts.

    Args:
        delayed: It comes from the charger's queue.
        meter_stop: The lifetime register at the end, if it is not doubted.
        believed: The reading is live, and believed.
        how: The circumstances of its reading.
    """
    ended = message.timestamp or now
    known = _stopped(ledger, message, meter_stop)
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
            replace(
                ledger,
                next_transaction_id=_next_after(ledger, orphan.transaction_id),
                sessions=(*ledger.sessions, orphan),
                recent=(*ledger.recent, now)[-MOST_NEW:],
            ),
            orphan,
        )
    if known.reason is not None:
        return ledger, known
    closed, ended = known, max(ended, known.started or ended)
    register = meter_stop if believed else _final(known, meter_stop, ended)
    if register is not None:
        closed = charging_session.metered(known, ended, register, how)
    closed = replace(
        charging_session.over(closed, ended),
        unplugged=_unplugged(known, message, ended),
        reason=_reason(message),
        end_delayed=delayed,
    )
    return ledger.replaced(known, closed), closed


def ended_at(ledger: Ledger, transaction_id: int | None) -> datetime | None:
    """Return when a transaction ended; None if it is not known to have ended. 0 and -1 are no ids."""
    if transaction_id is None or transaction_id <= 0:
        return None
    for known in reversed(ledger.sessions):
        if known.transaction_id == transaction_id and known.ended:
            return known.ended
    return None


def repeated(
    ledger: Ledger, message: StartTransaction, *, anew: bool = False
) -> ChargingSession | None:
    """Return the session that a StartTransaction repeats, if any; see `start`."""
    for known in reversed(ledger.sessions):
        if _repeats(known, message, anew=anew):
            return known
    return None


def is_foreign(ledger: Ledger, transaction_id: int | None) -> bool:
    """Return whether a transaction id is not in the ledger; 0 and -1 are no ids."""
    return (transaction_id or 0) > 0 and not any(
        known.transaction_id == transaction_id for known in reversed(ledger.sessions)
    )


def claimed(
    ledger: Ledger, transaction_id: int, register: float | None, moment: datetime
) -> Ledger:
    """Add a transaction that is not in the ledger, because readings carry its id.

    The charger is right about the transaction that it runs (docs/chargers.md §7.5). If another one
    is open, that is over once two readings in a row carry the new id; energy since its last
    reading belongs to the new one. 0 and -1 are no ids.
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
    return replace(
        ledger,
        next_transaction_id=_next_after(ledger, transaction_id),
        sessions=_with(ledger, session, moment),
        claimed=None,
    )


def abandon(ledger: Ledger, now: datetime) -> Ledger:
    """Close the open session with its last reading, because the charger does not run it any more."""
    if (session := ledger.open) is None:
        return ledger
    return ledger.replaced(session, charging_session.given_up(session, now))


def announced(ledger: Ledger, session: ChargingSession) -> Ledger:
    """Mark a session as announced in its present state."""
    marked = replace(
        session, start_announced=True, end_announced=session.ended is not None
    )
    return ledger.replaced(session, marked)


def retired(ledger: Ledger) -> tuple[ChargingSession, ...]:
    """Return the oldest sessions beyond `KEPT`, except those not announced."""
    surplus = max(len(ledger.sessions) - KEPT, 0)
    return tuple(
        session for session in ledger.sessions[:surplus] if session.end_announced
    )


def without(ledger: Ledger, old: Collection[ChargingSession]) -> Ledger:
    """Return it without those of its sessions that are in the archive now."""
    left = [item for item in ledger.sessions if item in old]
    return replace(
        ledger,
        sessions=tuple(item for item in ledger.sessions if item not in old),
        month=ledger.month and ledger.month.plus(left),
    )


def _next_after(ledger: Ledger, foreign_id: int) -> int:
    """Return the next transaction id, above a foreign one."""
    if foreign_id >= LAST_FOLLOWED:
        return ledger.next_transaction_id
    return max(ledger.next_transaction_id, foreign_id + 1)


def _with(
    ledger: Ledger, session: ChargingSession, now: datetime
) -> tuple[ChargingSession, ...]:
    """Return the sessions with a new one; those still open on its connector are closed."""
    earlier = (
        charging_session.given_up(known, session.started or now)
        if known.ended is None and known.connector_id == session.connector_id
        else known
        for known in ledger.sessions
    )
    return (*earlier, session)


def _repeats(known: ChargingSession, message: StartTransaction, *, anew: bool) -> bool:
    """Return whether a StartTransaction repeats a known one.

    A car may be plugged in twice within a second, and a clock may stand still. With ``anew``, a
    session that has ended without energy is not repeated.
    """
    if anew and known.reason is not None and not known.energy:
        return False
    if message.timestamp is None or known.stamp != message.timestamp:
        return False
    if (known.connector_id, known.id_tag) != (message.connector_id, message.id_tag):
        return False
    sent = known.meter_start if known.told_start is None else known.told_start
    return message.meter_start in (None, sent)


def _stopped(
    ledger: Ledger, message: StopTransaction, meter_stop: float | None
) -> ChargingSession | None:
    """Return the session that a StopTransaction ends: the open one, or the latest with its id."""
    candidates = (ledger.open, *reversed(ledger.sessions))
    for known in filter(None, candidates):
        if known.transaction_id != (message.transaction_id or 0):
            continue
        if known.transaction_id > 0 and not _contradicts(known, message, meter_stop):
            return known
        if known.transaction_id <= 0 and known.ended == message.timestamp:
            return known
    return None


def _unplugged(
    known: ChargingSession, message: StopTransaction, ended: datetime
) -> datetime | None:
    """Return when the car of a session was unplugged that has just ended, if that is known."""
    if message.reason is Reason.ev_disconnected:
        return ended
    seen = known.unplugged
    return seen if seen and seen >= ended else None


def _contradicts(
    known: ChargingSession, message: StopTransaction, meter_stop: float | None
) -> bool:
    """Return whether a StopTransaction is of an earlier transaction with the same id."""
    stamp, started, meter_start = message.timestamp, known.started, known.meter_start
    if known.ended or not stamp or not started or meter_start is None:
        return False
    earlier = stamp < started - charging_session.SAME_MOMENT
    value = message.meter_stop if meter_stop is None else meter_stop
    return earlier and value is not None and value < meter_start


def _final(
    session: ChargingSession, meter_stop: float | None, ended: datetime
) -> float | None:
    """Return the final register reading; one that is lower than an earlier reading is ignored."""
    known = session.meter_last
    if known is None or meter_stop is None:
        return known if meter_stop is None else meter_stop
    if (
        session.read
        and ended < session.read
        and session.meter_start is not None
        and meter_stop >= session.meter_start
    ):
        # The readings since then were of another session.
        return meter_stop
    return max(known, meter_stop)


def _reason(message: StopTransaction) -> str:
    # OCPP 1.6 §7.36: a missing reason means Local.
    return message.reason.value if message.reason else "Local"
