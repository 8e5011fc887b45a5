"""What is read from the operating system, from pgbench and from the wire."""

import os
from pathlib import Path

import pytest

from benchmarks.answers import parse
from benchmarks.machine import file_system_of
from benchmarks.processor_time import family_seconds, seconds_of
from benchmarks.tpcb import rate_of

TICKS = os.sysconf("SC_CLK_TCK")
# Fields after the name: state, then 10 others, then utime, stime, cutime, cstime (proc(5)).
STAT = "42 (a (strange) name) S 1 2 3 4 5 6 7 8 9 10 300 200 40 60 20 0 1 0 99"


def test_processor_time_is_user_and_system_time_with_ended_children_or_without() -> None:
    assert seconds_of(STAT, with_ended_children=False) == 500 / TICKS
    assert seconds_of(STAT, with_ended_children=True) == 600 / TICKS


def test_a_process_has_used_time_and_one_that_is_gone_none() -> None:
    assert family_seconds(os.getpid()) > 0
    assert family_seconds(2**22 + 1) == 0


def test_pgbench_tells_its_rate() -> None:
    output = (
        "number of failed transactions: 0 (0.000%)\nlatency average = 4.1 ms\ntps = 3987.54 (without initial ...)\n"
    )
    assert rate_of(output) == 3987.54
    with pytest.raises(ValueError, match="no rate"):
        rate_of("pgbench: error")


def test_the_file_system_of_a_folder_is_that_of_the_innermost_mount(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    mounts = f"a / ext4 rw\nb {folder} tmpfs rw\nc {folder}x xfs rw\nd {folder.parent} btrfs rw\n"
    assert file_system_of(folder, mounts) == "tmpfs"
    assert file_system_of(Path("/"), mounts) == "ext4"


def test_an_answer_is_taken_apart() -> None:
    reply = parse(b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-A:  b: c \r\n\r\n{"a":"\r\n\r\n"}')
    assert reply.status == 201
    assert reply.value("content-type") == "application/json"
    assert reply.value("x-a") == "b: c"
    assert reply.body == b'{"a":"\r\n\r\n"}'
