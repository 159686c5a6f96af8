# Sourced by the scripts here: a scratch folder, a program that sees nothing of the user's, and checks in TAP's words.
set -u
huse=$PWD/${HUSE:-huse-tui} # HUSE=build/asan/huse-tui tries another build
[ -x "$huse" ] || { echo "not ok - $huse is built"; exit 1; }
root=$PWD
shared=${SHARED:-../shared}
[ -d "$shared" ] && shared=$(cd "$shared" && pwd)
golden=${GOLDEN:-$shared/golden}
[ -d "$golden" ] && golden=$(cd "$golden" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
unset NO_COLOR CLICOLOR_FORCE ${!HUSE_TUI_@} XDG_DATA_HOME
export HOME=$tmp/home XDG_CONFIG_HOME=$tmp/config HUSE_TUI_DATA=$tmp/data TERM=xterm
# No weights: the built-in encoders are quick, and the same everywhere
export HUSE_TUI_MODELS=$tmp/no-weights
# Nothing here may depend on a network
export HUSE_TUI_OFFLINE=yes
export PYTHONPATH=$root/tests PYTHONDONTWRITEBYTECODE=1
mkdir -p home

failed=0
ok() { echo "ok - $1"; }
not_ok() {
    echo "not ok - $1"
    [ $# -gt 1 ] && printf '%s\n' "$2" | head -n 12 | sed 's/^/  /'
    failed=1
}
skip() { echo "skip - $1"; }

# run ARG...: leaves the exit code in $code, the streams in $out and $err
run() {
    "$huse" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null
    code=$?
    out=$(tr -d '\0' <"$tmp/.out")
    err=$(tr -d '\0' <"$tmp/.err")
    case $err in *Sanitizer* | *"runtime error:"*) not_ok "no sanitizer report from: $*" "$err" ;; esac
}
# code N NAME ARG...: runs and expects an exit code
code() {
    local want=$1 name=$2
    shift 2
    run "$@"
    if [ "$code" = "$want" ]; then ok "$name"; else not_ok "$name" "exit $code, not $want: $err$out"; fi
}
# says STREAM TEXT NAME: the last run's out or err holds a text
says() {
    local text=$err
    [ "$1" = out ] && text=$out
    case $text in *"$2"*) ok "$3" ;; *) not_ok "$3" "no “$2” in: $text" ;; esac
}
# check NAME EXPRESSION: Python over the last run's standard output, j being its JSON
check() {
    local why
    if why=$(/usr/bin/python3 - "$tmp/.out" "$2" 2>&1 <<'PY'
import json, math, os, sys
text = open(sys.argv[1], encoding='utf8').read()
j = json.loads(text) if text.startswith('{\n') or text.startswith('{"error') else None
lines = text.splitlines()
sys.exit(0 if eval(sys.argv[2]) else 'false; output: ' + text[:600])
PY
    ); then ok "$1"; else not_ok "$1" "$why"; fi
}
finish() { exit $failed; }
