"""Runs the test of the offline protection of one charger: saves it, refuses its connections, waits."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..csms.server import CentralSystem
from ..errors import failed, invalid
from ..localize import plain, text, verbatim
from ..wallbox.model.offline_test import Cause, Report, Variant
from ..wallbox.plan import notice, offline_test
from ..wallbox.state import ChargerState


class OfflineTester:
    """Starts and ends the test, and refuses the charger's connections while the test demands it."""

    def __init__(
        self, coordinator: ChargerCoordinator, central_system: CentralSystem
    ) -> None:
        """Create it, without a test."""
        self._coordinator = coordinator
        self._central_system = central_system
        self._on_disk = False
        """The ongoing test is saved, so that a restart restores the owner's wish."""
        self._let_in: Callable[[], None] | None = None
        self.closed = False
        """Whether the charger has been removed or unloaded, or Home Assistant stops."""
        self._waiting: set[asyncio.Event] = set()

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Follow changes of the state until the returned function is called."""
        coordinator = self._coordinator

        @callback
        def stop(_: Event | None = None) -> None:
            self.closed = True
            self._wake()

        unsubscribe = [
            coordinator.async_on_change(self._look),
            coordinator.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop),
        ]

        @callback
        def shutdown() -> None:
            for leave in unsubscribe:
                leave()
            stop()
            self._admit()

        return shutdown

    async def async_begin(self, variant: Variant) -> None:
        """Begin a test.

        Raises:
            HomeAssistantError: A precondition is missing, or the state could not be saved.
        """
        coordinator, state = self._coordinator, self._state
        if state.offline_test.ongoing:
            raise invalid("offline_test_running")
        if missing := self.missing:
            raise invalid("offline_test_missing", missing="; ".join(missing))
        begun = offline_test.begun(
            notice.looked_again(state), variant, dt_util.utcnow()
        )
        coordinator.async_set(begun)
        if not await coordinator.async_save():
            restored = offline_test.broken_off(
                self._state, Cause.OWNER, dt_util.utcnow()
            )
            # The test never began, so it has no report.
            coordinator.async_set(replace(restored, offline_test=state.offline_test))
            raise failed("offline_test_not_saved")
        self._on_disk = True
        self._look()

    async def async_break_off(self) -> None:
        """Break the test off, and accept the charger's connections again.

        Raises:
            HomeAssistantError: There is no test.
        """
        if self._state.offline_test.ongoing is None:
            raise invalid("offline_test_not_running")
        state = offline_test.broken_off(self._state, Cause.OWNER, dt_util.utcnow())
        self._coordinator.async_set(state)
        await self._coordinator.async_save()

    async def async_report(self) -> Report:
        """Wait for the end of the test, and return its report.

        Raises:
            HomeAssistantError: The charger has been removed, or Home Assistant stops.
        """
        while self._state.offline_test.ongoing:
            await self.async_change()
            if self.closed:
                break
        report = self._state.offline_test.latest
        if self.closed or report is None:
            raise failed("offline_test_gone")
        return report

    async def async_change(self, within: float | None = None) -> None:
        """Wait for a change of the state, for at most some seconds."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await changed.wait()
        finally:
            self._waiting.discard(changed)

    @property
    def missing(self) -> list[str]:
        """The missing preconditions, in the language of the home."""
        hass = self._coordinator.hass
        return [
            text(hass, f"offline_test_missing_{need}")
            for need in offline_test.missing(self._state)
        ]

    @property
    def _state(self) -> ChargerState:
        return self._coordinator.data

    @callback
    def _look(self) -> None:
        """Refuse or accept the charger's connections, as the test demands, and save its end."""
        coordinator, test = self._coordinator, self._state.offline_test
        if test.shuts_out and self._on_disk and self._let_in is None:
            self._let_in = self._central_system.shut_out(coordinator.identity)
        elif not test.shuts_out:
            self._admit()
        if test.ongoing is None and self._on_disk:
            self._on_disk = False
            coordinator.async_run(coordinator.async_save())
        self._wake()

    def _admit(self) -> None:
        if self._let_in:
            self._let_in()
            self._let_in = None

    def _wake(self) -> None:
        for waiting in self._waiting:
            waiting.set()


@callback
def causes_in_words(hass: HomeAssistant, report: Report) -> str:
    """Return the causes of a result, in the language of the home."""
    keys = ", ".join(map(verbatim, report.facts.settings_changed or ()))
    return "\n".join(
        f"- {text(hass, f'offline_test_cause_{cause}', keys=keys)}"
        for cause in report.causes
    )


@callback
def result_in_words(hass: HomeAssistant, charger: str, report: Report) -> str:
    """Return the result of a test, in the language of the home."""
    facts = report.facts
    result = text(
        hass,
        f"offline_test_result_{report.result}",
        charger=plain(charger),
        minutes=str(report.variant.minutes),
        energy="?" if facts.energy is None else f"{facts.energy:.0f}",
        firmware=plain(facts.firmware or "?"),
    )
    following = facts.following and text(
        hass, f"offline_test_plan_{facts.following}", charger=plain(charger)
    )
    told = (result, causes_in_words(hass, report), following)
    return "\n\n".join(filter(None, told))
