#define _POSIX_C_SOURCE 200809L

#include "sandbox.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* Copies the text of a member of a JSON object. The texts that are read here have no escapes. */
static void text_of(const char *json, const char *name, char *to, size_t size) {
    char start[64];
    const char *found, *end;
    snprintf(start, sizeof start, "\"%s\":\"", name);
    found = strstr(json, start);
    if (found == NULL) {
        fail("no %s in %s", name, json);
    }
    found += strlen(start);
    end = strchr(found, '"');
    if (end == NULL || (size_t)(end - found) >= size) {
        fail("%s is too long in %s", name, json);
    }
    memcpy(to, found, (size_t)(end - found));
    to[end - found] = '\0';
}

void sandbox_start(sandbox *self) {
    const char *program = getenv("ROOMCAST_SANDBOX");
    char line[1024], url[128];
    int input[2], output[2];
    FILE *ready;
    if (program == NULL) {
        program = "roomcast-sandbox";
    }
    if (pipe(input) != 0 || pipe(output) != 0) {
        fail("no pipe");
    }
    self->process = fork();
    if (self->process < 0) {
        fail("no process");
    }
    if (self->process == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        close(input[0]);
        close(input[1]);
        close(output[0]);
        close(output[1]);
        execlp(program, program, "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends", "--access-key", "test", "--secret",
               "test-secret", (char *)NULL);
        perror(program);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    self->input = input[1];
    /* One line of JSON, when it listens. */
    ready = fdopen(output[0], "r");
    if (ready == NULL || fgets(line, sizeof line, ready) == NULL) {
        fail("%s did not start: is it on the PATH, or in ROOMCAST_SANDBOX?", program);
    }
    fclose(ready);
    text_of(line, "base_url", self->base_url, sizeof self->base_url);
    text_of(line, "access_key", self->access_key, sizeof self->access_key);
    text_of(line, "secret", self->secret, sizeof self->secret);
    text_of(line, "url", url, sizeof url);
    self->port = (unsigned short)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

void sandbox_stop(sandbox *self) {
    int status;
    close(self->input);
    if (waitpid(self->process, &status, 0) != self->process || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail("the sandbox did not end well");
    }
}

void sandbox_control(const sandbox *self, const char *method, const char *path, const char *body, char *response,
                     size_t size) {
    struct sockaddr_in address = {0};
    char request[2048], received[65536];
    const char *content;
    size_t length = 0;
    ssize_t more;
    int written, status = 0;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_port = htons(self->port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection < 0 || connect(connection, (const struct sockaddr *)&address, sizeof address) != 0) {
        fail("the sandbox cannot be reached");
    }
    written = snprintf(request, sizeof request,
                       "%s %s HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", method,
                       path, strlen(body), body);
    if (written < 0 || (size_t)written >= sizeof request || write(connection, request, (size_t)written) != written) {
        fail("%s %s could not be sent", method, path);
    }
    while ((more = read(connection, received + length, sizeof received - 1 - length)) > 0) {
        length += (size_t)more;
    }
    close(connection);
    received[length] = '\0';
    content = strstr(received, "\r\n\r\n");
    if (sscanf(received, "HTTP/1.%*d %d", &status) != 1 || content == NULL || status / 100 != 2) {
        fail("%s %s: %s", method, path, received);
    }
    if (strlen(content + 4) >= size) {
        fail("the response to %s %s is too long", method, path);
    }
    strcpy(response, content + 4);
}

void sandbox_join(const sandbox *self, const char *room, const char *role, const char *user_id, char peer_id[64]) {
    char path[256], body[512], response[1024];
    snprintf(path, sizeof path, "/sandbox/rooms/%s/peers", room);
    snprintf(body, sizeof body, "{\"role\":\"%s\",\"user_id\":\"%s\"}", role, user_id);
    sandbox_control(self, "POST", path, body, response, sizeof response);
    text_of(response, "peer_id", peer_id, 64);
}

void sandbox_received(const sandbox *self, const char *room, const char *peer_id, unsigned after, char *messages,
                      size_t size) {
    char path[256];
    snprintf(path, sizeof path, "/sandbox/rooms/%s/peers/%s/messages?after=%u", room, peer_id, after);
    sandbox_control(self, "GET", path, "", messages, size);
}
