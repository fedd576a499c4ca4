use serde_json::json;
use tempfile::TempDir;

use crate::app::{App, my_turn};
use crate::trap::Trap;

/// What a script that got in would try, and the part of the policy that says no.
const FORBIDDEN: [(&str, &str); 17] = [
    ("eval('window.__x = 1')", "require-trusted-types-for"),
    ("new Function('window.__x = 1')()", "require-trusted-types-for"),
    ("setTimeout('window.__x = 1')", "require-trusted-types-for"),
    ("document.body.innerHTML = '<img src=x onerror=window.__x=1>'", "require-trusted-types-for"),
    ("document.write('<p>')", "require-trusted-types-for"),
    ("add('script', (script) => (script.textContent = 'window.__x = 1'))", "require-trusted-types-for"),
    ("add('script', (script) => script.append('window.__x = 1'))", "require-trusted-types-for"),
    ("add('script', (script) => (script.src = url + '/s.js'))", "require-trusted-types-for"),
    ("add('a', (a) => a.setAttribute('onclick', 'window.__x = 1'))", "require-trusted-types-for"),
    ("trustedTypes.createPolicy('own', {})", "trusted-types"),
    ("add('img', (img) => (img.src = url + '/i.png'))", "img-src"),
    (
        "add('link', (link) => Object.assign(link, { rel: 'stylesheet', href: url + '/l.css' }))",
        "style-src-elem",
    ),
    ("add('iframe', (iframe) => (iframe.src = url + '/f'))", "frame-src"),
    ("fetch(url + '/fetch').catch(() => {})", "connect-src"),
    ("new WebSocket(url.replace('http', 'ws'))", "connect-src"),
    ("add('form', (form) => (form.action = url + '/form')).submit()", "form-action"),
    ("add('base', (base) => (base.href = url + '/'))", "base-uri"),
];

/// Ways out of the window.
const WAYS_OUT: [&str; 10] = [
    "location = url + '/location'",
    "location.replace(url + '/replace')",
    "location = 'file:///etc/passwd'",
    "location = 'data:text/html,out'",
    "location = 'about:blank'",
    "location = 'photo://localhost/token/a.jpg'",
    "window.open(url + '/open')",
    "add('a', (a) => Object.assign(a, { href: url + '/blank', target: '_blank' })).click()",
    "add('a', (a) => Object.assign(a, { href: url + '/download', download: 'a.exe' })).click()",
    "add('meta', (meta) => Object.assign(meta, { httpEquiv: 'refresh', content: `0;url=${url}/refresh` }))",
];

const PRELUDE: &str = "
    const url = arguments[0];
    const add = (tag, dress) => { const one = document.createElement(tag); dress(one); document.head.append(one); return one; };
    window.said ??= [];
    window.ear ??= document.addEventListener('securitypolicyviolation', (event) => window.said.push(event.effectiveDirective)) ?? true;
    window.said.length = 0;";

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_got_in_finds_every_door_shut() {
    let _turn = my_turn().await;
    let (home, trap) = (TempDir::new().unwrap(), Trap::set().await);
    let app = App::opened_at(home.path(), "https://couch.example.org").await;
    for (attempt, directive) in FORBIDDEN {
        app.js_with(&format!("{PRELUDE} try {{ {attempt} }} catch {{}}"), json!(trap.url)).await;
        let said = app
            .until(&format!("a violation for {attempt}"), "return window.said.length > 0 && window.said")
            .await;
        assert!(said.as_array().unwrap().contains(&json!(directive)), "{attempt}: {said}, not {directive}");
    }
    for attempt in WAYS_OUT {
        app.js_with(
            &format!("{PRELUDE} try {{ {attempt} }} catch {{}} setTimeout(() => (window.tried = true), 150)"),
            json!(trap.url),
        )
        .await;
        app.until(
            "the attempt over",
            "const tried = window.tried; delete window.tried; return tried === true",
        )
        .await;
        assert_eq!(app.address().await, "tauri://localhost", "{attempt}");
        assert_eq!(app.windows().await, 1, "{attempt}");
        app.until("the same page", "return document.querySelector('#password')").await;
    }
    assert_eq!(app.js("return window.__x ?? null").await, json!(null));
    assert_eq!(trap.heard(), Vec::<String>::new());
}
