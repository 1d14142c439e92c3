"""The family is told over the SMS gateway, if the resident wants it: asked when posted and when sent."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from district_bridge.channels import webhook
from district_bridge.escalation.models import Result
from district_bridge.homes.models import Contact
from district_bridge.outgoing.post import written
from district_bridge.outgoing.work import NotNeededError, handler
from district_bridge.privacy import consent
from district_bridge.privacy.purposes import FAMILY_NOTICES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from district_bridge.escalation.models import Receipt
    from district_bridge.outgoing.models import Outgoing

KIND = "family"


@dataclass(frozen=True)
class Families:
    """Whom to tell in each of some homes: contacts with a telephone, and whether the resident agrees."""

    contacts: Mapping[str, Sequence[int]]
    agreed: Collection[str]

    def of(self, home_id: str) -> tuple[Result, Sequence[int]]:
        """What comes of telling this home's family, and the contacts that are told."""
        contacts = self.contacts.get(home_id, ())
        if not contacts:
            return Result.NO_CONTACT, ()
        return (Result.TOLD, contacts) if home_id in self.agreed else (Result.NO_CONSENT, ())


def families(homes: Collection[str]) -> Families:
    """The families of these homes, in two questions however many they are."""
    contacts = defaultdict(list)
    for contact in Contact.objects.filter(home__in=homes).exclude(phone=""):
        contacts[contact.home_id].append(contact.pk)
    return Families(contacts, consent.homes_that_allow(contacts.keys(), FAMILY_NOTICES))


def to_contacts(receipt: Receipt, contacts: Iterable[int], now: datetime) -> list[Outgoing]:
    """A message to each contact that a receipt of the family's rung tells."""
    about = {"receipt": receipt.pk}
    return [
        written(KIND, now=now, alert_id=receipt.alert_id, payload=about | {"contact": contact})
        for contact in contacts
    ]


@handler(KIND)
def send(message: Outgoing, now: datetime) -> None:
    """Hands one contact's message to the gateway, unless the resident has withdrawn meanwhile."""
    contact = Contact.objects.filter(pk=message.payload["contact"]).first()
    if contact is None or not contact.phone:
        raise NotNeededError("this contact is not known any more")
    if not consent.allows(contact.home_id, FAMILY_NOTICES):
        raise NotNeededError("the resident does not want the family told any more")
    webhook.hand_over(message, contact.phone, settings.LANGUAGE_CODE, now, kind="sms")
