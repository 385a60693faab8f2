"""The actions of a charger in tests."""

from typing import Any

import pytest

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError


class Act:
    """Performs actions on the first charger."""

    def __init__(self, hass: HomeAssistant, device_id: str) -> None:
        """Aim at a charger."""
        self._hass = hass
        self._device_id = device_id

    async def __call__(self, action: str, **data: object) -> dict[str, Any]:
        """Perform an action and return its response, if it has one."""
        response = self._hass.services.supports_response(DOMAIN, action)
        returned = await self._hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self._device_id, **data},
            blocking=True,
            return_response=response is not SupportsResponse.NONE,
        )
        return returned or {}

    async def fails(self, action: str, **data: object) -> str | None:
        """Perform an action and return the error it fails with."""
        with pytest.raises(HomeAssistantError) as error:
            await self(action, **data)
        assert error.value.translation_domain == DOMAIN
        return error.value.translation_key
