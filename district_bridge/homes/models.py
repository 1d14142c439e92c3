"""Homes as the bridge knows them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.accounts.models import Neighbourhood
from district_bridge.privacy.fields import BlindIndex, SealedText


class Link(models.TextChoices):
    """How the bridge stands with a home."""

    WAITING = "waiting", _("Waiting to be set up")
    ONLINE = "online", _("Online")
    OFFLINE = "offline", _("Offline")
    REVOKED = "revoked", _("Revoked")


class Home(models.Model):
    """A home under care. ``deadline_at`` is when its silence becomes a sign; null means not watched."""

    id = models.CharField(primary_key=True, max_length=40)
    neighbourhood = models.ForeignKey(Neighbourhood, on_delete=models.PROTECT, related_name="homes")
    created_at = models.DateTimeField()
    software = models.CharField(max_length=40, blank=True)
    link = models.CharField(max_length=10, choices=Link, default=Link.WAITING)
    last_seen_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    offline_since = models.DateTimeField(null=True)
    robot_seen_at = models.DateTimeField(null=True)
    parts = models.JSONField(default=dict)
    # When each part of the home was last heard of, where the home tells it (docs/protocol.md).
    parts_seen = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    waiting = models.PositiveIntegerField(default=0)
    last_heartbeat = models.UUIDField(null=True)
    downlink_seq = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                fields=["deadline_at"], name="home_deadline", condition=models.Q(deadline_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Resident(models.Model):
    """Who lives in a home. Kept apart from the home: this is the personal part, sealed in the database."""

    home = models.OneToOneField(Home, on_delete=models.CASCADE, related_name="resident")
    name = SealedText()
    name_index = BlindIndex(of="name", part="whole")
    given_index = BlindIndex(of="name", part="given")
    birth_year = SealedText(blank=True, db_default="")
    phone = SealedText(blank=True, db_default="")
    address = SealedText(blank=True, db_default="")
    notes = SealedText(blank=True, db_default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_index"], name="resident_name"),
            models.Index(fields=["given_index"], name="resident_given_name"),
        ]

    def __str__(self) -> str:
        return f"resident of {self.home_id}"

    @property
    def seal_subject(self) -> str:
        """What sealed values of this row are bound to."""
        return self.home_id


class Contact(models.Model):
    """Somebody to call about a resident (family, a neighbour, a doctor), in the order of calling."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="contacts")
    position = models.PositiveSmallIntegerField(db_default=1)
    name = SealedText()
    relation = SealedText(blank=True, db_default="")
    phone = SealedText(blank=True, db_default="")

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return f"contact of {self.home_id}"

    @property
    def seal_subject(self) -> str:
        """What sealed values of this row are bound to."""
        return self.home_id


class KeyOwner(models.TextChoices):
    """Whose key it is."""

    HOME = "home", _("Home")
    ROBOT = "robot", _("Robot")


class RevokedBecause(models.TextChoices):
    """Why a key ended."""

    MOVED = "moved", _("The resident moved away")
    DIED = "died", _("The resident died")
    STOLEN = "stolen", _("A device was stolen or lost")
    REPLACED = "replaced", _("A new device or key took its place")
    ROTATED = "rotated", _("The device changed its key")
    CLONED = "cloned", _("The key was used in two places")
    OTHER = "other", _("Other")


# Keys whose emergencies are taken: those that may sign, and those whose device has gone on to a new key. Who
# still signs with one of the latter was restored from an old copy, or is somebody else (docs/decisions/0211).
STILL_HEARD = models.Q(revoked_at=None) | models.Q(revoked_because=RevokedBecause.ROTATED)


class HomeKey(models.Model):
    """A public key that may sign for a home.

    ``takes_over`` is the key that ends when this one is first used. ``boot`` names the start of the program
    that signs with it since ``boot_at``, ``past_boots`` those before it, a line each, ``returned_boot``
    one of those that came back. ``held_at`` is since when a second device was noticed: from then on only
    ``boot`` is believed.
    """

    kid = models.CharField(max_length=43, unique=True)
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="keys")
    owner = models.CharField(max_length=10, choices=KeyOwner)
    robot = models.CharField(max_length=64, blank=True)
    jwk = models.JSONField()
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    revoked_because = models.CharField(max_length=10, choices=RevokedBecause, blank=True, db_default="")
    takes_over = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="successors")
    rotation_asked_at = models.DateTimeField(null=True)
    boot = models.CharField(max_length=40, blank=True, db_default="")
    boot_at = models.DateTimeField(null=True)
    past_boots = models.TextField(blank=True, db_default="")
    # Empty is the name of older software.
    returned_boot = models.CharField(max_length=40, null=True)  # noqa: DJ001
    held_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["added_at"]
        indexes: ClassVar = [
            models.Index(fields=["home"], name="key_held", condition=models.Q(held_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.kid

    @property
    def is_heard(self) -> bool:
        """Whether emergencies that are signed with it are taken."""
        return self.revoked_at is None or self.revoked_because == RevokedBecause.ROTATED


class EnrolmentCode(models.Model):
    """A single-use code that binds a new key to a home. Only its keyed hash is kept."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(HomeKey, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"code for {self.home_id}"


class UsedToken(models.Model):
    """A token id that was used; it can be forgotten once the replay window has passed."""

    kid = models.CharField(max_length=43)
    jti = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kid", "jti"], name="token_used_once"),
        ]

    def __str__(self) -> str:
        return self.jti
