//! What is wrong with secrets that callers present, and with lists of addresses, is said with its
//! place, and without a secret.

use crate::support::{CANARY, URL_SECRET, check_config};

/// An endpoint that is right, from line 1 to 4.
const WITHINGS: &str = r#"[[endpoint]]
path = "/hooks/withings"
provider = "withings"
url_secrets = [{ env = "TEST_URL_SECRET" }]
"#;

const SECRETS: &str = r#"url_secrets = [{ env = "TEST_URL_SECRET" }]"#;

#[track_caller]
fn check(config: &str, place: &str, part: &str) {
    check_config(config, 3, place, &[part]);
}

/// Returns the right endpoint with more lines, from line 5 on.
fn with(lines: &str) -> String {
    format!("{WITHINGS}{lines}\n")
}

/// Returns the right endpoint with other lines, from line 4 on, in the place of the secrets.
fn without_secrets(lines: &str) -> String {
    WITHINGS.replace(SECRETS, lines)
}

#[test]
fn an_endpoint_that_would_verify_nothing_names_what_to_add() {
    let message = "the endpoint would verify nothing; add `url_secrets = [{ env = \
                   \"NAME_OF_A_VARIABLE\" }]`, the secrets in the callback URL, or, to take \
                   requests from anyone, `danger_accept_unauthenticated = true`";
    for lines in ["", "danger_accept_unauthenticated = false"] {
        check(&without_secrets(lines), ":1:1", message);
    }
    let proves_nothing =
        "in the callback URL, since the addresses of `allow` prove nothing, or, to";
    let allow = "allow = [\"192.0.2.0/24\"]";
    check(&without_secrets(allow), ":1:1", proves_nothing);
    // Most likely it is meant to be a proof.
    let keys = "keys = [{ env = \"WITHINGS_KEY\" }]";
    check(
        &without_secrets(keys),
        ":4:1",
        "the endpoint has no member `keys`; it knows",
    );
}

#[test]
fn the_opt_out_beside_a_proof_is_refused() {
    check(
        &with("danger_accept_unauthenticated = true"),
        ":5:33",
        "`danger_accept_unauthenticated` stands beside credentials, which would not count; take \
         one of them out",
    );
}

#[test]
fn a_secret_in_place_is_refused() {
    for (lines, place) in [
        (format!("url_secrets = \"{CANARY}\""), ":4:15"),
        (format!("url_secrets = [\"{CANARY}\"]"), ":4:16"),
        (format!("url_secret = \"{CANARY}\""), ":4:1"),
        (format!("token = \"{CANARY}\""), ":4:1"),
        (
            format!("url_secrets = [{{ token = \"{CANARY}\" }}]"),
            ":4:18",
        ),
    ] {
        let parts = ["must not stand in this file", "`url_secrets`"];
        check_config(&without_secrets(&lines), 3, place, &parts);
    }
}

#[test]
fn url_secrets_that_are_not_right() {
    for (secrets, place, part) in [
        ("[]", ":4:15", "`url_secrets` is an empty list"),
        ("true", ":4:15", "`url_secrets` must be a list"),
        ("[{ env = \"TEST_UNSET\" }]", ":4:24", "is not set"),
        ("[{ env = \"TEST_BLANK\" }]", ":4:24", "empty or blank"),
        (
            "[{ env = \"TEST_BYTES\", encoding = \"hex\" }]",
            ":4:24",
            "the secret is not UTF-8, so no URL can carry it",
        ),
        (
            "[{ env = \"TEST_URL_SECRET\", user = \"a\" }]",
            ":4:43",
            "the key has no member `user`",
        ),
        (
            "[{ id = \"a\", env = \"TEST_URL_SECRET\" }, { id = \"a\", env = \"TEST_URL_SECRET\" }]",
            ":4:55",
            "same `id`",
        ),
    ] {
        let line = format!("url_secrets = {secrets}");
        check(&without_secrets(&line), place, part);
    }
}

#[test]
fn places_of_the_secret_that_are_not_right() {
    let message = "`url_secret_in` must be \"path\" or \"query:NAME\"; the parameter's NAME must be \
                   1 to 64 letters, digits, dots, hyphens or underscores";
    for place in [
        "",
        "query",
        "query:",
        "query:a b",
        "query:a=1",
        "header",
        CANARY,
    ] {
        let line = format!("url_secret_in = \"{place}\"");
        check(&with(&line), ":5:17", message);
    }
    check(
        &with("url_secret_in = 1"),
        ":5:17",
        "`url_secret_in` must be a text",
    );
    check(
        &without_secrets("url_secret_in = \"path\"\ndanger_accept_unauthenticated = true"),
        ":4:17",
        "`url_secret_in` says where `url_secrets` stand; add those or leave this out",
    );
}

#[test]
fn a_path_that_ends_in_its_own_secret_is_refused() {
    let config = with("url_secret_in = \"path\"")
        .replace("\"/hooks/withings\"", &format!("\"/hooks/{URL_SECRET}\""));
    check_config(&config, 3, ":2:8", &["`path` ends in one of `url_secrets`"]);
}

#[test]
fn paths_with_a_secret_below_that_reach_another_endpoint() {
    let in_path = with("url_secret_in = \"path\"");
    let below = WITHINGS.replace("/hooks/withings", "/hooks/withings/below");
    let overlap = "takes a secret as the segment after its path";
    check(&format!("{in_path}{below}"), ":7:8", overlap);
    check(&format!("{below}{in_path}"), ":6:8", overlap);
    check(&format!("{in_path}{in_path}"), ":7:8", "same path");
    for path in ["/hooks/withings/", "/"] {
        let config = in_path.replace("/hooks/withings", path);
        check(&config, ":2:8", "must not end with a slash");
    }
}

#[test]
fn addresses_that_are_not_right() {
    for member in ["allow", "trusted_proxies"] {
        for (list, shift, part) in [
            ("\"192.0.2.0/24\"", 0, "must be a list of addresses"),
            ("true", 0, "must be a list of addresses"),
            ("[]", 0, "is an empty list; name an address"),
            ("[\"192.0.2.0/33\"]", 1, "must be an IP address or a block"),
            ("[\"host.example\"]", 1, "must be an IP address or a block"),
            ("[\"canary-4711\"]", 1, "must be an IP address or a block"),
            ("[7]", 1, "must be an IP address or a block"),
            ("[{}]", 1, "the entry has no `file`"),
            ("[{ file = \"nowhere\" }]", 10, "cannot be read"),
            (
                "[{ file = \"secret.txt\" }]",
                10,
                "the file named here has no address and no block of addresses in it",
            ),
            (
                "[{ file = \"pulsehook.toml\", env = \"A\" }]",
                28,
                "the entry has no member `env`",
            ),
        ] {
            let place = format!(":5:{}", member.len() + 4 + shift);
            check(&with(&format!("{member} = {list}")), &place, part);
        }
    }
}

#[test]
fn proxies_without_what_they_need() {
    let allow = "allow = [\"192.0.2.0/24\"]\n";
    let proxies = "trusted_proxies = [\"127.0.0.1\"]";
    let header = "forwarded_header = \"x-forwarded-for\"";
    for (lines, place, message) in [
        (
            format!("{proxies}\n{header}"),
            ":5:19",
            "`trusted_proxies` only matters beside `allow`; add that or leave this out",
        ),
        (
            header.to_owned(),
            ":5:20",
            "`forwarded_header` only matters beside `allow`; add that or leave this out",
        ),
        (
            format!("{allow}{proxies}"),
            ":6:19",
            "`trusted_proxies` needs `forwarded_header`: \"x-forwarded-for\" or \"forwarded\", \
             whichever those proxies write",
        ),
        (
            format!("{allow}{header}"),
            ":6:20",
            "`forwarded_header` needs `trusted_proxies`",
        ),
        (
            format!("{allow}{proxies}\nforwarded_header = \"x-real-ip\""),
            ":7:20",
            "\"x-forwarded-for\" or \"forwarded\", whichever those proxies write",
        ),
    ] {
        check(&with(&lines), place, message);
    }
}

#[test]
fn members_of_withings_that_are_not_of_their_kind_or_not_its_own() {
    for member in [
        "order_updates",
        "acknowledge_unauthenticated",
        "danger_accept_unauthenticated",
    ] {
        let place = format!(":5:{}", member.len() + 4);
        let line = format!("{member} = \"yes\"");
        check(&with(&line), &place, "must be true or false");
    }
    for member in ["keys", "tolerance", "authorization", "strict"] {
        let message = format!("the endpoint has no member `{member}`; it knows `path`");
        check(&with(&format!("{member} = []")), ":5:1", &message);
    }
}

/// An endpoint that is right, from line 1 to 4.
const THRYVE: &str = r#"[[endpoint]]
path = "/hooks/thryve"
provider = "thryve"
authorization = [{ env = "TEST_AUTHORIZATION" }]
"#;

/// Returns that endpoint with other lines, from line 4 on, in the place of its only proof.
fn thryve(lines: &str) -> String {
    THRYVE.replace(r#"authorization = [{ env = "TEST_AUTHORIZATION" }]"#, lines)
}

#[test]
fn an_endpoint_of_thryve_that_would_verify_nothing_names_what_to_add() {
    let message = "the endpoint would verify nothing; add `authorization = [{ env = \
                   \"NAME_OF_A_VARIABLE\" }]` for Thryve's web authentication, `keys` for its \
                   HMAC, or `url_secrets`, or, to take requests from anyone, \
                   `danger_accept_unauthenticated = true`";
    for lines in ["", "strict = true", "decompressed_limit = \"1 MiB\""] {
        check(&thryve(lines), ":1:1", message);
    }
}

#[test]
fn each_proof_of_thryve_contradicts_the_opt_out() {
    for proof in [
        "authorization = [{ env = \"TEST_AUTHORIZATION\" }]",
        "keys = [{ env = \"TEST_THRYVE_KEY\" }]",
        "url_secrets = [{ env = \"TEST_URL_SECRET\" }]",
    ] {
        let lines = format!("{proof}\ndanger_accept_unauthenticated = true");
        check(&thryve(&lines), ":5:33", "stands beside credentials");
    }
}

#[test]
fn authorizations_that_are_not_right() {
    let in_place = format!("\"Bearer {CANARY}\"");
    let in_list = format!("[\"Bearer {CANARY}\"]");
    let password = format!("[{{ user = \"a\", password = \"{CANARY}\" }}]");
    for (list, place, part) in [
        (&*in_place, ":4:17", "must not stand in this file"),
        (&in_list, ":4:18", "must not stand in this file"),
        (&password, ":4:32", "must not stand in this file"),
        ("[]", ":4:17", "`authorization` is an empty list"),
        ("[{ user = \"a\" }]", ":4:18", "neither `env`"),
        (
            "[{ env = \"TEST_LINE_END\" }]",
            ":4:26",
            "holds a line end or another control character, so no header can carry it",
        ),
        (
            "[{ env = \"TEST_SCHEME_ALONE\" }]",
            ":4:26",
            "the secret is a scheme with nothing after it; was the variable that it is made of \
             empty?",
        ),
        (
            "[{ env = \"TEST_BASIC_OF_NOTHING\" }]",
            ":4:26",
            "the secret is a scheme with nothing after it",
        ),
        (
            "[{ user = \"a:b\", env = \"TEST_PASSWORD\" }]",
            ":4:27",
            "`user` must not contain a colon, which separates it from the password",
        ),
        (
            "[{ user = 7, env = \"TEST_PASSWORD\" }]",
            ":4:27",
            "`user` must be a text",
        ),
        (
            "[{ env = \"TEST_PASSWORD\", encoding = \"hex\" }]",
            ":4:43",
            "the key has no member `encoding`; it knows `id`, `user`, `env`, `file`",
        ),
    ] {
        let line = format!("authorization = {list}");
        check(&thryve(&line), place, part);
    }
}

#[test]
fn names_of_headers_that_are_not_right() {
    for name in ["", "x webhook", "x-webhook: a", "é"] {
        let config = format!("{THRYVE}authorization_header = \"{name}\"\n");
        let part = "`authorization_header` must be the name of a header, for example";
        check(&config, ":5:24", part);
    }
    let lines = "authorization_header = \"x-token\"\nkeys = [{ env = \"TEST_THRYVE_KEY\" }]";
    let part = "`authorization_header` names the header for `authorization`";
    check(&thryve(lines), ":4:24", part);
}

#[test]
fn members_of_thryve_that_are_not_of_their_kind_or_not_its_own() {
    for (line, place, part) in [
        (
            "tolerance = \"5m\"",
            ":5:13",
            "`tolerance` judges the time of a signature, and there are no `keys`",
        ),
        ("tolerance = 5", ":5:13", "`tolerance` must be a span"),
        (
            "decompressed_limit = \"2 GiB\"",
            ":5:22",
            "`decompressed_limit` must be a size from 1 byte to 1 GiB",
        ),
        ("strict = 1", ":5:10", "`strict` must be true or false"),
        ("allow = []", ":5:1", "the endpoint has no member `allow`"),
        (
            "order_updates = true",
            ":5:1",
            "the endpoint has no member `order_updates`",
        ),
    ] {
        check(&format!("{THRYVE}{line}\n"), place, part);
    }
}
