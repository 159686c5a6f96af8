#!/usr/bin/python3
"""A server that breaks every rule there is: each path is one way to do so. FOLDER gets certificates of an authority made here, good and bad.
Prints one JSON line with its ports, then serves until standard input ends. Asked for /count, it says how often each path was asked for."""
import gzip, io, json, os, socket, ssl, struct, subprocess, sys, threading, time, zlib

import embeddings
import hub

folder = sys.argv[1]
counts, lock, seen = {}, threading.Lock(), []


def png(w=32, h=32, seed=7):
    row = lambda y: b'\0' + bytes((x * 5 + y * 3 + seed * 11 + c * 70) % 256 for x in range(w) for c in range(3))
    part = lambda kind, data: struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    return (b'\x89PNG\r\n\x1a\n' + part(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) +
            part(b'IDAT', zlib.compress(b''.join(row(y) for y in range(h)))) + part(b'IEND', b''))


PNG = png()
FILE = bytes((i * i // 7) % 256 for i in range(300000))  # a file fetched in parts


def head(code=200, *lines, length=None):
    words = {200: 'OK', 206: 'Partial Content', 302: 'Found', 404: 'Not Found'}.get(code, 'So')
    lines = list(lines) + ([] if length is None else ['Content-Length: %d' % length])
    return ('HTTP/1.1 %d %s\r\n' % (code, words) + ''.join(l + '\r\n' for l in lines) + '\r\n').encode('latin-1')


def whole(body=PNG, code=200, *lines):
    return head(code, *lines, length=len(body)) + body


def forever(first, again, pause=0):
    def send(c):
        c.sendall(first)
        while True:
            c.sendall(again)
            if pause:
                time.sleep(pause)
    return send


def drip(data, pause):
    def send(c):
        for i in range(len(data)):
            c.sendall(data[i:i + 1])
            time.sleep(pause)
    return send


def stall(data):
    def send(c):
        c.sendall(data)
        c.recv(1)
    return send


def to(where, *lines, body=b''):
    return whole(body, 302, 'Location: ' + where, *lines)


def nth(*answers):
    """The first time the first answer, and so on; the last one for good."""
    return lambda path, n: answers[min(n, len(answers)) - 1]


def part(request, *lines, shift=0, code=206, etag='"one"', total=None):
    """What a Range asks for."""
    r = request.get('range', '')
    if not r.startswith('bytes='):
        return whole(FILE, 200, 'ETag: ' + etag)
    first = int(r[6:].split('-')[0])
    if request.get('if-range', etag) != etag:
        return whole(FILE, 200, 'ETag: ' + etag)
    if first >= len(FILE):
        return whole(b'', 416, 'Content-Range: bytes */%d' % len(FILE))
    body = FILE[first:]
    total = total or len(FILE)
    return whole(body, code, 'ETag: ' + etag, 'Content-Range: bytes %d-%d/%d' % (first + shift, first + shift + len(body) - 1, total))


bomb = gzip.compress(b'\0' * 100_000_000, 6)
big = b'x' * 65536
answers = {
    'good': whole(), 'unmeasured': head() + PNG, 'chunked': head(200, 'Transfer-Encoding: chunked') + b'%x\r\n' % len(PNG) + PNG + b'\r\n0\r\n\r\n',
    'disposition': whole(PNG, 200, 'Content-Disposition: attachment; filename="../../etc/passwd"'),
    'cookie': whole(PNG, 200, 'Set-Cookie: a=b; Path=/'),
    'continue': b'HTTP/1.1 100 Continue\r\n\r\n' + whole(), 'relative': to('good'),
    'to-file': to('file:///etc/passwd'), 'to-ftp': to('ftp://127.0.0.1/x'), 'to-gopher': to('gopher://127.0.0.1/x'),
    'to-script': to('javascript:alert(1)'), 'to-secret': to('http://user:secret@127.0.0.1/'), 'to-nowhere': whole(b'', 302),
    'to-empty': to(''), 'to-crlf': to('/good\x01\x02'), 'loop': to('/loop'), 'endless-redirect': forever(head(302, 'Location: /good'), big),
    'endless': forever(head(), PNG + big), 'endless-chunks': forever(head(200, 'Transfer-Encoding: chunked') + b'%x\r\n' % len(PNG) + PNG + b'\r\n', b'10000\r\n' + big + b'\r\n'),
    'too-long': head(length=len(PNG) + 5000) + PNG, 'too-short': head(length=len(PNG) - 200) + PNG,
    'negative': head(200, 'Content-Length: -5') + PNG, 'two-lengths': head(200, 'Content-Length: 10', 'Content-Length: %d' % len(PNG)) + PNG,
    'no-number': head(200, 'Content-Length: many') + PNG, 'giant': head(200, 'Content-Length: 99999999999') + PNG,
    'wrapping': head(200, 'Content-Length: 99999999999999999999999') + PNG,
    'chunk-garbage': head(200, 'Transfer-Encoding: chunked') + b'zz\r\n' + PNG, 'chunk-giant': head(200, 'Transfer-Encoding: chunked') + b'ffffffffffffffffff\r\n' + PNG,
    'chunk-cut': head(200, 'Transfer-Encoding: chunked') + b'%x\r\n' % (len(PNG) + 9) + PNG,
    'bomb': whole(bomb, 200, 'Content-Encoding: gzip'), 'bomb-in-transfer': head(200, 'Transfer-Encoding: gzip, chunked') + b'%x\r\n' % len(bomb) + bomb + b'\r\n0\r\n\r\n',
    'slow-head': drip(whole(), .5), 'slow-body': lambda c: (c.sendall(head(length=len(PNG))), drip(PNG, .5)(c)),
    'stall': stall(head(length=len(PNG)) + PNG[:100]), 'silent': stall(b''), 'nothing': b'', 'cut-head': b'HTTP/1.1 200 OK\r\nContent-Le',
    'long-line': head(200, 'X: ' + 'y' * 102400, length=len(PNG)) + PNG, 'many-lines': head(200, *['X-%d: y' % i for i in range(10000)], length=len(PNG)) + PNG,
    'endless-head': forever(b'HTTP/1.1 200 OK\r\n', b'X: ' + b'y' * 1000 + b'\r\n'), 'endless-continue': forever(b'', b'HTTP/1.1 100 Continue\r\n\r\n'),
    'endless-line': forever(b'HTTP/1.1 200 OK\r\nX: ', big),
    'nul': head(200, 'X: a\0b', length=len(PNG)) + PNG, 'nul-type': head(200, 'Content-Type: image/\0png', length=len(PNG)) + PNG,
    'no-colon': head(200, 'what is this', length=len(PNG)) + PNG,
    'old': PNG * 40, 'no-http': b'SSH-2.0-OpenSSH_9\r\n' + b'x' * 4000, 'version-9': b'HTTP/9.9 200 OK\r\n\r\n' + PNG, 'code-999': whole(PNG, 999),
    'code-0': b'HTTP/1.1 000 No\r\n\r\n', 'no-content': head(204), 'reset': whole(b'', 205), 'part-unasked': whole(PNG[:50], 206, 'Content-Range: bytes 0-49/%d' % len(PNG)),
    'same-unasked': head(304), 'switch': head(101, 'Upgrade: websocket'), 'login': whole(b'<!doctype html><title>log in</title>' + b' ' * 900, 200, 'Content-Type: text/html'),
    'empty': whole(b''), 'short-text': whole(b'no'), 'not-found': whole(b'no', 404), 'forbidden': whole(b'', 403), 'need-login': whole(b'', 401, 'WWW-Authenticate: Basic realm="x"'),
    'gone': whole(b'', 410), 'endless-fault': forever(head(404), big), 'busy-long': whole(b'', 429, 'Retry-After: 86400'),
    'broken': whole(b'', 500), 'gateway': whole(b'', 502), 'timeout': whole(b'', 504), 'teapot': whole(b'', 418), 'multiple': whole(b'', 300),
}
numbered = {
    'busy': nth(whole(b'', 429, 'Retry-After: 1'), whole()), 'busy-odd': nth(whole(b'', 429, 'Retry-After: \x7f-9; soon'), whole()),
    'busy-date': nth(whole(b'', 503, 'Retry-After: ' + time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(0))), whole()),
    'twice-bad': nth(whole(b'', 502), whole(b'', 500), whole()), 'cut-once': nth(head(length=len(PNG)) + PNG[:200], whole()),
    'reset-once': nth(b'', whole()),
}


def chain(path):
    n = int(path[6:])
    return to('/chain-%d' % (n - 1)) if n else whole()


extra = {}  # path: body; from FOLDER/serve, for pictures and models


def answer(path, request, n):
    if path.startswith('chain-'):
        return chain(path)
    if path.startswith('to:'):  # a redirect to any address
        return to(path[3:].replace('|', '/'))
    if path.startswith('picture-'):
        time.sleep(.005)
        return whole(png(24, 24, int(path[8:].split('.')[0])), 200, 'ETag: "p%s"' % path[8:]) if request.get('if-none-match') != '"p%s"' % path[8:] else head(304, 'ETag: "p%s"' % path[8:])
    if path.startswith(('api/models/', 'cdn-files/')) or '/resolve/' in path:
        return hub.answer(path, request, n, folder, head, whole, forever)
    if path.endswith('v1/embeddings'):
        return embeddings.answer(request, path, n, folder, whole, forever)
    if path == 'token':
        return whole(json.dumps(request.get('authorization', '')).encode())
    if path in ('file', 'file-changed', 'file-shifted', 'file-whole', 'file-past'):
        kind = path[5:]
        if kind == 'whole':
            return whole(FILE, 200, 'ETag: "one"')
        return part(request, shift=7 if kind == 'shifted' else 0, etag='"two"' if kind == 'changed' else '"one"')
    if path == 'forget':
        return whole()
    if path == 'changes':
        return whole(png(seed=n), 200, 'ETag: "n%d"' % n)
    if path in numbered:
        return numbered[path](path, n)
    if path in answers:
        return answers[path]
    local = os.path.normpath(os.path.join(folder, 'serve', path))
    if local.startswith(os.path.join(folder, 'serve') + '/') and os.path.isfile(local):
        body = open(local, 'rb').read()
        etag = '"%08x"' % zlib.crc32(body)
        r = request.get('range', '')
        if r.startswith('bytes=') and request.get('if-range', etag) == etag and int(r[6:].split('-')[0]) < len(body):
            first = int(r[6:].split('-')[0])
            return whole(body[first:], 206, 'ETag: ' + etag, 'Content-Range: bytes %d-%d/%d' % (first, len(body) - 1, len(body)))
        return whole(body, 200, 'ETag: ' + etag)
    return whole(b'no', 404)


def read_request(c, rest):
    while b'\r\n\r\n' not in rest:
        more = c.recv(65536)
        if not more:
            return None, None, b''
        rest += more
        if rest[:1] == b'\x16':  # TLS where none is spoken
            c.sendall(b'HTTP/1.1 400 no\r\n\r\n')
            return None, None, b''
    top, _, rest = rest.partition(b'\r\n\r\n')
    lines = top.decode('latin-1').split('\r\n')
    request = {k.lower(): v.strip() for k, _, v in (l.partition(':') for l in lines[1:])}
    n = int(request.get('content-length', 0))
    while len(rest) < n:
        rest += c.recv(65536)
    request['body'] = rest[:n]
    return lines[0].split(' ')[1].lstrip('/'), request, rest[n:]


def serve_one(c, context):
    rest = b''
    try:
        if context:
            c = context.wrap_socket(c, server_side=True)
        while True:
            path, request, rest = read_request(c, rest)
            if path is None:
                return
            path = path.split('?')[0]
            if path == 'count':
                c.sendall(whole(json.dumps(counts).encode()))
                continue
            if path == 'forget':
                counts.clear()
            with lock:
                n = counts[path] = counts.get(path, 0) + 1
                seen.append((path, request.get('authorization'), request.get('cookie')))
            if path == 'seen':
                c.sendall(whole(json.dumps(seen).encode()))
                continue
            a = answer(path, request, n)
            if callable(a):
                a(c)
                return
            c.sendall(a)
            if b'ontent-Length: ' not in a[:a.find(b'\r\n\r\n')] or path in ('too-long', 'too-short', 'negative', 'cut-once', 'stall', 'two-lengths'):
                return
    except (OSError, ValueError):
        pass
    finally:
        try:
            c.close()
        except OSError:
            pass


def listen(context=None):
    s = socket.create_server(('127.0.0.1', 0), backlog=512)
    port = s.getsockname()[1]

    def loop():
        while True:
            c, _ = s.accept()
            threading.Thread(target=serve_one, args=(c, context), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return port


def openssl(*a):
    subprocess.run(['openssl', *a], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(name):
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key', '-out', name + '.pem', '-days', '9',
            '-subj', '/CN=' + name, '-addext', 'basicConstraints=critical,CA:TRUE')


def certificate(name, ca, hosts, *dates):
    with open(os.path.join(folder, name + '.ext'), 'w') as f:
        f.write('subjectAltName=%s\n' % hosts)
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key', '-out', name + '.csr', '-subj', '/CN=x')
    openssl('x509', '-req', '-in', name + '.csr', '-CA', ca + '.pem', '-CAkey', ca + '.key', '-CAcreateserial', '-out', name + '.pem', '-extfile', name + '.ext', *dates)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, name + '.pem'), os.path.join(folder, name + '.key'))
    return context


ports = {'http': listen()}
if len(sys.argv) < 3:
    authority('ca')
    authority('stranger')
    here = 'DNS:localhost,IP:127.0.0.1'
    good = certificate('good', 'ca', here, '-days', '5')
    ports['https'] = listen(good)
    ports['cdn'] = listen(good)
    ports['expired'] = listen(certificate('expired', 'ca', here, '-days', '-1'))
    ports['elsewhere'] = listen(certificate('elsewhere', 'ca', 'DNS:example.com', '-days', '5'))
    ports['unknown'] = listen(certificate('unknown', 'stranger', here, '-days', '5'))
closed = socket.create_server(('127.0.0.1', 0))
ports['closed'] = closed.getsockname()[1]
closed.close()
hub.ports.update(ports)
print(json.dumps(ports), flush=True)
sys.stdin.read()
os._exit(0)
