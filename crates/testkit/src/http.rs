//! The HTTP client of the kit itself.

/// A client that trusts nothing beyond plain http on this machine and keeps no connection open between requests.
pub(crate) fn client() -> reqwest::Client {
    // reqwest wants a provider for TLS even when none is spoken; another one having been installed first is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .pool_max_idle_per_host(0)
        .build()
        .expect("an HTTP client")
}
