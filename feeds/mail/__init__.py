"""Mail: harmless text, messages that are put together the same way each time, and the SMTP connection."""
