"""Tags the charger knows by itself: the local authorisation list and the cache (OCPP 1.6 section 3.5)."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from .clock import from_wire

ACCEPTED: Final = "Accepted"


class _Entry(NamedTuple):
    status: str
    expires: datetime | None


class LocalList:
    """The list a server sends, with its version."""

    def __init__(self) -> None:
        """Start empty, at version 0."""
        self.version = 0
        self._entries: dict[str, _Entry] = {}

    @property
    def id_tags(self) -> set[str]:
        """All tags in it."""
        return set(self._entries)

    def update(
        self, version: int, kind: str, entries: list[dict[str, Any]], *, most: int
    ) -> str:
        """Apply a SendLocalList.req and return the UpdateStatus.

        Raises:
            KeyError, TypeError, ValueError: An entry is not what OCPP says.
        """
        if len(entries) > most:
            return "Failed"
        if kind == "Differential" and version <= self.version:
            return "VersionMismatch"
        known = dict(self._entries) if kind == "Differential" else {}
        for entry in entries:
            info = entry.get("idTagInfo")
            if info is None:
                known.pop(entry["idTag"], None)
            else:
                expiry = info.get("expiryDate")
                known[entry["idTag"]] = _Entry(
                    info["status"], None if expiry is None else from_wire(expiry)
                )
        self._entries = known
        self.version = version
        return ACCEPTED

    def status(self, id_tag: str, utc: datetime) -> str | None:
        """Return the AuthorizationStatus of a tag by now, `None` for an unknown one."""
        entry = self._entries.get(id_tag)
        if entry is None:
            return None
        over = entry.expires is not None and entry.expires <= utc
        return "Expired" if over else entry.status
