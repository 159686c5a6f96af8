"""A program on a pseudo-terminal, and a judge of everything it writes: allowed sequences only, and no picture damaged by halves."""
import base64, binascii, fcntl, os, pty, re, select, signal, struct, sys, termios, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
from hostile import faults

# What terminfo's entries and our own modes hold: final byte -> parameters
CSI = {'m': r'[0-9;]*', 'H': r'(\d+;\d+)?', 'd': r'\d+', 'G': r'\d+', 'K': r'[01]?', 'J': r'2?', 'A': r'\d*', 'B': r'\d*', 'C': r'\d*', 'D': r'\d*',
       'X': r'\d+', 'b': r'\d+', 'P': r'\d*', '@': r'\d*', 'r': r'1;\d+', 'h': r'\?(1049|7|12|25|2004|2026|1000|1006|1|12;25|34)|4|34', 'c': r'|\?[01]', 'p': r'\?2026\$',
       'l': r'\?(1049|7|12|25|2004|2026|1000|1006|1|12;25|3;4)|4|34', 't': r'16|14|2[23];0;0', 'S': r'\?(1;1;0|2;1;0|2;4;0)'}
ESC = set('78=>()M\\')
QUESTIONS = (b'_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA', b']4;255;?', b']11;?')


class Kitty:
    """A terminal's half of the graphics protocol, strict: what it holds, what it shows where."""

    def __init__(self, bad):
        self.bad, self.held, self.shown, self.open, self.sent, self.bytes, self.queries = bad, {}, {}, None, 0, 0, 0

    def pixels(self, keys, data):
        try:
            rgb = base64.b64decode(data, validate=True)
        except binascii.Error as e:
            return self.bad.append('kitty: base64: %s' % e)
        w, h = int(keys['s']), int(keys['v'])
        if len(rgb) != w * h * 3:
            return self.bad.append('kitty: %d bytes of %dx%d' % (len(rgb), w, h))
        self.sent += 1
        return w, h, rgb

    def show(self, keys, picture, place, at, room):
        box = (*at, int(keys['c']), int(keys['r']))
        if keys.get('C') != '1' or box[0] + box[2] > room[0] or box[1] + box[3] >= room[1] or min(box[2:]) < 1:
            self.bad.append('kitty: shown at %s of %s with C=%s' % (box, room, keys.get('C')))
        if picture is None or place in self.shown:
            self.bad.append('kitty: shows what it has not, or shows it already: %r' % (place,))
        self.shown[place] = (box, picture)

    def command(self, body, at, room):
        head, _, data = body.partition(b';')
        keys = dict(k.split('=', 1) for k in head.decode('ascii', 'replace').split(','))
        self.bytes += len(body) + 5
        if len(data) > 4096 or keys.get('q') != '2' and keys.get('a') != 'q':
            self.bad.append('kitty: %d bytes in one command, q=%s' % (len(data), keys.get('q')))
        if self.open:
            if set(keys) - {'m', 'q'}:
                self.bad.append('kitty: keys %s amid a picture' % keys)
            first, so_far = self.open
            data = so_far + data
        else:
            first = keys
        action = first.get('a')
        if action in ('t', 'T') and keys.get('m') == '1':
            if len(data) % 4:
                self.bad.append('kitty: a chunk of %d bytes' % len(data))
            self.open = (first, data)
        elif action in ('t', 'T'):
            self.open, picture = None, self.pixels(first, data)
            if first.get('f') != '24' or (action == 't' and not 0 < int(first.get('i', 0)) < 1 << 32):
                self.bad.append('kitty: %s' % first)
            if action == 't':
                self.held[first['i']] = picture
            else:
                self.show(first, picture, ('', self.sent), at, room)
        elif action == 'p':
            self.show(keys, self.held.get(keys['i']), (keys['i'], keys['p']), at, room)
        elif action == 'd' and keys.get('d') == 'i':
            if self.shown.pop((keys['i'], keys['p']), None) is None:
                self.bad.append('kitty: hides what it does not show: %s' % keys)
        elif action == 'd' and keys.get('d') == 'I':
            if self.held.pop(keys['i'], None) is None:
                self.bad.append('kitty: removes what it has not: %s' % keys)
            self.shown = {k: v for k, v in self.shown.items() if k[0] != keys['i']}
        elif action == 'd' and keys.get('d') == 'A':
            self.held = {k: v for k, v in self.held.items() if not any(s[0] == k for s in self.shown)}
            self.shown = {}
        elif action == 'q':
            self.queries += 1
        else:
            self.bad.append('kitty: %s' % keys)

    def screen(self):
        """What is seen: boxes with their pixels."""
        return sorted(self.shown.values())


class Judge:
    """Parses output; keeps a model of which cell belongs to which picture."""

    def __init__(self, cols, rows, cell=(8, 16), controls=b'\r\n\b\t'):
        self.bad, self.text, self.pictures, self.whole, self.sixels, self.modes = [], bytearray(), {}, {}, 0, {}
        self.cell, self.controls, self.rest = cell, controls, b''
        self.kitty = Kitty(self.bad)
        self.size(cols, rows)

    def size(self, cols, rows):
        self.cols, self.rows, self.x, self.y, self.saved = cols, rows, 0, 0, (0, 0)
        self.owner, self.pictures = {}, {}

    def hit(self, x, y):
        p = self.owner.pop((x, y), None)
        if p is not None:
            self.pictures[p].discard((x, y))

    def partial(self):
        """Pictures that lost some of their cells but not all."""
        return [p for p, cells in self.pictures.items() if cells and len(cells) != self.whole[p]]

    def dcs(self, body):
        m = re.fullmatch(rb'0;1;0q"1;1;(\d+);(\d+)([#0-9;!$\-?-~]*)', body)
        if not m:
            self.bad.append('DCS %r' % body[:40])
            return
        self.sixels += 1
        w, h = -(-int(m[1]) // self.cell[0]), -(-int(m[2]) // self.cell[1])
        cells = {(self.x + i, self.y + j) for i in range(w) for j in range(h)}
        if self.y + h >= self.rows or self.x + w > self.cols:
            self.bad.append('a picture at %d,%d of %dx%d cells reaches the last row or the edge' % (self.x, self.y, w, h))
        for c in cells:
            self.hit(*c)
        self.pictures[self.sixels], self.whole[self.sixels] = cells, len(cells)
        for c in cells:
            self.owner[c] = self.sixels

    def csi(self, params, final):
        if final not in CSI or not re.fullmatch(CSI[final], params):
            self.bad.append('CSI %r %r' % (params, final))
            return
        n = [int(v) if v.isdigit() else 0 for v in params.split(';')] if params else [0]
        if final == 'H':
            self.y, self.x = (n + [0, 0])[0] - 1 if params else 0, n[1] - 1 if params else 0
        elif final == 'd':
            self.y = n[0] - 1
        elif final == 'G':
            self.x = n[0] - 1
        elif final in 'ABCD':
            d = max(n[0], 1)
            self.y += {'A': -d, 'B': d}.get(final, 0)
            self.x += {'C': d, 'D': -d}.get(final, 0)
        elif final == 'K':
            for x in range(self.x if n[0] == 0 else 0, self.cols if n[0] == 0 else self.x + 1):
                self.hit(x, self.y)
        elif final == 'J':
            for x, y in list(self.owner):
                if params == '2' or (y, x) >= (self.y, self.x):
                    self.hit(x, y)
        elif final in 'X':
            for x in range(self.x, self.x + n[0]):
                self.hit(x, self.y)
        elif final == 'b':
            for x in range(self.x, self.x + n[0]):
                self.hit(x, self.y)
            self.x += n[0]
        elif final in 'P@':
            for x in range(self.x, self.cols):
                self.hit(x, self.y)
        elif final in 'hl' and params.startswith('?'):
            for mode in params[1:].split(';'):
                self.modes[mode] = final == 'h'

    def glyphs(self, data):
        text = data.decode('utf8', 'replace')
        for c in text:
            if c == '\r':
                self.x = 0
            elif c == '\n':
                self.y = min(self.y + 1, self.rows - 1)
            elif c == '\b':
                self.x = max(self.x - 1, 0)
            elif c == '\t':
                self.x = min((self.x // 8 + 1) * 8, self.cols - 1)
            elif c >= ' ':
                if self.x >= self.cols:
                    self.x, self.y = 0, min(self.y + 1, self.rows - 1)
                wide = 2 if re.match('[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U0001f300-\U0001faff]', c) else 1
                for i in range(wide):
                    self.hit(self.x + i, self.y)
                self.x += wide

    def feed(self, data):
        token = re.compile(rb'\x1b\[([0-9;?<>=]*[ -/]*[0-9;]*)([@-~])|\x1bP(.*?)\x1b\\|\x1b([_\]](?!104)[^\x1b]*)\x1b\\|\x1b([()])(.)|\x1b(\]104\x07|[^\[\]P()_])|([^\x1b]+)', re.S)
        data, at = self.rest + data, 0
        while at < len(data):
            m = token.match(data, at)
            if not m or (m.end() == len(data) and m[8] is not None and m[8][-1] >= 0x80 and faults(m[8], self.controls)):
                break
            at = m.end()
            if m[2]:
                self.csi(m[1].decode('ascii', 'replace'), m[2].decode())
            elif m[3] is not None:
                self.dcs(m[3])
            elif m[4]:
                if m[4][:2] == b'_G':
                    self.kitty.command(m[4][2:], (self.x, self.y), (self.cols, self.rows))
                elif m[4] not in QUESTIONS:
                    self.bad.append('a string %r' % m[4][:40])
            elif m[5]:
                if m[6] not in b'B0':
                    self.bad.append('ESC %r' % (m[5] + m[6]))
            elif m[7]:
                if m[7].decode('latin1') not in ESC and m[7] != b']104\x07':  # terminfo's "oc"
                    self.bad.append('ESC %r' % m[7])
                elif m[7] == b'7':
                    self.saved = (self.x, self.y)
                elif m[7] == b'8':
                    self.x, self.y = self.saved
            else:
                self.text += m[8]
                self.bad += faults(m[8], self.controls)[:1]
                self.glyphs(m[8])
        self.rest = data[at:]
        if len(self.rest) > 1 << 20:
            self.bad.append('an endless sequence %r' % self.rest[:20])
            self.rest = b''


class Session:
    def __init__(self, args, env, cols=120, rows=40, answer=None, cell=(8, 16), controls=b'\r\n\b\t'):
        self.answer, self.judge, self.raw = answer, Judge(cols, rows, cell, controls), b''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # ignored where the tests run in the background
                    signal.signal(sig, signal.SIG_DFL)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, cols * cell[0], rows * cell[1]))
                os.execve(args[0], args, env)
            finally:
                os._exit(127)
        self.found = termios.tcgetattr(self.fd)

    def read(self, quiet=.3, limit=6.0):
        """Until nothing came for @quiet seconds. Returns what came."""
        got, end = b'', time.time() + limit
        while time.time() < end:
            if not select.select([self.fd], [], [], quiet)[0]:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            got += data
            if self.answer and b'\x1b[c' in data:
                self.write(self.answer)
        self.raw += got
        self.judge.feed(got)
        return got

    def ready(self, limit=8.0):
        """Until it reads keys: before that the terminal makes signals of them."""
        end = time.time() + limit
        while not self.judge.modes.get('2004') and time.time() < end:
            self.read(.01, .02)
        self.read(.05, 1)

    def until(self, text, limit=8.0):
        end, before = time.time() + limit, len(self.judge.text)
        while time.time() < end:
            self.read(.1, 1)
            if text in bytes(self.judge.text[max(before - 4000, 0):]):
                return True
        return False

    def write(self, data):
        try:
            os.write(self.fd, data)
        except OSError:
            pass

    def type(self, data, quiet=.15):
        self.write(data)
        return self.read(quiet)

    def redrawn(self, keys=b''):
        """All text on the screen, after @keys."""
        self.type(keys, .3)
        before = len(self.judge.text)
        self.type(b'\x0c', .4)
        return bytes(self.judge.text[before:])

    def resize(self, cols, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))
        self.judge.size(cols, rows)

    def end(self, limit=5.0):
        """Waits for the end: (exit code or None, signal or None); (None, None) when it does not end."""
        end = time.time() + limit
        while time.time() < end:
            self.read(.02, .1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(.05, .3)
                return (os.WEXITSTATUS(status), None) if os.WIFEXITED(status) else (None, os.WTERMSIG(status))
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None, None

    def restored(self):
        """What is not as it was found; "" when all is."""
        m = self.judge.modes
        left = ['mode %s is still %s' % (k, v) for k, v in m.items() if (k in ('1049', '2004', '2026', '1000', '1006', '1') and v) or (k == '25' and not v)]
        if self.found != termios.tcgetattr(self.fd):
            left.append('termios differs')
        if self.judge.rest:
            left.append('an open sequence %r' % self.judge.rest[:20])
        return ', '.join(left)

    def close(self):
        os.close(self.fd)
