use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use photos::Prepared;

use crate::contract::{Place, Problem, Staged};
use crate::seat::random_token;

/// Photos that are ready but belong to no grievance yet. They are only in memory: what is not
/// attached is not saved.
#[derive(Default)]
pub struct Tray {
    photos: Mutex<BTreeMap<String, Arc<Prepared>>>,
}

impl Tray {
    /// A prepared photo takes about a megabyte.
    const ROOM: usize = 50;
    /// Keeps tokens apart from the object keys of the photo store.
    const PREFIX: &str = "staged:";

    pub fn put(&self, photo: Prepared) -> Result<Staged, Problem> {
        let mut photos = self.held();
        if photos.len() == Tray::ROOM {
            return Err(Problem::other(format!(
                "{} photos are waiting to be attached. Attach or remove some first.",
                Tray::ROOM
            )));
        }
        let token = format!("{}{}", Tray::PREFIX, random_token()?);
        let staged = Staged {
            token: token.clone(),
            taken_at: photo.taken_at.map(|taken| taken.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
            position: photo.position.map(|position| Place { lng: position.lng, lat: position.lat }),
        };
        photos.insert(token, Arc::new(photo));
        Ok(staged)
    }

    pub fn photo(&self, token: &str) -> Result<Arc<Prepared>, Problem> {
        self.held().get(token).cloned().ok_or_else(|| Problem::other("Please choose the photo again."))
    }

    pub fn remove(&self, token: &str) {
        self.held().remove(token);
    }

    pub fn clear(&self) {
        self.held().clear();
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Prepared>>> {
        self.photos.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
