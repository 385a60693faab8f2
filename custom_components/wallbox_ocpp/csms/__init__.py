"""An OCPP 1.6J central system: frames, messages, one session per charge point, a server.

It knows aiohttp and the vocabulary of the ``ocpp`` package. It knows nothing of
Home Assistant and nothing of any make of charger.
"""
