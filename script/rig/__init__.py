"""The whole system on one machine: broker, bridge, Home Assistant and robot as real processes.

The demonstration, the end-to-end tests, the kill benchmark and the README's pictures all stand on it.
Simulated are only the things a machine without hardware lacks: the wearable's chip, the microphone and the
loudspeaker.
"""
