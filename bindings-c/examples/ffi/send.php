<?php
/*
 * Sends without waiting, from PHP's FFI: php send.php <roomcast-ffi.h> <libroomcast.so.0> <room id> <how many>
 *
 * PHP cannot be called on foreign threads, so there are no callbacks: the results come to the client's completion queue, whose file
 * descriptor stream_select() polls, as the event loops for PHP do.
 */
declare(strict_types=1);

[, $header, $library, $room, $count] = $argv;
$roomcast = FFI::cdef(file_get_contents($header), $library);

$client = $roomcast->new('roomcast_client *');
$error = $roomcast->new('roomcast_error *');
$completion = $roomcast->new('roomcast_completion *');

/* Fails with the error's text. */
$check = function (int $status) use ($roomcast, $error): void {
    if ($status !== $roomcast->ROOMCAST_OK) {
        throw new RuntimeException($roomcast->roomcast_error_message($error)); // whose memory the end of the program frees
    }
};

$options = $roomcast->new('roomcast_client_options');
$options->struct_magic = $roomcast->ROOMCAST_CLIENT_OPTIONS_MAGIC;
$options->struct_size = FFI::sizeof($options);
$options->max_in_flight = 16;
$check($roomcast->roomcast_client_new(FFI::addr($options), FFI::addr($client), FFI::addr($error)));

/* The results by the number that goes along as user_data. */
$results = [];
for ($number = 1; $number <= (int) $count; $number++) {
    $user_data = $roomcast->cast('void *', $number);
    $check($roomcast->roomcast_broadcast_async(
        $client, $room, "message $number", null, null, $user_data, null, FFI::addr($error)));
}

$ready = fopen('php://fd/' . $roomcast->roomcast_client_fd($client), 'r'); // only to be polled
while (count($results) < (int) $count) {
    [$read, $write, $except] = [[$ready], null, null];
    stream_select($read, $write, $except, 60);
    while (true) {
        $check($roomcast->roomcast_client_next($client, FFI::addr($completion), FFI::addr($error)));
        if (FFI::isNull($completion)) {
            break;
        }
        $user_data = $roomcast->roomcast_completion_user_data($completion);
        $number = $roomcast->cast('uintptr_t *', FFI::addr($user_data))[0]; // the pointer itself, as a number
        $failure = $roomcast->roomcast_completion_error($completion);
        $results[$number] = $failure === null ? null : $roomcast->roomcast_error_message($failure);
        $roomcast->roomcast_completion_free($completion);
    }
}

$check($roomcast->roomcast_client_drain($client, -1, null, FFI::addr($error)));
$stats = $roomcast->new('roomcast_stats');
$stats->struct_magic = $roomcast->ROOMCAST_STATS_MAGIC;
$stats->struct_size = FFI::sizeof($stats);
$check($roomcast->roomcast_client_stats($client, FFI::addr($stats), FFI::addr($error)));
$roomcast->roomcast_client_free($client);

foreach (array_filter($results) as $number => $failure) {
    fwrite(STDERR, "message $number: $failure\n");
}
echo "$stats->sent of $count messages were accepted\n";
exit($stats->sent === (int) $count ? 0 : 1);
