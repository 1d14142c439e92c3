"""Looking a resident up by name, though names are sealed: by the whole name, or by the given name."""

from django.db.models import Q

from district_bridge.privacy.fields import typed


def named(text: str, resident: str = "resident") -> Q:
    """The condition that the resident is called ``text`` (김순자 or 순자); nobody is called nothing.

    ``resident`` is the way to the resident from the model that is asked: ``home__resident`` from an alert.
    """
    if not text.strip():
        return Q(pk__in=[])
    return Q(**{f"{resident}__name_index": typed("whole", text)}) | Q(
        **{f"{resident}__given_index": typed("given", text)}
    )
