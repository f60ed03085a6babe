"""What a command says, and when it is silent."""

import subprocess
import sys
import warnings

from seg.apis.command_line import run_command

COMMAND = """
import sys, time
from seg.apis.command_line import run_command
def say():
    sys.stdout.write('a')
    sys.stdout.flush()
    sys.stdin.readline()  # until the other end is closed
    for _ in range(100):
        print('a line' * 1000)
sys.exit(run_command(say))
"""


def test_a_closed_pipe_is_no_error():
    process = subprocess.Popen(
        [sys.executable, '-c', COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.read(1) == b'a'
    process.stdout.close()
    process.stdin.write(b'\n')
    process.stdin.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b''


def test_the_same_warning_is_said_once(capsys):
    def warn():
        for number in (1, 1, 2, 1):
            warnings.warn(f'number {number}', stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter('always')
        assert run_command(warn) == 0
    assert capsys.readouterr().err == 'warning: number 1\nwarning: number 2\n'
