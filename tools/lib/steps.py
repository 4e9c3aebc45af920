"""Steps of a long job: each is announced, timed, logged to a file, and on failure shows the end of its log."""
import os
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
CACHE = pathlib.Path(os.environ.get("WINDLASS_CACHE", pathlib.Path.home() / ".cache" / "windlass"))
HEARTBEAT_SECONDS = 30


class StepFailed(Exception):
    """A step did not do its job; the message is one line for a person."""


def say(text):
    print(text, flush=True)


class Steps:
    """Runs named steps in order and remembers how long each took."""

    def __init__(self, results=RESULTS):
        self.logs = results / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.times = []

    def run(self, name, command, *, show="", env=None, cwd=ROOT):
        """Runs `command`, its output to results/logs/<name>.log. Lines that contain one of the words in `show`
        (separated by |) are also printed as they come."""
        log = self.logs / (name.replace(" ", "-").replace("/", "-") + ".log")
        say(f"==> {name}")
        start = time.monotonic()
        code = _stream(command, log, show.split("|") if show else [], name, env, cwd)
        seconds = time.monotonic() - start
        self.times.append((name, seconds))
        if code != 0:
            say(_tail(log, 60))
            raise StepFailed(f"{name} failed with exit code {code} after {seconds:.0f} s; its whole output: {log}")
        say(f"    {name}: {seconds:.1f} s")

    def summary(self):
        total = sum(seconds for _, seconds in self.times)
        lines = [f"  {seconds:7.1f} s  {name}" for name, seconds in self.times]
        return "\n".join(["Times:"] + lines + [f"  {total:7.1f} s  in all"])


def _stream(command, log, words, name, env, cwd):
    full_env = dict(os.environ, **(env or {}))
    with open(log, "wb") as out:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, env=full_env, cwd=cwd)
        done = threading.Event()
        threading.Thread(target=_heartbeat, args=(name, done, log), daemon=True).start()
        try:
            for line in process.stdout:
                out.write(line)
                out.flush()
                text = line.decode(errors="replace").rstrip()
                if any(word in text for word in words) or words == ["*"]:
                    say(f"    {text}")
            return process.wait()
        except BaseException:
            process.terminate()  # the child cleans up after itself
            process.wait()
            raise
        finally:
            done.set()


def _heartbeat(name, done, log):
    start = time.monotonic()
    while not done.wait(HEARTBEAT_SECONDS):
        say(f"    … {name}: {time.monotonic() - start:.0f} s so far: {_last_line(log)}")


def _last_line(log):
    try:
        with open(log, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 2000))
            lines = [line for line in stream.read().decode(errors="replace").splitlines() if line.strip()]
            return lines[-1].strip()[:140] if lines else ""
    except OSError:
        return ""


def _tail(log, lines):
    with open(log, errors="replace") as stream:
        return "".join(stream.readlines()[-lines:])


def main_with_errors(main):
    """Runs main(); turns expected failures into one line and exit code 1, an interrupt into 130."""
    try:
        sys.exit(main(sys.argv[1:]))
    except StepFailed as failure:
        say(f"error: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted; run the same command again to go on, or `make demo-down` to remove a half-made demo")
        sys.exit(130)
