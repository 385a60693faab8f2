"""Planted secrets: what a real GetConfiguration answer gives away (docs/chargers.md §1.3), as values that can be searched for."""


class Secrets:
    """Fake values of the keys that must never reach a log or a diagnostics file."""

    PUK = "PLANTED-PUK-83914207"
    SSID = "PLANTED-SSID-Villa-Kunterbunt"
    WEBSOCKET_URL = "ws://planted-url.invalid:9000/PLANTED-URL"
    WEBSOCKET_USER = "PLANTED-USER-eva"
    WEBSOCKET_PASSWORD = "PLANTED-PASSWORD-hunter2"


PLANTED_SECRETS: tuple[str, ...] = (
    Secrets.PUK,
    Secrets.SSID,
    Secrets.WEBSOCKET_URL,
    Secrets.WEBSOCKET_USER,
    Secrets.WEBSOCKET_PASSWORD,
)
