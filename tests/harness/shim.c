/*
 * Preloaded into a driver, to simulate conditions of its process:
 *
 *     ROOMCAST_SHIM_CLOCK=<seconds>      the clock is ahead by so many seconds
 *     ROOMCAST_SHIM_SLOW_NAME=<name>     resolving this name takes a minute
 *     ROOMCAST_SHIM_NO_SOCKETS=1         the limit of file descriptors is reached
 *     ROOMCAST_SHIM_NO_THREADS=1         the limit of threads is reached. Only roomcast's threads fail, which are
 *                                        recognised by their stacks of 256 KiB and 2 MiB
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    const char *offset = getenv("ROOMCAST_SHIM_CLOCK");
    int result;
    if (real == NULL) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    result = real(clock, now);
    if (clock == CLOCK_REALTIME && offset != NULL) {
        now->tv_sec += atol(offset);
    }
    return result;
}

#if defined(__GLIBC__) && __SIZEOF_POINTER__ == 4
/* On 32-bit systems, programs with 64-bit times call it by this name. */
struct timespec64 {
    int64_t tv_sec;
    int32_t tv_nsec, padding;
};

int __clock_gettime64(clockid_t clock, struct timespec64 *now) {
    static int (*real)(clockid_t, struct timespec64 *);
    const char *offset = getenv("ROOMCAST_SHIM_CLOCK");
    int result;
    if (real == NULL) {
        real = (int (*)(clockid_t, struct timespec64 *))dlsym(RTLD_NEXT, "__clock_gettime64");
    }
    result = real(clock, now);
    if (clock == CLOCK_REALTIME && offset != NULL) {
        now->tv_sec += atol(offset);
    }
    return result;
}
#endif

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const char *slow = getenv("ROOMCAST_SHIM_SLOW_NAME");
    if (real == NULL) {
        real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT,
                                                                                                       "getaddrinfo");
    }
    if (slow != NULL && name != NULL && strcmp(name, slow) == 0) {
        sleep(60);
    }
    return real(name, service, hints, found);
}

int socket(int domain, int type, int protocol) {
    static int (*real)(int, int, int);
    if (real == NULL) {
        real = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    }
    if (getenv("ROOMCAST_SHIM_NO_SOCKETS") != NULL && (domain == AF_INET || domain == AF_INET6)) {
        errno = EMFILE;
        return -1;
    }
    return real(domain, type, protocol);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    size_t stack = 0;
    if (real == NULL) {
        real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT,
                                                                                              "pthread_create");
    }
    if (getenv("ROOMCAST_SHIM_NO_THREADS") != NULL && attributes != NULL &&
        pthread_attr_getstacksize(attributes, &stack) == 0 && (stack == 256 * 1024 || stack == 2 * 1024 * 1024)) {
        return EAGAIN;
    }
    return real(thread, attributes, start, argument);
}
