"""Says on standard error what is being done and how long each step took. Used from several threads."""

import contextlib
import sys
import threading
import time


class Progress:
    def __init__(self, stream=None, quiet=False):
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self.start = time.monotonic()
        self.lock = threading.Lock()
        self.steps = []    # (what, seconds)

    def say(self, text):
        if not self.quiet:
            with self.lock:
                print(f"[{time.monotonic() - self.start:6.1f}s] {text}", file=self.stream, flush=True)

    @contextlib.contextmanager
    def step(self, what):
        begin = time.monotonic()
        self.say(f"building {what}")
        yield
        seconds = time.monotonic() - begin
        self.steps.append((what, seconds))
        self.say(f"built {what} in {seconds:.1f} s")
