"""One charging session: its energy, cost and times, and the charges within it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import REMOTE_ID_TAG
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    MOST_CHARGES,
    Charge,
    ChargingSession,
    Circumstances,
    StartedBy,
    drawing,
    metered,
    resting,
)
from custom_components.wallbox_ocpp.wallbox.model.tariff import Tariff

from .said import NOW, ago

MINUTE = timedelta(minutes=1)

UNSEEN = Circumstances(unseen=True)

BEGUN = ChargingSession(
    transaction_id=1,
    plugged_in=ago(minutes=61),
    started=ago(hours=1),
    meter_start=1000,
    meter_last=1000,
    read=ago(hours=1),
)
"""A session that began an hour ago, in which nothing has flowed yet."""

RESTED = replace(
    BEGUN,
    charges=(Charge(ago(minutes=50), ago(minutes=40), 500),),
    meter_last=1500,
    read=ago(minutes=40),
)
"""The same after its first charge."""


def charge(session: ChargingSession, begin: datetime, end: datetime) -> ChargingSession:
    """Let 100 Wh flow from begin to end."""
    session = drawing(session, begin)
    register = (session.meter_last or 0) + 100
    session = metered(session, end, register)
    return resting(session, end)


# Charges that were watched


def test_energy_is_booked_to_the_charge_that_lasts() -> None:
    session = drawing(BEGUN, ago(minutes=50))
    session = metered(session, ago(minutes=45), 1200.4)
    session = metered(session, ago(minutes=40), 1500.5)
    assert session.charges == (Charge(ago(minutes=50), None, 500.5),)
    assert session.energy == 500.5


def test_what_is_read_after_a_charge_still_belongs_to_it() -> None:
    session = metered(RESTED, ago(minutes=39), 1502)
    assert session.charges == (Charge(ago(minutes=50), ago(minutes=40), 502),)


def test_what_flows_without_a_charge_belongs_to_none() -> None:
    session = metered(BEGUN, ago(minutes=59), 1001)
    assert session.charges == ()
    assert session.energy == 1


def test_each_pause_begins_another_charge() -> None:
    session = charge(RESTED, ago(minutes=30), ago(minutes=20))
    session = charge(session, ago(minutes=10), ago(minutes=5))
    assert [item.energy for item in session.charges] == [500, 100, 100]
    assert session.charging_time == 25 * MINUTE


def test_a_charge_that_lasts_begins_once_and_ends_once() -> None:
    once = drawing(BEGUN, ago(minutes=50))
    assert drawing(once, ago(minutes=45)) is once
    over = resting(once, ago(minutes=40))
    assert resting(over, ago(minutes=30)) is over
    assert resting(BEGUN, NOW) is BEGUN


def test_a_charge_that_ends_before_it_began_took_no_time() -> None:
    session = resting(drawing(BEGUN, ago(minutes=50)), ago(minutes=55))
    assert session.charges == (Charge(ago(minutes=50), ago(minutes=50), 0),)


# Charges while the charger was offline


def test_energy_that_flowed_unseen_is_a_charge_of_its_own() -> None:
    session = metered(RESTED, ago(minutes=30), 1500)
    session = metered(session, ago(minutes=10), 2500, UNSEEN)
    assert session.charges == (
        *RESTED.charges,
        Charge(ago(minutes=30), ago(minutes=10), 1000),
    )


def test_energy_that_was_read_before_the_last_charge_ended_took_no_time() -> None:
    """The clock of the charger was set back meanwhile."""
    session = replace(RESTED, read=ago(minutes=48))
    session = metered(session, ago(minutes=45), 2500, UNSEEN)
    assert session.charges == (
        *RESTED.charges,
        Charge(ago(minutes=40), ago(minutes=40), 1000),
    )


def test_readings_from_the_queue_make_one_charge_as_long_as_the_meter_moves() -> None:
    session = BEGUN
    for minutes, register in (
        (50, 1000),
        (40, 1200),
        (30, 1500),
        (20, 1500),
        (10, 1600),
    ):
        session = metered(session, ago(minutes=minutes), register, UNSEEN)
    assert session.charges == (
        Charge(ago(minutes=50), ago(minutes=30), 500),
        Charge(ago(minutes=20), ago(minutes=10), 100),
    )


def test_a_charge_that_lasted_when_the_charger_left_goes_on() -> None:
    session = drawing(BEGUN, ago(minutes=50))
    lost = ago(minutes=45)
    session = metered(
        session, ago(minutes=10), 1700, Circumstances(unseen=True, since=lost)
    )
    assert session.charges == (Charge(ago(minutes=50), None, 700),)


# Many charges


def test_after_very_many_charges_the_last_one_goes_on() -> None:
    session = BEGUN
    for index in range(MOST_CHARGES + 3):
        begin = ago(minutes=59) + index * timedelta(seconds=10)
        session = charge(session, begin, begin + timedelta(seconds=5))
    assert len(session.charges) == MOST_CHARGES
    *_, before, last = session.charges
    assert (before.energy, last.energy) == (100, 400)
    assert last.ended == session.read
    assert before.ended
    assert last.began > before.ended


def test_after_very_many_charges_what_flowed_unseen_is_added_to_the_last_one() -> None:
    many = tuple(
        Charge(ago(minutes=59, seconds=-index), ago(minutes=59, seconds=-index), 1)
        for index in range(MOST_CHARGES)
    )
    session = replace(BEGUN, charges=many)
    session = metered(session, ago(minutes=10), 3000, UNSEEN)
    assert len(session.charges) == MOST_CHARGES
    assert session.charges[-1] == many[-1]._replace(ended=ago(minutes=10), energy=2001)


# Readings


def test_a_reading_out_of_order_does_not_turn_back_time() -> None:
    session = metered(RESTED, ago(minutes=45), 1600, UNSEEN)
    assert session.read == ago(minutes=40)
    assert session.energy == 600
    assert session.charging_time == 10 * MINUTE


def test_the_first_reading_stands_in_for_a_missing_start() -> None:
    session = replace(BEGUN, meter_start=None, meter_last=None)
    session = metered(session, ago(minutes=50), 1700, UNSEEN)
    assert (session.meter_start, session.energy, session.charges) == (1700, 0, ())
    session = metered(session, ago(minutes=40), 1900, UNSEEN)
    assert session.energy == 200


def test_a_session_of_version_0_1_0_has_no_time_of_its_last_reading() -> None:
    tariff = Tariff().changed(ago(days=1), 0.5)
    session = replace(BEGUN, read=None)
    session = metered(
        session, ago(minutes=30), 3000, Circumstances(tariff=tariff, unseen=True)
    )
    assert session.read == ago(minutes=30)
    assert session.cost == 1
    assert session.charging_time == timedelta()


# Cost


def test_a_session_costs_nothing_that_is_known_without_prices() -> None:
    assert metered(BEGUN, NOW, 2000).cost is None


def test_each_reading_costs_what_a_kwh_did_meanwhile() -> None:
    tariff = Tariff().changed(ago(days=1), 0.1).changed(ago(minutes=30), 0.3)
    session = metered(BEGUN, ago(minutes=30), 3000, Circumstances(tariff=tariff))
    assert session.cost == pytest.approx(0.2)
    session = metered(session, NOW, 3000, Circumstances(tariff=tariff))
    assert session.cost == pytest.approx(0.2)
    session = metered(session, NOW + 30 * MINUTE, 4000, Circumstances(tariff=tariff))
    assert session.cost == pytest.approx(0.5)


def test_a_charger_may_be_paid_for_charging() -> None:
    tariff = Tariff().changed(ago(days=1), -0.1)
    assert metered(
        BEGUN, NOW, 3000, Circumstances(tariff=tariff)
    ).cost == pytest.approx(-0.2)


def test_a_final_reading_that_puts_the_meter_right_puts_the_cost_right() -> None:
    tariff = Tariff().changed(ago(days=1), 0.5)
    session = metered(BEGUN, ago(minutes=10), 3000.9, Circumstances(tariff=tariff))
    session = metered(session, NOW, 3000, Circumstances(tariff=tariff))
    assert session.energy == 2000
    assert session.cost == pytest.approx(1)


def test_what_was_spent_stays_known_when_the_price_is_taken_away() -> None:
    tariff = Tariff().changed(ago(days=1), 0.5)
    session = metered(BEGUN, ago(minutes=10), 3000, Circumstances(tariff=tariff))
    assert metered(session, NOW, 3500).cost == 1


# What it came to


def test_a_charge_that_lasts_counts_until_the_last_reading() -> None:
    session = replace(drawing(RESTED, ago(minutes=20)), read=ago(minutes=5))
    assert session.charging_time == 25 * MINUTE


def test_a_charge_that_has_just_begun_does_not_count_yet() -> None:
    assert drawing(RESTED, ago(minutes=20)).charging_time == 10 * MINUTE


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({"unplugged": NOW}, 61),
        ({}, 51),
        ({"plugged_in": None}, 50),
        ({"plugged_in": None, "unplugged": NOW}, 60),
        ({"plugged_in": NOW}, 0),
        ({"ended": None}, None),
        ({"plugged_in": None, "started": None}, None),
    ],
    ids=[
        "seen",
        "unplug unseen",
        "plug-in unseen",
        "only unplug seen",
        "clock set back",
        "open",
        "no start",
    ],
)
def test_the_time_plugged_in_is_what_was_seen_of_it(
    changes: dict[str, datetime | None], minutes: int | None
) -> None:
    session = replace(BEGUN, ended=ago(minutes=10))
    plugged_time = replace(session, **changes).plugged_time  # type: ignore[arg-type]  # mypy does not tell the fields apart
    assert plugged_time == (None if minutes is None else minutes * MINUTE)


@pytest.mark.parametrize(
    ("id_tag", "who"),
    [
        ("", StartedBy.PLUG_IN),
        ("NoAuthorization", StartedBy.PLUG_IN),
        (REMOTE_ID_TAG, StartedBy.HOME_ASSISTANT),
        ("04A1B2C3", StartedBy.CARD),
    ],
)
def test_the_tag_tells_what_opened_a_session(id_tag: str, who: StartedBy) -> None:
    assert replace(BEGUN, id_tag=id_tag).started_by is who


# Whatever comes

steps = st.lists(
    st.tuples(
        st.sampled_from(["draw", "rest", "seen", "unseen"]),
        st.integers(0, 900),
        st.integers(0, 5000).map(lambda tenths: tenths / 10),
    ),
    max_size=60,
)


@given(steps)
def test_charges_follow_one_another_and_hold_no_more_than_the_session(
    told: list[tuple[str, int, float]],
) -> None:
    session, now = BEGUN, ago(hours=1)
    for what, seconds, energy in told:
        now += timedelta(seconds=seconds)
        if what == "draw":
            session = drawing(session, now)
        elif what == "rest":
            session = resting(session, now)
        else:
            register = round((session.meter_last or 0) + energy, 1)
            session = metered(
                session, now, register, Circumstances(unseen=what == "unseen")
            )
    begins = [item.began for item in session.charges]
    ends = [item.ended or now for item in session.charges]
    assert all(end >= begin for begin, end in zip(begins, ends, strict=True))
    assert all(begin >= end for end, begin in zip(ends[:-1], begins[1:], strict=True))
    assert all(item.ended for item in session.charges[:-1])
    assert session.charging_time <= now - ago(hours=1)
    total = sum(item.energy for item in session.charges)
    assert total <= (session.energy or 0) + 0.1 * len(told)


# On its way to the disk and back

moments = st.datetimes(
    datetime(1970, 1, 1),
    datetime(2199, 1, 1),
    timezones=st.just(UTC),
)


@given(moments)
def test_a_time_is_written_to_the_microsecond(moment: datetime) -> None:
    """A repeated StartTransaction is known by its timestamp."""
    session = replace(
        BEGUN, stamp=moment, ended=moment, charges=(Charge(moment, None, 1.5),)
    )
    text = json.dumps(session.to_dict())
    assert ChargingSession.from_dict(json.loads(text)) == session


def test_times_of_version_0_1_0_are_read() -> None:
    old = {
        "transaction_id": 7,
        "started": "2026-09-01T09:00:00+00:00",
        "ended": "2026-09-01T09:59:00.250000+00:00",
        "stamp": "2026-09-01T09:00:00+00:00",
        "meter_start": 1000,
    }
    session = ChargingSession.from_dict(old)
    assert (session.started, session.stamp) == (ago(hours=1), ago(hours=1))
    assert session.ended == ago(seconds=59.75)
    assert session == ChargingSession.from_dict(session.to_dict())
    assert (session.charges, session.read, session.cost) == ((), None, None)
