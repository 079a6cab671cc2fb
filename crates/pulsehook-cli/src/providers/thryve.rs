//! Thryve.

use std::time::Duration;

use pulsehook_axum::ConfigError;
use pulsehook_axum::bytes::Bytes;
use pulsehook_axum::signature::Tolerance;
use pulsehook_axum::thryve::testing::{compress, sign, unsigned};
use pulsehook_axum::thryve::{Api, Event, Thryve, ThryveBuilder};

use super::delivering::{self, Delivering, Retries, Wait};
use super::opt_out::OptOut;
use super::{
    Configured, Entry, Listed, MacEncoding, Message, Moment, Setup, SetupSecret, SignatureHeader,
};
use crate::config::{Fault, MOST_BODY, Members, counted};
use crate::request::Request;
use crate::secrets::{InUrl, Secrets};

mod demo;
mod samples;

pub(super) const ENTRY: Entry = Entry {
    name: "thryve",
    configure,
    title: "Thryve",
    usual_secret: "keys",
    demo: demo::kit,
    sign: send,
    signature: Some(SignatureHeader {
        name: SIGNATURE,
        encoding: MacEncoding::Hex,
        timestamp: Some(TIMESTAMP),
        nonce: None,
        joined: true,
        compresses: true,
    }),
    samples: samples::SAMPLES,
    delivering: DELIVERING,
    setup: SETUP,
};

const SETUP: Setup = Setup {
    about: "Thryve. Set the webhook URL in the dashboard: https://HOST/hooks/thryve\n\
            Set up all means there that stand here; all of them must hold.",
    secrets: &[
        SetupSecret {
            member: "authorization",
            what: "the password of Thryve's web authentication, user `thryve`",
            about: "User and password of the web authentication: the header is `Basic` of both. \
                    Without `user`,\nthe secret is the complete value of the header, for example \
                    `Bearer ...`.",
            with: "user = \"thryve\", ",
            variable: "THRYVE_PASSWORD",
            file: "thryve-password",
        },
        SetupSecret {
            member: "keys",
            what: "the HMAC secret from Thryve's dashboard",
            about: "The HMAC secret, with which body and time stamp are signed. Leave it out if \
                    the dashboard has none.",
            with: "",
            variable: "THRYVE_HMAC_SECRET",
            file: "thryve-hmac-secret",
        },
    ],
    further: r#"
# The largest body as it comes, and what a compressed one may unpack to; more is answered 413.
# body_limit = "8 MiB"
# decompressed_limit = "32 MiB"

# By how much the signed time may differ from the clock; needs `keys`.
# tolerance = "5m"

# Another header for the values of `authorization`.
# authorization_header = "x-webhook-token"

# Secrets in the URL, where the dashboard can send neither header nor signature:
# https://HOST/hooks/thryve?token=SECRET
# url_secrets = [{ env = "THRYVE_URL_SECRET" }]
# url_secret_in = "query:token"

# Takes bodies only in the documented form: no base64, and `Content-Encoding: zstd` where compressed.
# strict = true
"#,
};

const DELIVERING: Delivering = Delivering {
    deadline: |_| Duration::from_secs(2),
    is_success: |_, answer| matches!(answer.status, 200 | 204),
    success: "status 200 or 204 within 2 seconds",
    retries: Retries::After(
        &[Wait::exactly(60); 3],
        "Thryve tries up to 3 times more; its documentation does not say when, so this assumes a \
         minute between tries, and the same request each time",
    ),
    with_own_ids: delivering::no_ids,
};

const SIGNATURE: &str = "x-hmac-signature";
const TIMESTAMP: &str = "x-hmac-timestamp";

impl Listed for Thryve {
    type Api = Api;

    fn event_type(event: &Event) -> String {
        match event {
            Event::Unknown(unknown) => format!("unknown {}", unknown.event_type),
            known => known.event_type().to_owned(),
        }
    }
}

fn configure(members: &mut Members<'_>) -> Result<Configured, Fault> {
    let mut verified = Vec::new();
    let in_header = members.authorization()?;
    if let Some(in_header) = &in_header {
        let secrets = counted(in_header.values.len(), "secret");
        verified.push(format!("the header {}, {secrets}", in_header.name));
    }
    let in_url = members.url_secrets()?;
    if let Some(in_url) = &in_url {
        let secrets = counted(in_url.secrets.len(), "secret");
        verified.push(format!("the secret in the URL, {secrets}"));
    }
    let keys = members.keys("keys")?;
    let tolerance_at = members.place_of("tolerance");
    let tolerance = members.duration("tolerance")?;
    match (&keys, tolerance_at) {
        (Some(keys), _) => {
            let count = counted(keys.len(), "key");
            verified.push(format!(
                "HMAC-SHA256 of body and time stamp ({SIGNATURE}), {count}"
            ));
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
    let decompressed_limit = members.size("decompressed_limit", MOST_BODY)?;
    let strict = members.flag("strict")?;
    let opt_out = OptOut::take(members)?;
    let unproven = opt_out.is_set;
    let make = move |secrets: &Secrets| {
        let mut builder = of_secrets(secrets)?;
        // Of the means alone, those without a signature have no time to judge.
        if let Some(both) = tolerance
            && secrets.keys.is_some()
        {
            builder = builder.tolerance(Tolerance::new(both));
        }
        if let Some(bytes) = decompressed_limit {
            builder = builder.decompressed_limit(bytes);
        }
        if strict {
            builder = builder.strict();
        }
        if unproven {
            builder = builder.danger_accept_unauthenticated();
        }
        builder.build()
    };
    let secrets = Secrets {
        keys,
        in_url,
        in_header,
    };
    make(&secrets).map_err(|error| {
        opt_out.fault(
            members,
            &error,
            "`authorization = [{ env = \"NAME_OF_A_VARIABLE\" }]` for Thryve's web \
             authentication, `keys` for its HMAC, or `url_secrets`",
        )
    })?;
    let url_warning = secrets.in_url.as_ref().and_then(InUrl::warning);
    let mut configured = Configured::new(secrets, super::told(unproven, &verified), make);
    for warning in opt_out.warning(false).into_iter().chain(url_warning) {
        configured.warn(warning);
    }
    Ok(configured)
}

/// Starts a provider that asks for all that the secrets are for.
fn of_secrets(secrets: &Secrets) -> Result<ThryveBuilder, ConfigError> {
    let mut builder = Thryve::builder();
    if let Some(in_header) = &secrets.in_header {
        builder = builder.authorization(in_header.check()?);
    }
    if let Some(in_url) = &secrets.in_url {
        builder = builder.url_secrets(in_url.check()?);
    }
    if let Some(keys) = &secrets.keys {
        builder = builder.keys(keys.clone());
    }
    Ok(builder)
}

fn send(secrets: &Secrets, message: Message, moment: &Moment) -> Request {
    let Message::Body(body) = message else {
        return secrets.prove(Request::new("HEAD", ""));
    };
    let body = match is_push(&body) {
        true => Bytes::from(compress(&body)),
        false => body,
    };
    let request = match secrets.first_key() {
        Some(key) => sign(key, body, &moment.millis()),
        None => unsigned(body),
    };
    secrets.prove(request.into())
}

/// Tells whether a message is a data push, which Thryve compresses.
fn is_push(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Message {
        r#type: String,
    }
    let message: Option<Message> = serde_json::from_slice(body).ok();
    message.is_some_and(|message| message.r#type.starts_with("event.data."))
}
