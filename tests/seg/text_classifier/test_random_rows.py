import pytest
import torch

from seg.text_classifier.random_rows import random_features


def test_a_row_depends_on_the_candidate_and_the_seed_alone():
    rows = random_features(['red ring', 'violet wedge'], 16)
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(2))
    assert torch.equal(random_features(['violet wedge'], 16)[0], rows[1])
    assert not torch.equal(random_features(['violet wedge'], 16, seed=1)[0], rows[1])


def test_shared_words_bring_no_rows_closer():
    rows = random_features([f'red thing {i}' for i in range(200)], 64)
    cosine = (rows @ rows.T)[~torch.eye(200, dtype=torch.bool)]
    assert abs(cosine.mean()) < 0.01
    assert cosine.std() == pytest.approx(64**-0.5, rel=0.1)
