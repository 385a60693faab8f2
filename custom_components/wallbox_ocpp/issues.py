"""The repair issues of a charger: each is there exactly while its condition holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import DOMAIN, URL_CURRENT_LIMIT, URL_OFFLINE_FIX
from .wallbox.firmware import MINIMUM_FOR_OFFLINE_FIX
from .wallbox.offline_fix import Verdict
from .wallbox.state import ChargerState


@dataclass(frozen=True, kw_only=True)
class IssueDescription:
    """Describe a repair issue."""

    key: str
    exists_fn: Callable[[ChargerState], bool]
    learn_more_url: str = URL_OFFLINE_FIX
    fixable: bool = False
    """The repair presses Reboot, or notes that the owner has seen it."""


UNATTENDED_ENERGY: Final = "unattended_energy"

ISSUES: Final = (
    IssueDescription(
        key="firmware_too_old",
        exists_fn=lambda state: state.verdict is Verdict.FIRMWARE_TOO_OLD,
    ),
    IssueDescription(
        key="lease_refused",
        exists_fn=lambda state: state.lease_refused,
    ),
    IssueDescription(
        key="limit_ignored",
        exists_fn=lambda state: state.limit.defied,
        learn_more_url=URL_CURRENT_LIMIT,
    ),
    IssueDescription(
        key="not_back",
        exists_fn=lambda state: state.overdue and not state.connected,
    ),
    IssueDescription(
        key="other_make",
        exists_fn=lambda state: not state.is_wallbox,
    ),
    IssueDescription(
        key="reboot_required",
        exists_fn=lambda state: (
            state.verdict is Verdict.REBOOT_REQUIRED and not state.protection.rebooted
        ),
        fixable=True,
    ),
    IssueDescription(
        key="rejected",
        exists_fn=lambda state: (
            state.verdict is Verdict.REJECTED and not state.protection.rebooted
        ),
    ),
    IssueDescription(
        key="still_not_protected",
        exists_fn=lambda state: (
            state.verdict in (Verdict.REBOOT_REQUIRED, Verdict.REJECTED)
            and state.protection.rebooted
        ),
        fixable=True,
    ),
    IssueDescription(
        key=UNATTENDED_ENERGY,
        exists_fn=lambda state: state.unattended is not None,
        fixable=True,
    ),
)


@callback
def async_update_issues(
    hass: HomeAssistant, subentry_id: str, name: str, state: ChargerState
) -> None:
    """Create and delete the issues of a charger."""
    if state.applying or state.rebooting:
        # The verdict is being worked out; an issue must not flicker meanwhile.
        return
    for description in ISSUES:
        if not description.exists_fn(state):
            ir.async_delete_issue(hass, DOMAIN, issue_id(description.key, subentry_id))
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id(description.key, subentry_id),
            data={"subentry_id": subentry_id, "key": description.key},
            is_fixable=description.fixable,
            learn_more_url=description.learn_more_url,
            severity=ir.IssueSeverity.WARNING,
            translation_key=description.key,
            translation_placeholders=_placeholders(name, state),
        )


@callback
def async_delete_issues(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all issues of a charger that has been removed."""
    for description in ISSUES:
        ir.async_delete_issue(hass, DOMAIN, issue_id(description.key, subentry_id))


def _placeholders(name: str, state: ChargerState) -> dict[str, str]:
    placeholders = {
        "charger": name,
        "firmware": state.identification.firmware or "?",
        "minimum": MINIMUM_FOR_OFFLINE_FIX,
        "vendor": state.identification.vendor or "?",
    }
    if state.unattended:
        placeholders |= {
            "energy": f"{state.unattended.energy / 1000:.1f}",
            "since": _local(state.unattended.since),
            "until": _local(state.unattended.until),
        }
    return placeholders


def _local(moment: datetime) -> str:
    return f"{dt_util.as_local(moment):%Y-%m-%d %H:%M}"


def issue_id(key: str, subentry_id: str) -> str:
    """Return the id of a charger's issue."""
    return f"{key}_{subentry_id}"
