"""Prices of energy in the hours to come."""

from datetime import UTC, datetime, timedelta

from custom_components.wallbox_ocpp.wallbox.model.prices import Price, PriceForecast

MIDNIGHT = datetime(2026, 11, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_what_has_passed_is_left_out_and_what_has_begun_is_not() -> None:
    prices = tuple(
        Price(MIDNIGHT + n * HOUR, MIDNIGHT + (n + 1) * HOUR, n / 10) for n in range(3)
    )
    forecast = PriceForecast(prices, "EUR", "Spot", MIDNIGHT)
    assert forecast.until == MIDNIGHT + 3 * HOUR
    assert forecast.after(MIDNIGHT + 1.5 * HOUR).prices == prices[1:]
    assert forecast.after(MIDNIGHT + HOUR).prices == prices[1:]
    assert forecast.after(MIDNIGHT + 3 * HOUR).prices == ()
