"""The system calls that student code may not make, as a filter that the kernel runs.

Namespaces and limits take away what has a name: files, processes, the network. Some memory has
none (`memfd_create`, shared memory of System V), and some calls only help to attack the kernel.
A filter program of the kernel's own small language refuses those.
"""

from __future__ import annotations

import platform
import struct

__all__ = ["call_filter"]

# Numbers of (x86_64, aarch64), from the kernel's tables.
REFUSED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
SOCKET = (41, 198)

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEW_NAMESPACES = 0x7E020000
"""The bits of `clone` that ask for a namespace of its own."""

FAMILIES = (1, 16)
"""Unix and netlink. A network namespace contains IPv4 and IPv6 as well, but nobody is to be reached
there, and what lies in their queues takes from the memory that the whole machine has for TCP. It
does not contain the sockets that reach from a virtual machine to its host."""

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
NOT_PERMITTED, NOT_THERE = 1, 38


def call_filter(machine: str = "") -> bytes:
    """Return the filter program for this machine, as bubblewrap's `--seccomp` reads it.

    Parameters
    ----------
    machine : str, optional
        The processor's name, as `platform.machine` gives it.

    Returns
    -------
    bytes
        Eight bytes an instruction; empty for a processor that this file has no numbers for.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        return b""
    column, architecture = ARCHITECTURES[machine]
    refuse = (RETURN, 0, 0, ERROR | NOT_PERMITTED)
    allow = (RETURN, 0, 0, ALLOW)
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        # On x86_64, numbers from here on are the same calls once more under another convention.
        (JUMP_AT_LEAST, 0, 1, 0x40000000),
        refuse,
    ]
    for numbers in REFUSED.values():
        program += [(JUMP_EQUAL, 0, 1, numbers[column]), refuse]
    # What clone3 asks for lies in memory, where no filter can read it: "not there" makes the C
    # library fall back to clone.
    program += [(JUMP_EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERROR | NOT_THERE)]
    program += [
        (JUMP_EQUAL, 0, 4, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_BITS, 0, 1, NEW_NAMESPACES),
        refuse,
        allow,
    ]
    program += [
        (JUMP_EQUAL, 0, 2 + len(FAMILIES), SOCKET[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *((JUMP_EQUAL, len(FAMILIES) - place, 0, name) for place, name in enumerate(FAMILIES)),
        refuse,
    ]
    program.append(allow)
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
