"""A shell with one job: job.py REPORT GO PROGRAM... runs it in its own process group on the terminal. When it stops, a line in the file
REPORT says whether the terminal is as it was; when the file GO is there it goes on in the foreground."""
import os, signal, sys, termios, time

report, go, args = sys.argv[1], sys.argv[2], sys.argv[3:]
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
found = termios.tcgetattr(0)
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(args[0], args)
with open(report, 'w') as f:
    f.write('%d\n' % pid)
while True:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        break
    os.tcsetpgrp(0, os.getpgrp())
    with open(report, 'a') as f:
        f.write('stopped, %s\n' % ('as it was' if found == termios.tcgetattr(0) else 'termios differs'))
    while not os.path.exists(go):
        time.sleep(.01)
    os.unlink(go)
    os.tcsetpgrp(0, pid)
    os.kill(-pid, signal.SIGCONT)
os.tcsetpgrp(0, os.getpgrp())
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
