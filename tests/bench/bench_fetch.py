#!/usr/bin/python3
"""Ten thousand pictures from 50 hosts that take 20 ms each: seconds beside what 64 connections allow, and the CPU that fetching takes
beside decoding. Usage: bench_fetch.py [BUILD [N]]; BUILD: build/release, with bench/bench_fetch made by make bench."""
import asyncio, os, shutil, subprocess, sys, tempfile, threading, time
sys.path.insert(0, 'tests')
from pictures import shaded

build = sys.argv[1] if len(sys.argv) > 1 else 'build/release'
N, HOSTS, MS, CONNECTIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 10000, 50, 20, 64


class Server(asyncio.Protocol):
    """Any path is a picture of its own: the PNG with the path behind its end."""
    open = most = 0

    def connection_made(self, transport):
        self.transport, self.data = transport, b''
        Server.open += 1
        Server.most = max(Server.most, Server.open)

    def connection_lost(self, why):
        Server.open -= 1

    def data_received(self, data):
        self.data += data
        while b'\r\n\r\n' in self.data:
            head, self.data = self.data.split(b'\r\n\r\n', 1)
            loop.call_later(MS / 1000, self.answer, head.split(b' ', 2)[1])

    def answer(self, path):
        if not self.transport.is_closing():
            self.transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % (len(png) + len(path)) + png + path)


def serve():
    global loop
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(Server, '0.0.0.0', 0, backlog=1024))
    port.append(server.sockets[0].getsockname()[1])
    loop.run_forever()


def thread_times(pid, name):
    """CPU seconds of the threads of that name, while they live."""
    total = 0
    for t in os.listdir('/proc/%d/task' % pid):
        try:
            stat = open('/proc/%d/task/%s/stat' % (pid, t)).read()
        except OSError:
            continue
        if '(' + name + ')' in stat:
            field = stat.rsplit(')', 1)[1].split()
            total += (int(field[11]) + int(field[12])) / os.sysconf('SC_CLK_TCK')
    return total


tmp, port = tempfile.mkdtemp(), []
try:
    shaded(tmp + '/a.png', 640, 480, [200, 90, 30])
    png = open(tmp + '/a.png', 'rb').read()
    threading.Thread(target=serve, daemon=True).start()
    while not port:
        time.sleep(.01)
    best = N * MS / 1000 / CONNECTIONS
    rounds = []
    for k in range(3):
        os.mkdir('%s/%d' % (tmp, k))
        out = subprocess.run([build + '/bench/bench_fetch', str(N), str(HOSTS), str(port[0]), '%s/%d' % (tmp, k)], capture_output=True, text=True)
        if out.returncode:
            sys.exit('bench_fetch: ' + out.stderr)
        rounds.append(out.stdout.split())
        if int(rounds[-1][2]) != N:
            sys.exit('only %s of %d came' % (rounds[-1][2], N))
    wall, cpu, _ = min((float(a), float(b), c) for a, b, c in rounds)
    print('%d pictures of %d hosts, %d ms each: %.2f s, %.2f x the %.2f s that %d connections allow (goal 1.3; %s); at most %d connections'
          % (N, HOSTS, MS, wall, wall / best, best, CONNECTIONS, ', '.join(r[0] for r in rounds), Server.most))
    print('CPU of fetching at full speed: %.2f s, %.0f us a picture' % (cpu, cpu / N * 1e6))
    with open(tmp + '/c.csv', 'w') as f:
        f.write('id,image,text,class\n')
        for i in range(N):
            f.write('%d,http://127.0.0.%d:%d/x%d,words,A\n' % (i, 1 + i % HOSTS, port[0], i))
    env = dict(os.environ, HUSE_TUI_OFFLINE='no')
    program = os.path.abspath(build + '/huse-tui')
    subprocess.run([program, '-q', 'import', tmp + '/c.csv', '-o', tmp + '/w'], env=env, check=True, stdout=subprocess.DEVNULL)
    begin = time.time()
    embed = subprocess.Popen([program, '-q', 'embed', tmp + '/w', '--allow-private'], env=env, stdout=subprocess.PIPE, text=True)
    used = seen = 0
    while embed.poll() is None:
        now = thread_times(embed.pid, 'huse-fetch')
        if now >= used and now:
            used, seen = now, time.time() - begin
        time.sleep(.02)
    print('beside decoding: %s' % embed.stdout.read().strip().split(' (')[0])
    print('CPU of the fetcher beside decoding: %.2f s of %.2f s, %.1f %% of a core (goal 15)' % (used, seen, 100 * used / max(seen, 1e-9)))
finally:
    shutil.rmtree(tmp)
