"""The sessions of a year, as the dashboard asks for them, and as a file."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.wallbox_ocpp.const import CONF_SHOW_ID_TAG
from custom_components.wallbox_ocpp.frontend import sessions as page
from homeassistant.auth.models import Group
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import Connect
from tests.helpers.cards import give
from tests.helpers.owner import change_settings

CARD = "04A1B2C3"
YEAR = dt_util.utcnow().year


async def charged(connect: Connect, *ends: datetime) -> None:
    """Have a charger tell of sessions of an hour, with 1 kWh each."""
    charger = await connect()
    for number, end in enumerate(ends):
        began = end - timedelta(hours=1)
        session = await charger.start(
            idTag=CARD, meterStart=number * 1000, timestamp=began.isoformat()
        )
        await charger.stop(
            session,
            meterStop=(number + 1) * 1000,
            timestamp=end.isoformat(),
            reason="EVDisconnected",
        )


async def ask(
    client: Any, device_id: str, year: int = YEAR, kind: str = "sessions"
) -> dict[str, Any]:
    """Ask for the sessions of a year."""
    await client.send_json_auto_id(
        {"type": f"wallbox_ocpp/{kind}", "device_id": device_id, "year": year}
    )
    answer: dict[str, Any] = await client.receive_json()
    return answer


def let_see(hass: HomeAssistant, user: MockUser, entities: dict[str, Any]) -> None:
    """Make somebody a user who may see some entities, and nothing else."""
    user.groups = [Group(name="Some", policy={"entities": entities})]
    user.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    user.invalidate_cache()


async def test_a_year_is_that_of_the_clock_at_home(
    hass: HomeAssistant,
    connect: Connect,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await hass.config.async_update(time_zone="Europe/Madrid")
    madrid = ZoneInfo("Europe/Madrid")
    old, new = (
        datetime(YEAR - 1, 12, 31, 23, 59, 59, tzinfo=madrid),
        datetime(YEAR, 1, 1, 0, 0, 0, tzinfo=madrid),
    )
    await charged(connect, old, new)
    client = await hass_ws_client()
    this, last, before = [
        (await ask(client, device_id, year))["result"]
        for year in (YEAR, YEAR - 1, YEAR - 2)
    ]
    assert [one["ended"] for one in this["sessions"]] == [
        dt_util.as_utc(new).isoformat()
    ]
    assert [one["ended"] for one in last["sessions"]] == [
        dt_util.as_utc(old).isoformat()
    ]
    assert before["sessions"] == []
    assert this["currency"] == hass.config.currency
    assert this["left_out"] == 0
    assert YEAR - 1 in this["years"]
    [session] = this["sessions"]
    assert session["energy"] == 1.0
    assert session["started_by"] == "card"
    assert session.keys() == page.SHOWN - {"id_tag"}


async def test_card_numbers_are_told_only_if_the_owner_shows_them(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    await charged(connect, dt_util.utcnow())
    client = await hass_ws_client()
    browser = await hass_client()
    path = f"/api/wallbox_ocpp/sessions/{device_id}/{YEAR}.csv"
    assert CARD not in str(await ask(client, device_id))
    assert CARD not in await (await browser.get(path)).text()
    change_settings(hass, integration, **{CONF_SHOW_ID_TAG: True})
    await hass.async_block_till_done()
    assert CARD in str(await ask(client, device_id))
    assert CARD in await (await browser.get(path)).text()


async def test_whose_card_it_is_is_told(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The statement of a person adds up their cards."""
    anna = {"name": "Anna's card", "person": "person.anna", "enabled": True}
    guest = {"id_tag": "04D4E5F6", "name": "Guest room", "enabled": True}
    give(hass, integration, anna | {"id_tag": CARD}, guest)
    await hass.async_block_till_done()
    await charged(connect, dt_util.utcnow())
    answer = (await ask(await hass_ws_client(), device_id))["result"]
    assert answer["people"] == {"Anna's card": "person.anna"}
    assert [one["who"] for one in answer["sessions"]] == ["Anna's card"]


async def test_an_answer_has_an_end(
    connect: Connect,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, "MOST", 2)
    now = dt_util.utcnow().replace(microsecond=0)
    ends = [now - timedelta(minutes=minutes) for minutes in (30, 20, 10)]
    await charged(connect, *ends)
    answer = (await ask(await hass_ws_client(), device_id))["result"]
    assert answer["left_out"] == 1
    assert [one["ended"] for one in answer["sessions"]] == [
        end.isoformat() for end in ends[1:]
    ]


async def test_what_is_not_there_is_said(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    client, browser = await hass_ws_client(), await hass_client()
    assert (await ask(client, "gone"))["error"]["code"] == "not_found"
    assert (await ask(client, device_id, 0))["error"]["code"] == "invalid_format"
    years = ("0", "02026", "²", "x", "9" * 5000)
    for what in (f"gone/{YEAR}", *(f"{device_id}/{year}" for year in years)):
        response = await browser.get(f"/api/wallbox_ocpp/sessions/{what}.csv")
        assert response.status == HTTPStatus.NOT_FOUND
    await hass.config_entries.async_unload(integration.entry_id)
    assert (await ask(client, device_id))["error"]["code"] == "not_found"


@pytest.mark.parametrize("may", [True, False])
async def test_only_who_may_see_the_charger_gets_its_sessions(
    hass: HomeAssistant,
    connect: Connect,
    device_id: str,
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
    may: bool,
) -> None:
    assert await async_setup_component(hass, "auth", {})
    await charged(connect, dt_util.utcnow())
    client, browser = await hass_ws_client(), await hass_client()
    seen = {"device_ids": {device_id if may else "another": {"read": True}}}
    let_see(hass, hass_admin_user, seen)
    answer = await ask(client, device_id)
    path = f"/api/wallbox_ocpp/sessions/{device_id}/{YEAR}.csv"
    await client.send_json_auto_id(
        {"type": "auth/sign_path", "path": path, "expires": 30}
    )
    signed = (await client.receive_json())["result"]["path"]
    responses = [await browser.get(path), await browser.get(signed)]
    if may:
        assert len(answer["result"]["sessions"]) == 1
        for response in responses:
            assert response.status == HTTPStatus.OK
            lines = (await response.text(encoding="utf-8-sig")).splitlines()
            assert len(lines) == 2
            named = response.headers["Content-Disposition"]
            assert named == f'attachment; filename="wallbox_100001_{YEAR}.csv"'
    else:
        assert answer["error"]["code"] == "unauthorized"
        assert {response.status for response in responses} == {HTTPStatus.UNAUTHORIZED}


async def test_a_file_needs_a_login_or_a_signature(
    connect: Connect, device_id: str, hass_client_no_auth: ClientSessionGenerator
) -> None:
    browser = await hass_client_no_auth()
    path = f"/api/wallbox_ocpp/sessions/{device_id}/{YEAR}.csv"
    assert (await browser.get(path)).status == HTTPStatus.UNAUTHORIZED
