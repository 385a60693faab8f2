"""Which of several requests goes first, and what is waited for."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ocpp.v16 import call
from ocpp.v16.enums import ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox import plan
from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.cards import Card
from custom_components.wallbox_ocpp.wallbox.model.charging import RemoteStart
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.pending import (
    Pending,
    PlainRequest,
    Reset,
)
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Provisioning
from custom_components.wallbox_ocpp.wallbox.plan import limits, owner_requests
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import NOW, Drive, a_charger, after, asked_next, driven, settings


def all_at_once() -> ChargerState:
    """Return a charger of which everything is due."""
    state = a_charger(
        status=Status.preparing,
        configuration=settings(
            LocalAuthListEnabled="true", MaxChargingProfilesInstalled="2"
        ),
        lock=Lock(locked=True, guest_until=after(100)),
        cards=(Card(id_tag="A", name="A"),),
        remote_start=RemoteStart(due_at=NOW),
        pending=Pending(reset=Reset.SOFT, readings_due=True),
    )
    state = replace(state, provisioning=Provisioning())
    return owner_requests.added(
        state, PlainRequest(request=call.UnlockConnector(connector_id=1))
    )[0]


def test_the_order_of_what_is_due() -> None:
    run = Drive(changed(all_at_once(), reset=None))
    run.box.settings["LocalAuthListEnabled"] = "true"
    asked = run.run()
    first = [
        "UnlockConnector",
        "default 16 A",
        "trigger MeterValues",
        "read all",
        "start",
        "list version",
        "list full: A",
    ]
    assert [item for item in asked if item in first][:3] == first[:3]
    positions = [asked.index(item) for item in first]
    assert positions == sorted(positions)


def test_a_reboot_goes_before_all_but_what_was_asked_directly() -> None:
    run = Drive(all_at_once())
    assert run.run()[:2] == ["UnlockConnector", "reset Soft"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"remote_start": RemoteStart(due_at=after(9))}, after(9)),
        ({"pending": Pending(checks=(after(15), after(50)))}, after(15)),
        (
            {
                "pending": Pending(checks=(after(15),)),
                "remote_start": RemoteStart(due_at=after(9)),
            },
            after(9),
        ),
        (
            {
                "pending": Pending(checks=(after(5),)),
                "remote_start": RemoteStart(due_at=after(9)),
            },
            after(5),
        ),
        ({"pending": Pending(silent_until=after(60), checks=(after(5),))}, after(60)),
    ],
)
def test_the_earliest_of_several_moments_is_waited_for(
    fields: dict[str, Any], expected: datetime | None
) -> None:
    held = driven(a_charger()).state.charging.held
    assert asked_next(a_charger(held=held, **fields)) == expected


def test_a_charger_that_is_silent_is_asked_for_nothing() -> None:
    state = changed(all_at_once(), silent_until=after(60))
    assert asked_next(state) == after(60)
    # Nor is anything begun.
    assert plan.advanced(state, NOW).provisioning.run is None


def test_a_limit_that_waits_for_its_pace_lets_others_go_first() -> None:
    run = driven(a_charger())
    run.state = limits.wished(run.state, Wish(current_limit=10), NOW)
    run.state = changed(run.state, readings_due=True)
    assert run.run() == ["trigger MeterValues"]
    assert run.rests
    assert run.rests.until == after(1)


def test_settings_are_put_in_order_with_the_limit_however_fast_it_changed() -> None:
    state = limits.wished(
        a_charger(provisioning=Provisioning()), Wish(current_limit=10), NOW
    )
    assert driven(state).asked[:2] == ["default 10 A", "read all"]
