#include "dealer.h"

roomcast_status deal(roomcast_client *client, const char *table, const char *peer_id, const char *cards,
                     roomcast_error **error) {
    return roomcast_send_to_peer(client, table, peer_id, cards, NULL, error);
}
