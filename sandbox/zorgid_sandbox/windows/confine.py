# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Become a program with fewer permissions: `python -I confine.py UID GID PROGRAM …`, with the environment that it was
given.

It ends with the process that started it, has limited resources, and gains no permissions. UID 0 and GID 0 mean: do not
change the user. A script of its own, because it runs between fork and exec of a process with threads.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MEGABYTE = 1024 * 1024
LIMITS = {
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_FSIZE: 64 * MEGABYTE,
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
}


def main() -> None:
    user, group, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    for kind, most in LIMITS.items():
        resource.setrlimit(kind, (most, most))
    if user:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # After the change of user, which clears it. If the parent has ended before this line, the parent is now init.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ.pop("ZORGID_PARENT")):
        sys.exit(1)
    os.umask(0o077)
    try:
        os.execve(program[0], program, dict(os.environ))  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"user {os.getuid()} cannot run it: {error.strerror}")


if __name__ == "__main__":
    main()
