"""What an alert is about, in the words of who sent it."""

import unicodedata
from typing import TYPE_CHECKING

from django.utils.translation import get_language

if TYPE_CHECKING:
    from district_bridge.alerts.models import Alert

UNSEEN = "\u115f\u1160\u3164\uffa0"
"""Letters of Korean that are blank."""


def summary(alert: Alert) -> str:
    """In the reader's language; where the sender gave no words in it, in the other, or the kind of alert."""
    english = get_language() == "en"
    words = (alert.summary_en, alert.summary_ko) if english else (alert.summary_ko, alert.summary_en)
    return next((each for each in words if _can_be_read(each)), str(alert.get_kind_display()))


def _can_be_read(text: str) -> bool:
    return any(unicodedata.category(each)[0] in "LNPS" and each not in UNSEEN for each in text)
