"""What aiohttp logs of a port that anybody may knock at."""

import logging
from typing import Final, override

from aiohttp.http_exceptions import HttpProcessingError


class _OnlyOurs(logging.Filter):
    """Keeps out what peers send that is no HTTP.

    aiohttp quotes it, secrets and all, as an error of ours with a traceback.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


LOGGER: Final = logging.getLogger(__name__)
LOGGER.addFilter(_OnlyOurs())
