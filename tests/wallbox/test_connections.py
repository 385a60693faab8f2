"""Connections that do not last, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice

from hypothesis import given, strategies as st
import pytest

from custom_components.wallbox_ocpp.csms.close_reason import CloseReason
from custom_components.wallbox_ocpp.wallbox.model.connections import (
    KEPT,
    MANY,
    WINDOW,
    Connection,
    Connections,
    Flapping,
)
from custom_components.wallbox_ocpp.wallbox.receive.messages import (
    apply,
    connected,
    disconnected,
)
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from tests.wallbox.states import changed

from .said import NOW, boot

PAUSE = timedelta(seconds=4)
"""Between two connections; 1 to 8 s were seen (docs/chargers.md §5.2)."""


def link(
    seconds: float = 60,
    close_reason: CloseReason = CloseReason.LOST,
    address: str = "192.0.2.7",
    boots: int = 0,
    serial_number: str | None = None,
) -> Connection:
    """Return a connection that has lasted some time."""
    return Connection(
        began=NOW,
        ended=NOW + timedelta(seconds=seconds),
        close_reason=close_reason,
        address=address,
        boots=boots,
        serial_number=serial_number,
    )


def history(links: Iterable[Connection]) -> Connections:
    """Return these connections, one after the other, the last of which ends now."""
    found: list[Connection] = []
    ended = NOW
    for item in reversed(list(links)):
        assert item.ended
        began = ended - (item.ended - item.began)
        found.insert(0, replace(item, began=began, ended=ended))
        ended = began - PAUSE
    return Connections(history=tuple(found))


def why(*links: Connection, contested: bool = False) -> Flapping | None:
    """Return what is thought of some connections, repeated as often as it takes."""
    many = history(islice(cycle(links), 2 * MANY))
    return many.judged(NOW, contested=contested).flapping


BAD_LINK = (link(20), link(75), link(33), link(110), link(51, CloseReason.SILENT))
"""What a weak network does: no two connections are alike."""


@pytest.mark.parametrize(
    ("links", "cause"),
    [
        (BAD_LINK, Flapping.WEAK_LINK),
        ((link(30), link(26), link(34), link(29)), Flapping.IDLE_DROPS),
        ((link(45, CloseReason.LEFT),), Flapping.IDLE_DROPS),
        ((link(60, CloseReason.REPLACED),), Flapping.IDLE_DROPS),
        ((link(40, boots=1), link(90, boots=2)), Flapping.BOOT_LOOP),
        ((link(30, boots=1), link(30, boots=1), link(30)), Flapping.BOOT_LOOP),
        (
            (
                link(30, boots=1, serial_number="1"),
                link(50),
                link(40, boots=1, serial_number="2"),
            ),
            Flapping.TWO_CHARGERS,
        ),
        (
            (link(30, address="192.0.2.7"), link(70, address="192.0.2.8")),
            Flapping.TWO_CHARGERS,
        ),
        (
            (link(3, CloseReason.REPLACED), link(9, CloseReason.REPLACED)),
            Flapping.TWO_CHARGERS,
        ),
    ],
)
def test_each_cause_shows_in_its_own_way(
    links: Sequence[Connection], cause: Flapping
) -> None:
    assert why(*links) is cause


def test_a_charger_that_got_a_new_address_is_not_two() -> None:
    before = islice(cycle(BAD_LINK), MANY)
    after = (replace(item, address="192.0.2.8") for item in BAD_LINK)
    moved = history([*before, *after])
    assert moved.judged(NOW, contested=False).flapping is Flapping.WEAK_LINK


@pytest.mark.parametrize("links", [BAD_LINK, (link(30, boots=1),)])
def test_settings_that_are_changed_back_point_to_a_second_system(
    links: Sequence[Connection],
) -> None:
    assert why(*links, contested=True) is Flapping.SECOND_SYSTEM


def test_two_chargers_are_not_taken_for_a_second_system() -> None:
    links = (link(serial_number="1", boots=1), link(serial_number="2", boots=1))
    assert why(*links, contested=True) is Flapping.TWO_CHARGERS


def test_a_few_connections_are_no_trouble() -> None:
    few = history(islice(cycle(BAD_LINK), MANY - 1))
    assert few.judged(NOW, contested=False).flapping is None


def test_connections_that_we_ended_are_no_trouble() -> None:
    assert why(link(20, CloseReason.STOPPED)) is None


def test_what_is_long_ago_is_no_trouble() -> None:
    many = history(islice(cycle(BAD_LINK), 2 * MANY))
    assert many.judged(NOW + WINDOW, contested=False).flapping is None


def test_the_trouble_is_over_once_connections_last_and_not_before() -> None:
    """It must not come and go with every single connection."""
    links = history(islice(cycle(BAD_LINK), MANY)).judged(NOW, contested=False)
    assert links.flapping is Flapping.WEAK_LINK
    assert links.history[-1].ended
    assert links.history[0].ended
    fewer = links.history[0].ended + WINDOW
    assert links.judged(fewer, contested=False).flapping is Flapping.WEAK_LINK
    over = links.history[-1].ended + WINDOW
    assert links.judged(over, contested=False).flapping is None


@given(
    st.lists(
        st.builds(
            link,
            st.floats(0, 2000),
            st.sampled_from(CloseReason),
            st.sampled_from(["", "192.0.2.7", "192.0.2.8"]),
            st.integers(0, 3),
            st.sampled_from([None, "1", "2"]),
        )
    ),
    st.booleans(),
)
def test_any_history_can_be_judged(links: list[Connection], contested: bool) -> None:
    many = history(links).judged(NOW, contested=contested)
    assert (many.flapping is None) or len(links) >= MANY


# How the history comes about.


def test_a_connection_is_known_from_its_beginning_to_its_end() -> None:
    state = connected(ChargerState(), NOW, "192.0.2.7")
    state = apply(state, boot(chargePointSerialNumber="100001"), NOW).state
    later = NOW + timedelta(minutes=5)
    state = disconnected(state, later, CloseReason.SILENT)
    assert state.link.connections.history == (
        Connection(
            began=NOW,
            address="192.0.2.7",
            ended=later,
            close_reason=CloseReason.SILENT,
            boots=1,
            serial_number="100001",
        ),
    )


def test_a_connection_that_another_one_replaced_says_so() -> None:
    state = connected(connected(ChargerState(), NOW), NOW + PAUSE)
    before, now = state.link.connections.history
    assert (before.ended, before.close_reason) == (NOW + PAUSE, CloseReason.REPLACED)
    assert now.ended is None


def test_a_boot_that_we_asked_for_is_no_start() -> None:
    state = changed(connected(ChargerState(), NOW), boot_asked=True)
    state = apply(state, boot(), NOW).state
    assert state.link.connections.history[-1].boots == 0


def test_a_boot_before_any_connection_and_an_end_after_the_end_mean_nothing() -> None:
    empty = Connections()
    assert empty.booted("1", asked=False) is empty
    assert empty.closed(NOW, CloseReason.LEFT) is empty
    ended = empty.opened(NOW, "").closed(NOW, CloseReason.LEFT)
    assert ended.closed(NOW + PAUSE, CloseReason.LOST) is ended


def test_only_the_latest_connections_are_kept() -> None:
    many = Connections()
    for number in range(KEPT + 3):
        many = many.opened(NOW + number * PAUSE, str(number))
    assert [item.address for item in many.history] == [
        str(number) for number in range(3, KEPT + 3)
    ]
