#!/bin/bash
# The interface in lines: prompts, numbered lists, no cursor addressing.
. tests/cli/lib.bash
HUSE=$huse /usr/bin/python3 - "$root/tests/ui" "$tmp" <<'PY' >/dev/null || not_ok "the workspaces are made"
import sys
sys.path.insert(0, sys.argv[1])
import workspace
workspace.all_kinds(sys.argv[2] + '/made')
PY
ws=$tmp/made/garden
# lines NAME TEXT: types lines, keeps what is printed in $out
lines() {
    printf '%b' "$1" | "$huse" --accessible "$ws" >"$tmp/.out" 2>"$tmp/.err"
    code=$?
    out=$(cat "$tmp/.out") err=$(cat "$tmp/.err")
}

lines ''
[ "$code" = 0 ] && ok "the end of the input ends it" || not_ok "the end of the input ends it" "$code $err"
says out "items, model run-1 step 20" "it says where one is"
lines 'owls\n:quit\n'
says out "1. " "words are searched, answers numbered"
says out "class Animals/Birds/Owls" "with their class in words"
[ "$code" = 0 ] && ok "quit ends it" || not_ok "quit ends it" "$code"
lines 'owls\n1\n'
says out "Item " "a number opens an answer"
says out "as a query finds what is most like it" "and says what can be done with it"
lines 'owls\n:more\n'
says out "> 11. " "more goes on counting"
lines ':classes\nowls\n1\n'
says out "1. Class " "classes are searched, too"
lines ':browse\n1\n:up\n'
says out "All classes" "the tree begins at its root"
says out "1. Animals, 18 items" "what is below is numbered"
says out "Nearest in the learned space:" "and what is near is said"
lines ':browse owls\n'
says out "Animals/Birds/Owls, 6 items" "a class is found by its name"
says out "On the map Owls lies among" "the map is a sentence"
lines ':browse nosuch\n99\n:nosuch\n:show '"'"'x\n'
says out "no class called nosuch" "a class that is not there"
says out "The last list has" "a number that is not there"
says out "no command nosuch" "a command that is not there"
says out "quotation" "a quote that is not closed"
lines ':runs\n:eval --fail-under T2I.R@1=2\n:doctor\n'
says out "run-1" "commands run on the workspace"
says out "eval has failed" "and it is said how they ended"
says out "doctor has ended" "one after the other"
lines '@nosuch\n1:+\nowls\n'
says out "Not possible:" "what cannot be asked is said"
says out "class Animals/Birds/Owls" "and the next line counts"
if grep -q $'\033' "$tmp/.out"; then not_ok "no escape sequence is written"; else ok "no escape sequence is written"; fi
ws=$tmp/made/untrained
lines 'owls\n:browse\n1\n'
says out "model untrained" "without a model it searches and browses"
ws=$tmp/made/empty
lines 'owls\n:browse\n1\n:more\n:up\n'
[ "$code" = 0 ] && ok "an empty catalogue is one, too" || not_ok "an empty catalogue is one, too" "$code $err"
ws=$tmp/nowhere
lines 'x\n'
[ "$code" != 0 ] && ok "a workspace that is not there is an error" || not_ok "a workspace that is not there is an error" "$out"
printf ':quit\n' | ACCESSIBLE=1 "$huse" "$tmp/made/garden" >"$tmp/.out" 2>"$tmp/.err"
out=$(cat "$tmp/.out") err=$(cat "$tmp/.err")
says out "Type words to search" "ACCESSIBLE=1 does the same"
ACCESSIBLE=0 "$huse" "$tmp/made/garden" </dev/null >"$tmp/.out" 2>"$tmp/.err"
[ $? = 2 ] && ok "ACCESSIBLE=0 does not" || not_ok "ACCESSIBLE=0 does not"
ws=$tmp/made/garden
printf 'a%.0s' $(seq 100000) >"$tmp/long"
lines "$(cat "$tmp/long")\n\n   \n\t\n:\n:   \nowls\n"
says out "class Animals/Birds/Owls" "very long and blank lines are survived"
finish
