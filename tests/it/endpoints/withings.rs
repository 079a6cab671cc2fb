//! Withings' endpoints: a secret in the URL, lists of addresses, and what can be opted in.

use pulsehook_core::UrlSecrets;
use pulsehook_core::address::{AddressList, AllowedAddresses, TrustedProxies};
use pulsehook_core::withings::{Withings, WithingsBuilder};

use super::{Mount, current_token, plain, rotated_tokens, small};

fn in_query() -> WithingsBuilder {
    Withings::builder().url_secrets(UrlSecrets::in_query("token", current_token()))
}

/// A list of one block; the connections of all tests come from 127.0.0.1.
fn list(block: &str) -> AddressList {
    AddressList::new([block.parse().expect("a block")]).expect("a list")
}

fn allowed(block: &str) -> AllowedAddresses {
    AllowedAddresses::new(list(block))
}

pub(super) fn mount_all(mount: &mut impl Mount) {
    let mut serve = |label: &str, builder: WithingsBuilder| {
        plain(mount, label, builder.build().expect("a configuration"));
    };
    serve("withings", in_query());
    serve("withings-failing", in_query());
    let in_path = UrlSecrets::in_path(current_token());
    serve("withings-path", Withings::builder().url_secrets(in_path));
    let rotated = UrlSecrets::in_query("token", rotated_tokens());
    serve("withings-rotated", Withings::builder().url_secrets(rotated));
    serve(
        "withings-acknowledging",
        in_query().acknowledge_unauthenticated(),
    );
    serve("withings-orders", in_query().order_updates());
    serve(
        "withings-none",
        Withings::builder().danger_accept_unauthenticated(),
    );
    serve(
        "withings-allow",
        in_query().allowed_addresses(allowed("127.0.0.0/8")),
    );
    serve(
        "withings-elsewhere",
        in_query().allowed_addresses(allowed("192.0.2.0/24")),
    );
    let behind = allowed("192.0.2.0/24");
    let behind = behind.behind(TrustedProxies::x_forwarded_for(list("127.0.0.1")));
    serve("withings-behind", in_query().allowed_addresses(behind));
    serve(
        "withings-allow-alone",
        Withings::builder()
            .allowed_addresses(allowed("127.0.0.1"))
            .danger_accept_unauthenticated(),
    );
    let limited = in_query().build().expect("a configuration");
    small(mount, "withings-small", limited);
}
