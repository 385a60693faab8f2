"""Home Assistant, killed by SIGKILL at the moment of its fate.

Run in place of `homeassistant`, with the same arguments. The moments are seen where they leave the
integration, which knows nothing of this: at the chargers' sockets and at the disk.
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

from .fate import Fate, Moment

_DOMAIN = "wallbox_ocpp"


class _Watch:
    """Follows the message that the fate is about."""

    def __init__(self, folder: Path) -> None:
        """Take the fate from a configuration folder."""
        self._folder = folder
        self._fate: Fate | None = None
        self._message_id: str | None = None
        self.moment: Moment | None = None
        """The one that the message has come to."""

    def received(self, text: str) -> None:
        """Look at a frame that has arrived."""
        match json.loads(text):
            case [2, str(message_id), str(action), _]:
                fate = Fate.read(self._folder)
                if fate is not None and fate.action == action:
                    self._fate, self._message_id = fate, message_id
                    self.reached(Moment.RECEIVED)
            case _:
                pass

    def answers(self, text: str) -> bool:
        """Say whether a frame answers the message."""
        match json.loads(text):
            case [3, message_id, _]:
                return bool(message_id == self._message_id)
            case _:
                return False

    def reached(self, moment: Moment) -> None:
        """Die if the moment has come."""
        self.moment = moment
        if self._fate is not None and self._fate.moment is moment:
            os.kill(os.getpid(), signal.SIGKILL)


_watch = _Watch(Path(get_arguments().config))


class _Socket(web.WebSocketResponse):
    """Any WebSocket of Home Assistant's, of which only a charger's carries OCPP."""

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
        # A slow disk: what was told has been recorded by then.
        await get_instance(store.hass).async_block_till_done()
        _watch.reached(Moment.TOLD)
    await _save(store, data)


if __name__ == "__main__":
    with (
        patch.object(web, "WebSocketResponse", _Socket),
        patch.object(Store, "async_save", _watched_save),
    ):
        sys.exit(main())
