"""A filter for what aiohttp logs of a port that is open to anybody."""

import logging
from typing import Final, override

from aiohttp.http_exceptions import HttpProcessingError


class _OnlyOurs(logging.Filter):
    """Drops the log records about peers that do not send HTTP.

    aiohttp logs them as errors with a traceback, and quotes what was sent, secrets included.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


LOGGER: Final = logging.getLogger(__name__)
LOGGER.addFilter(_OnlyOurs())
