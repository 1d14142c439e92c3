"""A resident's data and consents, as a caseworker keeps them."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import Http404, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from district_bridge.homes.scope import homes_visible_to
from district_bridge.privacy import consent, residents
from district_bridge.privacy.forms import ContactForms, ResidentForm
from district_bridge.privacy.purposes import BY_ID

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from district_bridge.accounts.models import Account
    from district_bridge.homes.models import Home


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def resident(request: HttpRequest, home_id: str) -> HttpResponse:
    """Shows and changes who lives in a home, and whom to call."""
    home = _home(request, home_id)
    data = request.POST if request.method == "POST" else None
    form = ResidentForm(data, initial=residents.known(home.resident))
    contacts = ContactForms(data, initial=residents.known_contacts(home), prefix="contact")
    if data is not None and form.is_valid() and contacts.is_valid():
        residents.change(home, form.cleaned_data, [row.cleaned_data for row in contacts])
        messages.success(request, _("Saved."))
        return redirect("home", home_id=home.pk)
    context = {"home": home, "form": form, "contacts": contacts}
    status = 422 if data is not None else 200
    return render(request, "privacy/resident.html", context, status=status)


@require_POST
def answer(request: HttpRequest, home_id: str, purpose: str) -> HttpResponse:
    """Notes that the resident consents, or withdraws."""
    home = _home(request, home_id)
    if purpose not in BY_ID or not BY_ID[purpose].by_consent:
        raise Http404
    now, account = timezone.now(), cast("Account", request.user)
    given = request.POST.get("answer")
    if given == "give":
        consent.give(home, purpose, now, account)
        messages.success(request, _("The consent is noted."))
    elif given == "withdraw":
        consent.withdraw(home, purpose, now, account)
        messages.success(request, _("The withdrawal is noted; from now on nothing is used for this."))
    else:
        return HttpResponseBadRequest()
    return redirect("home", home_id=home.pk)


def _home(request: HttpRequest, home_id: str) -> Home:
    visible = homes_visible_to(cast("Account", request.user)).select_related("resident", "neighbourhood")
    return get_object_or_404(visible, pk=home_id)
