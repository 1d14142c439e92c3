"""Notices silence: homes whose deadline passed, and alerts whose holder let the lease lapse."""
