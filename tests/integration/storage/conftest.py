"""A Home Assistant in which version 0.1.0 has run, at the time when it wrote its files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from simulator.scripted_charger import ScriptedCharger
from simulator.virtual_time import WallClock
from tests.conftest import Connect

from .files import (
    GARAGE,
    NOTHING,
    NOW,
    PASSWORD,
    VERSION,
    Seen,
    async_entry,
    install_files,
    seen_by,
)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str, unused_tcp_port: int) -> str:
    """Return the configuration folder of a Home Assistant in which that version has run."""
    install_files(hass_tmp_config_dir, VERSION, unused_tcp_port)
    return hass_tmp_config_dir


@pytest.fixture(autouse=True)
def _now(wall_clock: WallClock) -> None:
    """Begin when the files were written."""
    wall_clock.set(NOW)


@pytest.fixture
def hass_access_token(
    hass: HomeAssistant, hass_access_token: str, hass_admin_user: MockUser
) -> str:
    """Return a token that is still good by the real clock, at which those who read it look."""
    [token] = hass_admin_user.refresh_tokens.values()
    token.access_token_expiration = timedelta(days=36_500)
    return hass.auth.async_create_access_token(token)


@pytest.fixture
async def entry(hass: HomeAssistant) -> ConfigEntry:
    """Return the entry as it is in the storage."""
    return await async_entry(hass, VERSION)


@pytest.fixture
def before() -> Seen:
    """Return what was visible with that version; money is told in whole cents since then."""
    seen = seen_by(VERSION)
    for charger in seen.values():
        for shown, key in (
            (charger["entities"]["sensor.session_cost"], "state"),
            *((session, "cost") for session in charger["sessions"]),
        ):
            if shown[key] not in NOTHING:
                shown[key] = type(shown[key])(round(float(shown[key]), 2))
    return seen


@pytest.fixture
def identity() -> str:
    """Return the charger of the garage."""
    return GARAGE


@pytest.fixture
async def reconnect(connect: Connect) -> Callable[[], Any]:
    """Return a function that brings the charger of the garage back."""

    async def reconnect() -> ScriptedCharger:
        charger = await connect(
            identity=GARAGE,
            password=PASSWORD,
            boots=False,
            GetLocalListVersion=lambda _: {"listVersion": 1},
        )
        # As that version had left them.
        charger.keys |= {
            "AuthEnabled": "true",
            "LocalAuthListEnabled": "true",
            "ChargeProfileMaxStackLevel": "3",
            "MaxChargingProfilesInstalled": "8",
            "chargingALimitConn1": "25",
        }
        return charger

    return reconnect
