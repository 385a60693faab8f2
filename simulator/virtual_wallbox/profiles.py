"""The charging profiles that a charger has installed: what it takes, replaces and forgets."""

from dataclasses import replace

from .charging_profile import ChargingProfile, Kind, Period, Purpose
from .configuration import Configuration
from .errors import CallError, NoAnswerError
from .personality import Longer, Personality


class ProfileStore:
    """The installed profiles of one charger."""

    def __init__(self, personality: Personality, configuration: Configuration) -> None:
        """Start empty."""
        self._personality = personality
        self._configuration = configuration
        self.installed: list[ChargingProfile] = []
        self.offline = False
        """There is no connection; only some look at that."""
        self._ignores_defaults = False

    @property
    def counting(self) -> tuple[ChargingProfile, ...]:
        """The profiles that the charger looks at now."""
        ignored = set()
        if self._ignores_defaults:
            ignored.add(Purpose.DEFAULT)
        if self.offline and not self._personality.session_profiles_count_offline:
            ignored.add(Purpose.TRANSACTION)
        return tuple(p for p in self.installed if p.purpose not in ignored)

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

        Raises:
            CallError: It is answered with a CALLERROR.
            NoAnswerError: It is not answered.
        """
        self._refuse_longer(profile)
        if not self._acceptable(profile):
            return "Rejected"
        if profile.unit == "W":
            profile = self._in_amps(profile)
        if profile.purpose is Purpose.TRANSACTION and (
            not any_transaction
            or profile.transaction_id not in {None, open_transaction}
            or (
                profile.transaction_id is None
                and self._personality.needs_transaction_id
            )
        ):
            return "Rejected"
        kept = [other for other in self.installed if not self._replaces(profile, other)]
        jump = self._personality.same_limit_twice_amps
        if jump is not None and any(
            self._replaces(profile, other) and profile.periods == other.periods
            for other in self.installed
        ):
            profile = replace(profile, periods=(Period(0.0, jump),))
        counted = self.installed if self._personality.replacing_needs_room else kept
        if len(counted) >= self._configuration.number("MaxChargingProfilesInstalled"):
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

    def reboot(self) -> None:
        """Come back with what this charger keeps over a restart."""
        personality = self._personality
        if not personality.keeps_profiles:
            self.drop_all()
        if not personality.keeps_session_profiles:
            self._drop(Purpose.TRANSACTION)
        highest = self._configuration.number("ChargeProfileMaxStackLevel")
        if not personality.keeps_highest_stack:
            self.installed = [p for p in self.installed if p.stack_level != highest]
        if personality.default_on_zero_becomes_max:
            self.installed = [
                replace(p, purpose=Purpose.MAX)
                if p.purpose is Purpose.DEFAULT and p.connector == 0
                else p
                for p in self.installed
            ]

    def evaluated_ahead(self) -> None:
        """Come out of GetCompositeSchedule: some then have the last limit in the place of the first."""
        if self._personality.composite_breaks_schedules:
            self.installed = [_with_last_first(p) for p in self.installed]

    def _refuse_longer(self, profile: ChargingProfile) -> None:
        most = self._personality.periods_taken
        if most is None or len(profile.periods) <= most:
            return
        match self._personality.longer_schedule:
            case Longer.CALLERROR:
                raise CallError("PropertyConstraintViolation", "too many periods")
            case Longer.SILENCE:
                raise NoAnswerError
            case Longer.REJECTED:
                pass

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
            and 0 < len(profile.periods) <= self._most_periods
            and all(period.limit >= 0 for period in profile.periods)
        )

    @property
    def _most_periods(self) -> int:
        reported = self._configuration.number("ChargingScheduleMaxPeriods")
        taken = self._personality.periods_taken
        return reported if taken is None else min(taken, reported)

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

    def _replaces(self, new: ChargingProfile, old: ChargingProfile) -> bool:
        same_place = (new.purpose, new.connector, new.stack_level) == (
            old.purpose,
            old.connector,
            old.stack_level,
        )
        any_purpose = not self._personality.ids_by_purpose
        same_id = new.id == old.id and (any_purpose or new.purpose is old.purpose)
        return same_id or same_place


def _with_last_first(profile: ChargingProfile) -> ChargingProfile:
    first, *others = profile.periods
    first = first._replace(limit=profile.periods[-1].limit)
    return replace(profile, periods=(first, *others))
