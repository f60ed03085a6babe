"""Commands look for garbage rarely, training as often as ever, and nobody as the process ends."""

import subprocess
import sys

SCRIPT = """
import gc, sys
from seg.runtime.collector import collect_as_usual, collect_rarely

class Loud:
    def __init__(self):
        self.me = self
    def __del__(self):
        print('looked')

own = gc.get_threshold()
collect_as_usual()
assert gc.get_threshold() == own
if 'rarely' in sys.argv:
    collect_rarely()
    collect_rarely()
    assert gc.get_threshold()[0] > 10 * own[0]
if 'as usual again' in sys.argv:
    collect_as_usual()
    assert gc.get_threshold() == own
Loud()
"""


def said(*words):
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, *words], capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def test_a_command_does_not_look_as_it_ends_and_a_training_does():
    assert said() == 'looked\n'
    assert said('rarely') == ''
    assert said('rarely', 'as usual again') == 'looked\n'
