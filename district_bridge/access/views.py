"""The administrator's review of the access log, and emergency access."""

import csv
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from district_bridge.access import break_glass, log, review, wall
from district_bridge.access.forms import GlassForm, ReasonForm, ReviewForm
from district_bridge.access.models import Review
from district_bridge.homes.scope import homes_visible_to

if TYPE_CHECKING:
    from django.http import HttpRequest

    from district_bridge.accounts.models import Account

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def review_month(request: HttpRequest) -> HttpResponse:
    """A month of the access log; a POST notes that it was reviewed."""
    account = _administrator(request)
    now = timezone.now()
    month = review.month(request.GET.get("month"), now)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = review.record(month, account, form.cleaned_data["note"], now)
        if made.holds:
            messages.success(request, _("Noted. The log is whole and unchanged."))
        else:
            messages.error(
                request, _("Noted. BUT THE LOG WAS CHANGED: run `seogu-bridge access-log verify` now.")
            )
        return redirect(request.get_full_path())
    page = Paginator(review.to_look_at(month), PAGE).get_page(request.GET.get("page"))
    context = {
        "month": month,
        "is_now": month.begins <= now < month.ends,
        "accounts": review.by_account(month),
        "page": page,
        "glass": review.broken_glass(month),
        "reviews": Review.objects.filter(month=month.first).select_related("by"),
        "form": form,
        "reason_form": ReasonForm(),
        "me": account,
    }
    return render(request, "access/review.html", context)


@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """The month's entries as CSV, for a reason that is logged with the download."""
    _administrator(request)
    month = review.month(request.GET.get("month"), timezone.now())
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please say what the download is for (at least ten letters)."))
        return redirect(f"{reverse('access-review')}?month={month.first:%Y-%m}")
    request.is_download, request.access_reason = True, form.cleaned_data["reason"]  # type: ignore[attr-defined]  # for the log
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="access-{month.first:%Y-%m}.csv"'
    answer.write("\ufeff")
    rows = csv.writer(answer)
    rows.writerow(["seq", "at", "account", "username", "origin", "kind", "action", "homes", "reason"])
    for entry in review.entries(month).order_by("id").iterator():
        homes = " ".join(log.about(entry.homes))
        known = [entry.seq, entry.at.isoformat(), entry.account]
        texts = [entry.username, entry.origin, entry.kind, entry.action, homes, entry.reason]
        # Also an address that somebody typed (``homes`` of a refusal) may be meant for a spreadsheet.
        rows.writerow([*known, *map(_plain, texts)])
    return answer


@require_safe
def of_home(request: HttpRequest, home_id: str) -> HttpResponse:
    """Who was shown one home."""
    account = _administrator(request)
    home = get_object_or_404(homes_visible_to(account).select_related("resident"), pk=home_id)
    page = Paginator(review.of_home(home.id), PAGE).get_page(request.GET.get("page"))
    return render(request, "access/of_home.html", {"home": home, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def open_glass(request: HttpRequest) -> HttpResponse:
    """Opens a home outside one's neighbourhoods."""
    account = _account(request)
    form = GlassForm(request.POST if request.method == "POST" else None)
    now = timezone.now()
    if form.is_valid():
        data = form.cleaned_data
        request.access_reason = data["reason"]  # type: ignore[attr-defined]  # for the log
        try:
            # The home is outside this person's neighbourhoods: that is what they ask for.
            with wall.lifted_for(account):
                home = break_glass.find(data["described"], data["neighbourhood"].pk)
        except break_glass.NotFoundError:
            form.add_error("described", _("No single home fits. Type the whole name as it is registered."))
        else:
            if not homes_visible_to(account).filter(pk=home.pk).exists():
                with wall.lifted_for(account):
                    break_glass.open_home(account, home, data["reason"], now)
                messages.warning(
                    request, _("Opened for one hour. The administrators are told, with your reason.")
                )
            return redirect("home", home_id=home.pk)
    context = {"form": form, "open": break_glass.open_now(account, now)}
    return render(request, "access/glass.html", context, status=422 if form.errors else 200)


@require_POST
def note_glass(request: HttpRequest, glass_id: int) -> HttpResponse:
    """An administrator has seen that somebody took emergency access."""
    if break_glass.noted(glass_id, _administrator(request), timezone.now()):
        messages.success(request, _("Noted."))
    else:
        messages.error(
            request, _("It was noted already, or it is your own: another administrator must see it.")
        )
    return redirect("access-review")


def _account(request: HttpRequest) -> Account:
    return cast("Account", request.user)


def _administrator(request: HttpRequest) -> Account:
    account = _account(request)
    if not account.is_administrator:
        raise PermissionDenied
    return account


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
