import argparse

import pytest

from seg.apis.arguments import expanded, natural, own_address, port, positive


def test_a_tilde_is_expanded_and_nothing_else(monkeypatch):
    monkeypatch.setenv('HOME', '/home/someone')
    assert expanded('~/x') == '/home/someone/x'
    assert expanded('cat~; dog') == 'cat~; dog'


@pytest.mark.parametrize(
    ('kind', 'text'),
    [
        (expanded, '~nobody-of-that-name/x'),
        (positive, '-3'),
        (positive, 'many'),
        (natural, '-1'),
        (port, '99999'),
        (own_address, '203.0.113.7'),
    ],
)
def test_what_cannot_be_is_said_with_what_was_given(kind, text):
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        kind(text)


def test_what_can_be_is_taken():
    assert (positive('3'), natural('0'), port('7860')) == (3, 0, 7860)
    assert own_address('127.0.0.1') == '127.0.0.1'
