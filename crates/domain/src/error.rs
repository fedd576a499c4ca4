/// Why a document or a change cannot be accepted. Every message tells the officer what to do.
#[derive(Debug, thiserror::Error)]
pub enum DomainError {
    #[error("This document is not a JSON object.")]
    NotAnObject(#[source] serde_json::Error),
    #[error("The ward's workflow has no status “{0}”.")]
    UnknownStatus(String),
    #[error("The ward's workflow has no category “{0}”.")]
    UnknownCategory(String),
    #[error("A grievance that is “{from}” cannot become “{to}”.")]
    MoveNotAllowed { from: String, to: String },
    #[error("“{status}” needs a reason. Write one line that the citizen may read.")]
    ReasonNeeded { status: String },
    #[error("“{status}” needs an after photo. Attach one first.")]
    AfterPhotoNeeded { status: String },
    #[error("A report cannot be a duplicate of itself. Choose the other one.")]
    DuplicateOfItself,
    #[error(
        "“{0}” is a duplicate of this report already, and one of the two stays open. Choose another one."
    )]
    IsItsDuplicate(String),
    #[error("“{0}” is no priority. There are urgent, high and low, or none.")]
    UnknownPriority(String),
    #[error("“{0}” is not a day. Write it as year-month-day, as in 2026-12-01.")]
    NotADay(String),
    #[error("{what} is empty. Please fill it in.")]
    Empty { what: &'static str },
    #[error("{what} is longer than {limit} characters. Please shorten it.")]
    TooLong { what: &'static str, limit: usize },
    #[error(
        "{lng}, {lat} is not a place on Earth. Longitude comes first, −180 to 180; then latitude, −90 to 90."
    )]
    NotAPlace { lng: f64, lat: f64 },
    #[error("“{0}” is not a kind of change this program knows.")]
    UnknownField(String),
}
