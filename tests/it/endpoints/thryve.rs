//! Thryve's endpoints: every means of authenticity alone and together, and limits.

use pulsehook_core::thryve::{Thryve, ThryveBuilder};
use pulsehook_core::{HeaderSecrets, SharedSecrets, UrlSecrets};

use super::{
    CURRENT_TOKEN, Mount, NEXT_TOKEN, current, current_token, five_minutes, plain, rotated, shared,
    small,
};

/// What a body of the endpoint `thryve-tight` may unpack to, in bytes.
pub(crate) const TIGHT_LIMIT: usize = 256;

/// The user of the password that stands in [`authorization`] beside the token.
pub(crate) const USER: &str = "thryve-user";

/// A token for `Bearer`, and a password for `Basic`.
fn authorization() -> HeaderSecrets {
    let bearer = shared(&format!("Bearer {CURRENT_TOKEN}"));
    let basic = HeaderSecrets::basic(USER, NEXT_TOKEN).expect("a secret");
    let both = SharedSecrets::new("bearer", bearer).with("basic", basic);
    HeaderSecrets::authorization(both.expect("room"))
}

fn signed() -> ThryveBuilder {
    Thryve::builder().keys(current())
}

pub(super) fn mount_all(mount: &mut impl Mount) {
    let in_query = || UrlSecrets::in_query("token", current_token());
    let mut serve = |label: &str, builder: ThryveBuilder| {
        plain(mount, label, builder.build().expect("a configuration"));
    };
    serve("thryve", signed());
    serve("thryve-rotated", Thryve::builder().keys(rotated()));
    serve("thryve-fresh", signed().tolerance(five_minutes()));
    serve("thryve-failing", signed());
    serve("thryve-strict", signed().strict());
    serve("thryve-tight", signed().decompressed_limit(TIGHT_LIMIT));
    serve(
        "thryve-web",
        Thryve::builder().authorization(authorization()),
    );
    let own_header = HeaderSecrets::in_header("x-webhook-token", current_token());
    serve("thryve-header", Thryve::builder().authorization(own_header));
    serve("thryve-url", Thryve::builder().url_secrets(in_query()));
    serve("thryve-both", signed().authorization(authorization()));
    serve(
        "thryve-all",
        signed()
            .authorization(authorization())
            .url_secrets(in_query()),
    );
    serve(
        "thryve-none",
        Thryve::builder().danger_accept_unauthenticated(),
    );
    let limited = signed().build().expect("a configuration");
    small(mount, "thryve-small", limited);
}
