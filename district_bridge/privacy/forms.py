"""What people type in about a resident."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

OLDEST = 1900
CONTACTS = 5

PHONE = r"^[0-9+*#() -]{3,30}$"
NO_PHONE = _("Please type a telephone number, like 042-123-4567.")


class ResidentForm(forms.Form):
    """Who lives in a home. Everything but the name may be left out: ask for no more than is needed."""

    name = forms.CharField(label=_("Name of the resident"), max_length=60)
    birth_year = forms.IntegerField(label=_("Year of birth"), required=False, min_value=OLDEST)
    phone = forms.RegexField(
        PHONE, label=_("Telephone"), required=False, max_length=30, error_messages={"invalid": NO_PHONE}
    )
    address = forms.CharField(label=_("Address"), required=False, max_length=200)
    notes = forms.CharField(
        label=_("What helpers must know"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_birth_year(self) -> str:
        """As it is sealed: text."""
        year: Any = self.cleaned_data["birth_year"]
        if year is None:
            return ""
        if year > timezone.localdate().year:
            raise forms.ValidationError(_("This year is not over yet."))
        return str(year)


class ContactForm(forms.Form):
    """Somebody to call. Without a name the row is left out."""

    name = forms.CharField(label=_("Name"), required=False, max_length=60)
    relation = forms.CharField(
        label=_("Relation (daughter, neighbour, doctor)"), required=False, max_length=40
    )
    phone = forms.RegexField(
        PHONE, label=_("Telephone"), required=False, max_length=30, error_messages={"invalid": NO_PHONE}
    )

    def clean(self) -> dict[str, Any]:
        """A number without a name helps nobody."""
        cleaned = self.cleaned_data
        if cleaned.get("phone") and not cleaned.get("name"):
            raise forms.ValidationError(_("Whose number is this?"))
        return cleaned


ContactForms = forms.formset_factory(ContactForm, extra=2, max_num=CONTACTS, validate_max=True)
