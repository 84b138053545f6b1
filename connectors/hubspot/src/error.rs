//! How HubSpot words its refusals.
//!
//! See <https://developers.hubspot.com/docs/api-reference/error-handling> and
//! <https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines>.

use acquaint_core::http::{ErrorTable, Verdict};

const UNREACHABLE: &str = "if it lasts, tell HubSpot's support the correlation id";

/// The error table of the API. What it leaves out has its meaning in HTTP.
pub(crate) fn table() -> ErrorTable {
    ErrorTable::default()
        .reasons_at(["/category", "/policyName", "/errorType"])
        .on(403, "MISSING_SCOPES", Verdict::Forbidden)
        .advise("add the scopes that the stream needs to the HubSpot app and have the tenant connect again")
        .on(403, None, Verdict::Forbidden)
        .advise("ask an administrator of the HubSpot account for the permission, and check its subscription")
        .on(414, None, Verdict::Invalid)
        .advise("lower `url_limit` in the HubSpot connector's configuration")
        .on(423, None, Verdict::SlowDown(2))
        .on(429, "DAILY", Verdict::QuotaExhausted)
        .advise("it resets at midnight in the time zone of the HubSpot account")
        .on(429, "TEN_SECONDLY_ROLLING", Verdict::SlowDown(10))
        .on(429, None, Verdict::SlowDown(1))
        // The account is being moved to another region; `Retry-After` says for how long, up to a day.
        .on(477, None, Verdict::Unavailable)
        .advise("HubSpot is moving the account to another data centre; nothing has to be done")
        .on(488, None, Verdict::Misconfigured)
        .advise("make the configuration with `HubSpotConfig::in_region`, for the region of the account")
        // HubSpot says to come back after 521, 523 and 524, and to ask about these: its own servers do not answer its front.
        .on(522, None, Verdict::Unavailable)
        .advise(UNREACHABLE)
        .on(525, None, Verdict::Unavailable)
        .advise(UNREACHABLE)
        .on(526, None, Verdict::Unavailable)
        .advise(UNREACHABLE)
}

#[cfg(test)]
mod tests {
    use acquaint_core::ErrorKind;
    use acquaint_core::http::Response;

    use super::*;

    #[test]
    fn refusals_mean_what_hubspot_documents() {
        let daily = include_str!("../tests/payloads/429_daily.json");
        let burst = include_str!("../tests/payloads/429_ten_secondly.json");
        let search = include_str!("../tests/payloads/429_search.json");
        let scopes = include_str!("../tests/payloads/403_missing_scopes.json");
        let expired = include_str!("../tests/payloads/401_expired.json");
        let validation = include_str!("../tests/payloads/400_validation.json");
        let missing =
            r#"{"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}"#;
        let html = "<html><body>Bad Gateway</body></html>";
        for (status, body, verdict, reason) in [
            (400, validation, Verdict::Invalid, Some("VALIDATION_ERROR")),
            (401, expired, Verdict::Unauthorized, Some("EXPIRED_AUTHENTICATION")),
            (401, "", Verdict::Unauthorized, None),
            (403, scopes, Verdict::Forbidden, Some("MISSING_SCOPES")),
            (403, "{}", Verdict::Forbidden, None),
            (404, missing, Verdict::NotFound, Some("OBJECT_NOT_FOUND")),
            (409, "{}", Verdict::Invalid, None),
            (414, html, Verdict::Invalid, None),
            (423, "{}", Verdict::SlowDown(2), None),
            (429, daily, Verdict::QuotaExhausted, Some("DAILY")),
            (429, burst, Verdict::SlowDown(10), Some("TEN_SECONDLY_ROLLING")),
            (429, search, Verdict::SlowDown(1), Some("RATE_LIMIT")),
            (429, "", Verdict::SlowDown(1), None),
            (477, "{}", Verdict::Unavailable, None),
            (488, "{}", Verdict::Misconfigured, None),
            (500, "{}", Verdict::Unavailable, None),
            (502, html, Verdict::Unavailable, None),
            (503, "", Verdict::Unavailable, None),
            (504, "", Verdict::Unavailable, None),
            (521, html, Verdict::Unavailable, None),
            (523, html, Verdict::Unavailable, None),
            (522, html, Verdict::Unavailable, None),
            (524, html, Verdict::Unavailable, None),
            (525, html, Verdict::Unavailable, None),
            (526, html, Verdict::Unavailable, None),
            (530, html, Verdict::Unavailable, None),
            (599, "", Verdict::Unavailable, None),
            (302, "", Verdict::Unavailable, None),
        ] {
            let mut response = Response::new(body.into());
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
            let refusal = table().judge(&response);
            assert_eq!(refusal.verdict, verdict, "{status} {body}");
            assert_eq!(refusal.reason.as_deref(), reason, "{status} {body}");
        }
    }

    #[test]
    fn a_missing_scope_says_what_to_do_next() {
        let mut response = Response::new(include_str!("../tests/payloads/403_missing_scopes.json").into());
        *response.status_mut() = http::StatusCode::FORBIDDEN;
        let error = table().judge(&response).into_error(None);
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert!(error.advice().is_some_and(|advice| advice.contains("scopes")));
        assert!(!error.to_string().contains("deals"), "no part of the body is shown");
    }

    #[test]
    fn what_hubspots_own_servers_refuse_its_front_is_a_matter_for_its_support() {
        let advice = |status: u16| {
            let mut response = Response::new("<html>".into());
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
            table().judge(&response).into_error(None).advice().map(str::to_owned)
        };
        for status in [522, 525, 526] {
            assert!(advice(status).is_some_and(|advice| advice.contains("support")), "{status}");
        }
        for status in [500, 502, 503, 504, 521, 523, 524, 530] {
            assert_eq!(advice(status), None, "{status}");
        }
    }
}
