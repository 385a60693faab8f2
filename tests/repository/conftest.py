"""What the tests of the files have in common: they read them, and run nothing of ours."""

from tests.helpers.plain import (
    _enable,
    configure_event_loop,
    verify_cleanup,
    wall_clock,
)

__all__ = ["_enable", "configure_event_loop", "verify_cleanup", "wall_clock"]
