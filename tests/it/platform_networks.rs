//! The networks between a hospital and the platform: proxies, with and without a login, and plain http to a front-end machine.

use std::process::Command;

use tijian::simulator::{Endpoint, GeneratorOptions};

use crate::support::{Authority, Ended, Hospital, Opening, Proxy, TlsFront, Validity, end};

const PASSWORD: &str = "marker-of-a-password";

/// Where nobody listens.
const NOWHERE: &str = "127.0.0.1:1";

async fn hospital() -> Hospital {
    Hospital::with_reservations(GeneratorOptions { reservations: 5, ..Default::default() }).await
}

/// `tijian` with a proxy's login in its variables, and no proxy of the machine in between.
fn tijian(hospital: &Hospital, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command: Command = hospital.tijian();
    for name in
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(name);
    }
    command.env("PROXY_USER", "nightly").env("PROXY_PASSWORD", PASSWORD).envs(variables.iter().copied());
    command.args(arguments).arg(&hospital.pipeline_file);
    let ended = end(command);
    assert!(!ended.stderr.contains(PASSWORD) && !ended.stdout.contains(PASSWORD), "{}", ended.stderr);
    ended
}

/// The platform behind HTTPS with a certificate of the hospital's CA, beside its plain address.
async fn https(hospital: &Hospital) -> TlsFront {
    let authority = Authority::new("Hospital CA");
    authority.write(hospital.dir.path(), "ca.pem");
    let behind = hospital.simulator.url().trim_start_matches("http://").to_owned();
    let issued = authority.issue("localhost", Validity::Now);
    TlsFront::start(([127, 0, 0, 1], 0).into(), behind, Opening::Nothing, &issued).await
}

/// The pipeline at this address, with these keys.
fn redefine(hospital: &mut Hospital, text: &str, base_url: &str, keys: &str) {
    let plain = format!("base_url = \"{}\"", hospital.simulator.url());
    hospital.redefine(|_| text.replace(&plain, &format!("base_url = \"{base_url}\"\nca_file = \"ca.pem\"\n{keys}")));
}

fn named(address: impl std::fmt::Display) -> String {
    format!("proxy = \"http://{address}\"")
}

const LOGIN: &str = "proxy_user = { env = \"PROXY_USER\" }\nproxy_password = { env = \"PROXY_PASSWORD\" }";

#[tokio::test(flavor = "multi_thread")]
async fn a_pipelines_proxy_is_used_with_its_login_whatever_the_environment_says() {
    let mut hospital = hospital().await;
    let (front, proxy) = (https(&hospital).await, Proxy::start("nightly", PASSWORD).await);
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let secure = format!("https://localhost:{}", front.address.port());
    let plain = hospital.simulator.url();
    let elsewhere = [("HTTPS_PROXY", NOWHERE), ("HTTP_PROXY", NOWHERE), ("NO_PROXY", "localhost,127.0.0.1")];
    for (base_url, method) in [(&secure, "CONNECT true"), (&plain, "POST true")] {
        redefine(&mut hospital, &text, base_url, &format!("{}\n{LOGIN}", named(proxy.address)));
        tijian(&hospital, &["run"], &elsewhere).expect(0);
        let asked = proxy.asked();
        assert!(!asked.is_empty() && asked.iter().all(|asked| asked == method), "{asked:?}");
        let doctor = tijian(&hospital, &["doctor"], &elsewhere);
        assert!(doctor.stdout.contains("PROXY_USER, PROXY_PASSWORD are set"), "{}", doctor.stdout);
        proxy.asked();
    }
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_wants_another_login_is_told_at_once_and_asked_no_more() {
    let mut hospital = hospital().await;
    let (front, proxy) = (https(&hospital).await, Proxy::start("nightly", PASSWORD).await);
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let secure = format!("https://localhost:{}", front.address.port());
    let plain = hospital.simulator.url();
    for (base_url, method) in [(&secure, "CONNECT false"), (&plain, "POST false")] {
        for (login, password) in [("", PASSWORD), (LOGIN, "a-wrong-one")] {
            redefine(&mut hospital, &text, base_url, &format!("{}\n{login}", named(proxy.address)));
            let ended = tijian(&hospital, &["run"], &[("PROXY_PASSWORD", password)]).expect(1);
            let said = format!("through the proxy {}: the proxy asks for a login", proxy.address);
            assert!(ended.stderr.contains(&said) && ended.stderr.contains("set proxy_user"), "{}", ended.stderr);
            assert!(!ended.stderr.contains("a-wrong-one"), "{}", ended.stderr);
            assert_eq!(proxy.asked(), [method], "more of them would lock the login");
        }
    }
    // One that the environment names.
    redefine(&mut hospital, &text, &secure, "");
    let address = format!("http://nightly:{PASSWORD}-x@{}", proxy.address);
    let ended = tijian(&hospital, &["run"], &[("HTTPS_PROXY", &address)]).expect(1);
    assert!(ended.stderr.contains("the proxy asks for a login"), "{}", ended.stderr);
    assert!(hospital.simulator.log().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_out_of_reach_is_named_with_host_and_port_and_so_is_the_proxy() {
    let mut hospital = hospital().await;
    let front = https(&hospital).await;
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let secure = format!("https://localhost:{}", front.address.port());
    redefine(&mut hospital, &text, &secure, &named(NOWHERE));
    let ended = tijian(&hospital, &["run"], &[]).expect(75);
    let said = format!(
        "cannot reach the platform at /reservation/sync/token on localhost:{} through the proxy {NOWHERE}",
        front.address.port()
    );
    assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    // The environment's proxy leads nowhere; without one, the platform is there.
    redefine(&mut hospital, &text, &secure, "");
    tijian(&hospital, &["run"], &[("HTTPS_PROXY", NOWHERE)]).expect(75);
    redefine(&mut hospital, &text, &secure, "proxy = \"none\"");
    tijian(&hospital, &["run"], &[("HTTPS_PROXY", NOWHERE)]).expect(0);
    redefine(&mut hospital, &text, "https://127.0.0.1:1", "proxy = \"none\"");
    let ended = tijian(&hospital, &["run"], &[]).expect(75);
    let said = "cannot reach the platform at /reservation/sync/token on 127.0.0.1:1\n";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    // A login that is not set, in the words of every secret.
    redefine(&mut hospital, &text, &secure, &format!("{}\n{LOGIN}", named(NOWHERE)).replace("PROXY_USER", "NOT_SET"));
    let ended = tijian(&hospital, &["run"], &[]).expect(2);
    assert!(ended.stderr.contains("the environment variable NOT_SET is not set"), "{}", ended.stderr);
    hospital.database.assert_sound().await;
}

/// On Linux, 0.0.0.0 leads to this machine, and is no loopback address.
#[tokio::test(flavor = "multi_thread")]
async fn plain_http_to_another_machine_is_refused_or_allowed_and_said_aloud() {
    let mut hospital = hospital().await;
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let abroad = hospital.simulator.url().replace("127.0.0.1", "0.0.0.0");
    let base_url = format!("base_url = \"{}\"", hospital.simulator.url());
    let refused = text.replace(&base_url, &format!("base_url = \"{abroad}\""));
    std::fs::write(&hospital.pipeline_file, &refused).unwrap();
    for command in ["check", "run"] {
        let ended = tijian(&hospital, &[command], &[]).expect(2);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("unless allow_http = true; then the token is sent unencrypted"), "{said}");
    }
    assert!(hospital.simulator.log().is_empty());

    hospital.redefine(|text| text.replace("[contract]", "allow_http = true\n[contract]"));
    let warning = "base_url is plain http, which allow_http permits: the token is sent unencrypted";
    let check = tijian(&hospital, &["check"], &[]).expect(0);
    assert!(check.stdout.contains(&format!("! {}: {warning}", hospital.pipeline_file.display())), "{}", check.stdout);
    // Once in a run, however many calls it makes.
    let run = tijian(&hospital, &["run"], &[]).expect(0);
    assert_eq!(run.stderr.matches(warning).count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("WARN"), "{}", run.stderr);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.simulator.set_timestamp(Some(chrono::Utc::now().timestamp_millis()));
    let doctor = tijian(&hospital, &["doctor"], &[]).expect(0);
    assert!(doctor.stdout.contains(&format!("! TLS               {warning}")), "{}", doctor.stdout);
    assert!(hospital.calls(Endpoint::Order) > 0);

    // To this machine, nothing is said.
    hospital.redefine(|_| text.clone());
    let silent = [tijian(&hospital, &["check"], &[]).expect(0), tijian(&hospital, &["run"], &[]).expect(0)];
    assert!(silent.iter().all(|ended| !ended.stdout.contains("plain http") && !ended.stderr.contains("plain http")));
    hospital.database.assert_sound().await;
}
