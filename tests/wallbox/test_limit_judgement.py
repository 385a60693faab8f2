"""When it is noticed whether a limit is followed."""

from dataclasses import fields

from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.csms.messages import Message
from custom_components.wallbox_ocpp.wallbox.model.clock import OLD
from custom_components.wallbox_ocpp.wallbox.model.events import LimitJudged
from custom_components.wallbox_ocpp.wallbox.model.limits import SETTLE, Limit
from custom_components.wallbox_ocpp.wallbox.receive.messages import apply, connected
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .said import NOW, ago, metered, power, start, status

SIXTEEN = power(3 * 16 * 230)

IN_TRANSACTION = changed(
    apply(connected(ChargerState(), ago(hours=1)), start(), NOW).state,
    status=ChargePointStatus.charging,
)


def limited(amps: int) -> ChargerState:
    """Return a charger with a transaction and a limit that it has accepted."""
    return changed(IN_TRANSACTION, limit=Limit(amps=amps))


def judged(state: ChargerState, *messages: Message) -> bool | None:
    """Return the verdict after messages that come one after another, if it is told of."""
    now, told = NOW, None
    for message in messages:
        outcome = apply(state, message, now)
        if LimitJudged() in outcome.events:
            told = outcome.state.charging.limit.followed
        state = outcome.state
        now += SETTLE
    assert told is state.charging.limit.followed
    return told


def test_readings_show_whether_a_limit_is_followed() -> None:
    reading = metered(SIXTEEN, at=None)
    assert judged(limited(16), reading) is True
    assert judged(limited(6), reading) is None
    assert judged(limited(6), reading, reading) is False


@pytest.mark.parametrize("suspended", ["SuspendedEV", "SuspendedEVSE"])
def test_a_status_shows_that_a_pause_is_followed(suspended: str) -> None:
    assert judged(limited(0), status(suspended)) is True
    assert judged(limited(16), status(suspended)) is None


def test_a_verdict_is_reported_once() -> None:
    state = apply(limited(16), metered(SIXTEEN, at=None), NOW).state
    again = apply(state, metered(SIXTEEN, at=None), NOW)
    assert LimitJudged() not in again.events


def test_readings_from_the_queue_show_nothing() -> None:
    state = changed(limited(6), connected_at=NOW)
    reading = metered(SIXTEEN, at=NOW - 2 * OLD)
    assert judged(state, reading, reading) is None


def test_what_is_drawn_outside_a_transaction_shows_nothing() -> None:
    state = changed(connected(ChargerState(), ago(hours=1)), limit=Limit(amps=6))
    reading = metered(SIXTEEN, at=None)
    assert judged(state, reading, reading) is None


def test_a_reading_that_shows_the_same_changes_only_meter_and_sessions() -> None:
    reading = metered(SIXTEEN, at=None)
    before = apply(limited(16), reading, NOW).state
    after = apply(before, reading, NOW).state
    others = {field.name for field in fields(ChargerState)} - {"metering", "ledger"}
    assert [
        name for name in others if getattr(after, name) is not getattr(before, name)
    ] == []
