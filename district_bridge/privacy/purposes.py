"""What residents' data is used for, as data. A new version of a text needs the resident's consent anew."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

EMERGENCY_CARE = "emergency_care"
ROUTINE_PICTURE = "routine_picture"
FAMILY_NOTICES = "family_notices"
COMPLAINT_PHOTOS = "complaint_photos"


@dataclass(frozen=True)
class Purpose:
    """One use of data. ``by_consent``: it needs the resident's consent, which can be taken back."""

    id: str
    title: StrPromise
    text: StrPromise
    version: int
    by_consent: bool = True


PURPOSES = (
    Purpose(
        EMERGENCY_CARE,
        _("Emergency care"),
        _("Alerts and signs of life of the home, so that help can come. This is the service itself."),
        1,
        by_consent=False,
    ),
    Purpose(
        ROUTINE_PICTURE,
        _("Daily routine"),
        _("A picture of the usual day (hours, no sound and no images), so that a slow change is noticed."),
        1,
    ),
    Purpose(
        FAMILY_NOTICES,
        _("Telling the family"),
        _("The people named as contacts are told when an alert is raised."),
        1,
    ),
    Purpose(
        COMPLAINT_PHOTOS,
        _("Photos with a complaint"),
        _("A photo that the resident takes and sends with a complaint."),
        1,
    ),
)
BY_ID = {purpose.id: purpose for purpose in PURPOSES}


def needs_consent(purpose_id: str) -> bool:
    """Whether this use must be consented to; raises ``KeyError`` for a use that is not in the list."""
    return BY_ID[purpose_id].by_consent
