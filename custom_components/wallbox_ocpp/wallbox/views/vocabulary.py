"""The allow list of redaction: fields of OCPP 1.6, and the form of values that may be shown."""

from collections.abc import Callable, Mapping
from enum import StrEnum
import re
from typing import Final

from ocpp import exceptions
from ocpp.v16 import enums
from ocpp.v16.enums import Action

from ...csms.close_reason import CloseReason
from ..model.charging_plan import Mode
from ..model.failsafe import FailSafeMode
from ..model.firmware import family
from ..model.keys import normal_forms
from ..model.offline_fix import ProfileName
from ..model.solar import BatteryPositive, GridPositive

type Fits = Callable[[str], object]
"""Returns something true for a text of the right form."""

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,11})(\.\d{1,9})?", re.ASCII)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_VERSION: Final = re.compile(r"\d{1,2}\.\d{1,3}(\.\d{1,3})?", re.ASCII)
"""``major.minor.patch`` (docs/chargers.md §4.1); an address has four parts."""
_MODEL: Final = re.compile(r"[A-Z]{3}\d(-[A-Z0-9]{1,3}){0,8}")
_MESSAGE_ID: Final = re.compile(
    r"\d{1,10}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    re.ASCII,
)
"""Message ids of a Wallbox (docs/chargers.md §3) and of ours: UUIDs of version 4 only, because
version 1 contains a MAC address."""

_MAKES: Final = frozenset(
    {"Wall Box Chargers", "Wallbox", "com.wallbox", "Internal NON compliant"}
)
"""Texts in which a Wallbox identifies its make and model (docs/chargers.md §3.1, §3.3)."""

WORDS: Final = frozenset(
    member.value
    for item in vars(enums).values()
    if isinstance(item, type) and issubclass(item, StrEnum)
    for member in item
)
"""All values of all enumerations of OCPP 1.6."""
_ACTIONS: Final = frozenset(action.value for action in Action)
_ERROR_CODES: Final = frozenset(
    vars(error)["code"] for error in exceptions.OCPPError.__subclasses__()
)
"""Codes of CALLERRORs (OCPP-J 1.6 §4.2.3), also in spellings of real chargers."""
_OURS: Final = frozenset(
    word.value
    for item in (
        BatteryPositive,
        CloseReason,
        FailSafeMode,
        GridPositive,
        Mode,
        ProfileName,
    )
    for word in item
)


def _model(text: str) -> bool:
    return family(text) is not None and _MODEL.fullmatch(text) is not None


_LISTED: Final[Mapping[Fits, str]] = {
    _NUMBER.fullmatch: """
        chargingProfileId connectorId duration id interval limit listVersion meterStart
        meterStop minChargingRate numberPhases requestId reservationId retries retryInterval
        stackLevel startPeriod transactionId value
        """,
    _TIME.fullmatch: """
        currentTime end expiryDate guest_until retrieveDate scheduleStart start startSchedule startTime
        stopTime timestamp validFrom validTo
        """,
    WORDS.__contains__: """
        certificateType chargingProfileKind chargingProfilePurpose chargingRateUnit context
        errorCode format hashAlgorithm location logType measurand phase reason recurrencyKind
        requestedMessage status type unit updateType
        """,
    _OURS.__contains__: """
        battery_positive configured ending grid_positive guard mode offline_profile
        """,
    _ACTIONS.__contains__: "action",
    _ERROR_CODES.__contains__: "code",
    _MAKES.__contains__: "chargePointVendor meterType vendor vendorId",
    _VERSION.fullmatch: "firmware firmwareVersion",
    _model: "chargePointModel model",
    _MESSAGE_ID.fullmatch: "uniqueId",
}

FIELDS: Final[Mapping[str, Fits]] = {
    name: fits for fits, names in _LISTED.items() for name in normal_forms(names)
}
"""The form that a value must have to be shown, by the normal form of its field's name."""

OBJECTS: Final = normal_forms(
    """
    certificateHashData chargingProfile chargingSchedule chargingSchedulePeriod configurationKey
    csChargingProfiles firmware idTagInfo localAuthorizationList log meterValue payload
    sampledValue transactionData
    """
)
"""Fields with objects of OCPP; the content of others is vendor-specific."""

KEYS: Final = normal_forms("key keys settingsChanged unknownKey")
"""Fields with names of configuration keys."""

_HIDDEN: Final = normal_forms(
    """
    certificate certificateChain chargeBoxSerialNumber chargePointSerialNumber csr data email
    fileName iccid idTag identity imsi info ip issuerKeyHash issuerNameHash mac messageId
    meterSerialNumber parentIdTag password pin psk puk readonly remoteLocation serialNumber
    signature signingCertificate ssid techInfo token user vendorErrorCode wifi
    """
)

NAMES: Final = FIELDS.keys() | OBJECTS | KEYS | _HIDDEN
"""Field names that may be shown."""

POSITIONS: Final[Mapping[int, tuple[str, ...]]] = {
    2: ("uniqueId", "action", "payload"),
    3: ("uniqueId", "payload"),
    4: ("uniqueId", "code", "description", "details"),
}
"""The elements of a frame, by its message type (OCPP-J 1.6 §4.2)."""
