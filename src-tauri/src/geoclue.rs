//! GeoClue, the service that knows where a Linux laptop is, on the system's bus.

use futures_util::StreamExt;

use zbus::{Connection, OwnedObjectPath, Proxy, Result};

use crate::contract::DevicePosition;

const SERVICE: &str = "org.freedesktop.GeoClue2";
/// `GClueAccuracyLevel`: as exact as the laptop can tell.
const EXACT: u32 = 8;

/// Waits for the first position that GeoClue gives. It ends our question itself when the bus is left.
pub async fn position(bus: &Connection) -> Result<Option<DevicePosition>> {
    let manager = proxy(bus, "/org/freedesktop/GeoClue2/Manager", "Manager").await?;
    let client: OwnedObjectPath = manager.call("GetClient", &()).await?;
    let client = proxy(bus, client.as_str(), "Client").await?;
    client.set_property("DesktopId", "myward-officer").await?;
    client.set_property("RequestedAccuracyLevel", EXACT).await?;
    let mut updates = client.receive_signal("LocationUpdated").await?;
    let () = client.call("Start", &()).await?;
    let Some(update) = updates.next().await else { return Ok(None) };
    let (_, location): (OwnedObjectPath, OwnedObjectPath) = update.body().deserialize()?;
    let location = proxy(bus, location.as_str(), "Location").await?;
    let accuracy: f64 = location.get_property("Accuracy").await?;
    Ok(Some(DevicePosition {
        lng: location.get_property("Longitude").await?,
        lat: location.get_property("Latitude").await?,
        accuracy: Some(accuracy).filter(|metres| *metres > 0.0),
        source: "this laptop".to_owned(),
    }))
}

async fn proxy(bus: &Connection, path: &str, interface: &str) -> Result<Proxy<'static>> {
    Proxy::new(bus, SERVICE, path.to_owned(), format!("{SERVICE}.{interface}")).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use zbus::object_server::SignalEmitter;

    use zbus::{ObjectPath, connection::Builder, interface};

    use super::*;

    const CLIENT: &str = "/org/freedesktop/GeoClue2/Client/1";
    const LOCATION: &str = "/org/freedesktop/GeoClue2/Client/1/Location/0";

    struct Manager;
    struct Client {
        desktop_id: String,
    }
    struct Location;

    #[interface(name = "org.freedesktop.GeoClue2.Manager")]
    impl Manager {
        fn get_client(&self) -> ObjectPath<'static> {
            ObjectPath::try_from(CLIENT).unwrap()
        }
    }

    #[interface(name = "org.freedesktop.GeoClue2.Client")]
    impl Client {
        #[zbus(property)]
        fn desktop_id(&self) -> String {
            self.desktop_id.clone()
        }
        #[zbus(property)]
        fn set_desktop_id(&mut self, id: String) {
            self.desktop_id = id;
        }
        #[zbus(property)]
        fn requested_accuracy_level(&self) -> u32 {
            0
        }
        #[zbus(property)]
        fn set_requested_accuracy_level(&mut self, _level: u32) {}
        async fn start(&self, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
            assert_eq!(self.desktop_id, "myward-officer", "GeoClue refuses clients without a name");
            let (none, some) = (ObjectPath::try_from("/").unwrap(), ObjectPath::try_from(LOCATION).unwrap());
            Client::location_updated(&emitter, none, some).await.unwrap();
        }
        #[zbus(signal)]
        async fn location_updated(
            emitter: &SignalEmitter<'_>,
            old: ObjectPath<'_>,
            new: ObjectPath<'_>,
        ) -> Result<()>;
    }

    #[interface(name = "org.freedesktop.GeoClue2.Location")]
    impl Location {
        #[zbus(property)]
        fn latitude(&self) -> f64 {
            13.0768342
        }
        #[zbus(property)]
        fn longitude(&self) -> f64 {
            77.7886087
        }
        #[zbus(property)]
        fn accuracy(&self) -> f64 {
            25.0
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_position_that_geoclue_gives_is_taken() {
        let service = Builder::session().name(SERVICE);
        let service = service.serve_at("/org/freedesktop/GeoClue2/Manager", Manager);
        let service = service.serve_at(CLIENT, Client { desktop_id: String::new() });
        let service = service.serve_at(LOCATION, Location).build().await.unwrap();
        let bus = Connection::session().await.unwrap();
        let found = position(&bus).await.unwrap().unwrap();
        assert_eq!((found.lat, found.lng, found.accuracy), (13.0768342, 77.7886087, Some(25.0)));
        drop(service);
    }
}
