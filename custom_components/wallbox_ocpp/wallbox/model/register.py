"""The lifetime register: which of its readings are believed, and the total.

A reading is believed if the charger can have delivered the difference to the last one. A doubted
reading is kept, and believed after all once others agree with it: if it is lower, the meter has
started over or was replaced, and its differences are added to the lifetime total. So are those of
another unit, which says at its boot that it is one.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self

from .electricity import MOST_PHASES, USUAL_VOLTAGE
from .stored import NOT_STORED

MOST_ENERGY: Final = 1e9
"""Wh: more than a lifetime of charging without a break."""

ROUNDING: Final = 1.0
"""Wh by which two readings of one meter may differ: meterStart and meterStop are whole numbers,
the register has a decimal (docs/chargers.md §3.3, §3.5)."""

LEEWAY: Final = timedelta(seconds=30)
"""By how much the time between two readings may be longer than it seems: they arrive late, and
timestamps are in whole seconds."""

LEAP: Final = 15_000.0
"""Wh by which a reading may be higher than the charger can have delivered, and is believed until the
next reading contradicts it: some chargers read their meter late (docs/chargers.md §3.5)."""

APART: Final = timedelta(seconds=10)
"""Time between two readings that tell the power: in a second, `ROUNDING` alone is 3.6 kW."""

CONFIRMED_BY: Final = 3
"""Doubted readings in a row that agree with each other to be believed."""

CONFIRMED_AT_THE_END: Final = 2
"""The same if the session ends with the last of them, because there will be no more."""


class Judgement(StrEnum):
    """The judgement of one reading."""

    BELIEVED = "believed"
    OLD = "old"
    """It was read before the last one that was believed, and does not contradict it."""
    DOUBTED = "doubted"


class Judged(NamedTuple):
    """A reading, and its judgement."""

    judgement: Judgement
    value: float
    """The lifetime total in Wh after it, as in `Register.value`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterReading:
    """A reading of the register as it was sent."""

    raw: float
    """Wh, as read."""
    read_at: datetime
    """When it was received, by our clock."""
    stamp: datetime | None = None
    """When it was read, by the charger's clock, if that was sent."""

    def leads_to(self, later: Self, most_power: float, leap: float = 0.0) -> bool:
        """Return whether a charger with so much power, in W, can have delivered the difference.

        It may be more by ``leap``, in Wh.
        """
        elapsed = later.read_at - self.read_at
        if self.stamp and later.stamp:
            # Readings from a queue arrive at once, and were read over hours.
            elapsed = max(elapsed, later.stamp - self.stamp)
        hours = (max(elapsed, timedelta()) + LEEWAY) / timedelta(hours=1)
        return -ROUNDING < later.raw - self.raw <= most_power * hours + leap

    def power_until(self, later: Self) -> float:
        """Return W on average until a later reading, by when they were received."""
        hours = (later.read_at - self.read_at) / timedelta(hours=1)
        return max(later.raw - self.raw, 0.0) / hours

    def repeats(self, other: Self) -> bool:
        """Return whether it repeats another reading."""
        return (self.raw, self.stamp) == (other.raw, other.stamp)


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """The lifetime register in Wh."""

    value: float | None = None
    """The lifetime total: the last believed reading plus `offset`."""
    offset: float = 0.0
    """Wh that earlier meters counted and the present one does not; below 0 if that has counted
    elsewhere."""
    highest: float | None = None
    """The highest total that was shown, if it turned out to be too high."""
    last: RegisterReading | None = None
    """The last reading that was believed."""
    before: RegisterReading | None = None
    """The one before that."""
    doubted: tuple[RegisterReading, ...] = field(default=(), metadata=NOT_STORED)
    """The latest doubted readings that agree with each other."""
    unread: bool = False
    """The meter is that of another unit, of which no reading has been believed yet: `value` is what
    the units before it have counted."""

    @property
    def lifetime(self) -> float | None:
        """The total that is shown: it never decreases."""
        if self.value is None or self.highest is None:
            return self.value
        return max(self.value, self.highest)

    @property
    def power(self) -> float:
        """W between the last two readings that were believed; 0 if there are none."""
        last, before = self.last, self.before
        if last is None or before is None or last.read_at <= before.read_at:
            return 0.0
        return before.power_until(last)

    def drawn_since(
        self, earlier: RegisterReading | None, most_power: float
    ) -> float | None:
        """Return the amps that have flowed since an earlier reading in at least one phase.

        None if that is not told: no other reading was believed since, it is too close, or it needed a leap.
        The charger can deliver ``most_power`` at most, in W.
        """
        last = self.last
        if earlier is None or last is None or last.read_at - earlier.read_at < APART:
            return None
        if not earlier.leads_to(last, most_power):
            return None
        return earlier.power_until(last) / USUAL_VOLTAGE / MOST_PHASES

    def judged(
        self,
        reading: RegisterReading,
        most_power: float,
        *,
        final: bool = False,
        leap: float = LEAP,
        start: RegisterReading | None = None,
    ) -> tuple[Self, Judged]:
        """Judge a reading, and return the register after it.

        Args:
            most_power: What the charger can deliver at most, in W.
            final: It is the last one of the session.
            leap: How many Wh more than that are believed until the next reading.
            start: The meterStart of the session, from which an `unread` meter counts if it leads to
                the reading.
        """
        value = reading.raw + self.offset
        if not 0 <= reading.raw <= MOST_ENERGY:
            return self, Judged(Judgement.DOUBTED, value)
        if self.value is None or self.unread:
            if not reading.raw:
                # A charger that has not read its meter yet sends 0.
                return self, Judged(Judgement.DOUBTED, value)
            if start and not start.leads_to(reading, most_power, leap):
                start = None
            register = self._begun(reading, start)
            return register, Judged(Judgement.BELIEVED, register.value or value)
        known = self._last(reading)
        # A reading from before a boot has no timestamp any more, see `without_stamp`.
        if reading.stamp and reading.stamp < (known.stamp or known.read_at):
            if 0 < reading.raw <= known.raw + ROUNDING:
                return self, Judged(Judgement.OLD, value)
        if known.leads_to(reading, most_power, leap):
            register = self._believing(reading, most_power)
            return register, Judged(Judgement.BELIEVED, register.value or value)
        if not final and self._is_contradicted_by(reading, most_power):
            register = self._corrected(reading, reading)
            return register, Judged(Judgement.BELIEVED, register.value or value)
        return self._doubting(reading, most_power, final=final)

    def of_another_unit(self) -> Self:
        """Return it for another unit, whatever its meter shows: the total goes on."""
        if self.value is None:
            return type(self)()
        return type(self)(value=self.lifetime, unread=True)

    def without_stamp(self) -> Self:
        """Return it without timestamps, as after a boot: the charger's clock may have been set."""
        if self.last is None or self.last.stamp is None:
            return self
        return replace(self, last=replace(self.last, stamp=None))

    def _last(self, reading: RegisterReading) -> RegisterReading:
        """Return the last believed reading; of unknown age if version 0.1.0 stored it."""
        if self.last:
            return self.last
        raw = (self.value or 0.0) - self.offset
        return RegisterReading(raw=raw, read_at=reading.read_at - _LONG)

    def _begun(self, reading: RegisterReading, start: RegisterReading | None) -> Self:
        """Believe the first reading; that of another unit goes on where the one before stopped."""
        offset = self.offset
        if self.unread:
            # A meterStart is rounded to whole Wh.
            first = min(start.raw, reading.raw) if start else reading.raw
            offset = (self.value or 0.0) - first
        return replace(
            self,
            value=reading.raw + offset,
            offset=offset,
            last=reading,
            doubted=(),
            unread=False,
        )

    def _believing(self, reading: RegisterReading, most_power: float) -> Self:
        known = self._last(reading)
        # A reading that is lower by rounding only is the same as before.
        raw = max(reading.raw, known.raw)
        return replace(
            self,
            value=raw + self.offset,
            last=reading if raw == reading.raw else replace(reading, raw=raw),
            before=self._anchor(known, most_power),
            doubted=(),
        )

    def _anchor(self, known: RegisterReading, most_power: float) -> RegisterReading:
        """Return the latest believed reading that needed no leap."""
        before = self.before
        if before and not before.leads_to(known, most_power):
            return before
        return known

    def _is_contradicted_by(self, reading: RegisterReading, most_power: float) -> bool:
        """Return whether the last reading needed a leap, and this one fits only the one before."""
        before, last = self.before, self.last
        if before is None or last is None or before.leads_to(last, most_power):
            return False
        return before.leads_to(reading, most_power)

    def _doubting(
        self, reading: RegisterReading, most_power: float, *, final: bool
    ) -> tuple[Self, Judged]:
        """Keep a doubted reading; believe it once enough others agree with it."""
        doubted = self.doubted
        if not doubted or not doubted[-1].leads_to(reading, most_power, LEAP):
            doubted = (reading,)
        elif final or not reading.repeats(doubted[-1]):
            doubted = (*doubted, reading)
        needed = CONFIRMED_AT_THE_END if final else CONFIRMED_BY
        # A meter that has started over counts up; a wrong lower value stays the same.
        lower = doubted[0].raw < self._last(reading).raw
        stands = reading.raw - doubted[0].raw < ROUNDING
        if len(doubted) < needed or (lower and stands):
            doubted = doubted if len(doubted) < needed else (doubted[0], reading)
            value = reading.raw + self.offset
            return replace(self, doubted=doubted), Judged(Judgement.DOUBTED, value)
        register = self._corrected(doubted[0], reading)
        return register, Judged(Judgement.BELIEVED, register.value or 0.0)

    def _corrected(self, first: RegisterReading, reading: RegisterReading) -> Self:
        """Believe the doubted readings that agree; these are the first and the last of them."""
        last, before = self._last(reading), self.before
        offset, highest = self.offset, self.highest
        if first.raw < last.raw:
            if before and first.raw > before.raw - ROUNDING:
                # The last one that was believed was too high.
                highest = self.lifetime
            else:
                offset += last.raw - first.raw
        return replace(
            self,
            value=reading.raw + offset,
            offset=offset,
            highest=highest,
            last=reading,
            before=before if first is reading else first,
            doubted=(),
        )


_LONG: Final = timedelta(days=365)
"""The age of a reading whose age is unknown."""
