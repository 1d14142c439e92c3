"""Where an ASGI server finds the bridge."""

import importlib
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "district_bridge.settings")
django.setup()
# Only now can models be imported.
application = importlib.import_module("district_bridge.application").Bridge()
