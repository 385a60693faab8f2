"""A sensor with prices of the hours to come, as integrations for them make one."""

from datetime import datetime, timedelta
from itertools import count, takewhile
from math import cos, tau
from typing import Final

from homeassistant.util import dt as dt_util
from simulator.home_assistant import HomeAssistantApi

PRICES: Final = "sensor.electricity_price"
MEAN: Final = 0.21
SWING: Final = 0.14
CHEAPEST: Final = 3.5
"""The usual hour of the day, by the clock at home."""
HOURS: Final = 36
QUARTER: Final = timedelta(minutes=15)


def price_at(
    moment: datetime, *, mean: float = MEAN, cheapest: float = CHEAPEST
) -> float:
    """Return a price in EUR/kWh: cheap at night, dear in the evening, with something of both at noon."""
    local = dt_util.as_local(moment)
    hour = local.hour + local.minute / 60 - cheapest
    daily = 0.75 * cos(hour / 24 * tau) + 0.45 * cos(2 * hour / 24 * tau)
    return round(mean - SWING * daily + 0.004 * (local.minute % 7), 4)


async def offer_prices(
    api: HomeAssistantApi,
    *,
    mean: float = MEAN,
    cheapest: float = CHEAPEST,
    step: timedelta = QUARTER,
    hours: int = HOURS,
) -> None:
    """Have Home Assistant show a sensor with prices, from the present hour on."""
    begin = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    until = begin + timedelta(hours=hours)
    starts = takewhile(lambda start: start < until, (begin + n * step for n in count()))
    rows = [
        {
            "start": start.isoformat(),
            "end": (start + step).isoformat(),
            "value": price_at(start, mean=mean, cheapest=cheapest),
        }
        for start in starts
    ]
    await api.post(
        f"/api/states/{PRICES}",
        state=str(rows[0]["value"]),
        attributes={
            "friendly_name": "Electricity price",
            "unit_of_measurement": "EUR/kWh",
            "raw_today": rows,
        },
    )
