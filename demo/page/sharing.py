"""An address that keeps the words: ``?things=red+star&stuff=sky``."""

from collections.abc import Mapping
from urllib.parse import urlencode

MAX_QUERY = 4000  # characters; browsers, chats and servers take no address of any length


def query_of(things: str, stuff: str) -> str | None:
    """The query that keeps words as they were typed; None if they are too long for an address."""
    query = urlencode({name: text for name, text in (('things', things), ('stuff', stuff)) if text})
    return f'?{query}' if len(query) <= MAX_QUERY else None


def words_in(query: Mapping[str, str]) -> tuple[str, str] | None:
    """Things and stuff of an address; None if it has none, or more than :func:`query_of` writes."""
    things, stuff = query.get('things', ''), query.get('stuff', '')
    if not (things or stuff) or query_of(things, stuff) is None:
        return None
    return things, stuff
