"""Commands of the owner: each changes what is wanted, and waits for the result in the state."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from homeassistant.helpers.json import json_dumps
from homeassistant.util import dt as dt_util

from ..coordinator import ChargerCoordinator
from ..csms.calls import NoAnswerError
from ..csms.frame_log import FlightRecorder, Kind
from ..errors import failed, invalid, translated_errors
from ..wallbox.model.access import Lock
from ..wallbox.model.charging_plan import ChargingPlan, Mode
from ..wallbox.model.charging_profiles import Wish
from ..wallbox.model.offline_fix import Protection
from ..wallbox.model.pending import Reset
from ..wallbox.model.write_budget import LONGEST
from ..wallbox.plan import (
    connection,
    limits,
    notice,
    offline_test,
    provisioning,
    remote_start,
    restore,
)
from ..wallbox.state import ChargerState
from .reconciler import SEVERAL_WAIT, Reconciler


class Commands:
    """The owner's commands to one charger. Each raises HomeAssistantError if it fails."""

    def __init__(
        self,
        coordinator: ChargerCoordinator,
        reconciler: Reconciler,
        recorder: FlightRecorder,
    ) -> None:
        """Create it. Commands are recorded in the frame log, for a replay."""
        self._coordinator = coordinator
        self._reconciler = reconciler
        self._recorder = recorder

    async def async_set_wish(self, wish: Wish, *, start: bool = False) -> None:
        """Set the owner's wish: now, or when the charger is connected.

        With `start`, also begin a session if a car waits for one. A wish other than the one that a
        test of the offline protection restores ends that test.
        """
        self._note(wish=wish.to_dict(), start=start)
        await self._async_want(self._state, wish, start=start)

    async def async_set_plan(self, plan: ChargingPlan) -> None:
        """Set when the car may charge, in mode *Planned* from now on."""
        self._note(plan=plan.to_dict())
        state = self._state
        wish = replace(state.owners_wish, charging=True, mode=Mode.PLANNED)
        await self._async_want(
            _with_plan(state, plan), wish, start=state.link.connected
        )

    async def async_clear_plan(self) -> None:
        """Remove the plan that was set; the mode stays."""
        self._note(plan=None)
        state = _with_plan(self._state, None)
        await self._async_want(state, state.owners_wish)

    async def async_set_lock(self, lock: Lock) -> None:
        """Set the lock: now, or when the charger is connected."""
        self._note(lock=lock.to_dict())
        state = self._state.locked_by(lock)
        self._coordinator.async_set(notice.reconsidered(state, dt_util.utcnow()))
        await self._coordinator.async_save()

    async def async_start(self) -> None:
        """Start a session for a car that waits, if one does."""
        state = self._connected()
        self._coordinator.async_set(remote_start.requested(state, dt_util.utcnow()))
        with translated_errors():
            started = await self._reconciler.async_until(remote_start.outcome)
        if not started:
            raise failed("start_refused")

    async def async_reboot(self, reset: Reset = Reset.SOFT) -> None:
        """Reboot the charger; return once it has accepted that."""
        self._note(reboot=True)
        before = self._connected()
        self._coordinator.async_set(connection.reset_requested(before, reset))
        try:
            with translated_errors():
                rebooting = await self._reconciler.async_until(
                    lambda state: connection.reset_outcome(before, state)
                )
        finally:
            self._coordinator.async_set(connection.reset_given_up(self._state))
        if not rebooting:
            raise failed("reboot_refused")

    async def async_apply_fix(self) -> Protection:
        """Apply the offline fix now, and return the result."""
        state = self._connected()
        if not state.identity.is_wallbox:
            raise invalid("not_a_wallbox")
        self._note(fix_enabled=True)
        self._coordinator.async_set(provisioning.requested(state))
        await self._coordinator.async_save()
        with translated_errors(kept=True):
            return await self._reconciler.async_until(
                provisioning.outcome, SEVERAL_WAIT
            )

    async def async_restore(self) -> dict[str, str]:
        """Restore the original configuration; return the charger's answer to each key."""
        state = self._connected()
        if not state.may_change_authorisation:
            raise invalid("unplug_first")
        self._note(fix_enabled=False)
        self._coordinator.async_set(restore.begun(state))
        await self._coordinator.async_save()
        with translated_errors(kept=True):
            answers = await self._reconciler.async_until(_restored, SEVERAL_WAIT)
        return dict(answers)

    async def async_acknowledge_unattended(self) -> None:
        """Record that the owner has acknowledged unattended energy."""
        metering = replace(self._state.metering, unattended=None)
        self._coordinator.async_set(replace(self._state, metering=metering))
        await self._coordinator.async_save()

    async def async_acknowledge_drift(self) -> None:
        """Record that the owner has acknowledged changes to the offline fix."""
        settings = self._state.settings
        drift = replace(settings.drift, seen=True)
        settings = replace(settings, drift=drift)
        self._coordinator.async_set(replace(self._state, settings=settings))

    async def _async_want(
        self, state: ChargerState, wish: Wish, *, start: bool = False
    ) -> None:
        """Set a state with another wish, and wait until the charger has taken it."""
        tested = state.offline_test.ongoing
        if tested and tested.wish == wish and not start:
            self._coordinator.async_set(state)
            return
        now = dt_util.utcnow()
        state = notice.looked_again(offline_test.overruled(state, now))
        self._coordinator.async_set(limits.wished(state, wish, now))
        await self._coordinator.async_save()
        if not self._state.link.connected:
            return
        try:
            with translated_errors(kept=True):
                settled = await self._reconciler.async_until(_settled)
        finally:
            self._coordinator.async_set(limits.unasked(self._state))
        if not settled:
            raise failed("limit_refused")
        if start:
            await self.async_start()

    @property
    def _state(self) -> ChargerState:
        return self._coordinator.data

    def _connected(self) -> ChargerState:
        """Return the state of a connected charger, in which refused requests are sent again."""
        if not self._state.link.connected:
            raise failed("charger_offline")
        return notice.looked_again(self._state)

    def _note(self, **asked: Any) -> None:
        self._recorder.note(Kind.ASKED, json_dumps(asked))


def _with_plan(state: ChargerState, plan: ChargingPlan | None) -> ChargerState:
    return replace(state, policy=replace(state.policy, own=plan))


def _restored(state: ChargerState) -> Mapping[str, str] | None:
    """Return the charger's answers once the restore is done."""
    if state.provisioning.restore is None and state.link.connected:
        # The charger has booted during the restore.
        raise NoAnswerError
    return restore.outcome(state)


def _settled(state: ChargerState) -> bool | None:
    """Return whether the charger has accepted the wish; True if the write budget delays it for long."""
    now = dt_util.utcnow()
    return True if limits.pause(state, now) > LONGEST else limits.settled(state, now)
