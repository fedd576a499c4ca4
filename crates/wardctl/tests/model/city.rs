//! What others do on the server: the administrator with another tool, and citizens with their phones.

use domain::{Field, Home};
use serde_json::{Value, json};

use crate::choice::Choice;
use crate::part::{place_in, ward_of};
use crate::world::World;

impl World {
    pub async fn administrate(&mut self, id: &str, what: &Choice) -> Result<(), String> {
        let (field, wanted) = what.value();
        if field.home() == Home::Case {
            return self.administrate_case(id, &field, wanted).await;
        }
        let Some(mut document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        let triage = document.as_object_mut().unwrap().entry("triage").or_insert(json!({}));
        match &field {
            Field::Status => triage.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone()),
            other => triage[other.name()] = wanted.clone(),
        }
        triage["by"] = "administrator".into();
        self.say(format!("the administrator sets {} of {} to {wanted}", field.name(), self.name(id)));
        self.write(document).await;
        Ok(())
    }

    async fn administrate_case(&mut self, id: &str, field: &Field, wanted: Value) -> Result<(), String> {
        let (database, of_case) = (self.couch.ops_database(), field.document(id));
        let mut case = self.couch.document(&database, &of_case).await.unwrap_or(json!({ "_id": of_case }));
        case[field.name()] = wanted.clone();
        case["by"] = "administrator".into();
        self.say(format!("the administrator sets {} of {} to {wanted}", field.name(), self.name(id)));
        let rev = self.couch.write(&database, &case).await;
        self.made_by_others.insert((of_case, rev));
        Ok(())
    }

    pub async fn delete(&mut self, id: &str) -> Result<(), String> {
        let Some(document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        let path = format!("{}/{id}?rev={}", self.couch.database(), document["_rev"].as_str().unwrap());
        let gone = self.couch.admin("DELETE".parse().unwrap(), &path, None).await;
        self.made_by_others.insert((id.to_owned(), gone["rev"].as_str().unwrap().to_owned()));
        self.say(format!("{} is deleted on the server", self.name(id)));
        Ok(())
    }

    pub async fn citizen_files(&mut self) {
        self.numbered += 1;
        let id = format!("{:032x}", self.numbered);
        self.grievances.push(id.clone());
        self.say(format!("a citizen files {}", self.name(&id)));
        self.write(json!({
            "_id": id, "reportedBy": "citizen@example.org", "reportedDateTime": "20261120_080000",
            "problemDescription": format!("Lamp {} is dark", self.numbered), "seenBy": 1.50,
            "picture": { "large": "a.jpg", "thumbnail": "b.jpg" }, "geoLocation": place_in(self.grievances.len() - 1),
        }))
        .await;
    }

    pub async fn citizen_alters(&mut self, id: &str) -> Result<(), String> {
        let Some(mut document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        self.numbered += 1;
        document["problemDescription"] = format!("Other words {}", self.numbered).into();
        self.say(format!("the citizen of {} alters her words", self.name(id)));
        self.write(document).await;
        Ok(())
    }

    pub async fn move_to_the_other_ward(&mut self, id: &str) -> Result<(), String> {
        let Some(mut document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        let other = ward_of(&document).map_or(0, |ward| ward + 1);
        document["geoLocation"] = place_in(other);
        self.say(format!("{} turns out to be of the other ward", self.name(id)));
        self.write(document).await;
        Ok(())
    }

    async fn write(&mut self, document: Value) {
        let id = document["_id"].as_str().unwrap().to_owned();
        let rev = self.couch.write(self.couch.database(), &document).await;
        self.made_by_others.insert((id, rev));
    }
}
