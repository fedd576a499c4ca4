use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::CouchError;

/// The database of a site whose address names none.
const DEFAULT_DATABASE: &str = "myward";

/// Where a city's grievances live: one server and the name of its database.
///
/// Written `https://host[:port]` or `https://host[:port]/NAME`. The officers' internal database is
/// the same name with `-ops`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    origin: Url,
    database: String,
}

impl Site {
    /// Reads an address as a person types it.
    ///
    /// Plain http is taken only to this machine. The host must stand there exactly as it will be
    /// used: forms that a parser would silently turn into another host (`0x7f.1`, `127.1`, user
    /// names before `@`, look-alike letters, a trailing dot) are refused with the reason.
    pub fn parse(address: &str) -> Result<Self, CouchError> {
        read(address.trim()).map_err(|why| CouchError::BadAddress { why })
    }

    /// Scheme, host and port; the path is `/`.
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// The database that citizens' phones share: grievances only.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The officers' internal database, which may not exist.
    pub fn ops_database(&self) -> String {
        format!("{}-ops", self.database)
    }
}

/// The address, complete: `https://host/NAME`.
impl fmt::Display for Site {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}{}", self.origin, self.database)
    }
}

/// Whether the host of `url` is this machine by its very text, without asking any name server.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What `localhost` means here; it is never looked up, so no name server can point it elsewhere.
pub(crate) const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

fn read(address: &str) -> Result<Site, String> {
    if !address.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it may only have plain letters, digits and signs; write a name in another \
             script in its xn-- form"
            .to_owned());
    }
    let (scheme, rest) = address.split_once("://").ok_or("it must begin with https://")?;
    let plain = match scheme.to_ascii_lowercase().as_str() {
        "https" => false,
        "http" => true,
        _ => return Err("it must begin with https://".to_owned()),
    };
    for (sign, why) in [
        ('@', "no name or password belongs in it"),
        ('?', "it must end after the database's name"),
        ('#', "it must end after the database's name"),
        ('\\', "a backslash has no place in it"),
    ] {
        if rest.contains(sign) {
            return Err(why.to_owned());
        }
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let origin = read_origin(scheme, authority)?;
    if plain && !is_loopback(&origin) {
        return Err("without encryption (http) only a server on this same computer may be used; \
             write https://"
            .to_owned());
    }
    Ok(Site { origin, database: read_database(path)? })
}

fn read_origin(scheme: &str, authority: &str) -> Result<Url, String> {
    let origin = Url::parse(&format!("{scheme}://{authority}/"))
        .map_err(|error| format!("it does not name a server ({error})"))?;
    let host = origin.host_str().ok_or("it does not name a server")?;
    let typed = authority.to_ascii_lowercase();
    let port = match typed.strip_prefix(host) {
        Some("") => None,
        Some(port) => Some(
            port.strip_prefix(':')
                .ok_or("it does not name a server")?
                .parse::<u16>()
                .map_err(|error| format!("its port is not a number up to 65535 ({error})"))?,
        ),
        None => return Err(format!("write its host as {host}")),
    };
    if port == Some(0) {
        return Err("port 0 cannot be used".to_owned());
    }
    if host.ends_with('.') {
        return Err("its host ends with a dot".to_owned());
    }
    Ok(origin)
}

/// CouchDB's rule for names, less the slash: `^[a-z][a-z0-9_$()+-]*$`.
fn read_database(path: &str) -> Result<String, String> {
    let name = path.strip_suffix('/').unwrap_or(path);
    if name.is_empty() && path.is_empty() {
        return Ok(DEFAULT_DATABASE.to_owned());
    }
    let lawful = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|sign| matches!(sign, 'a'..='z' | '0'..='9' | '_' | '$' | '(' | ')' | '+' | '-'));
    if !lawful || name.len() > 200 {
        return Err("after the server comes one database name of small letters, digits and _$()+- \
             that begins with a letter"
            .to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_taken() {
        for (address, origin, database) in [
            ("https://couch.city.example", "https://couch.city.example/", "myward"),
            ("https://couch.city.example/", "https://couch.city.example/", "myward"),
            ("  https://couch.city.example\n", "https://couch.city.example/", "myward"),
            ("HTTPS://Couch.City.Example/ward", "https://couch.city.example/", "ward"),
            ("https://couch.city.example:443", "https://couch.city.example/", "myward"),
            ("https://couch.city.example:6984/a-b_1", "https://couch.city.example:6984/", "a-b_1"),
            ("https://couch.city.example/ward/", "https://couch.city.example/", "ward"),
            ("https://xn--11b4c3d.example", "https://xn--11b4c3d.example/", "myward"),
            ("https://10.1.2.3", "https://10.1.2.3/", "myward"),
            ("https://[2001:db8::1]:6984", "https://[2001:db8::1]:6984/", "myward"),
            ("http://127.0.0.1:5984", "http://127.0.0.1:5984/", "myward"),
            ("http://127.0.0.1:5984/t1a2b", "http://127.0.0.1:5984/", "t1a2b"),
            ("http://127.255.0.9:5984", "http://127.255.0.9:5984/", "myward"),
            ("http://localhost:5984", "http://localhost:5984/", "myward"),
            ("http://LOCALHOST", "http://localhost/", "myward"),
            ("http://[::1]:5984/ward", "http://[::1]:5984/", "ward"),
        ] {
            let site = Site::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
            assert_eq!(site.origin().as_str(), origin, "{address}");
            assert_eq!(site.database(), database, "{address}");
        }
        assert_eq!(Site::parse("https://c.example/t7").unwrap().ops_database(), "t7-ops");
    }

    #[test]
    fn n10_addresses_that_are_refused() {
        for address in [
            // plain http to anything but this machine
            "http://couch.city.example",
            "http://10.0.0.1:5984",
            "http://0.0.0.0:5984",
            "http://128.0.0.1",
            "http://[::]:5984",
            "http://[::ffff:10.0.0.1]",
            "http://[::ffff:127.0.0.1]",
            "http://[::ffff:7f00:1]",
            "http://[::ffff:a00:1]",
            "http://[::2]",
            "http://localhost.city.example",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil",
            "http://notlocalhost",
            "http://foo.localhost",
            // other spellings of a number that parsers understand
            "http://0x7f.1",
            "http://127.1",
            "http://2130706433",
            "http://0177.0.0.1",
            "http://127.0.0.0x1",
            "https://0x0a.0.0.1",
            "http://[0:0:0:0:0:0:0:1]",
            // a user name that hides the host
            "http://127.0.0.1@evil.example/",
            "http://localhost:5984@evil.example",
            "https://admin:secret@couch.city.example",
            "https://@couch.city.example",
            "http://127.0.0.1%40evil.example/",
            "http://127.0.0.1\\@evil.example",
            // dots, escapes, look-alikes
            "http://localhost.",
            "http://127.0.0.1.",
            "https://couch.city.example.",
            "http://local%68ost",
            "http://ⓛocalhost",
            "http://１２７.0.0.1",
            "http://127。0。0。1",
            "https://соuch.city.example", // Cyrillic letters
            "https://वार्ड.example",
            "https://couch.city\u{200b}.example",
            "https://couch.city\t.example",
            "https://couch.city .example",
            // schemes and slashes
            "couch.city.example",
            "//couch.city.example",
            "https:couch.city.example",
            "https:/couch.city.example",
            "https:\\\\couch.city.example",
            "https:///couch.city.example",
            "ftp://couch.city.example",
            "file:///etc/passwd",
            "javascript://couch.city.example",
            "ws://127.0.0.1",
            "httpss://couch.city.example",
            // ports
            "https://couch.city.example:",
            "https://couch.city.example:0",
            "https://couch.city.example:65536",
            "https://couch.city.example:5984x",
            "https://couch.city.example:-1",
            "https://couch.city.example:+443",
            // what follows the host
            "https://couch.city.example?x=1",
            "https://couch.city.example/ward?x=1",
            "https://couch.city.example/#ward",
            "https://couch.city.example/a/b",
            "https://couch.city.example//",
            "https://couch.city.example/../x",
            "https://couch.city.example/Ward",
            "https://couch.city.example/_users",
            "https://couch.city.example/1ward",
            "https://couch.city.example/w%61rd",
            // nothing there
            "",
            "https://",
            "http://",
            "https://:5984",
            "https://[::1",
        ] {
            let refused = Site::parse(address);
            assert!(matches!(refused, Err(CouchError::BadAddress { .. })), "{address}: {refused:?}");
        }
    }
}
