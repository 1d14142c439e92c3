"""A month of the access log, summed up for the administrator who reviews it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from district_bridge.access import chain
from district_bridge.access.models import BreakGlass, Entry, Kind, Review

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from district_bridge.accounts.models import Account

OLDEST_YEAR = 2000


@dataclass(frozen=True)
class Month:
    """A calendar month in the district's time: ``begins`` belongs to it, ``ends`` no longer."""

    first: date
    begins: datetime
    ends: datetime

    @property
    def before(self) -> date:
        """The first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        """The first day of the month after."""
        return _next(self.first)


def month(text: str | None, now: datetime) -> Month:
    """The month written as ``2026-11``, or the one of ``now``."""
    try:
        first = date.fromisoformat(f"{text}-01") if text else timezone.localdate(now).replace(day=1)
    except ValueError:
        return month(None, now)
    if not OLDEST_YEAR <= first.year < date.max.year:
        return month(None, now)
    return Month(first, _midnight(first), _midnight(_next(first)))


def entries(of: Month) -> QuerySet[Entry]:
    """The month's entries."""
    return Entry.objects.filter(at__gte=of.begins, at__lt=of.ends)


def by_account(of: Month) -> list[dict[str, Any]]:
    """What each account did: who was shown most homes first."""
    counted = (
        entries(of)
        .values("account", "username")
        .annotate(
            reads=Count("id", filter=Q(kind=Kind.READ)),
            homes=Sum("subjects", filter=Q(kind=Kind.READ), default=0),
            acts=Count("id", filter=Q(kind=Kind.ACT)),
            refused=Count("id", filter=Q(kind=Kind.REFUSED)),
            downloads=Count("id", filter=Q(kind=Kind.DOWNLOAD)),
            last=Max("at"),
        )
    )
    return [dict(row) for row in counted.order_by("-homes", "username")]


def to_look_at(of: Month) -> QuerySet[Entry]:
    """What an administrator should read one by one: refusals and downloads."""
    return entries(of).filter(kind__in=[Kind.REFUSED, Kind.DOWNLOAD]).order_by("-at")


def broken_glass(of: Month) -> QuerySet[BreakGlass]:
    """Emergency access taken in the month."""
    found = BreakGlass.objects.filter(opened_at__gte=of.begins, opened_at__lt=of.ends)
    return found.select_related("account", "home__resident", "home__neighbourhood", "noted_by")


def of_home(home_id: str) -> QuerySet[Entry]:
    """Who was shown this home, the latest first: what a resident may ask for."""
    return Entry.objects.filter(homes__contains=f",{home_id},").order_by("-at")


def record(of: Month, by: Account, note: str, now: datetime) -> Review:
    """Checks the chain and remembers that the month was reviewed, and where the chain ended then."""
    chain.extend()
    verdict = chain.verify(now)
    return Review.objects.create(
        month=of.first,
        at=now,
        by=by,
        note=note,
        holds=verdict.holds,
        head_seq=verdict.head_seq,
        head_link=verdict.head_link,
    )


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
