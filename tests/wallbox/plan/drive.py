"""Run the plan against a charger that is a few dictionaries and a policy, until nothing is left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from ocpp.v16.enums import ChargePointStatus as Status

from custom_components.wallbox_ocpp.csms.requests import (
    ConfigurationKey,
    OcppPayload,
    action_of,
    payload_of,
)
from custom_components.wallbox_ocpp.wallbox import plan
from custom_components.wallbox_ocpp.wallbox.model.charging_profiles import Wish
from custom_components.wallbox_ocpp.wallbox.model.charging_session import (
    ChargingSession,
)
from custom_components.wallbox_ocpp.wallbox.model.failsafe import FailSafe, FailSafeMode
from custom_components.wallbox_ocpp.wallbox.model.identity import Identity
from custom_components.wallbox_ocpp.wallbox.model.offline_fix import Protection, Verdict
from custom_components.wallbox_ocpp.wallbox.model.provisioning import Provisioning
from custom_components.wallbox_ocpp.wallbox.model.sessions import Ledger
from custom_components.wallbox_ocpp.wallbox.plan import notice
from custom_components.wallbox_ocpp.wallbox.plan.step import Answer, Result, Step, Wait
from custom_components.wallbox_ocpp.wallbox.state import ChargerState
from simulator.schemas import violation_of_call
from tests.wallbox.states import a_state

NOW: Final = datetime(2026, 9, 1, 10, tzinfo=UTC)
MOST_REQUESTS: Final = 150
"""The longest way to rest is far shorter: all keys one by one, and all dialects."""

ACCEPTED: Final = Answer(Result.ANSWERED, {"status": "Accepted"})
REJECTED: Final = Answer(Result.ANSWERED, {"status": "Rejected"})
ERROR: Final = Answer(Result.ERROR, error="InternalError")
SILENT: Final = Answer(Result.SILENT)
DROPPED: Final = Answer(Result.DROPPED)
NOT_SENT: Final = Answer(Result.NOT_SENT)
WITHDRAWN: Final = Answer(Result.WITHDRAWN)

PAUSE: Final = Wish(charging=False, current_limit=16)
LEASE: Final = FailSafe(mode=FailSafeMode.LEASE)
NO_START: Final = FailSafe(mode=FailSafeMode.NO_START)
LEASED: Final = "transaction 7: 16 A for 900 s"
"""What is asked for first with a lease, within a transaction."""

FACTORY: Final[Mapping[str, str]] = {
    "AuthEnabled": "true",
    "AuthEnabledOffline": "true",
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizationCacheEnabled": "true",
    "LocalAuthListEnabled": "true",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "true",
    "StopTransactionOnEVSideDisconnect": "false",
    "StopTransactionOnInvalidId": "false",
    "MeterValuesSampledData": "Energy.Active.Import.Register",
    "MeterValueSampleInterval": "60",
    "ChargeProfileMaxStackLevel": "3",
    "MaxChargingProfilesInstalled": "2",
}
AUTHORISATION: Final = frozenset(
    key
    for key in FACTORY
    if key.startswith(("Auth", "Local", "AllowOffline", "StopTransactionOnInvalid"))
)

type Policy = Callable[[str, Mapping[str, Any]], Answer | None]
"""Answers a request, by its action and payload; None does as a charger that accepts all."""


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def after(number: float) -> datetime:
    """Return a moment, in seconds from now."""
    return NOW + seconds(number)


def settings(**values: str) -> dict[str, ConfigurationKey]:
    """Return a configuration as it is read."""
    return {
        key: ConfigurationKey(key=key, value=value) for key, value in values.items()
    }


ROOM_FOR_TWO: Final = settings(
    MaxChargingProfilesInstalled="2", ChargeProfileMaxStackLevel="3"
)
ROOM_FOR_ONE: Final = settings(
    MaxChargingProfilesInstalled="1", ChargeProfileMaxStackLevel="0"
)


def a_charger(**fields: Any) -> ChargerState:
    """Return a charger that has been compared with what is wanted, and of which nothing is due."""
    identity = Identity(
        vendor="Wall Box Chargers", model="PLP1-0-2-4", firmware="6.7.38"
    )
    state = a_state(
        **{
            "connected": True,
            "connected_at": after(-1000),
            "booted_at": after(-990),
            "identity": identity,
            "status": Status.available,
            "configuration": ROOM_FOR_TWO,
            "protection": Protection(verdict=Verdict.PROTECTED),
            "wish": Wish(current_limit=16),
            **fields,
        }
    )
    if "provisioning" in fields:
        return state
    return replace(state, provisioning=Provisioning(brought_to=state.settings_wanted))


def within_transaction(
    number: int = 7, *, refused: bool = False, delayed: bool = False, **fields: Any
) -> ChargerState:
    """Return a charger with an open transaction that began now."""
    return a_charger(
        **{
            "ledger": a_ledger(number, refused=refused, delayed=delayed),
            "status": Status.charging,
            **fields,
        }
    )


def a_ledger(
    number: int = 7, *, refused: bool = False, delayed: bool = False
) -> Ledger:
    """Return a ledger with an open transaction."""
    session = ChargingSession(
        transaction_id=number,
        started=NOW,
        meter_start=0.0,
        refused=refused,
        start_delayed=delayed,
    )
    return Ledger(next_transaction_id=number + 1, sessions=(session,))


def words(request: OcppPayload) -> str:
    """Say in a few words what is asked for."""
    action, payload = action_of(request), payload_of(request)
    match action:
        case "SetChargingProfile":
            profile = payload["csChargingProfiles"]
            schedule = profile["chargingSchedule"]
            amps = schedule["chargingSchedulePeriod"][0]["limit"]
            number = profile.get("transactionId")
            said = f"transaction {number}:" if number else "default"
            lease = f" for {schedule['duration']} s" if "duration" in schedule else ""
            kind = profile["chargingProfileKind"]
            style = "" if kind == "Relative" else f" {kind.lower()}"
            level = f" level {profile['stackLevel']}" if profile["stackLevel"] else ""
            return f"{said} {amps} A{lease}{style}{level}"
        case "ClearChargingProfile":
            purpose = payload.get("chargingProfilePurpose", "all")
            which = {"TxDefaultProfile": "default", "TxProfile": "transaction"}
            return f"clear {which.get(purpose, purpose)}"
        case "ChangeConfiguration":
            return f"{payload['key']}={payload['value']}"
        case "GetConfiguration":
            keys = payload.get("key")
            return "read all" if keys is None else f"read {','.join(keys)}"
        case "TriggerMessage":
            return f"trigger {payload['requestedMessage']}"
        case "Reset":
            return f"reset {payload['type']}"
        case "RemoteStartTransaction":
            return "start"
        case "GetLocalListVersion":
            return "list version"
        case "SendLocalList":
            kind = payload["updateType"].lower()
            tags = [
                entry["idTag"] if "idTagInfo" in entry else f"-{entry['idTag']}"
                for entry in payload["localAuthorizationList"]
            ]
            return f"list {kind}: {','.join(tags)}"
        case _:
            return action


def about_limits(asked: list[str]) -> list[str]:
    """Return the requests for charging profiles, without those for settings and readings."""
    about = ("default", "transaction", "clear")
    return [request for request in asked if request.startswith(about)]


def before_comparison(asked: list[str]) -> list[str]:
    """Return the requests before the settings are compared again, because a limit was refused or accepted."""
    return list(takewhile(lambda request: request != "read all", asked))


# How chargers answer.


def _profile(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    profile: Mapping[str, Any] = payload["csChargingProfiles"]
    return profile


def accepts_all(_: str, __: Mapping[str, Any]) -> Answer | None:
    return None


def to(action: str, answer: Answer) -> Policy:
    """Answer one kind of request in one way."""
    return lambda asked, _: answer if asked == action else None


def to_profile(
    answer: Answer, which: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Policy:
    """Answer some charging profiles in one way."""

    def policy(action: str, payload: Mapping[str, Any]) -> Answer | None:
        asked = action == "SetChargingProfile" and which(_profile(payload))
        return answer if asked else None

    return policy


def to_key(key: str, answer: Answer) -> Policy:
    """Answer each change of one setting in one way."""
    return lambda action, payload: (
        answer if action == "ChangeConfiguration" and payload["key"] == key else None
    )


def is_default(profile: Mapping[str, Any]) -> bool:
    return bool(profile["chargingProfilePurpose"] == "TxDefaultProfile")


def is_leased(profile: Mapping[str, Any]) -> bool:
    return "duration" in profile["chargingSchedule"]


def _amps(profile: Mapping[str, Any]) -> int:
    amps: int = profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
    return amps


def tells_single_keys_only(action: str, payload: Mapping[str, Any]) -> Answer | None:
    several = len(payload.get("key") or ()) != 1
    return ERROR if action == "GetConfiguration" and several else None


POLICIES: Final[Mapping[str, Policy]] = {
    "accepts all": accepts_all,
    "refuses all": lambda action, _: None if action.startswith("Get") else REJECTED,
    "answers all with a CALLERROR": lambda _, __: ERROR,
    "is silent": lambda _, __: SILENT,
    "refuses the default profile": to_profile(REJECTED, is_default),
    "refuses the transaction's": to_profile(REJECTED, lambda p: not is_default(p)),
    "refuses leases": to_profile(REJECTED, is_leased),
    "refuses relative ones": to_profile(
        REJECTED, lambda profile: profile["chargingProfileKind"] == "Relative"
    ),
    "refuses level 0": to_profile(REJECTED, lambda p: p["stackLevel"] == 0),
    "refuses above 32 A": to_profile(REJECTED, lambda p: _amps(p) > 32),
    "refuses to clear": to("ClearChargingProfile", REJECTED),
    "refuses settings": to("ChangeConfiguration", REJECTED),
    "refuses AuthEnabled": to_key("AuthEnabled", REJECTED),
    "tells single settings only": tells_single_keys_only,
    "tells no settings": to("GetConfiguration", ERROR),
    "refuses lists": to("SendLocalList", REJECTED),
    "refuses differences": lambda action, payload: (
        REJECTED
        if action == "SendLocalList" and payload["updateType"] == "Differential"
        else None
    ),
    "has no list": to("GetLocalListVersion", ERROR),
    "is silent to profiles": to("SetChargingProfile", SILENT),
    "is silent to clearing": to("ClearChargingProfile", SILENT),
    "is silent to settings": to("ChangeConfiguration", SILENT),
    "is silent to lists": to("SendLocalList", SILENT),
    "is silent to a start": to("RemoteStartTransaction", SILENT),
    "refuses a start": to("RemoteStartTransaction", REJECTED),
}


@dataclass
class Box:
    """What a charger really holds, if it does as it says."""

    settings: dict[str, str] = field(default_factory=lambda: dict(FACTORY))
    profiles: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By purpose."""
    cards: set[str] = field(default_factory=set)
    list_version: int = 0

    def answer(self, request: OcppPayload, policy: Policy = accepts_all) -> Answer:
        """Take in a request, unless the policy has another answer."""
        action, payload = action_of(request), payload_of(request)
        if (answer := policy(action, payload)) is not None:
            return answer
        match action:
            case "GetConfiguration":
                keys = payload.get("key") or self.settings
                told = [
                    {"key": key, "value": self.settings[key], "readonly": False}
                    for key in keys
                    if key in self.settings
                ]
                return Answer(Result.ANSWERED, {"configurationKey": told})
            case "ChangeConfiguration":
                if payload["key"] not in self.settings:
                    return Answer(Result.ANSWERED, {"status": "NotSupported"})
                self.settings[payload["key"]] = payload["value"]
            case "SetChargingProfile":
                profile = _profile(payload)
                self.profiles[profile["chargingProfilePurpose"]] = profile
            case "ClearChargingProfile":
                if purpose := payload.get("chargingProfilePurpose"):
                    self.profiles.pop(purpose, None)
                else:
                    self.profiles.clear()
            case "GetLocalListVersion":
                return Answer(Result.ANSWERED, {"listVersion": self.list_version})
            case "SendLocalList":
                return self._take_list(payload)
            case _:
                pass
        return ACCEPTED

    def limit(self, purpose: str) -> int | None:
        """Return the amps of the profile with a purpose."""
        profile = self.profiles.get(purpose)
        return None if profile is None else _amps(profile)

    def _take_list(self, payload: Mapping[str, Any]) -> Answer:
        if payload["updateType"] == "Full":
            self.cards.clear()
        elif payload["listVersion"] <= self.list_version:
            return Answer(Result.ANSWERED, {"status": "VersionMismatch"})
        for entry in payload["localAuthorizationList"]:
            change = self.cards.add if "idTagInfo" in entry else self.cards.discard
            change(entry["idTag"])
        self.list_version = payload["listVersion"]
        return ACCEPTED


@dataclass
class Drive:
    """A run of the plan: where it led, and what was asked on the way."""

    state: ChargerState
    now: datetime = NOW
    box: Box = field(default_factory=Box)
    steps: list[Step] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    rests: Wait | None = None
    """What the plan waits for once it has come to rest."""
    witness: Callable[[ChargerState, Step, Answer], None] | None = None
    """Looks at each request with the state in which it is sent."""

    def run(self, policy: Policy = accepts_all) -> list[str]:
        """Run to rest at one moment, as the reconciler does; return what was asked for."""
        asked: list[str] = []
        while step := self.next():
            assert len(asked) < MOST_REQUESTS, f"no end: {asked[-12:]}"
            asked.append(words(step.request))
            self.take(step, policy)
        self.asked += asked
        return asked

    def next(self) -> Step | None:
        """Return the next request, if there is one now."""
        state = notice.elapsed(self.state, self.now)
        self.state = plan.advanced(state, self.now)
        step = plan.next_step(self.state, self.now)
        if isinstance(step, Step):
            return step
        self.rests = step
        return None

    def take(self, step: Step, policy: Policy = accepts_all) -> Answer:
        """Ask for something, and learn from the answer."""
        assert (
            violation_of_call(action_of(step.request), payload_of(step.request)) is None
        )
        if step.sending:
            self.state = step.sending(self.state)
        if step.only_if and not step.only_if(self.state):
            answer = WITHDRAWN
        else:
            answer = self.box.answer(step.request, policy)
        if self.witness:
            self.witness(self.state, step, answer)
        self.steps.append(step)
        self.state = step.learn(self.state, answer, self.now)
        return answer

    def wait(self, number: float) -> None:
        """Let some seconds pass."""
        self.now += seconds(number)


def drive(
    state: ChargerState, policy: Policy | str = accepts_all, now: datetime = NOW
) -> list[str]:
    """Run the plan to rest, and return what was asked for."""
    return driven(state, policy, now).asked


def driven(
    state: ChargerState, policy: Policy | str = accepts_all, now: datetime = NOW
) -> Drive:
    """Run the plan to rest."""
    run = Drive(state, now)
    run.run(POLICIES[policy] if isinstance(policy, str) else policy)
    return run


type Planner = Callable[[ChargerState, datetime], Step | Wait | None]


def asked_next(
    state: ChargerState, now: datetime = NOW, planner: Planner = plan.next_step
) -> str | datetime | None:
    """Return what is asked for next, or what is waited for."""
    match planner(state, now):
        case Step() as step:
            return words(step.request)
        case Wait(until):
            return until
        case None:
            return None


def answered(
    state: ChargerState,
    answer: Answer,
    now: datetime = NOW,
    planner: Planner = plan.next_step,
) -> ChargerState:
    """Return the state once the next request has been answered."""
    step = planner(state, now)
    assert isinstance(step, Step)
    if step.sending:
        state = step.sending(state)
    return step.learn(state, answer, now)
