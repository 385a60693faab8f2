"""What people see of a test of the offline protection: its progress, its result, a report."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from ..model.firmware import family
from ..model.offline_test import Facts, Phase, Report, SessionAfter
from ..model.plan_trial import Following
from ..state import ChargerState
from .redaction import Redactor

_ISSUES: Final = "https://github.com/wallbox-ocpp/wallbox-ocpp/issues"
ISSUE_FORM: Final = f"{_ISSUES}/new?template=offline-test-report.yml"
"""The form for reports."""


class Standing(StrEnum):
    """The state of the sensor *Offline test*, for the present firmware."""

    NOT_YET = "not_yet"
    RUNNING = "running"
    PROVEN = "proven"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    BROKEN_OFF = "broken_off"


def standing(state: ChargerState) -> Standing:
    """Return the state of the sensor; a new firmware has not been tested."""
    if state.offline_test.ongoing:
        return Standing.RUNNING
    report = present_report(state)
    return Standing(report.result) if report else Standing.NOT_YET


def present_report(state: ChargerState) -> Report | None:
    """Return the report for the present firmware."""
    return state.offline_test.of(state.identity.firmware)


def attributes(state: ChargerState) -> dict[str, Any]:
    """Return the figures of the report, and the progress of an ongoing test."""
    ongoing, report = state.offline_test.ongoing, present_report(state)
    facts = report.facts if report else None
    return {
        "tested_at": facts.began if facts else None,
        "firmware": facts.firmware if facts else None,
        "minutes": report.variant.minutes if report else None,
        "energy": facts.energy if facts else None,
        "causes": [cause.value for cause in report.causes] if report else [],
        "phase": ongoing.phase if ongoing else None,
        "alone_until": ongoing.alone_until if ongoing else None,
    }


def text(report: Report, frames: Iterable[tuple[datetime, str]] = ()) -> str:
    """Return a report that can be shared; `frames` are those of that time, without secrets."""
    return "\n".join([*_head(report), "", *_steps(report), *_frames(report, frames)])


def _head(report: Report) -> Iterator[str]:
    # Model and firmware are texts of the charger.
    redacted = Redactor().hide(
        {"model": report.facts.model or "?", "firmware": report.facts.firmware or "?"}
    )
    name = family(report.facts.model)
    variant = report.variant
    also = [
        *(["with a reboot"] if variant.reboot else []),
        *(["unplugged and plugged in again"] if variant.replug else []),
    ]
    yield "Wallbox OCPP: test of the offline protection"
    yield f"Result: {report.result.replace('_', ' ')}"
    if report.causes:
        yield f"Because of: {', '.join(report.causes)}"
    yield f"Charger: {f'{name}, ' if name else ''}{redacted['model']}"
    yield f"Firmware: {redacted['firmware']}"
    yield f"Alone for: {', '.join([f'{variant.minutes} min', *also])}"


def _steps(report: Report) -> Iterator[str]:
    """Return a line for each step, with the time since the beginning."""
    facts = report.facts
    steps: list[tuple[datetime | None, str]] = [
        (facts.began, "Begun"),
        (facts.paused_at, "Charging allowed is off, and nothing flows any more"),
        (facts.alone_at, f"Left alone; meter {_wh(facts.register_before)}"),
        (facts.let_in_at, "Let in again"),
        (facts.back_at, f"Back; first status {facts.status or 'unknown'}"),
        (report.ended, "Over; Charging allowed is as before"),
    ]
    for moment, what in steps:
        if moment:
            yield f"{_since(facts, moment)}  {what}"
    if facts.following:
        yield f"Several limits in a profile: {_FOLLOWING[facts.following]}"
    if facts.reset_accepted is not None:
        answer = "agreed" if facts.reset_accepted else "did not agree"
        yield f"Reboot: the charger {answer}"
    if facts.back_at:
        yield from _figures(facts)


def _figures(facts: Facts) -> Iterator[str]:
    energy, drawn = facts.energy, facts.drawn
    yield f"Started meanwhile: {'yes' if facts.booted else 'it did not say so'}"
    yield f"Meter afterwards: {_wh(facts.register_after)}"
    yield f"Energy from the pause to the end: {_wh(energy)}"
    yield f"Current at the end: {'unknown' if drawn is None else f'{drawn:.1f} A'}"
    yield f"Session: {_SESSIONS[facts.session]}"
    yield f"Car at the end: {_PLUGGED_IN[facts.plugged_in]}"
    match facts.settings_changed:
        case None:
            settings = "unknown"
        case ():
            settings = "as written"
        case changed:
            settings = f"not as written: {', '.join(changed)}"
    yield f"Settings of the protection: {settings}"


_FOLLOWING: Final = {
    Following.FOLLOWED: "followed, 2 A less for 30 s and back",
    Following.IGNORED: "not followed",
    Following.REFUSED: "refused, or not answered",
    Following.TOO_LITTLE: "not tried, the car drew less than 8 A",
    Following.UNCLEAR: "not clear",
}
_SESSIONS: Final = {
    SessionAfter.SAME: "the same",
    SessionAfter.ANOTHER: "another one",
    SessionAfter.NONE: "none",
    None: "unknown",
}
_PLUGGED_IN: Final = {True: "plugged in", False: "gone", None: "unknown"}


def _frames(report: Report, frames: Iterable[tuple[datetime, str]]) -> Iterator[str]:
    lines = [f"{_since(report.facts, at)} {said}" for at, said in frames]
    if lines:
        yield ""
        yield "What went over the wire (< from the charger, > to it):"
        yield from lines


def _wh(energy: float | None) -> str:
    return "unknown" if energy is None else f"{energy:.1f} Wh"


def _since(facts: Facts, moment: datetime) -> str:
    seconds = max((moment - facts.began) // timedelta(seconds=1), 0)
    minutes, seconds = divmod(seconds, 60)
    return f"+{minutes:02d}:{seconds:02d}"


def progress(state: ChargerState, now: datetime) -> float:
    """Return the progress from 0 to 1; how long a charger takes to reconnect is unknown."""
    ongoing = state.offline_test.ongoing
    if ongoing is None:
        return 1.0
    if ongoing.phase is not Phase.ALONE:
        return _DONE[ongoing.phase]
    alone = (now - ongoing.since) / timedelta(minutes=ongoing.variant.minutes)
    begin, end = _DONE[Phase.ALONE], _DONE[Phase.RETURNING]
    return begin + (end - begin) * min(max(alone, 0.0), 1.0)


_DONE: Final = {
    Phase.FOLLOWING: 0.0,
    Phase.PAUSING: 0.1,
    Phase.READING: 0.13,
    Phase.REBOOTING: 0.16,
    Phase.ALONE: 0.2,
    Phase.RETURNING: 0.85,
    Phase.CHECKING: 0.9,
}
