"""A comparison of settings, brought to where a test begins."""

from typing import Any

from custom_components.wallbox_ocpp.wallbox.model.access import Lock
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import Protection
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Provisioning
from custom_components.wallbox_ocpp.wallbox.state import ChargerState

from .drive import POLICIES, Drive, a_charger, words

NEW = Provisioning()
LOCKED = Lock(locked=True)


def new(**fields: Any) -> ChargerState:
    """Return a charger that has not been compared since it started."""
    return a_charger(
        **{"provisioning": NEW, "protection": Protection(), "configuration": {}}
        | fields
    )


def until(run: Drive, words_: str, policy: str = "accepts all") -> None:
    """Run until something is the next request."""
    while (step := run.next()) and words(step.request) != words_:
        run.take(step, POLICIES[policy])
    assert step, f"{words_} was never asked for"
