"""What this process has sent, and what became of it. Kinds and results hold no personal data."""

from prometheus_client import Counter

from district_bridge.health.counters import REGISTRY

SENDINGS = Counter(
    "seogu_sendings",
    "Attempts to send, by kind of message and what became of them",
    ["kind", "result"],
    registry=REGISTRY,
)
# Shown from the start: a rule that asks for it must not find nothing.
for _result in ("sent", "failed", "given_up", "not_needed"):
    SENDINGS.labels("escalate", _result)
