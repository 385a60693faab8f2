"""Sessions that cannot be lost: what people are told is right after any accident."""

from secrets import randbits
from typing import Final

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
import pytest

from homeassistant.core import HomeAssistant

from .home import Home
from .machine import SessionMachine

STEPS: Final = 25
SEED_OPTION: Final = "--hypothesis-seed"


@pytest.mark.timeout(900)
def test_each_session_is_reported_once_as_it_was_after_any_accident(
    request: pytest.FixtureRequest, hass: HomeAssistant, home: Home
) -> None:
    """A failure is shrunk for some minutes; its note says how to repeat it."""
    runs = settings().max_examples

    class Machine(SessionMachine):
        pass

    Machine.home = home
    Machine.loop = hass.loop
    given = request.config.getoption(SEED_OPTION)
    number = randbits(32) if given in {None, "random"} else int(given)
    seed(number)(Machine)
    try:
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=runs,
                stateful_step_count=STEPS,
                deadline=None,
                print_blob=True,
                report_multiple_bugs=False,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
    except Exception as error:
        error.add_note(f"The seed of all runs: pytest {SEED_OPTION}={number}")
        raise
    assert Machine.runs >= runs
