//! Texts as an attacker sends them. Each sets `window.__x` if it runs, and asks the trap if it loads.

/// The texts, pointing to the trap at `url`.
pub fn payloads(url: &str) -> Vec<String> {
    let host = url.trim_start_matches("http:");
    [
        "<script>window.__x=1</script>".to_owned(),
        format!("<script src=\"{url}/s.js\"></script>"),
        format!("<img src=\"{url}/i.png\" onerror=\"window.__x=1\">"),
        "<img src=x onerror=window.__x=1>".to_owned(),
        "<svg onload=window.__x=1><script>window.__x=1</script></svg>".to_owned(),
        format!("<svg><use href=\"{url}/u.svg#a\"/><image href=\"{url}/i.svg\"/></svg>"),
        format!("<iframe src=\"{url}/f\" srcdoc=\"<script>parent.__x=1</script>\"></iframe>"),
        format!("<object data=\"{url}/o\"></object><embed src=\"{url}/e\">"),
        format!("<link rel=stylesheet href=\"{url}/l.css\"><style>@import '{url}/c.css'</style>"),
        format!("<div style=\"background:url({url}/b)\">styled</div>"),
        format!("<meta http-equiv=refresh content=\"0;url={url}/r\">"),
        format!("<base href=\"{url}/\">"),
        format!("<form action=\"{url}/a\"><button autofocus onfocus=window.__x=1>"),
        "<a href=\"javascript:window.__x=1\" target=_blank>here</a>".to_owned(),
        "javascript:window.__x=1//".to_owned(),
        "data:text/html,<script>parent.__x=1</script>".to_owned(),
        format!("<video autoplay onplay=window.__x=1 poster=\"{url}/p\"><source src=\"{url}/v\" onerror=window.__x=1></video>"),
        "<details open ontoggle=window.__x=1>x</details>".to_owned(),
        "\"><script>window.__x=1</script><p title=\"".to_owned(),
        "'-window.__x=1-'${window.__x=1}{{constructor.constructor('window.__x=1')()}}".to_owned(),
        "{@html '<script>window.__x=1</script>'}</textarea></title><script>window.__x=1</script>".to_owned(),
        "<noscript><p title=\"</noscript><img src=x onerror=window.__x=1>\">".to_owned(),
        "<math><mtext><table><mglyph><style><!--</style><img src=x onerror=window.__x=1>".to_owned(),
        format!("../../../../{host}/%2e%2e/%00?#<x onclick=window.__x=1>"),
        format!("url({url}/k);}}*{{background:url({url}/w)}} \u{0c95}\u{200d}\u{0cb7} \" OR 1=1 --"),
    ]
    .into()
}

/// A text that reorders what stands around it; its marks are made visible.
pub const REORDERING: (&str, &str) =
    ("exe\u{202e}gpj.harmless\u{2066}<b>", "exe\\u{202E}gpj.harmless\\u{2066}<b>");
