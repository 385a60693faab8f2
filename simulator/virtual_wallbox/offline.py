"""What a Wallbox does by itself once its link is gone.

The facts know four explanations for the article's unwanted charging and cannot tell them apart (docs/chargers.md §7.3), so
each one is a selectable behaviour here and the tests run all of them.
"""

from collections.abc import Mapping
from enum import StrEnum

type Keys = Mapping[str, str]


class OfflineStart(StrEnum):
    """Why an offline charger with a car and without a transaction starts (docs/chargers.md §7.3, numbers as there)."""

    AUTH_OFFLINE_GRANTS = "auth_offline_grants"
    """1: `AuthEnabledOffline=true` really means that authorisation is granted offline."""

    LOCAL_LOCK = "local_lock"
    """2: without OCPP only the app's lock counts, whatever the keys say."""

    UNKNOWN_ID_ALLOWED = "unknown_id_allowed"
    """3: `AllowOfflineTxForUnknownId` with `LocalPreAuthorize` lets a session start under a default tag."""

    AUTH_OFFLINE_REQUIRES = "auth_offline_requires"
    """4: `AuthEnabledOffline=false` means that nobody has to authorise offline; an earlier configuration had set it."""


def starts_unasked(hypothesis: OfflineStart, keys: Keys, *, app_locked: bool) -> bool:
    """Return whether an offline charger starts a session that nobody authorised.

    Args:
        hypothesis: The explanation to follow.
        keys: The configuration as the charger acts on it; `Auth…` keys may be absent.
        app_locked: The lock of the Wallbox app.
    """
    free_offline = keys.get("AuthEnabledOffline", "true") == "false"
    match hypothesis:
        case OfflineStart.AUTH_OFFLINE_GRANTS:
            return keys.get("AuthEnabledOffline", "true") == "true"
        case OfflineStart.LOCAL_LOCK:
            return not app_locked
        case OfflineStart.UNKNOWN_ID_ALLOWED:
            unknown_allowed = (
                keys["AllowOfflineTxForUnknownId"] == "true"
                and keys["LocalPreAuthorize"] == "true"
            )
            return free_offline or unknown_allowed
        case OfflineStart.AUTH_OFFLINE_REQUIRES:
            return free_offline
