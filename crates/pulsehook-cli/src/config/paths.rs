//! The paths of the endpoints, none of which may reach another one.

/// The paths so far, and whether a secret is the segment after each.
#[derive(Default)]
pub(super) struct Paths(Vec<(String, bool)>);

impl Paths {
    /// Adds the path of an endpoint, or says what is wrong with it.
    pub(super) fn add(&mut self, path: &str, secret_in_path: bool) -> Result<(), &'static str> {
        check(path)?;
        if secret_in_path && path.ends_with('/') {
            return Err(
                "the secret is the segment after this path, so the path must not end with a slash; \
                 \"/hooks/withings\", for example, is called as /hooks/withings/SECRET",
            );
        }
        for (other, others_secret_in_path) in &self.0 {
            if other == path {
                return Err("another endpoint has the same path; give each its own");
            }
            let reaches = |short: &str, takes_more: bool, long: &str| {
                takes_more && is_segment_below(long, short)
            };
            if reaches(path, secret_in_path, other) || reaches(other, *others_secret_in_path, path)
            {
                return Err(
                    "one of the endpoints takes a secret as the segment after its path, where \
                     another has its path; give them paths that do not overlap",
                );
            }
        }
        self.0.push((path.to_owned(), secret_in_path));
        Ok(())
    }
}

/// Tells whether a path is another one and one more segment.
fn is_segment_below(long: &str, short: &str) -> bool {
    long.strip_prefix(short)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|segment| !segment.contains('/'))
}

/// A path is matched as it stands: the router's patterns would make two endpoints overlap.
fn check(path: &str) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#"{}*?#<>"\^`|"#.contains(&byte);
    if !path.starts_with('/') {
        Err("a path must start with a slash, for example \"/hooks/metriport\"")
    } else if !path.bytes().all(plain) || path.split('/').any(|part| part.starts_with(':')) {
        Err(
            "a path is matched as it stands, without patterns: letters, digits, slashes, hyphens \
             and the like, no blanks, `{`, `}`, `*`, `?`, `#`, and no part that starts with `:`",
        )
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_is_a_secret_reaches_no_other_endpoint() {
        for (first, second, fits) in [
            (("/hooks", true), ("/hooks/other", false), false),
            (("/hooks/other", false), ("/hooks", true), false),
            (("/hooks/other", true), ("/hooks", true), false),
            (("/hooks", true), ("/hooks/other/more", false), true),
            (("/hooks", true), ("/hooks/other", true), false),
            (("/hooks/other", true), ("/hooks", false), true),
            (("/hooks/other", true), ("/hooks/more", true), true),
            (("/hooks", true), ("/hooks/", false), false),
            (("/hooks", true), ("/hooksother", false), true),
            (("/hooks", true), ("/hooks", false), false),
            (("/hooks", false), ("/hooks/other", false), true),
            (("/a", true), ("/b", true), true),
        ] {
            let mut paths = Paths::default();
            paths.add(first.0, first.1).unwrap();
            let added = paths.add(second.0, second.1);
            assert_eq!(added.is_ok(), fits, "{first:?} {second:?} {added:?}");
        }
    }
}
