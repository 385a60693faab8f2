"""The repairs for unknown chargers, which try to connect and have not been added."""

from datetime import datetime, timedelta
import re
from typing import Final
from unicodedata import normalize

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval

from ..const import DOMAIN
from ..csms.handshake import FORGET_AFTER, IDENTITY_LENGTH, HandshakeAttempt
from ..csms.server import CentralSystem

UNFIT_IDENTITIES: Final = "unfit_identities"
UNKNOWN_CHARGERS: Final = "strangers"
"""The ids of the repairs are from version 0.1.0, so that one that was ignored stays ignored."""

FALLBACK: Final = "wallbox-1"
"""The identity that is suggested if nothing of one can be registered."""


@callback
def async_watch_unknown_chargers(
    hass: HomeAssistant, entry_id: str, central_system: CentralSystem
) -> CALLBACK_TYPE:
    """Keep a repair with a list of the unknown chargers, as long as there are any.

    There is a second repair for those whose identity cannot be registered. Both are deleted when
    the returned function is called.
    """

    @callback
    def update(_: HandshakeAttempt | datetime) -> None:
        fit, unfit = _listed(central_system)
        _update_issue(hass, entry_id, UNKNOWN_CHARGERS, fit, fixable=True)
        _update_issue(hass, entry_id, UNFIT_IDENTITIES, unfit, fixable=False)

    unsubscribe = (
        central_system.watch(update),
        async_track_time_interval(hass, update, timedelta(seconds=FORGET_AFTER / 6)),
    )

    @callback
    def unwatch() -> None:
        for each in unsubscribe:
            each()
        for key in (UNKNOWN_CHARGERS, UNFIT_IDENTITIES):
            ir.async_delete_issue(hass, DOMAIN, key)

    return unwatch


def _listed(central_system: CentralSystem) -> tuple[list[str], list[str]]:
    """Return a line for each unknown charger, and for each whose identity cannot be registered."""
    fit, unfit = [], []
    for identity, charger in central_system.unknown_chargers.recent.items():
        if namesake := central_system.namesake(identity):
            unfit.append(f"- `{identity}` → `{namesake}` ({charger.address})")
        else:
            fit.append(f"- `{identity}` ({charger.address})")
    unfit += [
        f"- `{escaped(identity)}` → `{suggested(identity)}` ({charger.address})"
        for identity, charger in central_system.unregistrable_chargers.recent.items()
    ]
    return fit, unfit


def _update_issue(
    hass: HomeAssistant, entry_id: str, key: str, chargers: list[str], *, fixable: bool
) -> None:
    if not chargers:
        ir.async_delete_issue(hass, DOMAIN, key)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        key,
        data={"key": key, "entry_id": entry_id},
        is_fixable=fixable,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"chargers": "\n".join(chargers)},
    )


def escaped(identity: str) -> str:
    """Escape an untrusted identity for Markdown between backticks."""
    plain = "".join(
        "?" if character == "`" or not character.isprintable() else character
        for character in identity
    )
    cut = plain[:IDENTITY_LENGTH]
    return f"{cut}…" if cut != plain else plain or "–"


def suggested(identity: str) -> str:
    """Return the identity that can be registered and is most similar to another one."""
    plain = normalize("NFKD", identity).encode("ascii", "ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    return joined.strip("._-")[:IDENTITY_LENGTH] or FALLBACK
