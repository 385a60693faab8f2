"""Prices of the hours to come, as an entity tells them."""

from datetime import datetime, timedelta

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.wallbox_ocpp.const import CONF_PRICE_ENTITY, CONF_READY_BY
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.helpers.owner import change_settings

PRICE = "sensor.price"


def hour(number: int) -> datetime:
    """Return the beginning of an hour from now on."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    return now + timedelta(hours=number)


def offer(hass: HomeAssistant, *cheap: int, hours: int = 24) -> None:
    """Offer prices of 0.30 EUR/kWh, and 0.10 in some of the hours to come."""
    hass.states.async_set(
        PRICE,
        "0.30",
        {
            "unit_of_measurement": "EUR/kWh",
            "raw_today": [
                {
                    "start": hour(number).isoformat(),
                    "end": hour(number + 1).isoformat(),
                    "value": 0.10 if number in cheap else 0.30,
                }
                for number in range(hours)
            ],
        },
    )


def ready_by(hours: int) -> str:
    """Return the local time of day some hours from now on."""
    return dt_util.as_local(hour(hours)).strftime("%H:%M:%S")


def follow_prices(
    hass: HomeAssistant, entry: MockConfigEntry, *cheap: int, ready: int
) -> None:
    """Offer some cheap hours, and settle on these prices and on when a car is to be ready."""
    offer(hass, *cheap)
    settings = {CONF_PRICE_ENTITY: PRICE, CONF_READY_BY: ready_by(ready)}
    change_settings(hass, entry, **settings)
