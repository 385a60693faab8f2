"""Integrations that say their prices when they are asked, by an action with a response."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from .normalize import Row

MARKET: Final = ZoneInfo("Europe/Brussels")
"""The days of European power exchanges are those of Central Europe."""

PUBLISHED: Final = 12
"""The hour before which no European exchange says tomorrow's prices."""

DAY: Final = timedelta(days=1)

type Data = dict[str, Any]
type Response = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The entity whose integration is asked, and when."""

    now: datetime
    """In the zone of the home."""
    entry_id: str
    device_id: str
    unique_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    device_name: str = ""

    @property
    def today(self) -> datetime:
        """Return the beginning of the day."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """How an integration is asked, and where the prices are in what it answers."""

    service: str
    calls: Callable[[Asked], Iterable[Data]]
    """What to call it with: once, or for each day. One answer is enough."""
    rows: Callable[[Response, Asked], object]
    scale: float = 1.0
    """The price of a kWh at 1 in the answer."""
    remote: bool = True
    """Whether it may ask a server, and so must not be called every few minutes."""
    daily: bool = True
    """Whether tomorrow's prices come at once, around noon."""


def _market_days(asked: Asked) -> Iterator[str]:
    """Yield today and, once it can be known, tomorrow."""
    now = asked.now.astimezone(MARKET)
    yield now.date().isoformat()
    if now.hour >= PUBLISHED:
        yield (now.date() + DAY).isoformat()


def _area(asked: Asked) -> str:
    """Return the part before the last: of SE3-current_price, and of peak-SE3-block_min."""
    return asked.unique_id.rpartition("-")[0].rpartition("-")[2]


def _two_days(asked: Asked, start: str, end: str) -> Data:
    """Return today and tomorrow, under these names."""
    over = asked.today + 2 * DAY
    return {start: asked.today.isoformat(), end: over.isoformat()}


def _tibber_rows(response: Response, asked: Asked) -> object:
    """Return the prices of this home, which is found by its name, or of the only one."""
    homes = response.get("prices")
    if not isinstance(homes, Mapping):
        return None
    if len(homes) == 1:
        return next(iter(homes.values()))
    nickname = asked.attributes.get("app_nickname")
    return homes.get(nickname, homes.get(asked.device_name))


def _easy_energy(asked: Asked) -> Iterator[Data]:
    for day in _market_days(asked):
        yield {
            "config_entry": asked.entry_id,
            "incl_vat": True,
            "start": day,
            "end": day,
        }


def _energy_zero(asked: Asked) -> Iterator[Data]:
    kind = "all_in" if "all_in" in asked.unique_id else "market"
    for data in _easy_energy(asked):
        yield data | {"price_type": kind}


def _country(asked: Asked) -> str:
    return asked.unique_id.partition("_")[0]


def _amber_rows(response: Response, asked: Asked) -> list[Row]:
    """Return the price of now, which is in the entity only, and those after it."""
    return [asked.attributes, *(response.get("forecasts") or ())]


def _named(name: str) -> Callable[[Response, Asked], object]:
    return lambda response, _: response.get(name)


ACTIONS: Final[dict[str, Action]] = {
    "amberelectric": Action(
        service="get_forecasts",
        calls=lambda asked: [
            {
                "config_entry_id": asked.entry_id,
                "channel_type": asked.unique_id.rpartition("-")[2],
            }
        ],
        rows=_amber_rows,
        remote=False,
        daily=False,
    ),
    "easyenergy": Action(
        service="get_energy_usage_prices", calls=_easy_energy, rows=_named("prices")
    ),
    "ecosmart": Action(
        service="get_forecasts",
        calls=lambda asked: [{"device_id": asked.device_id}],
        rows=_named("forecasts"),
        scale=0.01,
        daily=False,
    ),
    "energyzero": Action(
        service="get_energy_prices", calls=_energy_zero, rows=_named("prices")
    ),
    "green_planet_energy": Action(
        service="get_prices",
        calls=lambda asked: [{"config_entry_id": asked.entry_id, "hours": 24}],
        rows=_named("prices"),
        remote=False,
    ),
    "nordpool": Action(
        service="get_prices_for_date",
        calls=lambda asked: [
            {"config_entry": asked.entry_id, "date": day, "areas": [_area(asked)]}
            for day in _market_days(asked)
        ],
        rows=lambda response, asked: response.get(_area(asked)),
        scale=0.001,
    ),
    "omie": Action(
        service="get_prices_for_date",
        calls=lambda asked: [
            {"date": day, "countries": [_country(asked)]} for day in _market_days(asked)
        ],
        rows=lambda response, asked: response.get(_country(asked)),
    ),
    "tibber": Action(
        service="get_prices",
        calls=lambda asked: [_two_days(asked, "start", "end")],
        rows=_tibber_rows,
    ),
    "tibber_prices": Action(
        service="get_price",
        calls=lambda asked: [
            {"entry_id": asked.entry_id, **_two_days(asked, "start_time", "end_time")}
        ],
        rows=_named("price_info"),
    ),
}
"""By the integration that has the entity. Nord Pool answers per MWh, EcoSmart in cents."""
