"""Consent: given and withdrawn per purpose, asked before each flow it allows.

``allows`` is the one question: what needs consent asks it at the moment it would flow, so a withdrawal
works from the next moment on. What had flowed before is destroyed by those who keep it: they say so with
``on_withdrawal``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from district_bridge.homes.models import Home
from district_bridge.privacy.models import Consent
from district_bridge.privacy.purposes import BY_ID, PURPOSES, Purpose, needs_consent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from django.db.models import QuerySet

    from district_bridge.accounts.models import Account

_destroyers: dict[str, list[Callable[[str], None]]] = {}


class NotByConsentError(Exception):
    """This use does not rest on consent; it ends when the home leaves the service."""


@dataclass(frozen=True)
class Standing:
    """How one purpose stands for one home."""

    purpose: Purpose
    consent: Consent | None

    @property
    def is_given(self) -> bool:
        """Whether data may flow for it."""
        return not self.purpose.by_consent or (
            self.consent is not None and self.consent.version >= self.purpose.version
        )

    @property
    def is_outdated(self) -> bool:
        """Whether consent was given to an older text: nothing flows until it is given anew."""
        return self.consent is not None and self.consent.version < self.purpose.version


def allows(home_id: str, purpose_id: str) -> bool:
    """Whether data of this home may be used for the purpose now."""
    return not needs_consent(purpose_id) or in_force(purpose_id).filter(home=home_id).exists()


def homes_that_allow(homes: Collection[str], purpose_id: str) -> set[str]:
    """Those of these homes whose data may be used for the purpose now."""
    if not needs_consent(purpose_id):
        return set(homes)
    return set(in_force(purpose_id).filter(home__in=homes).values_list("home", flat=True))


def in_force(purpose_id: str) -> QuerySet[Consent]:
    """The consents to the purpose's present text that were not withdrawn."""
    version = BY_ID[purpose_id].version
    return Consent.objects.filter(purpose=purpose_id, withdrawn_at=None, version__gte=version)


def standing(home: Home) -> list[Standing]:
    """Every purpose, as it stands for this home."""
    known = {consent.purpose: consent for consent in home.consents.filter(withdrawn_at=None)}
    return [Standing(purpose, known.get(purpose.id)) for purpose in PURPOSES]


@transaction.atomic
def give(home: Home, purpose_id: str, now: datetime, given_to: Account | None = None) -> Consent:
    """Notes the resident's consent to the present text; the same again changes nothing."""
    if not needs_consent(purpose_id):
        raise NotByConsentError(purpose_id)
    Home.objects.select_for_update().get(pk=home.pk)
    known = Consent.objects.filter(home=home, purpose=purpose_id, withdrawn_at=None).first()
    if known is not None and known.version >= BY_ID[purpose_id].version:
        return known
    if known is not None:
        known.withdrawn_at, known.withdrawn_to = now, given_to
        known.save(update_fields=["withdrawn_at", "withdrawn_to"])
    return Consent.objects.create(
        home=home,
        purpose=purpose_id,
        version=BY_ID[purpose_id].version,
        given_at=now,
        given_to=given_to,
    )


@transaction.atomic
def withdraw(home: Home, purpose_id: str, now: datetime, withdrawn_to: Account | None = None) -> bool:
    """Ends the consent, and destroys what was kept because of it. False when there was none."""
    if not needs_consent(purpose_id):
        raise NotByConsentError(purpose_id)
    known = Consent.objects.filter(home=home, purpose=purpose_id, withdrawn_at=None)
    if not known.update(withdrawn_at=now, withdrawn_to=withdrawn_to):
        return False
    for destroy in _destroyers.get(purpose_id, ()):
        destroy(home.pk)
    return True


def on_withdrawal(purpose_id: str, destroy: Callable[[str], None]) -> None:
    """Has ``destroy(home_id)`` called, in the withdrawal's transaction, when this consent is withdrawn."""
    needs_consent(purpose_id)
    destroyers = _destroyers.setdefault(purpose_id, [])
    if destroy not in destroyers:
        destroyers.append(destroy)
