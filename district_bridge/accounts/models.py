"""Neighbourhoods, and the people who look after the homes in them."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


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

    REQUIRED_FIELDS: ClassVar = []

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_administrator(self) -> bool:
        """Whether this person may revoke keys and see every neighbourhood."""
        return self.role == Role.ADMIN
