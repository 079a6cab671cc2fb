//! A small WebDriver client: a browser that the tests start and end themselves.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pulsehook_axum::signature::decode_base64_up_to;
use serde_json::{Value, json};

use crate::support::Gathered;

const PATIENCE: Duration = Duration::from_secs(60);

/// Tells whether tests with a browser are wanted; says so where they are not.
pub(crate) fn is_wanted() -> bool {
    let is_wanted = std::env::var_os("PULSEHOOK_TEST_BROWSER").is_some();
    if !is_wanted {
        eprintln!("not run: set PULSEHOOK_TEST_BROWSER where chromium and chromedriver are");
    }
    is_wanted
}

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
}

pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

impl Browser {
    pub(crate) fn start(folder: &Path) -> Self {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        assert!(
            driver.is_ok(),
            "chromedriver does not start; install chromium-driver"
        );
        let mut driver = driver.unwrap();
        let stdout = Gathered::from_stream(driver.stdout.take().unwrap());
        let line = stdout.wait_for(&["started successfully on port "]);
        let port = line.rsplit_once(' ').unwrap().1.trim_end_matches('.');
        let mut browser = Self {
            driver,
            address: SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())),
            session: String::new(),
        };
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &profile,
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.call("POST", "/session", &capabilities);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    /// Calls the driver, and returns the value of its answer.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (head, body) = self.try_call(method, path, body).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{path} {body}");
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        answer["value"].take()
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> io::Result<(String, String)> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = match method {
            "POST" => body.to_string(),
            _ => String::new(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        // The driver leaves the connection open, whatever it is told.
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok((head, String::from_utf8(body).unwrap()))
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        self.call(
            "POST",
            &format!("/session/{}/{command}", self.session),
            body,
        )
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// Runs a script and returns what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true.
    pub(crate) fn wait_until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return !!({expression})")) != true {
            let page = self.run("return document.body.innerText");
            assert!(
                Instant::now() < deadline,
                "never true: {expression}\n{page}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses and releases a key.
    pub(crate) fn press(&self, key: &str) {
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key},
            {"type": "keyUp", "value": key},
        ]}]});
        self.post("actions", &actions);
    }

    /// Presses Tab until an element that fits has the focus.
    pub(crate) fn tab_to(&self, selector: &str) {
        let fits = format!("return document.activeElement.matches({})", json!(selector));
        let is_there = (0..30).any(|_| {
            self.press(TAB);
            self.run(&fits) == true
        });
        assert!(is_there, "Tab does not lead to {selector}");
    }

    fn develop(&self, command: &str, parameters: &Value) {
        let body = json!({"cmd": command, "params": parameters});
        self.post("goog/cdp/execute", &body);
    }

    /// Sets the width of the page, and lets it be as high as it needs.
    pub(crate) fn set_width(&self, width: u32) {
        let set = |height: &Value| {
            let parameters = json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
            });
            self.develop("Emulation.setDeviceMetricsOverride", &parameters);
        };
        set(&json!(800));
        set(&self.run("return Math.max(800, document.documentElement.scrollHeight)"));
    }

    /// Sets which colours the user prefers: `light` or `dark`.
    pub(crate) fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.develop("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    pub(crate) fn save_screenshot(&self, file: &Path) {
        let path = format!("/session/{}/screenshot", self.session);
        let image = self.call("GET", &path, &Value::Null);
        let image = image.as_str().unwrap().as_bytes();
        let image = decode_base64_up_to(image, image.len()).unwrap();
        std::fs::write(file, image).unwrap();
    }

    /// Returns what the console was told.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({"type": "browser"}));
        let lines = log.as_array().unwrap().iter();
        lines.map(|line| line["message"].to_string()).collect()
    }

    /// Returns the addresses of all requests that pages below this address made, their own ones
    /// included.
    pub(crate) fn requests_of(&self, own: &str) -> Vec<String> {
        let log = self.post("se/log", &json!({"type": "performance"}));
        let entries = log.as_array().unwrap().iter();
        let messages = entries.map(|entry| entry["message"].as_str().unwrap());
        messages
            .filter_map(|message| {
                let event: Value = serde_json::from_str(message).unwrap();
                let event = &event["message"];
                let page = event["params"]["documentURL"].as_str().unwrap_or_default();
                let url = &event["params"]["request"]["url"];
                (event["method"] == "Network.requestWillBeSent" && page.starts_with(own))
                    .then(|| url.as_str().unwrap().to_owned())
            })
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session.
        let path = format!("/session/{}", self.session);
        let _ = self.try_call("DELETE", &path, &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
