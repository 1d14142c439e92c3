"""What can go wrong between a home and the bridge, each with its name and status (RFC 9457)."""

from typing import Any


class ProblemError(Exception):
    """A request that can't be answered as asked; ``detail`` says what a person can do about it."""

    name = "internal"
    status = 500
    title = "The bridge could not answer"

    def __init__(self, detail: str, *, retry_after_s: int | None = None, allow: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.allow = allow
        self.retry_after_s = retry_after_s

    def body(self, now_s: float) -> dict[str, Any]:
        """The problem as it travels; ``time`` lets a home whose clock is off correct itself."""
        return {
            "type": f"urn:seogu:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "time": now_s,
        }


class MalformedError(ProblemError):
    """The request is not what the protocol says."""

    name, status, title = "malformed", 400, "The request could not be read"


class BadSignatureError(ProblemError):
    """The signature does not fit the key, or another algorithm or audience was used."""

    name, status, title = "bad-signature", 401, "The signature is not valid"


class UnknownKeyError(ProblemError):
    """No home has this key, or it is another home's."""

    name, status, title = "unknown-key", 401, "The key is not known for this home"


class StaleError(ProblemError):
    """The sender's clock is too far off the bridge's."""

    name, status, title = "stale", 401, "The request was signed at another time"


class RevokedError(ProblemError):
    """The key was revoked by the district."""

    name, status, title = "revoked", 403, "The key was revoked"


class HeldError(ProblemError):
    """Two devices use this key, and this is not the one that is believed. Emergencies are taken."""

    name, status, title = "held", 403, "Another device uses this key"


class CodeUnknownError(ProblemError):
    """No such enrolment code."""

    name, status, title = "code-unknown", 404, "The enrolment code is not known"


class NotFoundError(ProblemError):
    """No such address."""

    name, status, title = "not-found", 404, "There is nothing at this address"


class MethodError(ProblemError):
    """The address is right, the method is not."""

    name, status, title = "method-not-allowed", 405, "The method is not allowed here"


class ReplayedError(ProblemError):
    """A token that was used before."""

    name, status, title = "replayed", 409, "The request was sent before"


class CodeUsedError(ProblemError):
    """An enrolment code that another key has used."""

    name, status, title = "code-used", 410, "The enrolment code was already used"


class CodeExpiredError(ProblemError):
    """An enrolment code past its day."""

    name, status, title = "code-expired", 410, "The enrolment code has expired"


class TooLargeError(ProblemError):
    """A body or batch over the limit."""

    name, status, title = "too-large", 413, "The batch is too large"


class TooManyError(ProblemError):
    """Too many tries in a short time. Never said to a batch that holds an incident."""

    name, status, title = "too-many", 429, "Too many tries"


class BridgeFailureError(ProblemError):
    """A failure of the bridge itself: the sender keeps what it has and tries again."""
