#!/bin/sh
# Fuzzes what is written in C, the kernel and the pass for rules, under AddressSanitizer and UndefinedBehaviorSanitizer.
#
#     tests/fuzz/run.sh SECONDS [--require]
#
# SECONDS is for each of them. With clang and its libFuzzer it searches; with gcc alone, inputs are random. With neither it
# says so and succeeds, unless --require is given. An input that fails is left in the directory that is named in the last
# line.
set -eu

seconds=${1:?usage: run.sh SECONDS [--require]}
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$here/../../dlp" && pwd)
work=$(mktemp -d)
flags="-g -O2 -std=c11 -Wall -Wextra -fno-sanitize-recover=all"

missing() {
    echo "fuzzing: $1"
    rm -rf "$work"
    if [ "${2:-}" = --require ]; then exit 1; fi
    exit 0
}

works() {
    echo "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n); \
        int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return (int)(n && d[0] & 0); } $2" |
        "$1" -x c - -fsanitize="$3" -o "$work/probe" 2>/dev/null
}

seeds() {
    # Each script in a header that chooses the shipped scale, a small one, and bytes.
    seed=0
    for text in 'The quick brown fox, jumps over the lazy dog. The quick brown fox jumps over the lazy dog.' \
        'Съешь же ещё этих мягких французских булок, да выпей чаю' '中文字符。测试一二三四五六七八九十' '가나다각 한국어 문장' \
        'ﬁ ﷺ ß é Ａ９ 😀𝐀𝟎' 'ababababababababababababababababababab'; do
        for header in '\200\014a\001\002\003\004\005' '\004\002b\003\002\001\007\001' '\037\037c\001\001\001\001\002'; do
            seed=$((seed + 1))
            { printf "$header"; printf '%s %s\n%s' "$text" "$text" "$text"; } >"$1/$seed"
        done
    done
}

# search NAME FOLDER: the harness $here/NAME.c with all the C of FOLDER
search() {
    clang $flags -I"$here" -I"$2" -fsanitize=fuzzer,address,undefined "$here/$1.c" "$2"/*.c -lm -o "$work/$1"
    mkdir "$work/$1-corpus"
    seeds "$work/$1-corpus"
    echo "fuzzing $1: clang and libFuzzer for $seconds s, in $work"
    (cd "$work" && "./$1" -max_total_time="$seconds" -max_len=6000 -len_control=0 -timeout=20 -print_final_stats=1 \
        "$1-corpus" >"$1.log" 2>&1) || {
        tail -n 60 "$work/$1.log"
        echo "fuzzing $1: failed; the input is in $work"
        exit 1
    }
    grep -E 'number_of_executed_units|cov:' "$work/$1.log" | tail -n 2
}

# try_random NAME FOLDER
try_random() {
    gcc $flags -I"$here" -I"$2" -fsanitize=address,undefined -DDLP_DRIVER "$here/$1.c" "$2"/*.c -lm -o "$work/$1"
    echo "fuzzing $1: gcc and random inputs for $seconds s (clang with libFuzzer is missing)"
    "$work/$1" "$seconds"
}

if command -v clang >/dev/null && works clang "" fuzzer,address,undefined; then
    way=search
elif command -v gcc >/dev/null && works gcc 'int main(void) { return 0; }' address,undefined; then
    way=try_random
else
    missing "neither clang with libFuzzer nor gcc with its sanitizers is here" "${2:-}"
fi
$way kernel "$package/fingerprint/kernel"
$way native "$package/match/native"
rm -rf "$work"
