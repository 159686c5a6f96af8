#!/bin/bash
# The interface in tmux as a person uses it: typing, results, moving, details, help, resizes from 1×1 up, leaving.
. tests/cli/lib.bash
command -v tmux >/dev/null || { skip "tmux is not installed"; exit 0; }
ws=$(cd "$root" && /usr/bin/python3 -B tests/ui/workspace.py "$tmp") || { echo "$ws"; exit 1; }
socket=ui$$ turn=0
unset TMUX
export LC_ALL=C.UTF-8 XDG_STATE_HOME=$tmp/state
trap 'tm kill-server; rm -rf "$tmp"' EXIT

tm() { tmux -L "$socket-$turn" -f /dev/null "$@" 2>/dev/null; }
screen() { tm capture-pane -p -t t; }
keys() { tm send-keys -t t "$@"; }
words() { tm send-keys -t t -l "$1"; }
# start COLUMNS ROWS ARG...: the program, then its exit code and whether the terminal echoes again
start() {
    local w=$1 h=$2
    shift 2
    tm kill-server
    turn=$((turn + 1))
    tm new-session -d -s t -x "$w" -y "$h" "$huse $*; echo END-\$?; stty -a | grep -o ' echo\\b'; exec cat"
}
# sees TEXT NAME: within five seconds
sees() {
    local s
    for _ in $(seq 100); do
        s=$(screen)
        case $s in *"$1"*) ok "$2"; return ;; esac
        sleep .05
    done
    not_ok "$2" "no “$1” in:
$s"
}
misses() {
    case $(screen) in *"$1"*) not_ok "$2" "$(screen)" ;; *) ok "$2" ;; esac
}
ends() {
    sees END-0 "$1: exit 0"
    sees ' echo' "$1: the terminal echoes again"
}

for size in "80 24" "120 40"; do
    at="at ${size/ /×}"
    start $size "$ws" --graphics blocks
    sees "type what you look for" "$at it begins in the input line"
    sees "36 items" "$at an empty query shows the catalogue"
    words "red dress"
    sees "red dress number" "$at words find captions"
    sees "▀▀▀▀▀▀▀▀" "$at pictures are half blocks"
    sees " ms" "$at the time is told"
    keys Escape
    sees "s similar" "$at Escape goes to the results"
    sees "▌red dress" "$at the first one is selected"
    keys Right
    sleep .2
    [ "$(screen | grep -c '▌')" -gt 5 ] && ok "$at the selection is marked beside its picture" || not_ok "$at the selection is marked" "$(screen)"
    [ "${size%% *}" = 80 ] && keys Enter
    sees "cosine " "$at the details hold the score"
    sees "2 of 34" "$at and the rank"
    sees "Apparel › Dresses" "$at and the class path"
    [ "${size%% *}" = 80 ] && keys Escape
    keys s
    sees "› @i" "$at s asks for what is similar"
    keys ]
    sleep .3
    sees "dress number" "$at ] shows texts"
    misses "▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀" "$at without the grid's pictures"
    keys ]
    sees "Footwear › Shoes" "$at ] shows classes"
    keys ?
    sees "To the input line" "$at ? shows the keys"
    misses "Footwear › Shoes" "$at over the results"
    keys Escape
    sees "Footwear › Shoes" "$at Escape brings them back"
    keys [
    keys [ / C-u
    words 'red +'
    sees "^ " "$at a grammar error stands under the line"
    keys C-u
    words "shoe"
    sees "shoe number" "$at and goes away"
    keys Escape q
    ends "$at q"
    misses "▀" "$at nothing is left on the screen"
done

start 120 40 "$ws" --query shoe
sees "shoe number" "--query is asked at once"
for s in "80 24" "60 15" "20 5" "1 1" "200 60" "19 4" "61 16" "500 200" "120 40"; do
    tm resize-window -t t -x ${s% *} -y ${s#* }
    sleep .1
done
sees "shoe number" "resizes from 1×1 to 500×200 are survived"
tm resize-window -t t -x 15 -y 4
sees "too small" "a tiny window says so"
tm resize-window -t t -x 80 -y 24
sees "shoe number" "and fills again"
keys C-c
sees "Ctrl-C again quits" "Ctrl-C warns"
keys C-c
ends "Ctrl-C twice"
[ "$(cat "$XDG_STATE_HOME/huse-tui/recent")" = "36 $ws" ] && ok "the workspace is remembered" || not_ok "the workspace is remembered"

start 80 24
sees "36 items" "without a name the last workspace opens"
keys Escape q
ends "the last one"
rm -rf "$XDG_STATE_HOME"
start 80 24
sees "Nothing to show yet." "without any workspace the page says how to get one"
sees "huse-tui import" "with the command"
keys q
ends "that page"

start 80 24 "$ws" --graphics none
words "blue"
sees "blue shirt number" "without graphics the results are lines"
misses "▀" "without pictures"
keys Escape q
ends "without graphics"

mkdir -p "$tmp/src" && printf 'id,text,class\n' >"$tmp/src/none.csv" && printf 'id,text\na,red dress\n' >"$tmp/src/plain.csv"
"$huse" import "$tmp/src/plain.csv" -o "$tmp/plain" >/dev/null 2>&1 && "$huse" embed "$tmp/plain" >/dev/null 2>&1
start 80 24 "$tmp/plain"
sees "untrained" "an untrained workspace says so"
keys Escape q
ends "an untrained workspace"

export TERM=xterm-256color LC_ALL=C
start 80 24 "$ws"
words "red dress"
sees "red dress number" "without UTF-8 captions are there"
if screen | LC_ALL=C grep -q '[^ -~]'; then not_ok "and all is ASCII" "$(screen)"; else ok "and all is ASCII"; fi
keys Escape q
ends "without UTF-8"
finish
