"""How a person is reached: addresses, browsers that show pushes, and what became of the last messages."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from district_bridge.channels import config, vapid
from district_bridge.channels import reach as channels
from district_bridge.channels.models import PushSubscription, Reach
from district_bridge.channels.web_push import is_known_service
from district_bridge.dashboard.forms import ReachForm
from district_bridge.dashboard.people import person
from district_bridge.dashboard.story import delivery
from district_bridge.outgoing.models import Outgoing
from district_bridge.outgoing.work import SendError

if TYPE_CHECKING:
    from district_bridge.accounts.models import Account

SHOWN = 10
LONGEST = 4096
LONGEST_KEY = 100
MOST_BROWSERS = 10
WORKER = """// Shows what the bridge pushes, and opens the page it tells of. Nothing is kept here.
self.addEventListener("push", (event) => {
  const said = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(said.title || "Seogu Care", {
    body: said.body || "", tag: said.tag || "", data: said.path || "/", requireInteraction: true,
    icon: "/static/dashboard/icon.svg",
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = new URL(event.notification.data, self.location.origin);
  if (path.origin !== self.location.origin) return;
  event.waitUntil(self.clients.openWindow(path.href));
});
"""


@require_http_methods(["GET", "HEAD", "POST"])
def reach(request: HttpRequest) -> HttpResponse:
    """This person's own page about it."""
    account = person(request)
    known = Reach.objects.filter(account=account).first()
    if request.method == "POST":
        form = ReachForm(request.POST, label_suffix="")
        if form.is_valid():
            Reach.objects.update_or_create(account=account, defaults=form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("reach")
    else:
        form = ReachForm(
            label_suffix="",
            initial=None if known is None else {name: getattr(known, name) for name in ReachForm.base_fields},
        )
    browsers = PushSubscription.objects.filter(account=account, ended_at=None)
    context = {
        "form": form,
        "browsers": browsers,
        "vapid": vapid.public_key(),
        "last": [delivery(message) for message in _last(account)],
    }
    return render(request, "dashboard/reach.html", context, status=422 if form.errors else 200)


def _last(account: Account) -> list[Outgoing]:
    """The last messages to this person."""
    own = list(PushSubscription.objects.filter(account=account).values_list("pk", flat=True))
    mine = Q(payload__account=account.pk) | Q(kind="web_push", payload__subscription__in=own)
    return list(Outgoing.objects.filter(kind__in=channels.CHANNELS).filter(mine).order_by("-id")[:SHOWN])


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Takes a browser's push subscription, as its page hands it in."""
    account = person(request)
    found = _read_subscription(request.body)
    if found is None:
        return JsonResponse({"error": _("This is no push subscription.")}, status=422)
    try:
        services = config.web_push().services
    except SendError as error:
        return JsonResponse({"error": error.reason}, status=503)
    if not is_known_service(found["endpoint"], services):
        return JsonResponse({"error": _("The browser's push service is not known here.")}, status=422)
    if account.push_subscriptions.filter(ended_at=None).count() >= MOST_BROWSERS:
        return JsonResponse({"error": _("Too many browsers. Please remove one first.")}, status=422)
    PushSubscription.objects.update_or_create(
        endpoint=found["endpoint"],
        defaults={
            "account": account,
            "p256dh": found["p256dh"],
            "auth": found["auth"],
            "browser": _browser(request.headers.get("user-agent", "")),
            "created_at": timezone.now(),
            "ended_at": None,
        },
    )
    return JsonResponse({}, status=201)


def _read_subscription(body: bytes) -> dict[str, str] | None:
    """Endpoint and keys of a ``PushSubscription`` in JSON; None when it is none."""
    if len(body) > LONGEST:
        return None
    try:
        told: Any = json.loads(body)
        found = {
            "endpoint": told["endpoint"],
            "p256dh": told["keys"]["p256dh"],
            "auth": told["keys"]["auth"],
        }
    except ValueError, TypeError, KeyError, RecursionError:
        return None
    if not all(isinstance(value, str) and value and "\x00" not in value for value in found.values()):
        return None
    return None if max(len(found["p256dh"]), len(found["auth"])) > LONGEST_KEY else found


def _browser(agent: str) -> str:
    """A browser's name for a person's list; its version is of no interest."""
    for name in ("Edg", "Firefox", "Chrome", "Safari"):
        if name in agent:
            return {"Edg": "Edge"}.get(name, name)
    return ""


@require_POST
def end_subscription(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Sends no more pushes to one of this person's browsers."""
    found = get_object_or_404(PushSubscription, pk=subscription_id, account=person(request))
    found.ended_at = timezone.now()
    found.save(update_fields=["ended_at"])
    messages.success(request, _("This browser gets no more pushes."))
    return redirect("reach")


@require_POST
def try_out(request: HttpRequest) -> HttpResponse:
    """Sends a test over every way by which this person is reached."""
    with transaction.atomic():
        posted = channels.try_out(person(request), timezone.now())
    if posted:
        messages.success(request, _("Tests on their way: %(count)d") % {"count": posted})
    else:
        messages.error(request, _("There is no way yet by which you are reached."))
    return redirect("reach")


@login_not_required
@require_safe
def push_worker(_request: HttpRequest) -> HttpResponse:
    """The browser's own program for pushes. It must lie at the top of the address to speak for all pages."""
    return HttpResponse(WORKER, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
