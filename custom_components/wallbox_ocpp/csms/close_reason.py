"""The reasons for which a connection ends."""

from enum import StrEnum


class CloseReason(StrEnum):
    """Why a connection has ended, as far as it can be told from our side."""

    BROKEN = "broken"
    """The charge point sent an invalid WebSocket message, or one that is too big."""
    LEFT = "left"
    """The charge point sent a close frame."""
    LOST = "lost"
    """The TCP connection ended without a close frame."""
    REPLACED = "replaced"
    """The charge point, or another one with its identity, opened a new connection."""
    SILENT = "silent"
    """Nothing was received any more, not even a pong."""
    STOPPED = "stopped"
    """We closed it: Home Assistant stops, or the charger was removed."""
