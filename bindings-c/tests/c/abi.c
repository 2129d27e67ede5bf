/* The ABI: numbers, names of members and their offsets must not change. Does not compile if one did. */
#include <roomcast.h>

#define SAME(name, actual, expected) typedef char same_##name[(long long)(actual) == (expected) ? 1 : -1]

SAME(ok, ROOMCAST_OK, 0);
SAME(invalid_request, ROOMCAST_INVALID_REQUEST, 1);
SAME(configuration, ROOMCAST_CONFIGURATION, 2);
SAME(unauthenticated, ROOMCAST_UNAUTHENTICATED, 3);
SAME(permission_denied, ROOMCAST_PERMISSION_DENIED, 4);
SAME(not_found, ROOMCAST_NOT_FOUND, 5);
SAME(rate_limited, ROOMCAST_RATE_LIMITED, 6);
SAME(rejected, ROOMCAST_REJECTED, 7);
SAME(server, ROOMCAST_SERVER, 8);
SAME(connection, ROOMCAST_CONNECTION, 9);
SAME(timeout, ROOMCAST_TIMEOUT, 10);
SAME(protocol, ROOMCAST_PROTOCOL, 11);
SAME(cancelled, ROOMCAST_CANCELLED, 12);
SAME(internal, ROOMCAST_INTERNAL, 13);
SAME(wrong_secret, ROOMCAST_WRONG_SECRET, 14);
SAME(too_large, ROOMCAST_TOO_LARGE, 15);
SAME(invalid_body, ROOMCAST_INVALID_BODY, 16);
SAME(queue_full, ROOMCAST_QUEUE_FULL, 17);

SAME(outcome_none, ROOMCAST_OUTCOME_NONE, 0);
SAME(outcome_not_sent, ROOMCAST_OUTCOME_NOT_SENT, 1);
SAME(outcome_rejected, ROOMCAST_OUTCOME_REJECTED, 2);
SAME(outcome_unknown, ROOMCAST_OUTCOME_UNKNOWN, 3);

SAME(format_text, ROOMCAST_FORMAT_TEXT, 0);
SAME(format_json, ROOMCAST_FORMAT_JSON, 1);
SAME(format_chat, ROOMCAST_FORMAT_CHAT, 2);
SAME(format_event, ROOMCAST_FORMAT_EVENT, 3);
SAME(format_reaction, ROOMCAST_FORMAT_REACTION, 4);

SAME(audience_target, ROOMCAST_AUDIENCE_TARGET, 0);
SAME(audience_everyone, ROOMCAST_AUDIENCE_EVERYONE, 1);

SAME(switch_default, ROOMCAST_SWITCH_DEFAULT, 0);
SAME(switch_on, ROOMCAST_SWITCH_ON, 1);
SAME(switch_off, ROOMCAST_SWITCH_OFF, 2);

SAME(log_off, ROOMCAST_LOG_OFF, 0);
SAME(log_error, ROOMCAST_LOG_ERROR, 1);
SAME(log_warn, ROOMCAST_LOG_WARN, 2);
SAME(log_info, ROOMCAST_LOG_INFO, 3);
SAME(log_debug, ROOMCAST_LOG_DEBUG, 4);

SAME(event_other, ROOMCAST_EVENT_OTHER, 0);
SAME(event_peer_joined, ROOMCAST_EVENT_PEER_JOINED, 1);
SAME(event_peer_left, ROOMCAST_EVENT_PEER_LEFT, 2);

/* Offsets are compared only where pointers have 64 bits. */
#define OFFSET(type, member, expected) \
    SAME(type##_##member, sizeof(void *) == 8 ? offsetof(type, member) : (expected), expected)

SAME(client_options_magic, ROOMCAST_CLIENT_OPTIONS_MAGIC, 0x52434f43);
SAME(send_options_magic, ROOMCAST_SEND_OPTIONS_MAGIC, 0x52434f53);
SAME(list_options_magic, ROOMCAST_LIST_OPTIONS_MAGIC, 0x52434f4c);
SAME(query_options_magic, ROOMCAST_QUERY_OPTIONS_MAGIC, 0x52434f51);
SAME(many_options_magic, ROOMCAST_MANY_OPTIONS_MAGIC, 0x52434f4d);
SAME(stats_magic, ROOMCAST_STATS_MAGIC, 0x52434f54);

OFFSET(roomcast_client_options, struct_magic, 0);
OFFSET(roomcast_client_options, struct_size, 4);
OFFSET(roomcast_client_options, c_standard, 8);
OFFSET(roomcast_client_options, cpp_standard, 12);
OFFSET(roomcast_client_options, access_key, 16);
OFFSET(roomcast_client_options, secret, 24);
OFFSET(roomcast_client_options, management_token, 32);
OFFSET(roomcast_client_options, base_url, 40);
OFFSET(roomcast_client_options, ca_file, 48);
OFFSET(roomcast_client_options, proxy, 56);
OFFSET(roomcast_client_options, timeout_ms, 64);
OFFSET(roomcast_client_options, max_attempts, 68);
OFFSET(roomcast_client_options, max_in_flight, 72);
OFFSET(roomcast_client_options, retry_unknown, 76);
OFFSET(roomcast_client_options, insecure_http_host, 80);
OFFSET(roomcast_client_options, only_sandbox, 88);
OFFSET(roomcast_client_options, reserved, 92);

OFFSET(roomcast_send_options, struct_magic, 0);
OFFSET(roomcast_send_options, struct_size, 4);
OFFSET(roomcast_send_options, peer_id, 8);
OFFSET(roomcast_send_options, role, 16);
OFFSET(roomcast_send_options, type, 24);
OFFSET(roomcast_send_options, send_result, 32);
OFFSET(roomcast_send_options, format, 40);
OFFSET(roomcast_send_options, audience, 44);
OFFSET(roomcast_send_options, sender_id, 48);
OFFSET(roomcast_send_options, timeout_ms, 56);
OFFSET(roomcast_send_options, max_attempts, 60);
OFFSET(roomcast_send_options, retry_unknown, 64);
OFFSET(roomcast_send_options, reserved, 68);

OFFSET(roomcast_list_options, struct_magic, 0);
OFFSET(roomcast_list_options, struct_size, 4);
OFFSET(roomcast_list_options, user_id, 8);
OFFSET(roomcast_list_options, role, 16);
OFFSET(roomcast_list_options, timeout_ms, 24);
OFFSET(roomcast_list_options, max_attempts, 28);
OFFSET(roomcast_list_options, retry_unknown, 32);
OFFSET(roomcast_list_options, reserved, 36);

OFFSET(roomcast_query_options, struct_magic, 0);
OFFSET(roomcast_query_options, struct_size, 4);
OFFSET(roomcast_query_options, timeout_ms, 8);
OFFSET(roomcast_query_options, max_attempts, 12);
OFFSET(roomcast_query_options, retry_unknown, 16);
OFFSET(roomcast_query_options, reserved, 20);

OFFSET(roomcast_many_options, struct_magic, 0);
OFFSET(roomcast_many_options, struct_size, 4);
OFFSET(roomcast_many_options, rate, 8);
OFFSET(roomcast_many_options, max_in_flight, 16);
OFFSET(roomcast_many_options, reserved, 20);

/* Without a size of their own, so these two never get another member. */
OFFSET(roomcast_send_item, room_id, 0);
OFFSET(roomcast_send_item, message, 8);
OFFSET(roomcast_send_item, options, 16);
OFFSET(roomcast_send_item, tag, 24);
SAME(send_item_size, sizeof(roomcast_send_item), 4 * sizeof(void *));

OFFSET(roomcast_item_result, tag, 0);
OFFSET(roomcast_item_result, send_result, 8);
OFFSET(roomcast_item_result, error, 16);
SAME(item_result_size, sizeof(roomcast_item_result), 3 * sizeof(void *));

/* The same on every platform: it has no pointers. */
SAME(stats_struct_magic, offsetof(roomcast_stats, struct_magic), 0);
SAME(stats_struct_size, offsetof(roomcast_stats, struct_size), 4);
SAME(stats_in_flight, offsetof(roomcast_stats, in_flight), 8);
SAME(stats_queued, offsetof(roomcast_stats, queued), 16);
SAME(stats_queued_bytes, offsetof(roomcast_stats, queued_bytes), 24);
SAME(stats_idle_connections, offsetof(roomcast_stats, idle_connections), 32);
SAME(stats_busy_connections, offsetof(roomcast_stats, busy_connections), 40);
SAME(stats_sent, offsetof(roomcast_stats, sent), 48);
SAME(stats_queried, offsetof(roomcast_stats, queried), 56);
SAME(stats_retried, offsetof(roomcast_stats, retried), 64);
SAME(stats_uncollected, offsetof(roomcast_stats, uncollected), 72);
SAME(stats_uncollected_bytes, offsetof(roomcast_stats, uncollected_bytes), 80);
SAME(stats_failed, offsetof(roomcast_stats, failed), 88);
SAME(stats_failed_length, ROOMCAST_STATUS_LIMIT, 32);
