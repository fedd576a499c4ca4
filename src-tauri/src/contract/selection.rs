use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use specta::Type;

use super::Text;

/// Which grievances this laptop keeps; null leaves nothing out.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    pub ward: Option<Text<200>>,
    /// Keys of the workflow.
    pub statuses: Option<Vec<Text<100>>>,
    /// Reported today or so many days before.
    pub days: Option<u32>,
}

/// What is chosen, and what there is to choose from.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Selected {
    pub ward: Option<String>,
    pub statuses: Option<Vec<String>>,
    pub days: Option<u32>,
    /// As one says it; null when it is everything.
    pub words: Option<String>,
    /// Names of the city's wards.
    pub wards: Vec<String>,
}

/// What a selection would bring, before it is used.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// How many grievances, and how large.
    pub sentence: String,
    /// Unsent changes to grievances outside.
    pub unsent_outside: u64,
}

impl Selected {
    pub fn of(chosen: domain::Selection, wards: &domain::Wards, workflow: &domain::Workflow) -> Selected {
        // A ward may be drawn as several features.
        let mut named = BTreeSet::new();
        Selected {
            words: (!chosen.is_everything()).then(|| chosen.in_words(workflow)),
            wards: wards.names().filter(|name| named.insert(*name)).map(str::to_owned).collect(),
            ward: chosen.ward,
            statuses: chosen.statuses,
            days: chosen.days,
        }
    }
}

impl From<Selection> for domain::Selection {
    fn from(selection: Selection) -> domain::Selection {
        let keys = |keys: Vec<Text<100>>| keys.into_iter().map(Text::into_string).collect();
        domain::Selection {
            ward: selection.ward.map(Text::into_string),
            statuses: selection.statuses.map(keys),
            days: selection.days,
        }
    }
}

impl From<sync::Measured> for Measured {
    fn from(measured: sync::Measured) -> Measured {
        Measured { sentence: measured.sentence, unsent_outside: measured.unsent_outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ward_drawn_as_several_features_is_there_once() {
        let feature = |name: &str| {
            let shape = r#"{"type":"Polygon","coordinates":[[[77,13],[78,13],[78,14],[77,13]]]}"#;
            format!(r#"{{"type":"Feature","properties":{{"ward":"{name}"}},"geometry":{shape}}}"#)
        };
        let features = ["12", "3", "12"].map(feature).join(",");
        let wards = domain::Wards::parse(&format!(r#"{{"features":[{features}]}}"#));
        let selected = Selected::of(domain::Selection::default(), &wards, &domain::Workflow::default());
        assert_eq!(selected.wards, ["12", "3"]);
    }
}
