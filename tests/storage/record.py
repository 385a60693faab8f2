"""Records the storage files of the present version, for the tests of later versions.

Run it once per release: ``.venv/bin/pytest tests/storage/record.py``. It drives two scripted
chargers through two months, then copies what Home Assistant has written to
``tests/storage/<version>/``, together with a snapshot of what is visible after a restart.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import shutil
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.charger import password
from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from simulator.scripted_charger import HANG_UP, Payload, ScriptedCharger
from simulator.virtual_time import until
from tests.conftest import Connect, Screen, charger_data
from tests.helpers.cards import lock
from tests.helpers.flows import Flows

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
    frozen,
    install_files,
    ours,
    prepare,
    snapshot,
)

ANNA: Final = "04A1B2C3"
BEN: Final = "0B11C22D"
CLEO: Final = "7F00AA55"
FIRST_DAY: Final = datetime(2026, 9, 20, 15, 0, tzinfo=UTC)

pytestmark = [pytest.mark.timeout(300), pytest.mark.real_time]


@pytest.fixture
async def freezer() -> AsyncGenerator[FrozenDateTimeFactory]:
    """Let the clock on the wall be moved by these tests only."""
    with frozen(FIRST_DAY - timedelta(hours=1)) as freezer:
        yield freezer


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


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


class Garage:
    """The first charger, with a meter that goes on and a clock that time moves."""

    def __init__(
        self, charger: ScriptedCharger, screen: Screen, freezer: FrozenDateTimeFactory
    ) -> None:
        """Begin with a meter that has counted before."""
        self.charger = charger
        self.register = 532_218.0
        self._screen = screen
        self._freezer = freezer

    def at(self, moment: datetime) -> None:
        """Let it be later."""
        self._freezer.move_to(moment)

    def past(self, **time: float) -> None:
        """Let time pass."""
        self._freezer.tick(timedelta(**time))

    async def says(self, status: str) -> None:
        """Tell a status, and let what is done about it be done."""
        await self.charger.status(status)
        await self.charger.left_alone(0.03)

    async def reads(
        self, number: int | None, wh: float, *, power: float = 7321.5, **fields: Any
    ) -> None:
        """Let energy flow, and tell what the meter says."""
        self.register += wh
        await self.tells(number, self.register, power=power, **fields)

    async def tells(
        self,
        number: int | None,
        register: float,
        *,
        power: float = 0.0,
        timestamp: datetime | None = None,
    ) -> None:
        """Tell a reading of the meter."""
        moment = timestamp or datetime.now(UTC)
        samples = [
            {"value": f"{register:.1f}", "unit": "Wh"},
            {"value": str(power), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        payload: Payload = {
            "connectorId": 1,
            "meterValue": [
                {"timestamp": moment.isoformat(), "sampledValue": samples},
            ],
        }
        if number is not None:
            payload["transactionId"] = number
        await self.charger.ask("MeterValues", payload)

    async def begins(self, id_tag: str, **fields: Any) -> int:
        """Begin a transaction."""
        fields.setdefault("meterStart", round(self.register))
        return await self.charger.start(idTag=id_tag, **fields)

    async def ends(self, number: int, reason: str = "EVDisconnected") -> None:
        """End a transaction, and let the car go."""
        await self.charger.stop(
            number, meterStop=round(self.register), reason=reason, idTag=""
        )

    async def had(self, began: datetime, id_tag: str, wh: float) -> None:
        """Have a usual session of two hours."""
        self.at(began)
        await self.says("Preparing")
        self.past(seconds=20)
        number = await self.begins(id_tag)
        await self.says("Charging")
        self.past(hours=1, minutes=30)
        await self.reads(number, wh)
        await self.says("SuspendedEV")
        self.past(minutes=30)
        await self.ends(number)
        await self.says("Available")


async def test_record(
    freezer: FrozenDateTimeFactory,
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    flows: Flows,
    monkeypatch: pytest.MonkeyPatch,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Act out the life of two chargers, and keep what is written."""
    monkeypatch.setattr(password, "ON_DISK_AFTER", 0)
    monkeypatch.setattr(password, "LEAVES_WITHIN", 0.2)
    monkeypatch.setattr(password, "RETURNS_WITHIN", 0.2)
    garage, carport = integration.subentries
    await set_up_garage(hass, integration, flows, garage)
    await set_up_carport(integration, flows, carport)
    await use_a_password(integration, connect, flows, garage)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, GARAGE), integration.entry_id
    )
    assert device
    await tell_a_password(hass, connect, device.id)
    await live_in_garage(hass, connect, freezer)
    await live_in_carport(hass, integration, connect, freezer, device_registry)
    freezer.move_to(NOW)
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

    @pytest.fixture
    async def freezer(self) -> AsyncGenerator[FrozenDateTimeFactory]:
        """Let the clock on the wall stand still."""
        with frozen(NOW) as freezer:
            yield freezer

    @pytest.fixture
    def hass_config_dir(self, hass_tmp_config_dir: str, unused_tcp_port: int) -> str:
        """Return the folder of a Home Assistant that finds the files there."""
        install_files(hass_tmp_config_dir, version(), unused_tcp_port)
        return hass_tmp_config_dir

    @pytest.fixture
    async def entry(
        self, freezer: FrozenDateTimeFactory, hass: HomeAssistant
    ) -> ConfigEntry:
        """Return the entry as it is in the files."""
        return await async_entry(hass, version())

    async def test_record(
        self, hass: HomeAssistant, integration: MockConfigEntry
    ) -> None:
        """Keep it beside the files."""
        write(FOLDER / version() / SEEN, await snapshot(hass, integration))


def version() -> str:
    """Return the version in the manifest."""
    manifest = FOLDER.parents[1] / "custom_components" / DOMAIN / "manifest.json"
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


# Settings.


async def set_up_garage(
    hass: HomeAssistant, entry: MockConfigEntry, flows: Flows, charger: str
) -> None:
    """Choose settings, name three cards and give a password."""
    menu = await flows.change_charger(entry.entry_id, charger)
    await flows.submit(
        await flows.choose(menu, "settings"),
        offline_profile="strict",
        guard="lease",
        lease=30,
        price_entity=PRICE,
        price=0.4,
        show_id_tag=True,
    )
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
        offline_profile="charge_hq",
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


async def gone(screen: Screen) -> None:
    """Wait until a charger is not connected any more."""
    await until(lambda: screen.entity("binary_sensor", "connection").state == "off")


# The garage.


def only_one_way(payload: Payload) -> Payload:
    """Take a limit only if it has one form."""
    profile = payload["csChargingProfiles"]
    accepts = profile["chargingProfileKind"] == "Absolute"
    return {"status": "Accepted" if accepts else "Rejected"}


def holds_list(charger: Callable[[], ScriptedCharger]) -> Callable[[Payload], Payload]:
    """Return the version of the list that a charger was sent last."""

    def answer(_: Payload) -> Payload:
        sent = [
            payload["listVersion"]
            for action, payload in charger().asked
            if action == "SendLocalList"
        ]
        return {"listVersion": max(sent, default=0)}

    return answer


async def live_in_garage(
    hass: HomeAssistant, connect: Connect, freezer: FrozenDateTimeFactory
) -> None:
    """Live two months with the first charger."""
    screen = Screen(hass, GARAGE)
    charger: ScriptedCharger
    charger = await connect(
        identity=GARAGE,
        password=PASSWORD,
        boots=False,
        SetChargingProfile=only_one_way,
        GetLocalListVersion=holds_list(lambda: charger),
    )
    charger.keys |= {
        "chargingALimitConn1": "25",
        "ChargeProfileMaxStackLevel": "3",
        "MaxChargingProfilesInstalled": "8",
        "LocalAuthListEnabled": "false",
        "SendLocalListMaxLength": "20",
    }
    await charger.boot(chargePointSerialNumber=GARAGE)
    await charger.status("Available")
    await lock(screen)
    await until(lambda: "SendLocalList" in charger.actions)
    await charger.left_alone()

    garage = Garage(charger, screen, freezer)
    garage.at(FIRST_DAY)
    await all_kinds_of_sessions(hass, garage)
    day = FIRST_DAY + timedelta(days=10)
    for number in range(48):
        wh = 6_000 + 37.5 * number
        await garage.had(day, CLEO if number % 3 == 0 else ANNA, wh)
        day += timedelta(days=1)
    await nights_without_connection(hass, connect, garage, screen)


async def all_kinds_of_sessions(hass: HomeAssistant, garage: Garage) -> None:
    """Have sessions that differ in all that is kept of them."""
    # With a card, two charges, two prices, and a car that stays a while.
    hass.states.async_set(PRICE, "0.31", {"unit_of_measurement": "EUR/kWh"})
    await garage.says("Preparing")
    garage.past(minutes=5)
    number = await garage.begins(ANNA)
    await garage.says("Charging")
    garage.past(minutes=40)
    await garage.reads(number, 4_000.5)
    hass.states.async_set(PRICE, "0.29", {"unit_of_measurement": "EUR/kWh"})
    garage.past(minutes=20)
    await garage.reads(number, 2_000.25, power=7_410.0)
    await garage.says("SuspendedEV")
    garage.past(minutes=35)
    await garage.says("Charging")
    garage.past(minutes=10)
    await garage.reads(number, 900.0)
    await garage.ends(number, reason="Local")
    await garage.says("Finishing")
    garage.past(minutes=50)
    await garage.says("Available")

    # With a card that may not charge, and a charger that goes on all the same.
    garage.past(hours=20)
    await garage.says("Preparing")
    number = await garage.begins(BEN)
    await garage.says("Charging")
    garage.past(minutes=4)
    await garage.reads(number, 150.0)
    await garage.ends(number, reason="DeAuthorized")
    await garage.says("Available")

    # Begun by Home Assistant; the charger forgets it when the next one begins.
    garage.past(hours=20)
    await garage.says("Preparing")
    number = await garage.begins("HOMEASSISTANT")
    await garage.says("Charging")
    garage.past(hours=2)
    await garage.reads(number, 3_000.0)
    garage.past(hours=1)
    number = await garage.begins("NoAuthorization")
    garage.past(hours=1)
    await garage.reads(number, 1_000.0)
    await garage.ends(number, reason="PowerLoss")
    await garage.says("Available")

    # One that we never heard of, and one of which only the end is known.
    garage.past(hours=20)
    await garage.says("Preparing")
    await garage.reads(5_000, 500.0)
    await garage.says("Charging")
    garage.past(hours=1)
    await garage.reads(5_000, 2_500.0)
    await garage.ends(5_000)
    await garage.says("Available")
    garage.past(hours=1)
    await garage.ends(4_711, reason="Other")


async def nights_without_connection(
    hass: HomeAssistant, connect: Connect, garage: Garage, screen: Screen
) -> None:
    """Charge although it was paused, be back with a queue, and be gone again."""
    charger = garage.charger
    garage.at(NOW.replace(hour=2, minute=0))
    await garage.tells(None, garage.register)
    await screen.set("current_limit", 13)
    await screen.switch("charging", on=False)
    await charger.left_alone()
    await charger.leave()
    await gone(screen)

    garage.at(NOW.replace(hour=7, minute=30))
    keys = charger.keys
    charger = garage.charger = await connect(
        identity=GARAGE,
        password=PASSWORD,
        boots=False,
        SetChargingProfile=only_one_way,
        GetLocalListVersion=lambda _: {"listVersion": 1},
    )
    charger.keys = keys
    began = NOW.replace(hour=3, minute=10)
    number = await garage.begins("DEADBEEF", timestamp=began.isoformat())
    for _ in range(3):
        began += timedelta(minutes=45)
        await garage.reads(number, 4_321.5, timestamp=began)
    ended = NOW.replace(hour=6, minute=50)
    await charger.stop(
        number,
        meterStop=round(garage.register),
        reason="EVDisconnected",
        timestamp=ended.isoformat(),
    )
    # The car that is there now begins an hour after the charger is back.
    garage.at(NOW.replace(hour=8, minute=30))
    await garage.says("Preparing")
    await garage.tells(None, garage.register)
    await until(lambda: float(screen.sensor("unattended_energy")) > 0)
    garage.past(minutes=3)
    number = await garage.begins(ANNA)
    await garage.says("SuspendedEVSE")
    garage.past(minutes=30)
    await screen.switch("charging", on=True)
    await garage.says("Charging")
    garage.past(minutes=30)
    await garage.reads(number, 2_000.5)
    await garage.says("SuspendedEV")
    garage.past(minutes=15)
    await garage.says("Charging")
    # Its clock goes wrong, and its meter says something that cannot be.
    garage.past(minutes=20)
    ahead = datetime.now(UTC) + timedelta(minutes=7)
    await garage.reads(number, 1_000.0, timestamp=ahead)
    await garage.tells(number, garage.register + 700_000, timestamp=ahead)
    await screen.switch("charging", on=False)
    await screen.press("allow_once")
    await charger.left_alone()
    garage.at(NOW.replace(hour=17, minute=5))
    await charger.leave()
    await gone(screen)
    garage.past(minutes=5)


# The carport.


async def live_in_carport(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    connect: Connect,
    freezer: FrozenDateTimeFactory,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Give the second charger its own configuration back, and charge while nobody listens."""
    screen = Screen(hass, CARPORT)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, CARPORT), entry.entry_id
    )
    assert device
    charger = await connect(identity=CARPORT, boots=False)
    charger.keys |= {"MaxChargingProfilesInstalled": "1"}
    await charger.boot(
        chargePointSerialNumber="200002",
        chargePointModel="PUP1-U-1-6",
        firmwareVersion="5.17.87",
    )
    await charger.status("Available")
    await until(lambda: screen.sensor("offline_protection") == "protected")
    await charger.left_alone()
    await hass.services.async_call(
        DOMAIN, "restore_configuration", {"device_id": device.id}, blocking=True
    )
    await screen.set("current_limit", 20)
    await charger.left_alone()

    carport = Garage(charger, screen, freezer)
    carport.register = 88_000
    await carport.had(NOW - timedelta(hours=3), "NoAuthorization", 5_500.0)
    # Home Assistant is starting, so that automations do not listen yet.
    await hass.async_block_till_done()
    hass.set_state(CoreState.starting)
    carport.past(minutes=2)
    await carport.says("Preparing")
    number = await carport.begins("")
    await carport.says("Charging")
    carport.past(minutes=10)
    await carport.reads(number, 1_200.0)
    await carport.ends(number)
    await carport.says("Available")
    carport.past(minutes=3)
    await carport.says("Preparing")
    number = await carport.begins("")
    await carport.says("Charging")
    carport.past(minutes=6)
    await carport.reads(number, 700.0)
    await asyncio.sleep(0)
    await charger.leave()
    await gone(screen)
