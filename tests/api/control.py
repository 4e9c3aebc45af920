"""Lets a test in another language do to the API server what apiserver.py can: a Unix socket that takes one word a line.

    with ApiServer() as api, Control(api) as control:
        subprocess.run([...], env={**api.environment(), **control.environment()})

`kill`, `start`, `stop` (SIGSTOP) and `continue` (SIGCONT) are answered with `ok` when done, or with the reason why not.
"""
import socketserver
import threading

from apiserver import StartFailed


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write((self.server.obey(line.decode().strip()) + "\n").encode())


class Control:
    def __init__(self, api):
        self.path = api.folder / "control"
        words = {"kill": api.kill_apiserver, "start": api.start_apiserver, "stop": api.stop_apiserver,
                 "continue": api.continue_apiserver}
        self.server = socketserver.UnixStreamServer(str(self.path), _Handler)
        self.server.obey = lambda word: self._obey(words, word)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @staticmethod
    def _obey(words, word):
        if word not in words:
            return f"unknown: {word}"
        try:
            words[word]()
            return "ok"
        except (StartFailed, OSError) as e:
            return str(e).replace("\n", " ")

    def environment(self):
        return {"WINDLASS_API_CONTROL": str(self.path)}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
