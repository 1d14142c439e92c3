"""What people type in."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.alerts.models import CLOSING_OUTCOMES, Alert, State
from district_bridge.alerts.scope import alerts_visible_to
from district_bridge.channels.models import LANGUAGES
from district_bridge.homes.models import RevokedBecause
from district_bridge.homes.scope import neighbourhoods_of

if TYPE_CHECKING:
    from django.db.models import QuerySet


class CloseForm(forms.Form):
    """How an alert ended."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", _("Please choose")), *CLOSING_OUTCOMES])
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SayForm(forms.Form):
    """Words that the robot says in the home."""

    text = forms.CharField(
        label=_("What the robot shall say"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class NoteForm(forms.Form):
    """A note in an alert's timeline."""

    text = forms.CharField(
        label=_("Note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "id": "id_note_text"}),
    )


def colleagues_for(neighbourhood: int, but: Account) -> QuerySet[Account]:
    """Who else looks after homes of this neighbourhood."""
    found = Account.objects.filter(is_active=True).exclude(pk=but.pk)
    return (
        found.filter(Q(role=Role.ADMIN) | Q(neighbourhoods=neighbourhood))
        .distinct()
        .order_by("display_name", "pk")
    )


class OfferForm(forms.Form):
    """To whom an alert is handed over."""

    to = forms.ModelChoiceField(label=_("Colleague"), queryset=Account.objects.none())
    note = forms.CharField(
        label=_("What they need to know"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "id": "id_offer_note"}),
    )

    def __init__(self, alert: Alert, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = colleagues_for(alert.home.neighbourhood_id, account)
            field.empty_label = str(_("Please choose"))


def _time_and_kind(alert: Any) -> str:
    """Enough to tell two alerts of one home apart."""
    return f"{timezone.localtime(alert.received_at):%m-%d %H:%M} · {alert.get_kind_display()}"


class MergeForm(forms.Form):
    """Which alert of the same home stays."""

    into = forms.ModelChoiceField(label=_("The alert that stays"), queryset=Alert.objects.none())

    def __init__(self, alert: Alert, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = alerts_visible_to(account).filter(home=alert.home_id).exclude(pk=alert.pk)
        field = self.fields["into"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = others.exclude(state=State.CLOSED).order_by("received_at")
            field.label_from_instance = _time_and_kind  # type: ignore[assignment]  # Django documents it as a method to replace
            field.empty_label = str(_("Please choose"))
        self.others = list(others.exclude(state=State.CLOSED).order_by("received_at")[:20])


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


# A device changes its key by itself; that is no cause a person gives.
REVOKING_CAUSES = [choice for choice in RevokedBecause.choices if choice[0] != RevokedBecause.ROTATED]


class RevokeForm(forms.Form):
    """Why a key may no longer sign."""

    because = forms.ChoiceField(label=_("Cause"), choices=REVOKING_CAUSES, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ReachForm(forms.Form):
    """How a person is reached."""

    language = forms.ChoiceField(label=_("Language of the messages"), choices=LANGUAGES)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.RegexField(
        label=_("Telephone"),
        regex=r"^\+?[0-9][0-9 -]{5,20}$",
        required=False,
        max_length=30,
        error_messages={"invalid": _("Please type a telephone number, like 042-123-4567.")},
    )
    by_sms = forms.BooleanField(label=_("Text messages (SMS)"), required=False)
    by_voice = forms.BooleanField(label=_("Calls with a spoken message"), required=False)
