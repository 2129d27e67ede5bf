--[[
  Sends without waiting, from LuaJIT: luajit send.lua <roomcast-ffi.h> <libroomcast.so.0> <room id> <how many>

  A function of Lua cannot be called on foreign threads, so there are no callbacks: the results come to the client's completion queue.
  An event loop for Lua (luv, lua-ev, cqueues) polls its file descriptor; here, poll() does.
]]
local ffi = require("ffi")
local header, library, room, count = arg[1], arg[2], arg[3], tonumber(arg[4])

local file = assert(io.open(header))
ffi.cdef(file:read("*a"))
file:close()
ffi.cdef([[
  struct pollfd { int fd; short events; short revents; };
  int poll(struct pollfd *fds, unsigned long count, int timeout);
]])
local roomcast = ffi.load(library)
local POLLIN = 1

local error_output = ffi.new("roomcast_error *[1]")
local function check(status)
  if status ~= roomcast.ROOMCAST_OK then
    local text = ffi.string(roomcast.roomcast_error_message(error_output[0]))
    roomcast.roomcast_error_free(error_output[0])
    error(text, 0)
  end
end

local options = ffi.new("roomcast_client_options")
options.struct_magic = roomcast.ROOMCAST_CLIENT_OPTIONS_MAGIC
options.struct_size = ffi.sizeof(options)
options.max_in_flight = 16
local client_output = ffi.new("roomcast_client *[1]")
check(roomcast.roomcast_client_new(options, client_output, error_output))
local client = client_output[0]

for number = 1, count do
  local user_data = ffi.cast("void *", number)
  local message = "message " .. number
  check(roomcast.roomcast_broadcast_async(client, room, message, nil, nil, user_data, nil, error_output))
end

-- The results by the number that went along as user_data.
local results, collected = {}, 0
local completion_output = ffi.new("roomcast_completion *[1]")
local polled = ffi.new("struct pollfd[1]")
polled[0].fd = roomcast.roomcast_client_fd(client)
polled[0].events = POLLIN
while collected < count do
  ffi.C.poll(polled, 1, 60000)
  while true do
    check(roomcast.roomcast_client_next(client, completion_output, error_output))
    local completion = completion_output[0]
    if completion == nil then
      break
    end
    local number = tonumber(ffi.cast("uintptr_t", roomcast.roomcast_completion_user_data(completion)))
    local failure = roomcast.roomcast_completion_error(completion)
    assert(results[number] == nil, "a result came twice")
    results[number] = failure == nil and "" or ffi.string(roomcast.roomcast_error_message(failure))
    collected = collected + 1
    roomcast.roomcast_completion_free(completion)
  end
end

check(roomcast.roomcast_client_drain(client, -1, nil, error_output))
local stats = ffi.new("roomcast_stats")
stats.struct_magic = roomcast.ROOMCAST_STATS_MAGIC
stats.struct_size = ffi.sizeof(stats)
check(roomcast.roomcast_client_stats(client, stats, error_output))
roomcast.roomcast_client_free(client)

for number = 1, count do
  if results[number] ~= "" then
    io.stderr:write(("message %d: %s\n"):format(number, results[number]))
  end
end
print(("%d of %d messages were accepted"):format(tonumber(stats.sent), count))
os.exit(tonumber(stats.sent) == count and 0 or 1)
