"""Topics, review, publication, subscriptions and digests: what librarians and analysts use."""
