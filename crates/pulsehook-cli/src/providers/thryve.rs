//! Thryve.

use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::thryve::{Event, Thryve};

use super::opt_out::OptOut;
use super::{Configured, Entry, Listed};
use crate::config::{Fault, MOST_BODY, Members, counted};

mod demo;

pub(super) const ENTRY: Entry = Entry {
    name: "thryve",
    configure,
    demo: demo::kit,
};

const SIGNATURE: &str = "x-hmac-signature";

impl Listed for Thryve {
    fn event_type(event: &Event) -> String {
        match event {
            Event::Unknown(unknown) => format!("unknown {}", unknown.event_type),
            known => known.event_type().to_owned(),
        }
    }
}

fn configure(members: &mut Members<'_>) -> Result<Configured, Fault> {
    let mut builder = Thryve::builder();
    let mut verified = Vec::new();
    if let Some(in_header) = members.authorization()? {
        let secrets = counted(in_header.count, "secret");
        verified.push(format!("the header {}, {secrets}", in_header.name));
        builder = builder.authorization(in_header.secrets);
    }
    let (mut path_secrets, mut url_warning) = (None, None);
    if let Some(in_url) = members.url_secrets()? {
        let secrets = counted(in_url.count, "secret");
        verified.push(format!("the secret in the URL, {secrets}"));
        url_warning = in_url.warning();
        path_secrets = in_url.in_path;
        builder = builder.url_secrets(in_url.secrets);
    }
    let keys = members.keys("keys")?;
    let tolerance_at = members.place_of("tolerance");
    if let Some(both) = members.duration("tolerance")? {
        builder = builder.tolerance(Tolerance::new(both));
    }
    match (keys, tolerance_at) {
        (Some(keys), _) => {
            let count = counted(keys.len(), "key");
            verified.push(format!(
                "HMAC-SHA256 of body and time stamp ({SIGNATURE}), {count}"
            ));
            builder = builder.keys(keys);
        }
        (None, Some(at)) => {
            return Err(Fault::at(
                at,
                "`tolerance` judges the time of a signature, and there are no `keys`; add those \
                 or leave this out",
            ));
        }
        (None, None) => {}
    }
    if let Some(bytes) = members.size("decompressed_limit", MOST_BODY)? {
        builder = builder.decompressed_limit(bytes);
    }
    if members.flag("strict")? {
        builder = builder.strict();
    }
    let opt_out = OptOut::take(members)?;
    if opt_out.is_set {
        builder = builder.danger_accept_unauthenticated();
    }
    let provider = builder.build().map_err(|error| {
        opt_out.fault(
            members,
            &error,
            "`authorization = [{ env = \"NAME_OF_A_VARIABLE\" }]` for Thryve's web \
             authentication, `keys` for its HMAC, or `url_secrets`",
        )
    })?;
    let mut configured = Configured::new(provider, super::told(opt_out.is_set, &verified));
    configured.path_secrets = path_secrets;
    for warning in opt_out.warning(false).into_iter().chain(url_warning) {
        configured.warn(warning);
    }
    Ok(configured)
}
