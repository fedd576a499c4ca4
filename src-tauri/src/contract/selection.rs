use mirror::WardNames;
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
    /// Names of the city's wards, or where it has drawn none, those that grievances on this laptop name.
    pub wards: Vec<String>,
    pub wards_drawn: bool,
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
    pub fn of(chosen: domain::Selection, wards: WardNames, workflow: &domain::Workflow) -> Selected {
        let (wards_drawn, wards) = match wards {
            WardNames::Drawn(names) => (true, names),
            WardNames::Named(names) => (false, names),
        };
        Selected {
            words: (!chosen.is_everything()).then(|| chosen.in_words(workflow)),
            wards,
            wards_drawn,
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
