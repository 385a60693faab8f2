"""The state of one charger, and how each message changes it."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st
from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.csms.messages import Message, StatusNotification
from custom_components.wallbox_ocpp.csms.requests import (
    ConfigurationKey,
    action_of,
    payload_of,
)
from custom_components.wallbox_ocpp.wallbox.model.connector import PLUGGED_IN
from custom_components.wallbox_ocpp.wallbox.model.events import (
    Booted,
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.link import Presence
from custom_components.wallbox_ocpp.wallbox.model.meter import Readings
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import (
    ProfileName,
    Protection,
    Verdict,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Provisioning, Run
from custom_components.wallbox_ocpp.wallbox.model.register import Register
from custom_components.wallbox_ocpp.wallbox.receive.messages import (
    apply,
    connected,
    disconnected,
)
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from simulator.schemas import violation_of_result
from tests.csms.strategies import ACTIONS, payloads_of
from tests.wallbox.states import a_state

from .said import (
    NOW,
    after,
    ago,
    boot,
    energy,
    metered,
    power,
    said,
    start,
    status,
    stop,
)

CHARGING = Readings(power=7200, energy=1500, currents={1: 31}, voltages={1: 231})


# Every message


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("payload", [{}, {"connectorId": 1}], ids=["empty", "some"])
def test_every_message_gets_a_valid_answer(
    action: str, payload: dict[str, Any]
) -> None:
    message = said(action, {"connectorId": 1, **payload})
    answer = apply(ChargerState(), message, NOW).answer
    assert action_of(answer) == action
    assert violation_of_result(action, payload_of(answer)) is None


def test_a_boot_is_accepted_and_given_the_time() -> None:
    elsewhere = NOW.astimezone(tz=None) + timedelta(microseconds=5)
    answer = apply(ChargerState(), boot(), elsewhere).answer
    assert payload_of(answer) == {
        "currentTime": "2026-09-01T10:00:00Z",
        "interval": 60,
        "status": "Accepted",
    }


def test_a_heartbeat_is_given_the_time() -> None:
    answer = apply(ChargerState(), said("Heartbeat", {}), NOW).answer
    assert payload_of(answer) == {"currentTime": "2026-09-01T10:00:00Z"}


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("Authorize", {"idTagInfo": {"status": "Accepted"}}),
        ("DataTransfer", {"status": "UnknownVendorId"}),
        ("SignCertificate", {"status": "Rejected"}),
        ("FirmwareStatusNotification", {}),
    ],
)
def test_what_does_not_concern_us_is_answered_and_changes_nothing(
    action: str, answer: dict[str, Any]
) -> None:
    state = ChargerState()
    outcome = apply(state, said(action, {}), NOW)
    assert outcome.state is state
    assert not outcome.events
    assert payload_of(outcome.answer) == answer


# Connection


def test_a_charger_that_connects_is_not_overdue_any_more() -> None:
    state = connected(a_state(presence=Presence.OVERDUE), NOW)
    assert (state.link.connected, state.link.connected_at, state.link.overdue) == (
        True,
        NOW,
        False,
    )


def test_a_charger_that_disconnects_measures_nothing() -> None:
    state = disconnected(
        a_state(connected=True, readings=CHARGING, register=Register(value=1500)),
        NOW,
    )
    assert not state.link.connected
    assert state.metering.readings == Readings()
    assert state.metering.register.value == 1500


# BootNotification


def test_a_boot_tells_who_the_charger_is() -> None:
    outcome = apply(ChargerState(), boot(), NOW)
    assert outcome.events == (Booted(),)
    assert outcome.state.link.booted_at == NOW
    assert outcome.state.identity == Identity(
        vendor="Wall Box Chargers",
        model="PLP1-0-2-4",
        serial_number="100001",
        firmware="6.7.38",
    )
    assert outcome.state.identity.is_wallbox


def test_what_a_boot_leaves_empty_is_unknown() -> None:
    empty = boot(
        chargePointVendor="",
        chargePointModel="",
        chargePointSerialNumber="",
        firmwareVersion="",
    )
    assert after(empty).identity == Identity()


def test_the_box_may_have_the_serial_number_instead() -> None:
    state = after(boot(chargePointSerialNumber="", chargeBoxSerialNumber="100002"))
    assert state.identity.serial_number == "100002"


def test_a_boot_does_not_end_a_session() -> None:
    state = after(status("Charging"), start(), boot())
    assert state.ledger.open


def test_another_serial_number_is_another_meter() -> None:
    state = after(boot(), metered(energy(5000)))
    state = after(boot(chargePointSerialNumber="100002"), state=state)
    assert state.metering.register.lifetime == 5000
    state = after(metered(energy(10)), metered(energy(40)), state=state)
    assert state.metering.register.lifetime == 5030


def test_a_boot_without_a_serial_number_hides_no_other_unit() -> None:
    state = after(boot(), metered(energy(5000)), boot(chargePointSerialNumber=""))
    assert state.identity.serial_number == "100001"
    state = after(boot(chargePointSerialNumber="100002"), state=state)
    assert state.metering.register.unread


@pytest.mark.parametrize("serial_number", ["100001", ""])
def test_the_same_charger_keeps_its_meter(serial_number: str) -> None:
    state = after(boot(), metered(energy(5000)))
    state = after(boot(chargePointSerialNumber=serial_number), state=state)
    assert state.metering.register.value == 5000


def test_the_meter_of_a_charger_that_had_not_told_its_serial_number_is_kept() -> None:
    assert after(metered(energy(5000)), boot()).metering.register.value == 5000


def test_answers_from_before_a_boot_are_forgotten() -> None:
    protection = Protection(answers={"AuthEnabled": "Accepted"})
    state = after(boot(), state=a_state(protection=protection))
    assert not state.settings.protection.answers
    assert not state.settings.protection.rebooted


def test_a_boot_for_the_sake_of_the_fix_is_remembered_until_it_is_judged() -> None:
    protection = Protection(verdict=Verdict.REBOOT_REQUIRED)
    state = after(boot(), state=a_state(protection=protection))
    assert state.settings.protection.rebooted
    assert after(boot(), state=state).settings.protection.rebooted


# StatusNotification


def test_a_status_is_taken_in_and_told_once() -> None:
    outcome = apply(ChargerState(), status("Preparing"), NOW)
    assert outcome.state.connector.status is ChargePointStatus.preparing
    assert outcome.events == (StatusChanged(None, ChargePointStatus.preparing),)
    again = apply(outcome.state, status("Preparing"), NOW)
    assert again.state is outcome.state
    assert not again.events


def at_that_time(name: str, seconds: float) -> StatusNotification:
    """The connector has had a status since some seconds after now."""
    stamp = (NOW + timedelta(seconds=seconds)).isoformat()
    return StatusNotification.read(
        {"connectorId": 1, "status": name, "timestamp": stamp}
    )


def test_an_old_status_that_is_sent_twice_is_not_taken_in_again() -> None:
    """A paused car would lose its session, as nothing is heard of it for a while."""
    connected_then = connected(ChargerState(), NOW)
    statuses = (
        at_that_time("Available", 0),
        at_that_time("Preparing", 5),
        at_that_time("SuspendedEVSE", 10),
    )
    state = after(*statuses, state=connected_then)
    again = apply(state, statuses[0], NOW + timedelta(seconds=60))
    assert again.state.connector.status is ChargePointStatus.suspended_evse
    assert not again.events
    # Its clock may have been set back meanwhile.
    new = apply(state, at_that_time("Available", 1), NOW + timedelta(seconds=60))
    assert new.state.connector.status is ChargePointStatus.available
    # On another connection, it may be what is so now.
    assert not connected(disconnected(state, NOW), NOW).connector.heard


def test_the_status_of_the_charge_point_itself_is_not_that_of_its_connector() -> None:
    state = ChargerState()
    outcome = apply(state, status("Unavailable", connector=0), NOW)
    assert outcome.state.connector.status is None
    assert outcome.state.connector.charge_point_status is ChargePointStatus.unavailable
    assert outcome.urgent
    assert not apply(outcome.state, status("Unavailable", connector=0), NOW).urgent
    assert apply(outcome.state, status("Unavailable", connector=2), NOW).state == (
        outcome.state
    )


def test_a_status_that_ocpp_does_not_know_is_unknown() -> None:
    state = after(status("Charging"), status("EcoSmart"))
    assert state.connector.status is None
    assert state.connector.plugged_in is None


@pytest.mark.parametrize("name", sorted(set(ChargePointStatus) - {"Charging"}))
def test_a_charger_that_stops_charging_draws_nothing(name: str) -> None:
    charging = a_state(status=ChargePointStatus.charging, readings=CHARGING)
    state = after(status(name), state=charging)
    # Nor does the last voltage say anything of now.
    assert state.metering.readings == replace(
        CHARGING, power=0, currents={1: 0}, voltages={}
    )


def test_a_charger_that_begins_to_charge_keeps_its_readings() -> None:
    assert after(
        status("Charging"), state=a_state(readings=CHARGING)
    ).metering.readings == (CHARGING)


@pytest.mark.parametrize("name", ChargePointStatus)
def test_a_car_is_plugged_in_where_the_status_tells(name: ChargePointStatus) -> None:
    plugged_in = after(status(name)).connector.plugged_in
    if name in PLUGGED_IN:
        assert plugged_in is True
    elif name is ChargePointStatus.available:
        assert plugged_in is False
    else:
        assert plugged_in is None


def test_a_charger_without_a_car_has_no_transaction() -> None:
    state = after(status("Charging"), start())
    assert state.transaction is state.ledger.open is not None
    state = after(status("Available"), state=state)
    assert state.transaction is None
    assert state.ledger.open


# What follows from the state


@pytest.mark.parametrize(
    ("applying", "fix_enabled", "verdict"),
    [
        (False, True, Verdict.PROTECTED),
        (True, True, Verdict.APPLYING),
        (True, False, Verdict.APPLYING),
        (False, False, Verdict.OFF),
    ],
)
def test_the_verdict_is_as_of_now(
    *, applying: bool, fix_enabled: bool, verdict: Verdict
) -> None:
    state = a_state(
        protection=Protection(verdict=Verdict.PROTECTED),
        fix_enabled=fix_enabled,
        provisioning=Provisioning(
            run=Run(wanted=(ProfileName.CHARGE_HQ, True)) if applying else None
        ),
    )
    assert state.verdict is verdict


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("False", False), (None, False)]
)
def test_authorisation_is_needed_if_the_charger_says_so(
    value: str | None, *, expected: bool
) -> None:
    key = ConfigurationKey(key="AuthEnabled", value=value)
    state = a_state(configuration={"AuthEnabled": key})
    assert state.settings.needs_authorisation is expected


def test_nothing_is_said_of_authorisation_until_it_is_read() -> None:
    assert ChargerState().settings.needs_authorisation is None


def test_a_charger_is_a_wallbox_until_it_says_otherwise() -> None:
    assert ChargerState().identity.is_wallbox
    assert not after(boot(chargePointVendor="Tinkerforge")).identity.is_wallbox


# Whatever comes

moments = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [None, NOW, ago(hours=1)]
)
ids = st.integers(-1, 5) | st.sampled_from([None, 2**31 - 1])
registers = st.integers(-1, 3000) | st.none()

likely = st.one_of(
    st.builds(boot, chargePointSerialNumber=st.sampled_from(["", "100001", "100002"])),
    st.builds(status, st.sampled_from(ChargePointStatus), st.integers(0, 2)),
    st.builds(start, registers, moments, connectorId=st.integers(0, 2)),
    st.builds(stop, ids, registers, moments),
    st.builds(
        lambda value, at, transaction_id: metered(
            energy(value), power(value), at=at, transaction_id=transaction_id
        ),
        st.floats(allow_nan=True) | st.integers(-1, 3000),
        moments,
        ids,
    ),
)
unlikely = st.sampled_from(ACTIONS).flatmap(
    lambda action: st.builds(
        said,
        st.just(action),
        payloads_of(action).map(lambda payload: {**payload, "connectorId": 1}),
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(likely | unlikely, max_size=25), st.lists(st.booleans(), min_size=25))
def test_whatever_a_charger_says_the_books_are_in_order(
    messages: list[Message], reconnects: list[bool]
) -> None:
    state = ChargerState()
    now = NOW
    for message, reconnect in zip(messages, reconnects, strict=False):
        now += timedelta(seconds=30)
        if reconnect:
            state = connected(disconnected(state, now), now)
        before = state
        outcome = apply(state, message, now)
        state = outcome.state
        assert (
            violation_of_result(action_of(outcome.answer), payload_of(outcome.answer))
            is None
        )
        assert_books_in_order(state)
        if state.identity.serial_number == before.identity.serial_number:
            assert (state.metering.register.lifetime or 0) >= (
                before.metering.register.lifetime or 0
            )
        for event in outcome.events:
            if isinstance(event, SessionChanged):
                assert event.session in state.ledger.sessions


def assert_books_in_order(state: ChargerState) -> None:
    """Assert what holds for every ledger."""
    ledger = state.ledger
    assert all((item.energy or 0) >= 0 for item in ledger.sessions)
    assert all(
        (item.duration or timedelta()) >= timedelta() for item in ledger.sessions
    )
    given_out = [item.transaction_id for item in ledger.sessions if item.started]
    assert all(0 < number < 2**31 for number in given_out)
    assert len(set(given_out)) == len(given_out)
    assert 0 < ledger.next_transaction_id < 2**31
    assert ledger.next_transaction_id not in given_out
    open_on = [item.connector_id for item in ledger.sessions if item.ended is None]
    assert len(set(open_on)) == len(open_on)


def test_a_transaction_belies_a_status_that_has_not_caught_up() -> None:
    """No authorisation key is written in the gap between the two."""
    state = after(status("Available"))
    assert state.may_change_authorisation
    assert not after(start(1000), state=state).may_change_authorisation


def test_a_car_that_comes_and_goes_later_is_not_the_one_of_the_last_session() -> None:
    state = after(
        status("Available"),
        status("Preparing"),
        start(1000),
        stop(1, 2000, ago(hours=3), reason="PowerLoss"),
    )
    state = after(boot(), state=disconnected(state, NOW))
    for name in ("Available", "Preparing", "Available"):
        state = after(status(name), state=state)
    assert state.ledger.sessions[-1].unplugged is None


def test_a_car_may_stay_after_its_session_has_ended() -> None:
    state = after(
        status("Available"),
        status("Preparing"),
        start(1000),
        stop(1, 2000, ago(hours=3), reason="Local"),
        status("Finishing"),
        status("Available"),
    )
    assert state.ledger.sessions[-1].unplugged == NOW
