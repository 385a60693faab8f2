"""The Wallboxes there are: one row a firmware, and every switch that tells one charger's behaviour from another's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .offline import OfflineStart


class AfterPowerCycle(StrEnum):
    """What becomes of a transaction that was open when the power went (docs/chargers.md §9.6)."""

    STOPS = "stops"
    """StopTransaction with reason PowerLoss after the boot (OCTT 032_1; none was seen after a restart, docs/chargers.md §3.2)."""
    RESUMES = "resumes"
    """It goes on with its old id, as MicroOcpp and open-ocpp do (docs/chargers.md §8.1.10)."""
    FORGETS = "forgets"
    """It is never mentioned again, as VCP and SAP do (docs/chargers.md §8.1.10)."""


class Periods(StrEnum):
    """Which periods of a charging schedule a charger follows."""

    ALL = "all"
    FIRST = "first"
    """The first one for ever."""
    LAST = "last"
    """The last one, at once."""
    NONE = "none"
    """It ignores a schedule of several periods, and follows one of a single period (go-e, docs/chargers.md §8.5)."""


class Longer(StrEnum):
    """How a charger answers a schedule with more periods than it takes (docs/chargers.md §8.5)."""

    REJECTED = "rejected"
    CALLERROR = "callerror"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One charger's make-up. Durations are seconds of the charger's time unless they say otherwise."""

    firmware: str
    model: str
    serial: str
    vendor: str = "Wall Box Chargers"
    meter_type: str = "Internal NON compliant"
    phases: int = 3
    volts: float = 230.0
    max_amps: float = 32.0

    has_socket: bool = False
    """The cable can be taken off, and is locked to the charger; no log of a Wallbox that lets go of one is known."""

    # Configuration keys

    key_values: Mapping[str, str] = field(default_factory=dict)
    """Values that differ from the table in `configuration.py`."""
    absent_keys: frozenset[str] = frozenset()
    """Keys this firmware does not know: NotSupported."""
    hidden_keys: frozenset[str] = frozenset()
    """Keys that GetConfiguration leaves out although ChangeConfiguration knows them (docs/chargers.md §2)."""
    rejected_keys: frozenset[str] = frozenset()
    """Writable keys that answer Rejected all the same."""
    ignored_keys: frozenset[str] = frozenset()
    """Keys that answer Accepted and keep their value (docs/chargers.md §1.4: Accepted does not prove effect)."""
    reboot_required_keys: frozenset[str] = frozenset()
    """Keys that answer RebootRequired, read back new, and act only after a reboot (never seen on a Wallbox, §1.4)."""
    silent_reboot_keys: frozenset[str] = frozenset()
    """The same, but answered Accepted: the article's halo that stays yellow until the next reboot."""
    slow_configuration: bool = False
    """GetConfiguration takes 3.5 s (docs/chargers.md §2)."""

    # Link

    sends_boot: bool = True
    """False: connects with StatusNotification only, boots when triggered."""
    restarts_boot_on_early_call: bool = False
    """A CALL before BootNotification.conf closes the socket and starts the boot over (docs/chargers.md §4.2)."""
    quiet_limit: float | None = None
    """Peer seconds without a frame or ping from the server until the socket is dropped with 1006 (docs/chargers.md §5.2)."""
    drops_on_concurrent_calls: bool = False
    """A second CALL before the first is answered drops the socket (docs/chargers.md §3.7)."""
    call_gap: float = 0.0
    """Peer seconds that must lie between two CALLs, else the socket is dropped (docs/chargers.md §3.7)."""
    replays_status_history: bool = False
    """Sends every status missed while offline, as MicroOcpp does (docs/chargers.md §8.1.5)."""
    answers_calls: bool = True
    """False: it takes CALLs, answers none and follows none (em, docs/chargers.md §8.1.11)."""
    boots_before_reset_conf: bool = False
    """Sends its next BootNotification on the open socket before Reset.conf (cp-sim, docs/chargers.md §8.1.11)."""
    reconnect_backoff: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    """Waits before each attempt to reconnect; the last one repeats (1-8 s down, docs/chargers.md §5.2)."""

    # Charging profiles

    rate_unit: str = "A"
    """The only unit of limits that it takes; with W, 0 A is Rejected (MicroOcpp, docs/chargers.md §8.1.17)."""
    only_stack_zero: bool = False
    """Rejects every other stack level, whatever ChargeProfileMaxStackLevel says (docs/chargers.md §3.7)."""
    rejects_stacked_pause: bool = False
    """Rejects 0 A at a stack level above 0 (docs/chargers.md §3.7)."""
    rejects_stacked_absolute: bool = False
    """Rejects Absolute at a stack level above 0 (docs/chargers.md §3.7)."""
    full_store_replaces: bool = False
    """Beyond MaxChargingProfilesInstalled: the newest replaces the oldest instead of being Rejected (guess)."""
    ignores_limits: bool = False
    """Accepts profiles and does not act on them (docs/chargers.md §3.7)."""
    ignores_absolute: bool = False
    """Accepts Absolute profiles and does not act on them (6.x wants Relative, docs/chargers.md §3.7)."""
    ignores_stack_zero: bool = False
    """Accepts profiles at stack level 0 and does not act on them (docs/chargers.md §3.7, inferred)."""
    same_limit_twice_amps: float | None = None
    """What a profile becomes that says the same as the one it replaces: 16 A were seen (docs/chargers.md §3.7)."""
    highest_limit: float | None = None
    """Nothing above it is honoured, and no key tells so (19 A and more became 18 A, docs/chargers.md §3.7)."""
    fractions_jump_to_max: bool = True
    """8.8 A makes it charge at its maximum (docs/chargers.md §3.7)."""
    max_profile_has_effect: bool = True
    """ChargePointMaxProfile is honoured (not on 6.7.38, docs/chargers.md §3.7)."""
    drops_default_profile_at_start: bool = False
    """Throws TxDefaultProfile away when a session starts (docs/chargers.md §3.7)."""
    keeps_profiles: bool = True
    """TxDefault and max profiles survive a power cycle (docs/chargers.md §9.3)."""
    keeps_profiles_offline: bool = True
    """False: all profiles go with the connection (go-e, docs/chargers.md §8.6)."""
    default_counts_offline: bool = True
    """False: a session that begins without a connection ignores TxDefaultProfile (docs/chargers.md §8.6)."""
    rejects_optional_profile_fields: bool = False
    """Optional profile fields fail validation (docs/chargers.md §3.7)."""

    # Charging schedules (docs/chargers.md §8.5); for a Wallbox all of this is unknown

    periods_taken: int | None = None
    """Most periods that it takes where that is fewer than ChargingScheduleMaxPeriods says."""
    longer_schedule: Longer = Longer.REJECTED
    """Its answer to a schedule with more than `periods_taken`."""
    longest_frame: int | None = None
    """Characters of the longest frame that it answers."""
    periods_followed: Periods = Periods.ALL
    edge_lag: float = 0.0
    """Seconds from the edge of a period until it acts on it."""
    ends_schedules: bool = True
    """False: `duration` is accepted and has no effect."""
    relative_from_reception: bool = False
    """A Relative schedule counts from its arrival instead of the start of the transaction."""
    first_period_at_once: bool = False
    """A first period that does not start at 0 counts from the beginning."""
    applies_min_charging_rate: bool = False
    """`minChargingRate` lifts every period, also one of 0 A."""
    valid_to_needs_edge: bool = False
    """`validTo` is noticed only at the start of a period."""
    stack_before_connector: bool = False
    """A higher stack level on connector 0 goes before a lower one on connector 1."""
    ignores_relative_max: bool = False
    """A Relative ChargePointMaxProfile has no effect."""
    needs_transaction_id: bool = False
    """Rejects a TxProfile without a transaction id."""
    ids_by_purpose: bool = False
    """A profile replaces one with its id only if it is of the same purpose."""
    replacing_needs_room: bool = False
    """Counts the profile that is replaced: nothing can be replaced in a full store."""
    keeps_session_profiles: bool = True
    """TxProfiles survive a power cycle together with their transaction."""
    keeps_highest_stack: bool = True
    """Profiles at ChargeProfileMaxStackLevel survive a power cycle."""
    default_on_zero_becomes_max: bool = False
    """TxDefaultProfiles on connector 0 come back from a power cycle as ChargePointMaxProfiles."""
    session_profiles_count_offline: bool = True
    """False: TxProfiles are ignored without a connection."""
    composite_breaks_schedules: bool = False
    """GetCompositeSchedule puts the last limit in the place of the first."""

    # Starting and stopping

    offline_start: OfflineStart = OfflineStart.UNKNOWN_ID_ALLOWED
    app_locked: bool = False
    """The lock of the Wallbox app; only `OfflineStart.LOCAL_LOCK` asks for it."""
    offline_after: float = 5.0
    """Time without a link until the charger takes itself for offline ("within 5 s", docs/chargers.md §8.3, P1)."""
    offline_after_boot: float = 30.0
    """The same after a boot, when the link is still coming up (guess)."""
    mode_flip_locks: bool = False
    """Link loss with AuthEnabled=false and AuthEnabledOffline=true ends the free session (docs/chargers.md §7.4, guess)."""
    start_delay: float = 1.7
    """From plug-in or RemoteStart to StartTransaction (docs/chargers.md §3.2)."""
    waits_for_start_conf: bool = False
    """The contactor closes only after StartTransaction.conf (False: energy flows before the server can act, §1.7)."""
    free_start_at_boot: bool = False
    """Free mode opens a transaction when it boots with a car plugged in (not measured so: docs/chargers.md §8.3, S14)."""
    needs_replug_after_boot: bool = True
    """Authorisation on, booted with the cable in: Finishing until replug (docs/chargers.md §3.2)."""
    needs_replug_after_stop: bool = True
    """After RemoteStop or a local stop: Finishing until replug (docs/chargers.md §3.2)."""
    free_mode_ends_finishing: bool = True
    """Writing AuthEnabled=false opens a transaction even where it waited for a replug (S17, extended: harshest guess)."""
    after_power_cycle: AfterPowerCycle = AfterPowerCycle.STOPS
    invalid_tag_ends_free_session: bool = False
    """A refused StartTransaction ends a free session; if not, it goes on with transaction id 0 (docs/chargers.md §3.3)."""
    accepts_soft_reset: bool = True
    accepts_hard_reset: bool = True
    boot_seconds: float = 90.0
    """From power to network (the `wallbox` package notes 90 s; the article says up to five minutes)."""

    # Clock

    clock_error: float = 0.0
    """Seconds its clock is ahead of the time it was given (50 min seen, docs/chargers.md §3.5)."""
    knows_time: bool = True
    """False: its clock stays at 1970, whatever a server says."""
    loses_clock: bool = False
    """After a power cycle its clock starts at 1970 until a server tells it the time."""
    profiles_need_clock: bool = False
    """Without a clock no profile is valid (MicroOcpp, docs/chargers.md §8.4, S5)."""

    # Wire and meter

    reports_update_after: float | None = None
    """From the first connection until it says that its new firmware is Installed (a minute, docs/chargers.md §3.6)."""
    stray_values_while_idle: bool = False
    """Clock-aligned MeterValues without a session name one, and a time long past (docs/chargers.md §3.5)."""
    extra_fields: bool = False
    """Adds a field that OCPP does not know to every CALL."""
    sends_meter_values: bool = True
    """False: accepts the settings and never sends MeterValues by itself (docs/chargers.md §3.5)."""
    slow_meter_trigger: bool = False
    """TriggerMessage(MeterValues) is answered after 7.5 s (docs/chargers.md §3.5)."""
    metered_phases: tuple[int, ...] = (1, 2, 3)
    """Phases that MeterValues show."""
    offered_always: float | None = None
    """A Current.Offered that never changes (11 A at 0 A, docs/chargers.md §3.5)."""
    power_always_zero: bool = False
    """Power.Active.Import stays 0 (docs/chargers.md §3.5)."""


_ENERGY_ONLY = {
    "MeterValuesSampledData": "Energy.Active.Import.Register",
    "HeartbeatInterval": "60",
}
_SIX = {"ChargeProfileMaxStackLevel": "3", "MaxChargingProfilesInstalled": "10"}
_NOT_ON_FIVE = frozenset({"MeterValuesSkipWhenOffline"})
_AUTH_KEYS = frozenset({"AuthEnabled", "AuthEnabledOffline", "AuthDisabledIdTag"})
_HIDDEN_ON_PRO = frozenset(
    {
        "MeterValuesAlignedData",
        "MeterValuesAlignedDataMaxLength",
        "MeterValuesSampledData",
        "MeterValuesSampledDataMaxLength",
        "MeterValueSampleInterval",
    }
)

_ROWS = (
    Personality(
        firmware="5.7.18",
        model="PLP1-0-2-3",
        serial="100005",
        # An operator has asked for these readings; from the factory there are none.
        key_values={"ClockAlignedDataInterval": "900"},
        absent_keys=_NOT_ON_FIVE | _AUTH_KEYS,
        only_stack_zero=True,
        stray_values_while_idle=True,
    ),
    Personality(
        firmware="5.14.9",
        model="PLP1-0-2-3",
        serial="100005",
        absent_keys=_NOT_ON_FIVE | _AUTH_KEYS,
        only_stack_zero=True,
    ),
    Personality(
        firmware="5.15.7",
        model="PLP1-0-2-3",
        serial="100005",
        absent_keys=_NOT_ON_FIVE,
        only_stack_zero=True,
    ),
    Personality(
        firmware="5.17.87",
        model="PLP1-0-2-3",
        serial="100005",
        key_values=_ENERGY_ONLY,
        absent_keys=_NOT_ON_FIVE,
        only_stack_zero=True,
        offered_always=11.0,
    ),
    Personality(
        firmware="6.4.14",
        model="PLP1-0-2-3",
        serial="100001",
        key_values={**_SIX, "chargingALimitConn1": "0"},
        ignores_absolute=True,
        metered_phases=(1, 2),
    ),
    Personality(
        firmware="6.6.12",
        model="PLP2-M-2-4",
        serial="100002",
        key_values=_SIX,
        ignores_absolute=True,
        restarts_boot_on_early_call=True,
    ),
    Personality(
        firmware="6.7.38",
        model="PLP1-0-2-4",
        serial="100001",
        key_values=_SIX,
        ignores_absolute=True,
        restarts_boot_on_early_call=True,
        quiet_limit=40.0,
        max_profile_has_effect=False,
    ),
    Personality(
        firmware="6.11.16",
        model="PPR1-0-2-4",
        serial="100004",
        meter_type="External MID",
        key_values=_SIX,
        sends_boot=False,
        hidden_keys=_HIDDEN_ON_PRO,
    ),
    Personality(
        firmware="6.11.25",
        model="PLP1-0-2-4",
        serial="100001",
        key_values=_SIX,
        ignores_absolute=True,
        restarts_boot_on_early_call=True,
        quiet_limit=40.0,
        reports_update_after=60.0,
    ),
)

FIRMWARES: Mapping[str, Personality] = {row.firmware: row for row in _ROWS}
"""The personalities by firmware version."""

COPPER_SB = replace(
    FIRMWARES["6.7.38"],
    model="CPB1-S-2-4",
    serial="100006",
    key_values={**_SIX, "ChargeProfileMaxStackLevel": "10"},
    has_socket=True,
    drops_on_concurrent_calls=True,
    call_gap=0.4,
    power_always_zero=True,
)
"""Copper SB, 6.7.38: a socket, stack level up to 10 (docs/chargers.md §2), no power values (§3.5), drops the socket on bursts."""
