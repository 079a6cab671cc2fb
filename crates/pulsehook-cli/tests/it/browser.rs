//! The watch page in a browser: live, by the keyboard alone, on narrow and wide screens.
#![cfg(unix)]

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pulsehook_axum::testing::SignedRequest;

use crate::support::{TWO_ENDPOINTS, by_human_api, by_metriport, pulsehook, wire, with_secrets};
use crate::watch::{ADMIT, PING, Watched};

mod driver;

use self::driver::{Browser, ENTER};

/// One browser at a time: they need much.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn first_row(number: u32, part: &str) -> String {
    format!(
        "document.querySelector('tbody tr')?.dataset.number == {number} && \
         document.querySelector('tbody tr').innerText.includes('{part}')"
    )
}

/// Pins that the page talked to its own server alone, and had nothing to complain of.
fn check_quiet(browser: &Browser, watched: &Watched) {
    let own = format!("http://{}/", watched.page);
    let requests = browser.requests_of(&own);
    for part in ["watch.css", "watch.js", "events?"] {
        assert!(
            requests.iter().any(|url| url.contains(part)),
            "{requests:?}"
        );
    }
    for url in requests {
        assert!(url.starts_with(&own), "{url}");
    }
    assert_eq!(browser.console(), Vec::<String>::new());
}

/// Sends a sample with the command, as who integrates does.
fn send(watched: &Watched, further: &[&str]) {
    let to = format!("http://{}/hooks/metriport", watched.server.address);
    let output = with_secrets(pulsehook())
        .current_dir(&watched.folder)
        .args(["send", "metriport", "patient.admit", "--to", &to])
        .args(further)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn requests_appear_without_a_reload() {
    if !driver::is_wanted() {
        return;
    }
    let _alone = alone();
    let watched = Watched::start("browser_live", TWO_ENDPOINTS);
    let browser = Browser::start(&watched.folder);
    browser.open(&watched.link());
    // The access key is not left in the address.
    assert_eq!(
        browser.run("return location.href"),
        format!("http://{}/", watched.page)
    );
    browser.wait_until("document.querySelector('#none').offsetHeight > 0");
    browser.wait_until("document.querySelector('#live').innerText.includes('by themselves')");
    browser.run("window.notReloaded = true");

    send(&watched, &[]);
    browser.wait_until(&first_row(1, "delivered"));
    browser.wait_until(&first_row(1, "patient.admit"));
    browser.wait_until("document.querySelector('#none').offsetHeight == 0");
    browser.wait_until(
        "document.querySelector('#live').innerText == 'New: delivered 200, metriport.'",
    );
    watched.server.post("/hooks/metriport", &by_metriport(PING));
    browser.wait_until(&first_row(2, "ping"));
    send(&watched, &["--tamper", "newline"]);
    browser.wait_until(&first_row(3, "refused"));
    browser.wait_until(&first_row(3, "signature-mismatch"));
    browser.wait_until("document.querySelectorAll('tbody tr').length == 3");
    assert_eq!(browser.run("return window.notReloaded"), true);

    browser.run("document.querySelector('tbody a').click()");
    browser.wait_until("document.querySelector('h1').innerText.startsWith('Request 3')");
    browser.wait_until(
        "document.querySelector('#explanation').innerText.startsWith('signature-mismatch: ')",
    );
    browser
        .wait_until("document.querySelector('.why li').innerText.startsWith('line-end-added: ')");

    // Without a server, the page says so.
    browser.open(&format!("http://{}/", watched.page));
    browser.wait_until("document.querySelector('#live').innerText.includes('by themselves')");
    check_quiet(&browser, &watched);
    watched.server.end();
    browser.wait_until("document.querySelector('#live').innerText.includes('has ended')");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn the_keyboard_is_enough() {
    if !driver::is_wanted() {
        return;
    }
    let _alone = alone();
    let watched = Watched::start("browser_keyboard", TWO_ENDPOINTS);
    watched
        .server
        .post("/hooks/metriport", &by_metriport(ADMIT));
    let browser = Browser::start(&watched.folder);
    browser.open(&watched.link());
    browser.tab_to(".skip");
    let is_seen = "const box = document.activeElement.getBoundingClientRect(); \
                   return box.top >= 0 && box.width > 50";
    assert_eq!(browser.run(is_seen), true);
    browser.press(ENTER);
    browser.wait_until("document.activeElement.id == 'main'");
    browser.tab_to("tbody th a");
    let outline = "return getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.run(outline), "solid");
    browser.press(ENTER);
    browser.wait_until("document.querySelector('h1').innerText.startsWith('Request 1')");
    browser.tab_to("form button");
    assert_eq!(browser.run(outline), "solid");
    browser.press(ENTER);
    browser.wait_until("document.querySelector('h1').innerText.startsWith('Request 2')");
    browser.wait_until("document.body.innerText.includes('Resent from request 1.')");
    // What scrolls can be reached.
    browser.tab_to("pre");
    browser.open(&format!("http://{}/", watched.page));
    browser.tab_to("nav a, tbody th a");
    browser.wait_until(&first_row(2, "resent"));
    check_quiet(&browser, &watched);
    let (stdout, _) = watched.server.end();
    assert_eq!(stdout.len(), 2);
}

#[test]
fn narrow_and_wide_screens_scroll_in_one_direction() {
    if !driver::is_wanted() {
        return;
    }
    let _alone = alone();
    let watched = Watched::start("browser_widths", TWO_ENDPOINTS);
    let server = &watched.server;
    let long = format!(
        r#"{{"meta":{{"messageId":"m-3","when":"2026-02-03T04:05:06.789Z","type":"{}"}},"long":"{}"}}"#,
        "medical.a-type-without-end.".repeat(6),
        "x".repeat(400)
    );
    server.post("/hooks/metriport", &by_metriport(&long));
    server.post("/hooks/metriport", &by_metriport(PING));
    let note = by_metriport(ADMIT).with_header("x-note", "y".repeat(300));
    server.post("/hooks/metriport", &note);
    server.post("/hooks/human-api", &by_human_api("[]"));
    server.post(
        &format!("/{}", "elsewhere".repeat(30)),
        &by_metriport(ADMIT),
    );
    let wrong =
        SignedRequest::post_json(ADMIT).with_header("x-metriport-signature", "0".repeat(64));
    server.send(&wire("/hooks/metriport", &wrong));

    let browser = Browser::start(&watched.folder);
    browser.open(&watched.link());
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&pictures).unwrap();
    for (path, name) in [
        ("/", "list"),
        ("/requests/1", "long"),
        ("/requests/3", "delivered"),
        ("/requests/5", "nowhere"),
        ("/requests/6", "refused"),
        ("/requests/99", "gone"),
    ] {
        browser.open(&format!("http://{}{path}", watched.page));
        for width in [360, 768, 1440] {
            for scheme in ["light", "dark"] {
                browser.prefer(scheme);
                browser.set_width(width);
                let picture = pictures.join(format!("{name}-{width}-{scheme}.png"));
                browser.save_screenshot(&picture);
                let widths = browser.run(
                    "return [document.documentElement.scrollWidth, innerWidth, Math.max(...\
                     [...document.querySelectorAll('body *')].filter(it => !it.closest('pre, thead, .hidden'))\
                     .map(it => Math.ceil(it.getBoundingClientRect().right)))]",
                );
                let widths: Vec<u32> = serde_json::from_value(widths).unwrap();
                assert_eq!(widths[1], width, "{path}");
                assert!(
                    widths[0] <= width && widths[2] <= width,
                    "{path} {widths:?}"
                );
            }
        }
    }
    // The one error: a page that is not there.
    let console = browser.console();
    assert!(
        console.iter().all(|line| line.contains("404")),
        "{console:?}"
    );
    watched.server.end();
}
