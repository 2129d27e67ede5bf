# Sends without waiting, from Ruby's fiddle: ruby send.rb <libroomcast.so.0> <room id> <how many>
#
# A block of Ruby cannot be called on foreign threads, so there are no callbacks: the results come to the client's completion queue,
# whose file descriptor IO.select polls, as the event loops for Ruby (async, nio4r) do.
require 'fiddle'

library, room, count = ARGV[0], ARGV[1], ARGV[2].to_i
LIBRARY = Fiddle.dlopen(library)

# Pointers and int are all that is needed; a roomcast_status is an int.
def function(name, arguments, result = Fiddle::TYPE_INT)
  Fiddle::Function.new(LIBRARY[name], arguments, result)
end

POINTER = Fiddle::TYPE_VOIDP
NEW = function('roomcast_client_new', [POINTER] * 3)
FREE = function('roomcast_client_free', [POINTER], Fiddle::TYPE_VOID)
FD = function('roomcast_client_fd', [POINTER])
NEXT = function('roomcast_client_next', [POINTER] * 3)
DRAIN = function('roomcast_client_drain', [POINTER, Fiddle::TYPE_INT, POINTER, POINTER])
BROADCAST_ASYNC = function('roomcast_broadcast_async', [POINTER] * 8)
USER_DATA = function('roomcast_completion_user_data', [POINTER], POINTER)
STATUS = function('roomcast_completion_status', [POINTER])
ERROR = function('roomcast_completion_error', [POINTER], POINTER)
COMPLETION_FREE = function('roomcast_completion_free', [POINTER], Fiddle::TYPE_VOID)
MESSAGE = function('roomcast_error_message', [POINTER], POINTER)
ERROR_FREE = function('roomcast_error_free', [POINTER], Fiddle::TYPE_VOID)
OK = 0

# Memory for a pointer that a call sets.
def output
  Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
end

$error = output

def check(status)
  return if status == OK

  text = MESSAGE.call($error.ptr).to_s
  ERROR_FREE.call($error.ptr)
  abort text
end

created = output
check NEW.call(nil, created, $error)
client = created.ptr

1.upto(count) do |number|
  check BROADCAST_ASYNC.call(client, room, "message #{number}", nil, nil, number, nil, $error)
end

# The results by the number that went along as user_data.
results = {}
completion = output
ready = IO.for_fd(FD.call(client), autoclose: false) # only to be polled; it is the client's
while results.size < count
  IO.select([ready], nil, nil, 60)
  loop do
    check NEXT.call(client, completion, $error)
    break if completion.ptr.null?

    number = USER_DATA.call(completion.ptr).to_i
    abort 'a result came twice' if results.key?(number)
    failed = STATUS.call(completion.ptr) != OK
    results[number] = failed ? MESSAGE.call(ERROR.call(completion.ptr)).to_s : nil
    COMPLETION_FREE.call(completion.ptr)
  end
end
check DRAIN.call(client, -1, nil, $error)
FREE.call(client)

results.compact.each { |number, failure| warn "message #{number}: #{failure}" }
accepted = results.count { |_, failure| failure.nil? }
puts "#{accepted} of #{count} messages were accepted"
exit accepted == count
