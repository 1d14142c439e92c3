"""Changing what is known of a resident."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from district_bridge.homes.models import Contact, Home, Resident

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS = ("name", "birth_year", "phone", "address", "notes")
CONTACT_FIELDS = ("name", "relation", "phone")


def known(resident: Resident) -> dict[str, str]:
    """What a form shows of a resident."""
    return {field: getattr(resident, field) for field in FIELDS}


def known_contacts(home: Home) -> list[dict[str, str]]:
    """What a form shows of the contacts."""
    return [{field: getattr(contact, field) for field in CONTACT_FIELDS} for contact in home.contacts.all()]


@transaction.atomic
def change(home: Home, values: dict[str, str], contacts: Iterable[dict[str, Any]]) -> None:
    """Stores the resident and the contacts, in the order given; contacts without a name are gone."""
    Home.objects.select_for_update().get(pk=home.pk)
    resident = Resident.objects.get(home=home)
    for field in FIELDS:
        setattr(resident, field, values[field])
    resident.save()
    Contact.objects.filter(home=home).delete()
    named = [contact for contact in contacts if contact.get("name")]
    for position, contact in enumerate(named, start=1):
        Contact.objects.create(
            home=home, position=position, **{field: contact.get(field, "") for field in CONTACT_FIELDS}
        )
