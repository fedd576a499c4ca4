//! The window of one laptop, as its officer sees and works it.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions, WheelAction, WheelActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::sleep;

use crate::town::{Laptop, PROGRAM};

/// How long anything in the window may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(30);

/// One window at a time: on one display only one has the keyboard.
pub async fn my_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

pub struct App {
    client: Client,
    driver: Child,
    program: Pid,
}

impl App {
    /// The program as it starts on the laptop, with the sign-in screen.
    pub async fn opened(laptop: &Laptop) -> App {
        App::opened_at(laptop.home.path(), &laptop.site).await
    }

    pub async fn opened_at(home: &Path, site: &str) -> App {
        App::driven_by(driver(home, site)).await
    }

    pub async fn driven_by(mut driver: Command) -> App {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = driver
            .arg(format!("--port={port}"))
            .spawn()
            .expect("WebKitWebDriver, of Debian's package webkit2gtk-driver");
        let client = connected(port).await;
        let program = child_of(driver.id());
        let app = App { client, driver, program };
        app.until("the sign-in screen", "return document.querySelector('#password')").await;
        app
    }

    /// The laptop's officer signed in, with the keyboard.
    pub async fn signed_in(laptop: &Laptop) -> App {
        let app = App::opened(laptop).await;
        app.sign_in(laptop).await;
        app
    }

    pub async fn sign_in(&self, laptop: &Laptop) {
        self.until("the focus in the name", "return document.activeElement.id === 'user'").await;
        self.write(&laptop.login.name).await;
        self.press("Tab").await;
        self.write(&laptop.login.password).await;
        self.press("Enter").await;
        self.until("the desk", "return document.querySelector('[data-list]')").await;
    }

    /// `kill -9`, and nothing of the program left.
    pub async fn kill(mut self) {
        self.end();
        let stat = format!("/proc/{}/stat", self.program.as_raw_nonzero());
        let deadline = Instant::now() + PATIENCE;
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(Instant::now() < deadline, "the killed program is still there");
            sleep(POLL).await;
        }
    }

    /// The program ended and began anew, as signing out has it; the driver cannot follow. The new one is ended.
    pub async fn began_anew(self, laptop: &Laptop) {
        let home = format!("MYWARD_HOME={}", laptop.home.path().display());
        let successor = || {
            let programs = std::fs::read_dir("/proc").unwrap().flatten();
            let numbers = programs.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
            numbers.filter_map(Pid::from_raw).find(|pid| *pid != self.program && is_window_of(*pid, &home))
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(pid) = successor() {
                return kill_process(pid, Signal::KILL).unwrap();
            }
            assert!(Instant::now() < deadline, "no new program after the old one");
            sleep(POLL).await;
        }
    }

    // --- looking

    /// What a script in the page returns.
    pub async fn js(&self, script: &str) -> Value {
        answered(script, self.client.execute(script, vec![]))
            .await
            .unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    pub async fn js_with(&self, script: &str, argument: Value) -> Value {
        let answer = answered(script, self.client.execute(script, vec![argument])).await;
        answer.unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    /// What a script gives to its last argument.
    pub async fn js_later(&self, script: &str, argument: Value) -> Value {
        let answer = answered(script, self.client.execute_async(script, vec![argument])).await;
        answer.unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    /// Waits until the script returns something true, and returns it.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        self.within(PATIENCE, what, script).await
    }

    pub async fn within(&self, patience: Duration, what: &str, script: &str) -> Value {
        let deadline = Instant::now() + patience;
        loop {
            // Between two pages there is nobody to ask.
            let found = answered(script, self.client.execute(script, vec![])).await;
            match found {
                Ok(Value::Null | Value::Bool(false)) | Err(_) => {}
                Ok(found) => return found,
            }
            if Instant::now() > deadline {
                self.photograph("failed").await;
                let shown = self.js("return document.body.innerText.slice(0, 3000)").await;
                panic!("{patience:?} went by without {what}. The window says:\n{}", shown.as_str().unwrap());
            }
            sleep(POLL).await;
        }
    }

    /// Waits until the window shows the words.
    pub async fn sees(&self, words: &str) {
        let script = format!("return document.body.innerText.includes({})", json!(words));
        self.until(&format!("“{words}”"), &script).await;
    }

    /// Waits until sync is in a state, as the pill has it.
    pub async fn sync_is(&self, state: &str) {
        let script = format!("return document.querySelector('[data-sync]')?.dataset.sync === '{state}'");
        self.until(&format!("sync in state {state}"), &script).await;
    }

    pub async fn address(&self) -> String {
        answered("its address", self.client.current_url()).await.unwrap().into()
    }

    pub async fn windows(&self) -> usize {
        answered("its windows", self.client.windows()).await.unwrap().len()
    }

    /// Leaves a picture of the window in the folder `MYWARD_SCREENSHOTS`, when there is one. What was waited for in
    /// vain leaves `failed.png`.
    pub async fn picture(&self, name: &str) {
        // Pictures decode on their own time; a half-drawn one shows nothing.
        let drawn = "return [...document.images].every((image) => image.complete)";
        self.until("every picture drawn", drawn).await;
        self.photograph(name).await;
    }

    /// A picture in the light and one in the dark.
    pub async fn both_themes(&self, name: &str) {
        self.picture(name).await;
        self.js("document.documentElement.dataset.theme = 'dark'").await;
        self.picture(&format!("{name}-dark")).await;
        self.js("delete document.documentElement.dataset.theme").await;
    }

    async fn photograph(&self, name: &str) {
        let Some(folder) = env::var_os("MYWARD_SCREENSHOTS") else { return };
        std::fs::create_dir_all(&folder).unwrap();
        // The driver waits for the next frame, and a window at rest draws none.
        self.js("window.drawing = setInterval(() => (document.body.style.opacity = document.body.style.opacity === '1' ? '0.9999' : '1'), 40)").await;
        let picture = answered(name, self.client.screenshot()).await.unwrap();
        self.js("clearInterval(window.drawing)").await;
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
    }

    // --- working

    /// One key as it is called in `KeyboardEvent.key`, with `ctrl+` before it when held.
    pub async fn press(&self, key: &str) {
        let (held, name) = match key.strip_prefix("ctrl+") {
            Some(name) => (Some(char::from(Key::Control)), name),
            None => (None, key),
        };
        let key = named(name);
        let mut actions = KeyActions::new("keyboard".into());
        if let Some(value) = held {
            actions = actions.then(KeyAction::Down { value });
        }
        actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        if let Some(value) = held {
            actions = actions.then(KeyAction::Up { value });
        }
        answered(name, self.client.perform_actions(actions)).await.unwrap();
    }

    /// Types words where the focus is.
    pub async fn write(&self, words: &str) {
        let mut actions = KeyActions::new("keyboard".into());
        for value in words.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        answered(words, self.client.perform_actions(actions)).await.unwrap();
    }

    pub async fn click(&self, selector: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let clicked = match answered(selector, self.client.find(Locator::Css(selector))).await {
                Ok(element) => answered(selector, element.click()).await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                Err(error) if Instant::now() > deadline => {
                    self.photograph("failed").await;
                    panic!("{selector}: {error}");
                }
                Err(_) => sleep(POLL).await,
            }
        }
    }

    /// Turns the wheel over the middle of what `selector` names.
    pub async fn wheel(&self, selector: &str, pixels: i64) {
        let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect();
            return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]";
        let middle = self.js_with(script, json!(selector)).await;
        let (x, y) = (middle[0].as_i64().unwrap(), middle[1].as_i64().unwrap());
        let mut wheel = WheelActions::new("wheel".into());
        wheel.push(WheelAction::Scroll { duration: None, x, y, delta_x: 0, delta_y: pixels });
        answered("the wheel", self.client.perform_actions(wheel)).await.unwrap();
    }

    fn end(&mut self) {
        // Killed already is as good.
        kill_process(self.program, Signal::KILL).ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.end();
    }
}

/// A driver that does not answer fails the test instead of holding up all others.
async fn answered<T>(what: &str, command: impl Future<Output = T>) -> T {
    let in_time = tokio::time::timeout(PATIENCE, command).await;
    in_time.unwrap_or_else(|_| panic!("WebKitWebDriver does not answer to {what}"))
}

/// What opens the program on a laptop with such a home.
pub fn driver(home: &Path, site: &str) -> Command {
    let mut driver = Command::new("WebKitWebDriver");
    driver
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("MYWARD_HOME", home)
        .env("MYWARD_SITE", site)
        // A driven window is not a private one: what it keeps goes with the laptop.
        .env("XDG_DATA_HOME", home.join("window-data"))
        .env("XDG_CACHE_HOME", home.join("window-cache"))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    driver
}

async fn connected(port: u16) -> Client {
    let options = json!({ "webkitgtk:browserOptions": { "binary": PROGRAM, "args": [] } });
    let url = format!("http://127.0.0.1:{port}");
    let deadline = Instant::now() + PATIENCE;
    // Until the driver listens, there is nobody to ask.
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "WebKitWebDriver does not listen");
        sleep(POLL).await;
    }
    ClientBuilder::new(HttpConnector::new())
        .capabilities(options.as_object().unwrap().clone())
        .connect(&url)
        .await
        .expect("the window: is there a display, and does ui/dist exist?")
}

/// Whether a process is the window's program (not a helper of its web view) with this in its environment.
fn is_window_of(pid: Pid, home: &str) -> bool {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    // Processes end while they are looked at.
    let environment = std::fs::read(format!("{folder}/environ")).unwrap_or_default();
    std::fs::read_link(format!("{folder}/exe")).is_ok_and(|exe| exe == Path::new(PROGRAM))
        && environment.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
}

/// The program that the driver began.
fn child_of(driver: u32) -> Pid {
    let children = std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children")).unwrap();
    let program = children.split_whitespace().next().expect("the driver's program");
    Pid::from_raw(program.parse().unwrap()).unwrap()
}

fn named(key: &str) -> char {
    let mut letters = key.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter;
    }
    match key {
        "Enter" => Key::Enter,
        "Escape" => Key::Escape,
        "Tab" => Key::Tab,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "ArrowDown" => Key::Down,
        "ArrowUp" => Key::Up,
        "ArrowLeft" => Key::Left,
        "ArrowRight" => Key::Right,
        other => panic!("no key is called {other}"),
    }
    .into()
}
