"""The price entities of a home are found."""

from typing import Any, Final

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import DOMAIN
from custom_components.wallbox_ocpp.prices.suggested import async_suggested
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

ROWS: Final = [{"start": "2026-11-27T02:00:00+01:00", "price": 0.25}]


def register(
    hass: HomeAssistant, platform: str, unique_id: str, **attributes: Any
) -> str:
    """Let an integration have an entity, and return its id."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_or_create("sensor", platform, unique_id).entity_id
    hass.states.async_set(entity_id, "0.25", attributes)
    return entity_id


async def prefer(hass: HomeAssistant, *sources: dict[str, Any]) -> None:
    """Let the energy dashboard have these sources."""
    hass.config.components.add("energy")
    manager = await async_get_manager(hass)
    manager.data = manager.default_preferences()
    manager.data["energy_sources"] = list(sources)  # type: ignore[arg-type]  # partial


async def test_nothing_is_suggested_where_nothing_is(hass: HomeAssistant) -> None:
    assert await async_suggested(hass) == ()
    hass.config.components.add("energy")
    assert await async_suggested(hass) == ()


async def test_the_energy_dashboards_price_comes_first(hass: HomeAssistant) -> None:
    template = register(hass, "template", "x", prices=ROWS)
    omie = register(hass, "omie", "es_spot_price")
    nord_pool = register(hass, "nordpool", "SE3-current_price")
    register(hass, "nordpool", "SE3-next_price")
    tariff = register(hass, "input_number", "tariff")
    assert await async_suggested(hass) == (nord_pool, omie, template)
    await prefer(
        hass,
        {"type": "solar", "stat_energy_from": "sensor.sun"},
        {"type": "grid", "entity_energy_price": None},
        {"type": "grid", "entity_energy_price": "sensor.gone"},
        {"type": "grid", "entity_energy_price": "other:statistic"},
        {"type": "grid", "entity_energy_price": tariff},
        {"type": "grid", "entity_energy_price": omie},
    )
    assert await async_suggested(hass) == (tariff, omie, nord_pool, template)


async def test_disabled_entities_and_our_own_are_left_out(
    hass: HomeAssistant, integration: MockConfigEntry
) -> None:
    assert integration
    register(hass, DOMAIN, "plan", prices=ROWS)
    disabled = register(hass, "omie", "pt_spot_price")
    hass.states.async_remove(disabled)
    er.async_get(hass).async_update_entity(
        disabled, disabled_by=er.RegistryEntryDisabler.USER
    )
    assert await async_suggested(hass) == ()


async def test_forecasts_in_attributes_are_found(hass: HomeAssistant) -> None:
    pvpc = register(hass, "pvpc_hourly_pricing", "2.0TD", price_02h=0.25)
    register(hass, "weather", "x", forecast=[{"datetime": "x", "temperature": 3}])
    register(hass, "other", "x", data="none", forecast=None)
    assert await async_suggested(hass) == (pvpc,)
