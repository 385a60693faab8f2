"""The table of docs/chargers.md §6, line by line."""

from ocpp.v16.enums import ChargePointStatus
import pytest

from custom_components.wallbox_ocpp.wallbox.views.halo import LOOKS, HaloMeaning, halo

GREEN = HaloMeaning.READY
YELLOW = HaloMeaning.LOCKED
TURQUOISE = HaloMeaning.CONNECTED
BLUE = HaloMeaning.CHARGING
RED = HaloMeaning.ERROR

TABLE: dict[str, tuple[HaloMeaning | None, ...]] = {
    # status: (AuthEnabled=false, AuthEnabled=true, AuthEnabled not read)
    "Available": (GREEN, YELLOW, None),
    "Preparing": (TURQUOISE, YELLOW, None),
    "Charging": (BLUE, BLUE, BLUE),
    "SuspendedEV": (TURQUOISE, TURQUOISE, TURQUOISE),
    "SuspendedEVSE": (TURQUOISE, TURQUOISE, TURQUOISE),
    "Finishing": (TURQUOISE, TURQUOISE, TURQUOISE),
    "Reserved": (None, None, None),
    "Unavailable": (GREEN, GREEN, GREEN),
    "Faulted": (RED, RED, RED),
}


@pytest.mark.parametrize("status", ChargePointStatus)
@pytest.mark.parametrize("column", [0, 1, 2], ids=["free", "locked", "unread"])
def test_the_halo_is_as_in_the_table(status: ChargePointStatus, column: int) -> None:
    needs_authorisation = (False, True, None)[column]
    assert (
        halo(status, needs_authorisation=needs_authorisation) == (TABLE[status][column])
    )


@pytest.mark.parametrize("needs_authorisation", [True, False, None])
def test_a_charger_without_a_status_has_no_known_halo(
    *, needs_authorisation: bool | None
) -> None:
    assert halo(None, needs_authorisation=needs_authorisation) is None


def test_a_ring_does_not_pulse_while_nothing_flows_in_a_pause() -> None:
    ring = halo(ChargePointStatus.charging, needs_authorisation=False, paused=True)
    assert ring is HaloMeaning.CONNECTED


def test_the_halo_looks_as_in_the_table() -> None:
    assert LOOKS == {
        GREEN: ("green", "steady"),
        YELLOW: ("yellow", "steady"),
        TURQUOISE: ("turquoise", "steady"),
        BLUE: ("blue", "pulsing"),
        RED: ("red", "steady"),
    }
