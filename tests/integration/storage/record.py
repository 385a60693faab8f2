"""Records the storage files of the present version, for the tests of later versions.

Run it once per release: ``.venv/bin/pytest tests/integration/storage/record.py``. It drives two scripted
chargers through two months, then copies what Home Assistant has written to
``tests/integration/storage/<version>/``, together with a snapshot of what is visible after a restart.
"""

from datetime import timedelta
import json
from pathlib import Path
import shutil
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from simulator.scripted_charger import HANG_UP
from simulator.virtual_time import WallClock
from tests.conftest import Connect, charger_data
from tests.helpers.flows import Flows
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen

from .files import (
    CARPORT,
    ENTRIES,
    FOLDER,
    GARAGE,
    NEXT_PASSWORD,
    NOW,
    PASSWORD,
    PERSON,
    PRICE,
    SEEN,
    async_entry,
    folder_of,
    install_files,
    ours,
    prepare,
    snapshot,
)
from .lives import ANNA, BEN, CLEO, FIRST_DAY, live_in_carport, live_in_garage

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def _now(wall_clock: WallClock) -> None:
    """Begin two months before the files are written."""
    wall_clock.set(FIRST_DAY - timedelta(hours=1))


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return the folder of a Home Assistant that is new."""
    return hass_tmp_config_dir


@pytest.fixture
def entry(hass: HomeAssistant, unused_tcp_port: int) -> MockConfigEntry:
    """Return the configuration of a central system with two chargers."""
    prepare(hass)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Wallbox OCPP",
        data={"port": unused_tcp_port},
        subentries_data=[charger_data(GARAGE), charger_data(CARPORT)],
    )
    entry.add_to_hass(hass)
    return entry


async def test_record(
    wall_clock: WallClock,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    flows: Flows,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Act out the life of two chargers, and keep what is written."""
    garage, carport = integration.subentries
    await set_up_garage(hass, integration, flows, garage)
    await set_up_carport(integration, flows, carport)
    await use_a_password(integration, connect, flows, garage)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, GARAGE), integration.entry_id
    )
    assert device
    await tell_a_password(hass, connect, device.id)
    await live_in_garage(hass, connect, wall_clock)
    await live_in_carport(hass, integration, connect, wall_clock, device_registry)
    wall_clock.set(NOW)
    await hass.config_entries.async_unload(integration.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()

    folder = new_folder()
    entries = json.loads((folder_of(hass) / ENTRIES).read_text())
    entries["data"]["entries"] = [
        stored for stored in entries["data"]["entries"] if stored["domain"] == DOMAIN
    ]
    # Home Assistant chose a free port for these tests.
    entries["data"]["entries"][0]["data"]["port"] = 9000
    write(folder / ENTRIES, entries)
    for name in ours(folder_of(hass)):
        shutil.copyfile(folder_of(hass) / name, folder / f"{name}.json")
    hass.set_state(CoreState.running)


class TestSeen:
    """What a person sees once Home Assistant has been started anew."""

    @pytest.fixture(autouse=True)
    def _now(self, wall_clock: WallClock) -> None:
        """Begin when the files were written."""
        wall_clock.set(NOW)

    @pytest.fixture
    def hass_config_dir(self, hass_tmp_config_dir: str, unused_tcp_port: int) -> str:
        """Return the folder of a Home Assistant that finds the files there."""
        install_files(hass_tmp_config_dir, version(), unused_tcp_port)
        return hass_tmp_config_dir

    @pytest.fixture
    async def entry(self, hass: HomeAssistant) -> ConfigEntry:
        """Return the entry as it is in the files."""
        return await async_entry(hass, version())

    async def test_record(
        self, hass: HomeAssistant, integration: MockConfigEntry
    ) -> None:
        """Keep it beside the files."""
        write(FOLDER / version() / SEEN, await snapshot(hass, integration))


def version() -> str:
    """Return the version in the manifest."""
    manifest = FOLDER.parents[2] / "custom_components" / DOMAIN / "manifest.json"
    return str(json.loads(manifest.read_text())["version"])


def new_folder() -> Path:
    """Return an empty folder for the present version."""
    folder = FOLDER / version()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def write(path: Path, data: Any) -> None:
    """Write as Home Assistant does."""
    path = path if path.suffix == ".json" else path.with_name(f"{path.name}.json")
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


async def set_up_garage(
    hass: HomeAssistant, entry: MockConfigEntry, flows: Flows, charger: str
) -> None:
    """Choose settings, name three cards and give a password."""
    menu = await flows.change_charger(entry.entry_id, charger)
    asked = await flows.submit(
        await flows.choose(menu, "settings"),
        advanced={"offline_profile": "strict"},
        guard="lease",
        lease=30,
        price_entity=PRICE,
        price=0.4,
        show_id_tag=True,
    )
    # It knows the price of now only, which is enough for costs.
    await flows.choose(asked, "keep_it")
    for number, card in (
        (
            ANNA,
            {
                "name": "Anna",
                "enabled": True,
                "person": PERSON,
                "expires": "2027-12-31",
            },
        ),
        (BEN, {"name": "Ben", "enabled": False}),
        (CLEO, {"name": "Cleo", "enabled": True}),
    ):
        menu = await flows.change_charger(entry.entry_id, charger)
        menu = await flows.choose(menu, "cards")
        form = await flows.submit(await flows.choose(menu, "enter"), id_tag=number)
        await flows.submit(form, **card)
    await choose_password(flows, entry, charger, PASSWORD)
    await hass.async_block_till_done()


async def set_up_carport(entry: MockConfigEntry, flows: Flows, charger: str) -> None:
    """Choose other settings."""
    menu = await flows.change_charger(entry.entry_id, charger)
    await flows.submit(
        await flows.choose(menu, "settings"),
        advanced={"offline_profile": "charge_hq"},
        guard="no_start",
        lease=15,
        price=0.28,
        show_id_tag=False,
    )


async def choose_password(
    flows: Flows, entry: MockConfigEntry, charger: str, password: str
) -> Any:
    """Choose a password for a charger."""
    menu = await flows.change_charger(entry.entry_id, charger)
    done = await flows.submit(await flows.choose(menu, "password"), password=password)
    return done["reason"]


async def use_a_password(
    entry: MockConfigEntry, connect: Connect, flows: Flows, charger: str
) -> None:
    """Let the charger use its password, and choose another one for it."""
    scripted = await connect(identity=GARAGE, password=PASSWORD, boots=False)
    await scripted.leave()
    done = await choose_password(flows, entry, charger, NEXT_PASSWORD)
    assert done == "password_set"


async def tell_a_password(hass: HomeAssistant, connect: Connect, device: str) -> None:
    """Tell the charger a password, and lose its answer."""
    charger = await connect(
        identity=GARAGE,
        password=PASSWORD,
        boots=False,
        ChangeConfiguration=lambda _: HANG_UP,
    )
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            DOMAIN, "change_password", {"device_id": device}, blocking=True
        )
    await charger.leave()
    await gone(Screen(hass, GARAGE))
