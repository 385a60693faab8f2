"""What the charger answers when it cannot do what it was asked."""


class CallError(Exception):
    """Becomes a CALLERROR frame."""

    def __init__(self, code: str, description: str) -> None:
        """Return what is wrong in OCPP-J's words."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class NoAnswerError(Exception):
    """The CALL is never answered."""
