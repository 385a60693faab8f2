"""The lifetime meter: which of its readings are believed, and what they come to.

A reading is believed if the charger can have delivered what lies between it and the last one. One
that is not believed is kept, and believed after all once others agree with it: a lower one is then
a meter that has started over or was replaced, and the lifetime goes on by its differences.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self

from mashumaro import DataClassDictMixin

from .stored import NOT_STORED

MOST_ENERGY: Final = 1e9
"""Wh: a lifetime of charging without a break is less."""

ROUNDING: Final = 1.0
"""Wh by which two readings of one meter may differ: meterStart and meterStop are whole numbers,
the register has a decimal (docs/chargers.md §3.3, §3.5)."""

LEEWAY: Final = timedelta(seconds=30)
"""By how much the time between two readings may be longer than it seems: they arrive late, and
stamps are whole seconds."""

LEAP: Final = 15_000.0
"""Wh by which the meter may go on faster than the charger can deliver and be believed until the next
reading contradicts: some chargers read late what has flowed long since (docs/chargers.md §3.5)."""

CONFIRMED_BY: Final = 3
"""Readings in a row that agree with each other are believed against all others."""

CONFIRMED_AT_THE_END: Final = 2
"""How many it takes if the session ends with the last of them, because there will be no more."""


class Judgement(StrEnum):
    """What is thought of one reading."""

    BELIEVED = "believed"
    OLD = "old"
    """It was read before the last one that was believed, and fits that."""
    DOUBTED = "doubted"


class Judged(NamedTuple):
    """A reading, and what is thought of it."""

    judgement: Judgement
    value: float
    """The lifetime in Wh that it tells of, as `Register.value` counts it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterReading(DataClassDictMixin):
    """What the meter was said to stand at."""

    raw: float
    """Wh, as read."""
    read_at: datetime
    """When it came, by our clock."""
    stamp: datetime | None = None
    """When it was read, by the charger's clock, if it said so."""

    def leads_to(self, later: Self, most_power: float, leap: float = 0.0) -> bool:
        """Say whether a charger can have gone from here to a later reading.

        Args:
            later: That reading.
            most_power: What the charger can deliver, in W.
            leap: How many Wh more than that it may be.
        """
        elapsed = later.read_at - self.read_at
        if self.stamp and later.stamp:
            # What comes from a queue comes at once, and was read over hours.
            elapsed = max(elapsed, later.stamp - self.stamp)
        hours = (max(elapsed, timedelta()) + LEEWAY) / timedelta(hours=1)
        return -ROUNDING < later.raw - self.raw <= most_power * hours + leap

    def repeats(self, other: Self) -> bool:
        """Say whether it is another one once more."""
        return (self.raw, self.stamp) == (other.raw, other.stamp)


@dataclass(frozen=True, kw_only=True, slots=True)
class Register(DataClassDictMixin):
    """The lifetime meter in Wh."""

    value: float | None = None
    """All that flowed, as far as is believed: what was read last, and what earlier meters had."""
    offset: float = 0.0
    """What earlier meters had counted beyond the present one."""
    highest: float | None = None
    """What was shown, if more has been believed than has turned out to be true."""
    last: RegisterReading | None = None
    """The last reading that was believed."""
    before: RegisterReading | None = None
    """The one before that."""
    doubted: tuple[RegisterReading, ...] = field(default=(), metadata=NOT_STORED)
    """The latest readings that were not believed, as far as they agree with each other."""

    @property
    def lifetime(self) -> float | None:
        """What people see: it never dips."""
        if self.value is None or self.highest is None:
            return self.value
        return max(self.value, self.highest)

    def judged(
        self,
        reading: RegisterReading,
        most_power: float,
        *,
        final: bool = False,
        leap: float = LEAP,
    ) -> tuple[Self, Judged]:
        """Judge a reading, and return the register after it.

        Args:
            reading: What was read.
            most_power: What the charger can deliver at most, in W.
            final: No other reading of the session will follow.
            leap: How many Wh more than that are believed until they are contradicted.
        """
        value = reading.raw + self.offset
        if not 0 <= reading.raw <= MOST_ENERGY:
            return self, Judged(Judgement.DOUBTED, value)
        if self.value is None:
            if not reading.raw:
                # A charger that has not read its meter yet says 0.
                return self, Judged(Judgement.DOUBTED, value)
            return self._believing(reading, most_power), Judged(
                Judgement.BELIEVED, value
            )
        known = self._last(reading)
        # Of a reading before the charger has started, only our own time counts.
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

    def restarted(self) -> Self:
        """Return it once the charger has started: what its clock said before means nothing."""
        if self.last is None or self.last.stamp is None:
            return self
        return replace(self, last=replace(self.last, stamp=None))

    def _last(self, reading: RegisterReading) -> RegisterReading:
        """Return the last reading; version 0.1.0 has not kept when it was."""
        if self.last:
            return self.last
        raw = (self.value or 0.0) - self.offset
        return RegisterReading(raw=raw, read_at=reading.read_at - _LONG)

    def _believing(self, reading: RegisterReading, most_power: float) -> Self:
        known = None if self.value is None else self._last(reading)
        # A whole number that takes a bit back is the same as before.
        raw = max(reading.raw, known.raw) if known else reading.raw
        return replace(
            self,
            value=raw + self.offset,
            last=replace(reading, raw=raw),
            before=self._anchor(known, most_power),
            doubted=(),
        )

    def _anchor(
        self, known: RegisterReading | None, most_power: float
    ) -> RegisterReading | None:
        """Return the latest reading that nothing can contradict: none to which it took a leap."""
        before = self.before
        if before and known and not before.leads_to(known, most_power):
            return before
        return known

    def _is_contradicted_by(self, reading: RegisterReading, most_power: float) -> bool:
        """Say whether the last reading was more than can have flowed, and this one fits better."""
        before, last = self.before, self.last
        if before is None or last is None or before.leads_to(last, most_power):
            return False
        return before.leads_to(reading, most_power)

    def _doubting(
        self, reading: RegisterReading, most_power: float, *, final: bool
    ) -> tuple[Self, Judged]:
        """Keep a reading that is not believed, unless enough others agree with it."""
        doubted = self.doubted
        if not doubted or not doubted[-1].leads_to(reading, most_power, LEAP):
            doubted = (reading,)
        elif final or not reading.repeats(doubted[-1]):
            doubted = (*doubted, reading)
        needed = CONFIRMED_AT_THE_END if final else CONFIRMED_BY
        # A meter that has started over counts; one that is only said to stand lower does not.
        lower = doubted[0].raw < self._last(reading).raw
        stands = reading.raw - doubted[0].raw < ROUNDING
        if len(doubted) < needed or (lower and stands):
            doubted = doubted if len(doubted) < needed else (doubted[0], reading)
            value = reading.raw + self.offset
            return replace(self, doubted=doubted), Judged(Judgement.DOUBTED, value)
        register = self._corrected(doubted[0], reading)
        return register, Judged(Judgement.BELIEVED, register.value or 0.0)

    def _corrected(self, first: RegisterReading, reading: RegisterReading) -> Self:
        """Believe readings that agree with each other, the first and the latest of which these are."""
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
"""How old a reading may be of which that is not known."""
