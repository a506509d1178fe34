"""Disks: the archive of WAL is full, the files are away."""

import contextlib
import subprocess

from .frame import fault

NODE = 10


@contextlib.contextmanager
def covered(place, options):
    """Another, useless disk in the place of a directory."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place],
        check=True,
        capture_output=True,
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True, capture_output=True)


@fault("disk of the WAL archive full", goal=NODE, lasts="slow")
def archive_full(scene):
    """PostgreSQL keeps what is not archived, and goes on."""
    place = scene.cluster.home / "backup"
    with covered(place, "size=16k,mode=0777"):
        scene.nap(scene.size.slow)
        yield


@fault("filestore away", goal=NODE, lasts="away")
def filestore_away(scene):
    place = scene.cluster.state / "data" / "filestore"
    with covered(place, "ro,size=4k"):
        scene.nap(scene.size.away)
        yield
