"""The lives of two chargers, acted out so that all that can be stored of them is."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from simulator.scripted_charger import Payload, ScriptedCharger
from simulator.virtual_time import WallClock, until
from tests.conftest import Connect
from tests.helpers.cards import lock
from tests.helpers.ready_chargers import gone
from tests.helpers.screen import Screen

from .files import CARPORT, GARAGE, NOW, PASSWORD, PRICE

ANNA: Final = "04A1B2C3"
BEN: Final = "0B11C22D"
CLEO: Final = "7F00AA55"
FIRST_DAY: Final = datetime(2026, 9, 20, 15, 0, tzinfo=UTC)


class Garage:
    """The first charger, with a meter that goes on and a clock that time moves."""

    def __init__(
        self, charger: ScriptedCharger, screen: Screen, clock: WallClock
    ) -> None:
        """Begin with a meter that has counted before."""
        self.charger = charger
        self.register = 532_218.0
        self._screen = screen
        self._clock = clock

    def at(self, moment: datetime) -> None:
        """Let it be later."""
        self._clock.set(moment)

    def past(self, **time: float) -> None:
        """Let time pass."""
        self._clock.set(self._clock.utcnow() + timedelta(**time))

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
        moment = timestamp or dt_util.utcnow()
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
    hass: HomeAssistant, connect: Connect, clock: WallClock
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

    garage = Garage(charger, screen, clock)
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
    # A start gives the dialects of limits that were given up another chance.
    await charger.boot(chargePointSerialNumber=GARAGE)
    await charger.status("Available")
    await charger.left_alone()
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
    ahead = dt_util.utcnow() + timedelta(minutes=7)
    await garage.reads(number, 1_000.0, timestamp=ahead)
    await garage.tells(number, garage.register + 700_000, timestamp=ahead)
    await screen.switch("charging", on=False)
    await screen.press("allow_once")
    await charger.left_alone()
    garage.at(NOW.replace(hour=17, minute=5))
    await charger.leave()
    await gone(screen)
    garage.past(minutes=5)


async def live_in_carport(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    connect: Connect,
    clock: WallClock,
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

    carport = Garage(charger, screen, clock)
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
