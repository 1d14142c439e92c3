"""The wire between home and bridge (docs/protocol.md): plain code, no framework, no input or output."""
