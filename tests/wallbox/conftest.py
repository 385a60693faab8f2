"""What the tests of the charger have in common: nothing of Home Assistant."""

from tests.helpers.plain import *  # noqa: F403
