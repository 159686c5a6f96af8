#!/bin/bash
# The example program in C and in C++ against the public header alone: it answers as the program does.
. tests/cli/lib.bash
printf 'id,text,class,split\na,red summer dress,A/Dress,train\nb,black leather wallet,B/Wallet,train\nc,blue jeans,A/Jeans,test\n' >c.csv
code 0 "import" import c.csv -o w
code 0 "embed" embed w
run search w "leather wallet" --target text -k 5 --plain
want=$(printf '%s\n' "$out" | cut -f3)
libs=$(pkg-config --libs libcurl openblas lapacke sqlite3 jansson libutf8proc libcrypto inih)
for compiler in "${CC:-gcc} -std=c11 -x c" "${CXX:-g++} -std=c++17 -x c++"; do
    what=${compiler##* }
    if $compiler -Wall -Wextra -Werror -I"$root/src" -o "example-$what" "$root/tests/example/search.c" -x none \
        "$root/build/release/libhuse.a" $libs -lm -pthread -lstdc++ >compile.log 2>&1; then
        ok "the example compiles as $what"
    else
        not_ok "the example compiles as $what" "$(cat compile.log)"
        continue
    fi
    got=$("./example-$what" w "leather wallet" | cut -d' ' -f2)
    [ "$got" = "$want" ] && [ "${got%%$'\n'*}" = b ] && ok "and answers as huse-tui does" || not_ok "and answers as huse-tui does" "$got, not $want"
    "./example-$what" nowhere x 2>/dev/null
    [ $? = 4 ] && ok "and returns the library's exit code" || not_ok "and returns the library's exit code"
done
for h in "$root"/src/huse/*.h; do
    n=$(basename "$h")
    echo "#include \"huse/$n\"" | ${CC:-gcc} -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$root/src" -x c - 2>compile.log &&
        echo "#include \"huse/$n\"" | ${CXX:-g++} -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I"$root/src" -x c++ - 2>>compile.log &&
        ok "huse/$n stands alone in C and C++" || not_ok "huse/$n stands alone in C and C++" "$(cat compile.log)"
done
finish
