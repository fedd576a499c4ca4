use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Passwords come from WARDCTL_PASSWORD (and WARDCTL_NEW_PASSWORD) or from a prompt, never from
/// the command line, which other users of a machine can read.
#[derive(Parser)]
#[command(name = "wardctl", version, about = "MyWard Officer without a window")]
pub struct Cli {
    /// Print one JSON value instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// The accounts folder [default: the desktop app's].
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Create the databases, the officers' role, security and settings. Safe to repeat.
    Init(Init),
    /// Keys to the photo store.
    PhotoAccess {
        #[command(subcommand)]
        command: PhotoAccess,
    },
    /// Which keys the server's certificate may have.
    Pins {
        #[command(subcommand)]
        command: Pins,
    },
    /// Let an officer sign in; a name that exists gets the new password.
    AddOfficer(AddOfficer),
    /// Fill the databases with invented reports and drawn pictures.
    DemoWard(DemoWard),
    /// Open an account on this laptop and make it the current one. The first time needs the server.
    SignIn {
        #[arg(long, value_name = "URL")]
        couch: String,
        #[arg(long, value_name = "NAME")]
        user: String,
    },
    #[command(flatten)]
    Officer(OfficerCommand),
    /// Forget the current account; its data stays encrypted on the laptop.
    SignOut {
        /// Remove the account's data too. Refuses while anything is unsent.
        #[arg(long)]
        remove: bool,
    },
    /// Decodes one photo from standard input; the program calls itself with this.
    #[command(hide = true)]
    DecodePhoto,
}

/// What the officer of the current account does.
#[derive(Subcommand)]
pub enum OfficerCommand {
    /// Pull, upload and push until nothing is left to do.
    Sync {
        /// Go on listening for changes until interrupted.
        #[arg(long)]
        watch: bool,
    },
    /// The queue, newest first.
    List(List),
    /// One grievance with its unsent edits and its history.
    Show { id: String },
    /// Change a grievance; saved on this laptop.
    Set(Set),
    /// Add a line to the history of a grievance's case; saved on this laptop.
    Note(Note),
    /// Attach a photo to a grievance; saved on this laptop.
    Attach(Attach),
    /// File a new report; saved on this laptop.
    Report(Report),
    /// What is here, what is unsent.
    Status,
    /// Each change that the server has not got, and what it waits for.
    Unsent,
    /// Sends a change that the server refused once more.
    TryAgain { edit: String },
    /// Undoes an unsent change; where it may have arrived, what was seen is wanted back.
    TakeBack { edit: String },
    /// Throws an unsent change away.
    Discard { edit: String },
    /// Edits whose field somebody else changed meanwhile.
    Clashes,
    /// Decide a clash: keep what you want, or drop it for what the office has.
    Settle {
        edit: String,
        decision: Decision,
        /// The revision that `clashes` shows behind what the office has, if it shows one.
        #[arg(default_value = "")]
        rev: String,
    },
    /// Grievances of which servers made several versions among themselves.
    Branches,
    /// Say which version holds; the others are set aside.
    SettleBranches {
        id: String,
        /// One of the versions, or `shown`.
        holds: String,
        /// All versions that `branches` lists of it, in that order.
        #[arg(required = true)]
        versions: Vec<String>,
        /// The versions are those of the grievance's case.
        #[arg(long)]
        case: bool,
    },
    /// What sync did in the last 90 days, newest last.
    Timeline,
    /// Every edit and photo that arrived in the last 90 days, and what proves it.
    Deliveries {
        /// Print a table for a spreadsheet.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Compare the server with this laptop; changes nothing.
    Compare,
    /// Look at everything between this laptop and the servers; fails when something must be mended.
    Doctor,
    /// Write everything the server has not got to a new, unencrypted file.
    ExportUnsent { file: PathBuf },
    /// Bring back the work in a file of `export-unsent`.
    ImportUnsent { file: PathBuf },
    /// Records that left the server many at once; with an answer: whether that is right.
    Vanished { answer: Option<Answer> },
    /// File a grievance that is gone again, or bring altered words of a citizen back; saved on this laptop.
    Restore { id: String },
    /// Say that altered words of a citizen are right as they are.
    AcceptAltered {
        id: String,
        /// The revision that `show` shows, if it shows one.
        #[arg(default_value = "")]
        rev: String,
    },
    /// What goes between this laptop and a database; without words: as it is.
    Mode {
        #[arg(requires = "mode")]
        database: Option<Which>,
        mode: Option<Mode>,
    },
    /// Which grievances this laptop keeps. With a ward, statuses or days it keeps those from now on;
    /// nothing is ever deleted on the server because of it.
    Selection(Selection),
}

/// An administrator of the CouchDB server.
#[derive(Args)]
pub struct Administrator {
    /// https://host, or https://host/database [default database: myward]
    #[arg(long, value_name = "URL")]
    pub couch: String,
    #[arg(long, value_name = "NAME")]
    pub admin: String,
}

#[derive(Args)]
pub struct Init {
    #[command(flatten)]
    pub administrator: Administrator,
    #[command(flatten)]
    pub store: Option<Store>,
}

/// The photo store that laptops of this ward use. Its keys are published (`wardctl photo-access`), unless a token
/// service gives each officer one, or a lasting key is named here.
#[derive(Args)]
#[group(requires_all = ["store_endpoint", "bucket"])]
pub struct Store {
    #[arg(long, value_name = "URL", required = false)]
    pub store_endpoint: String,
    #[arg(long, required = false)]
    pub bucket: String,
    #[arg(long, default_value = "us-east-1")]
    pub region: String,
    /// A key that never ends, the same for all laptops.
    #[arg(long, requires = "secret_key", conflicts_with = "token_service")]
    pub access_key: Option<String>,
    #[arg(long, env = "WARDCTL_SECRET_KEY", hide_env_values = true)]
    pub secret_key: Option<String>,
    /// Where officers' own keys come from; often the store's own address.
    #[arg(long, value_name = "URL", requires_all = ["role", "token_path"])]
    pub token_service: Option<String>,
    /// Amazon's name of the role that officers take on.
    #[arg(long, value_name = "ARN", requires = "token_service")]
    pub role: Option<String>,
    /// Where the city's server gives a signed-in officer {"token":"…"}, such as /_myward/token.
    #[arg(long, value_name = "PATH", requires = "token_service")]
    pub token_path: Option<String>,
}

#[derive(Subcommand)]
pub enum PhotoAccess {
    /// Get a temporary key and give it to all laptops. Run it on a schedule, well before the key before ends.
    Publish(Publish),
}

#[derive(Args)]
pub struct Publish {
    #[command(flatten)]
    pub administrator: Administrator,
    /// Who gives keys [default: the photo store itself].
    #[arg(long, value_name = "URL")]
    pub token_service: Option<String>,
    /// Amazon's name of the role to take on; some stores need none.
    #[arg(long, value_name = "ARN")]
    pub role: Option<String>,
    /// How long the key holds: 15 to 720.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(15..=720))]
    pub minutes: u32,
    /// The administrator's own key.
    #[arg(long, env = "WARDCTL_ACCESS_KEY", hide_env_values = true)]
    pub access_key: String,
    #[arg(long, env = "WARDCTL_SECRET_KEY", hide_env_values = true)]
    pub secret_key: String,
}

#[derive(Subcommand)]
pub enum Pins {
    /// Announce the key of the present certificate and its backups. A laptop that has seen the server with one of them
    /// refuses any other, so renew the certificate only with one of these keys.
    Publish(PublishPins),
}

#[derive(Args)]
pub struct PublishPins {
    #[command(flatten)]
    pub administrator: Administrator,
    /// A key kept elsewhere, for the day the present one is lost: sha256/ and the base64 of the SHA-256 of its public key.
    #[arg(long, value_name = "KEY", required = true)]
    pub backup: Vec<String>,
    /// The last day, within a year [default: in 90 days].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<jiff::civil::Date>,
    /// Laptops only report another key, and connect.
    #[arg(long)]
    pub report_only: bool,
}

#[derive(Args)]
pub struct AddOfficer {
    pub name: String,
    #[command(flatten)]
    pub administrator: Administrator,
}

#[derive(Args)]
pub struct DemoWard {
    #[command(flatten)]
    pub administrator: Administrator,
    #[arg(long)]
    pub grievances: u32,
    /// The same seed invents the same ward.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Args)]
pub struct List {
    #[arg(long)]
    pub status: Option<String>,
    /// Words of the description, address, reporter or id.
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

#[derive(Args)]
#[group(required = true, multiple = true, id = "changes",
        args = ["status", "category", "reply", "assignee", "priority", "due", "tags", "ward"])]
pub struct Set {
    pub id: String,
    #[arg(long)]
    pub status: Option<String>,
    #[arg(long, requires = "status", value_name = "TEXT")]
    pub reason: Option<String>,
    /// The report that it says once more.
    #[arg(long, requires = "status", value_name = "ID")]
    pub duplicate_of: Option<String>,
    #[arg(long)]
    pub category: Option<String>,
    /// What the citizen may read.
    #[arg(long, value_name = "TEXT")]
    pub reply: Option<String>,
    /// The officer who takes care of it; "" for nobody. This and the following stay inside the office.
    #[arg(long, value_name = "NAME")]
    pub assignee: Option<String>,
    /// urgent, high or low; "" for an ordinary one.
    #[arg(long)]
    pub priority: Option<String>,
    /// The day by which it should be done; "" for none.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub due: Option<String>,
    /// Words with commas between; "" for none.
    #[arg(long, value_delimiter = ',')]
    pub tags: Option<Vec<String>>,
    /// The ward whose office it is in; "" for none.
    #[arg(long, value_name = "NAME")]
    pub ward: Option<String>,
}

#[derive(Args)]
pub struct Note {
    pub id: String,
    pub text: String,
    /// You were there.
    #[arg(long)]
    pub visit: bool,
}

#[derive(Args)]
pub struct Attach {
    pub id: String,
    pub file: PathBuf,
    #[arg(long, default_value = "after")]
    pub kind: PhotoKind,
}

#[derive(Args)]
pub struct Report {
    #[arg(long)]
    pub description: String,
    #[arg(long)]
    pub address: String,
    /// Degrees of longitude.
    #[arg(long, allow_negative_numbers = true)]
    pub lng: f64,
    /// Degrees of latitude.
    #[arg(long, allow_negative_numbers = true)]
    pub lat: f64,
    #[arg(long, value_name = "FILE")]
    pub photo: PathBuf,
}

#[derive(Args)]
pub struct Selection {
    /// One of the city's wards.
    #[arg(long, value_name = "NAME")]
    pub ward: Option<String>,
    /// Statuses with commas between.
    #[arg(long, value_delimiter = ',', value_name = "KEYS")]
    pub status: Option<Vec<String>>,
    /// Reported today or so many days before.
    #[arg(long)]
    pub days: Option<u32>,
    /// Everything again.
    #[arg(long, conflicts_with_all = ["ward", "status", "days"])]
    pub all: bool,
    /// Only count what that is on the server.
    #[arg(long)]
    pub count: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum PhotoKind {
    Before,
    After,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Decision {
    Keep,
    Drop,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Answer {
    /// They are gone.
    Accept,
    /// The server is wrong: they stay as they are.
    Keep,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Which {
    /// What citizens reported and officers decided publicly.
    Grievances,
    /// What officers note among themselves.
    Internal,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Mode {
    BothWays,
    /// Changes stay on this laptop.
    DownOnly,
    /// Nothing is fetched and nothing is sent.
    Paused,
}
