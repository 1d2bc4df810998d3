"""An invented world in the providers' formats, and the loopback server that replays it."""
