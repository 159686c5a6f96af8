"""The program in a real terminal window (xterm, mlterm) on an X server of its own: keys in, pixels out, and a model of what it wrote."""
import glob, os, re, shutil, signal, struct, subprocess, sys, time, zlib
import numpy as np
import pyte
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace

NEEDED = {'Xvfb': 'xvfb', 'xdotool': 'xdotool', 'xwd': 'x11-apps', 'script': 'bsdutils'}
FONT, BORDER = '-misc-fixed-medium-r-normal--18-120-100-100-c-90-iso10646-1', 2  # both terminals leave two pixels at each edge
DARK, LIGHT = ('#d8d8d8', '#101418'), ('#202428', '#fcfcf8')


def missing(terminal='xterm'):
    """The Debian packages that these tests lack here."""
    return [package for program, package in {**NEEDED, terminal: terminal}.items() if not shutil.which(program)]


class Display:
    """An X server without a screen; one for all windows, which come one after the other."""

    def __init__(self, width=2300, height=1300):
        r, w = os.pipe()
        self.server = subprocess.Popen(['Xvfb', '-displayfd', str(w), '-screen', '0', '%dx%dx24' % (width, height), '-nolisten', 'tcp', '-noreset'],
                                       pass_fds=[w], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(w)
        with os.fdopen(r) as f:
            number = f.readline().strip()
        if not number:
            raise OSError('Xvfb does not start')
        self.name = ':' + number

    def close(self):
        self.server.terminate()
        self.server.wait()


def read_xwd(data):
    """What xwd writes of a 24-bit window: (height, width, 3)."""
    head = struct.unpack('>25I', data[:100])
    width, height, line, colours = head[4], head[5], head[12], head[19]
    assert head[11] == 32, 'xwd of a window without 32 bits a pixel'
    raw = np.frombuffer(data, np.uint8, line * height, head[0] + 12 * colours).reshape(height, line)[:, :width * 4].reshape(height, width, 4)
    return raw[:, :, (2, 1, 0) if head[7] == 0 else (1, 2, 3)].copy()


def write_png(path, rgb, colours=None):
    """As small as it gets without a library; of at most 256 colours where @colours says so (the rarer ones become their nearest)."""
    h, w = rgb.shape[:2]

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    palette = b''
    rows = rgb.reshape(h, w * 3)
    if colours:
        flat = rgb.reshape(-1, 3).astype(np.int64)
        code, inverse, count = np.unique(flat @ (65536, 256, 1), return_inverse=True, return_counts=True)
        kept = code[np.argsort(-count, kind='stable')[:colours]]
        value = np.stack([kept >> 16, kept >> 8 & 255, kept & 255], 1)
        of = np.stack([code >> 16, code >> 8 & 255, code & 255], 1)
        nearest = np.concatenate([((of[i:i + 4096, None] - value[None]) ** 2).sum(2).argmin(1) for i in range(0, len(of), 4096)])
        rows, palette = nearest[inverse].astype(np.uint8).reshape(h, w), chunk(b'PLTE', value.astype(np.uint8).tobytes())
    lines = np.concatenate([np.zeros((h, 1), np.uint8), rows], 1).tobytes()
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 3 if colours else 2, 0, 0, 0)) + palette +
                chunk(b'IDAT', zlib.compress(lines, 9)) + chunk(b'IEND', b''))


class Model:
    """What the program wrote, as text and as boxes of pictures, since the last clearing of the screen."""
    TOKEN = re.compile(rb'\x1bP0;1;0q"1;1;(\d+);(\d+)[^\x1b]*\x1b\\|\x1b\[[?0-9;]*\$p|\x1b\[\?[0-9;]*S|\x1b\[(?:14|16)t|\x1b\[(\d+)b|\x1b_[^\x1b]*\x1b\\')

    def __init__(self, cols, rows):
        self.screen = pyte.Screen(cols, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.rest, self.drawn = b'', []

    def feed(self, data):
        data, at = self.rest + data, 0
        for m in self.TOKEN.finditer(data):
            self.text(data[at:m.start()])
            if m[1]:
                self.drawn.append((self.screen.cursor.x, self.screen.cursor.y, int(m[1]), int(m[2])))
            elif m[3]:  # pyte does not repeat characters
                self.screen.draw(self.last * int(m[3]))
            at = m.end()
        cut = re.search(rb'\x1b([P_].*|\[[0-9;?<>=]*[ -/]*)?$', data[at:], re.S)
        end = at + cut.start() if cut else len(data)
        self.text(data[at:end])
        self.rest = data[end:]

    def text(self, data):
        if b'\x1b[2J' in data or b'\x1b[H\x1b[J' in data:
            self.drawn = []
        self.stream.feed(data)
        plain = re.sub(rb'\x1b\[[^@-~]*[@-~]|\x1b.', b'', data).decode('utf8', 'ignore').strip('\r\n\b')
        if plain:
            self.last = plain[-1]

    def pictures(self, cell):
        """Boxes (x, y in cells, width, height in pixels) of which no cell was written over since."""
        live = []
        for i, (x, y, w, h) in enumerate(self.drawn):
            cells = [(x + a, y + b) for a in range(-(-w // cell[0])) for b in range(-(-h // cell[1]))]
            later = any(x < x2 + -(-w2 // cell[0]) and x2 < x + -(-w // cell[0]) and y < y2 + -(-h2 // cell[1]) and y2 < y + -(-h // cell[1])
                        for x2, y2, w2, h2 in self.drawn[i + 1:])
            if not later and all(self.screen.buffer[b][a].data == '\xa0' for a, b in cells):
                live.append((x, y, w, h))
        return live


class Window:
    def __init__(self, display, folder, args, cols=120, rows=40, terminal='xterm', env=None, colours=DARK, face=None):
        self.cols, self.rows, self.terminal, self.at = cols, rows, terminal, 0
        self.env = dict(env or workspace.environment(folder), DISPLAY=display.name, SHELL='/bin/sh')
        self.log = os.path.join(folder, 'terminal-%d.log' % time.monotonic_ns())
        quoted = ' '.join("'%s'" % a.replace("'", "'\\''") for a in args)
        inner = ['script', '-q', '-f', '-e', '-c', quoted, self.log]
        if terminal == 'xterm':
            font = ['-fa', face, '-fs', '11'] if face else ['-fn', FONT, '-fb', FONT, '-xrm', '*allowBoldFonts: false']
            command = ['xterm', '-ti', 'vt340', *font, '-geometry', '%dx%d+0+0' % (cols, rows), '-b', str(BORDER), '-bw', '0', '+sb', '-u8',
                       '-fg', colours[0], '-bg', colours[1], '-class', 'HuseTest', '-e', *inner]
        else:
            command = ['mlterm', '-g', '%dx%d+0+0' % (cols, rows), '--fontsize=18', '--sb=false', '-f', colours[0], '-b', colours[1], '-N', 'HuseTest', '-T', 'HuseTest',
                       '-e', *inner]
        self.process = subprocess.Popen(command, env=self.env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        self.model = Model(cols, rows)
        by = ['--class', 'HuseTest'] if terminal == 'xterm' else ['--name', 'HuseTest']
        self.id = self.xdo('search', '--sync', '--onlyvisible', *by).split()[-1]
        self.xdo('windowfocus', '--sync', self.id)
        self.xdo('mousemove', '2299', '1299')  # out of the way
        self.size()

    def xdo(self, *args):
        r = subprocess.run(['xdotool', *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10)
        return r.stdout.decode()

    def size(self):
        w, h = (int(x) for x in re.search(r'Geometry: (\d+)x(\d+)', self.xdo('getwindowgeometry', self.id)).groups())
        self.cell = (w - 2 * BORDER) // self.cols, (h - 2 * BORDER) // self.rows

    # ---- keys ----

    def type(self, text):
        self.xdo('type', '--delay', '1', text)

    def key(self, *names):
        self.xdo('key', '--delay', '1', *names)

    def resize(self, cols, rows):
        if (cols, rows) == (self.cols, self.rows):
            return
        self.read()
        self.cols, self.rows = cols, rows
        self.model = Model(cols, rows)
        self.xdo('windowsize', '--sync', self.id, str(cols * self.cell[0] + 2 * BORDER), str(rows * self.cell[1] + 2 * BORDER))

    def redraw(self):
        """As after a change of size, but to the same one: everything anew, and no key that would change anything."""
        os.kill(list(self.below(self.process.pid))[-1], signal.SIGWINCH)

    # ---- what came of it ----

    def read(self):
        """Takes what the program wrote since; True when there was something."""
        try:
            with open(self.log, 'rb') as f:
                f.seek(self.at)
                data = f.read()
        except OSError:
            return False
        if self.at == 0:  # script's own first line
            end = data.find(b'\n')
            if end < 0:
                return False
            self.at, data = end + 1, data[end + 1:]
        self.at += len(data)
        self.model.feed(data)
        return bool(data)

    def below(self, pid):
        """A process and all that it started."""
        yield pid
        for task in glob.glob('/proc/%d/task/*/children' % pid):
            with open(task) as f:
                for child in f.read().split():
                    yield from self.below(int(child))

    def busy(self):
        """Whether a thread of the terminal or of the program computes."""
        try:
            for pid in self.below(self.process.pid):
                for path in glob.glob('/proc/%d/task/*/stat' % pid):
                    with open(path) as f:
                        if f.read().rpartition(')')[2].split()[0] in 'RD':
                            return True
        except OSError:  # it ended while being looked at
            return True
        return False

    def settle(self, quiet=.1, limit=10.0):
        """Until nothing was computed or written for a while and the window does not change any more. Returns its pixels."""
        end, last = time.time() + limit, time.time()
        while time.time() < end and time.time() - last < quiet:
            time.sleep(.015)
            if self.read() or self.busy():
                last = time.time()
        shot = self.shot()
        while time.time() < end:
            time.sleep(.03)
            if self.read():
                return self.settle(quiet, end - time.time())
            again = self.shot()
            if np.array_equal(shot, again):
                break
            shot = again
        return shot

    def until(self, text, limit=10.0):
        end = time.time() + limit
        while time.time() < end:
            self.read()
            if any(text in line for line in self.model.screen.display):
                return True
            time.sleep(.02)
        return False

    def shot(self):
        r = subprocess.run(['xwd', '-silent', '-id', self.id], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10)
        return read_xwd(r.stdout)

    def lines(self):
        self.read()
        return [line.replace('\xa0', ' ').rstrip() for line in self.model.screen.display]

    def pixels(self, shot, x, y, w, h):
        """Of a box from a cell on."""
        left, top = BORDER + x * self.cell[0], BORDER + y * self.cell[1]
        return shot[top:top + h, left:left + w]

    def without_cursor(self, shot):
        shot, c = shot.copy(), self.model.screen.cursor
        self.pixels(shot, c.x, c.y, *self.cell)[:] = 0
        return shot

    def close(self):
        for pid in reversed(list(self.below(self.process.pid))):  # script would outlive its terminal
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stderr.close()
