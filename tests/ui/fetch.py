#!/usr/bin/python3
"""Pictures by address fetched from within the interface: they appear as they come, f stops, and again goes on, none is asked for twice that
came; what failed is told with its host, and tried again; quitting ends the fetching."""
import http.server, os, shutil, sys, tempfile, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from pictures import png
from terminal import KITTY, Session

N, PATIENCE = 200, 30
counts, gate, base = {}, threading.Semaphore(0), tempfile.mkdtemp(prefix='huse-ui-')
failing = threading.Event()


class Server(http.server.BaseHTTPRequestHandler):
    """Each answer passes the gate; every tenth picture is missing while failing is set."""
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_GET(self):
        i = int(self.path.strip('/').split('.')[0])
        gate.acquire()
        bad = failing.is_set() and i % 10 == 3
        body = b'no' if bad else picture(i)
        try:
            self.send_response(404 if bad else 200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            counts[i, bad] = counts.get((i, bad), 0) + 1
        except OSError:
            pass


def picture(i):
    path = '%s/%d.png' % (base, i)
    png(path, *workspace.pixels(i % 36))
    with open(path, 'rb') as f:
        return f.read() + b'%d' % i


def ok(name, good):
    global bad
    bad = bad or not good
    print('%s - %s' % ('ok' if good else 'not ok', name))
    if not good:
        print('\n'.join('  ' + l for l in s.judge.lines()))


def embeds():
    """Processes that embed this workspace."""
    n = 0
    for p in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/cmdline' % p, 'rb') as f:
                words = f.read().split(b'\0')
        except OSError:
            continue
        n += b'embed' in words and ws.encode() in words
    return n


def shows(text):
    return any(text in l for l in s.judge.lines())


def let(n):
    for _ in range(n):
        gate.release()


http.server.ThreadingHTTPServer.request_queue_size = 256  # all connections at once
server, bad, s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server), False, None
threading.Thread(target=server.serve_forever, daemon=True).start()
try:
    ws = base + '/web'
    workspace.table(base + '/web.csv', [['p%d' % i, 'http://127.0.0.1:%d/%d.png' % (server.server_port, i), 'far thing %d' % i, 'Far/Away', ''] for i in range(N)])
    workspace.run(base, 'import', base + '/web.csv', '-o', ws)
    failing.set()
    s = Session([workspace.HUSE, ws, '--allow-private'], workspace.environment(base), 100, 30, answer=KITTY)
    ok('a catalogue of addresses says what to do', s.sees('%d pictures are not fetched yet: Esc, then f fetches them' % N, PATIENCE))
    ok('and has frames in their places', shows('not fetched') and shows('%d not fetched' % N))
    s.type(b'\x1b', .3)
    s.write(b'f')
    ok('f begins', s.sees('to come; f stops', PATIENCE))
    let(130)
    ok('the first row tells how far it is', s.wait(lambda: shows('fetching') and shows('/%d' % N), PATIENCE))
    ok('pictures appear as they come', s.wait(lambda: bool(s.judge.kitty.shown), PATIENCE))
    ok('while others are still missing', shows('not fetched'))
    s.write(b'f')
    let(30)
    ok('f again stops', s.sees('stopped; what came stays', PATIENCE))
    ok('and no process is left', s.wait(lambda: embeds() == 0, PATIENCE))
    s.write(b'f')
    let(10 * N)
    ok('f goes on to the end', s.sees('20 are not; 20 from 127.0.0.1', PATIENCE))
    ok('says why', shows('404'))
    twice = [i for (i, b), n in counts.items() if not b and n > 1]
    ok('what came whole was not asked for again, but for what the stop cut off (%d)' % len(twice), len(twice) <= 130)
    ok('nothing waits any more', s.wait(lambda: not shows('not fetched'), PATIENCE))
    failing.clear()
    s.write(b'f')
    ok('f asks whether what failed is to be tried again', s.sees('20 failed; 20 from 127.0.0.1', PATIENCE))
    s.write(b'y')
    ok('and it comes', s.sees('20 new pictures are there', PATIENCE))
    s.write(b'f')
    ok('then there is nothing to do', s.sees('all pictures are there', PATIENCE))
    s.write(b'/dress far\r')
    ok('words find them without a restart', s.wait(lambda: not shows('nothing is embedded yet'), PATIENCE))
    s.write(b'\x03\x03')
    s.end()
    s.close()
    shutil.rmtree(ws)
    workspace.run(base, 'import', base + '/web.csv', '-o', ws)
    while gate.acquire(blocking=False):
        pass
    s = Session([workspace.HUSE, ws, '--allow-private'], workspace.environment(base), 100, 30, answer=KITTY)
    s.sees('fetches them', PATIENCE)
    s.type(b'\x1b', .3)
    s.write(b'f')
    s.wait(lambda: embeds() == 1, PATIENCE)
    s.write(b'q')
    s.end()
    ok('quitting ends the fetching', s.wait(lambda: embeds() == 0, PATIENCE))
    s.close()
finally:
    let(10 * N)
    shutil.rmtree(base, ignore_errors=True)
sys.exit(bad)
