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
        ("Rp/kWh", "CHF", 0.01),
        ("Rp/kWh", "IDR", 1),
        ("€c/kWh", "EUR", 0.01),
        ("AU¢/kWh", "AUD", 0.01),
        ("o\u0308re/kWh", "SEK", 0.01),
        ("XTS/kWh", "XTS", 1),
    ],
)
def test_a_unit_is_worth_what_it_says(unit: str, currency: str, worth: float) -> None:
    assert per_kwh(unit, currency) == pytest.approx(worth)


@pytest.mark.parametrize(
    "unit",
    ["/", "/kWh", "EUR/", "kWh", "m€/kWh", "mct/kWh", "EUR/kW", "EUR/kWh/d", "SEK/kWh"],
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
        ("bananas/kWh", False),
        ("EUR/kW", False),
        ("%", False),
    ],
)
def test_the_unit_of_another_currency_is_told_from_no_price(
    unit: str, known: bool
) -> None:
    assert is_known(unit) is known
