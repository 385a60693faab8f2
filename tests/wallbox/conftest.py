"""What the tests of the charger have in common: nothing of Home Assistant."""

import pytest


@pytest.fixture(autouse=True)
def _enable() -> None:
    """Start neither Home Assistant nor anything else."""
