"""Unattended energy, and why it counts as such."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.offline_energy import (
    NOTICEABLE,
    Cause,
    OfflinePeriod,
    Unattended,
    cause,
    closed,
    unattended_in,
    widened,
)

from .said import NOW

LATER = NOW + timedelta(hours=1)
PAUSED = OfflinePeriod(since=NOW, register=10_000, wanted=False)
ALLOWED = OfflinePeriod(since=NOW, register=10_000, wanted=True)
LOCKED = replace(ALLOWED, newcomers=Cause.LOCKED)
BEFORE = ChargingSession(transaction_id=1, started=NOW, meter_start=8_000)
MEANWHILE = ChargingSession(
    transaction_id=2, started=NOW, meter_start=10_000, began_offline=True
)

EARLIER = replace(MEANWHILE, meter_start=8_000)
"""It began in an earlier offline period."""


def test_energy_counts_if_charging_was_not_wanted() -> None:
    assert closed(PAUSED, 13_000, [BEFORE], LATER) == Unattended(
        since=NOW, until=LATER, energy=3_000
    )


def test_what_flowed_unread_before_is_not_of_a_session_that_began_afterwards() -> None:
    period = replace(LOCKED, unread=2_000)
    assert unattended_in(MEANWHILE, period, 13_000) == 3_000
    assert unattended_in(BEFORE, replace(PAUSED, unread=2_000), 13_000) == 1_000


def test_energy_does_not_count_if_charging_was_wanted() -> None:
    assert closed(ALLOWED, 13_000, [BEFORE], LATER) is None


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (PAUSED, Cause.PAUSED),
        (replace(PAUSED, newcomers=Cause.LOCKED), Cause.PAUSED),
        (LOCKED, Cause.LOCKED),
        (replace(ALLOWED, newcomers=Cause.START), Cause.START),
        (ALLOWED, None),
    ],
)
def test_energy_of_a_session_that_began_meanwhile_counts_if_it_was_not_to_begin(
    period: OfflinePeriod, found: Cause | None
) -> None:
    assert cause(period, MEANWHILE) is found
    unattended = closed(period, 13_000, [MEANWHILE], LATER)
    assert (unattended and unattended.cause) is found
    assert (unattended.energy if unattended else 0) == (3_000 if found else 0)


def test_what_a_charger_delivers_until_the_first_reading_is_not_worth_a_word() -> None:
    assert closed(PAUSED, 10_000 + NOTICEABLE - 1, [], LATER) is None
    assert closed(PAUSED, 10_000 + NOTICEABLE, [], LATER)


def test_nothing_is_said_where_the_register_was_not_known() -> None:
    assert (
        closed(OfflinePeriod(since=NOW, register=None, wanted=False), 9_000, [], LATER)
        is None
    )


@pytest.mark.parametrize(
    ("session", "period", "register", "energy"),
    [
        (BEFORE, PAUSED, 13_000, 3_000),
        (BEFORE, ALLOWED, 13_000, 0),
        (MEANWHILE, ALLOWED, 13_000, 0),
        (BEFORE, LOCKED, 13_000, 0),
        (MEANWHILE, LOCKED, 13_000, 3_000),
        (replace(MEANWHILE, who="Anna"), LOCKED, 13_000, 0),
        (replace(MEANWHILE, who="Anna"), PAUSED, 13_000, 3_000),
        (replace(MEANWHILE, who="Anna", refused=True), LOCKED, 13_000, 3_000),
        (EARLIER, PAUSED, 13_000, 3_000),
        (EARLIER, LOCKED, 13_000, 0),
        (EARLIER, replace(ALLOWED, newcomers=Cause.START), 13_000, 0),
        (replace(EARLIER, refused=True), LOCKED, 13_000, 3_000),
        (ChargingSession(transaction_id=3), PAUSED, 13_000, 0),
        (
            ChargingSession(
                transaction_id=4,
                meter_start=9_000,
                meter_last=12_000,
                ended=LATER,
            ),
            PAUSED,
            13_000,
            2_000,
        ),
        (
            ChargingSession(
                transaction_id=5,
                meter_start=9_000,
                meter_last=9_900,
                ended=NOW - timedelta(hours=1),
            ),
            PAUSED,
            13_000,
            0,
        ),
    ],
)
def test_a_session_answers_for_its_part(
    session: ChargingSession, period: OfflinePeriod, register: float, energy: float
) -> None:
    assert unattended_in(session, period, register) == energy


def test_an_offline_period_without_a_reading_goes_on_and_doubt_is_in_favour_of_the_charger() -> (
    None
):
    period = widened(None, NOW, 10_000, unread=0, wanted=False)
    assert period == PAUSED
    assert widened(period, LATER, 11_000, unread=0, wanted=False) == PAUSED
    assert widened(period, LATER, 11_000, unread=0, wanted=True) == ALLOWED
    locked = widened(None, NOW, 10_000, unread=0, wanted=True, newcomers=Cause.LOCKED)
    assert locked == LOCKED
    assert widened(locked, LATER, 11_000, unread=0, wanted=True) == ALLOWED
