"""The tokenizer of the embedded CLIP."""

import gzip

import open_clip
import pytest

from seg.models.openclip import architecture_config, embedded_folder
from seg.shapes.clip.captions import all_words
from seg.shapes.clip.merges import learn_merges, merges_file


def test_every_word_of_a_caption_is_one_token():
    tokenizer = open_clip.get_tokenizer('shapes_clip')
    assert [word for word in all_words() if len(tokenizer.encode(word)) != 1] == []


def test_unknown_words_are_spelt():
    tokenizer = open_clip.get_tokenizer('shapes_clip')
    assert tokenizer.decode(tokenizer.encode('giraffe 7é')).strip() == 'giraffe 7 é'


def test_the_vocabulary_has_the_size_of_the_definition():
    tokenizer = open_clip.get_tokenizer('shapes_clip')
    assert tokenizer.vocab_size == architecture_config('shapes_clip')['text_cfg']['vocab_size']


def test_the_shipped_merges_are_those_of_the_captions():
    shipped = (embedded_folder('shapes_clip') / 'bpe.txt.gz').read_bytes()
    learned = merges_file(learn_merges(all_words()))
    assert gzip.decompress(shipped) == gzip.decompress(learned), (
        'the words have changed: tools/train_shapes_clip.py OUT --merges-only, and train again'
    )


@pytest.mark.parametrize('words', [['abc', 'abd', 'ab'], ['aaaa', 'aa'], ['a', 'zz']])
def test_merges_make_one_token_of_each_word(words):
    for word in words:
        parts = [*word[:-1], f'{word[-1]}</w>']
        for first, second in learn_merges(words):
            joined = []
            for part in parts:
                if joined and joined[-1] == first and part == second:
                    joined[-1] = first + second
                else:
                    joined.append(part)
            parts = joined
        assert parts == [f'{word}</w>']
