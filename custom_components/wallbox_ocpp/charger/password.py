"""The password of a charger, and changing it over OCPP.

Only hashes are stored. During a change both passwords are accepted, and the one that the charger
connects with stays, so that no interruption locks it out.
"""

import asyncio
from dataclasses import replace
from typing import Final

from homeassistant.config_entries import SAVE_DELAY
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import REBOOT_TIMEOUT
from ..coordinator import ChargerCoordinator
from ..csms.handshake import HandshakeAttempt, HandshakeResult
from ..csms.passwords import SENT_LENGTH, Credentials, as_key, generate, hashed
from ..csms.server import CentralSystem
from ..csms.session import Session
from ..errors import failed
from ..storage.credentials import credentials_of, kept
from ..wallbox.model.link import Security
from ..wallbox.model.offline_fix import REBOOT_REQUIRED, Setting
from ..wallbox.model.reading import WRITTEN, Write
from .commands import Commands
from .expert import Expert

AUTHORIZATION_KEY: Final = "AuthorizationKey"
ON_DISK_AFTER: Final = SAVE_DELAY + 1.0
"""Seconds until Home Assistant has saved a changed config entry; there is no way to wait for that."""
LEAVES_WITHIN: Final = 10.0
"""Seconds for a charger to disconnect by itself after a new password, as OCPP demands."""
RETURNS_WITHIN: Final = 60.0
"""Seconds for it to reconnect; a Wallbox takes a few (docs/chargers.md §5.2)."""


class ChargerPassword:
    """The credentials of one charger, and changing its password."""

    def __init__(
        self, coordinator: ChargerCoordinator, expert: Expert, commands: Commands
    ) -> None:
        """Start with the credentials in the settings."""
        self._coordinator = coordinator
        self._expert = expert
        self._commands = commands
        self._session: Session | None = None
        self._arrived = asyncio.Event()
        self._rotating = asyncio.Lock()

    @property
    def credentials(self) -> Credentials:
        """The credentials that are accepted now."""
        return credentials_of(self._coordinator.subentry.data)

    @callback
    def async_watch(self, central_system: CentralSystem) -> CALLBACK_TYPE:
        """Record when the charger is refused because of its password."""

        @callback
        def attempted(attempt: HandshakeAttempt) -> None:
            coordinator = self._coordinator
            if (
                attempt.identity == coordinator.identity
                and attempt.result is HandshakeResult.WRONG_PASSWORD
                and not coordinator.data.link.connected
            ):
                state = coordinator.data
                link = replace(state.link, locked_out=True)
                coordinator.async_set(replace(state, link=link))

        return central_system.watch(attempted)

    @callback
    def async_arrived(self, session: Session) -> None:
        """Record the security of a new connection, and which password it has used."""
        connection_info, credentials = session.connection_info, self.credentials
        self._session = session
        if connection_info.proof:
            credentials = credentials.proven(connection_info.proof)
            self._keep(credentials)
        secured = Security.of(
            has_password=credentials.current is not None,
            encrypted=connection_info.encrypted,
        )
        state = self._coordinator.data
        link = replace(state.link, security=secured, locked_out=False)
        self._coordinator.async_set(replace(state, link=link))
        self._arrived.set()

    async def async_rotate(self) -> None:
        """Set a new password in the charger, and wait until it has connected with that.

        Raises:
            HomeAssistantError: It has not. The old password is still accepted, too.
        """
        async with self._rotating:
            self._connected()
            password = generate(SENT_LENGTH)
            wanted = await self._coordinator.hass.async_add_executor_job(
                hashed, password
            )
            told = self.credentials.told
            self._keep(replace(self.credentials, told=wanted))
            # The hash must be on disk before the charger gets the password.
            await asyncio.sleep(ON_DISK_AFTER)
            try:
                session = self._connected()
                self._arrived.clear()
                needs_reboot = await self._async_send(session, password)
            except HomeAssistantError:
                if self.credentials.told == wanted:
                    self._keep(replace(self.credentials, told=told))
                raise
            leaves_within, returns_within = LEAVES_WITHIN, RETURNS_WITHIN
            if needs_reboot is None:
                # It could have reconnected by now, and the owner waits.
                leaves_within, returns_within = 0.0, LEAVES_WITHIN
            elif needs_reboot:
                await self._async_reboot(session)
                leaves_within = REBOOT_TIMEOUT
            if not await self._async_arrival(leaves_within):
                await session.close()
                if not await self._async_arrival(returns_within):
                    raise failed("password_unproven")
            if self.credentials.current != wanted:
                raise failed("password_not_taken")

    async def _async_send(self, session: Session, password: str) -> bool | None:
        """Send the password; return whether the charger uses it only after a reboot.

        None if it has not answered: its next connection will show which password it uses.

        Raises:
            HomeAssistantError: It has refused the password.
        """
        setting = Setting(key=AUTHORIZATION_KEY, value=as_key(password))
        try:
            written = await self._expert.async_ask(Write.of(setting))
        except HomeAssistantError as error:
            if error.translation_key != "no_answer" and not self._has_left(session):
                raise
            return None if error.translation_key == "no_answer" else False
        if written.status not in WRITTEN:
            raise failed("password_refused")
        return written.status == REBOOT_REQUIRED

    async def _async_reboot(self, session: Session) -> None:
        """Reboot a charger that uses its new password only after a reboot."""
        # It may have disconnected by itself meanwhile.
        if self._has_left(session):
            return
        try:
            await self._commands.async_reboot()
        except HomeAssistantError as error:
            if error.translation_key == "reboot_refused":
                raise

    def _has_left(self, session: Session) -> bool:
        return self._session is not session or not self._coordinator.data.link.connected

    def _connected(self) -> Session:
        if self._session is None or not self._coordinator.data.link.connected:
            raise failed("charger_offline")
        return self._session

    async def _async_arrival(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    @callback
    def _keep(self, credentials: Credentials) -> None:
        coordinator = self._coordinator
        subentries = coordinator.config_entry.subentries
        if coordinator.subentry.subentry_id in subentries:
            coordinator.async_change_settings(kept(credentials))
