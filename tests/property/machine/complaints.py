"""What goes wrong inside the integration, and would only be found in a log."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
import logging
from typing import Final, override

_OF_THE_DISK: Final = frozenset(
    {"homeassistant.helpers.storage", "homeassistant.util.file"}
)


@contextmanager
def complaints_to(listener: Callable[[str], None]) -> Generator[None]:
    """Hand over every error that is logged, except that the disk is full; log nothing less."""
    handler = _Handler(listener)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        root.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, listener: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._listener = listener

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.name not in _OF_THE_DISK:
            self._listener(f"{record.name}: {self.format(record)}")
