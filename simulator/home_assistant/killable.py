"""Home Assistant that kills itself by SIGKILL at its `KillPoint`.

Run in place of `homeassistant`, with the same arguments. The moments are seen where they leave the
integration, at the chargers' sockets and at the disk.
"""

import json
import os
from pathlib import Path
import signal
import sys
from typing import Any, override
from unittest.mock import patch

from aiohttp import WSMessage, WSMsgType, web

from homeassistant.__main__ import get_arguments, main
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.storage import Store

from .kill_point import KillPoint, Moment

_DOMAIN = "wallbox_ocpp"


class _Watch:
    """Follows the message of the kill point."""

    def __init__(self, folder: Path) -> None:
        """Watch for the kill point of a configuration folder."""
        self._folder = folder
        self._kill_point: KillPoint | None = None
        self._message_id: str | None = None
        self.moment: Moment | None = None
        """The latest moment of the message."""

    def received(self, text: str) -> None:
        """Handle a received frame."""
        match json.loads(text):
            case [2, str(message_id), str(action), _]:
                kill_point = KillPoint.read(self._folder)
                if kill_point is not None and kill_point.action == action:
                    self._kill_point, self._message_id = kill_point, message_id
                    self.reached(Moment.RECEIVED)
            case _:
                pass

    def answers(self, text: str) -> bool:
        """Return whether a frame answers the message."""
        match json.loads(text):
            case [3, message_id, _]:
                return bool(message_id == self._message_id)
            case _:
                return False

    def reached(self, moment: Moment) -> None:
        """Kill the process if this is the moment."""
        self.moment = moment
        if self._kill_point is not None and self._kill_point.moment is moment:
            os.kill(os.getpid(), signal.SIGKILL)


_watch = _Watch(Path(get_arguments().config))


class _Socket(web.WebSocketResponse):
    """Any WebSocket of Home Assistant; only a charger's carries OCPP."""

    @override
    async def receive(self, timeout: float | None = None) -> WSMessage:
        message = await super().receive(timeout)
        if message.type is WSMsgType.TEXT:
            _watch.received(message.data)
        return message

    @override
    async def send_str(self, data: str, compress: int | None = None) -> None:
        answers = _watch.answers(data)
        if answers:
            _watch.reached(Moment.SAVED)
        await super().send_str(data, compress)
        if answers:
            _watch.reached(Moment.ANSWERED)


_save = Store.async_save


async def _watched_save(store: Store[Any], data: Any) -> None:
    if _watch.moment is Moment.ANSWERED and store.key.startswith(_DOMAIN):
        # As with a slow disk: by then, the recorder has stored what was announced.
        await get_instance(store.hass).async_block_till_done()
        _watch.reached(Moment.ANNOUNCED)
    await _save(store, data)


if __name__ == "__main__":
    with (
        patch.object(web, "WebSocketResponse", _Socket),
        patch.object(Store, "async_save", _watched_save),
    ):
        sys.exit(main())
