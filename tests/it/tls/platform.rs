//! The platform behind HTTPS with a certificate of a hospital's own CA: `ca_file` is what makes it trusted, and nothing else.

use tijian::simulator::GeneratorOptions;

use crate::support::{Authority, Ended, Hospital, MOMENTS, Opening, TlsFront, Validity, assert_snapshot, end, literal};

/// A night that no proxy of the machine comes between.
fn night(hospital: &Hospital, code: i32) -> Ended {
    let mut command = hospital.tijian();
    command.arg("run").arg(&hospital.pipeline_file);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    end(command).expect(code)
}

/// Invariant: Who is not trusted is told nothing: the server's chain, name and dates are checked on every encrypted
/// connection, and what leaves the machine is encrypted unless the URL says `disable`.
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
    let ports = [(r":\d+ for the platform", ":<port> for the platform")];
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
