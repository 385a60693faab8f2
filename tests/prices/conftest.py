"""What the tests of prices have in common: they need no Home Assistant."""

from tests.helpers.plain import (
    _enable,
    configure_event_loop,
    disable_http_server,
    fail_on_log_exception,
    garbage_collection,
    skip_stop_scripts,
    verify_cleanup,
    wall_clock,
)

__all__ = [
    "_enable",
    "configure_event_loop",
    "disable_http_server",
    "fail_on_log_exception",
    "garbage_collection",
    "skip_stop_scripts",
    "verify_cleanup",
    "wall_clock",
]
