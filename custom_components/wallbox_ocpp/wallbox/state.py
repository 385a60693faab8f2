"""All that is known of one charger, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from mashumaro import DataClassDictMixin
from ocpp.v16.enums import ChargePointStatus

from ..csms.requests import ConfigurationKey
from .model import meter
from .model.access import Card, Lock
from .model.capabilities import Capabilities
from .model.charging_profiles import Dialect, Wish
from .model.charging_session import ChargingSession
from .model.clock import Clock
from .model.connections import Connections
from .model.drift import Drift
from .model.failsafe import FailSafe
from .model.firmware import is_wallbox, rated_current
from .model.held_profiles import HeldProfiles
from .model.limits import Limit
from .model.link import Link
from .model.list_sync import ListSync
from .model.local_list import LocalList
from .model.meter_history import MeterHistory
from .model.offline_energy import OfflinePeriod, Unattended
from .model.offline_fix import (
    AUTH_ENABLED,
    Protection,
    Verdict,
    needs_authorisation,
    same,
)
from .model.owner_request import OwnerRequest
from .model.provisioning import Provisioning, RestorePhase
from .model.remote_start import RemoteStart
from .model.security import Security
from .model.sessions import Ledger
from .model.tariff import Tariff

PLUGGED_IN: Final = frozenset(
    {
        ChargePointStatus.preparing,
        ChargePointStatus.charging,
        ChargePointStatus.suspended_ev,
        ChargePointStatus.suspended_evse,
        ChargePointStatus.finishing,
    }
)

SUSPENDED: Final = frozenset(
    {ChargePointStatus.suspended_ev, ChargePointStatus.suspended_evse}
)
"""A car is there and draws nothing."""

WITHIN_TRANSACTION: Final = SUSPENDED | {ChargePointStatus.charging}

_MAYBE_IN_TRANSACTION: Final = WITHIN_TRANSACTION | {None}


_NOT_IN_EFFECT: Final = frozenset({Verdict.WAITING_FOR_UNPLUG, Verdict.REBOOT_REQUIRED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Identification(DataClassDictMixin):
    """What a charger says of itself in its BootNotification."""

    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """A card that somebody has shown, and when."""

    id_tag: str = field(repr=False)
    at: datetime


NOT_SHOWN: Final = frozenset(
    {"held", "link", "list_sync", "owner_requests", "provisioning", "start"}
)
"""What is known for the plan alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargerState:
    """All that is known of one charger. Energies are in Wh, powers in W."""

    connected: bool = False
    connected_at: datetime | None = None
    connections: Connections = field(default_factory=Connections)
    security: Security | None = None
    """Of its latest connection in this run of ours."""
    locked_out: bool = False
    """It has been refused because of its password since it was connected last."""
    booted_at: datetime | None = None
    """When it last said in this run of ours that it has started."""
    identification: Identification = field(default_factory=Identification)
    status: ChargePointStatus | None = None
    configuration: Mapping[str, ConfigurationKey] = field(default_factory=dict)
    protection: Protection = field(default_factory=Protection)
    """What the comparison with the desired configuration came to last."""
    drift: Drift = field(default_factory=Drift)
    fix_enabled: bool = True
    """False once the owner has asked for the original configuration back."""
    originals: Mapping[str, str] = field(default_factory=dict)
    """The configuration found before our first write, by key."""
    provisioning: Provisioning = field(default_factory=Provisioning)
    link: Link = field(default_factory=Link)
    owner_requests: tuple[OwnerRequest, ...] = ()
    """What its owner has asked of it directly, and has not had an answer to."""
    boot_asked: bool = False
    """Its next BootNotification is one that we asked for, and tells of no start."""
    rebooting: bool = False
    """It was rebooted on request and has not come back yet."""
    overdue: bool = False
    """It was rebooted on request and has not come back in time."""
    cloud_controls: bool = False
    """Home Assistant's own Wallbox integration has controls for it, too."""
    wish: Wish = field(default_factory=Wish)
    limit: Limit = field(default_factory=Limit)
    failsafe: FailSafe = field(default_factory=FailSafe)
    """What it may do while nobody watches."""
    held: HeldProfiles = field(default_factory=HeldProfiles)
    lease_refused: bool = False
    """It does not take a limit that ends by itself, which the owner's guard asks for."""
    style: Dialect | None = None
    """The way of wording a limit that it has followed last."""
    last_abilities: Capabilities | None = None
    """What it could hold and allow in an earlier run of ours."""
    start: RemoteStart = field(default_factory=RemoteStart)
    lock: Lock = field(default_factory=Lock)
    cards: tuple[Card, ...] = ()
    """Those that the owner has named."""
    local_list: LocalList = field(default_factory=LocalList)
    """What it knows of them by itself."""
    list_sync: ListSync = field(default_factory=ListSync)
    presented: Presentation | None = None
    """The latest card that was shown before a transaction began."""
    readings: meter.Readings = field(default_factory=meter.Readings)
    register: meter.Register = field(default_factory=meter.Register)
    """The lifetime meter."""
    ledger: Ledger = field(default_factory=Ledger)
    plugged_in_at: datetime | None = None
    """When the car came that waits for its transaction, if that was seen."""
    tariff: Tariff = field(default_factory=Tariff)
    dropped_readings: int = 0
    clock: Clock = field(default_factory=Clock)
    gap: OfflinePeriod | None = None
    """The time without the charger that no reading has ended yet."""
    timeline: MeterHistory | None = None
    """The meter in the latest such time, as far as it is learned late, for the statistics."""
    unattended: Unattended | None = None
    """What happened in the latest such time, until the owner has seen it."""
    unattended_energy: float = 0.0
    """All of it, ever."""

    @property
    def applying(self) -> bool:
        """Whether the configuration is being compared and corrected."""
        return self.provisioning.run is not None

    @property
    def settings_busy(self) -> bool:
        """Whether the configuration is being compared, corrected or put back."""
        return self.applying or self.restoring

    @property
    def restoring(self) -> bool:
        """Whether the original configuration is being put back."""
        restore = self.provisioning.restore
        return restore is not None and restore.phase is not RestorePhase.DONE

    @property
    def start_refused(self) -> bool:
        """Whether it has refused a transaction to the car that is plugged in."""
        return self.start.started is False

    @property
    def verdict(self) -> Verdict:
        """How well it is protected, as of now."""
        if self.applying:
            return Verdict.APPLYING
        return self.protection.verdict if self.fix_enabled else Verdict.OFF

    @property
    def is_wallbox(self) -> bool:
        """Whether the fix is for it."""
        return is_wallbox(self.identification.vendor)

    @property
    def needs_authorisation(self) -> bool | None:
        """The charger's ``AuthEnabled`` as last read; None if it never was."""
        if (key := self.configuration.get(AUTH_ENABLED)) is None:
            return None
        return same(key.value, "true")

    @property
    def capabilities(self) -> Capabilities | None:
        """What it can hold and allow; None until it has told."""
        if not self.configuration:
            return self.last_abilities
        return Capabilities.read(self.configuration)

    @property
    def maximum(self) -> int:
        """The amps that it can be allowed: its own ceiling, if it tells."""
        ceiling = self.capabilities and self.capabilities.ceiling
        return ceiling or rated_current(self.identification.model)

    @property
    def wished_amps(self) -> int:
        """The amps that its owner wishes it to allow.

        Without a limit of its owner's it gets the most that there is: a ceiling of its own
        that is changed later is none of ours.
        """
        return self.wish.amps(
            max(rated_current(self.identification.model), self.maximum)
        )

    @property
    def locked(self) -> bool:
        """Whether nobody may charge without a known card or our say-so."""
        return self.lock.locked and self.fix_enabled and self.is_wallbox

    def bars(self, now: datetime) -> bool:
        """Whether a car has to wait for a card, or for its owner."""
        return self.locked and not self.lock.expects_guest(now)

    def refuses(self, now: datetime) -> bool:
        """Whether the transaction that is open was refused, and the charger goes on with it."""
        transaction = self.transaction
        return transaction is not None and transaction.refused and self.bars(now)

    @property
    def lock_in_effect(self) -> bool:
        """Whether the charger has been seen to do as the lock says."""
        profile, protection = self.lock.profile, self.protection
        if protection.verdict is Verdict.UNKNOWN:
            return self.lock.confirmed
        return (
            protection.profile is profile
            and protection.verdict not in _NOT_IN_EFFECT
            # Without the key a charger always asks, and we answer for it.
            and self.needs_authorisation in (None, needs_authorisation(profile))
        )

    @property
    def judges_cards(self) -> bool:
        """Whether somebody may be refused.

        In free mode that would leave a charger that charges and cannot be controlled
        (docs/chargers.md §3.3).
        """
        return self.locked and self.needs_authorisation is not False

    @property
    def plugged_in(self) -> bool | None:
        """Whether a vehicle is connected; None where the status does not tell."""
        if self.status in PLUGGED_IN:
            return True
        return False if self.status is ChargePointStatus.available else None

    @property
    def may_change_authorisation(self) -> bool:
        """Whether no transaction is open, not even one we never heard of.

        A change within one has never been tested (docs/chargers.md §7.5).
        """
        return self.status not in _MAYBE_IN_TRANSACTION and self.transaction is None

    @property
    def transaction(self) -> ChargingSession | None:
        """The transaction that is open in the charger, as far as we know.

        A charger without a car has none, even if its StopTransaction is still to come.
        """
        return None if self.plugged_in is False else self.ledger.open


def shows_the_same(state: ChargerState, other: ChargerState) -> bool:
    """Say whether nobody can see a difference."""
    same = all(getattr(state, name) is getattr(other, name) for name in _SHOWN)
    return same and (state.applying, state.start_refused) == (
        other.applying,
        other.start_refused,
    )


_SHOWN: Final = tuple(
    field.name for field in fields(ChargerState) if field.name not in NOT_SHOWN
)
