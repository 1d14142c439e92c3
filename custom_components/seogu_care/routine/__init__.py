"""The routine in Home Assistant: its sensors in, its questions and its picture out."""
