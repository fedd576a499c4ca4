//! The keys that the city announced for its server, and when the server is held to them.

use domain::Pins;

use crate::{Officer, SyncError, clock};

/// For the officer whose server was refused; the announcement counts until that unix second.
pub(crate) fn refused(until: i64) -> String {
    format!(
        "The server's certificate is not one of those your city announced. Nothing was sent. Ask the city's IT; \
         the announcement ends on {}.",
        Pins::day(until)
    )
}

impl Officer {
    /// Remembers the key that the server shows, and holds it from now on to what the city announced. `true`: it shows
    /// one that is not announced, and is let pass.
    pub(crate) async fn hold_to_pins(&self) -> Result<bool, SyncError> {
        let (now, shown) = (clock::now(), self.server().shown_key());
        let (announced, seen) = self
            .with_mirror(move |mirror| {
                let seen = mirror.server_key()?;
                if let Some(shown) = shown.as_deref().filter(|shown| seen.as_deref() != Some(shown)) {
                    mirror.set_server_key(shown)?;
                }
                Ok((mirror.pins(now)?, shown.or(seen)))
            })
            .await?;
        let is_strange = match (&announced, &seen) {
            (Some(announced), Some(seen)) => !announced.keys.contains(seen),
            (None, _) | (_, None) => false,
        };
        let held = announced.filter(|announced| announced.hold(seen.as_deref()));
        self.server()
            .pin(held.map(|held| couch::Pins { keys: held.keys.into_iter().collect(), until: held.until }))?;
        Ok(is_strange)
    }
}
