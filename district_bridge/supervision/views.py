"""What a person changes about how a home is watched."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from district_bridge.dashboard.people import person
from district_bridge.homes.scope import homes_visible_to
from district_bridge.supervision.models import Frailty
from district_bridge.supervision.watch import change_plan

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class PlanForm(forms.Form):
    """The fields of a home's plan."""

    frailty = forms.ChoiceField(choices=Frailty.choices)
    lives_alone = forms.BooleanField(required=False)
    needs_power = forms.BooleanField(required=False)
    provider = forms.CharField(required=False, max_length=40)


@require_POST
def set_plan(request: HttpRequest, home_id: str) -> HttpResponse:
    """Keeps the plan; it counts from the home's last sign on."""
    found = get_object_or_404(homes_visible_to(person(request)), pk=home_id)
    form = PlanForm(request.POST)
    if form.is_valid():
        change_plan(found.pk, **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The plan could not be saved: please check the fields."))
    return redirect("home", home_id=found.pk)
