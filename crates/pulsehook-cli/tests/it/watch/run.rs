//! Where the page is, what it keeps, and how it ends.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use super::{ADMIT, PING, Watched, altered};
use crate::support::{Server, TWO_ENDPOINTS, by_human_api, by_metriport, command, folder};

#[test]
fn the_latest_two_hundred_are_kept() {
    let watched = Watched::start("two_hundred", TWO_ENDPOINTS);
    let ping = by_metriport(PING);
    for _ in 0..300 {
        assert_eq!(watched.server.post("/hooks/metriport", &ping).status, 200);
    }
    let list = watched.shown("/");
    assert_eq!(list.matches("data-number=").count(), 200);
    assert!(list.contains("data-number=\"300\"") && list.contains("data-number=\"101\""));
    assert_eq!(watched.get("/requests/100").status, 404);
    assert_eq!(watched.get("/requests/101").status, 200);
    assert_eq!(watched.get("/requests/-1").status, 404);
    assert_eq!(watched.get("/requests/x").status, 404);
    watched.server.end();
}

#[test]
fn large_bodies_of_refused_requests_are_cut() {
    let watched = Watched::start("cut", TWO_ENDPOINTS);
    let body = format!("{}end-of-it", "x".repeat(3 << 20));
    let wire = altered(&by_metriport(ADMIT), &body);
    assert_eq!(watched.server.send(&wire).status, 401);
    let page = watched.shown("/requests/1");
    for part in [
        "<dd>3.0 MiB</dd>",
        "Only its first MiB is kept.",
        "Only the beginning is shown.",
        "what would have made it pass was not tried",
        "It cannot be resent",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("end-of-it") && !page.contains("<button>"));
    assert!(page.len() < 1 << 20);
    let host = format!("host: {}", watched.page);
    let origin = format!("origin: http://{}", watched.page);
    let lines = [&*host, &watched.cookie(), &origin, "content-length: 0"];
    assert_eq!(watched.ask("POST /requests/1/resend", &lines).status, 409);
    watched.server.end();
}

#[test]
fn those_who_do_not_read_hold_up_nothing() {
    let watched = Watched::start("not_read", TWO_ENDPOINTS);
    let mut idle = Vec::new();
    for _ in 0..16 {
        let mut stream = watched.connect();
        let head = format!(
            "GET /events?rows&events HTTP/1.1\r\nhost: {}\r\n{}\r\n\r\n",
            watched.page,
            watched.cookie()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // It follows once it is answered.
        stream.read_exact(&mut [0; 12]).unwrap();
        idle.push(stream);
    }
    assert_eq!(watched.get("/events").status, 503);
    let padded = ADMIT.replace("p-1", &"x".repeat(500_000));
    for _ in 0..40 {
        let answer = watched
            .server
            .post("/hooks/metriport", &by_metriport(&padded));
        assert_eq!(answer.status, 200);
    }
    // Nor do they hold up the end.
    watched.server.end();
}

#[test]
fn the_file_with_the_link_is_the_owners_and_goes_with_the_server() {
    let watched = Watched::start("link_file", TWO_ENDPOINTS);
    let file = watched.folder.join("pulsehook.toml.watch");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    watched.get("/requests/1");
    let files = || {
        let entries = fs::read_dir(&watched.folder).unwrap();
        let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(
        files(),
        ["pulsehook.toml", "pulsehook.toml.watch", "secret.txt"]
    );
    // Nothing of a request is written.
    for name in files() {
        let text = fs::read_to_string(watched.folder.join(name)).unwrap();
        assert!(!text.contains("m-2"), "{text}");
    }
    let folder = watched.folder.clone();
    watched.server.end();
    assert!(!file.exists());

    // Another place, and what a server left behind that was killed.
    let link = "http://127.0.0.1:1/?key=left-behind\n";
    fs::write(folder.join("link"), link).unwrap();
    let mut command = command(&folder, TWO_ENDPOINTS);
    command.args(["--watch=127.0.0.1:0", "--watch-file"]);
    let server = Server::start(command.arg(folder.join("link")));
    server.stderr.wait_for(&["watch page on http://"]);
    assert_ne!(fs::read_to_string(folder.join("link")).unwrap(), link);
    server.end();
    assert!(!folder.join("link").exists());
}

#[test]
fn the_link_of_a_running_server_is_left_alone() {
    let watched = Watched::start("left_alone", TWO_ENDPOINTS);
    let file = watched.folder.join("pulsehook.toml.watch");
    let link = fs::read_to_string(&file).unwrap();
    let mut second = command(&watched.folder, TWO_ENDPOINTS);
    let output = second.arg("--watch=127.0.0.1:0").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("holds the link of another server, which runs"),
        "{text}"
    );
    // It says so before it says where it listens.
    assert!(!text.contains("listens on"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), link);
    let mut third = command(&watched.folder, TWO_ENDPOINTS);
    third.args(["--watch=127.0.0.1:0", "--watch-file"]);
    let third = Server::start(third.arg(watched.folder.join("third")));
    third.end();
    assert_eq!(fs::read_to_string(&file).unwrap(), link);
    watched.server.end();
    assert!(!file.exists());
}

#[test]
fn what_cannot_be_watched_is_refused_with_the_reason() {
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = busy.local_addr().unwrap();
    let in_file = |line: &str| format!("{line}\n{TWO_ENDPOINTS}");
    let cases = [
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=0.0.0.0:0".to_owned()],
            2,
            "this machine alone",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=[::]:0".to_owned()],
            2,
            "this machine alone",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch=localhost".to_owned()],
            2,
            "write an IP address and a port",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec!["--watch-file=x".to_owned()],
            2,
            "add --watch",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec![format!("--watch={busy}")],
            4,
            "--watch: cannot listen",
        ),
        (
            TWO_ENDPOINTS.to_owned(),
            vec![format!("--monitor={busy}")],
            4,
            "--monitor: cannot listen",
        ),
        (
            in_file("watch = \"192.0.2.1:1\""),
            vec![],
            3,
            "pulsehook.toml:1:9: the page shows",
        ),
        (in_file("watch = true"), vec![], 3, "pulsehook.toml:1:9: "),
        (
            in_file("monitor = \"everywhere\""),
            vec![],
            3,
            "pulsehook.toml:1:11: `monitor` must",
        ),
        (
            in_file(&format!("watch = \"{busy}\"")),
            vec![],
            4,
            "pulsehook.toml:1:9: cannot listen",
        ),
        (
            in_file(&format!("monitor = \"{busy}\"")),
            vec![],
            4,
            "pulsehook.toml:1:11: cannot listen",
        ),
    ];
    for (number, (config, arguments, code, part)) in cases.iter().enumerate() {
        let folder = folder(&format!("not_watched_{number}"));
        let output = command(&folder, config).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(*code), "{arguments:?} {text}");
        assert!(text.contains(part), "{part}\n{text}");
    }
    let folder = folder("not_replaced");
    let notes = folder.join("pulsehook.toml.watch");
    fs::write(&notes, "my notes").unwrap();
    let mut command = command(&folder, TWO_ENDPOINTS);
    let output = command.arg("--watch=127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("left alone; name another file"), "{text}");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "my notes");
}

#[test]
fn the_configuration_can_ask_for_the_page() {
    let folder = folder("by_file");
    let config = format!("watch = \"127.0.0.1:0\"\n{TWO_ENDPOINTS}");
    let server = Server::start(&mut command(&folder, &config));
    server.stderr.wait_for(&["watch page on http://127.0.0.1:"]);
    server.end();
    // Nobody asked for one.
    let server = Server::start(&mut command(&folder, TWO_ENDPOINTS));
    server.post("/hooks/human-api", &by_human_api("[]"));
    let (_, stderr) = server.end();
    assert!(
        stderr.iter().all(|line| !line.contains("watch")),
        "{stderr:?}"
    );
    assert!(!folder.join("pulsehook.toml.watch").exists());
}
