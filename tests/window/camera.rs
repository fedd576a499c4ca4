//! A camera: the page itself draws JPEG files that differ, and they are pasted like any picture.

use serde_json::json;

use crate::app::App;

/// Pastes a picture of `shade` (0 to 255) into the window.
pub async fn paste(app: &App, shade: u8) {
    let taken = app
        .js_later(
            "const [shade, done] = arguments;
            const canvas = Object.assign(document.createElement('canvas'), { width: 800, height: 600 });
            const pen = canvas.getContext('2d');
            for (let x = 0; x < 800; x += 20) {
                pen.fillStyle = `rgb(${shade} ${x % 256} ${(x * 7) % 256})`;
                pen.fillRect(x, 0, 20, 600);
            }
            canvas.toBlob((blob) => {
                const clipboard = new DataTransfer();
                clipboard.items.add(new File([blob], 'photo.jpg', { type: 'image/jpeg' }));
                document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true }));
                done(blob.size);
            }, 'image/jpeg', 0.9);",
            json!(shade),
        )
        .await;
    assert!(taken.as_u64().is_some_and(|size| size > 1000), "{taken}");
}
