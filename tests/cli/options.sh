#!/bin/bash
# Command line, help, settings: from the tables, with useful words and the right exit codes.
. tests/cli/lib.bash

code 2 "without a terminal the bare program explains itself" 
says err "usage:" "it says how it is used"
code 0 "help" --help
says out "search" "help lists the commands"
run --version
check "the version is one line" 'len(lines) == 1 and lines[0].startswith("huse-tui ")'
for c in $("$huse" --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    code 0 "help of $c" "$c" --help
    run help "$c"
    says out "huse-tui $c" "help $c shows the same page"
done

code 2 "an unknown command is a usage error" serach x y
says err "did you mean “search”" "the nearest command is named"
code 2 "an unknown option is a usage error" search --cuont 3
says err "did you mean --count" "the nearest option is named"
code 2 "an unknown word of an option is a usage error" search w q --target imge
says err "did you mean “image”" "the nearest word is named"
code 2 "a number out of range is a usage error" search w q -k 0
says err "1 to 1000000" "the range is named"
code 2 "a word for a number is a usage error" search w q -k ten
code 2 "a fraction for a whole number is a usage error" search w q -k 1.5
code 2 "a missing value is a usage error" search w q -k
code 2 "missing operands are a usage error" search w
code 2 "an operand too many is a usage error" show a b c
code 2 "an unknown short option is a usage error" search -Z
code 2 "import without a place to go is a usage error" import x.csv
code 4 "a missing workspace is not found" search nowhere q
says err "huse-tui import" "how to make one is said"
code 4 "a missing source is not found" import missing.csv -o w
[ ! -e w ] && ok "and leaves no workspace behind" || not_ok "and leaves no workspace behind"

run search nowhere q --json
[ "$code" = 4 ] && [ -z "$out" ] && ok "errors leave standard output empty" || not_ok "errors leave standard output empty" "$out"
cp .err .out
check "errors with --json are one object" 'set(j) == {"error"} and set(j["error"]) == {"code", "message", "hint"} and j["error"]["code"] == "NOT_FOUND"'
run search --json --taget image
cp .err .out
check "so are errors of the command line itself" 'j["error"]["code"] == "USAGE" and "--target" in j["error"]["message"]'

run config get search.count
check "a default" 'lines == ["10"]'
code 0 "config set" config set search.count 7
run config get search.count
check "the user file wins over the default" 'lines == ["7"]'
HUSE_TUI_SEARCH_COUNT=8 run config get search.count
check "the environment wins over the file" 'lines == ["8"]'
code 0 "config set keeps other settings" config set threads 1
grep -q "count = 7" config/huse-tui/config.ini && ok "the first setting is still there" || not_ok "the first setting is still there"
code 2 "a setting out of range is refused" config set threads 5000
code 2 "an unknown setting is refused" config set sarch.count 3
says err "search.count" "the nearest setting is named"
code 2 "a value that the file cannot hold is refused" config set models $'a\nthreads = 4'
code 0 "config unset" config unset search.count
run config get search.count
check "the default is back" 'lines == ["10"]'
run config --json
check "all settings as JSON" 'j["schema"] == "huse-tui/config" and {"name": "threads", "value": "1", "source": "user file"} in j["settings"]'
printf 'threads = 1\n[search]\ncount = many\n' >config/huse-tui/config.ini
code 2 "a faulty setting stops the command that it is for" search nowhere q
says err "config.ini:3: search.count" "file and line are named"
code 4 "and no other" export nowhere --what items -o x.csv
code 0 "doctor and config work with it" config get threads
printf 'colour = never\n' >config/huse-tui/config.ini
run config get threads
says err "config.ini:1: unknown setting “colour”" "an unknown setting is noted with its place"
rm config/huse-tui/config.ini

run doctor
[[ $out != *$'\e'* ]] && ok "no colour where there is no terminal" || not_ok "no colour where there is no terminal"
run --color always doctor
[[ $out == *$'\e[1m'* ]] && ok "--color always colours" || not_ok "--color always colours"
NO_COLOR=1 run doctor --color always
[[ $out == *$'\e[1m'* ]] && ok "the flag wins over NO_COLOR" || not_ok "the flag wins over NO_COLOR"
CLICOLOR_FORCE=1 run doctor
[[ $out == *$'\e[1m'* ]] && ok "CLICOLOR_FORCE colours" || not_ok "CLICOLOR_FORCE colours"
CLICOLOR_FORCE=1 NO_COLOR=1 run doctor
[[ $out != *$'\e'* ]] && ok "NO_COLOR wins over CLICOLOR_FORCE" || not_ok "NO_COLOR wins over CLICOLOR_FORCE"

run doctor --json
check "doctor names the demo workspace" 'j["schema"] == "huse-tui/doctor" and j["demo_workspace"] == os.environ["HUSE_TUI_DATA"] + "/catalogues/emoji"'
check "doctor names the libraries" 'any(x.startswith("libsqlite3") for x in j["program"]["libraries"]) and j["program"]["blas_core"]'
code 0 "models without weights" models --json
check "says that they are missing" '{m["state"] for m in j["models"]} == {"missing"}'
mkdir -p no-weights/effnet-lite0 && echo x >no-weights/effnet-lite0/model.safetensors
code 3 "models verify finds a broken file" models verify
code 1 "so does doctor" doctor

"$huse" --help >/dev/full 2>.err
[ $? = 1 ] && grep -q "No space left" .err && ok "a full disk under standard output is an error" || not_ok "a full disk under standard output is an error" "$(cat .err)"
finish
