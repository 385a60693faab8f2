"""The configuration keys: all of them, in the order in which a real Wallbox lists them."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from .personality import Personality
from .planted import Secrets


class Kind(Enum):
    """The type of a value."""

    BOOLEAN = auto()
    NUMBER = auto()
    TEXT = auto()


class Key(NamedTuple):
    """One configuration key."""

    name: str
    value: str
    kind: Kind
    readonly: bool = False


def _flag(name: str, value: str, *, readonly: bool = False) -> Key:
    return Key(name, value, Kind.BOOLEAN, readonly)


def _number(name: str, value: int, *, readonly: bool = False) -> Key:
    return Key(name, str(value), Kind.NUMBER, readonly)


def _text(name: str, value: str, *, readonly: bool = False) -> Key:
    return Key(name, value, Kind.TEXT, readonly)


KEYS: tuple[Key, ...] = (
    _flag("AllowOfflineTxForUnknownId", "true"),
    _flag("AuthorizationCacheEnabled", "true"),
    _flag("AuthorizeRemoteTxRequests", "false"),
    _number("BlinkRepeat", 10),
    _number("ClockAlignedDataInterval", 0),
    _number("ConnectionTimeOut", 120),
    _text("ConnectorPhaseRotation", "1.Unknown"),
    _number("ConnectorPhaseRotationMaxLength", 1, readonly=True),
    _number("GetConfigurationMaxKeys", 50, readonly=True),
    _number("HeartbeatInterval", 30),
    _number("LightIntensity", 100),
    _flag("LocalAuthorizeOffline", "true"),
    _flag("LocalPreAuthorize", "true"),
    _number("MaxEnergyOnInvalidId", 5000),
    _text("MeterValuesAlignedData", "Energy.Active.Import.Register"),
    _number("MeterValuesAlignedDataMaxLength", 10, readonly=True),
    _text(
        "MeterValuesSampledData",
        "Power.Active.Import,Current.Offered,Energy.Active.Import.Register,Voltage",
    ),
    _number("MeterValuesSampledDataMaxLength", 10, readonly=True),
    _number("MeterValueSampleInterval", 10),
    _number("MinimumStatusDuration", 1),
    _number("NumberOfConnectors", 1, readonly=True),
    _number("ResetRetries", 0),
    _flag("StopTransactionOnEVSideDisconnect", "true"),
    _flag("StopTransactionOnInvalidId", "true"),
    _text("StopTxnAlignedData", ""),
    _number("StopTxnAlignedDataMaxLength", 0, readonly=True),
    _text("StopTxnSampledData", ""),
    _number("StopTxnSampledDataMaxLength", 0, readonly=True),
    _text("SupportedFileTransferProtocols", "", readonly=True),
    _text(
        "SupportedFeatureProfiles",
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
        readonly=True,
    ),
    _number("SupportedFeatureProfilesMaxLength", 6, readonly=True),
    _number("TransactionMessageAttempts", 3),
    _number("TransactionMessageRetryInterval", 60),
    _flag("UnlockConnectorOnEVSideDisconnect", "true"),
    _number("WebSocketPingInterval", 50),
    _flag("LocalAuthListEnabled", "true"),
    _number("LocalAuthListMaxLength", 5_000_000, readonly=True),
    _number("SendLocalListMaxLength", 450, readonly=True),
    _flag("ReserveConnectorZeroSupported", "false", readonly=True),
    _number("ChargeProfileMaxStackLevel", 1, readonly=True),
    _text("ChargingScheduleAllowedChargingRateUnit", "Current", readonly=True),
    _number("ChargingScheduleMaxPeriods", 100, readonly=True),
    _flag("ConnectorSwitch3to1PhaseSupported", "false", readonly=True),
    _number("MaxChargingProfilesInstalled", 1, readonly=True),
    # Dumps show 0, 6, 9, 10 and 32: an installer's setting. 32 is what the Octopus server writes.
    _number("chargingALimitConn1", 32),
    _flag("AuthEnabled", "true"),
    _flag("AuthEnabledOffline", "true"),
    _text("AuthDisabledIdTag", "NoAuthorization"),
    _number("minSoC", 9),
    _number("maxSoC", 97),
    _text("SSID", Secrets.SSID, readonly=True),
    _number("WiFiSignalStrength", 57, readonly=True),
    _text("SerialNumber", "", readonly=True),
    _text("PUK", Secrets.PUK, readonly=True),
    _text("WebSocketUrl", Secrets.WEBSOCKET_URL),
    _text("WebSocketUser", Secrets.WEBSOCKET_USER),
    _text("WebSocketPassword", Secrets.WEBSOCKET_PASSWORD),
    _flag("MeterValuesSkipWhenOffline", "false"),
)
"""Order, access and values of docs/chargers.md §2; the last key is absent on 5.x."""


_UNITS: Final = {"A": "Current", "W": "Power"}


class Configuration:
    """A charger's keys: as they are stored and read back, and as it acts on them."""

    def __init__(self, personality: Personality) -> None:
        """Start with the factory values of this personality."""
        self._personality = personality
        self._table = {
            key.name: key for key in KEYS if key.name not in personality.absent_keys
        }
        values = {name: key.value for name, key in self._table.items()}
        self.stored: dict[str, str] = values | {
            "SerialNumber": personality.serial,
            "ChargingScheduleAllowedChargingRateUnit": _UNITS[personality.rate_unit],
            **personality.key_values,
        }
        self.effective: dict[str, str] = dict(self.stored)

    def flag(self, name: str, *, default: bool) -> bool:
        """Read a Boolean as the charger acts on it; `default` where the firmware has no such key."""
        value = self.effective.get(name)
        return default if value is None else value == "true"

    def number(self, name: str) -> int:
        """Read a number as the charger acts on it."""
        return int(self.effective[name])

    def listed(self) -> Iterator[Mapping[str, object]]:
        """Return the entries of a complete GetConfiguration answer, in order."""
        for name in self._table:
            if (entry := self.entry(name)) is not None:
                yield entry

    def entry(self, name: str) -> Mapping[str, object] | None:
        """Return one entry of a GetConfiguration answer; `None` for a key it does not show."""
        key = self._table.get(name)
        if key is None or name in self._personality.hidden_keys:
            return None
        return {"readonly": key.readonly, "key": name, "value": self.stored[name]}

    def change(self, name: str, value: str) -> str:
        """Write a key and return the ConfigurationStatus (docs/chargers.md §1.4)."""
        key = self._table.get(name)
        if key is None:
            return "NotSupported"
        if (
            key.readonly
            or name in self._personality.rejected_keys
            or not _fits(key.kind, value)
        ):
            return "Rejected"
        if name in self._personality.ignored_keys:
            return "Accepted"
        self.stored[name] = value.lower() if key.kind is Kind.BOOLEAN else value
        if name in self._personality.reboot_required_keys:
            return "RebootRequired"
        if name not in self._personality.silent_reboot_keys:
            self.effective[name] = self.stored[name]
        return "Accepted"

    def assign(self, name: str, value: str) -> None:
        """Write a key from within the charger."""
        self.stored[name] = self.effective[name] = value

    def reboot(self) -> None:
        """Act on everything that is stored."""
        self.effective = dict(self.stored)


def _fits(kind: Kind, value: str) -> bool:
    match kind:
        case Kind.BOOLEAN:
            # Octopus sends "False" (docs/chargers.md §1.4), so capitals must pass.
            return value.lower() in {"true", "false"}
        case Kind.NUMBER:
            return value.isascii() and value.isdigit()
        case Kind.TEXT:
            return True
