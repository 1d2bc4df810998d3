"""The scheduler: a service that crawls, builds digests and sends them, each at its time."""
