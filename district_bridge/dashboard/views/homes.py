"""Homes: the list, one home, and what is done about them."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from district_bridge.alerts.models import State, Step
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.alerts.told import summary
from district_bridge.dashboard.forms import EnrolForm, RevokeForm, SayForm
from district_bridge.dashboard.home_story import conversation, parts_of
from district_bridge.dashboard.people import person
from district_bridge.dashboard.plots import weeks_plot
from district_bridge.downlink import post, rotation
from district_bridge.homes import codes, keys
from district_bridge.homes.models import EnrolmentCode, Home, HomeKey, RevokedBecause
from district_bridge.homes.scope import homes_visible_to
from district_bridge.homes.search import named
from district_bridge.privacy import consent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE = 50
TIMELINE = 60


@require_safe
def homes(request: HttpRequest) -> HttpResponse:
    """The homes of this person; those that can't be reached come first."""
    found = homes_visible_to(person(request)).select_related("resident", "neighbourhood")
    search = request.GET.get("search", "").strip()[:60]
    if search:
        found = found.filter(named(search) | Q(pk__icontains=search))
    found = found.annotate(open_alerts=Count("alerts", filter=~Q(alerts__state=State.CLOSED)))
    page = Paginator(found.order_by("link", "neighbourhood__name", "id"), PAGE)
    return render(
        request, "dashboard/homes.html", {"page": page.get_page(request.GET.get("page")), "search": search}
    )


@require_safe
def home(request: HttpRequest, home_id: str) -> HttpResponse:
    """One home: who lives there, how its parts are, what happened."""
    return _show(request, _home(request, home_id))


@require_POST
def say(request: HttpRequest, home_id: str) -> HttpResponse:
    """Has the robot say something."""
    found = _home(request, home_id)
    form = SayForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    with transaction.atomic():
        post.post_say(found.id, text=form.cleaned_data["text"], by=str(person(request)), now=timezone.now())
    messages.success(request, _("Sent. The robot says it as soon as the home is connected."))
    return redirect("home", home_id=found.id)


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Opens a new home and shows its code, this once."""
    account = person(request)
    new_code = None
    form = EnrolForm(account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        new_code = codes.open_home(data["neighbourhood"], data["resident"], timezone.now(), account)
        form = EnrolForm(account)
    waiting = EnrolmentCode.objects.filter(home__in=homes_visible_to(account), used_at=None)
    context = {
        "form": form,
        "new_code": new_code,
        "waiting": waiting.select_related("home__resident", "home__neighbourhood", "made_by")[:PAGE],
        "now": timezone.now(),
    }
    return render(request, "dashboard/enrol.html", context, status=422 if form.errors else 200)


@require_POST
def another_code(request: HttpRequest, home_id: str) -> HttpResponse:
    """Another code for a known home: the code was lost, or the device is replaced."""
    found = _home(request, home_id)
    new_code = codes.new_code(found, timezone.now(), person(request))
    return _show(request, found, new_code=new_code)


@require_POST
def revoke_key(request: HttpRequest, home_id: str, key_id: int) -> HttpResponse:
    """Ends a key's right to sign; an administrator's act."""
    key = _key(request, home_id, key_id)
    form = RevokeForm(request.POST)
    if form.is_valid():
        because = form.cleaned_data["because"] or RevokedBecause.OTHER
        keys.revoke(key, form.cleaned_data["reason"], timezone.now(), because)
        messages.success(request, _("The key is revoked."))
    else:
        messages.error(request, _("Please say why the key is revoked."))
    return redirect("home", home_id=key.home_id)


@require_POST
def rotate_key(request: HttpRequest, home_id: str, key_id: int) -> HttpResponse:
    """Asks the device for a new key; an administrator's act."""
    key = _key(request, home_id, key_id)
    try:
        rotation.ask(key, timezone.now())
    except rotation.NothingToRotateError:
        messages.error(request, _("This key can't be changed by its device. Give out a new enrolment code."))
    else:
        messages.success(request, _("Asked. The device changes its key as soon as it is connected."))
    return redirect("home", home_id=key.home_id)


@require_POST
def release_key(request: HttpRequest, home_id: str, key_id: int) -> HttpResponse:
    """Only one device uses the key after all: it is believed again; an administrator's act."""
    key = _key(request, home_id, key_id)
    keys.release(key)
    messages.success(request, _("The device that speaks next is believed again."))
    return redirect("home", home_id=key.home_id)


def _key(request: HttpRequest, home_id: str, key_id: int) -> HomeKey:
    """A key of one of this person's homes, for an administrator alone."""
    found = _home(request, home_id)
    if not person(request).is_administrator:
        raise PermissionDenied
    return get_object_or_404(HomeKey, home=found, pk=key_id)


def _home(request: HttpRequest, home_id: str) -> Home:
    visible = homes_visible_to(person(request)).select_related("resident", "neighbourhood")
    return get_object_or_404(visible, pk=home_id)


def _show(
    request: HttpRequest,
    found: Home,
    say_form: SayForm | None = None,
    new_code: codes.NewCode | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    alerts = list(
        alerts_visible_to(person(request))
        .filter(home=found)
        .annotate(returned_at=Max("transitions__at", filter=Q(transitions__step=Step.RETURNED)))
        .order_by("-received_at")[:TIMELINE]
    )
    said = list(found.downlink.filter(message__type="say").order_by("-seq")[:10])
    context = {
        "home": found,
        "alerts": alerts,
        "weeks": weeks_plot(alerts, {alert.pk: summary(alert) for alert in alerts}, now),
        "conversation": conversation(alerts, said),
        "parts": parts_of(found),
        "keys": found.keys.select_related("takes_over"),
        "said": said,
        "refused": found.dead_letters.all()[:10],
        "say_form": say_form or SayForm(),
        "new_code": new_code,
        "resident": found.resident,
        "contacts": found.contacts.all(),
        "consents": consent.standing(found),
        "revoke_form": RevokeForm() if person(request).is_administrator else None,
    }
    return render(request, "dashboard/home.html", context, status=status)
