"""How Home Assistant's dashboards come to load the card."""

from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_persistent_notifications,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.frontend import resource
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.integration.test_system_health import info

FOLDER: Final = "/wallbox_ocpp/frontend/"
ANOTHER: Final = {"id": "another", "type": "module", "url": "/hacsfiles/mushroom.js"}


def stored(*urls: str) -> dict[str, Any]:
    """Return the resources as they are on disk, with one of somebody else."""
    ours = [
        {"id": f"ours{number}", "type": "module", "url": url}
        for number, url in enumerate(urls)
    ]
    return {
        "version": 1,
        "minor_version": 1,
        "key": "lovelace_resources",
        "data": {"items": [ANOTHER, *ours]},
    }


@pytest.fixture
def kept(request: pytest.FixtureRequest, hass_storage: dict[str, Any]) -> None:
    """Have resources on disk, if the test names any."""
    hass_storage["lovelace_resources"] = stored(*getattr(request, "param", ()))


@pytest.fixture
async def dashboards(hass: HomeAssistant, kept: None) -> None:
    """Set up Home Assistant's dashboards, whose resources are not loaded yet."""
    assert await async_setup_component(hass, "frontend", {})


async def resources(hass_ws_client: WebSocketGenerator) -> list[dict[str, Any]]:
    """Return the resources, as a browser is told them."""
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "lovelace/resources"})
    answer = await client.receive_json()
    items: list[dict[str, Any]] = answer["result"]
    return items


@pytest.mark.parametrize(
    "kept",
    [
        (),
        (f"{FOLDER}0123456789/wallbox-ocpp.js",),
        (
            f"{FOLDER}0123456789/wallbox-ocpp.js",
            f"{FOLDER}abcdef0123/wallbox-ocpp.js",
        ),
    ],
    ids=["none", "an earlier one", "two"],
    indirect=True,
)
async def test_there_is_one_resource_of_this_version(
    hass: HomeAssistant,
    dashboards: None,
    integration: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await hass.config_entries.async_reload(integration.entry_id)
    another, ours = await resources(hass_ws_client)
    assert another == ANOTHER
    assert ours["type"] == "module"
    client = await hass_client_no_auth()
    response = await client.get(ours["url"])
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert "max-age" in response.headers["Cache-Control"]
    # What it imports is found beside it, under an address that changes with it.
    beside = ours["url"].rpartition("/")[0]
    assert (await client.get(f"{beside}/card.js")).status == HTTPStatus.OK
    assert (await info(hass))["card"] == "resource"


async def test_a_removed_integration_takes_its_resource_with_it(
    hass: HomeAssistant,
    dashboards: None,
    integration: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert len(await resources(hass_ws_client)) == 2
    await hass.config_entries.async_unload(integration.entry_id)
    assert len(await resources(hass_ws_client)) == 2
    await hass.config_entries.async_remove(integration.entry_id)
    assert await resources(hass_ws_client) == [ANOTHER]


async def test_where_resources_are_in_yaml_every_page_loads_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    lovelace = {"lovelace": {"resource_mode": "yaml", "resources": []}}
    assert await async_setup_component(hass, "lovelace", lovelace)
    assert await async_setup_component(hass, "frontend", lovelace)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_reload(entry.entry_id)
    urls = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert len([url for url in urls if url.startswith(FOLDER)]) == 1
    assert (await info(hass))["card"] == "every page (resources in YAML)"
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if DOMAIN in url]


async def test_a_home_without_dashboards_goes_without(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    assert (await info(hass))["card"] == "nothing: there are no dashboards"
    await hass.config_entries.async_remove(integration.entry_id)
    assert not async_get_persistent_notifications(hass)


def test_another_content_has_another_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "FOLDER", tmp_path)
    (tmp_path / "a.js").write_text("1")
    before = resource._version()
    assert resource._version() == before
    (tmp_path / "a.js").write_text("2")
    assert resource._version() != before
