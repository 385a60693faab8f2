"""The step that changes or removes a charger's password."""

from dataclasses import replace
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import CONF_PASSWORD
from homeassistant.helpers.selector import TextSelector

from ..csms.passwords import Credentials, generate, hashed
from ..storage.credentials import credentials_of, is_password, kept
from .charger_steps import ChargerSteps

PASSWORD_SCHEMA: Final = vol.Schema({vol.Optional(CONF_PASSWORD): TextSelector()})


class PasswordFlow(ChargerSteps):
    """The step that changes or removes a charger's password."""

    async def async_step_password(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new password; the old one is accepted until the new one is used."""
        errors: dict[str, str] = {}
        suggested = {CONF_PASSWORD: generate()}
        if user_input is not None:
            suggested = user_input
            password = user_input.get(CONF_PASSWORD, "").strip()
            if not password:
                return self._keep(Credentials(), "password_removed")
            if is_password(password):
                upcoming = await self.hass.async_add_executor_job(hashed, password)
                present = credentials_of(self._get_reconfigure_subentry().data)
                return self._keep(
                    replace(present, upcoming=upcoming),
                    "password_set",
                    password=password,
                )
            errors[CONF_PASSWORD] = "invalid_password"
        return self.async_show_form(
            step_id="password",
            data_schema=self.add_suggested_values_to_schema(PASSWORD_SCHEMA, suggested),
            errors=errors,
        )

    def _keep(
        self, credentials: Credentials, reason: str, **placeholders: str
    ) -> SubentryFlowResult:
        self._change_settings(kept(credentials))
        return self.async_abort(
            reason=reason,
            description_placeholders={
                "charger": self._name,
                "identity": str(self._get_reconfigure_subentry().unique_id),
                **placeholders,
            },
        )
