//! Where a lake is: a folder, or a prefix in an S3 bucket.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use serde::{Serialize, Serializer};

/// The address of a lake, as a pipeline names it. Two that are the same place are equal: a `/` at the end says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LakeUrl {
    /// `file:///…`: an absolute path.
    Folder(PathBuf),
    /// `s3://bucket` or `s3://bucket/prefix`.
    Bucket { bucket: String, prefix: String },
}

impl LakeUrl {
    /// `None`: neither a folder nor a bucket, or one with characters that engines spell in different ways in an address.
    pub fn parse(text: &str) -> Option<LakeUrl> {
        if let Some(path) = text.strip_prefix("file://") {
            let path = Path::new(path);
            let is_plain = |text: &str| !text.contains(['%', '#', '?', '*']) && !text.chars().any(char::is_control);
            let is_whole = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
            let is_folder = path.is_absolute() && path.parent().is_some() && is_whole && is_plain(text);
            return is_folder.then(|| LakeUrl::Folder(path.components().collect()));
        }
        let (bucket, prefix) = text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_name = |name: &str| {
            let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.=".contains(sign);
            !name.is_empty() && name.chars().all(is_plain) && ![".", ".."].contains(&name)
        };
        let is_bucket = is_name(bucket) && (prefix.is_empty() || prefix.split('/').all(is_name));
        is_bucket.then(|| LakeUrl::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl fmt::Display for LakeUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LakeUrl::Folder(path) => write!(formatter, "file://{}", path.display()),
            LakeUrl::Bucket { bucket, prefix } if prefix.is_empty() => write!(formatter, "s3://{bucket}"),
            LakeUrl::Bucket { bucket, prefix } => write!(formatter, "s3://{bucket}/{prefix}"),
        }
    }
}

impl Serialize for LakeUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_buckets_are_read_and_written_in_one_form() {
        for (text, shown) in [
            ("file:///srv/lake", "file:///srv/lake"),
            ("file:///srv//lake/", "file:///srv/lake"),
            ("file:///srv/./lake", "file:///srv/lake"),
            ("file:///数据/湖 1", "file:///数据/湖 1"),
            ("s3://lake", "s3://lake"),
            ("s3://lake/", "s3://lake"),
            ("s3://lake/tijian/h-1_a.b=c", "s3://lake/tijian/h-1_a.b=c"),
            ("s3://lake/tijian/", "s3://lake/tijian"),
        ] {
            let url = LakeUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown, "{text}");
            assert_eq!(LakeUrl::parse(shown), Some(url), "{text}");
        }
        let bucket = LakeUrl::Bucket { bucket: "lake".into(), prefix: "a/b".into() };
        assert_eq!(LakeUrl::parse("s3://lake/a/b"), Some(bucket));
        assert_eq!(LakeUrl::parse("file:///srv"), Some(LakeUrl::Folder("/srv".into())));
        assert_eq!(serde_json::to_value(LakeUrl::parse("s3://lake/").unwrap()).unwrap(), "s3://lake");
    }

    #[test]
    fn anything_else_is_no_lake() {
        for text in [
            "",
            "lake",
            "/srv/lake",
            "file://",
            "file:///",
            "file:////",
            "file://srv/lake",
            "file:///srv/../lake",
            "file:///a%20b",
            "file:///a#1",
            "file:///a?b",
            "file:///a*",
            "file:///a\tb",
            "s3://",
            "s3:///a",
            "s3://lake//a",
            "s3://lake/a//b",
            "s3://lake/a/../b",
            "s3://lake/.",
            "s3://..",
            "s3://lake/a b",
            "s3://lake/湖",
            "s3://key:secret@lake/a",
            "s3://lake?x=1",
            "s3a://lake",
            "https://lake",
            "S3://lake",
        ] {
            assert_eq!(LakeUrl::parse(text), None, "{text}");
        }
    }
}
