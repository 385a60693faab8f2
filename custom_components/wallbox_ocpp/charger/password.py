"""A charger's password: what it proves itself with, and how the two of us agree on another one.

Only hashes are kept. While a change is under way the old and the new password count, and whichever
the charger uses decides, so that no interruption locks it out.
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
from ..wallbox.model.offline_fix import REBOOT_REQUIRED, Setting
from ..wallbox.model.reading import WRITTEN, Write
from ..wallbox.model.security import security
from .commands import Commands
from .expert import Expert

AUTHORIZATION_KEY: Final = "AuthorizationKey"
ON_DISK_AFTER: Final = SAVE_DELAY + 1.0
"""Seconds until Home Assistant has written a changed configuration; it offers no way to wait for
that, nor to hurry it."""
LEAVES_WITHIN: Final = 10.0
"""Seconds a charger gets to leave by itself once it has a new password, as OCPP wants it to."""
RETURNS_WITHIN: Final = 60.0
"""Seconds until it is back; a Wallbox redials within some (docs/chargers.md §5.2)."""


class ChargerPassword:
    """What one charger proves itself with."""

    def __init__(
        self, coordinator: ChargerCoordinator, expert: Expert, commands: Commands
    ) -> None:
        """Begin with what the configuration says."""
        self._coordinator = coordinator
        self._errands = expert
        self._commands = commands
        self._session: Session | None = None
        self._arrived = asyncio.Event()
        self._rotating = asyncio.Lock()

    @property
    def credentials(self) -> Credentials:
        """What counts now."""
        return credentials_of(self._coordinator.subentry.data)

    @callback
    def async_watch(self, central_system: CentralSystem) -> CALLBACK_TYPE:
        """Take note of it when the charger is refused because of its password."""

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
        """Take note of how the charger has come in."""
        connection_info, credentials = session.connection_info, self.credentials
        self._session = session
        if connection_info.proof:
            credentials = credentials.proven(connection_info.proof)
            self._keep(credentials)
        secured = security(
            has_password=credentials.current is not None,
            encrypted=connection_info.encrypted,
        )
        state = self._coordinator.data
        link = replace(state.link, security=secured, locked_out=False)
        self._coordinator.async_set(replace(state, link=link))
        self._arrived.set()

    async def async_rotate(self) -> None:
        """Tell the charger a new password, and see it come back with that.

        Raises:
            HomeAssistantError: It has not. Whichever password it comes back with lets it in.
        """
        async with self._rotating:
            self._connected()
            password = generate(SENT_LENGTH)
            wanted = await self._coordinator.hass.async_add_executor_job(
                hashed, password
            )
            told = self.credentials.told
            self._keep(replace(self.credentials, told=wanted))
            # A charger that knows it must find it known, even if Home Assistant dies now.
            await asyncio.sleep(ON_DISK_AFTER)
            try:
                session = self._connected()
                self._arrived.clear()
                needs_reboot = await self._async_tell(session, password)
            except HomeAssistantError:
                self._withdraw(wanted, told)
                raise
            leaves_within, returns_within = LEAVES_WITHIN, RETURNS_WITHIN
            if needs_reboot is None:
                # It has had its time, and its owner waits.
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

    async def _async_tell(self, session: Session, password: str) -> bool | None:
        """Tell the charger; return whether it uses the password only after a reboot.

        None if it has not answered: it may have taken it over or not, which its return will show.

        Raises:
            HomeAssistantError: It has not taken it over.
        """
        setting = Setting(key=AUTHORIZATION_KEY, value=as_key(password))
        try:
            written = await self._errands.async_ask(Write.of(setting))
        except HomeAssistantError as error:
            if error.translation_key != "no_answer" and not self._has_left(session):
                raise
            return None if error.translation_key == "no_answer" else False
        status = written.status
        if status not in WRITTEN:
            raise failed("password_refused")
        return status == REBOOT_REQUIRED

    async def _async_reboot(self, session: Session) -> None:
        """Have a charger start anew that knows its new password, and uses it only then."""
        # One that has gone by itself meanwhile is about to.
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

    @callback
    def _withdraw(self, offered: str, told: str | None) -> None:
        if self.credentials.told == offered:
            self._keep(replace(self.credentials, told=told))

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
        subentry = coordinator.subentry
        if subentry.subentry_id not in coordinator.config_entry.subentries:
            return
        coordinator.hass.config_entries.async_update_subentry(
            coordinator.config_entry,
            subentry,
            data={**subentry.data, **kept(credentials)},
        )
