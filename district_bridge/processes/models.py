"""What the bridge's processes tell one another through the database."""

from django.db import models


class Duty(models.Model):
    """A task of one process at a time, held by a lease so that a dead or frozen holder is replaced."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=40)
    until = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
