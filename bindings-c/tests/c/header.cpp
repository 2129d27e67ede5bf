// The header in C++: what it defines is valid C++11, and links.
#include <roomcast.h>

#include <cstdio>
#include <cstring>

static int next(void *user_data, roomcast_send_item *item) {
    static roomcast_send_options everyone = ROOMCAST_SEND_OPTIONS_INIT;
    everyone.audience = ROOMCAST_AUDIENCE_EVERYONE;
    item->room_id = "r";
    item->message = "hi";
    item->options = &everyone;
    return (*static_cast<int *>(user_data))-- > 0;
}

static int on_result(void *, const roomcast_item_result *result) {
    return roomcast_error_kind(result->error) != ROOMCAST_CONNECTION;
}

int main() {
    const char *const peers[] = {"p", "q"};
    roomcast_many_options many = ROOMCAST_MANY_OPTIONS_INIT;
    roomcast_recipients *recipients = nullptr;
    int items = 3;
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_client *client = nullptr;
    roomcast_error *error = nullptr;
    options.management_token = "token";
    options.base_url = "http://127.0.0.1:1/v2";
    options.max_attempts = 1;
    to.peer_id = "p";
    to.format = ROOMCAST_FORMAT_CHAT;
    bool good = options.struct_size == sizeof options && options.cpp_standard == __cplusplus &&
                options.c_standard == 0 && to.struct_size == sizeof to &&
                std::strcmp(roomcast_version(), ROOMCAST_VERSION) == 0 &&
                roomcast_client_new(&options, &client, &error) == ROOMCAST_OK &&
                roomcast_send_message(client, "r", "hi", &to, &error) == ROOMCAST_CONNECTION &&
                roomcast_error_outcome(error) == ROOMCAST_OUTCOME_NOT_SENT &&
                roomcast_send_to_peers(client, "r", peers, 2, "hi", nullptr, &recipients, nullptr) == ROOMCAST_OK &&
                roomcast_recipients_count(recipients) == 2 &&
                roomcast_send_many(client, next, on_result, &items, &many, nullptr) == ROOMCAST_OK && items == -1;
    roomcast_recipients_free(recipients);
    roomcast_error_free(error);
    roomcast_client_free(client);
    std::printf("%s the header in C++\n", good ? "ok    " : "FAILED");
    return good ? 0 : 1;
}
