"""SIA DC-09 over TCP: an alert as a Contact ID event for an alarm receiving centre.

Every home is an account of its own (its id is hexadecimal, as an account's number is), so nothing of a
resident travels. The event is what fits best of SIA DC-05. The receiver answers ACK (it has the event), NAK
(our clock is wrong) or DUH (it can't use the event). A retry carries the same sequence number: the receiver
drops repetitions.

When the alert is closed, a restoral of the same event follows, so that nobody at the centre goes on with it.
"""

import socket
import time
from typing import TYPE_CHECKING

from django.db.models import Q
from siadc09.account import Account
from siadc09.message import AckMessage, DuhMessage, Message, NakMessage, parse_frame
from siadc09.xdata import Data

from district_bridge.alerts.models import Alert, Kind, State
from district_bridge.channels import config
from district_bridge.outgoing.work import NotNeededError, SendError, handler

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

TIMEOUT_S = 10.0
# DC-09 frames are short; more than this is no answer.
LONGEST_ANSWER = 4096
MEDICAL, PERSONAL_EMERGENCY, FAIL_TO_REPORT_IN = "100", "101", "102"
COMMUNICATION_TROUBLE, NON_BURGLARY = "350", "150"
# SIA DC-05-2016, event codes.
CODES = {
    Kind.FALL: MEDICAL,
    Kind.HELP_CALL: PERSONAL_EMERGENCY,
    Kind.INACTIVITY: FAIL_TO_REPORT_IN,
    Kind.ANOMALY: MEDICAL,
    Kind.ENVIRONMENT: NON_BURGLARY,
    Kind.DEVICE: COMMUNICATION_TROUBLE,
    Kind.NOTICE: NON_BURGLARY,
}
DANGERS = {
    "smoke": "111",
    "gas": "151",
    "carbon_monoxide": "162",
    "moisture": "154",
    "water": "154",
    "heat": "158",
    "cold": "159",
}
SEQUENCE = 9999
# SIA DC-05-2016, event qualifiers.
NEW, RESTORAL = "1", "3"


def event_code(alert: Alert) -> str:
    """The Contact ID code: by what was noticed in the home, else by the alert's kind."""
    if alert.kind == Kind.ENVIRONMENT:
        for item in alert.evidence:
            if item.get("name") in DANGERS:
                return DANGERS[item["name"]]
    return CODES[Kind(alert.kind)]


def account_number(home_id: str) -> int:
    """A home's account: the digits of its id."""
    digits = home_id.rpartition("-")[2]
    try:
        return int(digits, 16)
    except ValueError as error:
        raise SendError("the home's id is no account number", retry=False) from error


def frame(message: Outgoing, alert: Alert, centre: config.ReceivingCentre, now: datetime) -> bytes:
    """The event as it goes over the wire."""
    account = Account(
        acct=account_number(alert.home_id),
        pref=centre.prefix,
        rcvr=centre.receiver,
        key=centre.key or None,
    )
    qualifier = RESTORAL if message.kind == "dc09_restoral" else NEW
    code = message.payload.get("code") or event_code(alert)
    content = f"#{account.acct:X}|{qualifier}{code} 00 000".encode("ascii")
    event = Message(
        account,
        config={
            "idtoken": "ADM-CID",
            "seqno": message.pk % SEQUENCE + 1,
            "data": Data(content=content),
            "timestamp": now,
        },
    )
    return bytes(event.encode())


@handler("dc09")
def send(message: Outgoing, now: datetime) -> None:
    """Sends one event, unless the alert was closed before the event could be sent."""
    alert = _alert_of(message)
    if alert.state == State.CLOSED:
        raise NotNeededError("the alert is closed")
    _deliver(message, alert, now)


@handler("dc09_restoral")
def restore(message: Outgoing, now: datetime) -> None:
    """Takes back the event that the centre was sent last; nothing where none was ever sent.

    One that was tried counts as sent: its acknowledgement may have been lost on the way.
    """
    alert = _alert_of(message)
    # One that was merged into another is over when that one is.
    if alert.state != State.CLOSED or (alert.merged_into and alert.merged_into.state != State.CLOSED):
        raise NotNeededError("the alert is open again")
    events = alert.outgoing.filter(kind="dc09")
    if events.filter(sent_at=None, gave_up_at=None).exists():
        raise SendError("the event itself is still on its way to the receiving centre")
    sent = events.filter(Q(sent_at__isnull=False) | Q(attempts__gt=1)).order_by("-id").first()
    if sent is None:
        raise NotNeededError("the receiving centre never got the event")
    if alert.outgoing.filter(kind="dc09_restoral", pk__gt=sent.pk, sent_at__isnull=False).exists():
        raise NotNeededError("the receiving centre knows that it is over")
    message.payload = {"code": sent.payload.get("code")}
    _deliver(message, alert, now)


def _alert_of(message: Outgoing) -> Alert:
    alert = None if message.alert_id is None else Alert.objects.filter(pk=message.alert_id).first()
    if alert is None:
        raise NotNeededError("the alert is gone")
    return alert


def _deliver(message: Outgoing, alert: Alert, now: datetime) -> None:
    """Sends the frame and waits for the receiver's word."""
    centre = config.receiving_centre()
    raw = _exchange(centre, frame(message, alert, centre, now))
    try:
        answer = parse_frame(raw, bytes.fromhex(centre.key) if centre.key else None)
    except Exception as error:  # the library raises what it meets in foreign bytes
        raise SendError("the receiving centre's answer can't be read") from error
    if isinstance(answer, AckMessage):
        if answer.seq != message.pk % SEQUENCE + 1:
            raise SendError("the receiving centre acknowledged another event")
        return
    if isinstance(answer, NakMessage):
        raise SendError("the receiving centre says that our clock is wrong (NAK)")
    if isinstance(answer, DuhMessage):
        raise SendError("the receiving centre can't use the event (DUH)")
    raise SendError("the receiving centre's answer is not understood")


def _exchange(centre: config.ReceivingCentre, event: bytes) -> bytes:
    """Sends the frame and returns the first whole frame that comes back."""
    deadline = time.monotonic() + TIMEOUT_S
    try:
        with socket.create_connection((centre.host, centre.port), timeout=TIMEOUT_S) as connection:
            connection.sendall(event)
            answer = b""
            while b"\r" not in answer:
                connection.settimeout(max(0.01, deadline - time.monotonic()))
                part = connection.recv(LONGEST_ANSWER)
                if not part or len(answer) > LONGEST_ANSWER:
                    raise SendError("the receiving centre hung up without an answer")
                answer += part
    except OSError as error:
        raise SendError(f"the receiving centre can't be reached: {type(error).__name__}") from error
    start = max(0, answer.find(b"\n"))
    return answer[start : answer.index(b"\r") + 1]
