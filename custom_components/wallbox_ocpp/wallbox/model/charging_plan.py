"""What the owner wants in the hours to come: when a car may charge, and with how many amps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import dropwhile, pairwise
from typing import Final, Self

from mashumaro import DataClassDictMixin

FARTHEST: Final = timedelta(days=30)
"""How far ahead a plan may reach."""
NOTABLE: Final = timedelta(minutes=15)
"""By how much the start or the end of a slot has to change for anybody to be told."""
FOREVER: Final = datetime.max.replace(tzinfo=UTC)
MOST_VOLTS: Final = 3 * 240.0
"""Of all phases together, somewhat more than usual."""


class Mode(StrEnum):
    """How a charger decides when a car may charge."""

    OFF = "off"
    NOW = "now"
    PLANNED = "planned"
    """In the cheapest hours, or in those that the owner allows."""
    SOLAR = "solar"
    """With the surplus of a solar system."""
    MIN_SOLAR = "min_solar"
    """With that surplus, and at least with the lowest current."""


WITH_SUN: Final = frozenset({Mode.SOLAR, Mode.MIN_SOLAR})


class PlanProblem(StrEnum):
    """Why a plan cannot be followed."""

    ORDER = "order"
    """A slot ends before it starts."""
    OVERLAP = "overlap"
    PAST = "past"
    """All slots are over."""
    FAR = "far"
    """A slot ends later than `FARTHEST`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSlot:
    """A time in which a car may charge."""

    start: datetime
    end: datetime | None = None
    """None if it goes on."""
    amps: int | None = None
    """None for the owner's current limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargingPlan(DataClassDictMixin):
    """The times in which a car may charge, in order and without overlap; none in between."""

    slots: tuple[PlannedSlot, ...] = ()

    def at(self, now: datetime) -> PlannedSlot | None:
        """Return the slot that covers a moment; None if the car may not charge then."""
        for slot in self.slots:
            if slot.start > now:
                return None
            if slot.end is None or now < slot.end:
                return slot
        return None

    def next_start(self, now: datetime) -> datetime | None:
        """Return when the next slot begins after a moment."""
        return next((slot.start for slot in self.slots if slot.start > now), None)

    def next_edge(self, now: datetime) -> datetime | None:
        """Return when a slot next begins or ends after a moment."""
        return next((edge for edge, _ in self.changes(now)), None)

    def changes(self, now: datetime) -> Iterator[tuple[datetime, PlannedSlot | None]]:
        """Yield when what the car may get changes after a moment, and the slot from then on, if any."""
        for number, slot in enumerate(self.slots):
            if slot.start > now:
                yield slot.start, slot
            if slot.end is None or slot.end <= now:
                continue
            following = self.slots[number + 1 : number + 2]
            if not following or following[0].start > slot.end:
                yield slot.end, None

    @property
    def end(self) -> datetime | None:
        """When the last slot ends; None if it goes on, or if there is none."""
        return self.slots[-1].end if self.slots else None

    def energy(self, since: datetime, until: datetime) -> float:
        """Return the most Wh that a car can get of it between two times, if all slots have amps."""
        return sum(
            (slot.amps or 0)
            * MOST_VOLTS
            * max(min(slot.end or until, until) - max(slot.start, since), timedelta())
            / timedelta(hours=1)
            for slot in self.slots
        )

    def problem(self, now: datetime) -> PlanProblem | None:
        """Return why it cannot be followed; None if it can."""
        times = [(slot.start, slot.end) for slot in self.slots]
        if any(end is not None and end <= start for start, end in times):
            return PlanProblem.ORDER
        if any(end is None or end > after for (_, end), (after, _) in pairwise(times)):
            return PlanProblem.OVERLAP
        if any(end is not None and end - now > FARTHEST for _, end in times):
            return PlanProblem.FAR
        return None if self.from_now_on(now).slots else PlanProblem.PAST

    def resembles(self, other: Self, now: datetime) -> bool:
        """Return whether what is to come of both differs by less than `NOTABLE` everywhere."""
        mine, others = self.from_now_on(now).slots, other.from_now_on(now).slots
        return len(mine) == len(others) and all(
            one.amps == another.amps
            and abs(max(one.start, now) - max(another.start, now)) < NOTABLE
            and abs((one.end or FOREVER) - (another.end or FOREVER)) < NOTABLE
            for one, another in zip(mine, others, strict=True)
        )

    def from_now_on(self, now: datetime) -> Self:
        """Return it without the slots that are over."""
        left = tuple(dropwhile(lambda slot: slot.end and slot.end <= now, self.slots))
        return self if len(left) == len(self.slots) else type(self)(slots=left)
