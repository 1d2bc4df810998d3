"""The outbox: mail that is bound to be sent, kept in the library until the server has taken or refused it for good."""
