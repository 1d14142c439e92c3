"""Rotating the key that seals personal fields: a new one from now on, and every value sealed anew with it."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import transaction

from district_bridge.privacy import keyring
from district_bridge.privacy.fields import Sealed, SealedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

BATCH = 200


def sealed_fields() -> Iterator[tuple[type[Model], list[SealedText]]]:
    """Every model with sealed fields."""
    for model in apps.get_models():
        fields = [field for field in model._meta.concrete_fields if isinstance(field, SealedText)]  # noqa: SLF001 - Django's way
        if fields:
            yield model, fields


def begin() -> str:
    """Makes a new key the current one; its id. What is sealed from now on is sealed with it."""
    changed = keyring.ring().with_new_key()
    keyring.save(changed)
    return changed.current


def reseal() -> int:
    """Seals with the current key what is sealed with another; how many rows. May be stopped and run again."""
    return sum(_reseal_model(model, fields) for model, fields in sealed_fields())


def used_keys() -> dict[str, int]:
    """How many values each key seals."""
    counts = dict.fromkeys(keyring.ring().keys, 0)
    for model, fields in sealed_fields():
        for field in fields:
            for value in model._default_manager.values_list(field.attname, flat=True).iterator():  # noqa: SLF001
                if isinstance(value, Sealed):
                    key_id = value.text.partition(".")[0]
                    counts[key_id] = counts.get(key_id, 0) + 1
    return counts


def drop_unused() -> list[str]:
    """Takes keys out of the ring that seal nothing. Older backups can't be read any more after that."""
    ring = keyring.ring()
    unused = {key_id for key_id, count in used_keys().items() if not count} - {ring.current}
    keyring.save(ring.without(unused))
    return sorted(unused)


def _reseal_model(model: type[Model], fields: list[SealedText]) -> int:
    done, last = 0, None
    while True:
        rows = model._default_manager.order_by("pk")  # noqa: SLF001 - any model's manager
        keys = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[:BATCH])
        if not keys:
            return done
        last = keys[-1]
        with transaction.atomic():
            for row in model._default_manager.select_for_update().filter(pk__in=keys):  # noqa: SLF001
                done += _reseal_row(row, fields)


def _reseal_row(row: Model, fields: list[SealedText]) -> bool:
    ring = keyring.ring()
    changed = {}
    for field in fields:
        value = row.__dict__[field.attname]
        if isinstance(value, Sealed) and not ring.is_current(value.text):
            bound_to = field.bound_to(row)
            changed[field.attname] = Sealed(ring.seal(ring.open(value.text, bound_to), bound_to))
    if changed:
        type(row)._default_manager.filter(pk=row.pk).update(**changed)  # noqa: SLF001
    return bool(changed)
