/* Tests the dealer: who received which cards, and what it reports if the server fails. */
#include "dealer.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "table-7"
#define CHECK(condition) \
    ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), exit(1)))

static roomcast_client *client_of(const sandbox *sandbox) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_client *client = NULL;
    options.base_url = sandbox->base_url;
    options.access_key = sandbox->access_key;
    options.secret = sandbox->secret;
    options.max_attempts = 1;
    CHECK(roomcast_client_new(&options, &client, NULL) == ROOMCAST_OK);
    return client;
}

int main(void) {
    sandbox sandbox;
    roomcast_client *client;
    roomcast_error *error = NULL;
    char alice[64], bob[64], messages[4096];

    sandbox_start(&sandbox);
    client = client_of(&sandbox);
    sandbox_join(&sandbox, TABLE, "player", "alice", alice);
    sandbox_join(&sandbox, TABLE, "player", "bob", bob);

    /* Alice gets her cards, and nobody else does. */
    CHECK(deal(client, TABLE, alice, "As Ks", &error) == ROOMCAST_OK);
    sandbox_received(&sandbox, TABLE, alice, 0, messages, sizeof messages);
    CHECK(strstr(messages, "\"message\":\"As Ks\"") != NULL);
    sandbox_received(&sandbox, TABLE, bob, 0, messages, sizeof messages);
    CHECK(strstr(messages, "\"messages\":[]") != NULL);

    /* An answer that is lost: she may have them, and she has. */
    sandbox_control(&sandbox, "POST", "/sandbox/faults", "{\"kind\":\"lost_answer\",\"count\":1}", messages, sizeof messages);
    CHECK(deal(client, TABLE, alice, "2c 7d", &error) == ROOMCAST_CONNECTION);
    CHECK(roomcast_error_outcome(error) == ROOMCAST_OUTCOME_UNKNOWN);
    roomcast_error_free(error);
    error = NULL;
    sandbox_received(&sandbox, TABLE, alice, 1, messages, sizeof messages);
    CHECK(strstr(messages, "\"message\":\"2c 7d\"") != NULL);

    /* A failed look-up of the player sends nothing. */
    CHECK(deal(client, TABLE, NULL, "Qh Qs", &error) == ROOMCAST_INVALID_REQUEST);
    roomcast_error_free(error);
    sandbox_received(&sandbox, TABLE, alice, 2, messages, sizeof messages);
    CHECK(strstr(messages, "\"messages\":[]") != NULL);

    roomcast_client_free(client);
    sandbox_stop(&sandbox);
    puts("the dealer deals to one player only");
    return 0;
}
