//! The list of addresses: read from the records, renewed, kept when there is no better one.

use std::time::{Duration, Instant};

use example_withings_allow_list::published::{
    Failure, NAMES, keep_renewing, published, renew, resolver,
};
use pulsehook_axum::address::AddressList;
use pulsehook_axum::{ConfigError, Swappable};

use crate::dns::{Answer, Server, records};

/// Every name, with records of its own.
fn server() -> Server {
    let server = Server::start();
    for (number, name) in NAMES.iter().enumerate() {
        server.set(name, records(&[&format!("192.0.{number}.0/24")]));
    }
    server
}

async fn ask(server: &Server) -> Result<(Vec<String>, Vec<String>), Failure> {
    let resolver = resolver(Some(server.address)).expect("a resolver");
    published(&resolver, &NAMES)
        .await
        .map(|(list, ignored)| (shown(&list), ignored))
}

fn shown(list: &AddressList) -> Vec<String> {
    list.blocks().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_list_holds_the_records_of_all_four_names() {
    let (list, ignored) = ask(&server()).await.expect("a list");
    let expect = [
        "192.0.0.0/24",
        "192.0.1.0/24",
        "192.0.2.0/24",
        "192.0.3.0/24",
    ];
    assert_eq!(list, expect);
    assert!(ignored.is_empty());
}

/// Sets the first name's records, and compares what is read before those of the others.
#[track_caller]
fn check(answer: Answer, list: &[&str], ignored: &[&str]) {
    let server = server();
    server.set(NAMES[0], answer);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (found, rest) = runtime.block_on(ask(&server)).expect("a list");
    assert_eq!(found[..found.len() - 3], *list);
    assert_eq!(rest, ignored);
}

fn split(strings: &[&str]) -> Answer {
    Answer::Records(vec![
        strings.iter().map(|string| (*string).to_owned()).collect(),
    ])
}

#[test]
fn records_have_many_forms() {
    check(
        records(&["192.0.2.7 198.51.100.0/24", "2001:db8::/32"]),
        &["192.0.2.7/32", "198.51.100.0/24", "2001:db8::/32"],
        &[],
    );
    check(
        records(&["\"192.0.2.7\" \"198.51.100.7\""]),
        &["192.0.2.7/32", "198.51.100.7/32"],
        &[],
    );
    check(
        records(&["v=ip1 192.0.2.7 -all", "see https://example.com"]),
        &["192.0.2.7/32"],
        &["v=ip1", "-all", "see", "https://example.com"],
    );
}

#[test]
fn strings_of_one_record_are_parts_of_one_text() {
    check(
        split(&["192.0.2.0/2", "4 198.51.", "100.7"]),
        &["192.0.2.0/24", "198.51.100.7/32"],
        &[],
    );
    check(
        split(&["v=1 192.0.2.0/2", "4"]),
        &["192.0.2.0/24"],
        &["v=1"],
    );
    let many: Vec<_> = (0..40).map(|last| format!("203.0.113.{last}")).collect();
    let text = many.join(" ");
    let (first, second) = text.split_at(255);
    let blocks: Vec<_> = many.iter().map(|address| format!("{address}/32")).collect();
    let blocks: Vec<_> = blocks.iter().map(String::as_str).collect();
    check(split(&[first, second]), &blocks, &[]);
}

#[test]
fn strings_of_one_record_may_also_be_texts_of_their_own() {
    check(
        split(&["192.0.2.0/24", "198.51.100.7"]),
        &["192.0.2.0/24", "198.51.100.7/32"],
        &[],
    );
}

#[tokio::test]
async fn a_name_without_records_is_a_failure_that_names_it() {
    for answer in [
        Answer::Code(2),
        Answer::Code(3),
        Answer::Code(5),
        Answer::Records(Vec::new()),
    ] {
        let server = server();
        server.set(NAMES[2], answer.clone());
        let failure = ask(&server).await.expect_err("a name fails");
        let expect = "no TXT records of ipblock-notify.us.withingsmed.net.";
        assert_eq!(failure.to_string(), expect, "{answer:?}");
    }
}

#[tokio::test]
async fn records_without_an_address_are_a_failure() {
    // Of each name: the addresses of the others alone would refuse deliveries.
    for name in NAMES {
        let server = server();
        server.set(name, records(&["v=spf1 -all"]));
        let failure = ask(&server).await.expect_err("no list");
        assert_eq!(
            failure.to_string(),
            format!("no list in the TXT records of {name}")
        );
        let error = ConfigError::NoAddress;
        assert!(matches!(failure, Failure::List { error: found, .. } if found == error));
    }
}

#[tokio::test]
async fn a_renewal_exchanges_the_list_and_a_failing_one_keeps_it() {
    let server = server();
    let resolver = resolver(Some(server.address)).expect("a resolver");
    let (list, _) = published(&resolver, &NAMES).await.expect("a list");
    let allowed = Swappable::new(list);
    let set_all = |answer: Answer| {
        for name in NAMES {
            server.set(name, answer.clone());
        }
    };

    set_all(records(&["198.51.100.0/24 junk"]));
    renew(&resolver, &NAMES, &allowed).await;
    let new = shown(&allowed.current());
    assert_eq!(new, ["198.51.100.0/24"; 4]);

    for failing in [Answer::Code(2), records(&["junk"]), records(&[""])] {
        set_all(failing.clone());
        renew(&resolver, &NAMES, &allowed).await;
        assert_eq!(shown(&allowed.current()), new, "{failing:?}");
    }
    // One name that fails is enough.
    set_all(records(&["203.0.113.0/24"]));
    server.set(NAMES[3], Answer::Code(3));
    renew(&resolver, &NAMES, &allowed).await;
    assert_eq!(shown(&allowed.current()), new);

    server.set(NAMES[3], records(&["203.0.113.0/24"]));
    renew(&resolver, &NAMES, &allowed).await;
    assert_eq!(shown(&allowed.current()), ["203.0.113.0/24"; 4]);
}

#[tokio::test]
async fn an_answer_that_is_none_keeps_the_list() {
    let server = server();
    server.set(NAMES[0], Answer::Garbage);
    let resolver = resolver(Some(server.address)).expect("a resolver");
    let (old, _) = AddressList::from_txt(["192.0.2.7"]).expect("a list");
    let allowed = Swappable::new(old.clone());
    renew(&resolver, &NAMES, &allowed).await;
    assert_eq!(*allowed.current(), old);
}

#[tokio::test]
async fn it_is_renewed_again_and_again() {
    let server = server();
    let resolver = resolver(Some(server.address)).expect("a resolver");
    let (old, _) = AddressList::from_txt(["192.0.2.7"]).expect("a list");
    let allowed = Swappable::new(old);
    let every = Duration::from_millis(5);
    let task = tokio::spawn(keep_renewing(resolver, &NAMES, allowed.clone(), every));
    for text in ["198.51.100.1", "198.51.100.2"] {
        for name in NAMES {
            server.set(name, records(&[text]));
        }
        // Long enough for a busy machine; nothing waits so long when all is well.
        let bound = Instant::now() + Duration::from_secs(60);
        let expect = [format!("{text}/32"), format!("{text}/32")];
        while !shown(&allowed.current()).starts_with(&expect) {
            assert!(Instant::now() < bound, "not renewed");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    task.abort();
}
