"""Words that make a password easy to guess here: the district, its places, and what the bridge is for."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from district_bridge.accounts.models import Neighbourhood

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

WORDS = (
    "seogu",
    "서구",
    "daejeon",
    "대전",
    "bridge",
    "브리지",
    "dolbom",
    "돌봄",
    "welfare",
    "복지",
    "password",
)
# What is left of a password without these words must still be this long.
REST = 6


class LocalWordsValidator:
    """Refuses passwords that are little more than such words, and the names of the bridge and its 동."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raises ``ValidationError`` with what to do."""
        places = Neighbourhood.objects.values_list("name", flat=True)
        words = {*WORDS, *settings.DEPLOYMENT.name.split(), *places}
        rest = password.casefold()
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word.casefold(), "")
        if len(rest) < min(REST, len(password)) and rest != password.casefold():
            raise ValidationError(self.get_help_text(), code="local_words")

    def get_help_text(self) -> str:
        """For the form."""
        return _("Don't build the password from the names of the district, its neighbourhoods or the bridge.")
