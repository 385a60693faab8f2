"""The offline fix: the desired configuration, the changes that it needs, and the verdict.

Four named profiles, all data. Why these keys and values: docs/chargers.md §7.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import takewhile
from typing import Final

from ocpp.v16.enums import ConfigurationStatus

from ...csms.requests import ConfigurationKey
from .firmware import supports_offline_fix
from .keys import normal

AUTH_ENABLED: Final = "AuthEnabled"
ACCEPTED: Final = ConfigurationStatus.accepted.value
REBOOT_REQUIRED: Final = ConfigurationStatus.reboot_required.value


class ProfileName(StrEnum):
    """The offline profiles: how a charger behaves without its central system (docs/chargers.md §7.4)."""

    CHARGE_HQ = "charge_hq"
    """Free charging online and offline, with the last limit: being offline changes nothing."""
    STRICT = "strict"
    """Free charging online; offline, a newly plugged-in car gets nothing."""
    LOCKED = "locked"
    """Only known cards and Home Assistant start a session, online and offline."""
    FACTORY = "factory"
    """Factory settings: the charger starts by itself while it is offline."""


class Verdict(StrEnum):
    """How well a charger is protected against charging by itself."""

    PROTECTED = "protected"
    APPLYING = "applying"
    WAITING_FOR_UNPLUG = "waiting_for_unplug"
    REBOOT_REQUIRED = "reboot_required"
    FIRMWARE_TOO_OLD = "firmware_too_old"
    REJECTED = "rejected"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A configuration key and its desired value."""

    key: str
    value: str
    fallbacks: tuple[str, ...] = ()
    """Values to try when the charger rejects the desired one, best first."""
    essential: bool = False
    """Without it the charger is not protected."""
    only_idle: bool = False
    """Written only while no transaction is open: else it is untested (docs/chargers.md §7.5)."""

    @property
    def values(self) -> tuple[str, ...]:
        """The acceptable values, best first."""
        return self.value, *self.fallbacks

    def better_than(self, value: str | None) -> Setting | None:
        """Return the setting with only the values better than a present one; None if there is none."""
        better = [*takewhile(lambda wanted: not same(value, wanted), self.values)]
        if not better:
            return None
        return replace(self, value=better[0], fallbacks=tuple(better[1:]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The settings to write now, in order, and those that wait until no transaction is open."""

    changes: tuple[Setting, ...] = ()
    deferred: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """The result of writing a plan."""

    limit_accepted: bool = False
    """The charger accepted the TxDefaultProfile, without which it must not charge freely."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The status of each write since the charger booted, by key."""
    deferred: tuple[str, ...] = ()
    rebooted: bool = False
    """The charger has been rebooted because an earlier verdict required it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Protection:
    """The verdict, and the comparison that it follows from."""

    verdict: Verdict = Verdict.UNKNOWN
    profile: ProfileName = ProfileName.CHARGE_HQ
    wanted: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, str | None] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    """The status of each write since the charger booted."""
    rebooted: bool = False
    """The charger has been rebooted for the fix, and is still not protected."""
    limit_accepted: bool = True
    """The charger accepted the TxDefaultProfile."""
    protected_otherwise: bool = False
    """The previous profile still protects the charger until the open session ends."""

    @property
    def protected(self) -> bool | None:
        """Whether the charger is protected; None if it was never checked."""
        if self.verdict is Verdict.UNKNOWN:
            return None
        return self.verdict is Verdict.PROTECTED or self.protected_otherwise

    @property
    def missing(self) -> tuple[str, ...]:
        """The essential keys that the charger does not have."""
        return tuple(
            setting.key
            for setting in PROFILES[self.profile]
            if setting.essential and self.found.get(setting.key) is None
        )

    @property
    def refused(self) -> tuple[str, ...]:
        """The essential keys that it has and does not change, or that were not written without a limit."""
        return tuple(
            setting.key
            for setting in PROFILES[self.profile]
            if setting.essential
            and self.found.get(setting.key) is not None
            and not satisfied(setting, self.found[setting.key])
            and (self.limit_accepted or setting.key in self.answers)
        )

    @property
    def rebooting(self) -> tuple[str, ...]:
        """The keys whose new value counts only after a reboot."""
        return tuple(
            key for key, said in self.answers.items() if said == REBOOT_REQUIRED
        )


def _authorisation(key: str, value: str, *, essential: bool = False) -> Setting:
    return Setting(key=key, value=value, essential=essential, only_idle=True)


_ONE_TRANSACTION_PER_PLUG_IN: Final = Setting(
    key="StopTransactionOnEVSideDisconnect", value="true"
)
_STRICT_OFFLINE: Final = (
    _authorisation("AllowOfflineTxForUnknownId", "false"),
    _authorisation("LocalPreAuthorize", "false"),
    _authorisation("AuthorizationCacheEnabled", "false"),
)

# The order is the order of writing: the switch that sets charging free comes last.
PROFILES: Final[Mapping[ProfileName, tuple[Setting, ...]]] = {
    ProfileName.CHARGE_HQ: (
        _ONE_TRANSACTION_PER_PLUG_IN,
        _authorisation("AuthEnabledOffline", "false", essential=True),
        _authorisation(AUTH_ENABLED, "false", essential=True),
    ),
    ProfileName.STRICT: (
        _ONE_TRANSACTION_PER_PLUG_IN,
        *_STRICT_OFFLINE,
        _authorisation("LocalAuthorizeOffline", "false"),
        _authorisation("AuthEnabledOffline", "true", essential=True),
        _authorisation(AUTH_ENABLED, "false", essential=True),
    ),
    ProfileName.LOCKED: (
        _ONE_TRANSACTION_PER_PLUG_IN,
        *_STRICT_OFFLINE,
        # The list holds the owner's cards only.
        _authorisation("LocalAuthListEnabled", "true"),
        _authorisation("LocalAuthorizeOffline", "true"),
        _authorisation("StopTransactionOnInvalidId", "true"),
        _authorisation("AuthEnabledOffline", "true", essential=True),
        _authorisation(AUTH_ENABLED, "true", essential=True),
    ),
    ProfileName.FACTORY: (
        _authorisation(AUTH_ENABLED, "true", essential=True),
        _authorisation("AuthEnabledOffline", "true", essential=True),
        _authorisation("AllowOfflineTxForUnknownId", "true"),
        _authorisation("LocalAuthorizeOffline", "true"),
        _authorisation("LocalPreAuthorize", "true"),
        _authorisation("AuthorizationCacheEnabled", "true"),
    ),
}

REPORTING: Final = (
    Setting(
        key="MeterValuesSampledData",
        value="Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage",
        fallbacks=(
            "Energy.Active.Import.Register,Power.Active.Import",
            "Energy.Active.Import.Register",
        ),
    ),
    Setting(key="MeterValueSampleInterval", value="10"),
)
"""What the charger should report while it charges; not part of the verdict."""


_ONLY_IDLE: Final = frozenset(
    normal(setting.key)
    for settings in PROFILES.values()
    for setting in settings
    if setting.only_idle
)


def is_only_idle(key: str) -> bool:
    """Return whether a key is written only while no transaction is open."""
    return normal(key) in _ONLY_IDLE


def needs_authorisation(profile: ProfileName) -> bool:
    """Return whether a charger waits for authorisation under a profile."""
    return all(
        setting.value == "true"
        for setting in PROFILES[profile]
        if setting.key == AUTH_ENABLED
    )


def plan(
    settings: Iterable[Setting],
    configuration: Mapping[str, ConfigurationKey],
    *,
    idle: bool,
) -> Plan:
    """Return the settings to write: those whose desired value is better than the present one.

    Absent and read-only keys are left out. The authorisation keys are only changed while the charger
    is idle.
    """
    changes: list[Setting] = []
    deferred: list[str] = []
    for setting in settings:
        found = configuration.get(setting.key)
        if found is None or found.readonly:
            continue
        if (change := setting.better_than(found.value)) is None:
            continue
        if setting.only_idle and not idle:
            deferred.append(setting.key)
        else:
            changes.append(change)
    return Plan(changes=tuple(changes), deferred=tuple(deferred))


def satisfied(setting: Setting, value: str | None) -> bool:
    """Return whether a value is the desired one, or the best one that this charger accepts."""
    return any(same(value, wanted) for wanted in setting.values)


def same(value: str | None, other: str) -> bool:
    """Return whether two configuration values are the same but for case and the order of a list."""
    return value is not None and _normal(value) == _normal(other)


def judge(
    profile: ProfileName,
    firmware: str | None,
    configuration: Mapping[str, ConfigurationKey],
    attempt: Attempt,
) -> Protection:
    """Return the verdict from the values read back after the writes, not from their answers."""
    settings = PROFILES[profile]
    verdict = _verdict(profile, firmware, configuration, attempt)
    return Protection(
        verdict=verdict,
        profile=profile,
        wanted={setting.key: setting.value for setting in settings},
        found={
            setting.key: found.value
            if (found := configuration.get(setting.key))
            else None
            for setting in settings
        },
        answers=attempt.answers,
        rebooted=attempt.rebooted and verdict is not Verdict.PROTECTED,
        limit_accepted=attempt.limit_accepted,
    )


def following(before: Protection, protection: Protection) -> Protection:
    """Return the protection, noting whether the previous profile still protects the charger.

    The owner may choose another profile, or lock the charger, while a session is open.
    """
    if protection.verdict is not Verdict.WAITING_FOR_UNPLUG:
        return protection
    if before.profile is protection.profile:
        return replace(protection, protected_otherwise=before.protected_otherwise)
    return replace(protection, protected_otherwise=before.protected is True)


def restarted(protection: Protection) -> Protection:
    """Return a verdict as it is after a boot of the charger."""
    return replace(
        protection,
        answers={},
        rebooted=protection.rebooted or protection.verdict is Verdict.REBOOT_REQUIRED,
    )


def _verdict(
    profile: ProfileName,
    firmware: str | None,
    configuration: Mapping[str, ConfigurationKey],
    attempt: Attempt,
) -> Verdict:
    if profile is ProfileName.FACTORY:
        return Verdict.OFF
    if not configuration:
        return Verdict.UNKNOWN
    if supports_offline_fix(firmware) is False:
        return Verdict.FIRMWARE_TOO_OLD
    essential = [setting for setting in PROFILES[profile] if setting.essential]
    missing = [
        setting.key
        for setting in essential
        if (found := configuration.get(setting.key)) is None
        or not satisfied(setting, found.value)
    ]
    if any(
        attempt.answers.get(setting.key) == REBOOT_REQUIRED for setting in essential
    ):
        return Verdict.REBOOT_REQUIRED
    if not missing:
        return Verdict.PROTECTED if attempt.limit_accepted else Verdict.REJECTED
    if any(key in attempt.deferred for key in missing):
        return Verdict.WAITING_FOR_UNPLUG
    if any(attempt.answers.get(key) == ACCEPTED for key in missing):
        # The write was accepted, and the value may count after the next boot.
        return Verdict.REBOOT_REQUIRED
    return Verdict.REJECTED


def _normal(value: str) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in value.split(","))
