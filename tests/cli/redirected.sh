#!/bin/bash
# A server of the public web that redirects to this machine and its networks: in a network of our own, where it has a public address.
if [ -z "${OWN_NETWORK:-}" ]; then
    for how in -n -rn; do
        unshare $how true 2>/dev/null && OWN_NETWORK=yes exec unshare $how "$0"
    done
    echo "skip - no network namespaces here"
    exit 0
fi
. tests/cli/lib.bash
unset HUSE_TUI_OFFLINE

cat >server.py <<'PY'
import fcntl, http.server, json, socket, struct, sys, threading
from pictures import shaded
PUBLIC = ['8.8.4.4', '9.9.9.9']
s = socket.socket()
for i, a in enumerate(['127.0.0.1', '192.168.7.7', '169.254.169.254'] + PUBLIC):
    name = b'lo:%d' % i if i else b'lo'
    fcntl.ioctl(s, 0x8916, struct.pack('16sH2s4s8s', name, socket.AF_INET, b'', socket.inet_aton(a), b'')) # its address
    fcntl.ioctl(s, 0x8914, struct.pack('16sh14s', name, 1, b'')) # up
shaded(sys.argv[1] + '/one.png', 20, 20, [9, 99, 199])
picture, hits = open(sys.argv[1] + '/one.png', 'rb').read(), []


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path
        host = self.connection.getsockname()[0]
        hits.append([host, path])
        open(sys.argv[1] + '/hits.json', 'w').write(json.dumps(hits))
        to = path.split('/to/', 1)[1] if '/to/' in path else None
        self.send_response(302 if to else 200)
        if to:
            self.send_header('Location', 'http://' + to.replace('PORT', str(port)))
        self.send_header('Content-Length', str(0 if to else len(picture)))
        self.end_headers()
        self.wfile.write(b'' if to else picture)

    def log_message(self, *a): pass


server = http.server.ThreadingHTTPServer(('0.0.0.0', 0), Answer)
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
print(port, flush=True)
sys.stdin.read() # until the script ends
PY
coproc SERVER { exec /usr/bin/python3 -B server.py "$tmp" 2>/dev/null; }
read -r port <&"${SERVER[0]}" || { skip "no addresses can be given here"; finish; }
to=(127.0.0.1 localhost 192.168.7.7 169.254.169.254 2130706433 0 "[::1]" "[::ffff:127.0.0.1]" "9.9.9.9:PORT/to/127.0.0.1")
{
    echo "id,image,text,class"
    echo "direct,http://8.8.4.4:$port/picture.png,words,A"
    echo "public,http://8.8.4.4:$port/to/9.9.9.9:PORT/other.png,words,A"
    for i in "${!to[@]}"; do echo "private-$i,http://8.8.4.4:$port/$i/to/${to[i]}:PORT/secret.png,words,A"; done
} >c.csv
code 0 "a catalogue of redirects" import c.csv -o w
code 0 "from the public web" embed w --json
check "to the public web are followed; to this machine and its networks they are refused" "j['pictures_new'] == 2 and j['pictures_waiting'] == ${#to[@]} and j['pictures_failed'] == 0 and all(f['refused'] and '--allow-private' in f['why'] for f in j['not_fetched'])"
why=$(/usr/bin/python3 - <<'PY' 2>&1
import json
hits = json.load(open('hits.json'))
assert not [h for h in hits if h[0] not in ('8.8.4.4', '9.9.9.9') or h[1] == '/secret.png'], hits
assert sorted(h[1] for h in hits if h[1].endswith('picture.png') or h[1] == '/other.png') == ['/other.png', '/picture.png'], hits
PY
) && ok "before a byte is sent there" || not_ok "before a byte is sent there" "$why"
code 0 "with leave" embed w --allow-private --json
check "they are followed, where somebody listens" 'j["pictures_fetched"] >= 6 and not any(f["refused"] for f in j["not_fetched"])'
exec {SERVER[1]}>&-
finish
