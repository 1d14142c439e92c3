"""How the bridge is: for load balancers (``/healthz``, ``/readyz``) and for Prometheus (``/metrics``)."""
