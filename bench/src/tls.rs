//! A TLS proxy in front of an HTTP endpoint, with a certificate of its own.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The certificates that the system trusts. A program in the cloud has to load them too.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A running TLS proxy.
pub struct Tls {
    /// Its URL.
    pub endpoint: String,
    certificates: PathBuf,
}

impl Tls {
    /// Starts a proxy in front of `endpoint`.
    ///
    /// # Errors
    /// If a port or a file cannot be used.
    pub async fn before(endpoint: &str) -> Result<Self, Box<dyn Error>> {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let mut issuer = CertificateParams::default();
        // With the same name, OpenSSL would mistake the certificate for its own issuer.
        issuer
            .distinguished_name
            .push(DnType::CommonName, "the issuer of the benchmark");
        issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;
        let trusted = fs::read_to_string(SYSTEM).unwrap_or_default() + &issuer.pem();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let certificates = std::env::temp_dir().join(format!("bench-{port}.pem"));
        fs::write(&certificates, trusted)?;

        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let endpoint = format!("https://localhost:{port}");
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(acceptor.clone(), client, upstream.clone()));
            }
        });
        Ok(Self {
            endpoint,
            certificates,
        })
    }

    /// The file with the trusted certificates: those of the system, and the issuer of the proxy's.
    pub fn certificates(&self) -> &Path {
        &self.certificates
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        // A file left in the temporary directory does no harm.
        let _ = fs::remove_file(&self.certificates);
    }
}

async fn pass_on(acceptor: TlsAcceptor, client: TcpStream, upstream: String) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    let mut upstream = TcpStream::connect(upstream).await?;
    upstream.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut upstream)
        .await
        .map(drop)
}
