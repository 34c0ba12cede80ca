#!/bin/sh
# Fuzzes the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
#
#     tests/fuzz/kernel/run.sh SECONDS [--require]
#
# With clang and its libFuzzer it searches; with gcc alone, inputs are random. With neither it says so and succeeds,
# unless --require is given. An input that fails is left in the directory that is named in the last line.
set -eu

seconds=${1:?usage: run.sh SECONDS [--require]}
here=$(cd "$(dirname "$0")" && pwd)
kernel=$(cd "$here/../../../dlp/fingerprint/kernel" && pwd)
work=$(mktemp -d)
flags="-g -O2 -std=c11 -Wall -Wextra -fno-sanitize-recover=all -I$kernel"

missing() {
    echo "kernel fuzzing: $1"
    rm -rf "$work"
    if [ "${2:-}" = --require ]; then exit 1; fi
    exit 0
}

works() {
    echo "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n); \
        int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return (int)(n && d[0] & 0); } $2" |
        "$1" -x c - -fsanitize="$3" -o "$work/probe" 2>/dev/null
}

if command -v clang >/dev/null && works clang "" fuzzer,address,undefined; then
    clang $flags -fsanitize=fuzzer,address,undefined "$here/fuzz.c" "$kernel"/*.c -lm -o "$work/fuzz"
    mkdir "$work/corpus"
    # Seeds: each script in a header that chooses the shipped scale, a small one, and bytes.
    seed=0
    for text in 'The quick brown fox, jumps over the lazy dog. The quick brown fox jumps over the lazy dog.' \
        'Съешь же ещё этих мягких французских булок, да выпей чаю' '中文字符。测试一二三四五六七八九十' '가나다각 한국어 문장' \
        'ﬁ ﷺ ß é Ａ９ 😀𝐀𝟎' 'ababababababababababababababababababab'; do
        for header in '\200\014a\001\002\003\004\005' '\004\002b\003\002\001\007\001' '\037\037c\001\001\001\001\002'; do
            seed=$((seed + 1))
            { printf "$header"; printf '%s %s\n%s' "$text" "$text" "$text"; } >"$work/corpus/$seed"
        done
    done
    echo "kernel fuzzing: clang and libFuzzer for $seconds s, in $work"
    cd "$work"
    ./fuzz -max_total_time="$seconds" -max_len=6000 -len_control=0 -timeout=20 -print_final_stats=1 corpus >log 2>&1 || {
        tail -n 60 log
        echo "kernel fuzzing: failed; the input is in $work"
        exit 1
    }
    grep -E 'number_of_executed_units|cov:' log | tail -n 2
elif command -v gcc >/dev/null && works gcc 'int main(void) { return 0; }' address,undefined; then
    gcc $flags -fsanitize=address,undefined -DDLP_DRIVER "$here/fuzz.c" "$kernel"/*.c -lm -o "$work/fuzz"
    echo "kernel fuzzing: gcc and random inputs for $seconds s (clang with libFuzzer is missing)"
    "$work/fuzz" "$seconds"
else
    missing "neither clang with libFuzzer nor gcc with its sanitizers is here" "${2:-}"
fi
rm -rf "$work"
