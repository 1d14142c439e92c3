"""What people type in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from district_bridge.accounts.models import Account, Neighbourhood
from district_bridge.alerts.models import Outcome
from district_bridge.homes.models import RevokedBecause
from district_bridge.homes.scope import neighbourhoods_of


class CloseForm(forms.Form):
    """How an alert ended."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", _("Please choose")), *Outcome.choices])
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SayForm(forms.Form):
    """Words that the robot says in the home."""

    text = forms.CharField(
        label=_("What the robot shall say"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class EnrolForm(forms.Form):
    """A new home."""

    neighbourhood = forms.ModelChoiceField(label=_("Neighbourhood"), queryset=Neighbourhood.objects.none())
    resident = forms.CharField(label=_("Name of the resident"), max_length=60)

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["neighbourhood"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = neighbourhoods_of(account)
            field.empty_label = _("Please choose")


class RevokeForm(forms.Form):
    """Why a key may no longer sign."""

    because = forms.ChoiceField(label=_("Cause"), choices=RevokedBecause.choices, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)
