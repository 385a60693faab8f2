"""The units of energy prices."""

import pytest

from custom_components.wallbox_ocpp.wallbox.model.price_unit import (
    is_known,
    per_kwh,
    understood,
)


@pytest.mark.parametrize("currency", ["EUR", "CHF", "USD", "JPY", "XTS"])
def test_what_is_said_to_be_understood_is(currency: str) -> None:
    assert all(per_kwh(unit, currency) for unit in understood(currency))


@pytest.mark.parametrize(
    ("unit", "currency", "worth"),
    [
        ("", "EUR", 1),
        ("EUR", "EUR", 1),
        ("EUR/kWh", "EUR", 1),
        ("eur / KWH", "EUR", 1),
        ("ct", "EUR", 0.01),
        ("ct/MWh", "EUR", 0.00001),
        ("€/MWh", "EUR", 0.001),
        ("EUR/mWh", "EUR", 0.001),
        ("EUR per MWh", "EUR", 0.001),
        ("EUR/MWH", "EUR", 0.001),
        ("EUR/Wh", "EUR", 1000),
        ("€/GWh", "EUR", 0.000001),
        ("euro/kwh", "EUR", 1),
        ("c/MWh", "EUR", 0.00001),
        ("€c/kWh", "EUR", 0.01),
        ("Fr./kWh", "CHF", 1),
        ("Rp/kWh", "CHF", 0.01),
        ("Rp/kWh", "IDR", 1),
        ("kr/kWh", "SEK", 1),
        ("öre/kWh", "SEK", 0.01),
        ("o\u0308re/kWh", "SEK", 0.01),
        ("zł/kWh", "PLN", 1),
        ("gr/kWh", "PLN", 0.01),
        ("Kč/MWh", "CZK", 0.001),
        ("$/kWh", "USD", 1),
        ("US¢/kWh", "USD", 0.01),
        ("AU¢/kWh", "AUD", 0.01),
        ("p/kWh", "GBP", 0.01),
        ("XTS/kWh", "XTS", 1),
    ],
)
def test_a_unit_is_worth_what_it_says(unit: str, currency: str, worth: float) -> None:
    assert per_kwh(unit, currency) == pytest.approx(worth)


@pytest.mark.parametrize(
    "unit",
    [
        *("ct/kWh", "Cent/kWh", "¢/kWh", "p/kWh", "Öre/kWh", "öre/kWh", "c€/kWh"),
        *("Rp/kWh", "Rp./kWh", "snt/kWh", "cnt/kWh", "gr/kWh", "st/kWh"),
        *("eurocent/kWh", "€ct / kWh", "EURcent/kWh", "Ct per kWh"),
    ],
)
def test_a_hundredth_is_one_in_whatever_way_it_is_written(unit: str) -> None:
    assert per_kwh(unit, "EUR") == pytest.approx(0.01)


@pytest.mark.parametrize(
    "unit",
    [
        *("/", "/kWh", "EUR/", "kWh", "m€/kWh", "mct/kWh", "EUR/kW", "EUR/kWh/d"),
        *("%", "EUR/MJ", "x/kWh", "SEK/kWh", "USD/kWh", "$/kWh", "kr/kWh"),
    ],
)
def test_a_unit_that_is_not_a_price_in_the_homes_money_is_not_understood(
    unit: str,
) -> None:
    assert per_kwh(unit, "EUR") is None


@pytest.mark.parametrize(
    ("unit", "known"),
    [
        ("SEK/kWh", True),
        ("XTS/MWh", True),
        ("kr/kWh", True),
        ("USD/kWh", True),
        ("$/kWh", True),
        ("bananas/kWh", False),
        ("x/kWh", False),
        ("m€/kWh", False),
        ("EUR/kW", False),
        ("EUR/MJ", False),
        ("kWh", False),
        ("%", False),
    ],
)
def test_the_unit_of_another_currency_is_told_from_no_price(
    unit: str, known: bool
) -> None:
    assert is_known(unit) is known
