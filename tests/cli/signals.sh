#!/bin/bash
# Signals end embed and train in order, with their exit codes, and both go on from there.
. tests/cli/lib.bash
/usr/bin/python3 - <<'PY'
import csv
with open('c.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow(['id', 'image', 'text', 'class', 'split'])
    for i in range(240):
        w.writerow([i, 'p%d.ppm.png' % (i % 4), 'thing %d of kind %d' % (i, i % 6), 'A/K%d' % (i % 6), 'train val train test'.split()[i // 6 % 4]])
import struct, zlib
def chunk(k, d): return struct.pack('>I', len(d)) + k + d + struct.pack('>I', zlib.crc32(k + d))
for i in range(4):
    rows = b''.join(b'\0' + bytes([60 * i, x, 200 - x]) * 1 for x in range(64))
    open('p%d.ppm.png' % i, 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 64, 8, 2, 0, 0, 0)) +
                                        chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
PY
code 0 "import" import c.csv -o w
code 0 "embed" embed w

interrupt() { # SIGNAL: sends it once training has taken a step
    "$huse" train w --steps 1000000 --patience 0 --progress json --threads 1 "${@:2}" >.out 2>.err </dev/null &
    local pid=$!
    for _ in $(seq 200); do
        grep -q '"what":"step"' .err && break
        sleep .1
    done
    kill -s "$1" $pid
    wait $pid
    code=$?
    err=$(cat .err)
}
interrupt TERM
[ "$code" = 143 ] && ok "SIGTERM: exit code 143" || not_ok "SIGTERM: exit code 143" "$code $err"
says err "--resume" "how to go on is said"
[ -n "$(ls -d w/runs/run-1/step-* 2>/dev/null)" ] && ok "with a checkpoint" || not_ok "with a checkpoint" "$(ls w/runs/run-1)"
# a program that bash starts in the background ignores SIGINT, so Python sends it
/usr/bin/python3 - "$huse" <<'PY'
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], 'train', 'w', '--resume', '--steps', '1000000', '--patience', '0', '--progress', 'json', '--threads', '1'],
                     stdin=subprocess.DEVNULL, stdout=open('.out', 'w'), stderr=open('.err', 'w'), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
for _ in range(200):
    if '"what":"step"' in open('.err').read():
        break
    time.sleep(.1)
p.send_signal(signal.SIGINT)
open('.code', 'w').write(str(p.wait()))
PY
[ "$(cat .code)" = 130 ] && ok "SIGINT: exit code 130" || not_ok "SIGINT: exit code 130" "$(cat .code .err)"
grep -q '^run-1$' .out && ok "the same run went on" || not_ok "the same run went on" "$(cat .out)"
run runs w --json
check "which is not running any more" '[(r["id"], r["state"]) for r in j["runs"]] == [("run-1", "ended")]'
"$huse" train w --steps 1000000 --patience 0 --threads 1 --resume >.out 2>.err </dev/null &
pid=$!
for _ in $(seq 100); do grep -q run-1 .out && break; sleep .1; done
run train w --resume --steps 1000000 --patience 0
[ "$code" = 1 ] && ok "a run has one trainer" || not_ok "a run has one trainer" "$code $err"
says err "another process" "the reason is said"
run runs w --json
check "runs shows it running" 'j["runs"][0]["state"] == "running"'
kill -KILL $pid
wait $pid 2>/dev/null
code 0 "search works beside all that" search w "kind 3" --json
finish
