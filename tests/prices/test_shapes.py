"""Each shape in which integrations have prices becomes the same forecast.

The examples are made up: 27 November 2026, two o'clock at night in Berlin, 0.25 a kWh.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from custom_components.wallbox_ocpp.prices.actions import ACTIONS, Asked
from custom_components.wallbox_ocpp.prices.attributes import rows_in, rows_of
from custom_components.wallbox_ocpp.prices.normalize import read
from custom_components.wallbox_ocpp.wallbox.model.prices import Price

BERLIN: Final = ZoneInfo("Europe/Berlin")
NOW: Final = datetime(2026, 11, 27, 1, 5, tzinfo=UTC)
TWO: Final = datetime(2026, 11, 27, 2, tzinfo=BERLIN)
QUARTER: Final = timedelta(minutes=15)
HALF_HOUR: Final = timedelta(minutes=30)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def at(start: datetime, length: timedelta, per_kwh: float) -> Price:
    """Return a price in UTC."""
    start = start.astimezone(UTC)
    return Price(start, start + length, pytest.approx(per_kwh))  # type: ignore[arg-type]  # compares


SHAPES: Final[dict[str, tuple[dict[str, Any], float, list[Price]]]] = {
    "nord pool of hacs, öre": (
        {
            "today": [25, 30],
            "raw_today": [
                {"start": TWO, "end": TWO + QUARTER, "value": 25.0},
                {"start": TWO + QUARTER, "end": TWO + 2 * QUARTER, "value": 30.0},
            ],
            "raw_tomorrow": [
                {"start": TWO + DAY, "end": TWO + DAY + QUARTER, "value": None}
            ],
        },
        0.01,
        [at(TWO, QUARTER, 0.25), at(TWO + QUARTER, QUARTER, 0.3)],
    ),
    "energi data service": (
        {
            "raw_today": [
                {"hour": TWO, "price": 0.25},
                {"hour": TWO + HOUR, "price": 0.3},
            ],
            "raw_tomorrow": None,
        },
        1,
        [at(TWO, HOUR, 0.25), at(TWO + HOUR, HOUR, 0.3)],
    ),
    "entso-e": (
        {
            "prices_today": [{"time": "2026-11-27 02:00:00+01:00", "price": 0.25}],
            "prices_tomorrow": [{"time": "2026-11-28 02:00:00+01:00", "price": 0.1}],
            "prices": [{"time": "2026-11-26 02:00:00+01:00", "price": 9}],
        },
        1,
        # One row a day: what is a made-up example's step is a day.
        [at(TWO, DAY, 0.25), at(TWO + DAY, DAY, 0.1)],
    ),
    "epex spot": (
        {
            "data": [
                {
                    "start_time": "2026-11-27T02:00:00+01:00",
                    "end_time": "2026-11-27T02:15:00+01:00",
                    "price_per_kwh": 0.25,
                }
            ]
        },
        1,
        [at(TWO, QUARTER, 0.25)],
    ),
    "epex spot, earlier": (
        {
            "data": [
                {
                    "start_time": "2026-11-27T02:00:00+01:00",
                    "end_time": "2026-11-27T03:00:00+01:00",
                    "price_eur_per_mwh": 250,
                    "price_ct_per_kwh": 25,
                }
            ]
        },
        0.001,
        [at(TWO, HOUR, 0.25)],
    ),
    "octopus": (
        {
            "rates": [
                {
                    "start": TWO,
                    "end": TWO + HALF_HOUR,
                    "value_inc_vat": 0.25,
                    "is_capped": False,
                }
            ]
        },
        1,
        [at(TWO, HALF_HOUR, 0.25)],
    ),
    "strømligning, ends that are too late": (
        {
            "prices": [
                {"start": TWO, "end": TWO + HOUR, "price": 0.25},
                {
                    "start": "2026-11-27T02:15:00+01:00",
                    "end": "2026-11-27T02:30:00+01:00",
                    "price": 0.3,
                },
            ]
        },
        1,
        [at(TWO, QUARTER, 0.25), at(TWO + QUARTER, QUARTER, 0.3)],
    ),
    "ge-spot, cents": (
        {
            "today_interval_prices": [
                {"time": "2026-11-27T02:00:00+01:00", "value": 25, "raw_value": 20},
                {"time": "2026-11-27T02:15:00+01:00", "value": 30, "raw_value": 21},
            ],
            "tomorrow_interval_prices": [],
        },
        0.01,
        [at(TWO, QUARTER, 0.25), at(TWO + QUARTER, QUARTER, 0.3)],
    ),
    "frank energie": (
        {"prices": [{"from": TWO, "till": TWO + HOUR, "price": 0.25}]},
        1,
        [at(TWO, HOUR, 0.25)],
    ),
    "zonneplan one": (
        {
            "forecast": [
                {
                    "datetime": "2026-11-27T01:00:00.000000Z",
                    "electricity_price": 2500000,
                    "electricity_price_excl_tax": 1641109,
                }
            ]
        },
        1,
        [at(TWO, HOUR, 0.25)],
    ),
    "pvpc": (
        {"price_02h": 0.25, "price_next_day_02h": 0.1, "price_ratio": 0.5},
        1,
        [at(TWO, HOUR, 0.25), at(TWO + DAY, HOUR, 0.1)],
    ),
    "omie of hacs": (
        {"today_hours": {TWO: 0.25}, "tomorrow_hours": {}},
        1,
        [at(TWO, HOUR, 0.25)],
    ),
    "amber, a second late": (
        {
            "forecasts": [
                {
                    "duration": 30,
                    "start_time": "2026-11-27T01:00:01+00:00",
                    "end_time": "2026-11-27T01:30:00+00:00",
                    "per_kwh": 0.25,
                    "spot_per_kwh": 0.06,
                }
            ]
        },
        1,
        [at(TWO, HALF_HOUR, 0.25)],
    ),
    "a template without time zone": (
        {
            "my_today": [{"start": "2026-11-27 02:00", "value": "0.25"}],
            "my_tomorrow": [{"start": "2026-11-27 03:00", "value": "0.3"}],
        },
        1,
        [at(TWO, HOUR, 0.25), at(TWO + HOUR, HOUR, 0.3)],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_attributes_are_read(shape: str) -> None:
    attributes, scale, expected = SHAPES[shape]
    assert list(read(rows_of(attributes, NOW, BERLIN), BERLIN, scale)) == expected


def asked(unique_id: str, hour: int = 2, **more: Any) -> Asked:
    """Return an entity whose integration is asked."""
    now = TWO.replace(hour=hour)
    return Asked(now=now, entry_id="E", device_id="D", unique_id=unique_id, **more)


START_END: Final = {
    "start": "2026-11-27T01:00:00+00:00",
    "end": "2026-11-27T01:15:00+00:00",
}
TODAY_AND_TOMORROW: Final = ["2026-11-27", "2026-11-28"]
ANSWERS: Final[list[tuple[str, Asked, list[dict[str, Any]], dict[str, Any], Price]]] = [
    (
        "nordpool",
        asked("SE3-current_price", 13),
        [
            {"config_entry": "E", "date": day, "areas": ["SE3"]}
            for day in TODAY_AND_TOMORROW
        ],
        {"SE4": [], "SE3": [{**START_END, "price": 250}]},
        at(TWO, QUARTER, 0.25),
    ),
    (
        "nordpool",
        asked("off-peak-1-SE3-block_min"),
        [{"config_entry": "E", "date": "2026-11-27", "areas": ["SE3"]}],
        {"SE3": [{**START_END, "price": 250}]},
        at(TWO, QUARTER, 0.25),
    ),
    (
        "tibber",
        asked("home", attributes={"app_nickname": "Cabin"}),
        [{"start": "2026-11-27T00:00:00+01:00", "end": "2026-11-29T00:00:00+01:00"}],
        {
            "prices": {
                "Home": [{"start_time": "2026-11-27T02:00:00.000+01:00", "price": 9}],
                "Cabin": [
                    {"start_time": "2026-11-27T02:00:00.000+01:00", "price": 0.25}
                ],
            }
        },
        at(TWO, HOUR, 0.25),
    ),
    (
        "tibber_prices",
        asked("x"),
        [
            {
                "entry_id": "E",
                "start_time": "2026-11-27T00:00:00+01:00",
                "end_time": "2026-11-29T00:00:00+01:00",
            }
        ],
        {
            "price_info": [
                {"startsAt": "2026-11-27T02:00:00+01:00", "total": 0.25, "tax": 0.1}
            ]
        },
        at(TWO, HOUR, 0.25),
    ),
    (
        "energyzero",
        asked("E_today_energy_all_in_current_price"),
        [
            {
                "config_entry": "E",
                "incl_vat": True,
                "price_type": "all_in",
                "start": "2026-11-27",
                "end": "2026-11-27",
            }
        ],
        {
            "prices": [
                {
                    "timestamp": "2026-11-27 01:00:00+00:00",
                    "start": "2026-11-27 01:00:00+00:00",
                    "end": "2026-11-27 02:00:00+00:00",
                    "price": 0.25,
                }
            ]
        },
        at(TWO, HOUR, 0.25),
    ),
    (
        "easyenergy",
        asked("E_today_energy_usage_current_hour_price", 14),
        [
            {"config_entry": "E", "incl_vat": True, "start": day, "end": day}
            for day in TODAY_AND_TOMORROW
        ],
        {"prices": [{"timestamp": "2026-11-27 01:00:00+00:00", "price": 0.25}]},
        at(TWO, HOUR, 0.25),
    ),
    (
        "omie",
        asked("pt_spot_price"),
        [{"date": "2026-11-27", "countries": ["pt"]}],
        {"pt": [{**START_END, "price": 0.25}]},
        at(TWO, QUARTER, 0.25),
    ),
    (
        "green_planet_energy",
        asked("gpe_current_price"),
        [{"config_entry_id": "E", "hours": 24}],
        {"prices": [{**START_END, "price": 0.25}], "hours_requested": 24.0},
        at(TWO, QUARTER, 0.25),
    ),
    (
        "amberelectric",
        asked("SITE-current-controlled_load"),
        [{"config_entry_id": "E", "channel_type": "controlled_load"}],
        {
            "forecasts": [
                {
                    "start_time": "2026-11-27T01:00:01+00:00",
                    "end_time": "2026-11-27T01:30:00+00:00",
                    "per_kwh": 0.25,
                }
            ]
        },
        at(TWO, HALF_HOUR, 0.25),
    ),
    (
        "ecosmart",
        asked("x"),
        [{"device_id": "D"}],
        {
            "forecasts": [
                {
                    "start_time": "2026-11-27T01:00:00Z",
                    "price": 25,
                    "price_excl_gst": 20,
                }
            ]
        },
        at(TWO, HOUR, 0.25),
    ),
]


@pytest.mark.parametrize(("domain", "asked", "calls", "answer", "price"), ANSWERS)
def test_integrations_are_asked_and_understood(
    domain: str,
    asked: Asked,
    calls: list[dict[str, Any]],
    answer: dict[str, Any],
    price: Price,
) -> None:
    action = ACTIONS[domain]
    assert list(action.calls(asked)) == calls
    rows = rows_in(action.rows(answer, asked))
    assert list(read(rows, BERLIN, action.scale)) == [price]


def test_every_action_has_an_example() -> None:
    assert {answer[0] for answer in ANSWERS} == ACTIONS.keys()


def test_the_price_of_now_comes_from_ambers_entity() -> None:
    """The forecast begins with the next half hour."""
    now = {
        "start_time": "2026-11-27T01:00:01+00:00",
        "end_time": "2026-11-27T01:30:00+00:00",
        "per_kwh": 0.25,
    }
    later = {
        "start_time": "2026-11-27T01:30:01+00:00",
        "end_time": "2026-11-27T02:00:00+00:00",
        "per_kwh": 0.3,
    }
    entity = asked("SITE-current-general", attributes=now)
    rows = rows_in(ACTIONS["amberelectric"].rows({"forecasts": [later]}, entity))
    expected = [at(TWO, HALF_HOUR, 0.25), at(TWO + HALF_HOUR, HALF_HOUR, 0.3)]
    assert list(read(rows, BERLIN, 1)) == expected
