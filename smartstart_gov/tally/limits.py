"""How large a piece of counting may be."""

from __future__ import annotations

#: Rows a chunk: small enough to stay in the processor's cache.
CHUNK = 32_768
#: A dense cube is not built beyond this many cells.
MOST_CELLS = 50_000_000
