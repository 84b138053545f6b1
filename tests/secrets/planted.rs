//! The secrets that the product and its people bring along, and what of theirs anybody may see.

use acquaint::Initiator;
use acquaint_testkit::sandbox::oauth::{TEST_KEY, test_key_file};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::server::Heard;

pub(crate) const ANA: &str = "ana@us.example";
pub(crate) const BEN: &str = "ben@us.example";
pub(crate) const PORTAL: u64 = 48_120_077;
pub(crate) const OTHER_PORTAL: u64 = 48_120_078;
pub(crate) const CLIENT: &str = "product.apps.example";
pub(crate) const CALLBACK: &str = "https://product.example/callback";
pub(crate) const ROBOT: &str = "robot@project.example";
pub(crate) const ROBOT_ID: &str = "107700000000000000042";

/// All that may stand in a client secret (RFC 6749 appendix A.2), and what each encoding spells otherwise.
pub(crate) const GOOGLE_SECRET: &str = "GOCSPX-n3w +/=&%?#\"'<>\\`{}|~^$;:,@! 7Qz";
pub(crate) const GOOGLE_SECRET_BEFORE: &str = "GOCSPX-b3f0re/+&=%25 \"\\ Xk2";
pub(crate) const HUBSPOT_SECRET: &str = "c0ffee5e-c4e7-4bad-8bad-5ec4e7c0ffee&=+%";
pub(crate) const WRONG_SECRET: &str = "wr0ng-secret+/=of-somebody-else";
pub(crate) const PRIVATE_APP: &str = "pat-na1-7d1fa3b2-90ac-4f0e-9b1d-5c9f3a77e021";
pub(crate) const PRIVATE_APP_WRONG: &str = "pat-na1-00bad000-1bad-4bad-8bad-000000000bad";
pub(crate) const OWN_CLIENT: &str = "tenant-client-7";
pub(crate) const OWN_SECRET: &str = "t3nant:client+secret/=&% \"quoted\"";
pub(crate) const OWN_ACCOUNT_KEY: &str = "account-key-0pen-5e5ame";
pub(crate) const DESK_PASSWORD: &str = "p\u{e4}ssw\u{f6}rd:with/\"all\"&+=% \\ of it";
pub(crate) const DESK_WRONG: &str = "not:the/p4ssword&at+all";
pub(crate) const METER_KEY: &str = "m3ter/key+with=all&of%it #1";
pub(crate) const METER_WRONG: &str = "Am3terKeyOfLettersAndDigitsAlone0000";
pub(crate) const SHELF_KEY: &str = "sh3lf-key-abcdef-0123456789";
pub(crate) const SHELF_WRONG: &str = "Sh3lfKeyWrong.abcdef-0123456789";
pub(crate) const SHELF_UNFIT: &str = "sh3lf key of\ntwo lines, unfit for a header";
pub(crate) const STAMP_KEY: &str = "st4mp-signing-key-9f8e7d6c";
pub(crate) const BLOT_KEY: &str = "bl0t-signing-key-that-is-no-number";
pub(crate) const PUSH_SECRET: &str = "9f2b7c41d05e8a3360b1f7e29c4d5a8812ef03ab77c6d9e45b10af38e6c2d794";
/// Two secrets of webhooks without what they begin with, and what makes an address one.
pub(crate) const HOOK_SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const NEXT_HOOK_SECRET: &str = "Zx7Lq2Vt9Rw4Ns8Kd1Jb6Hg3Fy5Cm0PeUaWi";
pub(crate) const HOOK_PATH: &str = "T0kenOfTheHook42abcdef";
pub(crate) const FOREIGN_SESSION: &str = "sess-8e1b94c55ddf-of-a-stranger";

/// A sealing key: bytes that repeat nowhere.
pub(crate) const fn key(start: u8) -> [u8; 32] {
    let mut key = [0; 32];
    let mut at = 0;
    while at < 32 {
        key[at] = start.wrapping_add((at as u8).wrapping_mul(73)) ^ (at as u8).wrapping_mul(29);
        at += 1;
    }
    key
}

pub(crate) const KEY: [u8; 32] = key(11);
pub(crate) const NEXT_KEY: [u8; 32] = key(87);
pub(crate) const WRONG_KEY: [u8; 32] = key(160);
pub(crate) const MASTER_KEY: [u8; 32] = key(201);

pub(crate) fn session(user: &str) -> String {
    format!("sess-5d41402abc4b2a76b9719d911017c592-{}", &user[..3])
}

/// A user of the product in a session of theirs.
pub(crate) fn me(user: &str) -> Initiator {
    Initiator::new(user, session(user))
}

/// The text of the service account's key file.
pub(crate) fn key_file() -> String {
    test_key_file(ROBOT, ROBOT_ID)
}

pub(crate) fn plant(heard: &Heard) {
    let texts = [
        ("client secret", GOOGLE_SECRET),
        ("former client secret", GOOGLE_SECRET_BEFORE),
        ("client secret", HUBSPOT_SECRET),
        ("wrong client secret", WRONG_SECRET),
        ("private app token", PRIVATE_APP),
        ("wrong private app token", PRIVATE_APP_WRONG),
        ("tenant's client secret", OWN_SECRET),
        ("tenant's account key", OWN_ACCOUNT_KEY),
        ("password", DESK_PASSWORD),
        ("secret of a subscription", PUSH_SECRET),
        ("wrong password", DESK_WRONG),
        ("API key", METER_KEY),
        ("wrong API key", METER_WRONG),
        ("API key", SHELF_KEY),
        ("wrong API key", SHELF_WRONG),
        ("unfit API key", SHELF_UNFIT),
        ("signing key", STAMP_KEY),
        ("signing key", BLOT_KEY),
        ("secret of a webhook", HOOK_SECRET),
        ("next secret of a webhook", NEXT_HOOK_SECRET),
        ("path of a webhook", HOOK_PATH),
        ("session", FOREIGN_SESSION),
    ];
    for (what, secret) in texts {
        heard.add(what, secret);
    }
    for user in [ANA, BEN] {
        heard.add("session", session(user));
    }
    for key in [KEY, NEXT_KEY, WRONG_KEY, MASTER_KEY] {
        heard.add("sealing key", key);
    }
    let lines: Vec<&str> = TEST_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    for line in &lines {
        heard.add("private key", line);
    }
    heard.add("private key, decoded", STANDARD.decode(lines.concat()).unwrap());
    for public in [ANA, BEN, CLIENT, CALLBACK, ROBOT, ROBOT_ID, OWN_CLIENT] {
        heard.public(public);
    }
}
