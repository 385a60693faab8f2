"""Keeps one charger as its owner wishes: the only place that asks it for anything.

A worker compares what the charger is known to hold with what its owner wants, and works until
nothing is left to do. Whatever may have been lost or was never confirmed counts as not held.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ocpp.v16 import call
from ocpp.v16.enums import ChargePointStatus, MessageTrigger, ResetType

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from . import configuration
from .const import REBOOT_TIMEOUT
from .csms.calls import CallFailedError, DroppedError, NotConnectedError
from .csms.session import Session
from .holding import Holding
from .listing import Listing
from .starting import Starting
from .timers import Timers
from .wallbox.clock import REPLAY
from .wallbox.offline_fix import ProfileName, Protection, Verdict
from .wallbox.outcome import (
    Booted,
    CardPresented,
    FoundOut,
    Happening,
    LimitJudged,
    Measured,
    SessionChanged,
    StatusChanged,
)
from .wallbox.pace import LONGEST
from .wallbox.reverts import reverted

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator

ASK_FOR_BOOT_AFTER: Final = 60.0
"""Seconds after connecting without a BootNotification; there may never be one."""
ASK_FOR_STATUS_AFTER: Final = 10.0
"""Seconds after connecting; a Wallbox tells its status by itself (docs/chargers.md §3.1)."""
START_AFTER: Final = 15.0
"""Seconds a charger with a car may take to open a transaction by itself."""
RETRY_AFTER: Final = 60.0
"""Seconds until what the charger refused or did not answer is tried again."""
LOOK_AFTER: Final = (15.0, 50.0)
"""Seconds after a change of the limit at which a charger that reports too little is asked what
is drawn: once its current has settled, and once an excess has lasted."""
DOUBT_AFTER: Final = 20.0
"""Seconds after which a car that may charge is no longer held back by its charger."""
OUTLIVE_CONNECTION: Final = frozenset({"abandon", "reboot"})
"""The timers that go on when the charger has gone."""


class Steward:
    """Keeps one charger as its owner wishes."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin with nothing known of what the charger holds."""
        self._coordinator = coordinator
        self._holding = Holding(coordinator)
        self._listing = Listing(coordinator)
        self._starting = Starting(coordinator)
        self._compared: tuple[ProfileName, bool] | None = None
        """What the configuration was brought to since the charger last started."""
        self._starts = 0
        """How often the charger has started, so that a comparison knows it is outdated."""
        self._asked_for_boot = False
        self._start_due = False
        self._due = asyncio.Event()
        self._configuring = asyncio.Lock()
        self._worker: asyncio.Task[None] | None = None
        self._timers = Timers(coordinator.hass, self._run)

    @callback
    def async_connected(self, session: Session) -> None:
        """Take up work for a charger that has connected; a reconnect is not a boot."""
        self._timers.async_cancel("reboot")
        if self._coordinator.data.booted_at is None and not self._asked_for_boot:
            self._timers.async_set(
                "boot", ASK_FOR_BOOT_AFTER, lambda: self._async_ask_for_boot(session)
            )
        self._timers.async_set(
            "status", ASK_FOR_STATUS_AFTER, lambda: self._async_ask_for_status(session)
        )
        self._work_for(session)

    @callback
    def async_disconnected(self) -> None:
        """Drop what only made sense while the charger was there."""
        self._timers.async_cancel_all(but=OUTLIVE_CONNECTION)
        if self._worker:
            self._worker.cancel()

    @callback
    def async_shutdown(self) -> None:
        """Stop everything."""
        self.async_disconnected()
        self._timers.async_cancel_all()

    @callback
    def async_happened(self, session: Session, happening: Happening) -> None:
        """Do what follows from something that happened in the charger."""
        match happening:
            case Booted():
                self._timers.async_cancel("boot", "reboot")
                self._forget()
                self._starting.async_note(None)
                self._work_for(session)
            case SessionChanged(changed):
                if changed.ended is None:
                    self._starting.async_note(True)
                    # One firmware throws the default profile away when a transaction
                    # starts (docs/chargers.md §3.7).
                    self._holding.async_forget_default()
                    self._abandon_later()
            case StatusChanged(after=ChargePointStatus.preparing):
                self._timers.async_cancel("abandon")
                # Locked, it opens nothing by itself.
                self._start_due = self._coordinator.data.locked
                self._timers.async_set("start", START_AFTER, self._async_let_start)
            case StatusChanged(after=ChargePointStatus.available):
                self._starting.async_note(None)
                self._abandon_later()
            case LimitJudged():
                self._holding.async_judged()
            case StatusChanged():
                pass
            case Measured() | FoundOut() | CardPresented():
                return
        self._due.set()

    @callback
    def async_reconsider(self) -> None:
        """Look again: what the owner wants has changed."""
        if self._coordinator.data.status is ChargePointStatus.preparing:
            self._timers.async_set("start", START_AFTER, self._async_let_start)
        self._due.set()

    @callback
    def async_doubt(self) -> None:
        """Look again: what the charger holds has changed."""
        self._compared = None
        self._due.set()

    @callback
    def async_try_again(self) -> None:
        """Look again: what the charger would not take it may take by now."""
        self._listing.async_try_again()
        self._due.set()

    @property
    def configuring(self) -> asyncio.Lock:
        """Held while the charger's settings are read or changed."""
        return self._configuring

    # What the owner asks. Each raises CallFailedError if the charger leaves or falls silent.

    async def async_fulfil(self, session: Session) -> bool:
        """Make the charger hold what its owner wishes; False if it refuses."""
        while wait := self._holding.wait():
            if wait > LONGEST:
                self._reconsider_in(wait, "pace")
                return True
            await asyncio.sleep(wait)
        try:
            return await self._async_hold(session)
        except CallFailedError:
            self._reconsider_in(RETRY_AFTER)
            raise

    async def async_start(self, session: Session) -> bool:
        """Start the session of a car that waits; False if the charger refuses."""
        return await self._async_start_transaction(session, asked_by_owner=True)

    async def async_fix(self, session: Session) -> None:
        """Apply or verify the offline fix."""
        await session.ready()
        coordinator = self._coordinator
        async with self._configuring:
            starts = self._starts
            wanted = self._wanted
            coordinator.async_change(applying=True)
            try:
                await self._async_configure(session)
                if starts == self._starts:
                    self._compared = wanted
            finally:
                coordinator.async_change(applying=False)

    async def async_restore(self, session: Session) -> dict[str, str]:
        """Put back what was found before; return the charger's answer to each key."""
        coordinator = self._coordinator
        async with self._configuring:
            answers = await configuration.async_write_all(
                session, coordinator.originals
            )
            # A limit that stayed behind would hold a charger that has left us.
            await configuration.async_accepts(session, call.ClearChargingProfile())
            await self._listing.async_clear(session)
            self._holding.async_forget()
            found = await configuration.async_read(session)
            coordinator.async_change(configuration=found, protection=Protection())
            self._compared = self._wanted
        return answers

    async def async_reboot(self, session: Session) -> bool:
        """Reboot, gently if possible; False if the charger refuses."""
        for reset_type in (ResetType.soft, ResetType.hard):
            # Some chargers go down without an answer (docs/chargers.md §8.1.11).
            rebooting = True
            with suppress(DroppedError):
                rebooting = await configuration.async_accepts(
                    session, call.Reset(type=reset_type)
                )
            if rebooting:
                self._forget()
                self._coordinator.async_change(rebooting=True)
                self._timers.async_set("reboot", REBOOT_TIMEOUT, self._async_overdue)
                return True
        return False

    # What is done without anybody asking.

    def _forget(self) -> None:
        """Take it that the charger holds nothing any more."""
        self._holding.async_forget()
        self._listing.async_forget()
        self._compared = None
        self._starts += 1

    @property
    def _wanted(self) -> tuple[ProfileName, bool]:
        return self._coordinator.profile, self._coordinator.data.fix_enabled

    def _abandon_later(self) -> None:
        """Give a session up that has no car, unless its StopTransaction is in a queue."""
        coordinator = self._coordinator
        if coordinator.data.ledger.open and coordinator.data.plugged_in is False:
            # A charger that comes and goes must not put this off for ever.
            self._timers.async_set_once(
                "abandon", REPLAY.total_seconds(), coordinator.async_abandon_session
            )

    def _work_for(self, session: Session) -> None:
        if self._worker:
            self._worker.cancel()
        self._worker = self._run(self._async_work(session))

    async def _async_work(self, session: Session) -> None:
        await session.ready()
        while True:
            self._due.clear()
            try:
                await self._async_reconcile(session)
            except NotConnectedError:
                return
            except CallFailedError:
                self._reconsider_in(RETRY_AFTER)
            await self._due.wait()

    async def _async_reconcile(self, session: Session) -> None:
        state = self._coordinator.data
        # What a charger confirms on its way into a reboot may be lost with it.
        if not state.is_wallbox or state.rebooting:
            return
        if wait := self._holding.wait():
            self._reconsider_in(wait, "pace")
        else:
            await self._async_hold(session)
        if self._compared != self._wanted or (
            state.verdict is Verdict.WAITING_FOR_UNPLUG
            and state.may_change_authorisation
        ):
            await self.async_fix(session)
            await configuration.async_trigger(session, MessageTrigger.meter_values)
        if self._start_due:
            self._start_due = False
            await self._async_start_transaction(session, asked_by_owner=False)
        await self._listing.async_keep(session)

    async def _async_configure(self, session: Session) -> None:
        coordinator = self._coordinator
        # First of all the limit: a charger that is set free without one charges at once
        # (docs/chargers.md §8.3, S17).
        await self._async_hold(session)
        found = await configuration.async_read(session)
        undone = reverted(coordinator.data.protection, coordinator.profile, found)
        reverts = coordinator.data.reverts.noted(undone, dt_util.utcnow())
        coordinator.async_change(configuration=found, reverts=reverts)
        await self._async_hold(session)
        if coordinator.data.fix_enabled:
            report = await configuration.async_protect(
                session,
                coordinator.profile,
                lambda: coordinator.data,
                coordinator.async_remember,
                limit_accepted=not self._holding.default_refused,
            )
            coordinator.async_change(
                configuration=report.configuration, protection=report.protection
            )

    async def _async_hold(self, session: Session) -> bool:
        limit = self._coordinator.data.limit
        accepted = await self._holding.async_hold(session)
        if not accepted:
            self._reconsider_in(RETRY_AFTER)
        if (seconds := self._holding.renewal_in()) is not None:
            self._reconsider_in(seconds, "lease")
            self._timers.async_set("doubt", DOUBT_AFTER, self._async_doubt_lease)
        if self._coordinator.data.limit is not limit:
            for number, seconds in enumerate(LOOK_AFTER):
                self._timers.async_set(
                    f"look {number}", seconds, lambda: self._async_look(session)
                )
        return accepted

    async def _async_start_transaction(
        self, session: Session, *, asked_by_owner: bool
    ) -> bool:
        """Ask for a transaction, once per plug-in, if the car waits for one and may have it.

        Without our fix, or locked, it is left to wait for a card. False if it refuses.
        """
        async with self._configuring:
            state = self._coordinator.data
            ours = state.fix_enabled and (
                self._coordinator.profile is not ProfileName.FACTORY
            )
            if not (
                (ours or asked_by_owner)
                and not state.bars(dt_util.utcnow())
                and state.is_wallbox
                and state.wish.charging
                and state.status is ChargePointStatus.preparing
            ):
                return True
            return await self._starting.async_ask(session)

    async def _async_overdue(self) -> None:
        await self._coordinator.async_overdue()
        self._due.set()

    async def _async_let_start(self) -> None:
        self._start_due = True
        self._due.set()

    async def _async_ask_for_status(self, session: Session) -> None:
        if self._coordinator.data.status is None:
            await configuration.async_trigger(
                session, MessageTrigger.status_notification
            )

    async def _async_ask_for_boot(self, session: Session) -> None:
        self._asked_for_boot = True
        self._coordinator.async_change(boot_asked=True)
        await configuration.async_trigger(session, MessageTrigger.boot_notification)

    async def _async_look(self, session: Session) -> None:
        """Ask what is drawn, if the charger has not shown by itself whether it obeys."""
        state = self._coordinator.data
        if state.transaction and state.limit.obeyed is None:
            await configuration.async_trigger(session, MessageTrigger.meter_values)

    async def _async_doubt_lease(self) -> None:
        self._holding.async_doubt_lease()
        self._due.set()

    def _reconsider_in(self, seconds: float, timer: str = "retry") -> None:
        async def reconsider() -> None:
            self._due.set()

        self._timers.async_set(timer, seconds, reconsider)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        coordinator = self._coordinator
        return coordinator.config_entry.async_create_background_task(
            coordinator.hass, _async_unless_gone(work), name=__name__
        )


async def _async_unless_gone(work: Coroutine[Any, Any, None]) -> None:
    """Do it, and leave it be if the charger leaves: its return begins anew."""
    with suppress(CallFailedError):
        await work
