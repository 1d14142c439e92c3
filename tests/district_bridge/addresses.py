"""Every address of the bridge, and what somebody who has no business there must get from it.

A view that is not named here fails ``test_wrong_user.py``: whoever adds a view says here whom it is for.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from district_bridge.accounts.models import Account, Role
from district_bridge.alerts import desk, together
from district_bridge.area.models import AreaHome, AreaIncident
from district_bridge.channels.models import PushSubscription
from district_bridge.escalation.models import Duty, OwnLadder, Shift, Swap
from district_bridge.homes.models import Home, HomeKey
from tests.district_bridge.home_side import Signing
from tests.district_bridge.people import caseworker, enrolled_home, neighbourhood, raised_alert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from district_bridge.alerts.models import Alert

type Whom = Literal["hidden", "list", "own", "officers", "administrators", "public"]


@dataclass(frozen=True)
class World:
    """One home in 둔산1동 with everything about it, and its caseworker kim."""

    kim: Account
    home: Home
    alert: Alert
    held: Alert
    handover: int
    key: int
    shift: int
    swap: int
    ladder: int
    subscription: int
    area: int
    member: int

    @property
    def traces(self) -> list[str]:
        """What a stranger's page must not show."""
        found = [self.home.resident.name, self.home.id, str(self.alert.incident), str(self.held.incident)]
        return [*found, self.alert.summary_ko]


@dataclass(frozen=True)
class Address:
    """Whom a view is for.

    ``hidden``: a stranger finds nothing. ``list``: finds it without a trace of others. ``own``: has only
    their own there. ``officers``: caseworkers are refused. ``administrators``: all others are.
    ``public``: needs no sign-in and tells nothing.
    """

    whom: Whom
    path: Callable[[World], str]
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)


def _hidden(path: Callable[[World], str], **data: Any) -> Address:
    return Address("hidden", path, "post", data)


def _list(path: str) -> Address:
    return Address("list", lambda _world: path)


ADDRESSES: dict[str, Address] = {
    "queue": _list("/"),
    "queue-rows": _list("/queue/rows/"),
    "closed-alerts": _list("/alerts/closed/"),
    "homes": _list("/homes/"),
    "enrol": _list("/homes/enrol/"),
    "calendar": _list("/calendar/"),
    "ladders": _list("/ladders/"),
    "figures": _list("/figures/"),
    "shift-summary": _list("/shift/"),
    "live": Address("own", lambda _world: "/live/"),
    "alert": Address("hidden", lambda world: f"/alerts/{world.alert.pk}/"),
    "alert-story": Address("hidden", lambda world: f"/alerts/{world.alert.pk}/story/"),
    "acknowledge": _hidden(lambda world: f"/alerts/{world.alert.pk}/acknowledge/"),
    "close": _hidden(lambda world: f"/alerts/{world.alert.pk}/close/", outcome="helped"),
    "offer": _hidden(lambda world: f"/alerts/{world.held.pk}/offer/", to="1"),
    "give-back": _hidden(lambda world: f"/alerts/{world.held.pk}/give-back/"),
    "merge": _hidden(lambda world: f"/alerts/{world.alert.pk}/merge/", into="1"),
    "note": _hidden(lambda world: f"/alerts/{world.alert.pk}/note/", text="hello"),
    "undo": _hidden(lambda world: f"/alerts/{world.held.pk}/undo/"),
    "called-119": _hidden(lambda world: f"/alerts/{world.alert.pk}/called-119/"),
    "receive": _hidden(lambda world: f"/handovers/{world.handover}/", answer="accept"),
    "home": Address("hidden", lambda world: f"/homes/{world.home.id}/"),
    "say": _hidden(lambda world: f"/homes/{world.home.id}/say/", text="안녕하세요"),
    "home-plan": _hidden(lambda world: f"/homes/{world.home.id}/plan/", frailty="frail"),
    "another-code": _hidden(lambda world: f"/homes/{world.home.id}/code/"),
    "release-key": _hidden(lambda world: f"/homes/{world.home.id}/keys/{world.key}/release/"),
    "rotate-key": _hidden(lambda world: f"/homes/{world.home.id}/keys/{world.key}/rotate/"),
    "revoke-key": _hidden(lambda world: f"/homes/{world.home.id}/keys/{world.key}/revoke/", reason="moved"),
    "resident": Address("hidden", lambda world: f"/homes/{world.home.id}/resident/"),
    "consent": _hidden(lambda world: f"/homes/{world.home.id}/consents/family_notices/", answer="give"),
    "account": Address("own", lambda _world: "/account/"),
    "second-factor": Address("own", lambda _world: "/account/code/"),
    "second-factor-set-up": Address("own", lambda _world: "/account/code/set-up/"),
    "recovery-codes": Address("own", lambda _world: "/account/recovery-codes/", "post", {"code": "123456"}),
    "sign-out-everywhere": Address("own", lambda _world: "/account/sign-out/", "post"),
    "password": Address("own", lambda _world: "/account/password/"),
    "access-review": Address("administrators", lambda _world: "/access/"),
    "access-download": Address("administrators", lambda _world: "/access/download/", "post"),
    "access-of-home": Address("administrators", lambda world: f"/access/homes/{world.home.id}/"),
    "break-glass": Address("own", lambda _world: "/access/emergency/"),
    "note-glass": Address("administrators", lambda _world: "/access/emergency/1/noted/", "post"),
    "area": Address("hidden", lambda world: f"/areas/{world.area}/"),
    "take-on-area": _hidden(lambda world: f"/areas/{world.area}/take-on/"),
    "called-area": _hidden(lambda world: f"/areas/{world.area}/homes/{world.member}/", answer="well"),
    "add-shift": Address("officers", lambda _world: "/calendar/add/", "post"),
    "remove-shift": Address("officers", lambda world: f"/calendar/shifts/{world.shift}/remove/", "post"),
    "swap": _hidden(lambda world: f"/calendar/shifts/{world.shift}/swap/", to="1"),
    "answer-swap": _hidden(lambda world: f"/calendar/swaps/{world.swap}/", answer="accept"),
    "remove-ladder": _hidden(lambda world: f"/ladders/{world.ladder}/remove/"),
    "reach": Address("own", lambda _world: "/reach/"),
    "subscribe": Address("own", lambda _world: "/reach/push/", "post"),
    "end-subscription": _hidden(lambda world: f"/reach/push/{world.subscription}/end/"),
    "try-out": Address("own", lambda _world: "/reach/try/", "post"),
    "push-worker": Address("public", lambda _world: "/push-worker.js"),
    "login": Address("public", lambda _world: "/login/"),
    "logout": Address("public", lambda _world: "/logout/", "post"),
    "language": Address("public", lambda _world: "/language/", "post", {"language": "ko"}),
}


def make_world() -> World:
    """The world as it stands before a stranger comes."""
    now = timezone.now()
    signing = Signing()
    home = enrolled_home(signing, resident="김순자남모르게")
    kim, park = caseworker("kim"), caseworker("park")
    alert, held = raised_alert(home), raised_alert(home)
    desk.acknowledge(held.pk, kim, now)
    handover = together.offer(held.pk, kim, park, "", now)
    shift = Shift.objects.create(
        neighbourhood=home.neighbourhood,
        duty=Duty.CASEWORKER,
        account=kim,
        starts_at=now,
        ends_at=now + timedelta(hours=8),
        made_at=now,
    )
    area = AreaIncident.objects.create(neighbourhood=home.neighbourhood, opened_at=now)
    member = AreaHome.objects.create(area=area, home=home, rank_score=20, silent_since=now)
    return World(
        area=area.pk,
        member=member.pk,
        kim=kim,
        home=home,
        alert=alert,
        held=held,
        handover=handover.pk,
        key=HomeKey.objects.get(home=home).pk,
        shift=shift.pk,
        swap=Swap.objects.create(shift=shift, asked_by=kim, to=park, asked_at=now).pk,
        ladder=OwnLadder.objects.create(
            neighbourhood=home.neighbourhood,
            rungs=[{"step": "caseworker", "after_s": 0}],
            again_s=60,
            changed_by=kim,
            changed_at=now,
        ).pk,
        subscription=PushSubscription.objects.create(
            account=kim, endpoint="https://fcm.googleapis.com/x", p256dh="x", auth="x", created_at=now
        ).pk,
    )


def make_stranger(role: Role = Role.CASEWORKER) -> Account:
    """Somebody of another neighbourhood."""
    neighbourhood("갈마1동")
    return caseworker("lee", "갈마1동", role=role)


def names_in_the_urlconf() -> list[str]:
    """The names of all views, in whatever URLconf they are; a view without a name is told by its route."""

    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns)
            else:
                yield pattern.name or f"unnamed: {pattern.pattern}"

    return list(walk(get_resolver().url_patterns))
