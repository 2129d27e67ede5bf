/* The program under test: it deals cards. */
#ifndef DEALER_H
#define DEALER_H

#include <roomcast.h>

/* Sends a player's cards to that player only. Returns the outcome; the caller frees `error`. */
roomcast_status deal(roomcast_client *client, const char *table, const char *peer_id, const char *cards,
                     roomcast_error **error);

#endif
