"""Output that nobody reads any more ends a command without a word."""

import subprocess
import sys

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
