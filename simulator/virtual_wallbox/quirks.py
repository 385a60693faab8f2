"""Quirks that no firmware is known for, and that any charger may have: a registry of named traits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from .personality import Personality
from .schedule_quirks import SCHEDULE_QUIRKS


class Quirk(NamedTuple):
    """Traits of a personality, and who was seen with them."""

    traits: Mapping[str, Any]
    source: str


QUIRKS: Final[Mapping[str, Quirk]] = {
    "status-history": Quirk(
        {"replays_status_history": True}, "MicroOcpp, docs/chargers.md §8.1.5"
    ),
    "boot-before-reset-conf": Quirk(
        {"boots_before_reset_conf": True}, "cp-sim, docs/chargers.md §8.1.11"
    ),
    "never-answers": Quirk({"answers_calls": False}, "em, docs/chargers.md §8.1.11"),
    "watts-only": Quirk({"rate_unit": "W"}, "MicroOcpp, docs/chargers.md §8.1.17"),
    "profiles-lost-offline": Quirk(
        {"keeps_profiles_offline": False}, "go-e, docs/chargers.md §8.6"
    ),
    "default-ignored-offline": Quirk(
        {"default_counts_offline": False}, "a charger on SteVe, docs/chargers.md §8.6"
    ),
    "default-lost-at-start": Quirk(
        {"drops_default_profile_at_start": True},
        "a Pulsar Plus, docs/chargers.md §3.7",
    ),
    "limits-ignored": Quirk(
        {"ignores_limits": True}, "Wallboxes with 6.4, docs/chargers.md §3.7"
    ),
}
"""By the names that the program knows them by."""


def with_quirks(personality: Personality, *names: str) -> Personality:
    """Give a personality some quirks, of `QUIRKS` or of `SCHEDULE_QUIRKS`; keys are added to those it has.

    Raises:
        KeyError: There is no such quirk.
    """
    for name in names:
        traits = dict(QUIRKS[name].traits if name in QUIRKS else SCHEDULE_QUIRKS[name])
        if "key_values" in traits:
            traits["key_values"] = {**personality.key_values, **traits["key_values"]}
        personality = replace(personality, **traits)
    return personality
