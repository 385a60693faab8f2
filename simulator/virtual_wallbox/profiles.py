"""Charging profiles: what one says, which are installed, and what they add up to (OCPP 1.6 section 3.13)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from .clock import from_wire
from .configuration import Configuration
from .personality import Personality

_RECURRENCE: Final = {"Daily": 86_400.0, "Weekly": 604_800.0}


class Purpose(StrEnum):
    """ChargingProfilePurposeType."""

    MAX = "ChargePointMaxProfile"
    DEFAULT = "TxDefaultProfile"
    TRANSACTION = "TxProfile"


class Kind(StrEnum):
    """ChargingProfileKindType."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Period(NamedTuple):
    """From `start` seconds after the schedule's beginning, at most `limit` A on each phase."""

    start: float
    limit: float


class Moment(NamedTuple):
    """A point in time, as schedules need it: the charger's clock, and seconds since the transaction began."""

    utc: datetime
    transaction_age: float | None

    def later(self, seconds: float) -> Moment:
        """Return the moment so many seconds ahead."""
        age = None if self.transaction_age is None else self.transaction_age + seconds
        return Moment(self.utc + timedelta(seconds=seconds), age)


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One installed charging profile."""

    id: int
    connector: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    transaction_id: int | None
    unit: str
    periods: tuple[Period, ...]
    start: datetime
    duration: float | None
    valid_from: datetime | None
    valid_to: datetime | None
    recurrence: float | None

    @classmethod
    def read(
        cls, connector: int, data: Mapping[str, Any], installed_at: datetime
    ) -> ChargingProfile:
        """Read `csChargingProfiles`.

        Raises:
            KeyError, TypeError, ValueError: It is not what OCPP says it should be.
        """
        schedule = data["chargingSchedule"]
        return cls(
            id=int(data["chargingProfileId"]),
            connector=connector,
            stack_level=int(data["stackLevel"]),
            purpose=Purpose(data["chargingProfilePurpose"]),
            kind=Kind(data["chargingProfileKind"]),
            transaction_id=data.get("transactionId"),
            unit=str(schedule["chargingRateUnit"]),
            periods=tuple(
                Period(float(p["startPeriod"]), float(p["limit"]))
                for p in schedule["chargingSchedulePeriod"]
            ),
            start=_moment(schedule, "startSchedule") or installed_at,
            duration=schedule.get("duration"),
            valid_from=_moment(data, "validFrom"),
            valid_to=_moment(data, "validTo"),
            recurrence=_RECURRENCE[data["recurrencyKind"]]
            if data["chargingProfileKind"] == Kind.RECURRING
            else None,
        )

    def limit_at(self, moment: Moment) -> float | None:
        """Return the limit it sets at a moment, A; `None` when it has nothing to say."""
        elapsed = self._elapsed(moment)
        if (
            elapsed is None
            or elapsed < 0
            or (self.duration is not None and elapsed >= self.duration)
        ):
            return None
        if (self.valid_from and moment.utc < self.valid_from) or (
            self.valid_to and moment.utc >= self.valid_to
        ):
            return None
        return next(
            (
                period.limit
                for period in reversed(self.periods)
                if period.start <= elapsed
            ),
            None,
        )

    def changes_after(self, moment: Moment) -> Iterator[float]:
        """Return the seconds until each moment at which it may begin to say something else."""
        for border in (self.valid_from, self.valid_to):
            if border is not None and border > moment.utc:
                yield (border - moment.utc).total_seconds()
        elapsed = self._elapsed(moment)
        if elapsed is None:
            return
        starts = [period.start for period in self.periods]
        for border_seconds in (0.0, *starts, self.duration, self.recurrence):
            if border_seconds is not None and border_seconds > elapsed:
                yield border_seconds - elapsed

    def _elapsed(self, moment: Moment) -> float | None:
        if self.kind is Kind.RELATIVE:
            return moment.transaction_age
        seconds = (moment.utc - self.start).total_seconds()
        return (
            seconds % self.recurrence if self.recurrence and seconds >= 0 else seconds
        )


class ProfileStore:
    """The installed profiles of one charger."""

    def __init__(self, personality: Personality, configuration: Configuration) -> None:
        """Start empty."""
        self._personality = personality
        self._configuration = configuration
        self.installed: list[ChargingProfile] = []
        self._ignores_defaults = False

    def begin_transaction(self, *, offline: bool) -> None:
        """Note how a transaction begins: some then do not look at TxDefaultProfile."""
        if self._personality.drops_default_profile_at_start:
            self._drop(Purpose.DEFAULT)
        self._ignores_defaults = (
            offline and not self._personality.default_counts_offline
        )

    def install(
        self,
        profile: ChargingProfile,
        *,
        open_transaction: int | None,
        any_transaction: bool,
    ) -> str:
        """Take a profile and return the ChargingProfileStatus.

        Args:
            profile: The profile.
            open_transaction: Id of the open transaction, if the charger knows it already.
            any_transaction: Whether a transaction is open at all.
        """
        if not self._acceptable(profile):
            return "Rejected"
        if profile.unit == "W":
            profile = self._in_amps(profile)
        if profile.purpose is Purpose.TRANSACTION and (
            not any_transaction
            or profile.transaction_id not in {None, open_transaction}
        ):
            return "Rejected"
        kept = [other for other in self.installed if not _replaces(profile, other)]
        jump = self._personality.same_limit_twice_amps
        if jump is not None and any(
            _replaces(profile, other) and profile.periods == other.periods
            for other in self.installed
        ):
            profile = replace(profile, periods=(Period(0.0, jump),))
        if len(kept) >= self._configuration.number("MaxChargingProfilesInstalled"):
            if not self._personality.full_store_replaces:
                return "Rejected"
            kept = kept[1:]
        self.installed = [*kept, profile]
        return "Accepted"

    def clear(
        self,
        *,
        profile_id: int | None,
        connector: int | None,
        purpose: str | None,
        stack_level: int | None,
    ) -> str:
        """Remove what matches and return the ClearChargingProfileStatus."""
        kept = [
            profile
            for profile in self.installed
            if (profile_id is not None and profile.id != profile_id)
            or (connector is not None and profile.connector != connector)
            or (purpose is not None and profile.purpose != purpose)
            or (stack_level is not None and profile.stack_level != stack_level)
        ]
        removed = len(kept) < len(self.installed)
        self.installed = kept
        return "Accepted" if removed else "Unknown"

    def end_transaction(self) -> None:
        """Forget the TxProfiles (OCPP 1.6 section 3.13.1)."""
        self._drop(Purpose.TRANSACTION)
        self._ignores_defaults = False

    def drop_all(self) -> None:
        """Forget everything."""
        self.installed = []

    def limit_at(self, moment: Moment) -> float | None:
        """Return the limit of all profiles together, A; `None` for no limit.

        TxProfile overrules TxDefaultProfile; ChargePointMaxProfile caps both; the highest stack level that has
        something to say wins; a profile for connector 1 goes before one for connector 0.
        """
        session = self._highest(Purpose.TRANSACTION, moment)
        if session is None and not self._ignores_defaults:
            session = self._highest(Purpose.DEFAULT, moment)
        ceiling = (
            self._highest(Purpose.MAX, moment)
            if self._personality.max_profile_has_effect
            else None
        )
        limits = [limit for limit in (session, ceiling) if limit is not None]
        return min(limits, default=None)

    def next_change(self, moment: Moment) -> float | None:
        """Return the seconds until the limit may change."""
        return min(
            (s for profile in self.installed for s in profile.changes_after(moment)),
            default=None,
        )

    def _drop(self, purpose: Purpose) -> None:
        self.installed = [
            profile for profile in self.installed if profile.purpose is not purpose
        ]

    def _acceptable(self, profile: ChargingProfile) -> bool:
        highest = (
            0
            if self._personality.only_stack_zero
            else self._configuration.number("ChargeProfileMaxStackLevel")
        )
        connectors = {
            Purpose.MAX: {0},
            Purpose.DEFAULT: {0, 1},
            Purpose.TRANSACTION: {1},
        }
        return (
            profile.unit == self._personality.rate_unit
            and profile.connector in connectors[profile.purpose]
            and 0 <= profile.stack_level <= highest
            and not self._rejects_stacked(profile)
            and 0
            < len(profile.periods)
            <= self._configuration.number("ChargingScheduleMaxPeriods")
            and all(period.limit >= 0 for period in profile.periods)
        )

    def _highest(self, purpose: Purpose, moment: Moment) -> float | None:
        ranked = sorted(
            (
                profile
                for profile in self.installed
                if profile.purpose is purpose and not self._ignores(profile)
            ),
            key=lambda profile: (profile.connector, profile.stack_level),
            reverse=True,
        )
        for profile in ranked:
            if (limit := profile.limit_at(moment)) is not None:
                jumps = (
                    self._personality.fractions_jump_to_max and not limit.is_integer()
                )
                return self._personality.max_amps if jumps else limit
        return None

    def _in_amps(self, profile: ChargingProfile) -> ChargingProfile:
        """Give a profile whose limits are whole A on each phase instead of W on all."""
        watts = self._personality.volts * self._personality.phases
        periods = tuple(Period(at, limit // watts) for at, limit in profile.periods)
        return replace(profile, periods=periods)

    def _rejects_stacked(self, profile: ChargingProfile) -> bool:
        if not profile.stack_level:
            return False
        pauses = any(period.limit == 0 for period in profile.periods)
        return (self._personality.rejects_stacked_pause and pauses) or (
            self._personality.rejects_stacked_absolute and profile.kind is Kind.ABSOLUTE
        )

    def _ignores(self, profile: ChargingProfile) -> bool:
        return (
            self._personality.ignores_absolute and profile.kind is Kind.ABSOLUTE
        ) or (self._personality.ignores_stack_zero and not profile.stack_level)


def _replaces(new: ChargingProfile, old: ChargingProfile) -> bool:
    same_place = (new.purpose, new.connector, new.stack_level) == (
        old.purpose,
        old.connector,
        old.stack_level,
    )
    return new.id == old.id or same_place


def _moment(data: Mapping[str, Any], name: str) -> datetime | None:
    return from_wire(data[name]) if name in data else None
