"""Whether a charger follows its limit: the current of the car compared with the accepted limit.

"Accepted" proves nothing: some firmwares take a limit and ignore it, and Eco-Smart in the Wallbox
app overrules it (docs/chargers.md §1.4, §3.7).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .electricity import MOST_PHASES, USUAL_VOLTAGE
from .meter import Readings

SETTLE: Final = timedelta(seconds=30)
"""How long a car may draw more than its limit: currents peak for a moment after a change, and a
charger takes some seconds to follow (docs/chargers.md §3.7, §7.5)."""

TOLERANCE: Final = 1.0
"""Amps by which a meter may be wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """The limit that a charger has accepted, and whether it follows it."""

    amps: int | None = None
    """None if no limit is known to be in the charger."""
    before: int | None = None
    """The limit before, which may still be in force."""
    measured: bool = False
    """The current of the car has been read since."""
    exceeded_since: datetime | None = None
    drawn: float | None = None
    """The amps that the car drew when it last exceeded the limit."""
    followed: bool | None = None
    """None until the current of the car has shown it."""
    ignored: bool = False
    """It is not followed in any dialect."""
    by_failsafe: bool = False
    """It is the 0 A of the fail-safe, as there is no TxProfile yet."""

    def confirmed(self, amps: int, *, by_failsafe: bool = False) -> Limit:
        """Return the limit once the charger has accepted it, maybe in another dialect."""
        before = self.before if amps == self.amps else self.amps
        return Limit(
            amps=amps,
            before=before,
            measured=self.measured and amps == self.amps,
            drawn=self.drawn,
            ignored=self.ignored,
            by_failsafe=by_failsafe,
        )

    def observed(self, drawn: float | None, now: datetime) -> Limit:
        """Return the limit after a reading of the amps that the car draws in the transaction.

        A car that draws nothing proves nothing, unless it was paused. It is the same object if
        the reading says nothing new.
        """
        if self.amps is None or drawn is None:
            return self
        if drawn > self.amps + TOLERANCE:
            since = self.exceeded_since or now
            followed = False if now - since >= SETTLE else self.followed
            return replace(
                self,
                measured=True,
                exceeded_since=since,
                drawn=drawn,
                followed=followed,
            )
        proven = self.amps == 0 or drawn > TOLERANCE
        if self.measured and self.exceeded_since is None:
            if not proven or (self.followed and not self.ignored):
                return self
        seen = replace(self, measured=True, exceeded_since=None)
        return replace(seen, followed=True, ignored=False) if proven else seen


def at_least(readings: Readings) -> float | None:
    """Return the amps that flow in at least one phase; None if the meter does not report them."""
    if readings.currents:
        return max(readings.currents.values())
    if readings.power is None:
        return None
    voltage = max(readings.voltages.values(), default=0.0) or USUAL_VOLTAGE
    return readings.power / voltage / MOST_PHASES
