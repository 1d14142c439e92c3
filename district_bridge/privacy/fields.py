"""Model fields that are sealed in the database, and blind indexes by which they can still be found.

A sealed value is bound to its table, column and data subject: copied to another row it does not open. It
is opened only when somebody reads the attribute, so a query that never shows a name never opens one. A
model with sealed fields has an attribute ``seal_subject``, known before the row is saved and the same for
ever (the home's id).
"""

import unicodedata
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from district_bridge.privacy.keyring import ring

if TYPE_CHECKING:
    from collections.abc import Callable

    # At run time Django's fields take no parameters.
    _Text = models.TextField[str, str]
    _Characters = models.CharField[str, str]
else:
    _Text, _Characters = models.TextField, models.CharField

# Told of each row whose sealed value was opened (the access log listens here).
when_opened: list[Callable[[models.Model], None]] = []


class Sealed:
    """A value as it lies in the database. Shown by mistake it shows nothing."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return "•••"

    __repr__ = __str__


class _Opening(DeferredAttribute):
    """Opens the value at its first reading."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            field = cast("SealedText", self.field)
            value = ring().open(value.text, field.bound_to(instance))
            instance.__dict__[field.attname] = value
            for listen in when_opened:
                listen(instance)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Makes this a data descriptor: Python then asks it before the instance's own dictionary."""
        instance.__dict__[self.field.attname] = value


class SealedText(_Text):
    """Text that is AES-GCM in the database (see ``privacy.keyring``); the empty text stays empty."""

    descriptor_class = _Opening

    def bound_to(self, instance: models.Model) -> str:
        """What the value of this row is bound to."""
        return binding(instance._meta.db_table, str(self.column), instance.seal_subject)  # type: ignore[attr-defined]  # noqa: SLF001 - Django's way

    def from_db_value(self, value: str | None, *_: object) -> Sealed | str | None:
        """Stays sealed until it is read."""
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's signature
        """Seals what was read or set; what was not read goes back as it came."""
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, str) and value:
            return Sealed(ring().seal(value, self.bound_to(model_instance)))
        return value if isinstance(value, Sealed) else super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> Any:
        """Only sealed text (or none at all) reaches the database."""
        if isinstance(value, Sealed):
            return value.text
        if isinstance(value, str) and value:
            raise FieldError(f"{self.name} is sealed: save its row; look it up by its blind index")
        return super().get_prep_value(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Sealed text can't be compared: the same name looks different in every row."""
        if lookup_name in {"isnull", "exact"}:
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is sealed and has no {lookup_name}: see district_bridge.homes.search")

    def value_to_string(self, obj: models.Model) -> str:
        """Dumps hold what the database holds."""
        value = obj.__dict__.get(self.attname)
        return value.text if isinstance(value, Sealed) else str(self.get_prep_value(value) or "")


class BlindIndex(_Characters):
    """The keyed digest of another field of the row, kept up whenever the row is saved."""

    def __init__(self, *args: Any, of: str = "", part: str = "whole", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("db_default", "")
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
        self.of, self.part = of, part

    def deconstruct(self) -> Any:
        """For migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of, "part": self.part}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        """The digest of what the row holds now."""
        value = digest(self.part, getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value


def binding(table: str, column: str, subject: str) -> str:
    """The associated data of a sealed value."""
    return f"{table}.{column}\0{subject}"


def normal(text: str) -> str:
    """A name as it is compared: without spaces, capitals and different ways to write one syllable."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def given_name(text: str) -> str:
    """What people call somebody: 순자 of 김순자 (궁순자 of 남궁순자), the last word of a foreign name."""
    words = text.split()
    if len(words) > 1:
        return words[-1]
    is_korean = text != "" and all("가" <= syllable <= "힣" for syllable in text.strip())
    return text.strip()[1:] if is_korean and len(text.strip()) > 1 else text


def digest(part: str, text: str) -> str:
    """The blind index of a name: the ``whole`` of it, or the ``given`` name in it. Empty for nothing."""
    return typed(part, given_name(text) if part == "given" else text)


def typed(part: str, text: str) -> str:
    """The blind index of what somebody typed when looking for a ``whole`` or a ``given`` name."""
    chosen = normal(text)
    return ring().digest(part, chosen) if chosen else ""
