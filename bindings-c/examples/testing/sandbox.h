/*
 * A sandbox for tests: a local stand-in for the 100ms API, in a process of its own, with simulated peers. For POSIX systems.
 *
 * The program is the one that the environment variable ROOMCAST_SANDBOX names, else `roomcast-sandbox` on the PATH. It ends with this
 * process, however that ends. What fails is printed to stderr, and ends the test with exit code 1.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

typedef struct sandbox {
    pid_t process;
    int input; /* its standard input: the program ends when this is closed */
    unsigned short port;
    char base_url[128];
    char access_key[128];
    char secret[128];
} sandbox;

void sandbox_start(sandbox *self);
void sandbox_stop(sandbox *self);

/*
 * A request to the control API, such as ("POST", "/sandbox/faults", "{\"kind\":\"lost_answer\",\"count\":1}"); the sandbox's README has
 * all of them. `response` gets the body. Ends the test unless the request is accepted.
 */
void sandbox_control(const sandbox *self, const char *method, const char *path, const char *body, char *response,
                     size_t size);

/* A peer joins a room. `peer_id` gets its id, of at most 63 bytes. Role and user must need no escapes in JSON. */
void sandbox_join(const sandbox *self, const char *room, const char *role, const char *user_id, char peer_id[64]);

/*
 * What a peer has received after the message with the number `after`, as JSON: {"messages":[{"number":1,"message":"hi",...}],...}.
 * A message is there before the client's send returns.
 */
void sandbox_received(const sandbox *self, const char *room, const char *peer_id, unsigned after, char *messages,
                      size_t size);

#endif
