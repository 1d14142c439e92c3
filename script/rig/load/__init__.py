"""A bridge under load: databases and processes that can be killed, homes that send, receivers that count."""
