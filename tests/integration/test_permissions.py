"""Who may perform which action: as with Home Assistant's own, it depends on the person."""

from enum import Enum, auto
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import Group
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.helpers.screen import Screen


class Right(Enum):
    """What a person must be allowed."""

    READ = auto()
    """To see the charger's entities."""
    CONTROL = auto()
    """To operate them."""
    ADMINISTRATE = auto()
    """Everything: it changes settings, passwords, or files for all."""


NEEDED: Final = {
    "apply_offline_fix": Right.ADMINISTRATE,
    "break_off_offline_test": Right.CONTROL,
    "change_password": Right.ADMINISTRATE,
    "clear_cache": Right.CONTROL,
    "clear_plan": Right.CONTROL,
    "export_sessions": Right.ADMINISTRATE,
    "get_configuration": Right.READ,
    "get_plan": Right.READ,
    "get_sessions": Right.READ,
    "reboot": Right.CONTROL,
    "restore_configuration": Right.ADMINISTRATE,
    "set_configuration": Right.ADMINISTRATE,
    "set_plan": Right.CONTROL,
    "test_offline_protection": Right.CONTROL,
    "trigger_message": Right.CONTROL,
}
DATA: Final[dict[str, dict[str, Any]]] = {
    "set_plan": {"slots": [{"start": "2026-09-01 22:00", "end": "2099-09-01 23:00"}]},
    "set_configuration": {"key": "LightIntensity", "value": "50"},
    "trigger_message": {"message": "heartbeat"},
}
GROUPS: Final = {
    GROUP_ID_ADMIN: set(Right),
    GROUP_ID_USER: {Right.READ, Right.CONTROL},
    GROUP_ID_READ_ONLY: {Right.READ},
}


class Caller:
    """Performs actions in the name of somebody."""

    def __init__(self, hass: HomeAssistant, device_id: str) -> None:
        """Aim at a charger."""
        self._hass = hass
        self._device_id = device_id

    async def __call__(self, action: str, context: Context) -> None:
        """Perform an action."""
        response = self._hass.services.supports_response(DOMAIN, action)
        await self._hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self._device_id, **DATA.get(action, {})},
            blocking=True,
            context=context,
            return_response=response is not SupportsResponse.NONE,
        )

    async def lets(self, context: Context) -> set[str]:
        """Return the actions that somebody may perform, even if the charger is not there."""
        allowed = {*NEEDED}
        for action in NEEDED:
            try:
                await self(action, context)
            except Unauthorized:
                allowed.remove(action)
            except HomeAssistantError as error:
                assert error.translation_domain == DOMAIN  # noqa: PT017  Any other is a fault.
        return allowed


def needing(rights: set[Right]) -> set[str]:
    """Return the actions that somebody with some rights may perform."""
    return {action for action, right in NEEDED.items() if right in rights}


@pytest.fixture
async def ask(
    hass: HomeAssistant, integration: MockConfigEntry, device_id: str
) -> Caller:
    """Return what performs actions on a charger that is not connected."""
    # The first user owns the home, whatever group it is in.
    await hass.auth.async_create_user("Owner")
    return Caller(hass, device_id)


def test_each_action_has_a_row(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    assert hass.services.async_services()[DOMAIN].keys() == NEEDED.keys()


@pytest.mark.parametrize("group", GROUPS)
async def test_what_a_person_may_do_depends_on_the_group(
    hass: HomeAssistant, ask: Caller, group: str
) -> None:
    user = await hass.auth.async_create_user("Eva", group_ids=[group])
    assert await ask.lets(Context(user_id=user.id)) == needing(GROUPS[group])


async def test_an_automation_may_do_everything(ask: Caller) -> None:
    assert await ask.lets(Context()) == {*NEEDED}


async def test_who_is_not_known_may_do_nothing(ask: Caller) -> None:
    for action in NEEDED:
        with pytest.raises(UnknownUser):
            await ask(action, Context(user_id="nobody"))


async def test_who_may_do_something_with_one_charger_may_do_it_with_that_alone(
    hass: HomeAssistant, ask: Caller, device_id: str, screen: Screen
) -> None:
    switch = screen.entity_id("switch", "charging")
    policies: list[tuple[dict[str, Any], set[Right]]] = [
        ({}, set()),
        ({"entity_ids": {"light.kitchen": True}}, set()),
        ({"entity_ids": {switch: True}}, set()),
        ({"device_ids": {"another": True}}, set()),
        ({"device_ids": {device_id: {"read": True}}}, {Right.READ}),
        ({"device_ids": {device_id: True}}, {Right.READ, Right.CONTROL}),
    ]
    for entities, rights in policies:
        user = await hass.auth.async_create_user("Eva", group_ids=[])
        user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
        user.groups = [Group(name="One charger", policy={"entities": entities})]
        allowed = await ask.lets(Context(user_id=user.id))
        assert allowed == needing(rights), entities
