//! `roomcast send` and `roomcast peers`.

use std::io::Read;
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::json;

use crate::common::{Folder, Rooms, at, bare, run, run_with};

#[test]
fn each_recipient_and_nobody_else() {
    let rooms = Rooms::new();
    let sent =
        |arguments: &[&str]| rooms.run(&[&["send", "demo", "hi"], arguments].concat()).with_code(0).stdout;
    assert_eq!(sent(&["--peer", "ann-1"]), "accepted: message sent (1 attempt)\n");
    assert_eq!((rooms.received("ann-1").len(), rooms.count()), (1, 1));
    sent(&["--role", "guest"]);
    assert_eq!((rooms.received("bob-1").len(), rooms.count()), (1, 2));
    let both = sent(&["--user", "ann", "--type", "chat"]);
    assert_eq!(both.lines().count(), 2, "{both}");
    assert!(both.contains("accepted: ann-1: message sent"), "{both}");
    assert_eq!((rooms.received("ann-1").len(), rooms.received("ann-2").len(), rooms.count()), (2, 1, 4));
    sent(&["--everyone"]);
    assert_eq!((rooms.received("eve-1").len(), rooms.count()), (0, 7));
}

#[test]
fn without_one_recipient_nothing_is_sent() {
    let rooms = Rooms::new();
    for (arguments, code) in [
        (&[][..], 2),
        (&["--peer", "ann-1", "--everyone"], 2),
        (&["--peer"], 2),
        (&["--everyone=true"], 2),
        (&["--pier", "ann-1"], 2),
        (&["--peer", ""], 1),
        (&["--peer", " "], 1),
        (&["--peer="], 1),
        (&["--role", ""], 1),
        (&["--user", "\u{200b}"], 1),
        (&["--user", "nobody"], 1),
        (&["--peer", "eve-1"], 1),
        (&["--peer", "ann-1", "--type", ""], 1),
    ] {
        let ended = rooms.run(&[&["send", "demo", "hi"], arguments].concat()).with_code(code);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(rooms.count(), 0);
}

#[test]
fn the_message_from_an_argument_a_file_or_stdin() {
    let (rooms, folder) = (Rooms::new(), Folder::new());
    let to = ["--peer", "ann-1"];
    rooms.run(&[&["send", "demo", "an argument"][..], &to].concat()).with_code(0);
    let file = folder.file("message.txt", "two\nlines\n");
    rooms.run(&[&["send", "demo", "--file", &file][..], &to].concat()).with_code(0);
    run_with(rooms.command(&[&["send", "demo"][..], &to].concat()), b"from stdin\r\n").with_code(0);
    run_with(rooms.command(&[&["send", "demo", "-"][..], &to].concat()), b" as it is \n\n").with_code(0);
    assert_eq!(rooms.received("ann-1"), ["an argument", "two\nlines", "from stdin", " as it is \n"]);
    for (stdin, wrong) in [
        (&b"\n"[..], "message is blank"),
        (b"\xff\xfe", "message is not valid Unicode"),
        (&vec![b'x'; roomcast::MAX_MESSAGE + 1][..], "message has more than 1048576 bytes"),
    ] {
        let ended = run_with(rooms.command(&[&["send", "demo"][..], &to].concat()), stdin).with_code(1);
        assert!(ended.stderr.contains(wrong), "{}", ended.stderr);
    }
    let longest = [&vec![b'x'; roomcast::MAX_MESSAGE][..], b"\r\n"].concat();
    run_with(rooms.command(&[&["send", "demo"][..], &to].concat()), &longest).with_code(0);
    rooms.run(&[&["send", "demo", "--file", "/nowhere"][..], &to].concat()).with_code(2);
    rooms.run(&[&["send", "demo", "hi", "--file", &file][..], &to].concat()).with_code(2);
    assert_eq!(rooms.received("ann-1").len(), 5);
}

#[test]
fn the_exit_code_is_the_outcome() {
    let rooms = Rooms::new();
    let send = |arguments: &[&str]| {
        rooms.run(&[&["send", "demo", "hi", "--everyone", "--json"], arguments].concat())
    };
    let accepted = send(&[]).with_code(0).json();
    assert_eq!((&accepted[0]["outcome"], &accepted[0]["attempts"]), (&json!("accepted"), &json!(1)));
    for (status, code, outcome) in [(404, 1, "rejected"), (403, 1, "rejected"), (500, 3, "unknown")] {
        rooms.fault(json!({"kind": "status", "status": status, "count": 1}));
        let ended = send(&[]).with_code(code);
        let result = &ended.json()[0];
        assert_eq!((&result["outcome"], &result["error"]["status"]), (&json!(outcome), &json!(status)));
        assert!(ended.stderr.starts_with("roomcast: "), "{}", ended.stderr);
    }
    rooms.fault(json!({"kind": "lost_answer", "count": 1}));
    let lost = send(&["--timeout", "5"]).with_code(3).json();
    assert_eq!(lost[0]["outcome"], "unknown");
    // Nothing listens there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = run(at(
        &format!("http://{free}/v2"),
        &["send", "demo", "hi", "--everyone", "--json", "--max-attempts", "1"],
    ));
    assert_eq!(refused.with_code(1).json()[0]["error"]["kind"], "connection");
    let nobody = run(bare(&["send", "demo", "hi", "--everyone", "--json"])).with_code(1);
    assert_eq!(nobody.json()[0]["error"]["kind"], "configuration");
}

#[test]
fn a_user_with_a_peer_of_which_nothing_is_known() {
    let rooms = Rooms::new();
    rooms.fault(json!({"kind": "status", "status": 500, "count": 1, "room_id": "demo"}));
    // The fault meets the query, which is retried, or one of the sends.
    let ended = rooms.run(&["send", "demo", "hi", "--user", "ann", "--json", "--max-attempts", "1"]);
    assert_ne!(ended.code, 0, "{}", ended.stdout);
}

#[test]
fn credentials_from_a_file_and_none_in_an_option() {
    let (rooms, folder) = (Rooms::new(), Folder::new());
    let variables = format!(
        "# as the sandbox prints them\nexport HMS_BASE_URL={}\nexport HMS_ACCESS_KEY=sandbox-access-key\nHMS_SECRET='sandbox-secret'\n",
        rooms.sandbox.base_url()
    );
    let file = folder.file("hms.env", variables);
    let send = ["send", "demo", "hi", "--everyone", "--env-file", &file];
    run(bare(&send)).with_code(0);
    // The file's credentials count, and not those of another account in the environment.
    let mut command = bare(&send);
    command.env("HMS_MANAGEMENT_TOKEN", "of-another-account").env("HMS_BASE_URL", "http://127.0.0.1:1");
    run(command).with_code(0);
    let wrong = folder.file("wrong.env", "HMS_ACCESS_KEY=key\nmy secret\n");
    let ended = run(bare(&["send", "demo", "hi", "--everyone", "--env-file", &wrong])).with_code(2);
    assert!(ended.stderr.contains("line 2") && !ended.stderr.contains("my secret"), "{}", ended.stderr);
    for option in ["--secret", "--access-key", "--management-token"] {
        run(bare(&["send", "demo", "hi", "--everyone", option, "x"])).with_code(2);
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_send_with_what_is_known() {
    let rooms = Rooms::new();
    rooms.fault(json!({"kind": "delay", "delay_ms": 20_000, "count": 1}));
    let mut command = rooms.command(&["send", "demo", "hi", "--everyone", "--json", "--timeout", "60"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    crate::many::signal(&child, "INT");
    let ended = crate::common::ended(child).with_code(3);
    assert_eq!(ended.json()[0]["error"]["kind"], "cancelled", "{}", ended.stdout);
}

#[test]
fn a_reader_that_is_gone_is_no_panic() {
    let rooms = Rooms::new();
    for arguments in
        [&["peers", "demo"][..], &["send", "demo", "hi", "--everyone"], &["completions", "bash"], &["man"]]
    {
        let mut command = rooms.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn peers_as_a_table_and_as_json() {
    let rooms = Rooms::new();
    let table = rooms.run(&["peers", "demo"]).with_code(0).stdout;
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("PEER ") && lines.len() == 4, "{table}");
    assert!(lines[1].starts_with("ann-1  ann ") && lines[1].contains("host"), "{table}");
    let hosts = rooms.run(&["peers", "demo", "--role", "host", "--json"]).with_code(0).json();
    let ids: Vec<_> = hosts.iter().map(|peer| peer["peer_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["ann-1", "ann-2"]);
    assert_eq!((&hosts[0]["user_id"], &hosts[0]["role"]), (&json!("ann"), &json!("host")));
    assert_eq!(rooms.run(&["peers", "demo", "--user", "bob", "--json"]).json().len(), 1);
    assert_eq!(
        rooms.run(&["peers", "nowhere", "--json"]).with_code(1).json()[0]["error"]["kind"],
        "not_found"
    );
    rooms.run(&["peers", "demo", "--user", ""]).with_code(1);
    rooms.fault(json!({"kind": "status", "status": 500, "count": 1}));
    rooms.run(&["peers", "demo", "--max-attempts", "1"]).with_code(3);
}

#[test]
fn what_peers_say_of_themselves_moves_no_cursor() {
    let rooms = Rooms::new();
    let peer = json!({"name": "\u{1b}[2Jeve\nbob"});
    rooms.sandbox.control("POST", "/sandbox/rooms/demo/peers", &peer).unwrap();
    let table = rooms.run(&["peers", "demo"]).with_code(0).stdout;
    assert!(!table.contains('\u{1b}') && table.lines().count() == 5, "{table:?}");
}
