//! The text that `init` writes.

use super::files::SECRETS;
use crate::providers::{Entry, SetupSecret};

/// The address that the file says.
pub(super) const LISTEN: &str = "127.0.0.1:8787";

/// Renders the configuration of some providers.
pub(super) fn render(entries: &[&Entry], made_up: bool) -> String {
    let mut text = head();
    for entry in entries {
        text.push_str(&endpoint(entry, made_up));
    }
    text
}

fn head() -> String {
    format!(
        r#"# Configuration of pulsehook. `pulsehook check-config` reads it as `pulsehook serve` would.
#
# Secrets never stand in this file. Each is named: {{ env = "NAME" }} is an environment variable,
# {{ file = "PATH" }} a file, whose path starts at this folder. Beside that, an entry can have
#   id = "2026-11"        names the secret in deliveries; not secret itself
#   encoding = "base64"   or "hex", where the key is not the text itself
# A list can hold several, any of which will do: to exchange a secret, list the old and the new one.

# Where to listen. Another machine reaches 127.0.0.1 through a proxy only, which must end TLS.
listen = "{LISTEN}"

# The memory for the bodies of all requests in flight; what goes beyond is answered 503.
# body_memory = "1 GiB"

# A page to watch deliveries come in, at a loopback address; `pulsehook serve --watch` does the same.
# watch = "127.0.0.1:8788"

# Health (/healthz), readiness (/readyz) and metrics (/metrics).
# monitor = "127.0.0.1:8789"

# How long to wait: for the head of a request, for its body, for an answer to be taken in, and for
# the requests in flight at the end.
# [timeouts]
# header = "10s"
# body = "30s"
# write = "10s"
# shutdown = "10s"

# Hands each verified delivery on as JSON, signed as Standard Webhooks says. The provider is answered
# 200 once that address has answered 2xx, and 503 otherwise. The key is `whsec_` and base64 of 24 to
# 64 bytes.
# [forward]
# to = "http://127.0.0.1:9000/deliveries"
# key = {{ env = "PULSEHOOK_FORWARD_KEY" }}
# timeout = "800ms"  # for each attempt
# attempts = 2
"#
    )
}

fn endpoint(entry: &Entry, made_up: bool) -> String {
    let setup = &entry.setup;
    let mut text = format!("\n[[endpoint]]\n{}", comment(setup.about));
    text += &format!(
        "path = \"{}\"\nprovider = \"{}\"\n",
        super::path(entry),
        entry.name
    );
    for secret in setup.secrets {
        text += &self::secret(secret, made_up);
    }
    text += &format!(
        "\n# Names the endpoint in deliveries and notes.\n# label = \"{}\"\n",
        entry.name
    );
    text + setup.further
}

fn secret(secret: &SetupSecret, made_up: bool) -> String {
    let SetupSecret {
        member,
        about,
        with,
        variable,
        file,
        ..
    } = secret;
    let place = match made_up {
        false => format!("env = \"{variable}\""),
        true => format!("file = \"{SECRETS}/{file}\""),
    };
    let mut text = format!("\n{}", comment(about));
    if made_up {
        text += &comment(
            "THE SECRET IN THE FILE IS MADE UP, for trying out: replace it by the real one, which\n\
             the provider knows.",
        );
    }
    text + &format!("{member} = [{{ {with}{place} }}]\n")
}

fn comment(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}
