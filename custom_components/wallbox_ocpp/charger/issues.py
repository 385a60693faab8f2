"""The repair issues of a charger: each exists exactly while its condition holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import (
    DOMAIN,
    URL_CURRENT_LIMIT,
    URL_EVIDENCE,
    URL_GUARD,
    URL_OFFLINE_FIX,
    URL_PASSWORDS,
    URL_SETTINGS,
    URL_SUPPORTED,
    URL_TROUBLESHOOTING,
)
from ..coordinator import ChargerCoordinator
from ..localize import plain, verbatim
from ..wallbox.model.connections import Flapping
from ..wallbox.model.firmware import MINIMUM_FOR_OFFLINE_FIX
from ..wallbox.model.offline_energy import Cause
from ..wallbox.model.offline_fix import Verdict
from ..wallbox.model.offline_test import Cause as TestCause
from ..wallbox.plan import leases
from ..wallbox.state import ChargerState
from ..wallbox.views.offline_test import Standing, present_report, standing
from .offline_test import causes_in_words


@dataclass(frozen=True, kw_only=True)
class IssueDescription:
    """Describe a repair issue."""

    key: str
    exists_fn: Callable[[ChargerState], bool]
    fixable: bool = False
    """It has a fix flow; see `repairs`."""
    learn_more: str = URL_OFFLINE_FIX


CLOCK_WRONG: Final = "clock_wrong"
CLOUD_WALLBOX: Final = "cloud_wallbox"
FIX_REVERTED: Final = "fix_reverted"
NOT_ALL_RESTORED: Final = "not_all_restored"
OFFLINE_TEST_AGAIN: Final = "offline_test_again"
OFFLINE_TEST_FAILED: Final = "offline_test_failed"
PERSON_GONE: Final = "person_gone"
PRICE_GONE: Final = "price_gone"
PRICE_UNIT: Final = "price_unit"
PRICES_AWAY: Final = "prices_away"
SCHEDULE_GONE: Final = "schedule_gone"
SENSOR_GONE: Final = "sensor_gone"
SENSOR_SILENT: Final = "sensor_silent"
UNATTENDED: Final = {
    Cause.PAUSED: "unattended_energy",
    Cause.LOCKED: "unattended_locked",
    Cause.START: "unattended_start",
}
"""The issues for unattended energy, by cause."""

OF_SETTINGS: Final = (
    PERSON_GONE,
    PRICE_GONE,
    PRICE_UNIT,
    PRICES_AWAY,
    SCHEDULE_GONE,
    SENSOR_GONE,
    SENSOR_SILENT,
)
"""The issues for entities that the settings refer to."""

LONG: Final = timedelta(hours=24)
"""After which an issue tells of prices or a sensor that are away."""
WRONG: Final = timedelta(minutes=5)
"""By how much a charger's clock may be wrong without an issue."""


def _second_system(state: ChargerState) -> bool:
    """Return whether another system configures a charger, and not only two chargers take turns."""
    flapping = state.link.connections.flapping
    if flapping is Flapping.TWO_CHARGERS:
        return False
    return state.settings.drift.contested or flapping is Flapping.SECOND_SYSTEM


def _no_limit(state: ChargerState) -> bool:
    """Return whether the charger has refused the limit for sessions that begin offline."""
    rejected = state.verdict is Verdict.REJECTED
    return rejected and not state.settings.protection.limit_accepted


def _flapping(cause: Flapping) -> IssueDescription:
    return IssueDescription(
        key=cause.value,
        exists_fn=lambda state: state.link.connections.flapping is cause,
        learn_more=URL_TROUBLESHOOTING,
    )


def _missed(state: ChargerState) -> bool:
    """Return whether a charger is offline for long, and no other issue says why."""
    link = state.link
    return link.missed and not (link.overdue or link.locked_out or _lost_in_test(state))


def _lost_in_test(state: ChargerState) -> bool:
    """Return whether a charger has not reconnected after a test."""
    test = state.offline_test
    given_up = test.latest and TestCause.NOT_BACK in test.latest.causes
    return bool(given_up) and test.ongoing is None and not state.link.connected


def _test_is_old(state: ChargerState) -> bool:
    """Return whether a protected charger was tested with another firmware only."""
    old = state.offline_test.outdated(state.identity.firmware) is not None
    untested = standing(state) is Standing.NOT_YET
    return old and untested and state.verdict is Verdict.PROTECTED


def _unattended(cause: Cause) -> IssueDescription:
    return IssueDescription(
        key=UNATTENDED[cause],
        exists_fn=lambda state: (
            state.metering.unattended is not None
            and state.metering.unattended.cause is cause
        ),
        fixable=True,
    )


ISSUES: Final = (
    _flapping(Flapping.BOOT_LOOP),
    IssueDescription(
        key=CLOCK_WRONG,
        exists_fn=lambda state: abs(state.metering.clock.behind) > WRONG,
        fixable=True,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key=CLOUD_WALLBOX,
        exists_fn=lambda state: state.settings.cloud_controls,
        fixable=True,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key="default_limit_refused",
        exists_fn=lambda state: (
            _no_limit(state) and state.charging.held.transaction_taken
        ),
        learn_more=URL_CURRENT_LIMIT,
    ),
    IssueDescription(
        key="firmware_too_old",
        exists_fn=lambda state: state.verdict is Verdict.FIRMWARE_TOO_OLD,
    ),
    IssueDescription(
        key=FIX_REVERTED,
        exists_fn=lambda state: (
            bool(state.settings.drift.times)
            and not state.settings.drift.seen
            and not _second_system(state)
        ),
        fixable=True,
        learn_more=URL_TROUBLESHOOTING,
    ),
    _flapping(Flapping.IDLE_DROPS),
    IssueDescription(
        key="keys_missing",
        exists_fn=lambda state: (
            state.verdict is Verdict.REJECTED
            and bool(state.settings.protection.missing)
        ),
    ),
    IssueDescription(
        key="lease_refused",
        exists_fn=leases.refused,
        learn_more=URL_GUARD,
    ),
    IssueDescription(
        key="limit_ignored",
        exists_fn=lambda state: state.charging.limit.ignored,
        learn_more=URL_CURRENT_LIMIT,
    ),
    IssueDescription(
        key="limit_refused",
        exists_fn=lambda state: (
            _no_limit(state) and not state.charging.held.transaction_taken
        ),
        fixable=True,
        learn_more=URL_CURRENT_LIMIT,
    ),
    IssueDescription(
        key="missed",
        exists_fn=lambda state: _missed(state) and state.verdict is Verdict.PROTECTED,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key="missed_unprotected",
        exists_fn=lambda state: (
            _missed(state) and state.verdict is not Verdict.PROTECTED
        ),
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key="not_back",
        exists_fn=lambda state: state.link.overdue and not state.link.connected,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key=NOT_ALL_RESTORED,
        exists_fn=lambda state: bool(state.settings.not_restored),
        fixable=True,
    ),
    IssueDescription(
        key=OFFLINE_TEST_AGAIN,
        exists_fn=_test_is_old,
        fixable=True,
        learn_more=URL_EVIDENCE,
    ),
    IssueDescription(
        key=OFFLINE_TEST_FAILED,
        exists_fn=lambda state: standing(state) is Standing.FAILED,
        fixable=True,
        learn_more=URL_EVIDENCE,
    ),
    IssueDescription(
        key="offline_test_not_back",
        exists_fn=_lost_in_test,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key="other_make",
        exists_fn=lambda state: not state.identity.is_wallbox,
        learn_more=URL_SUPPORTED,
    ),
    IssueDescription(
        key="reboot_for_settings",
        exists_fn=lambda state: (
            bool(state.settings.protection.rebooting)
            and state.verdict is not Verdict.REBOOT_REQUIRED
        ),
        fixable=True,
    ),
    IssueDescription(
        key="reboot_required",
        exists_fn=lambda state: (
            state.verdict is Verdict.REBOOT_REQUIRED
            and not state.settings.protection.rebooted
        ),
        fixable=True,
    ),
    IssueDescription(
        key="rejected",
        exists_fn=lambda state: (
            state.verdict is Verdict.REJECTED
            and bool(state.settings.protection.refused)
            and not state.settings.protection.rebooted
        ),
        fixable=True,
    ),
    IssueDescription(
        key=Flapping.SECOND_SYSTEM.value,
        exists_fn=_second_system,
        learn_more=URL_TROUBLESHOOTING,
    ),
    IssueDescription(
        key="still_not_protected",
        exists_fn=lambda state: (
            (
                state.verdict is Verdict.REBOOT_REQUIRED
                or (
                    state.verdict is Verdict.REJECTED
                    and bool(state.settings.protection.refused)
                )
            )
            and state.settings.protection.rebooted
        ),
        fixable=True,
    ),
    _flapping(Flapping.TWO_CHARGERS),
    *(_unattended(cause) for cause in Cause),
    _flapping(Flapping.WEAK_LINK),
    IssueDescription(
        key="wrong_password",
        exists_fn=lambda state: state.link.locked_out and not state.link.connected,
        learn_more=URL_PASSWORDS,
    ),
)


@callback
def async_update_issues(coordinator: ChargerCoordinator) -> None:
    """Create and delete the issues of a charger."""
    hass, subentry, state = coordinator.hass, coordinator.subentry, coordinator.data
    if state.provisioning.applying or state.link.rebooting:
        # The verdict will follow; until then the issues stay as they are.
        return
    report = present_report(state)
    for description in ISSUES:
        issue = issue_id(description.key, subentry.subentry_id)
        if not description.exists_fn(state):
            ir.async_delete_issue(hass, DOMAIN, issue)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue,
            data={"subentry_id": subentry.subentry_id, "key": description.key},
            is_fixable=description.fixable,
            learn_more_url=description.learn_more,
            severity=ir.IssueSeverity.WARNING,
            translation_key=description.key,
            translation_placeholders=_placeholders(coordinator.display_name, state)
            | {"causes": causes_in_words(hass, report) if report else ""},
        )


@callback
def async_update_issue(
    hass: HomeAssistant,
    key: str,
    subentry_id: str,
    placeholders: dict[str, str] | None,
) -> None:
    """Create an issue about a charger's settings, or delete it if there are no placeholders."""
    if placeholders is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id(key, subentry_id))
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(key, subentry_id),
        is_fixable=False,
        learn_more_url=URL_SETTINGS,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@callback
def async_delete_issues(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all issues of a charger that has been removed."""
    for key in (*(description.key for description in ISSUES), *OF_SETTINGS):
        ir.async_delete_issue(hass, DOMAIN, issue_id(key, subentry_id))


def _placeholders(name: str, state: ChargerState) -> dict[str, str]:
    proof = state.offline_test.proof
    placeholders = {
        "charger": name,
        "firmware": plain(state.identity.firmware or "?"),
        "minimum": MINIMUM_FOR_OFFLINE_FIX,
        "vendor": plain(state.identity.vendor or "?"),
        "keys": plain(", ".join(state.settings.drift.keys)),
        "missing": _keys(state.settings.protection.missing),
        "refused": _keys(state.settings.protection.refused),
        "rebooting": _keys(state.settings.protection.rebooting),
        "not_restored": _keys(state.settings.not_restored),
        "minutes": f"{abs(state.metering.clock.behind).total_seconds() / 60:.0f}",
        "away": local_time(away) if (away := state.link.away_since) else "?",
        "limit": "?"
        if (limit := state.charging.limit).amps is None
        else str(limit.amps),
        "drawn": "?" if limit.drawn is None else f"{limit.drawn:.0f}",
        "causes": "",
        "tested_firmware": plain((proof and proof.facts.firmware) or "?"),
        "reverted": local_time(times[-1])
        if (times := state.settings.drift.times)
        else "?",
    }
    if state.metering.unattended:
        placeholders |= {
            "energy": f"{state.metering.unattended.energy / 1000:.1f}",
            "since": local_time(state.metering.unattended.since),
            "until": local_time(state.metering.unattended.until),
        }
    return placeholders


def _keys(names: Iterable[str]) -> str:
    return ", ".join(map(verbatim, names))


def local_time(moment: datetime) -> str:
    """Return a time as texts tell it."""
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"


def issue_id(key: str, subentry_id: str) -> str:
    """Return the id of a charger's issue."""
    return f"{key}_{subentry_id}"
