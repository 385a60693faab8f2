"""The owner's wish as charging profiles, which the charger keeps while it is offline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from mashumaro import DataClassDictMixin
from ocpp.v16 import call
from ocpp.v16.datatypes import ChargingProfile, ChargingSchedule, ChargingSchedulePeriod
from ocpp.v16.enums import (
    ChargingProfileKindType,
    ChargingProfilePurposeType,
    ChargingRateUnitType,
)

from .charging_plan import Mode
from .failsafe import Lease

CONNECTOR: Final = 1
"""The one connector that every known Wallbox has (docs/chargers.md §2, NumberOfConnectors)."""

REMOTE_ID_TAG: Final = "HOMEASSISTANT"
"""The idTag of transactions that we start; at most 20 characters (OCPP 1.6 §7.28)."""

DEFAULT: Final = ChargingProfilePurposeType.tx_default_profile
IN_TRANSACTION: Final = ChargingProfilePurposeType.tx_profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish(DataClassDictMixin):
    """What the owner last asked for."""

    charging: bool = True
    current_limit: int | None = None
    """Whole amps, 6 or more. None is the charger's own maximum."""
    mode: Mode = Mode.NOW
    """How it is decided when the car may charge, if it may; never `Mode.OFF`."""
    energy_target: int = 0
    """Wh since plug-in after which the present car gets no more; 0 for no target."""

    @property
    def mode_shown(self) -> Mode:
        """The mode, with a pause as one of them."""
        return self.mode if self.charging else Mode.OFF

    def amps(self, most: int) -> int:
        """Return the amps to allow, at most `most`: 0 pauses, and leaves the transaction open."""
        if not self.charging:
            return 0
        return most if self.current_limit is None else min(self.current_limit, most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One way to write a limit as charging profiles. Chargers differ in which they follow."""

    kind: ChargingProfileKindType = ChargingProfileKindType.relative
    highest_level: bool = False
    """At the charger's highest stack level, instead of 0."""
    clear_first: bool = False
    """Profiles of the same purpose are cleared first, so for a moment there is no limit."""
    in_transaction: bool = True
    """Within a transaction a TxProfile is sent, too, and not only the TxDefaultProfile."""


class Change(StrEnum):
    """A change of the limit."""

    RAISED = "raised"
    """From nothing, so that the car begins to draw."""
    LOWERED = "lowered"
    """Below what the car draws."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanProof:
    """The changes of the limit that a charger was seen to make by itself, as its profile says."""

    firmware: str | None
    dialect: Dialect
    raised: int = 0
    """Of how many limits the longest profile had in which it began to allow something; 0 for none."""
    lowered: int = 0
    """The same, in which it went below what the car drew."""

    @classmethod
    def of(cls, known: Self | None, firmware: str | None, dialect: Dialect) -> Self:
        """Return what is known of a dialect with a firmware; nothing if that is of others."""
        if known and (known.firmware, known.dialect) == (firmware, dialect):
            return known
        return cls(firmware=firmware, dialect=dialect)

    def with_shown(self, change: Change, periods: int) -> Self:
        """Return it once the charger has made a change in a profile with so many limits."""
        match change:
            case Change.RAISED:
                return replace(self, raised=max(self.raised, periods))
            case Change.LOWERED:
                return replace(self, lowered=max(self.lowered, periods))

    def seen(self, periods: int) -> bool:
        """Return whether it makes the changes of a profile with so many limits by itself."""
        fewest = min(self.raised, self.lowered)
        # One with two limits never begins to allow something.
        return self.lowered >= periods if periods == 2 else 0 < fewest >= periods


PLAIN: Final = Dialect()
"""Works on 5.x, which wants stack level 0, and on 6.x, which wants Relative
(docs/chargers.md §3.7); and one stack loses its highest level over a reboot
(docs/chargers.md §8.4, P6)."""

_CLEARED: Final = Dialect(clear_first=True)
"""For a charger that jumps to 16 A when it gets the same profile twice (docs/chargers.md §3.7), or
that still holds a profile of its former operator at a higher level."""

DIALECTS: Final[tuple[tuple[str, tuple[Dialect, ...]], ...]] = (
    (
        "6.0.0",
        (
            PLAIN,
            _CLEARED,
            # What evcc sends to 6.x (docs/chargers.md §3.7).
            Dialect(highest_level=True),
            # What works on a Pulsar Pro with 6.11 (docs/chargers.md §3.7).
            Dialect(
                kind=ChargingProfileKindType.absolute,
                highest_level=True,
                clear_first=True,
            ),
            Dialect(in_transaction=False),
        ),
    ),
    (
        "0.0.0",
        (
            PLAIN,
            Dialect(kind=ChargingProfileKindType.absolute),
            _CLEARED,
        ),
    ),
)
"""The dialects to try, best first, from a firmware version on (docs/chargers.md §3.7)."""


_PLAN_IN_TRANSACTION: Final = Dialect(kind=ChargingProfileKindType.absolute)
_PLAN_AS_DEFAULT: Final = Dialect(
    kind=ChargingProfileKindType.absolute, in_transaction=False
)
"""For a charger that takes one profile only."""


def plan_dialects_for(
    firmware: str | None, *, two_profiles: bool
) -> tuple[Dialect, ...]:
    """Return the dialects to try for limits one after the other, best first.

    A TxDefaultProfile never counts from the start of a transaction: it would begin again at each
    one (docs/chargers.md §8.5). Firmware 6 has ignored absolute profiles (docs/chargers.md §3.7).
    A plan takes the place of the TxDefaultProfile only where there is no room beside it: if the
    charger ignored the plan, nothing else would limit the car.
    """
    modern = dialects_for(firmware) is DIALECTS[0][1]
    if not two_profiles:
        return () if modern else (_PLAN_AS_DEFAULT,)
    plans = (PLAIN, _PLAN_IN_TRANSACTION)
    return plans if modern else plans[::-1]


@lru_cache
def dialects_for(firmware: str | None) -> tuple[Dialect, ...]:
    """Return the dialects to try with a firmware, best first; an unreadable version counts as new."""
    version = AwesomeVersion(firmware or "")
    newest = DIALECTS[0][1]
    if version.strategy is AwesomeVersionStrategy.UNKNOWN:
        return newest
    return next((dialects for since, dialects in DIALECTS if version >= since), newest)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Limits one after the other, as the periods of a charging schedule."""

    periods: Sequence[tuple[int, int]]
    """Seconds from the start of the schedule, and amps from then on; the first one is at 0."""
    start_schedule: str | None = None
    """By the charger's clock; None in a profile that counts from the start of the transaction."""


def profile(
    amps: int,
    dialect: Dialect,
    level: int,
    transaction_id: int | None = None,
    *,
    lease: Lease | None = None,
    schedule: Schedule | None = None,
) -> call.SetChargingProfile:
    """Return the request for a limit: the TxProfile of a transaction, or the TxDefaultProfile.

    The default one is for every later transaction, also one that begins offline. A TxProfile ends
    with its lease, if any.
    """
    in_transaction = transaction_id is not None
    start = lease.start_schedule if lease else None
    if schedule and schedule.start_schedule:
        start = schedule.start_schedule
    periods = schedule.periods if schedule else ((0, amps),)
    # Every optional field is left out: unusual ones failed validation on real chargers
    # (docs/chargers.md §3.7).
    return call.SetChargingProfile(
        connector_id=CONNECTOR,
        cs_charging_profiles=ChargingProfile(
            charging_profile_id=2 if in_transaction else 1,
            transaction_id=transaction_id,
            stack_level=level,
            charging_profile_purpose=IN_TRANSACTION if in_transaction else DEFAULT,
            charging_profile_kind=dialect.kind,
            charging_schedule=ChargingSchedule(
                start_schedule=start,
                duration=lease.seconds if lease else None,
                charging_rate_unit=ChargingRateUnitType.amps,
                charging_schedule_period=[
                    ChargingSchedulePeriod(start_period=seconds, limit=allowed)
                    for seconds, allowed in periods
                ],
            ),
        ),
    )


def clearing(purpose: ChargingProfilePurposeType) -> call.ClearChargingProfile:
    """Return the request to clear all profiles of a purpose, also those of other operators."""
    return call.ClearChargingProfile(charging_profile_purpose=purpose)


def remote_start() -> call.RemoteStartTransaction:
    """Return the request to start a transaction.

    It never carries a profile: many firmwares refuse that (docs/chargers.md §3.6).
    """
    return call.RemoteStartTransaction(id_tag=REMOTE_ID_TAG, connector_id=CONNECTOR)
