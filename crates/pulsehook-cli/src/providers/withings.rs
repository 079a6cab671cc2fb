//! Withings.

use std::time::Duration;

use pulsehook_axum::testing::SignedRequest;
use pulsehook_axum::withings::testing::{notification, order_update, probe};
use pulsehook_axum::withings::{Api, Category, Event, Withings, WithingsBuilder};
use pulsehook_axum::{ConfigError, SigningKey};

use super::delivering::{self, Delivering, Retries, Wait};
use super::opt_out::OptOut;
use super::{Configured, Entry, Listed, Message, Moment, Setup, SetupSecret};
use crate::config::{Fault, Members, counted};
use crate::demo::kit::{Case, Kit, KitError, random_hex};
use crate::demo::spoilt::in_transit;
use crate::request::Request;
use crate::samples::sample;
use crate::secrets::{InUrl, Secrets, UrlPlace};

mod samples;

pub(super) const ENTRY: Entry = Entry {
    name: "withings",
    configure,
    title: "Withings",
    usual_secret: "url_secrets",
    demo,
    sign: send,
    signature: None,
    samples: samples::SAMPLES,
    delivering: DELIVERING,
    setup: SETUP,
};

const SETUP: Setup = Setup {
    about: "Withings. It signs nothing: a secret in the callback URL is what proves a \
            notification.\nSubscribe https://HOST/hooks/withings?token=SECRET",
    secrets: &[SetupSecret {
        member: "url_secrets",
        what: "a secret of your own, for Withings' callback URL: letters and digits",
        about: "The secret in the callback URL: letters, digits, `-`, `.`, `_` and `~`, of your own \
                making.",
        with: "",
        variable: "WITHINGS_URL_SECRET",
        file: "withings-url-secret",
    }],
    further: r#"
# Where the secret stands: the parameter of the query, or "path" for the segment after `path`.
# url_secret_in = "query:token"

# Also takes logistics order updates, which are JSON, at this address. Leave it out if you ship no
# devices.
order_updates = true

# The largest body; a larger one is answered 413.
# body_limit = "64 KiB"

# The addresses that may call, beside the secret; they prove nothing alone. The file is made by
#   dig +short TXT ipblock-notify.withings.net > withings-addresses.txt
# allow = [{ file = "withings-addresses.txt" }]

# The proxies in front whose word about the caller's address is taken for `allow`, and the header
# that they write: "x-forwarded-for" or "forwarded".
# trusted_proxies = ["127.0.0.1"]
# forwarded_header = "x-forwarded-for"

# Answers 200 to deliveries that are not authentic, and drops them: a wrong secret then does not end
# in a cancelled subscription.
# acknowledge_unauthenticated = true
"#,
};

const DELIVERING: Delivering = Delivering {
    deadline: |_| Duration::from_secs(2),
    is_success: |_, answer| delivering::is_2xx(answer),
    success: "a status from 200 to 299 within 2 seconds",
    retries: Retries::After(
        // Each cycle has two tries.
        &[
            Wait::exactly(0),
            Wait::exactly(10),
            Wait::exactly(0),
            Wait::minutes(60, 1, 10),
            Wait::exactly(0),
            Wait::minutes(3_600, 2, 20),
            Wait::exactly(0),
            Wait::minutes(4 * 3_600, 3, 30),
            Wait::exactly(0),
        ],
        "Withings tries 5 times twice: at once, after 10 seconds, after 1 minute and 1 to 10 more, \
         after 1 hour and 2 to 20 minutes, after 4 hours and 3 to 30 minutes; this assumes that \
         both tries follow at once, and that each wait starts when the last has failed",
    ),
    with_own_ids: delivering::no_ids,
};

impl Listed for Withings {
    type Api = Api;

    fn event_type(event: &Event) -> String {
        match event.category() {
            Some(Category::Other(number)) => format!("unknown {number}"),
            _ => event.name().to_owned(),
        }
    }
}

fn configure(members: &mut Members<'_>) -> Result<Configured, Fault> {
    let in_url = members.url_secrets()?;
    let allowed = members.allowed_addresses()?;
    let order_updates = members.flag("order_updates")?;
    let acknowledges = members.flag("acknowledge_unauthenticated")?;
    let opt_out = OptOut::take(members)?;
    let unproven = opt_out.is_set;

    let only_addresses = allowed.is_some();
    let (mut verified, mut warnings) = (Vec::new(), Vec::new());
    warnings.extend(opt_out.warning(only_addresses));
    if let Some(in_url) = &in_url {
        let secrets = counted(in_url.secrets.len(), "secret");
        verified.push(format!("the secret in the URL, {secrets}"));
        warnings.extend(in_url.warning());
    }
    if let Some(allowed) = &allowed {
        verified.push("the caller's address".to_owned());
        warnings.extend(allowed.warnings.clone());
    }
    if acknowledges {
        warnings.push(
            "answers 200 to deliveries that are not authentic, and drops them; watch the refusals \
             (acknowledge_unauthenticated)"
                .to_owned(),
        );
    }
    let make = move |secrets: &Secrets| {
        let mut builder = of_secrets(secrets)?;
        if order_updates {
            builder = builder.order_updates();
        }
        if acknowledges {
            builder = builder.acknowledge_unauthenticated();
        }
        if unproven {
            builder = builder.danger_accept_unauthenticated();
        }
        if let Some(allowed) = &allowed {
            builder = builder.allowed_addresses(allowed.check());
        }
        builder.build()
    };
    let secrets = Secrets {
        in_url,
        ..Secrets::default()
    };
    make(&secrets).map_err(|error| {
        opt_out.fault(
            members,
            &error,
            match only_addresses {
                true => {
                    "`url_secrets = [{ env = \"NAME_OF_A_VARIABLE\" }]`, the secrets in the \
                     callback URL, since the addresses of `allow` prove nothing"
                }
                false => {
                    "`url_secrets = [{ env = \"NAME_OF_A_VARIABLE\" }]`, the secrets in the \
                     callback URL"
                }
            },
        )
    })?;
    let mut configured = Configured::new(secrets, super::told(unproven, &verified), make);
    for warning in warnings {
        configured.warn(warning);
    }
    Ok(configured)
}

/// Starts a provider that asks for all that the secrets are for.
fn of_secrets(secrets: &Secrets) -> Result<WithingsBuilder, ConfigError> {
    let builder = Withings::builder();
    Ok(match &secrets.in_url {
        Some(in_url) => builder.url_secrets(in_url.check()?),
        None => builder,
    })
}

fn send(secrets: &Secrets, message: Message, _: &Moment) -> Request {
    secrets.prove(unproven(message).into())
}

/// Makes the request without the secret.
fn unproven(message: Message) -> SignedRequest {
    match message {
        Message::Probe => probe(),
        // Order updates alone are JSON.
        Message::Body(body) if body.trim_ascii_start().starts_with(b"{") => order_update(body),
        Message::Body(body) => notification(body),
    }
}

fn demo() -> Result<Kit, KitError> {
    let (secret, stranger) = (random_hex()?, random_hex()?);
    let in_query = |secret: &str, request: SignedRequest| {
        Request::from(request).at(&format!("?token={secret}"))
    };
    let proven = |request| in_query(&secret, request);
    let get = || SignedRequest::new("GET", "");

    let mut cases = vec![
        Case::new("probe with GET", proven(get())).answered("probe", ""),
        Case::new("probe, wrong secret", in_query(&stranger, probe()))
            .refused(401, "credential-mismatch"),
        Case::new("probe without secret", probe()).refused(401, "missing-credential"),
    ];
    let delivered = |name, body: &'static [u8]| Case::new(name, proven(notification(body)));
    cases.extend(samples::SAMPLES.iter().map(|sample| {
        let request = unproven(sample.message());
        let place = match sample.needs {
            // The endpoint that takes them has the secret in its path.
            Some(_) => format!("/in-path/{secret}"),
            None => format!("?token={secret}"),
        };
        Case::of(sample, Request::from(request).at(&place))
    }));
    let weight = sample!("withings/weight"; ".form");
    let good = delivered("weight", weight).decoded(["weight"]);
    let order = sample!("withings/order-update");
    cases.extend([
        delivered(
            "parameter repeated",
            b"appli=1&userid=8812345&userid=8812345",
        )
        .decoded(["weight"]),
        delivered("window reversed", b"appli=1&userid=1&startdate=2&enddate=1").decoded(["weight"]),
        Case::new(
            "no content type",
            good.request.clone().without_header("content-type"),
        )
        .decoded(["weight"]),
        Case::new(
            "secret in the path",
            Request::from(notification(weight)).at(&format!("/in-path/{secret}")),
        )
        .decoded(["weight"]),
    ]);

    cases.extend([
        Case::new("no secret", notification(weight)).refused(401, "missing-credential"),
        Case::new("empty secret", in_query("", notification(weight)))
            .refused(401, "missing-credential"),
        Case::new("wrong secret", in_query(&stranger, notification(weight)))
            .refused(401, "credential-mismatch"),
        Case::new(
            "secret cut short",
            in_query(&secret[..secret.len() / 2], notification(weight)),
        )
        .refused(401, "credential-mismatch"),
        Case::new(
            "secret sent twice",
            good.request.clone().at(&format!("&token={secret}")),
        )
        .refused(401, "repeated-credential"),
        Case::new(
            "wrong secret in the path",
            Request::from(notification(weight)).at(&format!("/in-path/{stranger}")),
        )
        .refused(401, "credential-mismatch"),
        Case::new(
            "wrong secret, acknowledged",
            Request::from(notification(weight)).at(&format!("/acknowledged?token={stranger}")),
        )
        .refused(200, "credential-mismatch"),
        Case::new(
            "wrong content type",
            good.request
                .clone()
                .without_header("content-type")
                .with_header("content-type", "multipart/form-data; boundary=b"),
        )
        .refused(415, "unsupported-media-type"),
        Case::new("order update, not asked for", proven(order_update(order)))
            .refused(415, "unsupported-media-type"),
        delivered("empty body", b"").refused(400, "undecodable"),
        delivered("no appli", b"userid=8812345").refused(400, "undecodable"),
        delivered("no userid", b"appli=1").refused(400, "undecodable"),
        delivered("no mac", b"appli=53").refused(400, "undecodable"),
        delivered("appli in words", b"appli=one&userid=1").refused(400, "undecodable"),
        delivered("date in words", b"appli=16&userid=1&date=today").refused(400, "undecodable"),
        delivered("ambiguous parameter", b"appli=1&userid=1&userid=2").refused(400, "undecodable"),
        delivered("broken percent-encoding", b"appli=1&userid=1&a=%4").refused(400, "undecodable"),
    ]);
    cases.extend(in_transit(&good));

    let endpoint = |place, adjust: fn(WithingsBuilder) -> WithingsBuilder| {
        let secrets = Secrets {
            in_url: Some(InUrl {
                place,
                secrets: SigningKey::from_text(secret.clone())?.into(),
                as_written: true,
            }),
            ..Secrets::default()
        };
        let make = move |secrets: &Secrets| adjust(of_secrets(secrets)?).build();
        Ok::<_, KitError>(Configured::new(secrets, "", make))
    };
    let token = || UrlPlace::Query("token".to_owned());
    Ok(Kit {
        endpoints: vec![
            ("", endpoint(token(), |builder| builder)?),
            (
                "/in-path",
                endpoint(UrlPlace::Path, WithingsBuilder::order_updates)?,
            ),
            (
                "/acknowledged",
                endpoint(token(), WithingsBuilder::acknowledge_unauthenticated)?,
            ),
        ],
        cases,
    })
}
