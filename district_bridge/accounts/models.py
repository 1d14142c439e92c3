"""Neighbourhoods, and the people who look after the homes in them."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.privacy.fields import SealedText


class Neighbourhood(models.Model):
    """A 동: what a person's sight of homes is measured in."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person does here."""

    CASEWORKER = "caseworker", _("Caseworker")
    DUTY_OFFICER = "duty_officer", _("Duty officer")
    ADMIN = "admin", _("Administrator")


class Account(AbstractUser):
    """A person who signs in to the dashboard."""

    display_name = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=Role, default=Role.CASEWORKER)
    neighbourhoods = models.ManyToManyField(Neighbourhood, blank=True, related_name="accounts")
    # When the last break-glass access ends; so that scoping asks for such access only while there is some.
    glass_until = models.DateTimeField(null=True)
    # A password that was made up for this person is good for one sign-in, to choose one's own.
    password_is_made_up = models.BooleanField(db_default=False, default=False)
    # Counting it up ends every session of this person.
    sessions = models.PositiveIntegerField(db_default=0, default=0)

    REQUIRED_FIELDS: ClassVar = []

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_administrator(self) -> bool:
        """Whether this person may revoke keys and see every neighbourhood."""
        return self.role == Role.ADMIN

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, and the count: both of them end sessions when they change."""
        return f"{super()._get_session_auth_hash(secret)}.{self.sessions}"  # type: ignore[misc]  # Django's own


class SecondFactor(models.Model):
    """The authenticator app of a person: a shared secret (RFC 6238) and what was tried with it."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="second_factor")
    secret = SealedText()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    # The time step of the last code that was taken: a code works once.
    last_step = models.BigIntegerField(db_default=-1, default=-1)
    wrong = models.PositiveSmallIntegerField(db_default=0, default=0)
    wrong_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"second factor of account {self.account_id}"

    @property
    def seal_subject(self) -> str:
        """What the sealed secret is bound to."""
        return f"account {self.account_id}"


class RecoveryCode(models.Model):
    """A single-use code for a person whose telephone is lost; only its keyed digest is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"recovery code of account {self.account_id}"
