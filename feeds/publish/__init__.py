"""Topics as feeds and pages that anyone can read: Atom, RSS, JSON Feed, OPML, HTML."""
