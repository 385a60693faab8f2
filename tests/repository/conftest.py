"""What the tests of the files have in common: they read them, and run nothing of ours."""

from tests.helpers.plain import *  # noqa: F403
