"""The family is told over the SMS gateway, if the resident wants it: asked when posted and when sent."""

from typing import TYPE_CHECKING

from django.conf import settings

from district_bridge.channels import webhook
from district_bridge.escalation.models import Result
from district_bridge.homes.models import Contact
from district_bridge.outgoing.post import post
from district_bridge.outgoing.work import NotNeededError, handler
from district_bridge.privacy import consent
from district_bridge.privacy.purposes import FAMILY_NOTICES

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.escalation.models import Receipt
    from district_bridge.outgoing.models import Outgoing

KIND = "family"


def tell(receipt: Receipt, now: datetime) -> tuple[Result, int]:
    """Posts a message to each contact with a telephone; what came of it, and how many people."""
    home_id = receipt.alert.home_id
    if not Contact.objects.filter(home=home_id).exclude(phone="").exists():
        return Result.NO_CONTACT, 0
    contacts = [contact for contact in consent.contacts_to_tell(home_id) if contact.phone]
    if not contacts:
        return Result.NO_CONSENT, 0
    for contact in contacts:
        post(
            KIND,
            now=now,
            alert_id=receipt.alert_id,
            payload={"receipt": receipt.pk, "contact": contact.pk},
        )
    return Result.TOLD, len(contacts)


@handler(KIND)
def send(message: Outgoing, now: datetime) -> None:
    """Hands one contact's message to the gateway, unless the resident has withdrawn meanwhile."""
    contact = Contact.objects.filter(pk=message.payload["contact"]).first()
    if contact is None or not contact.phone:
        raise NotNeededError("this contact is not known any more")
    if not consent.allows(contact.home_id, FAMILY_NOTICES):
        raise NotNeededError("the resident does not want the family told any more")
    webhook.hand_over(message, contact.phone, settings.LANGUAGE_CODE, now, kind="sms")
