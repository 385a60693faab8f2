"""The archive of sessions: files in it, and the disk under it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
import json
import os
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

from custom_components.wallbox_ocpp.const import DOMAIN
from homeassistant.helpers import storage
from homeassistant.util.file import write_utf8_file_atomic

FEW: Final = 3
"""Sessions that stay in the ledger in most of these tests."""

SPRING: Final = datetime.fromisoformat("2026-03-01T18:00:00+00:00")
PRIVATE: Final = 0o600
"""The mode of a file that nobody else may read."""


def foreign(data: object, **changes: object) -> str:
    """Return the content of a file that we have not written."""
    return json.dumps({"version": 1, "data": data, **changes})


class MortalDisk:
    """Takes what is written and deleted of our files, until the process is killed.

    Attributes:
        acts: How often a file was to be written or deleted.
    """

    def __init__(self, last: int) -> None:
        """Be under a process that is killed after its last act."""
        self.acts = 0
        self._last = last

    @classmethod
    @contextmanager
    def until(cls, last: int) -> Generator[Self]:
        """Take the place of the disk."""
        disk = cls(last)
        write = disk.killable(write_utf8_file_atomic)
        with (
            patch.object(storage, "write_utf8_file_atomic", write),
            patch("os.unlink", disk.killable(os.unlink)),
        ):
            yield disk

    def killable(self, act: Callable[..., None]) -> Callable[..., None]:
        """Return a function that does nothing once the process is dead."""

        def do(path: Any, *args: Any, **kwargs: Any) -> None:
            if Path(path).name.startswith(f"{DOMAIN}."):
                self.acts += 1
                if self.acts > self._last:
                    return
            act(path, *args, **kwargs)

        return do
