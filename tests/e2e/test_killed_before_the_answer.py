"""Home Assistant is killed before it answers a charger, which then tells everything again."""

import pytest

from simulator.home_assistant import Moment

from .conftest import Home
from .killed import KILLABLE, dies_at_the_start_and_at_the_end

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(600)]


@pytest.fixture
def program() -> str:
    """Return the Home Assistant that can be killed at an exact moment."""
    return KILLABLE


@pytest.mark.parametrize("moment", [Moment.RECEIVED, Moment.SAVED])
async def test_a_session_is_reported_once_though_home_assistant_dies_at_its_start_and_its_end(
    home: Home, moment: Moment
) -> None:
    await dies_at_the_start_and_at_the_end(home, moment)
