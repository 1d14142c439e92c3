"""Passwords for new accounts."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from district_bridge.deployment import DeploymentError


def choose_password(given: str | None) -> tuple[str, bool]:
    """The given password, judged, or one that is made up (then the second value is True)."""
    if not given:
        return secrets.token_urlsafe(12), True
    try:
        validate_password(given)
    except ValidationError as error:
        raise DeploymentError("the password is too weak: " + " ".join(error.messages)) from error
    return given, False
