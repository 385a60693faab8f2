"""Sessions that cannot be lost: what people are told is right after any accident."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from random import sample
from secrets import randbits
from socket import socket
from typing import Any, Final

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .home import Home
from .machine import SessionMachine

RUNS: Final = 500
STEPS: Final = 25
SEED_OPTION: Final = "--hypothesis-seed"


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder of its own for Home Assistant."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Return nothing, in place of the storage that is not on disk."""
    return {}


@pytest.fixture
def unused_tcp_port() -> int:
    """Return a port that the system gives to nobody while Home Assistant is away."""
    for port in sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket() as probe:
            probe.bind(("", port))
            return port
    raise OSError("no port is free")


@pytest.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncGenerator[Home]:
    """Return a home whose time and disk are ours."""
    # Debugging asyncio takes more time than all else together.
    hass.loop.set_debug(False)
    async with Home.ready(hass, entry) as home:
        yield home


@pytest.mark.timeout(900)
def test_each_session_is_told_once_as_it_was_after_any_accident(
    request: pytest.FixtureRequest, hass: HomeAssistant, home: Home
) -> None:
    """A failure is shrunk for some minutes; its note says how to repeat it."""

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
                max_examples=RUNS,
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
    assert Machine.runs >= RUNS
