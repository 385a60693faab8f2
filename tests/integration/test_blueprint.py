"""The blueprints, each run in a real automation."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.wallbox_ocpp.const import CONF_PRICE
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util, yaml as yaml_util
from simulator.virtual_time import WallClock, until
from simulator.virtual_wallbox import Car, VirtualWallbox
from tests.conftest import Connect
from tests.helpers.cards import ANNA, access, give, lock
from tests.helpers.owner import change_settings
from tests.helpers.past_sessions import HOUR, had
from tests.helpers.ready_chargers import ConnectProtected
from tests.helpers.screen import Screen

FOLDER: Final = Path(__file__).parents[2] / "blueprints"
SCHEMAS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "automation": AUTOMATION_BLUEPRINT_SCHEMA,
    "script": BLUEPRINT_SCHEMA,
}
DOMAINS: Final = {path.stem: path.parts[-3] for path in FOLDER.glob("*/*/*.yaml")}
"""What each is a blueprint of, by name."""
NAMES: Final = sorted(DOMAINS)
NAME: Final = "Wallbox 100001"


def blueprint(name: str) -> Blueprint:
    """Return a blueprint, as Home Assistant reads it."""
    return Blueprint(
        yaml_util.load_yaml_dict(
            FOLDER / DOMAINS[name] / "wallbox_ocpp" / f"{name}.yaml"
        ),
        path=f"wallbox_ocpp/{name}.yaml",
        expected_domain=DOMAINS[name],
        schema=SCHEMAS[DOMAINS[name]],
    )


@contextmanager
def found(name: str) -> Iterator[None]:
    """Let Home Assistant find a blueprint."""
    with patch.object(
        DomainBlueprints, "_load_blueprint", return_value=blueprint(name)
    ):
        yield


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Make an automation or a script of a blueprint."""
    use_blueprint = {"path": f"wallbox_ocpp/{name}.yaml", "input": inputs}
    ours = {"alias": "ours", "use_blueprint": use_blueprint}
    domain = DOMAINS[name]
    config = {"automation": [ours], "script": {"ours": ours}}[domain]
    with found(name):
        assert await async_setup_component(hass, domain, {domain: config})
    await hass.async_block_till_done()
    assert hass.states.get(f"{domain}.ours")


async def stop(hass: HomeAssistant) -> None:
    """Turn the automation off, which waits for a time of the day."""
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.ours"}, blocking=True
    )


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the notifications."""
    return async_mock_service(hass, "persistent_notification", "create")


def texts(told: list[ServiceCall]) -> list[tuple[str, str]]:
    """Return title and message of each notification."""
    return [(call.data["title"], call.data["message"]) for call in told]


@pytest.mark.parametrize("name", NAMES)
def test_home_assistant_accepts_it(name: str) -> None:
    one = blueprint(name)
    assert one.validate() is None
    assert one.metadata["source_url"].endswith(f"/wallbox_ocpp/{name}.yaml")
    # Of a list of entities, *Card* would be one, which tells of no session.
    [charger] = one.inputs.keys() & {"charger", "chargers"}
    assert one.inputs[charger]["selector"].keys() == {"device"}


# A session has ended.


@pytest.mark.parametrize(("minimum_energy", "count"), [(0, 1), (50, 0)])
async def test_it_tells_of_a_session_that_has_ended(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    protected_charger: VirtualWallbox,
    screen: Screen,
    device_id: str,
    told: list[ServiceCall],
    minimum_energy: float,
    count: int,
) -> None:
    change_settings(hass, integration, **{CONF_PRICE: 0.5})
    box = protected_charger
    await use(
        hass,
        "session_ended_notification",
        chargers=[device_id],
        minimum_energy=minimum_energy,
    )
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(600)
    box.unplug()
    await box.wait_until(lambda: screen.sensor("status") == "available")
    await hass.async_block_till_done()

    assert len(told) == count
    for title, message in texts(told):
        session = screen.entity("event", "session").attributes
        assert session["energy"] > 0
        assert title == f"{NAME}: session ended"
        assert message.startswith(f"{session['energy']:.1f} kWh in 0 h ")
        assert message.endswith(f", cost {session['cost']:.2f}.")


# A car waits at the locked charger.


@pytest.fixture
def phone(hass: HomeAssistant, device_registry: dr.DeviceRegistry) -> str:
    """Return the device of a phone."""
    entry = MockConfigEntry(domain="mobile_app")
    entry.add_to_hass(hass)
    device = device_registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={("mobile_app", "anna")},
        name="Anna's phone",
    )
    return device.id


async def test_a_car_that_waits_is_let_charge_from_the_phone(
    hass: HomeAssistant,
    protected_charger: VirtualWallbox,
    screen: Screen,
    device_id: str,
    phone: str,
) -> None:
    asked = async_mock_service(hass, "notify", "mobile_app_anna_s_phone")
    box = protected_charger
    await use(hass, "car_waits", charger=device_id, phone=phone)
    await lock(screen)
    box.plug(Car())
    await box.wait_until(lambda: len(asked) == 1)
    assert asked[0].data["title"] == NAME
    [answer] = asked[0].data["data"]["actions"]
    assert answer["title"] == "Allow once"
    await box.sleep(60)
    assert screen.sensor("status") == "preparing"

    hass.bus.async_fire("mobile_app_notification_action", {"action": "SOMETHING_ELSE"})
    await box.sleep(60)
    assert screen.sensor("status") == "preparing"
    hass.bus.async_fire("mobile_app_notification_action", {"action": answer["action"]})
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    assert access(screen) == "locked"
    assert len(asked) == 1


async def test_a_car_that_may_charge_is_no_question(
    hass: HomeAssistant,
    protected_charger: VirtualWallbox,
    screen: Screen,
    device_id: str,
    phone: str,
) -> None:
    asked = async_mock_service(hass, "notify", "mobile_app_anna_s_phone")
    box = protected_charger
    await use(hass, "car_waits", charger=device_id, phone=phone)
    box.plug(Car())
    await box.wait_until(lambda: screen.sensor("status") == "charging")
    await box.sleep(60)
    assert not asked


# A charger is gone.


async def test_a_charger_that_is_gone_for_ten_minutes_is_told_of(
    hass: HomeAssistant,
    connect: Connect,
    connect_protected: ConnectProtected,
    device_id: str,
    told: list[ServiceCall],
) -> None:
    await use(hass, "charger_gone", chargers=[device_id])
    charger = await connect_protected()
    await charger.leave()
    await asyncio.sleep(500)
    charger = await connect()
    await charger.left_alone()
    assert not told
    await charger.leave()
    await asyncio.sleep(590)
    assert not told
    await asyncio.sleep(20)
    await hass.async_block_till_done()
    assert texts(told) == [
        (
            f"{NAME} is not connected",
            "It is protected: it goes on doing what you last asked. "
            "Check its power and its network.",
        )
    ]


# Nothing is plugged in.


@pytest.mark.parametrize("situation", ["free", "plugged in", "gone", "a day off"])
async def test_a_car_that_is_not_plugged_in_is_told_of_at_ten(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    device_id: str,
    wall_clock: WallClock,
    told: list[ServiceCall],
    situation: str,
) -> None:
    await hass.config.async_set_time_zone("Europe/Madrid")
    # A Tuesday.
    wall_clock.set(datetime.fromisoformat("2026-11-24T20:59:00Z"))
    charger = await connect()
    days = ["sat", "sun"] if situation == "a day off" else ["wed"]
    await use(hass, "not_plugged_in", charger=device_id, weekdays=days)
    match situation:
        case "plugged in":
            await charger.status("Preparing")
            await until(lambda: screen.sensor("status") == "preparing")
        case "gone":
            await charger.leave()
            await until(lambda: screen.sensor("why_not_charging") == "no_connection")
        case _:
            pass
    await asyncio.sleep(65)
    await hass.async_block_till_done()
    said = {
        "free": ["Plug the car in if it is to charge tonight."],
        "gone": [
            "The charger is not connected to Home Assistant, "
            "so nobody knows whether a car is plugged in."
        ],
    }
    assert [message for _, message in texts(told)] == said.get(situation, [])
    await stop(hass)


# The night.


async def test_the_lock_is_closed_for_the_night(
    hass: HomeAssistant,
    connect: Connect,
    screen: Screen,
    device_id: str,
    wall_clock: WallClock,
) -> None:
    await hass.config.async_set_time_zone("Europe/Madrid")
    wall_clock.set(datetime.fromisoformat("2026-11-24T20:59:00Z"))
    await use(hass, "lock_for_the_night", charger=device_id, unlock_at="22:03:00")
    await connect()
    await until(lambda: access(screen) == "unlocked")
    await asyncio.sleep(70)
    await until(lambda: access(screen) == "locked")
    await asyncio.sleep(180)
    await until(lambda: access(screen) == "unlocked")
    await stop(hass)


# The month.


async def test_the_statement_of_a_month_names_who_charged(
    hass: HomeAssistant,
    integration: MockConfigEntry,
    connect: Connect,
    device_id: str,
    wall_clock: WallClock,
    tmp_path: Path,
    told: list[ServiceCall],
) -> None:
    hass.config.config_dir = str(tmp_path)
    hass.config.currency = "EUR"
    await hass.config.async_set_time_zone("Europe/Madrid")
    wall_clock.set(datetime.fromisoformat("2026-12-01T04:59:00Z"))
    change_settings(hass, integration, **{CONF_PRICE: 0.5})
    give(hass, integration, ANNA)
    charger = await connect()
    for day, wh, tag in (
        (3, 4000, ANNA["id_tag"]),
        (9, 6000, ANNA["id_tag"]),
        (12, 2000, ""),
    ):
        await had(
            charger,
            datetime(2026, 11, day, 18).astimezone(),
            register=1000 * day * 10,
            wh=wh,
            idTag=tag or "NoAuthorization",
        )
    # Of October.
    await use(hass, "monthly_statement", charger=device_id)
    await charger.leave()
    await asyncio.sleep(65)
    await until(lambda: bool(told))
    [(title, message)] = texts(told)
    assert title == f"{NAME}: charging in 2026-11"
    begin, _, link = message.partition(" [")
    assert begin == "3 sessions, 12.0 kWh, 6.00 EUR. Anna: 10.0 kWh, 5.00 EUR."
    assert link.startswith(
        "Download the list within a day](/api/wallbox_ocpp/exports/wallbox_100001_2026-11.csv"
    )
    assert (tmp_path / "wallbox_ocpp" / "wallbox_100001_2026-11.csv").exists()
    await stop(hass)


@pytest.mark.parametrize(
    ("zone", "clocks_change", "at", "says"),
    [
        ("Europe/Madrid", "2026-03-29T01:00Z", "06:00:00", "4 sessions, 3.0 kWh"),
        ("Europe/Madrid", "2026-10-25T01:00Z", "06:00:00", "4 sessions, 3.0 kWh"),
        # On a first: half past one comes twice, and half past two not at all.
        ("America/New_York", "2026-11-01T06:00Z", "01:30:00", "1 sessions, 0.2 kWh"),
        ("Australia/Sydney", "2028-09-30T16:00Z", "02:30:00", "1 sessions, 0.2 kWh"),
    ],
)
async def test_a_statement_comes_once_with_each_session_of_its_month(
    hass: HomeAssistant,
    connect: Connect,
    device_id: str,
    wall_clock: WallClock,
    tmp_path: Path,
    told: list[ServiceCall],
    zone: str,
    clocks_change: str,
    at: str,
    says: str,
) -> None:
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_set_time_zone(zone)
    changes, five = datetime.fromisoformat(clocks_change), timedelta(minutes=5)
    the_day_before = dt_util.as_local(changes - timedelta(days=1))
    begin = the_day_before.replace(day=1, hour=0, minute=0)
    end = (begin + timedelta(days=31)).replace(day=1)
    wall_clock.set(dt_util.as_utc(end) - five)
    charger = await connect()
    moments = (begin - 2 * five, begin - five, changes - five, changes, changes + HOUR)
    for number, began in enumerate(map(dt_util.as_utc, moments)):
        if began + five < dt_util.utcnow():
            register, wh = 10_000 + 100 * 2**number, 100 * 2**number
            await had(charger, began, ended=began + five, register=register, wh=wh)
    await charger.leave()
    await use(hass, "monthly_statement", charger=device_id, at=at)
    await asyncio.sleep(6.5 * HOUR.total_seconds())
    [(title, message)] = texts(told)
    assert title == f"{NAME}: charging in {begin:%Y-%m}"
    assert message.startswith(says)
    await stop(hass)


# A boost.


@pytest.mark.parametrize("end", ["full", "unplugged", "target", "another mode"])
async def test_a_boost_ends_with_the_mode_of_before(
    hass: HomeAssistant,
    protected_charger: VirtualWallbox,
    screen: Screen,
    device_id: str,
    end: str,
) -> None:
    box, mode = protected_charger, screen.entity_id("select", "mode")

    async def choose(option: str) -> None:
        data = {"entity_id": mode, "option": option}
        await hass.services.async_call("select", "select_option", data, blocking=True)

    def chosen() -> str:
        state = hass.states.get(mode)
        return state.state if state else ""

    await use(hass, "boost_until_full", charger=device_id)
    await choose("planned")
    box.plug(Car(wants_wh=3000.0))
    await box.wait_until(lambda: screen.sensor("status") == "suspended_evse")
    await hass.services.async_call("script", "ours")
    await box.wait_until(lambda: box.charger.current_drawn > 0)
    assert chosen() == "now"
    await box.sleep(300)
    assert chosen() == "now"
    match end:
        case "unplugged":
            box.unplug()
        case "target":
            await screen.set("energy_target", 1)
        case "another mode":
            await choose("off")
        case _:
            pass
    after = "off" if end == "another mode" else "planned"
    await box.sleep(2400)
    assert chosen() == after
    ours = hass.states.get("script.ours")
    assert ours is not None
    assert ours.state == "off"
