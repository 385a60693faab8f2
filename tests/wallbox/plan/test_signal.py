"""The Wi-Fi strength: asked for hourly, while somebody looks at it, of a charger that knows it."""

from dataclasses import replace
from datetime import datetime

import pytest

from custom_components.wallbox_ocpp.wallbox.plan import signal
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result, Step, Wait
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import a_state

from .drive import DROPPED, ERROR, NOT_SENT, NOW, SILENT, after, settings

HOUR = 3600
TOLD = Answer(
    Result.ANSWERED,
    {
        "configurationKey": [
            {"key": signal.SIGNAL_STRENGTH, "readonly": True, "value": "41"}
        ]
    },
)


def watched(at: datetime | None = NOW) -> ChargerState:
    """Return a charger whose Wi-Fi strength is wanted at a time."""
    return signal.wanted(a_state(configuration=settings(WiFiSignalStrength="57")), at)


def learned(answer: Answer) -> ChargerState:
    """Return what is known after an answer."""
    step = signal.next_step(watched(), NOW)
    assert isinstance(step, Step)
    assert step.request.key == [signal.SIGNAL_STRENGTH]  # type: ignore[attr-defined]  # it is a GetConfiguration
    return step.learn(watched(), answer, NOW)


def test_nobody_asks_for_what_nobody_looks_at() -> None:
    assert signal.next_step(watched(None), NOW) is None


def test_a_charger_that_does_not_know_it_is_not_asked() -> None:
    assert signal.next_step(signal.wanted(a_state(), NOW), NOW) is None


def test_it_is_not_asked_for_before_its_time() -> None:
    assert signal.next_step(watched(after(10)), NOW) == Wait(after(10))


@pytest.mark.parametrize(("answer", "value"), [(TOLD, "41"), (ERROR, "57")])
def test_an_answer_is_good_for_an_hour(answer: Answer, value: str) -> None:
    state = learned(answer)
    assert state.settings.configuration[signal.SIGNAL_STRENGTH].value == value
    assert signal.next_step(state, NOW) == Wait(after(HOUR))


@pytest.mark.parametrize("answer", [DROPPED, NOT_SENT])
def test_a_charger_that_has_left_is_asked_when_it_is_back(answer: Answer) -> None:
    assert isinstance(signal.next_step(learned(answer), NOW), Step)


def test_a_charger_that_is_silent_is_let_be() -> None:
    assert learned(SILENT).pending.silent_until is not None


def test_what_is_no_longer_looked_at_stays_so() -> None:
    step = signal.next_step(watched(), NOW)
    assert isinstance(step, Step)
    state = step.learn(watched(None), TOLD, NOW)
    assert state.pending == replace(state.pending, signal_at=None)
