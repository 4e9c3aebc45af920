"""A peer as a process: its lines, its CPU time and its memory (proc(5))."""
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


class PeerFailed(Exception):
    """The peer ended or stayed silent; the text has the end of its log."""


def cpu_seconds(pid):
    """utime + stime of all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid):
    """{"rss": now, "peak": the most since the start or the last reset_peak()}, in MiB."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    values = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {"rss": int(values["VmRSS"].split()[0]) / 1024, "peak": int(values["VmHWM"].split()[0]) / 1024}


class Peer:
    """Started at once; lines "bench WORD…" of its stdout are events with the time at which they came."""

    def __init__(self, command, environment, log):
        self.log = log
        self.events = queue.Queue()
        self.out = open(log, "wb")
        self.started = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.PIPE,
                                        stderr=self.out, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.close()

    def _read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            words = line.decode(errors="replace").split()
            if words[:1] == ["bench"]:
                self.events.put((now, words[1:]))
        self.events.put((time.monotonic(), None))

    def wait_for(self, word, seconds):
        """(time, [words after it]) of the next event that starts with `word`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                when, words = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise PeerFailed(f"no '{word}' within {seconds:.0f} s; the end of its log:\n{self._tail()}") from None
            if words is None:
                raise PeerFailed(f"it ended while '{word}' was awaited; the end of its log:\n{self._tail()}")
            if words[0] == word:
                return when, words[1:]

    def _tail(self):
        self.out.flush()
        return pathlib.Path(self.log).read_text(errors="replace")[-2000:]

    def cpu(self):
        return cpu_seconds(self.pid)

    def memory(self):
        return memory_mb(self.pid)

    def reset_peak(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def stop(self, seconds=40):
        """Seconds from SIGTERM to its end."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise PeerFailed(f"it did not stop within {seconds} s of SIGTERM") from None
        if code not in (0, -signal.SIGTERM):
            raise PeerFailed(f"it ended with {code}; the end of its log:\n{self._tail()}")
        return time.monotonic() - begin
