"""What happens in a charger, and what time brings."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ocpp.v16.enums import AuthorizationStatus, ChargePointStatus as Status
import pytest

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.charging import RemoteStart
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import PLAIN
from custom_components.wallbox_ocpp.wallbox.model.events import (
    Booted,
    CardPresented,
    Event,
    LimitJudged,
    SessionChanged,
    StatusChanged,
)
from custom_components.wallbox_ocpp.wallbox.model.held_features import HeldLeases
from custom_components.wallbox_ocpp.wallbox.model.held_profiles import (
    HeldProfiles,
    ProfileSpec,
    Reply,
    Slot,
)
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.limits import Limit
from custom_components.wallbox_ocpp.wallbox.model.local_list import ListSync
from custom_components.wallbox_ocpp.wallbox.model.pending import Pending, Reset
from custom_components.wallbox_ocpp.wallbox.model.provisioning import (
    Provisioning,
    Restore,
    Run,
)
from custom_components.wallbox_ocpp.wallbox.plan import notice
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .drive import NOW, a_charger, a_ledger, after, within_transaction

HELD = Slot(spec=ProfileSpec(16, PLAIN, 0), reply=Reply.ACCEPTED)
REFUSED = Slot(spec=ProfileSpec(16, PLAIN, 0), reply=Reply.REFUSED)
BROUGHT = ChargerState().settings_wanted
OPEN = a_ledger().sessions[0]
ENDED = replace(OPEN, ended=NOW)


def busy() -> ChargerState:
    """Return a charger with something under way everywhere."""
    return a_charger(
        held=HeldProfiles(
            default=REFUSED,
            transaction=HELD,
            dialect=PLAIN,
            refused=(PLAIN,),
            asked=True,
            retry_at=after(60),
            leases=HeldLeases(doubt_at=after(20)),
            limited_since=(7, NOW),
        ),
        pending=Pending(
            boot_requested=True,
            status_requested=True,
            status_expected_until=after(60),
            readings_due=True,
            checks=(after(15),),
            silent_until=after(60),
            reset=Reset.HARD,
            back_by=after(300),
        ),
        provisioning=Provisioning(
            brought_to=BROUGHT, run=Run(wanted=BROUGHT), restore=Restore(), asked=True
        ),
        remote_start=RemoteStart(started=True, due_at=NOW, asked=True),
        list_sync=ListSync(asked=True, refused={"A": None}),
        limit=Limit(amps=16),
    )


def test_a_connection_begins_with_a_clean_slate_but_is_no_boot() -> None:
    state = notice.connected(busy())
    assert state.pending == Pending(boot_requested=True, readings_due=True)
    assert state.charging.held.default == Slot()
    assert state.charging.held.transaction == HELD
    assert state.charging.held.retry_at is None
    assert state.provisioning.brought_to == BROUGHT
    assert state.charging.limit.amps == 16


def test_a_charger_that_leaves_is_no_longer_asked_for_what_its_owner_asked() -> None:
    state = notice.disconnected(busy())
    assert not state.charging.held.asked
    assert state.charging.held.leases.doubt_at is None
    assert state.charging.remote_start == RemoteStart(started=True)
    # What it came with is still to be put back.
    assert state.provisioning == Provisioning(brought_to=BROUGHT, restore=Restore())
    assert not state.pending.readings_due
    assert state.pending.checks == ()
    # What it holds it still holds.
    assert (state.charging.held.default, state.charging.held.transaction) == (
        REFUSED,
        HELD,
    )


def test_a_boot_forgets_what_the_charger_held() -> None:
    state = notice.noticed(busy(), Booted(), NOW)
    assert state.charging.held == HeldProfiles(
        dialect=PLAIN, limited_since=(7, NOW), asked=True
    )
    assert state.charging.limit == Limit()
    assert state.access.list_sync == ListSync()
    assert state.provisioning == Provisioning(asked=True, restore=Restore())
    assert state.charging.remote_start.started is None
    assert (state.pending.reset, state.pending.back_by) == (None, None)
    assert state.pending.silent_until is None
    assert state.pending.boot_requested


def of(serial_number: str | None, **fields: Any) -> ChargerState:
    """Return a unit that is being given back what it came with."""
    identity = Identity(vendor="Wall Box Chargers", serial_number=serial_number)
    state = replace(busy(), identity=identity)
    return changed(state, **fields)


def boots(state: ChargerState, serial_number: str | None) -> ChargerState:
    """Return a charger in whose place a unit has started."""
    identity = replace(state.identity, serial_number=serial_number)
    return notice.noticed(replace(state, identity=identity), Booted(), NOW)


def test_what_one_unit_came_with_is_not_for_another_one() -> None:
    first = {"AuthEnabled": "true"}
    state = boots(of("1", originals=first, originals_of="1"), "1")
    assert state.settings.originals == first
    assert state.provisioning.restore
    state = boots(state, "2")
    assert state.settings.originals == {}
    assert state.provisioning.restore is None

    second = {"AuthEnabled": "false"}
    settings = state.settings.found_in("2", second)
    state = boots(replace(state, settings=settings), None)
    assert state.settings.originals == second
    # It is kept for the one that comes back.
    state = boots(state, "1")
    assert state.settings.originals == first
    assert boots(state, "2").settings.originals == second


def test_what_was_found_before_a_serial_number_is_of_the_first_that_is_reported() -> (
    None
):
    found = {"AuthEnabled": "true"}
    state = boots(of(None, originals=found), "1")
    assert (state.settings.originals, state.settings.originals_of) == (found, "1")
    assert boots(state, "2").settings.originals == {}


@pytest.mark.parametrize(
    ("event", "again"),
    [
        (Booted(), True),
        (SessionChanged(OPEN), True),
        (SessionChanged(ENDED), True),
        (StatusChanged(Status.available, Status.preparing), True),
        (StatusChanged(Status.preparing, Status.charging), True),
        (LimitJudged(), True),
        (CardPresented("A", None, AuthorizationStatus.accepted), False),
    ],
)
def test_what_makes_the_charger_be_asked_again(event: Event, again: bool) -> None:
    state = changed(busy(), limit=Limit(amps=16, followed=True))
    state = notice.noticed(state, event, NOW)
    assert (state.charging.held.retry_at is None) == again
    assert (state.pending.silent_until is None) == again


@pytest.mark.parametrize(("session", "kept"), [(OPEN, False), (ENDED, True)])
def test_a_transaction_that_begins_may_have_thrown_a_limit_away(
    session: Any, kept: bool
) -> None:
    state = a_charger(held=HeldProfiles(default=HELD, transaction=HELD))
    state = notice.noticed(state, SessionChanged(session), NOW)
    expected = HELD if kept else Slot()
    assert (state.charging.held.default, state.charging.held.transaction) == (
        expected,
        expected,
    )
    assert state.charging.remote_start.started is (None if kept else True)


@pytest.mark.parametrize(
    ("status", "lock", "due"),
    [
        (Status.preparing, Lock(), after(15)),
        (Status.preparing, Lock(locked=True), after(15)),
        (Status.available, Lock(), None),
        (Status.charging, Lock(), None),
        (None, Lock(), None),
    ],
)
def test_what_an_owner_changes_may_give_a_car_its_transaction(
    status: Status | None, lock: Lock, due: datetime | None
) -> None:
    state = notice.reconsidered(a_charger(status=status, lock=lock), NOW)
    assert state.charging.remote_start.due_at == due


# What time brings.


@pytest.mark.parametrize(
    ("pending", "held", "moment"),
    [
        (Pending(), HeldProfiles(), None),
        (Pending(), HeldProfiles(retry_at=after(60)), after(60)),
        (Pending(), HeldProfiles(leases=HeldLeases(doubt_at=after(20))), after(20)),
        (Pending(silent_until=after(60)), HeldProfiles(), after(60)),
        (Pending(back_by=after(300)), HeldProfiles(), after(300)),
        (Pending(abandon_at=after(600)), HeldProfiles(), after(600)),
        (Pending(checks=(after(15), after(50))), HeldProfiles(), after(15)),
        (
            Pending(silent_until=after(60), checks=(after(50),)),
            HeldProfiles(retry_at=after(40)),
            after(40),
        ),
    ],
)
def test_every_moment_is_taken_in_once(
    pending: Pending, held: HeldProfiles, moment: datetime | None
) -> None:
    state = a_charger(pending=pending, held=held)
    assert notice.next_moment(state) == moment
    while moment := notice.next_moment(state):
        early = moment - (after(1) - NOW)
        assert notice.elapsed(state, early) == state
        state = notice.elapsed(state, moment)
        # Or else the reconciler would look again at once, for ever.
        assert (notice.next_moment(state) or after(9999)) > moment
    assert state.pending == Pending()


@pytest.mark.parametrize(
    ("status", "sets"),
    [(Status.available, True), (Status.charging, False), (None, False)],
)
def test_a_session_without_a_car_is_given_up_later(
    status: Status | None, sets: bool
) -> None:
    state = a_charger(ledger=a_ledger(), status=status, booted_at=None)
    state = notice.noticed(state, StatusChanged(None, status), NOW)
    assert (state.pending.abandon_at == after(600)) == sets
    if sets:
        # A charger that comes and goes does not put it off.
        state = notice.noticed(state, StatusChanged(None, status), after(500))
        assert state.pending.abandon_at == after(600)
        ended = notice.elapsed(state, after(600))
        assert ended.ledger.open is None


def seen(*events: Event, status: Status, **fields: Any) -> ChargerState:
    """Return a charger with an open session in which this happened, and where it stands now."""
    state = a_charger(**{"ledger": a_ledger(), "status": status, **fields})
    for event in events:
        state = notice.noticed(state, event, NOW)
    return notice.elapsed(state, NOW)


COMES: Event = StatusChanged(Status.available, Status.preparing)
GOES: Event = StatusChanged(Status.charging, Status.available)
BEGUN = RemoteStart(started=True)


@pytest.mark.parametrize(
    ("events", "over"),
    [
        # The next car comes, and nobody has said what became of the last one's session.
        ((GOES, COMES), True),
        ((Booted(), GOES, COMES), True),
        # Only the status of the car whose session has just begun has come late.
        ((SessionChanged(OPEN), StatusChanged(None, Status.preparing)), False),
        ((GOES, SessionChanged(OPEN), StatusChanged(None, Status.preparing)), False),
    ],
)
def test_a_session_is_over_when_the_next_car_comes(
    events: tuple[Event, ...], over: bool
) -> None:
    state = seen(*events, status=Status.preparing, remote_start=BEGUN)
    assert (state.transaction is None) == over
    assert (state.ledger.open is None) == over


def test_the_queue_of_a_charger_that_is_just_back_may_tell_of_the_last_car() -> None:
    state = seen(GOES, COMES, status=Status.preparing, connected_at=after(-20))
    assert state.transaction is None
    assert state.ledger.open
    assert notice.elapsed(state, after(10)).ledger.open is None


@pytest.mark.parametrize("status", [Status.available, Status.preparing])
def test_a_session_that_a_boot_has_forgotten_is_over_soon(status: Status) -> None:
    state = a_charger(ledger=a_ledger(), status=status, remote_start=BEGUN)
    link = state.link.opened(after(-5), "").booted(after(-4), None)
    state = replace(state, link=link)
    state = notice.noticed(state, Booted(), NOW)
    state = notice.noticed(state, StatusChanged(Status.charging, status), NOW)
    assert state.transaction is None
    # Its end may be the next that it says.
    assert notice.elapsed(state, after(1)).ledger.open
    assert notice.elapsed(state, after(10)).ledger.open is None


@pytest.mark.parametrize("connected", [-5, -1000])
@pytest.mark.parametrize("event", [GOES, COMES])
def test_a_session_that_the_charger_has_just_told_of_is_not_forgotten(
    event: StatusChanged, connected: float
) -> None:
    """Its StartTransaction may be repeated minutes later, and its StopTransaction after that."""
    state = a_charger(ledger=a_ledger(), status=event.after)
    link = state.link.opened(after(connected), "").booted(after(connected), None)
    state = notice.noticed(replace(state, link=link), SessionChanged(OPEN), NOW)
    for status in (GOES, event):
        state = notice.noticed(state, status, NOW)
    assert state.transaction is None
    assert notice.elapsed(state, after(599)).ledger.open
    assert notice.elapsed(state, after(600)).ledger.open is None


def test_what_was_told_on_an_earlier_connection_may_be_forgotten() -> None:
    state = notice.noticed(a_charger(ledger=a_ledger()), SessionChanged(OPEN), NOW)
    assert state.pending.start_received
    assert not notice.connected(state).pending.start_received


def test_a_session_is_over_in_the_end_if_a_charger_comes_back_with_the_next_car() -> (
    None
):
    reconnects = StatusChanged(None, Status.preparing)
    state = a_charger(
        ledger=a_ledger(),
        status=Status.preparing,
        remote_start=BEGUN,
        connected_at=after(60),
    )
    state = notice.noticed(state, reconnects, after(61))
    assert notice.elapsed(state, after(600)).ledger.open
    assert notice.elapsed(state, after(661)).ledger.open is None


@pytest.mark.parametrize("status", [Status.charging, Status.suspended_ev, None])
def test_a_transaction_that_goes_on_is_not_given_up(status: Status | None) -> None:
    state = notice.noticed(
        a_charger(ledger=a_ledger(), status=Status.available), GOES, NOW
    )
    state = notice.noticed(
        changed(state, status=status), StatusChanged(Status.available, status), NOW
    )
    assert notice.elapsed(state, after(600)).ledger.open


def test_a_car_that_comes_back_keeps_its_session() -> None:
    state = within_transaction(pending=Pending(abandon_at=after(600)))
    assert notice.elapsed(state, after(600)).ledger.open


@pytest.mark.parametrize(
    ("lease", "status", "doubted"),
    [
        (True, Status.suspended_evse, True),
        (True, Status.suspended_ev, False),
        (True, Status.charging, False),
        (False, Status.suspended_evse, False),
    ],
)
def test_when_a_lease_is_doubted(lease: bool, status: Status, doubted: bool) -> None:
    slot = replace(HELD, renew_at=after(300) if lease else None)
    state = within_transaction(
        status=status,
        held=HeldProfiles(transaction=slot, leases=HeldLeases(doubt_at=after(20))),
    )
    state = notice.elapsed(state, after(20))
    assert state.charging.held.leases.left_out == doubted
    sent_at_once = Slot(renew_at=after(20))
    assert state.charging.held.transaction == (sent_at_once if doubted else slot)
    assert state.charging.held.leases.doubt_at is None
