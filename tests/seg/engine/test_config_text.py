"""A config's text is that of mmengine, formatted once."""

from copy import deepcopy
from unittest import mock

from mmengine.config import Config

from seg.engine.config_text import OnceFormatted

CONTENT = dict(model=dict(type='seg.Model', sizes=[1, 2]), lr=0.1)


def test_it_says_what_mmengine_says_after_every_change(tmp_path):
    own, theirs = OnceFormatted.of(Config(CONTENT)), Config(CONTENT)
    for lr in (0.1, 0.2, 0.1):
        own.lr = theirs.lr = lr
        assert own.pretty_text == deepcopy(own).pretty_text == theirs.pretty_text
    own.dump(tmp_path / 'a.py')
    assert Config.fromfile(tmp_path / 'a.py').to_dict() == theirs.to_dict()


def test_it_is_formatted_once():
    own = OnceFormatted.of(Config(dict(CONTENT, name='once')))
    with mock.patch.object(Config, 'pretty_text', new_callable=mock.PropertyMock) as formatted:
        texts = {own.pretty_text, deepcopy(own).pretty_text}
    assert texts == {formatted.return_value}
    assert formatted.call_count == 1
