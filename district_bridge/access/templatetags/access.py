"""What every page shows of access: one's own emergency access, and what administrators have to note."""

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone

from district_bridge.access import break_glass
from district_bridge.access.action_words import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.accounts.models import Account

register = template.Library()


@register.simple_tag
def glass_to_note(account: Account) -> int:
    """How much emergency access waits for an administrator's eyes."""
    return break_glass.to_note().count() if account.is_administrator else 0


@register.simple_tag
def own_glass_until(account: Account) -> datetime | None:
    """Until when this person has a home open outside their neighbourhoods."""
    until = account.glass_until
    return until if until is not None and until > timezone.now() else None


@register.filter
def action_words(action: str) -> str:
    """What was done, in the reader's language."""
    return in_words(action)
