"""What is done for a charger without anybody asking: fix it, hold the wish, start, watch."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ocpp.v16.enums import ChargePointStatus, MessageTrigger

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers.event import async_call_later

from . import boot
from .const import REBOOT_TIMEOUT
from .csms.session import CallFailedError, NotConnectedError, Session
from .wallbox.charger import (
    REPLAY,
    Booted,
    Happening,
    Measured,
    SessionChanged,
    StatusChanged,
)
from .wallbox.charging import (
    Wish,
    default_profile,
    holds_transaction_profile,
    remote_start,
    transaction_profile,
)
from .wallbox.offline_fix import Verdict

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator

ASK_FOR_BOOT_AFTER: Final = 60.0
"""Seconds after connecting without a BootNotification; there may never be one."""
ASK_FOR_STATUS_AFTER: Final = 10.0
"""Seconds after connecting; a Wallbox tells its status by itself (wallbox-facts §3.1)."""
START_AFTER: Final = 15.0
"""Seconds a charger with a car may take to open a transaction by itself."""
RETRY_AFTER: Final = 5 * 60.0
"""Seconds until the fix is tried again on a charger that fell silent."""


class Steward:
    """Keeps one charger as its owner wishes."""

    def __init__(self, coordinator: ChargerCoordinator) -> None:
        """Begin with nothing known of what the charger holds."""
        self._coordinator = coordinator
        self._fixing = asyncio.Lock()
        self._holding = asyncio.Lock()
        self._held: Wish | None = None
        """What the charger's default profile says."""
        self._held_in_transaction: tuple[int, Wish] | None = None
        self._verified = False
        """The configuration has been compared in this run of Home Assistant."""
        self._asked_for_boot = False
        self._may_start = True
        """No transaction has been opened or asked for since the car was plugged in."""
        self._routine: asyncio.Task[None] | None = None
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def async_connected(self, session: Session) -> None:
        """Catch up with a charger that has connected; a reconnect is not a boot."""
        self._cancel("reboot")
        if self._coordinator.data.booted_at is None and not self._asked_for_boot:
            self._later(
                "boot", ASK_FOR_BOOT_AFTER, lambda: self._async_ask_for_boot(session)
            )
        self._later(
            "status", ASK_FOR_STATUS_AFTER, lambda: self._async_ask_for_status(session)
        )
        if self._verified:
            self._run(self._async_catch_up(session))
        else:
            self.async_start_routine(session)

    @callback
    def async_disconnected(self) -> None:
        """Drop what only made sense while the charger was there."""
        self._cancel("boot", "retry", "start", "status")

    @callback
    def async_shutdown(self) -> None:
        """Stop everything."""
        self._cancel(*self._timers)
        if self._routine:
            self._routine.cancel()

    @callback
    def async_happened(self, session: Session, happening: Happening) -> None:
        """Do what follows from something that happened in the charger."""
        match happening:
            case Booted():
                self._cancel("boot")
                self._held = self._held_in_transaction = None
                self._may_start = True
                self.async_start_routine(session)
            case SessionChanged(changed) if changed.ended is None:
                # One firmware throws the default profile away when a transaction starts
                # (wallbox-facts §3.7).
                self._held = None
                self._may_start = False
                self._run(self._async_catch_up(session))
            case SessionChanged():
                self._transaction_gone(session)
            case StatusChanged(after=ChargePointStatus.preparing):
                self._later(
                    "start", START_AFTER, lambda: self.async_start_transaction(session)
                )
            case StatusChanged(after=ChargePointStatus.available):
                self._may_start = True
                self._transaction_gone(session)
                if self._coordinator.data.ledger.open:
                    # Its StopTransaction may still be in the charger's queue.
                    self._later(
                        "abandon",
                        REPLAY.total_seconds(),
                        self._coordinator.async_abandon_session,
                    )
            case StatusChanged():
                self._run(self._async_catch_up(session))
            case Measured():
                pass

    @callback
    def async_start_routine(self, session: Session) -> None:
        """Fix the charger and learn how it stands, anew if that was already under way."""
        if self._routine:
            self._routine.cancel()
        self._routine = self._run(self._async_routine(session))

    @callback
    def async_watch_reboot(self) -> None:
        """Verify the charger when it is back, and say so if that is not in time."""
        self._verified = False
        self._held = self._held_in_transaction = None
        self._later("reboot", REBOOT_TIMEOUT, self._coordinator.async_overdue)

    async def async_fix(self, session: Session) -> None:
        """Apply or verify the offline fix, once the charger holds the owner's limit.

        Raises:
            CallFailedError: The charger left or fell silent.
        """
        coordinator = self._coordinator
        await session.ready()
        async with self._fixing:
            coordinator.async_change(applying=True)
            try:
                # First of all the limit, which may have been lost with the power.
                await self.async_hold_wish(session)
                await self._async_compare(session)
                self._verified = True
            finally:
                coordinator.async_change(applying=False)

    async def async_hold_wish(self, session: Session) -> bool:
        """Make the charger hold the owner's wish; False if it refuses.

        Raises:
            CallFailedError: The charger left or fell silent.
        """
        async with self._holding:
            state = self._coordinator.data
            wish, accepted = state.wish, True
            # Once its original configuration is back, nothing may stay in the charger.
            if self._held != wish and state.fix_enabled:
                accepted = await boot.async_accepts(session, default_profile(wish))
                self._held = wish if accepted else None
            transaction = state.transaction
            if transaction is None or not holds_transaction_profile(
                state.configuration
            ):
                return accepted
            held = (transaction.transaction_id, wish)
            if self._held_in_transaction != held:
                limit = transaction_profile(wish, transaction.transaction_id)
                taken = await boot.async_accepts(session, limit)
                self._held_in_transaction = held if taken else None
                # A charger that has lost the transaction refuses, and is right.
                accepted &= taken or state.status is ChargePointStatus.preparing
            return accepted

    async def async_start_transaction(self, session: Session) -> None:
        """Ask for a transaction, once per plug-in, if the car waits for one.

        Raises:
            CallFailedError: The charger left or fell silent.
        """
        state = self._coordinator.data
        if (
            self._may_start
            and state.is_wallbox
            and state.wish.charging
            and state.status is ChargePointStatus.preparing
        ):
            # A second request in the same plug-in is refused for ever (wallbox-facts §3.3).
            self._may_start = False
            await boot.async_accepts(session, remote_start())

    def _transaction_gone(self, session: Session) -> None:
        self._held_in_transaction = None
        if self._coordinator.data.verdict is Verdict.WAITING_FOR_UNPLUG:
            self.async_start_routine(session)

    async def _async_compare(self, session: Session) -> None:
        coordinator = self._coordinator
        coordinator.async_change(configuration=await boot.async_read(session))
        await self.async_hold_wish(session)
        if not coordinator.data.fix_enabled:
            return
        report = await boot.async_protect(
            session,
            coordinator.profile,
            lambda: coordinator.data,
            coordinator.async_remember,
            limit_accepted=self._held is not None,
        )
        coordinator.async_change(
            configuration=report.configuration, protection=report.protection
        )

    async def _async_routine(self, session: Session) -> None:
        try:
            await session.ready()
            if not self._coordinator.data.is_wallbox:
                return
            await self.async_fix(session)
            await boot.async_trigger(session, MessageTrigger.meter_values)
        except NotConnectedError:
            return
        except CallFailedError:
            self._later("retry", RETRY_AFTER, lambda: self._async_routine(session))
            return
        self._later("start", START_AFTER, lambda: self.async_start_transaction(session))

    async def _async_catch_up(self, session: Session) -> None:
        if self._coordinator.data.is_wallbox:
            await self.async_hold_wish(session)

    async def _async_ask_for_status(self, session: Session) -> None:
        if self._coordinator.data.status is None:
            await boot.async_trigger(session, MessageTrigger.status_notification)

    async def _async_ask_for_boot(self, session: Session) -> None:
        self._asked_for_boot = True
        await boot.async_trigger(session, MessageTrigger.boot_notification)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        coordinator = self._coordinator
        return coordinator.config_entry.async_create_background_task(
            coordinator.hass,
            _async_unless_gone(work),
            name=__name__,
        )

    def _later(
        self, name: str, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._cancel(name)

        @callback
        def due(_: datetime) -> None:
            del self._timers[name]
            self._run(work())

        self._timers[name] = async_call_later(
            self._coordinator.hass, seconds, HassJob(due)
        )

    def _cancel(self, *names: str) -> None:
        for name in names:
            if cancel := self._timers.pop(name, None):
                cancel()


async def _async_unless_gone(work: Coroutine[Any, Any, None]) -> None:
    """Do it, and leave it be if the charger leaves or falls silent: its return begins anew."""
    with suppress(CallFailedError):
        await work
