"""How long each class of data is kept, and its destruction afterwards, which leaves a record.

The times are the district's to decide; these are the defaults, with where they come from.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from district_bridge.access import chain
from district_bridge.access.log import KEPT_FOR as ACCESS_LOG_KEPT_FOR
from district_bridge.access.models import BreakGlass, Entry
from district_bridge.alerts.models import Alert, State
from district_bridge.downlink.models import DownlinkMessage
from district_bridge.homes.models import Contact, EnrolmentCode, Home, Link, Resident, RevokedBecause
from district_bridge.intake.models import DeadLetter, InboxMessage
from district_bridge.privacy.models import Consent, Destruction
from district_bridge.routines.models import RoutineDay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)
BATCH = 500
BRIDGE = "bridge"
ERASED = "(파기됨)"

YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Kept:
    """A class of data: how long it is kept, how much is due, and how a batch of it is destroyed."""

    id: str
    title: str
    for_: timedelta
    due: Callable[[datetime], QuerySet[Model]]
    destroy: Callable[[datetime], int]


def _rows(due: Callable[[datetime], QuerySet[Model]]) -> Callable[[datetime], int]:
    """Destroys a batch of rows and what hangs on them."""

    def destroy(cutoff: datetime) -> int:
        keys = list(due(cutoff).order_by("pk").values_list("pk", flat=True)[:BATCH])
        due(cutoff).model._default_manager.filter(pk__in=keys).delete()  # noqa: SLF001 - any model's manager
        return len(keys)

    return destroy


def _plain(kind: str, title: str, for_: timedelta, due: Callable[[datetime], QuerySet[Model]]) -> Kept:
    return Kept(kind, title, for_, due, _rows(due))


def _closed_alerts(cutoff: datetime) -> QuerySet[Model]:
    return Alert.objects.filter(state=State.CLOSED, closed_at__lt=cutoff)


def _destroy_alerts(cutoff: datetime) -> int:
    """Alert and inbox go together, or the audit's sums would no longer hold."""
    keys = list(_closed_alerts(cutoff).order_by("pk").values_list("pk", flat=True)[:BATCH])
    InboxMessage.objects.filter(alert__in=keys).delete()
    # What was merged into one of them is closed as long ago, or stays without it.
    Alert.objects.filter(merged_into__in=keys).update(merged_into=None)
    Alert.objects.filter(pk__in=keys).delete()
    return len(keys)


def _former_homes(cutoff: datetime) -> QuerySet[Model]:
    """Homes whose resident moved away or died before the cutoff, and whose data is still there."""
    ended = Home.objects.filter(
        link=Link.REVOKED,
        keys__revoked_because__in=[RevokedBecause.MOVED, RevokedBecause.DIED],
        keys__revoked_at__lt=cutoff,
    )
    return ended.filter(Q(resident__isnull=False) & ~Q(resident__name_index="")).distinct()


def _erase_residents(cutoff: datetime) -> int:
    """The person goes, the home's number stays for the alerts' statistics."""
    homes = list(_former_homes(cutoff).order_by("pk").values_list("pk", flat=True)[:BATCH])
    for resident in Resident.objects.filter(home__in=homes):
        resident.name, resident.birth_year, resident.phone = ERASED, "", ""
        resident.address = resident.notes = ""
        resident.save()
    Resident.objects.filter(home__in=homes).update(name_index="", given_index="")
    Contact.objects.filter(home__in=homes).delete()
    DownlinkMessage.objects.filter(home__in=homes).delete()
    RoutineDay.objects.filter(home__in=homes).delete()
    return len(homes)


# Kept in this order: what hangs on other rows goes first.
CLASSES = (
    Kept(
        "access_log",
        "the access log (two years: see access.log)",
        ACCESS_LOG_KEPT_FOR,
        lambda cutoff: Entry.objects.filter(at__lt=cutoff),
        chain.forget_before,
    ),
    _plain(
        "downlink",
        "messages to homes (the stream resumes within 30 days)",
        timedelta(days=30),
        lambda cutoff: DownlinkMessage.objects.filter(created_at__lt=cutoff),
    ),
    _plain(
        "dead_letters",
        "messages that could not be taken",
        timedelta(days=90),
        lambda cutoff: DeadLetter.objects.filter(received_at__lt=cutoff),
    ),
    _plain(
        "routine_days",
        "pictures of residents' days (a season, so that a slow change is seen)",
        timedelta(days=90),
        lambda cutoff: RoutineDay.objects.filter(day__lt=cutoff.date()),
    ),
    _plain(
        "enrolment_codes",
        "enrolment codes that were used or have expired",
        timedelta(days=90),
        lambda cutoff: EnrolmentCode.objects.filter(Q(used_at__lt=cutoff) | Q(expires_at__lt=cutoff)),
    ),
    Kept(
        "closed_alerts",
        "closed alerts with their steps and notes (three years, as records of care given)",
        3 * YEAR,
        _closed_alerts,
        _destroy_alerts,
    ),
    _plain(
        "withdrawn_consents",
        "withdrawn consents (three years, as proof)",
        3 * YEAR,
        lambda cutoff: Consent.objects.filter(withdrawn_at__lt=cutoff),
    ),
    Kept(
        "former_residents",
        "personal data of residents who moved away or died (30 days to hand over)",
        timedelta(days=30),
        _former_homes,
        _erase_residents,
    ),
    _plain(
        "emergency_access",
        "emergency access (as the access log)",
        ACCESS_LOG_KEPT_FOR,
        lambda cutoff: BreakGlass.objects.filter(opened_at__lt=cutoff),
    ),
    _plain(
        "sign_in_attempts",
        "attempts to sign in",
        YEAR,
        lambda cutoff: AccessAttempt.objects.filter(attempt_time__lt=cutoff),
    ),
    _plain(
        "sign_in_failures",
        "failed sign-ins",
        YEAR,
        lambda cutoff: AccessFailureLog.objects.filter(attempt_time__lt=cutoff),
    ),
    _plain(
        "sign_ins",
        "sign-ins",
        YEAR,
        lambda cutoff: AccessLog.objects.filter(attempt_time__lt=cutoff),
    ),
    _plain(
        "sessions",
        "sessions that are over",
        timedelta(days=1),
        lambda cutoff: Session.objects.filter(expire_date__lt=cutoff),
    ),
)


def due(now: datetime) -> dict[str, int]:
    """How much of each class is past its time."""
    return {kept.id: kept.due(now - kept.for_).count() for kept in CLASSES}


def steps(now: datetime, by: str = BRIDGE) -> Iterator[Destruction | None]:
    """Destroys what is due, a batch at a time, so that other work comes between; yields each class's record.

    A class that fails is recorded as failed, and the others follow.
    """
    for kept in CLASSES:
        cutoff, count, failure = now - kept.for_, 0, ""
        while not failure:
            try:
                with transaction.atomic():
                    gone = kept.destroy(cutoff)
            except Exception as error:
                log.exception("%s could not be destroyed", kept.id)
                failure = f"{type(error).__name__}: {error}"[:500]
                break
            count += gone
            if gone < BATCH:
                break
            yield None
        if count or failure:
            yield Destruction.objects.create(
                kind=kept.id, at=now, cutoff=cutoff, count=count, by=by, failure=failure
            )


def run(now: datetime, by: str = BRIDGE) -> list[Destruction]:
    """Destroys all that is due, and gives the records."""
    return [record for record in steps(now, by) if record is not None]
