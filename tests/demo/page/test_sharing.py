from urllib.parse import parse_qsl

from page.sharing import MAX_QUERY, query_of, words_in


def test_an_address_keeps_the_words_as_they_were_typed():
    for words in (('cat, kitten; dog\n小狗 & "x"', 'sky'), ('cat', ''), ('', '天空；草地')):
        query = query_of(*words)
        assert query.startswith('?') and query.isascii() and '"' not in query
        assert words_in(dict(parse_qsl(query[1:]))) == words


def test_an_address_without_words_or_with_too_many_keeps_none():
    assert words_in({}) is None and words_in({'__theme': 'dark'}) is None
    longest = 'x' * (MAX_QUERY - len('things='))
    assert query_of(longest, '') and words_in({'things': longest}) == (longest, '')
    assert query_of(longest + 'x', '') is None and words_in({'things': longest + 'x'}) is None
