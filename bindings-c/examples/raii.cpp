// A small C++11 wrapper: handles that free themselves, and exceptions. raii <room id> <role> <message>
//
// Copy it into your program, and adapt it.
#include <roomcast.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace roomcast {

struct Free {
    void operator()(roomcast_client *client) const { roomcast_client_free(client); }
    void operator()(roomcast_error *error) const { roomcast_error_free(error); }
    void operator()(roomcast_send_result *send_result) const { roomcast_send_result_free(send_result); }
};

// Why a call failed. Copies share one roomcast_error, which is immutable.
class Error : public std::runtime_error {
public:
    explicit Error(roomcast_error *error) : std::runtime_error(roomcast_error_message(error)), error_(error, Free()) {}

    roomcast_status kind() const { return roomcast_error_kind(error_.get()); }
    roomcast_outcome outcome() const { return roomcast_error_outcome(error_.get()); }
    std::uint16_t http_status() const { return roomcast_error_http_status(error_.get()); }
    std::uint32_t attempts() const { return roomcast_error_attempts(error_.get()); }
    // The server's own id of the request; empty if it sent none.
    std::string request_id() const {
        const char *id = roomcast_error_request_id(error_.get());
        return id == nullptr ? std::string() : std::string(id);
    }

private:
    std::shared_ptr<roomcast_error> error_;
};

// The result of a successful send: the server accepted the message.
struct SendResult {
    std::string message;
    std::uint32_t attempts;
};

// What a message says: text, unless it is made by one of the functions below.
struct Message {
    Message(const char *text) : text(text) {}
    Message(std::string text) : text(std::move(text)) {}
    Message(roomcast_format format, std::string text, std::string type = std::string())
        : text(std::move(text)), type(std::move(type)), format(format) {}

    std::string text;
    std::string type;
    roomcast_format format = ROOMCAST_FORMAT_TEXT;
};

// What 100ms's own clients show: a chat line, an event for useCustomEvent, a flying emoji such as "heart".
inline Message chat(std::string text) { return Message(ROOMCAST_FORMAT_CHAT, std::move(text)); }
inline Message event(std::string name, std::string json) {
    return Message(ROOMCAST_FORMAT_EVENT, std::move(json), std::move(name));
}
inline Message reaction(std::string emoji_id) { return Message(ROOMCAST_FORMAT_REACTION, std::move(emoji_id)); }

// Sends messages. Any number of threads may use one client; none may use it while it is destroyed.
class Client {
public:
    explicit Client(const roomcast_client_options &options) {
        roomcast_client *client = nullptr;
        roomcast_error *error = nullptr;
        if (roomcast_client_new(&options, &client, &error) != ROOMCAST_OK) {
            throw Error(error);
        }
        client_.reset(client);
    }

    // The target is a reference to a string, so it cannot be a NULL that would mean everyone.
    SendResult send_to_peer(const std::string &room_id, const std::string &peer_id, const Message &message) const {
        return send(message, [&](const roomcast_send_options *to, roomcast_error **error) {
            return roomcast_send_to_peer(client_.get(), room_id.c_str(), peer_id.c_str(), message.text.c_str(), to, error);
        });
    }

    SendResult send_to_role(const std::string &room_id, const std::string &role, const Message &message) const {
        return send(message, [&](const roomcast_send_options *to, roomcast_error **error) {
            return roomcast_send_to_role(client_.get(), room_id.c_str(), role.c_str(), message.text.c_str(), to, error);
        });
    }

    SendResult broadcast(const std::string &room_id, const Message &message) const {
        return send(message, [&](const roomcast_send_options *to, roomcast_error **error) {
            return roomcast_broadcast(client_.get(), room_id.c_str(), message.text.c_str(), to, error);
        });
    }

private:
    template <typename Call>
    static SendResult send(const Message &message, Call call) {
        roomcast_send_options to = ROOMCAST_SEND_OPTIONS_INIT;
        roomcast_send_result *result = nullptr;
        roomcast_error *error = nullptr;
        to.send_result = &result;
        to.format = message.format;
        to.type = message.type.empty() ? nullptr : message.type.c_str();
        if (call(&to, &error) != ROOMCAST_OK) {
            throw Error(error);
        }
        const std::unique_ptr<roomcast_send_result, Free> owner(result);
        return SendResult{roomcast_send_result_message(result), roomcast_send_result_attempts(result)};
    }

    std::unique_ptr<roomcast_client, Free> client_;
};

} // namespace roomcast

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: " << argv[0] << " <room id> <role> <message>\n";
        return 2;
    }
    try {
        roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
        options.timeout_ms = 5000;
        const roomcast::Client client(options);
        const roomcast::SendResult send_result = client.send_to_role(argv[1], argv[2], roomcast::chat(argv[3]));
        std::cout << send_result.message << ", attempts: " << send_result.attempts << "\n";
        return 0;
    } catch (const roomcast::Error &error) {
        std::cerr << error.what() << "\n";
        return error.outcome() == ROOMCAST_OUTCOME_UNKNOWN ? 3 : 1;
    }
}
