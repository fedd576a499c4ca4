use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sync::{Change, Engine, SignIn, Site};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::town::WARDCTL;

/// A server, or a box on the way to it, that answers every push for somebody else's document.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_about_other_documents_is_not_asked_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}/ward", listener.local_addr().unwrap());
    let pushes = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&pushes);
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            tokio::spawn(serve(caller, Arc::clone(&counted)));
        }
    });

    let home = tempfile::tempdir().unwrap();
    let request = SignIn {
        home: home.path().to_owned(),
        decoder: Path::new(WARDCTL).to_owned(),
        site: Site::parse(&site).unwrap(),
        user: "asha".to_owned(),
        password: "monsoon drains of asha".to_owned().into(),
        previous_password: None,
    };
    let laptop = sync::sign_in(request).await.unwrap();
    Engine::new(laptop.clone()).catch_up().await.unwrap();
    laptop.change("0f", Change::Reply(Some("Crew at 14:00".to_owned()))).await.unwrap();

    let mut engine = Engine::new(laptop.clone());
    let until = tokio::time::timeout(Duration::from_secs(30), engine.catch_up()).await;
    assert!(until.expect("the engine rests").unwrap().is_some(), "and knows until when");
    assert_eq!(pushes.load(Ordering::SeqCst), 4);
    let counts = laptop.with_mirror(|mirror| mirror.counts()).await.unwrap();
    assert_eq!(counts.unsent_edits(), 1, "what nobody acknowledged is unsent");
}

async fn serve(caller: TcpStream, pushes: Arc<AtomicU32>) {
    let mut caller = BufReader::new(caller);
    while let Some(request) = request(&mut caller).await {
        let (status, body) = match request.as_str() {
            "GET /" => ("200 OK", r#"{"couchdb":"Welcome","version":"3.5.0","uuid":"b"}"#),
            "POST /_session" => ("200 OK", r#"{"ok":true,"name":"asha","roles":[]}"#),
            "GET /ward" | "GET /ward/" => {
                ("200 OK", r#"{"db_name":"ward","doc_count":1,"update_seq":1,"instance_start_time":"1"}"#)
            }
            "GET /ward/_changes" => (
                "200 OK",
                r#"{"results":[
{"seq":1,"id":"0f","changes":[{"rev":"1-a"}],"doc":{"_id":"0f","_rev":"1-a","problemDescription":"Lamp is dark"}}
],"last_seq":1,"pending":0}"#,
            ),
            "POST /ward/_revs_diff" => ("200 OK", "{}"),
            "POST /ward/_bulk_docs" => {
                pushes.fetch_add(1, Ordering::SeqCst);
                ("201 Created", r#"[{"ok":true,"id":"another","rev":"2-b"}]"#)
            }
            _ => ("404 Object Not Found", r#"{"error":"not_found","reason":"missing"}"#),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nSet-Cookie: AuthSession=b; Path=/; HttpOnly\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if caller.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Method and path of the next request, its body read; `None` when the caller hung up.
async fn request(caller: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut first, mut length) = (String::new(), 0);
    caller.read_line(&mut first).await.ok().filter(|read| *read > 0)?;
    loop {
        let mut header = String::new();
        caller.read_line(&mut header).await.ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    caller.read_exact(&mut vec![0; length]).await.ok()?;
    let mut words = first.split([' ', '?']);
    Some(format!("{} {}", words.next()?, words.next()?))
}
