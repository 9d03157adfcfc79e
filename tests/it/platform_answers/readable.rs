//! Every form of a delivery that is read: envelopes written otherwise, and what a gateway makes of ciphertext.

use super::{NIGHT, envelope, records};
use crate::support::{Recorder, encrypted};

const NIGHT_TEXT: &str = "2026-01-05 18:00:00+00";

/// Writes an envelope otherwise, with the same meaning.
type Bend = fn(String) -> String;

/// Every form of a delivery that is read, by its name.
fn readable() -> Vec<(&'static str, String)> {
    let forms: [(&str, Bend); 19] = [
        ("plain order", |text| text),
        ("result first", |text| {
            let (head, rest) = text.split_once(r#""result":"#).unwrap();
            let (result, tail) = rest.rsplit_once(",\"timestamp\"").unwrap();
            format!(
                r#"{{"result":{result},"timestamp"{},{}}}"#,
                &tail[..tail.len() - 1],
                head[1..].trim_end_matches(',')
            )
        }),
        ("white space", |text| text.replace("\":", "\" :\n\t").replace('}', " }").replace('[', " [\r\n")),
        ("unknown members", |text| {
            text.replace(r#"{"code""#, r#"{"trace":{"result":[{}],"code":500},"version":[1,null],"code""#)
        }),
        ("result as text", |text| {
            let (head, rest) = text.split_once(r#""result":"#).unwrap();
            let (result, tail) = rest.rsplit_once(",\"timestamp\"").unwrap();
            format!(r#"{head}"result":{},"timestamp"{tail}"#, serde_json::to_string(result).unwrap())
        }),
        ("code as text", |text| text.replace(":200,", ":\"200\",")),
        ("success absent", |text| text.replace(r#""success":true,"#, "")),
        ("success as text", |text| text.replace(r#""success":true"#, r#""success":"true""#)),
        ("timestamp as text", |text| text.replace(&NIGHT.to_string(), &format!("\"{NIGHT}\""))),
        ("no timestamp", |text| text.replace(&format!(",\"timestamp\":{NIGHT}"), "")),
        ("null timestamp", |text| text.replace(&NIGHT.to_string(), "null")),
        ("odd timestamp", |text| text.replace(&NIGHT.to_string(), "5")),
        ("timestamp in seconds", |text| text.replace(&NIGHT.to_string(), &(NIGHT / 1000).to_string())),
        ("timestamp as date", |text| text.replace(&NIGHT.to_string(), "\"2026-01-06 02:00:00\"")),
        ("code with a point", |text| text.replace(":200,", ":200.0,")),
        ("code as text with a point", |text| text.replace(":200,", ":\"200.0\",")),
        ("success as number", |text| text.replace(r#""success":true"#, r#""success":1"#)),
        ("success as letter", |text| text.replace(r#""success":true"#, r#""success":"Y""#)),
        ("huge timestamp", |text| text.replace(&NIGHT.to_string(), "99999999999999999999")),
    ];
    let mut bodies: Vec<_> =
        forms.into_iter().map(|(name, bend)| (name, encrypted(&bend(envelope(&records(name)))))).collect();
    let line_breaks = encrypted(&envelope(&records("line breaks")));
    let lines: Vec<_> = line_breaks.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect();
    bodies.push(("line breaks", format!("\r\n{}\r\n", lines.join("\r\n"))));
    // As much white space as makes the Base64 text end in padding.
    let text = envelope(&records("no padding"));
    let padded = (0..48).map(|spaces| encrypted(&format!("{text}{}", " ".repeat(spaces))));
    let padded = padded.into_iter().find(|body| body.ends_with("==")).unwrap();
    bodies.push(("no padding", padded.trim_end_matches('=').to_owned()));
    // What a gateway may make of ciphertext on its way.
    let ways: [(&str, Bend); 9] = [
        ("in quotes", |body| format!("\"{body}\"")),
        ("in quotes, escaped", |body| {
            format!("\"{}\\r\\n\"", body.replace('/', "\\/").replace('+', "\\u002b").replace('=', "\\u003D"))
        }),
        ("a byte-order mark", |body| format!("\u{feff}{body}")),
        ("a mark and quotes", |body| format!("\u{feff}\"{body}\"\n")),
        ("letters of URLs", |body| body.replace('+', "-").replace('/', "_").replace('=', "")),
        ("letters of URLs, padded", |body| body.replace('+', "-").replace('/', "_")),
        ("percent signs", |body| body.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")),
        ("line breaks, written out", |body| body.replace('A', "A\\n").replace('Q', "\\r\\nQ")),
        ("other signs", |body| body.replace('B', ".B ;").replace('c', "c\0 体检\u{a0}")),
    ];
    bodies.extend(ways.into_iter().map(|(name, bend)| (name, bend(encrypted(&envelope(&records(name)))))));
    let marked = encrypted(&format!("\u{feff}{}", envelope(&records("a byte-order mark inside"))));
    bodies.push(("a byte-order mark inside", marked));
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_delivery_is_read() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (name, body) in readable() {
        recorder.answer("order", body);
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.opened, report.acknowledged), (1, 1, 1), "{name}");
        let callback = recorder.requests_of("callback").pop().unwrap().parameters();
        assert_eq!(callback, format!(r#"{{"requestId":"batch {name}"}}"#));
        // Delivered again in the same form, it is the same.
        let (_, body) = readable().into_iter().find(|(other, _)| *other == name).unwrap();
        recorder.answer("order", body);
        let again = hospital.run_well().await;
        assert_eq!((again.counts.unchanged, again.counts.opened, again.acknowledged), (1, 0, 1), "{name}");
    }
    let times = "select v.serial_number || ': ' || case d.effective_source
            when 'receipt' then case when v.valid_from = d.received_at then 'receipt' end
            else v.valid_from::text end
        from warehouse.reservation_versions v join etl.deliveries d using (delivery_id)
        order by v.delivery_id";
    let expected: Vec<_> = readable()
        .iter()
        .map(|(name, _)| {
            let has_time = !["no timestamp", "null timestamp", "odd timestamp", "huge timestamp"].contains(name);
            format!("{name}: {}", if has_time { NIGHT_TEXT } else { "receipt" })
        })
        .collect();
    assert_eq!(hospital.database.lines(times).await, expected);
    hospital.database.assert_sound().await;
}
