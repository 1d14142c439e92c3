"""Rows that are written off the ORM are the rows that the ORM leaves."""

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models, transaction

from district_bridge import rows
from district_bridge.escalation.models import Receipt, Result, Rung
from district_bridge.outgoing.models import Outgoing
from tests.district_bridge.people import enrolled_home, raised_alert

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert

pytestmark = pytest.mark.django_db


def receipts(alert: Alert, now: datetime) -> list[models.Model]:
    def receipt(place: int, turn: int, **more: Any) -> Receipt:
        about = {"alert": alert, "climb": 2**60, "step": Rung.FAMILY, "result": Result.TOLD, "at": now}
        return Receipt(place=place, turn=turn, **about, **more)

    return [receipt(2, 0, people=3), receipt(0, 7), receipt(1, 0, seen_at=now)]


def messages(alert: Alert, now: datetime) -> list[models.Model]:
    payloads: list[dict[str, Any]] = [{}, {"말": "따옴표 ' \" \\ %s"}, {"number": 2**70, "deep": [None, 1.5]}]
    return [
        Outgoing(kind=f"k{place}", alert=alert, payload=payload, created_at=now, due_at=now)
        for place, payload in enumerate(payloads)
    ]


@pytest.mark.parametrize("made", [receipts, messages])
def test_created_objects_are_the_rows_that_django_would_have_left(now: datetime, made: Any) -> None:
    def stored(store: Any) -> tuple[list[models.Model], list[dict[str, Any]]]:
        objects = made(raised_alert(enrolled_home(now=now), now), now)
        store(objects)
        model = type(objects[0])
        numbers = [each.pk for each in objects]
        found = {row.pop("id"): row for row in model.objects.filter(pk__in=numbers).values()}
        return objects, [found[number] | {"alert_id": None} for number in numbers]

    with transaction.atomic():
        _, by_django = stored(lambda objects: type(objects[0]).objects.bulk_create(objects))
        objects, by_rows = stored(rows.create)
    assert by_rows == by_django
    assert len(by_rows) == 3
    # They are known as stored: saving one changes its row.
    objects[0].save()
    assert type(objects[0]).objects.filter(pk=objects[0].pk).count() == 1


def test_nothing_is_created_of_nothing() -> None:
    rows.create([])
