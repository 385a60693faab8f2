"""Knocking: handshakes that may come to nothing."""

from collections.abc import Mapping, Sequence

from aiohttp import ClientSession, WSServerHandshakeError

from simulator.scripted_charger import proof


async def handshake(
    url: str,
    identity: str = "",
    password: str | None = None,
    *,
    protocols: Sequence[str] = ("ocpp1.6",),
    headers: Mapping[str, str] | None = None,
) -> int:
    """Knock once; return the status of the answer, which is 101 if the door opens."""
    if password is not None:
        headers = proof(identity, password)
    async with ClientSession(headers=headers) as client:
        try:
            async with client.ws_connect(f"{url}/{identity}", protocols=protocols):
                return 101
        except WSServerHandshakeError as refusal:
            return refusal.status
