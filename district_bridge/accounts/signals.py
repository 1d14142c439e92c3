"""What the access log hears of signing in."""

from django.dispatch import Signal

# Both are sent with account and request.
second_factor_taken = Signal()
second_factor_refused = Signal()
