"""Direct requests to a charger: read or change a setting, trigger a message, unlock the cable."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import cast

from ocpp.v16 import call
from ocpp.v16.enums import ConfigurationStatus, MessageTrigger, UnlockStatus

from homeassistant.core import callback

from ..coordinator import ChargerCoordinator
from ..csms.calls import NoAnswerError
from ..csms.requests import ConfigurationKey
from ..errors import failed, invalid, translated_errors
from ..wallbox.model.charging_profiles import CONNECTOR
from ..wallbox.model.drift import drifted_keys
from ..wallbox.model.keys import is_plain, is_sendable, may_be_written, normal
from ..wallbox.model.offline_fix import (
    ACCEPTED,
    PROFILES,
    REBOOT_REQUIRED,
    REPORTING,
    Setting,
    Verdict,
    is_only_idle,
    same,
)
from ..wallbox.model.pending import PlainRequest
from ..wallbox.model.reading import WRITTEN, Read, Write
from ..wallbox.plan import local_list, notice, owner_requests, provisioning
from ..wallbox.plan.connection import trigger
from ..wallbox.plan.step import Result
from ..wallbox.state import ChargerState
from .reconciler import SEVERAL_WAIT, Reconciler


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The result of a change of a setting."""

    status: str
    before: str | None
    """The value before; None if unknown."""
    after: str | None

    @property
    def reboot_required(self) -> bool:
        """Whether the charger has to be rebooted before the value counts."""
        return self.status == REBOOT_REQUIRED


class Expert:
    """Makes direct requests to one charger, but none while its settings are being changed."""

    def __init__(self, coordinator: ChargerCoordinator, reconciler: Reconciler) -> None:
        """Create it."""
        self._coordinator = coordinator
        self._reconciler = reconciler

    async def async_read(
        self, keys: Collection[str] | None = None
    ) -> Mapping[str, ConfigurationKey]:
        """Read all settings, or some, which are returned under the names that were given."""
        wanted = None if keys is None else tuple(keys)
        for key in wanted or ():
            _refuse_unless_plain(key)
        read = await self.async_ask(Read(keys=wanted, fallback=provisioning.KEYS))
        if wanted is None:
            return read.found
        found = {normal(key): item for key, item in read.found.items()}
        return {key: found[normal(key)] for key in wanted if normal(key) in found}

    async def async_set(self, key: str, value: str) -> None:
        """Change a setting from an entity."""
        await self.async_ask(Write.of(Setting(key=key, value=value)))
        found = await self.async_read([key])
        if key not in found or not same(found[key].value, value):
            raise failed("setting_refused")

    async def async_unlock(self) -> None:
        """Unlock the cable."""
        request = call.UnlockConnector(connector_id=CONNECTOR)
        answer = await self.async_ask(PlainRequest(request=request))
        if answer.status != UnlockStatus.unlocked:
            raise failed("unlock_refused")

    async def async_clear_cache(self) -> None:
        """Clear the charger's cache of cards that were accepted."""
        answer = await self.async_ask(PlainRequest(request=call.ClearCache()))
        if answer.status != ACCEPTED:
            raise failed("cache_refused")

    async def async_write(self, key: str, value: str) -> Written:
        """Change a setting, and return the value before."""
        self._refuse_unless_free(key)
        if not is_sendable(value):
            raise invalid("value_not_sendable")
        before = (await self.async_read([key])).get(key)
        only_idle = is_only_idle(key)
        if only_idle and not self._state.may_change_authorisation:
            raise invalid("unplug_first")
        if before:
            state, found = self._state, {before.key: before.value or ""}
            settings = state.settings.found_in(state.identity.serial_number, found)
            self._coordinator.async_set(replace(state, settings=settings))
        setting = Setting(key=key, value=value, only_idle=only_idle)
        written = await self.async_ask(Write.of(setting))
        if written.status == Result.WITHDRAWN:
            raise invalid("unplug_first")
        after = (await self.async_read([key])).get(key)
        if written.status == ConfigurationStatus.not_supported:
            raise invalid("key_unknown", setting=key)
        if written.status not in WRITTEN:
            raise failed("key_refused", setting=key, status=written.status or "?")
        return Written(
            status=written.status,
            before=before.value if before else None,
            after=after.value if after else None,
        )

    async def async_trigger(self, message: MessageTrigger) -> None:
        """Ask the charger to send a message."""
        asks_for_boot = message is MessageTrigger.boot_notification
        if asks_for_boot and self._state.link.connected:
            self._expect_boot(asked=True)
        answer = await self.async_ask(PlainRequest(request=trigger(message)))
        if answer.status != ACCEPTED:
            if asks_for_boot:
                self._expect_boot(asked=False)
            status = answer.status or "?"
            raise failed("message_refused", message=message, status=status)

    async def async_verify(self) -> None:
        """Verify the settings of the offline fix, and correct them if necessary."""
        state = self.async_look_again()
        if state.verdict is not Verdict.PROTECTED:
            return
        found = await self.async_read(state.settings.protection.wanted)
        if drifted_keys(state.settings.protection, self._coordinator.profile, found):
            self._coordinator.async_set(provisioning.doubted(self._state))

    @callback
    def async_look_again(self) -> ChargerState:
        """Return the state, after making refused and unanswered requests due again."""
        state = notice.looked_again(local_list.tried_again(self._state))
        if state.verdict is Verdict.UNKNOWN:
            state = provisioning.doubted(state)
        self._coordinator.async_set(state)
        return state

    async def async_ask[Item: (Read, Write, PlainRequest)](self, item: Item) -> Item:
        """Make a direct request, and return it with the charger's answer.

        Raises:
            HomeAssistantError: The charger is not connected, or did not answer.
        """
        coordinator = self._coordinator
        if not self._state.link.connected:
            raise failed("charger_offline")
        state, number = owner_requests.added(notice.looked_again(self._state), item)
        coordinator.async_set(state)

        def answered(state: ChargerState) -> Item | None:
            found = state.pending.owner_requests.get(number)
            if found is None and state.link.connected:
                # The charger has booted before the answer.
                raise NoAnswerError
            return cast("Item", found.item) if found and found.done else None

        try:
            with translated_errors():
                return await self._reconciler.async_until(answered, SEVERAL_WAIT)
        finally:
            coordinator.async_set(owner_requests.removed(self._state, number))

    @property
    def _state(self) -> ChargerState:
        return self._coordinator.data

    def _expect_boot(self, *, asked: bool) -> None:
        link = self._state.link.expecting_boot(asked=asked)
        self._coordinator.async_set(replace(self._state, link=link))

    def _refuse_unless_free(self, key: str) -> None:
        _refuse_unless_plain(key)
        if not may_be_written(key):
            raise invalid("key_protected", setting=key)
        state, profile = self._coordinator.data, self._coordinator.profile
        ours = {normal(item.key) for item in (*REPORTING, *PROFILES[profile])}
        fixed = state.identity.is_wallbox and state.settings.fix_enabled
        if fixed and normal(key) in ours:
            raise invalid("key_managed", setting=key)


def _refuse_unless_plain(key: str) -> None:
    if not is_plain(key):
        raise invalid("key_not_plain")
