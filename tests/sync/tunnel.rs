//! TLS in front of the other servers of these tests, with certificates that are made here.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_native_tls::TlsAcceptor;
use tokio_native_tls::native_tls;

/// A certificate with its key.
pub(crate) struct Certificate {
    certificate: X509,
    key: PKey<Private>,
}

impl Certificate {
    /// An authority that nobody knows yet.
    pub(crate) fn authority() -> Self {
        Self::new("A private authority", None)
    }

    /// A server's certificate for the host `name`.
    pub(crate) fn of(&self, name: &str) -> Self {
        Self::new(name, Some(self))
    }

    fn new(name: &str, authority: Option<&Self>) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut subject = X509NameBuilder::new().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let issuer = authority.map_or(&*subject, |authority| authority.certificate.subject_name());
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let mut number = BigNum::new().unwrap();
        number
            .rand(64, openssl::bn::MsbOption::MAYBE_ZERO, false)
            .unwrap();
        builder
            .set_serial_number(&number.to_asn1_integer().unwrap())
            .unwrap();
        builder.set_subject_name(&subject).unwrap();
        builder.set_issuer_name(issuer).unwrap();
        builder
            .set_not_before(&Asn1Time::days_from_now(0).unwrap())
            .unwrap();
        builder
            .set_not_after(&Asn1Time::days_from_now(1).unwrap())
            .unwrap();
        builder.set_pubkey(&key).unwrap();
        let extension = match authority {
            None => BasicConstraints::new().critical().ca().build().unwrap(),
            Some(authority) => SubjectAlternativeName::new()
                .dns(name)
                .build(&builder.x509v3_context(Some(&authority.certificate), None))
                .unwrap(),
        };
        builder.append_extension(extension).unwrap();
        let signer = authority.map_or(&key, |authority| &authority.key);
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        Self {
            certificate: builder.build(),
            key,
        }
    }

    /// Writes the certificate into `file`, as `SSL_CERT_FILE` takes it.
    pub(crate) fn write(&self, file: &Path) {
        fs::write(file, self.certificate.to_pem().unwrap()).unwrap();
    }
}

/// A port of this machine that speaks TLS, and what is said there goes to another in plain.
/// It listens until the test process ends.
pub(crate) struct Tunnel {
    port: u16,
    opened: Arc<AtomicUsize>,
}

impl Tunnel {
    /// A tunnel to the server at `url`.
    pub(crate) fn to(url: &str, certificate: &Certificate) -> Self {
        let to = url.trim_start_matches("http://").trim_end_matches('/');
        let to = to.to_owned();
        let identity = native_tls::Identity::from_pkcs8(
            &certificate.certificate.to_pem().unwrap(),
            &certificate.key.private_key_to_pem_pkcs8().unwrap(),
        );
        let acceptor = native_tls::TlsAcceptor::new(identity.unwrap()).unwrap();
        let acceptor = TlsAcceptor::from(acceptor);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, to, count) = (acceptor.clone(), to.clone(), Arc::clone(&count));
                    tokio::spawn(async move {
                        let Ok(mut here) = acceptor.accept(stream).await else {
                            return;
                        };
                        let mut there = TcpStream::connect(&to).await.unwrap();
                        // TLS 1.3 ends the handshake before the other side has looked at the certificate.
                        let mut first = [0; 4096];
                        let length = here.read(&mut first).await.unwrap_or(0);
                        if length == 0 {
                            return;
                        }
                        count.fetch_add(1, Ordering::SeqCst);
                        if there.write_all(&first[..length]).await.is_ok() {
                            let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                        }
                    });
                }
            });
        });
        Self { port, opened }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How many connections were made over which something was said.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}
