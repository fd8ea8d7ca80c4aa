#!/bin/sh
# Guess: a recorded process id either names a process or nobody, and whoever is asked agrees:
# kill(ID, 0), /proc/ID, pidfd_open(). Ids of threads are another matter, as ps and `ls /proc` show
# none.
# Seen: ids of threads are of the same numbers, and three answers differ. /proc does not list one,
# yet /proc/ID is there, with a command line, a parent and a start time like a process's. kill() takes
# it, and the signal goes to the *whole process* that the thread is of. pidfd_open() alone refuses,
# and with ENOENT (EINVAL on older kernels), not the ESRCH of an id that is free: code that knows
# ESRCH only takes it for an error of the system. So a number that was a process's before a crash can
# pass every check but the start time, and a signal to it ends a stranger.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

said=$(python3 - <<'PY'
import ctypes, errno, os, signal, threading

PIDFD_OPEN = 434
libc = ctypes.CDLL(None, use_errno=True)


def pidfd_open(number):
    fd = libc.syscall(PIDFD_OPEN, number, 0)
    if fd >= 0:
        os.close(fd)
        return "done"
    return errno.errorcode[ctypes.get_errno()]


def live(tell):
    def stay():
        os.write(tell, str(threading.get_native_id()).encode())
        forever.wait()
    forever = threading.Event()
    threading.Thread(target=stay).start()
    forever.wait()


told, tell = os.pipe()
process = os.fork()
if process == 0:
    live(tell)
thread = int(os.read(told, 20))
print("listed" if str(thread) in os.listdir("/proc") else "not listed", end=", ")
print("there" if os.path.exists(f"/proc/{thread}/stat") else "not there", end=", ")
print("pidfd_open", pidfd_open(thread), end=", ")
os.kill(thread, signal.SIGKILL)
gone, status = os.waitpid(process, 0)
print("kill ended the process" if gone == process and os.WTERMSIG(status) == 9 else "?", end=", ")
print("then pidfd_open", pidfd_open(thread))
PY
)
echo "output: $said"
same 'the id of a thread' \
	'not listed, there, pidfd_open ENOENT, kill ended the process, then pidfd_open ESRCH' "$said"
verdict
