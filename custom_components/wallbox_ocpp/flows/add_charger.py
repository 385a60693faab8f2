"""Adding a charger: shows what to type into the Wallbox app, and waits for the charger."""

import asyncio
from itertools import count
from types import MappingProxyType
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, CONF_PASSWORD
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelectorMode,
    TextSelector,
)

from ..const import (
    CONF_ACCESS_CONTROL,
    CONF_IDENTITY,
    CONF_NEW_PASSWORD,
    CONF_OFFLINE_PROFILE,
    CONF_SHOW_ID_TAG,
    SUBENTRY_CHARGER,
)
from ..csms.handshake import IDENTITY, UnknownCharger
from ..csms.passwords import Credentials, generate, hashed
from ..hub.address import async_address
from ..localize import text
from ..models import WallboxConfigEntry, WallboxRuntimeData
from ..storage.credentials import is_password, kept
from ..wallbox.model.offline_fix import ProfileName
from .found import FOUND_SCHEMA, async_report, async_set_name_and_area, default_name
from .pairing import Pairing
from .selectors import choice

FIRST: Final = "wallbox"
"""The begin of suggested identities."""

NEW_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_IDENTITY): TextSelector(),
        vol.Optional(CONF_PASSWORD): TextSelector(),
    }
)


class PairingFlow(ConfigSubentryFlow):
    """The steps of adding a charger.

    The charger is added before the flow waits for it: so it is served as soon as it connects, and
    nothing has to be repeated if the dialog is closed.
    """

    _identity: str
    _password: str | None = None
    """The password to type into the Wallbox app."""
    _keeps_password = False
    """The charger already connects with this password, so it need not be typed."""
    _credentials = Credentials()
    _subentry: ConfigSubentry | None = None
    _pairing: Pairing | None = None
    _waiting: asyncio.Task[None] | None = None
    _report: dict[str, str]

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Choose how the charger is added, if there is a choice."""
        if not self._running:
            return self.async_abort(reason="not_loaded")
        if len(ways := self._ways) > 1:
            return self.async_show_menu(step_id="user", menu_options=ways)
        return await self.async_step_new()

    async def async_step_new(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Choose identity and password."""
        errors: dict[str, str] = {}
        namesake = None
        if user_input is None:
            suggested = {
                CONF_IDENTITY: self._free_identity(),
                CONF_PASSWORD: generate(),
            }
        else:
            suggested = user_input
            self._identity = user_input[CONF_IDENTITY].strip()
            self._password = user_input.get(CONF_PASSWORD, "").strip() or None
            if not IDENTITY.fullmatch(self._identity):
                errors[CONF_IDENTITY] = "invalid_identity"
            elif self._identity in self._known_identities:
                errors[CONF_IDENTITY] = "already_configured"
            elif namesake := self._runtime.central_system.namesake(self._identity):
                errors[CONF_IDENTITY] = "other_capitals"
            if self._password and not is_password(self._password):
                errors[CONF_PASSWORD] = "invalid_password"
            if not errors:
                self._credentials = Credentials(
                    current=await self._async_hashed(self._password)
                )
                return await self.async_step_connect()
        return self.async_show_form(
            step_id="new",
            data_schema=self.add_suggested_values_to_schema(NEW_SCHEMA, suggested),
            errors=errors,
            description_placeholders={
                "address": await async_address(self.hass, self._entry),
                "known": namesake or "",
            },
        )

    async def async_step_adopt(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Choose one of the unknown chargers, which keeps its identity."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._identity = user_input[CONF_IDENTITY]
            if self._identity in self._unknown_chargers:
                return await self._async_adopt(
                    new_password=user_input[CONF_NEW_PASSWORD]
                )
            errors[CONF_IDENTITY] = "stranger_gone"
        labels = {
            identity: f"{identity} · {unknown_charger.address}"
            for identity, unknown_charger in self._unknown_chargers.items()
        }
        schema = vol.Schema(
            {
                vol.Required(CONF_IDENTITY): choice(
                    labels, mode=SelectSelectorMode.DROPDOWN
                ),
                vol.Required(CONF_NEW_PASSWORD, default=False): BooleanSelector(),
            }
        )
        return self.async_show_form(step_id="adopt", data_schema=schema, errors=errors)

    async def _async_adopt(self, *, new_password: bool) -> SubentryFlowResult:
        present = self._runtime.central_system.unknown_chargers.password_of(
            self._identity
        )
        self._credentials = Credentials(current=await self._async_hashed(present))
        self._keeps_password = present is not None and not new_password
        if not new_password:
            return await self.async_step_wait()
        self._password = generate()
        self._credentials = Credentials(
            current=self._credentials.current,
            upcoming=await self._async_hashed(self._password),
        )
        return await self.async_step_connect()

    async def async_step_connect(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what to type into the Wallbox app."""
        return self.async_show_menu(
            step_id="connect",
            menu_options=["wait", "later"],
            description_placeholders=await self._async_what_to_type(),
        )

    async def async_step_later(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add the charger without waiting for it."""
        if self._removed:
            return self.async_abort(reason="removed")
        if self._subentry:
            return self.async_abort(reason="added")
        return self.async_create_entry(
            title=self._title, data=self._data, unique_id=self._identity
        )

    async def async_step_wait(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for the charger, and show the progress."""
        if (pairing := self._pairing) is None:
            if self._removed:
                return self.async_abort(reason="removed")
            if self._subentry and not self._running:
                return await self.async_step_stopped()
            if not self._running or (pairing := await self._async_begin()) is None:
                return self.async_abort(reason="not_loaded")
        elif not self._removed and not self._is_watched(pairing):
            pairing.close()
            return self.async_show_progress_done(next_step_id="stopped")
        if self._waiting is None or self._waiting.done():
            if pairing.over:
                pairing.close()
                self._pairing = self._waiting = None
                return self.async_show_progress_done(
                    next_step_id=await self._async_outcome(pairing)
                )
            self._waiting = self._entry.async_create_background_task(
                self.hass, pairing.async_change(), name=__name__
            )
        return self.async_show_progress(
            step_id="wait",
            progress_action=pairing.progress,
            description_placeholders={
                **await self._async_what_to_type(),
                "other": pairing.identity,
            },
            progress_task=self._waiting,
        )

    async def async_step_not_found(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what may be wrong, and what can be done."""
        return self.async_show_menu(
            step_id="not_found",
            menu_options=self._ways_on,
            description_placeholders=await self._async_what_to_type(),
        )

    async def async_step_without_password(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Admit the charger without a password, which some firmwares need."""
        self._password, self._credentials = None, Credentials()
        self._keeps_password = False
        if self._subentry and not self._removed:
            self.hass.config_entries.async_update_subentry(
                self._entry,
                self._subentry,
                data={**self._subentry.data, **kept(self._credentials)},
            )
        return await self.async_step_wait()

    async def async_step_stopped(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that the integration was stopped, so nothing waits for the charger."""
        return self.async_abort(reason="stopped")

    async def async_step_gone(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that the charger was removed meanwhile."""
        return self.async_abort(reason="removed")

    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the charger that has connected, ask for its name, and show the next steps."""
        subentry = self._subentry
        if subentry is None or self._removed:
            return self.async_abort(reason="removed")
        errors: dict[str, str] = {}
        if user_input is not None:
            if name := user_input[CONF_NAME].strip():
                answers = {**user_input, CONF_NAME: name}
                async_set_name_and_area(self.hass, self._entry, subentry, answers)
                return self.async_abort(
                    reason="ready", description_placeholders={"charger": name}
                )
            errors[CONF_NAME] = "charger_nameless"
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(
                FOUND_SCHEMA, user_input or {CONF_NAME: subentry.title}
            ),
            errors=errors,
            description_placeholders=self._report,
        )

    @callback
    @override
    def async_remove(self) -> None:
        """Stop waiting when the dialog is closed; the charger stays."""
        if self._pairing:
            self._pairing.close()

    @property
    def _entry(self) -> WallboxConfigEntry:
        return self._get_entry()

    @property
    def _runtime(self) -> WallboxRuntimeData:
        return self._entry.runtime_data

    @property
    def _running(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def _removed(self) -> bool:
        subentry = self._subentry
        return bool(subentry and subentry.subentry_id not in self._entry.subentries)

    @property
    def _ways(self) -> list[str]:
        """The steps by which a charger can be added now, the one that is always there at the end."""
        return ["adopt", "new"] if self._unknown_chargers else ["new"]

    @property
    def _ways_on(self) -> list[str]:
        """The steps that are possible when the charger has not come."""
        if self._credentials.current:
            return ["wait", "without_password", "later"]
        return ["wait", "later"]

    def _is_watched(self, pairing: Pairing) -> bool:
        """Return whether the watched charger is still the running one."""
        return self._running and (pairing.charger in self._runtime.chargers.values())

    @property
    def _unknown_chargers(self) -> dict[str, UnknownCharger]:
        return self._runtime.central_system.unknown_chargers.recent

    @property
    def _known_identities(self) -> set[str | None]:
        chargers = self._entry.get_subentries_of_type(SUBENTRY_CHARGER)
        return {charger.unique_id for charger in chargers}

    @property
    def _title(self) -> str:
        return default_name(self._identity)

    @property
    def _data(self) -> dict[str, Any]:
        return {
            CONF_IDENTITY: self._identity,
            CONF_ACCESS_CONTROL: False,
            CONF_OFFLINE_PROFILE: ProfileName.CHARGE_HQ.value,
            CONF_SHOW_ID_TAG: False,
            **kept(self._credentials),
        }

    def _free_identity(self) -> str:
        taken = self._known_identities
        identities = (f"{FIRST}-{number}" for number in count(1))
        return next(identity for identity in identities if identity not in taken)

    async def _async_hashed(self, password: str | None) -> str | None:
        if not password:
            return None
        return await self.hass.async_add_executor_job(hashed, password)

    async def _async_begin(self) -> Pairing | None:
        """Add the charger, unless it was added before, and watch for it once it is admitted."""
        subentry = self._subentry or self._add()
        # The update listener runs by now, and holds this until the charger is admitted.
        async with self._runtime.changing:
            charger = self._runtime.chargers.get(subentry.subentry_id)
        if charger:
            self._pairing = Pairing(charger, self._runtime.central_system)
        return self._pairing

    def _add(self) -> ConfigSubentry:
        self._subentry = ConfigSubentry(
            data=MappingProxyType(self._data),
            subentry_type=SUBENTRY_CHARGER,
            title=self._title,
            unique_id=self._identity,
        )
        self.hass.config_entries.async_add_subentry(self._entry, self._subentry)
        return self._subentry

    async def _async_outcome(self, pairing: Pairing) -> str:
        """Wait until the pairing is over, and return the step that follows."""
        if self._removed:
            return "gone"
        if not pairing.found:
            return "not_found"
        self._report = await async_report(self.hass, pairing.charger)
        return "found"

    async def _async_what_to_type(self) -> dict[str, str]:
        if self._password:
            password = f"`{self._password}`"
        elif self._keeps_password:
            password = text(self.hass, "present_password")
        else:
            password = text(self.hass, "no_password")
        return {
            "address": await async_address(self.hass, self._entry),
            "identity": self._identity,
            "password": password,
        }
