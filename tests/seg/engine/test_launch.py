import pytest

from seg.engine.launch import init_distributed, on_rank_zero


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
def test_a_launcher_that_did_not_start_the_process_is_named(monkeypatch, launcher, variable):
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ValueError, match=f'--launcher {launcher} .* {variable} is not set'):
        init_distributed(launcher)


def test_an_unknown_launcher_is_refused():
    with pytest.raises(ValueError, match='none, pytorch, slurm, mpi'):
        init_distributed('ray')


def test_without_a_process_group_the_function_runs_here():
    assert on_rank_zero(lambda: 7) == 7
