"""Killing parts of the running instance; only children of its own supervisor."""

import pathlib
import random
import signal

import psutil


class Processes:
    """The instance's processes, found below the supervisor of its pid file."""

    def __init__(self, state):
        pid = int((pathlib.Path(state) / "run" / "supervisord.pid").read_text())
        self.supervisor = psutil.Process(pid)

    def _titled(self, word):
        found = []
        for process in self.supervisor.children(recursive=True):
            try:
                if word in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill_worker(self):
        """`kill -9` one HTTP worker; return its pid, None when none was found."""
        return self._kill("WorkerHTTP")

    def kill_job_runner(self):
        """`kill -9` the job runner; return its pid, None when none was found."""
        return self._kill("WorkerJobRunner")

    def _kill(self, word):
        processes = self._titled(word)
        if not processes:
            return None
        victim = random.choice(processes)
        victim.send_signal(signal.SIGKILL)
        return victim.pid
