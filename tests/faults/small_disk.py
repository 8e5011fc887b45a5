"""A small file system that only this run sees, to be filled and freed again.

A run lives in a mount namespace of its own (``enter_namespace``), so that nothing is left mounted however it ends. As
root the disk is ext4 on a loop device: a real disk with real syncs. Everybody else gets a user namespace besides and,
as Linux lets them mount nothing else there, a tmpfs; so does root where there are no loop devices.
"""

import ctypes
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_INSIDE: Final = "TONGBAO_FAULTS_NAMESPACE"


def enter_namespace(command: Sequence[str]) -> None:
    """Replace this process by ``command`` in namespaces of its own, unless it runs there already."""
    if os.environ.get(_INSIDE) == "1":
        del os.environ[_INSIDE]
        return
    unshare = shutil.which("unshare")
    if unshare is None:
        raise RuntimeError("unshare is missing; run: sudo apt-get install util-linux")
    ours = ["--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        ours = ["--user", "--map-current-user", "--keep-caps", *ours]
    os.environ[_INSIDE] = "1"
    os.execv(unshare, [unshare, *ours, "--", *command])  # noqa: S606 - this very program again, without a shell


class SmallDisk:
    """A mounted file system at ``path``; ``kind`` says which."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path = path
        self.kind = kind

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Take every free block; whoever still writes may need it done again."""
        with self._ballast.open("ab") as file:
            size = os.fstat(file.fileno()).st_size
            step = 1 << 30
            while step >= 4_096:
                try:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step
                except OSError as full:
                    if full.errno not in {errno.ENOSPC, errno.EFBIG}:
                        raise
                    step //= 2

    def free(self) -> bool:
        """Give the space back; false when none was taken."""
        if not self._ballast.exists():
            return False
        self._ballast.unlink()
        return True


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Give an empty disk of about this size."""
    folder = Path(tempfile.mkdtemp(prefix="tongbao-faults-"))
    path = folder / "disk"
    folder.chmod(0o755)  # PostgreSQL runs as another user
    path.mkdir()
    try:
        kind = _mount_loop(folder / "image", path, megabytes) if os.geteuid() == 0 else None
        if kind is None:
            kind = _mount_tmpfs(path, megabytes)
        path.chmod(0o777)
        yield SmallDisk(path, kind)
    finally:
        _call("umount2", os.fsencode(path), 2)  # MNT_DETACH: a process that is slow to end keeps it alone
        shutil.rmtree(folder, ignore_errors=True)


def _mount_loop(image: Path, path: Path, megabytes: int) -> str | None:
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    steps = (
        # No blocks are kept back for root, who fills the disk.
        ["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=1", str(image)],
        ["mount", "-o", "loop,noatime", str(image), str(path)],
    )
    for step in steps:
        with suppress(FileNotFoundError):
            if subprocess.run(step, capture_output=True, check=False).returncode == 0:
                continue
        image.unlink()
        return None
    return "ext4 on a loop device"


def _mount_tmpfs(path: Path, megabytes: int) -> str:
    # What lies there takes memory.
    megabytes = min(megabytes, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") // (2 << 20))
    flags = 2 | 4  # MS_NOSUID | MS_NODEV
    options = f"size={megabytes}m,mode=0777".encode()
    if _call("mount", b"tmpfs", os.fsencode(path), b"tmpfs", flags, options) != 0:
        raise RuntimeError(f"no file system could be mounted: {os.strerror(ctypes.get_errno())}")
    return "tmpfs"


def _call(name: str, *arguments: bytes | int) -> int:
    return int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments))


def this_command(module: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs ``module`` again with ``arguments``."""
    return [sys.executable, "-m", module, *arguments]
