/* Shared by the test programs: named tests, which print each condition that does not hold. */
#ifndef CHECK_H
#define CHECK_H

#include <roomcast.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed, failures_in_test;

static inline void check(int holds, const char *what, int line) {
    if (!holds) {
        printf("  line %d: failed: %s\n", line, what);
        failures_in_test++;
    }
}

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

static inline void run(const char *name, void (*test)(void)) {
    failures_in_test = 0;
    test();
    printf("%s %s\n", failures_in_test == 0 ? "ok    " : "FAILED", name);
    fflush(stdout);
    failures_in_test == 0 ? passed++ : failed++;
}

/* Prints the last line, and returns the exit code. */
static inline int finish(void) {
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

#endif
