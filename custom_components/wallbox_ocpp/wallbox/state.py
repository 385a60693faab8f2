"""The state of one charger, as one value."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ocpp.v16.enums import ChargePointStatus

from .model.access import Access, Lock
from .model.charging import Charging, RemoteStart
from .model.charging_plan import ChargingPlan, Mode, PlannedSlot
from .model.charging_profiles import Wish
from .model.charging_session import ChargingSession
from .model.connector import MAYBE_WITHIN_TRANSACTION, Connector
from .model.failsafe import LeaseProof
from .model.firmware import rated_current
from .model.held_profiles import HeldProfiles
from .model.identity import Identity
from .model.link import Link
from .model.metering import Metering
from .model.offline_energy import Cause
from .model.offline_fix import ProfileName, Verdict, needs_authorisation
from .model.offline_test import OfflineTest
from .model.pending import Pending
from .model.policy import Policy
from .model.provisioning import Provisioning
from .model.sessions import Ledger
from .model.settings import Settings
from .model.solar_charging import SolarCharging

_NOT_IN_EFFECT: Final = frozenset({Verdict.WAITING_FOR_UNPLUG, Verdict.REBOOT_REQUIRED})


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargerState:
    """The state of one charger, in slices. Energies are in Wh, powers in W."""

    identity: Identity = field(default_factory=Identity)
    link: Link = field(default_factory=Link)
    pending: Pending = field(default_factory=Pending)
    connector: Connector = field(default_factory=Connector)
    settings: Settings = field(default_factory=Settings)
    provisioning: Provisioning = field(default_factory=Provisioning)
    charging: Charging = field(default_factory=Charging)
    solar: SolarCharging = field(default_factory=SolarCharging)
    policy: Policy = field(default_factory=Policy)
    access: Access = field(default_factory=Access)
    metering: Metering = field(default_factory=Metering)
    ledger: Ledger = field(default_factory=Ledger)
    offline_test: OfflineTest = field(default_factory=OfflineTest)

    def holding(self, held: HeldProfiles) -> Self:
        """Return it with other known profiles in the charger."""
        return replace(self, charging=replace(self.charging, held=held))

    def starting(self, remote_start: RemoteStart) -> Self:
        """Return it with another state of the remote start."""
        return replace(self, charging=replace(self.charging, remote_start=remote_start))

    def locked_by(self, lock: Lock) -> Self:
        """Return it with another lock."""
        return replace(self, access=replace(self.access, lock=lock))

    @property
    def settings_wanted(self) -> tuple[ProfileName, bool]:
        """The offline profile to bring the settings to, and whether the fix is wanted."""
        return self.access.lock.profile, self.settings.fix_enabled

    @property
    def verdict(self) -> Verdict:
        """The present verdict on the offline fix."""
        if self.provisioning.applying:
            return Verdict.APPLYING
        return (
            self.settings.protection.verdict
            if self.settings.fix_enabled
            else Verdict.OFF
        )

    @property
    def protected(self) -> bool | None:
        """Whether it is protected, as it was last seen; None if it never was looked at."""
        return self.settings.fix_enabled and self.settings.protection.protected

    @property
    def maximum(self) -> int:
        """The most amps that it can be allowed: its own ceiling, if known."""
        ceiling = self.settings.capabilities and self.settings.capabilities.ceiling
        return ceiling or rated_current(self.identity.model)

    @property
    def lease_proof(self) -> LeaseProof | None:
        """Whether it was seen to keep a lease with its present firmware; None if none was tried."""
        proof = self.charging.lease_proof
        return proof if proof and proof.firmware == self.identity.firmware else None

    @property
    def owners_wish(self) -> Wish:
        """The owner's wish, also while a test has turned charging off."""
        ongoing, wish = self.offline_test.ongoing, self.charging.wish
        return ongoing.given_back(wish) if ongoing else wish

    @property
    def wished_amps(self) -> int:
        """The amps that the owner wishes to allow.

        Without a limit of the owner's these are the most that any charger has: the ceiling of this
        one may be raised later.
        """
        return self.charging.wish.amps(
            max(rated_current(self.identity.model), self.maximum)
        )

    def amps_at(self, moment: datetime) -> int:
        """Return the amps that the owner wishes to allow at a moment, now or later."""
        plan = self.policy.plan
        if plan is None:
            return self.wished_amps
        return self.amps_of(plan.at(moment))

    def amps_of(self, slot: PlannedSlot | None) -> int:
        """Return the amps that the owner wishes to allow in a slot of a plan; 0 without one."""
        if slot is None:
            return 0
        limit = self.wished_amps
        return limit if slot.amps is None else min(slot.amps, limit)

    @property
    def amps_in_absence(self) -> int:
        """The amps for a car that comes while Home Assistant is away, if there is a plan.

        That is nothing, unless the owner wants a minimum at any time.
        """
        plan = self.policy.plan
        if plan is None or self.charging.wish.mode_shown is not Mode.MIN_SOLAR:
            return 0
        last = plan.slots[-1] if plan.slots else None
        return min(last.amps or 0, self.wished_amps) if last and not last.end else 0

    def plan_in_amps(self, now: datetime) -> ChargingPlan | None:
        """Return the plan from now on with the amps of each slot; None if there is none."""
        if (plan := self.policy.plan) is None or not self.charging.wish.charging:
            return None
        slots = plan.from_now_on(now).slots
        return ChargingPlan(
            slots=tuple(replace(slot, amps=self.amps_of(slot)) for slot in slots)
        )

    def may_charge_from(self, now: datetime) -> bool:
        """Return whether the owner allows charging, now or later."""
        if not self.charging.wish.charging:
            return False
        plan = self.policy.plan
        return plan is None or bool(plan.from_now_on(now).slots)

    @property
    def delivered(self) -> float:
        """Wh that the present car has got since it was plugged in."""
        sessions = self.ledger.sessions
        first = self.policy.first_transaction
        numbers = [session.transaction_id for session in sessions]
        if first in numbers:
            present = sessions[numbers.index(first) :]
        else:
            present = (self.ledger.open,) if self.ledger.open else ()
        return sum(session.energy or 0.0 for session in present)

    def charged_unread(self, now: datetime, since: datetime | None = None) -> timedelta:
        """Return how long energy has flowed since the latest reading, and since a moment."""
        if (session := self.ledger.open) is None:
            return timedelta()
        behind = self.metering.clock.behind
        flowed = session.charged_since_read(now - behind, since and since - behind)
        if (last := self.metering.register.last) is None:
            return flowed
        # The charger's clock may stand still.
        return min(flowed, max(now - last.read_at, timedelta()))

    @property
    def locked(self) -> bool:
        """Whether only known cards and Home Assistant may start a session."""
        ours = self.settings.fix_enabled and self.identity.is_wallbox
        return ours and self.access.lock.locked

    def requires_card(self, now: datetime) -> bool:
        """Return whether a car has to wait for a card, or for the owner."""
        return self.locked and not self.access.lock.expects_guest(now)

    def forbids_offline_start(self, now: datetime) -> Cause | None:
        """Return why a session that begins offline must not charge; None if it may."""
        if self.requires_card(now):
            return Cause.LOCKED
        if self.charging.failsafe.starts_nothing or self.access.lock.profile is (
            ProfileName.STRICT
        ):
            return Cause.START
        return None

    def refuses(self, now: datetime) -> bool:
        """Return whether the open transaction was refused, although the charger goes on with it."""
        transaction = self.transaction
        return (
            transaction is not None and transaction.refused and self.requires_card(now)
        )

    @property
    def lock_in_effect(self) -> bool:
        """Whether the charger has been seen to do as the lock says."""
        profile, protection = self.access.lock.profile, self.settings.protection
        if protection.verdict is Verdict.UNKNOWN:
            return self.access.lock.confirmed
        return (
            protection.profile is profile
            and protection.verdict not in _NOT_IN_EFFECT
            # A charger without the key always sends Authorize, which is answered by the lock.
            and self.settings.needs_authorisation
            in (None, needs_authorisation(profile))
        )

    @property
    def judges_cards(self) -> bool:
        """Whether cards may be refused.

        After a refusal in free mode, a charger would charge and could not be controlled
        (docs/chargers.md §3.3).
        """
        return self.locked and self.settings.needs_authorisation is not False

    @property
    def may_change_authorisation(self) -> bool:
        """Whether no transaction is open, not even one that is not in the ledger.

        A change during a transaction is untested (docs/chargers.md §7.5).
        """
        return (
            self.connector.status not in MAYBE_WITHIN_TRANSACTION
            and self.transaction is None
        )

    @property
    def transaction(self) -> ChargingSession | None:
        """The open transaction of the charger, as far as known.

        There is none without a car, even if StopTransaction is still to come, and none in status
        Preparing after the time for that has begun.
        """
        waits = self.connector.status is ChargePointStatus.preparing
        forgotten = waits and self.pending.abandon_at is not None
        over = forgotten or self.connector.plugged_in is False
        return None if over else self.ledger.open
