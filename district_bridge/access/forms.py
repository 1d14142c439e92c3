"""What people type in about access."""

from django import forms
from django.utils.translation import gettext_lazy as _

from district_bridge.access.break_glass import REASON_AT_LEAST
from district_bridge.accounts.models import Neighbourhood


class GlassForm(forms.Form):
    """Which home, and why."""

    neighbourhood = forms.ModelChoiceField(
        label=_("Neighbourhood"), queryset=Neighbourhood.objects.all(), empty_label=_("Please choose")
    )
    described = forms.CharField(label=_("Whole name of the resident, or number of the home"), max_length=60)
    reason = forms.CharField(
        label=_("Why you need to see this home now"),
        min_length=REASON_AT_LEAST,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why something is taken out of the bridge."""

    reason = forms.CharField(label=_("What you need it for"), min_length=REASON_AT_LEAST, max_length=500)


class ReviewForm(forms.Form):
    """What the administrator found."""

    note = forms.CharField(
        label=_("What you noticed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
