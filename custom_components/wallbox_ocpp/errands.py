"""What people who know ask of a charger: to tell a setting, to change one, to send a message."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ocpp.v16 import call
from ocpp.v16.enums import ConfigurationStatus, MessageTrigger, UnlockStatus

from . import configuration
from .csms.requests import ConfigurationKey
from .csms.session import Session
from .errors import failed, invalid, translated_errors
from .steward import Steward
from .wallbox.charging import CONNECTOR
from .wallbox.keys import may_be_written
from .wallbox.offline_fix import (
    ACCEPTED,
    PROFILES,
    REBOOT_REQUIRED,
    REPORTING,
    Setting,
    same,
)
from .wallbox.reverts import reverted

if TYPE_CHECKING:
    from .coordinator import ChargerCoordinator

ONLY_IDLE: Final = frozenset(
    setting.key.casefold()
    for settings in PROFILES.values()
    for setting in settings
    if setting.only_idle
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What came of a change of a setting."""

    status: str
    before: str | None
    """None if the charger did not tell."""
    after: str | None

    @property
    def reboot_required(self) -> bool:
        """Whether the charger has to be rebooted before it counts."""
        return self.status == REBOOT_REQUIRED


class Errands:
    """Runs errands to one charger, none of them while its settings are being put in order."""

    def __init__(
        self,
        coordinator: ChargerCoordinator,
        steward: Steward,
        connected: Callable[[], Session],
    ) -> None:
        """Be ready. ``connected`` returns the charger's connection, or raises."""
        self._coordinator = coordinator
        self._steward = steward
        self._connected = connected

    async def async_read(
        self, keys: Collection[str] | None = None
    ) -> dict[str, ConfigurationKey]:
        """Ask for all settings, or for some."""
        session = self._connected()
        with translated_errors():
            async with self._steward.configuring:
                return await self._async_read(session, keys)

    async def async_set(self, key: str, value: str) -> None:
        """Change a setting that is the owner's to choose."""
        session = self._connected()
        with translated_errors():
            async with self._steward.configuring:
                await configuration.async_write(session, Setting(key=key, value=value))
                found = await self._async_read(session, [key])
        if key not in found or not same(found[key].value, value):
            raise failed("setting_refused")

    async def async_unlock(self) -> None:
        """Let go of the cable."""
        with translated_errors():
            if not await configuration.async_accepts(
                self._connected(),
                call.UnlockConnector(connector_id=CONNECTOR),
                UnlockStatus.unlocked,
            ):
                raise failed("unlock_refused")

    async def async_write(self, key: str, value: str) -> Written:
        """Change a setting, and remember what it was."""
        self._refuse_unless_free(key)
        session = self._connected()
        with translated_errors():
            async with self._steward.configuring:
                before = (await self._async_read(session, [key])).get(key)
                if key.casefold() in ONLY_IDLE:
                    self._refuse_within_session()
                if before:
                    await self._coordinator.async_remember({key: before.value or ""})
                status = await configuration.async_write(
                    session, Setting(key=key, value=value)
                )
                after = (await self._async_read(session, [key])).get(key)
        if status == ConfigurationStatus.not_supported:
            raise invalid("key_unknown", setting=key)
        if status not in (ACCEPTED, REBOOT_REQUIRED):
            raise failed("key_refused", setting=key, status=status or "?")
        return Written(
            status=status,
            before=before.value if before else None,
            after=after.value if after else None,
        )

    async def async_trigger(self, message: MessageTrigger) -> None:
        """Ask the charger to send a message."""
        session = self._connected()
        asks_for_boot = message is MessageTrigger.boot_notification
        if asks_for_boot:
            self._coordinator.async_change(boot_asked=True)
        with translated_errors():
            status = await configuration.async_ask_for(session, message)
        if status != ACCEPTED:
            if asks_for_boot:
                self._coordinator.async_change(boot_asked=False)
            raise failed("message_refused", message=message, status=status or "?")

    async def async_verify(self) -> None:
        """See whether all is in that should be; if it is not, it is put in again."""
        self._steward.async_try_again()
        protection = self._coordinator.data.protection
        found = await self.async_read(protection.wanted)
        if reverted(protection, self._coordinator.profile, found):
            self._steward.async_doubt()

    async def _async_read(
        self, session: Session, keys: Collection[str] | None
    ) -> dict[str, ConfigurationKey]:
        found = await configuration.async_read(session, keys)
        if keys is None:
            self._coordinator.async_change(configuration=found)
            return found
        # A charger may tell more than it was asked for, and that must not pile up.
        asked = {key: found[key] for key in keys if key in found}
        known = self._coordinator.data.configuration
        self._coordinator.async_change(configuration={**known, **asked})
        return asked

    def _refuse_unless_free(self, key: str) -> None:
        if not may_be_written(key):
            raise invalid("key_protected", setting=key)
        state, profile = self._coordinator.data, self._coordinator.profile
        ours = {item.key.casefold() for item in (*REPORTING, *PROFILES[profile])}
        if state.is_wallbox and state.fix_enabled and key.casefold() in ours:
            raise invalid("key_managed", setting=key)

    def _refuse_within_session(self) -> None:
        if not self._coordinator.data.may_change_authorisation:
            raise invalid("unplug_first")
