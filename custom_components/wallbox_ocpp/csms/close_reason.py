"""How a connection can end."""

from enum import StrEnum


class CloseReason(StrEnum):
    """Why a connection is no more, as far as our end of it can tell."""

    BROKEN = "broken"
    """The charge point sent what is no WebSocket message, or one that is too big."""
    LEFT = "left"
    """The charge point said goodbye."""
    LOST = "lost"
    """It was cut without a goodbye."""
    REPLACED = "replaced"
    """The charge point, or another one with its identity, opened a new one."""
    SILENT = "silent"
    """Nothing was heard any more, not even answers to pings."""
    STOPPED = "stopped"
    """We ended it: Home Assistant stops, or has no room for the charge point any more."""
