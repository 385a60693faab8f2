"""For tests of plain functions: no event loop, and so nothing that has to be cleaned up."""

import pytest


@pytest.fixture(autouse=True)
def _enable() -> None:
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
