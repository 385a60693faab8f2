"""What chargers do with schedules of several periods in their own way: named traits, as measured or reported elsewhere."""

from collections.abc import Mapping
from typing import Any, Final

from .personality import AfterPowerCycle, Longer, Periods

_FOLLOWS: Final[Mapping[str, Any]] = {
    "ignores_absolute": False,
    "max_profile_has_effect": True,
    "fractions_jump_to_max": False,
}
_ONE_PROFILE: Final = {
    "ChargeProfileMaxStackLevel": "3",
    "MaxChargingProfilesInstalled": "1",
}

SCHEDULE_QUIRKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "schedule-followed": _FOLLOWS,
    "schedule-absolute-ignored": {"ignores_absolute": True},
    "schedule-not-followed": {"periods_followed": Periods.NONE},
    "schedule-first-only": {"periods_followed": Periods.FIRST},
    "schedule-last-at-once": {"periods_followed": Periods.LAST},
    "schedule-relative-from-reception": {"relative_from_reception": True},
    "schedule-duration-ignored": {"ends_schedules": False},
    "schedule-late": {"edge_lag": 1.3},
    "schedule-five-periods": {"periods_taken": 5},
    "schedule-one-period": {"periods_taken": 1},
    "schedule-callerror": {"periods_taken": 5, "longer_schedule": Longer.CALLERROR},
    "schedule-no-answer": {"periods_taken": 5, "longer_schedule": Longer.SILENCE},
    "schedule-short-frames": {"longest_frame": 1570},
    "schedule-composite-breaks": {"composite_breaks_schedules": True},
    "schedule-one-profile": {"key_values": _ONE_PROFILE},
    "schedule-ids-by-purpose": {"ids_by_purpose": True},
    "schedule-session-lost-at-reboot": {
        "keeps_session_profiles": False,
        "after_power_cycle": AfterPowerCycle.RESUMES,
    },
    "schedule-all-lost-at-power-off": {
        "keeps_profiles": False,
        "after_power_cycle": AfterPowerCycle.RESUMES,
    },
    "schedule-default-on-zero-lost": {"default_on_zero_becomes_max": True},
    "schedule-session-ignored-offline": {"session_profiles_count_offline": False},
    "clock-slow": {"clock_error": -30.0},
    "clock-fast": {"clock_error": 20.0},
    "clock-1970": {"knows_time": False},
    "clock-1970-no-limits": {"knows_time": False, "profiles_need_clock": True},
    "like-microocpp": {
        **_FOLLOWS,
        "periods_taken": 24,
        "longer_schedule": Longer.CALLERROR,
        "edge_lag": 0.2,
        "applies_min_charging_rate": True,
        "valid_to_needs_edge": True,
        "keeps_highest_stack": False,
        "loses_clock": True,
        "profiles_need_clock": True,
        "after_power_cycle": AfterPowerCycle.RESUMES,
    },
    "like-warp": {
        **_FOLLOWS,
        "periods_taken": 5,
        "longest_frame": 1570,
        "edge_lag": 1.2,
        "first_period_at_once": True,
        "stack_before_connector": True,
        "ignores_relative_max": True,
        "needs_transaction_id": True,
        "keeps_highest_stack": False,
        "default_on_zero_becomes_max": True,
        "composite_breaks_schedules": True,
    },
    "like-open-ocpp": {
        **_FOLLOWS,
        "periods_taken": 10,
        "edge_lag": 1.0,
        "ids_by_purpose": True,
        "stack_before_connector": True,
        "after_power_cycle": AfterPowerCycle.RESUMES,
    },
}
"""By the names that `with_quirks` and the program know them by; the sources are in docs/chargers.md §8.5."""
