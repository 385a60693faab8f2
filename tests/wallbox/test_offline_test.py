"""What is thought of a charger that was left alone on purpose."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.offline_test import (
    Cause,
    Facts,
    OfflineTest,
    Ongoing,
    Phase,
    Report,
    Result,
    SessionAfter,
    Variant,
    judged,
)
from tests.wallbox.states import restored

from .said import NOW

GOOD = Facts(
    began=NOW,
    firmware="6.7.38",
    register_before=1000.0,
    register_after=1000.0,
    drawn=0.0,
    session=SessionAfter.SAME,
    plugged_in=True,
    settings_changed=(),
)
PLAIN = Variant()
REBOOT = Variant(reboot=True)
REPLUG = Variant(replug=True)
AGAIN = {"session": SessionAfter.ANOTHER}


@pytest.mark.parametrize(
    ("seen", "variant", "result", "causes"),
    [
        ({}, PLAIN, "proven", ()),
        # Meters count in steps.
        ({"register_after": 1010.0}, PLAIN, "proven", ()),
        ({"register_after": 1010.1}, PLAIN, "failed", ("energy",)),
        ({"drawn": 1.0}, PLAIN, "proven", ()),
        ({"drawn": 1.1}, PLAIN, "failed", ("limit",)),
        # Not every meter tells the current.
        ({"drawn": None}, PLAIN, "proven", ()),
        (AGAIN, PLAIN, "failed", ("transaction",)),
        ({"session": SessionAfter.NONE}, PLAIN, "failed", ("transaction",)),
        ({"settings_changed": ("AuthEnabled",)}, PLAIN, "failed", ("settings",)),
        (
            {"register_after": 1500.0, "drawn": 16.0, **AGAIN},
            PLAIN,
            "failed",
            ("energy", "limit", "transaction"),
        ),
        # Nobody can tell.
        ({"register_before": None}, PLAIN, "inconclusive", ("no_reading",)),
        ({"register_after": None}, PLAIN, "inconclusive", ("no_reading",)),
        ({"settings_changed": None}, PLAIN, "inconclusive", ("settings_unknown",)),
        ({"wanting": False}, PLAIN, "inconclusive", ("car_full",)),
        ({"wanting": False, "drawn": 16.0}, PLAIN, "failed", ("limit",)),
        (
            {"plugged_in": False, "session": SessionAfter.NONE},
            PLAIN,
            "inconclusive",
            ("car_gone",),
        ),
        # What has failed counts more than what is not clear.
        (
            {"register_after": 1500.0, "settings_changed": None},
            PLAIN,
            "failed",
            ("energy",),
        ),
        # With a reboot, another session is fine, and the reboot has to be seen.
        ({"reset_accepted": True}, REBOOT, "proven", ()),
        ({"reset_accepted": True, **AGAIN}, REBOOT, "proven", ()),
        ({"reset_accepted": False, "booted": True}, REBOOT, "proven", ()),
        ({"reset_accepted": False}, REBOOT, "inconclusive", ("no_reboot",)),
        # A charger that has started by itself may well forget its session.
        ({"booted": True, **AGAIN}, PLAIN, "proven", ()),
        # Unplugged and plugged in again, another session is the proof of that.
        (AGAIN, REPLUG, "proven", ()),
        ({"session": SessionAfter.NONE}, REPLUG, "proven", ()),
        ({}, REPLUG, "inconclusive", ("no_replug",)),
        (
            {"session": SessionAfter.NONE, "plugged_in": False},
            REPLUG,
            "inconclusive",
            ("car_gone",),
        ),
        ({"register_after": 1500.0, **AGAIN}, REPLUG, "failed", ("energy",)),
    ],
)
def test_a_test_is_judged_by_what_was_seen(
    seen: dict[str, Any], variant: Variant, result: str, causes: tuple[str, ...]
) -> None:
    assert judged(replace(GOOD, **seen), variant) == (result, causes)


def a_report(result: Result, firmware: str = "6.7.38") -> Report:
    facts = replace(GOOD, firmware=firmware)
    return Report(result=result, variant=PLAIN, facts=facts, ended=NOW)


PROVEN = a_report(Result.PROVEN)
TRIED = a_report(Result.BROKEN_OFF)
OLDER = a_report(Result.PROVEN, "6.6.12")


@pytest.mark.parametrize(
    ("latest", "proof", "shown", "outdated"),
    [
        (None, None, None, None),
        (PROVEN, PROVEN, PROVEN, None),
        (TRIED, None, TRIED, None),
        # A test that came to nothing takes nothing back.
        (TRIED, PROVEN, PROVEN, None),
        (TRIED, OLDER, TRIED, OLDER),
        (OLDER, OLDER, None, OLDER),
    ],
)
def test_a_result_counts_for_its_firmware(
    latest: Report | None,
    proof: Report | None,
    shown: Report | None,
    outdated: Report | None,
) -> None:
    test = OfflineTest(latest=latest, proof=proof)
    assert test.of("6.7.38") is shown
    assert test.outdated("6.7.38") is outdated
    assert test.outdated(None) is None


def test_a_restart_breaks_a_test_off_and_brings_the_wish_back() -> None:
    wish = Wish(current_limit=16, energy_target=10_000)
    paused = replace(wish, charging=False)
    ongoing = Ongoing(
        variant=PLAIN, wish=wish, since=NOW, facts=GOOD, phase=Phase.ALONE
    )
    stored = restored(OfflineTest(ongoing=ongoing))
    assert stored.ongoing == ongoing
    test, wished = stored.interrupted(paused)
    assert wished == wish
    assert not test.shuts_out
    assert test.latest
    assert (test.latest.result, test.latest.causes) == (
        Result.BROKEN_OFF,
        (Cause.RESTARTED,),
    )
    assert test.latest.facts == GOOD
    assert test.interrupted(paused) == (test, paused)
    # The car may have gone, and its target with it.
    gone = replace(paused, energy_target=0)
    assert stored.interrupted(gone)[1] == replace(wish, energy_target=0)
