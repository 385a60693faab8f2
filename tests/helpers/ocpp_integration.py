"""The custom integration OCPP as its configuration, its port and its entities look from outside.

It cannot be installed from a package index; what it looks like is told in docs/coming-from.md.
"""

import asyncio
from typing import Any, Final

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from homeassistant.components.number import NumberEntity
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.const import (
    CONF_PORT,
    Platform,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback

OCPP: Final = "ocpp"
PLATFORMS: Final = (Platform.NUMBER, Platform.SENSOR, Platform.SWITCH)


class OcppFlow(ConfigFlow):
    """Says which version its entries have."""

    VERSION = 2
    MINOR_VERSION = 1


class OcppIntegration:
    """Sets up entries as the integration OCPP does: a port for each, entities for its chargers."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Install it."""
        self._servers: dict[str, asyncio.Server] = {}
        self.stops = True
        """Whether it can be unloaded."""
        self.stops_within = 0.0
        """Seconds that this takes."""
        self.energy = 532.0
        """kWh on the meters of its chargers."""
        self.meters: list[SensorEntity] = []
        self.install(hass)

    def install(self, hass: HomeAssistant) -> None:
        """Install it, also in the next life of Home Assistant."""
        self._hass = hass
        mock_integration(
            hass,
            MockModule(
                OCPP,
                async_setup_entry=self._async_setup_entry,
                async_unload_entry=self._async_unload_entry,
            ),
        )
        mock_platform(hass, f"{OCPP}.config_flow")
        HANDLERS[OCPP] = OcppFlow
        for platform, add in (
            (Platform.NUMBER, self._numbers),
            (Platform.SENSOR, self._sensors),
            (Platform.SWITCH, self._switches),
        ):
            mock_platform(
                hass, f"{OCPP}.{platform}", MockPlatform(async_setup_entry=add)
            )

    async def add(self, port: int, **chargers: str) -> MockConfigEntry:
        """Set up an entry with chargers, from their names to their identities."""
        entry = MockConfigEntry(
            domain=OCPP,
            title="central",
            version=2,
            minor_version=1,
            data={
                "host": "0.0.0.0",
                CONF_PORT: port,
                "csid": "central",
                "ssl": False,
                "ssl_certfile_path": "",
                "ssl_keyfile_path": "",
                "cpids": [
                    {identity: {"cpid": name, "num_connectors": 1}}
                    for name, identity in chargers.items()
                ],
            },
        )
        entry.add_to_hass(self._hass)
        assert await self._hass.config_entries.async_setup(entry.entry_id)
        await self._hass.async_block_till_done()
        return entry

    async def close(self) -> None:
        """Leave no port open, and nothing behind."""
        del HANDLERS[OCPP]
        self.close_ports()

    def close_ports(self) -> None:
        """Leave no port open."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    async def _async_setup_entry(self, hass: HomeAssistant, entry: ConfigEntry) -> bool:
        loop = asyncio.get_running_loop()
        self._servers[entry.entry_id] = await loop.create_server(
            asyncio.Protocol, port=entry.data[CONF_PORT]
        )
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        return True

    async def _async_unload_entry(
        self, hass: HomeAssistant, entry: ConfigEntry
    ) -> bool:
        if not self.stops:
            return False
        await asyncio.sleep(self.stops_within)
        server = self._servers.pop(entry.entry_id)
        server.close()
        await server.wait_closed()
        return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)

    async def _numbers(
        self,
        _: HomeAssistant,
        entry: ConfigEntry,
        add: AddEntitiesCallback,
    ) -> None:
        for name in names(entry):
            number = NumberEntity()
            number._attr_native_value = 32.0
            number._attr_native_unit_of_measurement = UnitOfElectricCurrent.AMPERE
            add([named(number, "number", name, "maximum_current", "number.ocpp.{}.{}")])

    async def _sensors(
        self,
        _: HomeAssistant,
        entry: ConfigEntry,
        add: AddEntitiesCallback,
    ) -> None:
        for name in names(entry):
            meter, power = SensorEntity(), SensorEntity()
            meter._attr_native_value = self.energy
            meter._attr_device_class = SensorDeviceClass.ENERGY
            meter._attr_state_class = SensorStateClass.TOTAL_INCREASING
            meter._attr_native_unit_of_measurement = UnitOfEnergy.KILO_WATT_HOUR
            power._attr_native_value = 0.0
            power._attr_device_class = SensorDeviceClass.POWER
            power._attr_state_class = SensorStateClass.MEASUREMENT
            power._attr_native_unit_of_measurement = UnitOfPower.WATT
            self.meters.append(meter)
            for sensor, metric in (
                (meter, "energy.active.import.register"),
                (power, "power.active.import"),
            ):
                add([named(sensor, "sensor", name, metric, "ocpp.{}.{}.sensor")])

    async def _switches(
        self,
        _: HomeAssistant,
        entry: ConfigEntry,
        add: AddEntitiesCallback,
    ) -> None:
        for name in names(entry):
            switch = SwitchEntity()
            switch._attr_is_on = False
            add([named(switch, "switch", name, "charge_control", "switch.ocpp.{}.{}")])


def names(entry: ConfigEntry) -> list[str]:
    """Return what the chargers of an entry are called."""
    listed: list[dict[str, Any]] = entry.data["cpids"]
    return [one["cpid"] for chargers in listed for one in chargers.values()]


def named[E: Entity](
    entity: E, platform: str, charger: str, metric: str, unique_id: str
) -> E:
    """Give an entity the name and the ids that the integration OCPP gives it."""
    entity._attr_name = metric.replace(".", " ").replace("_", " ")
    entity._attr_unique_id = unique_id.format(charger, metric)
    entity._attr_should_poll = False
    entity._attr_device_info = DeviceInfo(identifiers={(OCPP, charger)}, name=charger)
    entity.entity_id = f"{platform}.{charger}_{metric.replace('.', '_')}"
    return entity
