"""Tags the charger knows by itself: the local authorisation list and the cache (OCPP 1.6 section 3.5)."""

from typing import Any, Final

ACCEPTED: Final = "Accepted"


class LocalList:
    """The list a server sends, with its version."""

    def __init__(self) -> None:
        """Start empty, at version 0."""
        self.version = 0
        self._statuses: dict[str, str] = {}

    def update(
        self, version: int, kind: str, entries: list[dict[str, Any]], *, most: int
    ) -> str:
        """Apply a SendLocalList.req and return the UpdateStatus.

        Raises:
            KeyError, TypeError: An entry is not what OCPP says.
        """
        if len(entries) > most:
            return "Failed"
        if kind == "Differential" and version <= self.version:
            return "VersionMismatch"
        statuses = dict(self._statuses) if kind == "Differential" else {}
        for entry in entries:
            info = entry.get("idTagInfo")
            if info is None:
                statuses.pop(entry["idTag"], None)
            else:
                statuses[entry["idTag"]] = info["status"]
        self._statuses = statuses
        self.version = version
        return ACCEPTED

    def status(self, id_tag: str) -> str | None:
        """Give the AuthorizationStatus of a tag, `None` for an unknown one."""
        return self._statuses.get(id_tag)
