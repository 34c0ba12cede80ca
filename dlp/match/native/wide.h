#ifndef WIDE_H
#define WIDE_H

/* A function that the compiler makes once more for each width of the processor's vectors: the loader takes the widest
 * that there is. All of them are of the same C, so what they compute is the same. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12 && \
    !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WIDE
#endif

#endif
