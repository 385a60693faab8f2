"""For tests of plain functions: no event loop, and so nothing that has to be cleaned up.

A conftest.py that imports all of this puts it in the place of fixtures for tests with Home Assistant.
"""

import pytest


@pytest.fixture(autouse=True, name="_enable")
def enable() -> None:
    """Start neither Home Assistant nor anything else."""


@pytest.fixture(autouse=True)
def configure_event_loop() -> None:
    """Configure no loop, so that none is made: that would take longer than most tests."""


@pytest.fixture(autouse=True)
def wall_clock() -> None:
    """Leave the clock alone: nobody looks at it."""


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Verify nothing, for which a loop would be made as well."""


@pytest.fixture(autouse=True)
def disable_http_server() -> None:
    """Put nothing in the place of what only Home Assistant calls; so do the next two."""


@pytest.fixture(autouse=True)
def skip_stop_scripts() -> None:
    """Skip nothing: no script runs."""


@pytest.fixture(autouse=True)
def fail_on_log_exception() -> None:
    """Look at no callback: none is called."""


@pytest.fixture(autouse=True)
def garbage_collection() -> None:
    """Collect no garbage: nothing in it says anything when it goes."""
