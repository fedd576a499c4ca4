//! `photo://localhost/<photo token>/<object key or staged token>`: pictures for the window, each
//! percent-encoded as one path segment; what follows a `?` is not read. Only what is on this laptop,
//! only JPEGs that were drawn here, only with the token of the running session.

use percent_encoding::percent_decode_str;
use tauri::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use tauri::http::{Request, Response, StatusCode};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

use crate::Desk;

pub const NAME: &str = "photo";

pub fn serve<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn(async move {
        let answer = answer(&app.state::<Desk>(), request.uri().path()).await;
        responder.respond(match answer {
            Ok(picture) => jpeg(picture),
            Err(status) => refusal(status),
        });
    });
}

async fn answer(desk: &Desk, path: &str) -> Result<Vec<u8>, StatusCode> {
    let (token, key) =
        path.strip_prefix('/').and_then(|path| path.split_once('/')).ok_or(StatusCode::NOT_FOUND)?;
    let key = percent_decode_str(key).decode_utf8().map_err(|_| StatusCode::NOT_FOUND)?;
    let seat = desk.seat().await.map_err(|_| StatusCode::FORBIDDEN)?;
    if !seat.knows(token) {
        return Err(StatusCode::FORBIDDEN);
    }
    if let Ok(staged) = seat.tray.photo(&key) {
        return Ok(staged.thumbnail.clone());
    }
    match seat.officer.photo(&key).await {
        Ok(Some(picture)) => Ok(picture),
        Ok(None) => Err(StatusCode::NOT_FOUND),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn jpeg(picture: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(picture);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    seal(response)
}

fn refusal(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    seal(response)
}

fn seal(mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
