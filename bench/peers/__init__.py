"""Other search engines on the same texts."""

from __future__ import annotations

from bench.peers.lancedb import LanceDb
from bench.peers.sqlite import SqliteFts

PEERS = {peer.name: peer for peer in (SqliteFts, LanceDb)}
"""Name → class; one file adds a peer."""
