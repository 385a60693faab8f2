"""What the tests of the virtual Wallbox have in common."""

import pytest


@pytest.fixture(autouse=True)
def _enable(socket_enabled: None) -> None:
    """Start no Home Assistant, and let chargers connect to what a test starts instead."""
