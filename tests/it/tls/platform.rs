//! The platform behind HTTPS with a certificate of a hospital's own CA: `ca_file` is what makes it trusted, and nothing else.

use tijian::simulator::GeneratorOptions;

use crate::support::{
    Authority, Ended, Hospital, Issued, MOMENTS, Opening, SelfMade, TlsFront, Validity, assert_snapshot, end, literal,
};

/// A night that no proxy of the machine comes between.
fn night(hospital: &Hospital, code: i32) -> Ended {
    let mut command = hospital.tijian();
    command.arg("run").arg(&hospital.pipeline_file);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    end(command).expect(code)
}

/// Invariant: Nothing is sent to an untrusted server: chain, name and dates are checked on every encrypted connection,
/// or the server has exactly the certificate that the pipeline names; and connections to other machines are encrypted
/// unless the URL says `disable` or the pipeline `allow_http`.
#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_is_what_makes_the_platform_trusted_and_only_by_its_name_and_in_time() {
    let mut hospital = Hospital::with_reservations(GeneratorOptions { reservations: 30, ..Default::default() }).await;
    let authority = Authority::new("Hospital CA");
    authority.write(hospital.dir.path(), "ca.pem");
    Authority::new("Somebody else's CA").write(hospital.dir.path(), "strange.pem");
    let front = async |validity| {
        let behind = hospital.simulator.url().trim_start_matches("http://").to_owned();
        let issued = authority.issue("localhost", validity);
        TlsFront::start(([127, 0, 0, 1], 0).into(), behind, Opening::Nothing, &issued).await
    };
    let (good, over) = (front(Validity::Now).await, front(Validity::Over).await);
    let plain = hospital.simulator.url();
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let definition = |base_url: String, ca_file: &str| {
        let key = if ca_file.is_empty() { String::new() } else { format!("\nca_file = \"{ca_file}\"") };
        text.replace(&format!("base_url = \"{plain}\""), &format!("base_url = \"{base_url}\"{key}"))
    };

    let mut said = String::new();
    for (what, host, front, ca_file) in [
        ("no CA is named", "localhost", &good, ""),
        ("another CA is named", "localhost", &good, "strange.pem"),
        ("the certificate is for another name", "127.0.0.1", &good, "ca.pem"),
        ("the certificate has expired", "localhost", &over, "ca.pem"),
    ] {
        let before = front.connections();
        hospital.redefine(|_| definition(format!("https://{host}:{}", front.address.port()), ca_file));
        said.push_str(&format!("# {what}\n{}", night(&hospital, 1).stderr));
        assert_eq!(front.connections(), before + 1, "{what}: trying again does not help");
    }
    assert!(hospital.simulator.log().is_empty(), "nothing was sent to whom we do not trust");
    let ports = [(r":\d+ for the platform", ":<port> for the platform"), (r":\d+ -showcerts", ":<port> -showcerts")];
    assert_snapshot("platform-not-trusted", &said, &[&MOMENTS[..], &ports].concat());

    hospital.redefine(|_| definition(format!("https://localhost:{}", good.address.port()), "ca.pem"));
    night(&hospital, 0);
    night(&hospital, 0);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_file_that_cannot_be_used_is_told_with_everything_else() {
    let mut hospital = Hospital::new().await;
    let dir = hospital.dir.path().to_owned();
    std::fs::write(dir.join("empty.pem"), "").unwrap();
    std::fs::write(dir.join("words.pem"), "-----BEGIN something-----\n").unwrap();
    Authority::new("Hospital CA").write(&dir, "ca.pem");
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let file = hospital.pipeline_file.display().to_string();
    let mut said = String::new();
    for name in ["absent.pem", "empty.pem", "words.pem"] {
        let broken = text
            .replace("timeout_seconds = 2", &format!("ca_file = \"{name}\""))
            .replace("attempts_max = 2", "attempts_max = 0");
        std::fs::write(&hospital.pipeline_file, broken).unwrap();
        for command in ["check", "run"] {
            let ended = hospital.command(&[command, &file]).expect(2);
            said.push_str(&format!("# {command}, {name}\n{}{}", ended.stdout, ended.stderr));
        }
    }
    assert_snapshot("ca-file-errors", &said, &[(&literal(format!("{}/", dir.display())), "")]);
    hospital.redefine(|_| text.replace("timeout_seconds = 2", "ca_file = \"ca.pem\""));
    hospital.command(&["check", &file]).expect(0);
}

/// A hospital, and how its pipeline names a platform.
struct Case {
    hospital: Hospital,
    text: String,
}

impl Case {
    async fn new() -> Case {
        let generator = GeneratorOptions { reservations: 5, ..Default::default() };
        let hospital = Hospital::with_reservations(generator).await;
        let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
        Case { hospital, text }
    }

    async fn front(&self, issued: &Issued) -> TlsFront {
        let behind = self.hospital.simulator.url().trim_start_matches("http://").to_owned();
        TlsFront::start(([127, 0, 0, 1], 0).into(), behind, Opening::Nothing, issued).await
    }

    /// One night with the server, with these keys in the pipeline.
    fn night(&mut self, front: &TlsFront, keys: &str, code: i32) -> Ended {
        let plain = format!("base_url = \"{}\"", self.hospital.simulator.url());
        let secure = format!("base_url = \"https://localhost:{}\"\n{keys}", front.address.port());
        self.hospital.redefine(|_| self.text.replace(&plain, &secure));
        night(&self.hospital, code)
    }
}

fn hospital_doctor(hospital: &Hospital) -> String {
    let mut command = hospital.tijian();
    command.env("NO_PROXY", "localhost").arg("doctor").arg(&hospital.pipeline_file);
    end(command).stdout
}

/// Every kind of certificate that servers make for themselves, and that no chain could make trusted.
const SELF_MADE: [(&str, SelfMade); 5] = [
    ("no name but the old one", SelfMade { host: None, is_ca: false, validity: Validity::Now }),
    ("a CA's", SelfMade { host: Some("localhost"), is_ca: true, validity: Validity::Now }),
    ("another name", SelfMade { host: Some("platform.invalid"), is_ca: false, validity: Validity::Now }),
    ("over", SelfMade { host: None, is_ca: true, validity: Validity::Over }),
    ("ahead", SelfMade { host: Some("localhost"), is_ca: false, validity: Validity::Ahead }),
];

/// Invariant: Nothing is sent to an untrusted server: chain, name and dates are checked on every encrypted connection,
/// or the server has exactly the certificate that the pipeline names; and connections to other machines are encrypted
/// unless the URL says `disable` or the pipeline `allow_http`.
#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_that_a_pipeline_names_is_trusted_as_it_stands_and_no_other_one() {
    let mut case = Case::new().await;
    let dir = case.hospital.dir.path().to_owned();
    let other = SelfMade { host: Some("localhost"), is_ca: false, validity: Validity::Now }.issue();
    other.write(&dir, "other.pem");
    for (what, self_made) in SELF_MADE {
        let issued = self_made.issue();
        issued.write(&dir, "platform.pem");
        let front = case.front(&issued).await;
        let pins = [issued.fingerprint(), issued.fingerprint().replace(':', "").to_lowercase()];
        // Named, pinned in either spelling, or pinned beside a file that does not hold it.
        for keys in [
            "ca_file = \"platform.pem\"".to_owned(),
            format!("certificate_sha256 = \"{}\"", pins[0]),
            format!("certificate_sha256 = \"{}\"\nca_file = \"other.pem\"", pins[1]),
        ] {
            case.night(&front, &keys, 0);
        }
        let calls = case.hospital.simulator.log().len();
        let unnamed = case.night(&front, "ca_file = \"other.pem\"", 1).stderr;
        assert!(unnamed.contains("cannot trust the server"), "{what}: {unnamed}");
        let command = format!("openssl s_client -connect localhost:{} -showcerts", front.address.port());
        assert!(unnamed.contains(&command) && unnamed.contains("on the telephone"), "{what}: {unnamed}");
        let pin = format!("certificate_sha256 = \"{}\"\nca_file = \"platform.pem\"", other.fingerprint());
        let unpinned = case.night(&front, &pin, 1).stderr;
        assert!(unpinned.contains("is not the one that certificate_sha256 names"), "{what}: {unpinned}");
        assert!(unpinned.contains("somebody is intercepting the connection"), "{what}: {unpinned}");
        assert_eq!(case.hospital.simulator.log().len(), calls, "{what}: nothing was sent to whom we do not trust");
    }
    assert_eq!(case.hospital.simulator.unacknowledged(), 0);
    case.hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_stricter_than_every_ca_and_a_certificate_is_worth_nothing_without_its_key() {
    let mut case = Case::new().await;
    let dir = case.hospital.dir.path().to_owned();
    let authority = Authority::new("Hospital CA");
    authority.write(&dir, "ca.pem");
    let issued = authority.issue("localhost", Validity::Now);
    let front = case.front(&issued).await;
    case.night(&front, &format!("certificate_sha256 = \"{}\"\nca_file = \"ca.pem\"", issued.fingerprint()), 0);
    let doctor = hospital_doctor(&case.hospital);
    assert!(
        doctor.contains("✔ TLS               the server has the certificate that certificate_sha256 names"),
        "{doctor}"
    );
    let renewed = authority.issue("localhost", Validity::Now);
    case.night(&front, &format!("certificate_sha256 = \"{}\"\nca_file = \"ca.pem\"", renewed.fingerprint()), 1);

    // Certificates are public: who shows one has to have its key, too.
    let named = SELF_MADE[0].1.issue();
    named.write(&dir, "platform.pem");
    let pretending = Issued { certificate: named.certificate.clone(), key: renewed.key };
    let front = case.front(&pretending).await;
    let calls = case.hospital.simulator.log().len();
    for keys in ["ca_file = \"platform.pem\"".to_owned(), format!("certificate_sha256 = \"{}\"", named.fingerprint())] {
        let ended = case.night(&front, &keys, 1);
        assert!(ended.stderr.contains("its certificate cannot be used"), "{}", ended.stderr);
    }
    assert_eq!(case.hospital.simulator.log().len(), calls);
    case.hospital.database.assert_sound().await;
}
