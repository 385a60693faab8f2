"""What the tests of prices have in common: they need no Home Assistant."""

from tests.helpers.plain import *  # noqa: F403
