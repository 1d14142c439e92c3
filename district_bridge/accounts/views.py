"""The second factor at sign-in, and a person's own account."""

import time
from typing import TYPE_CHECKING, cast

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import PasswordChangeView
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from district_bridge.accounts import second_factor
from district_bridge.accounts.forms import CodeForm
from district_bridge.accounts.models import RecoveryCode
from district_bridge.accounts.sessions import GIVEN, SHOWN
from district_bridge.accounts.signals import second_factor_refused, second_factor_taken

if TYPE_CHECKING:
    from django.contrib.auth.forms import PasswordChangeForm
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from district_bridge.accounts.models import Account


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Asks for a code; leads to the set-up when this person has no app yet."""
    account = _account(request)
    if not second_factor.is_set_up(account):
        return redirect("second-factor-set-up")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            used = second_factor.check(account, form.cleaned_data["code"], timezone.now())
        except second_factor.ClosedError as closed:
            second_factor_refused.send(type(account), account=account, request=request)
            return _ask(request, form, closed_until=closed, status=429)
        if used is not None:
            _let_in(request, account)
            if used.recovery:
                messages.warning(
                    request, _("A recovery code was used; %(left)d are left.") % {"left": used.left}
                )
            return redirect(_next(request))
        second_factor_refused.send(type(account), account=account, request=request)
        form.add_error("code", _("This code is not right, or it was used before. Wait for the next one."))
    return _ask(request, form, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Shows the secret as a QR code until a code of the app confirms it; then the recovery codes, once."""
    account = _account(request)
    if second_factor.is_set_up(account):
        return redirect("second-factor")
    now = timezone.now()
    factor = second_factor.waiting_for(account, now, request.session.get(SHOWN, ""))
    request.session[SHOWN] = second_factor.mark(factor)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            codes = second_factor.confirm(account, form.cleaned_data["code"], now)
        except second_factor.ClosedError as closed:
            return _ask(request, form, closed_until=closed, status=429)
        if codes is not None:
            _let_in(request, account)
            shown = {"codes": codes, "next": resolve_url(settings.LOGIN_REDIRECT_URL)}
            return render(request, "accounts/recovery_codes.html", shown)
        second_factor_refused.send(type(account), account=account, request=request)
        form.add_error("code", _("This code is not right. Is the telephone's clock right?"))
        status = 422
    context = {
        "form": form,
        "qr": _qr(second_factor.address(account, factor.secret)),
        "secret": " ".join(factor.secret[i : i + 4] for i in range(0, len(factor.secret), 4)),
        # Not in yet: the page shows no navigation.
        "user": AnonymousUser(),
    }
    return render(request, "accounts/set_up.html", context, status=status)


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """A person's own account."""
    account = _account(request)
    left = RecoveryCode.objects.filter(account=account, used_at=None).count()
    context = {
        "left": left,
        "form": CodeForm(),
        "is_set_up": second_factor.is_set_up(account),
        "neighbourhoods": account.neighbourhoods.all(),
    }
    return render(request, "accounts/own.html", context)


@never_cache
@sensitive_post_parameters("code")
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, against a code of the app."""
    account = _account(request)
    form = CodeForm(request.POST)
    if not second_factor.is_set_up(account):
        return redirect("account")
    try:
        used = form.is_valid() and second_factor.check(account, form.cleaned_data["code"], timezone.now())
    except second_factor.ClosedError:
        used = None
    if not used:
        second_factor_refused.send(type(account), account=account, request=request)
        messages.error(request, _("This code is not right, or it was used before. Wait for the next one."))
        return redirect("account")
    context = {"codes": second_factor.new_recovery_codes(account), "next": resolve_url("account")}
    return render(request, "accounts/recovery_codes.html", context)


class ChangePassword(PasswordChangeView):
    """A password of one's own; ends the other sessions."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """From here on the password is nobody else's."""
        account = _account(self.request)
        account.password_is_made_up = False
        answer = super().form_valid(form)
        account.save(update_fields=["password_is_made_up"])
        messages.success(self.request, _("The password is changed."))
        return answer


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends all sessions of this person, this one too."""
    second_factor.end_sessions(_account(request))
    return redirect("login")


def _account(request: HttpRequest) -> Account:
    return cast("Account", request.user)


def _let_in(request: HttpRequest, account: Account) -> None:
    request.session.cycle_key()
    request.session[GIVEN] = int(time.time())
    second_factor_taken.send(type(account), account=account, request=request)


def _ask(
    request: HttpRequest,
    form: CodeForm,
    closed_until: second_factor.ClosedError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "next": _next(request),
        "closed_until": localtime(closed_until.until) if closed_until else None,
        "user": AnonymousUser(),
    }
    return render(request, "accounts/give.html", context, status=status)


def _next(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_here else resolve_url(settings.LOGIN_REDIRECT_URL)


def _qr(address: str) -> SafeString:
    """The picture that a telephone reads, as a part of the page: it is sent nowhere else."""
    svg = segno.make(address, error="m").svg_inline(scale=5, border=3, light="#fff", title=_("QR code"))
    return mark_safe(svg)  # noqa: S308 - made here from numbers
