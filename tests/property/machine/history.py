"""What really happened in a charger, and whether people were told so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.util import dt as dt_util
from simulator.virtual_wallbox import Charger, Transaction

WITHIN: Final = 1.51
"""Wh: the charger rounds both ends to a whole Wh, what is told is rounded, too, and a hundredth is
lost in binary."""


@dataclass(slots=True, eq=False)
class Charge:
    """One transaction as it was.

    Attributes:
        transaction: What the charger makes of it, with the id it was given.
        register: The lifetime meter when it began, Wh.
        ended: When it ended, by the charger's own clock.
        energy: What flowed in it, Wh.
        forgotten: The charger lost it with its power, and never said a word of its end.
    """

    transaction: Transaction
    register: float
    ended: datetime | None = None
    energy: float = 0.0
    forgotten: bool = False


class History:
    """Looks at a charger's transaction whenever it may have changed.

    Attributes:
        charges: All so far, in order.
    """

    def __init__(self, charger: Charger) -> None:
        """Begin with a charger that has no transaction."""
        self._charger = charger
        self._current: Charge | None = None
        self.charges: list[Charge] = []

    def look(self, *, forgotten: bool = False) -> None:
        """Note a transaction that has begun or ended since the last look."""
        charger, current = self._charger, self._current
        transaction = charger.transaction
        if current and current.transaction is not transaction:
            # On the wire, a Wallbox leaves out fractions of a second.
            current.ended = charger.utc.replace(microsecond=0)
            current.energy = charger.energy_wh - current.register
            current.forgotten = forgotten
            self._current = None
        if transaction and self._current is None:
            self._current = Charge(transaction, charger.energy_wh)
            self.charges.append(self._current)

    def contradictions(self, told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Compare what people were told in the end with what was."""
        ids = [charge.transaction.id or 0 for charge in self.charges]
        if any(number <= 0 for number in ids) or len(set(ids)) < len(ids):
            yield f"transaction ids are {ids}"
        if strangers := {event["transaction_id"] for event in told} - set(ids):
            yield f"sessions that never were: {strangers}"
        for charge in self.charges:
            number = charge.transaction.id
            events = [event for event in told if event["transaction_id"] == number]
            types = [event["event_type"] for event in events]
            if types != ["started", "ended"]:
                yield f"of session {number} people were told {types}"
            else:
                yield from _contradictions(charge, *events)

    def contradiction_of_meter(self, shown: float | None) -> Iterator[str]:
        """Compare the lifetime energy that is shown in the end, in kWh."""
        register = self._charger.energy_wh
        if any(charge.forgotten for charge in self.charges):
            # What it has not told of them yet, it may never tell.
            return
        if shown is not None and abs(shown * 1000 - register) > WITHIN:
            yield f"the meter stands at {register} Wh, and {shown} kWh are shown"


def _contradictions(
    charge: Charge, started: Mapping[str, Any], ended: Mapping[str, Any]
) -> Iterator[str]:
    number = charge.transaction.id
    energy = (ended["energy"] or 0.0) * 1000
    begin = charge.transaction.started_at.replace(microsecond=0)
    for event in (started, ended):
        if dt_util.parse_datetime(event["started"] or "") != begin:
            yield f"session {number} began at {begin}, not at {event['started']}"
    if charge.forgotten:
        # What flowed after the last reading nobody can know, nor when it ended.
        if energy > charge.energy + WITHIN:
            yield f"session {number} took {charge.energy} Wh at most, not {energy}"
        return
    if abs(energy - charge.energy) > WITHIN:
        yield f"session {number} took {charge.energy} Wh, not {energy}"
    if dt_util.parse_datetime(ended["ended"] or "") != charge.ended:
        yield f"session {number} ended at {charge.ended}, not at {ended['ended']}"
