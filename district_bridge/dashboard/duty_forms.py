"""What people type in about shifts and ladders."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from district_bridge.accounts.models import Account, Neighbourhood, Role
from district_bridge.alerts.models import Kind, Severity
from district_bridge.escalation.calendar import MOST_REPEATS
from district_bridge.escalation.climb import LadderError
from district_bridge.escalation.ladders import LONGEST_WAIT_S, read_ladder
from district_bridge.escalation.models import Duty, Rung
from district_bridge.homes.scope import neighbourhoods_of

LONGEST_SHIFT = timedelta(days=7)
LOCAL_TIME = "%Y-%m-%dT%H:%M"


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(format=LOCAL_TIME, attrs={"type": "datetime-local"})


class ShiftForm(forms.Form):
    """Who is on call, for what, where, and when."""

    duty = forms.ChoiceField(label=_("On call as"), choices=Duty.choices)
    neighbourhood = forms.ModelChoiceField(
        label=_("Neighbourhood"), queryset=Neighbourhood.objects.none(), required=False
    )
    account = forms.ModelChoiceField(label=_("Person"), queryset=Account.objects.none())
    starts_at = forms.DateTimeField(label=_("From"), input_formats=[LOCAL_TIME], widget=_moment())
    ends_at = forms.DateTimeField(label=_("Until"), input_formats=[LOCAL_TIME], widget=_moment())
    every = forms.ChoiceField(
        label=_("Repeat"), choices=[("0", _("once")), ("1", _("every day")), ("7", _("every week"))]
    )
    times = forms.IntegerField(label=_("How often"), min_value=1, max_value=MOST_REPEATS, initial=1)

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = neighbourhoods_of(account)
        where, who = self.fields["neighbourhood"], self.fields["account"]
        is_admin = account.role == Role.ADMIN
        if isinstance(where, forms.ModelChoiceField):
            where.queryset = own
            where.empty_label = str(_("The whole district")) if is_admin else str(_("Please choose"))
            where.required = not is_admin
        if isinstance(who, forms.ModelChoiceField):
            people = Account.objects.filter(is_active=True)
            if not is_admin:
                people = people.filter(Q(neighbourhoods__in=own) | Q(role=Role.ADMIN)).distinct()
            who.queryset = people.order_by("display_name", "pk")
            who.empty_label = str(_("Please choose"))

    def clean(self) -> dict[str, Any]:
        """A shift ends after it starts, and a typing error does not make it last for months."""
        data: dict[str, Any] = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start is not None and end is not None:
            if end <= start:
                self.add_error("ends_at", _("A shift ends after it starts."))
            elif end - start > LONGEST_SHIFT:
                self.add_error("ends_at", _("A shift lasts a week at most."))
        return data


class LadderForm(forms.Form):
    """A district's own ladder: after how many seconds each rung is told; empty leaves it out."""

    neighbourhood = forms.ModelChoiceField(
        label=_("Neighbourhood"), queryset=Neighbourhood.objects.none(), required=False
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *Kind.choices], required=False)
    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[("", _("All")), *Severity.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    again_s = forms.IntegerField(
        label=_("The last rung again every (seconds)"), min_value=30, max_value=LONGEST_WAIT_S, initial=180
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        where = self.fields["neighbourhood"]
        is_admin = account.role == Role.ADMIN
        if isinstance(where, forms.ModelChoiceField):
            where.queryset = neighbourhoods_of(account)
            where.empty_label = str(_("All")) if is_admin else str(_("Please choose"))
            where.required = not is_admin
        for rung in Rung:
            self.fields[f"after_{rung.value}"] = forms.IntegerField(
                label=_("%(rung)s after (seconds)") % {"rung": rung.label},
                min_value=0,
                max_value=LONGEST_WAIT_S,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """A ladder on which an alert could be lost is refused, with the reason."""
        data: dict[str, Any] = super().clean() or {}
        rungs = [
            {"step": rung.value, "after_s": data[f"after_{rung.value}"]}
            for rung in Rung
            if data.get(f"after_{rung.value}") is not None
        ]
        data["rungs"] = sorted(rungs, key=lambda rung: int(rung["after_s"]))
        try:
            read_ladder(data["rungs"], data.get("again_s"))
        except LadderError as error:
            raise forms.ValidationError(
                _("An alert could be lost on this ladder: %(why)s") % {"why": gettext(str(error))}
            ) from error
        return data
