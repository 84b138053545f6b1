//! A person at a browser: pages, forms, cookies, no more.

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use url::{Url, form_urlencoded};

/// What a person does with the pages of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    Consents,
    CancelsAtLogin,
    CancelsAtConsent,
}

/// A browser that was never used before.
#[derive(Debug)]
pub(crate) struct Browser {
    client: reqwest::Client,
    cookies: Vec<Cookie>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    path: String,
    value: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { client: client.build().unwrap(), cookies: Vec::new() }
    }

    /// Opens an address of the provider and does as the person wants, until the provider sends them elsewhere.
    /// Returns where to.
    pub(crate) async fn visit(&mut self, url: &Url, login: &str, person: Person) -> Url {
        let provider = url.origin();
        let mut next = self.client.get(url.clone());
        let mut here = url.clone();
        for _ in 0..20 {
            let answer = self.send(&here, next).await;
            let status = answer.status();
            if let Some(location) = answer.headers().get(LOCATION) {
                here = here.join(location.to_str().unwrap()).unwrap();
                if here.origin() != provider {
                    return here;
                }
                next = self.client.get(here.clone());
                continue;
            }
            let page = answer.text().await.unwrap();
            assert!(status.is_success(), "{here} answers {status}: {page}");
            let prompt = between(&page, "name=\"prompt\" value=\"", "\"");
            let cancels = match prompt {
                "login" => person == Person::CancelsAtLogin,
                "consent" => person == Person::CancelsAtConsent,
                other => panic!("an unknown page: {other}"),
            };
            if cancels {
                let link = page.split("<a ").find(|link| link.contains("Cancel")).unwrap();
                here = between(link, "href=\"", "\"").parse().unwrap();
                next = self.client.get(here.clone());
            } else {
                here = between(&page, "action=\"", "\"").parse().unwrap();
                let fields = [("prompt", prompt), ("login", login), ("password", "any")];
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                let request = self.client.post(here.clone());
                next = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
            }
        }
        panic!("the provider never lets go");
    }

    async fn send(&mut self, url: &Url, request: reqwest::RequestBuilder) -> reqwest::Response {
        let fitting = self.cookies.iter().filter(|cookie| url.path().starts_with(&cookie.path));
        let pairs: Vec<String> = fitting.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let answer = request.header(COOKIE, pairs.join("; ")).send().await.unwrap();
        for header in answer.headers().get_all(SET_COOKIE) {
            self.keep(header.to_str().unwrap());
        }
        answer
    }

    fn keep(&mut self, header: &str) {
        let mut parts = header.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap_or("/");
        self.cookies.retain(|known| (known.name.as_str(), known.path.as_str()) != (name, path));
        // An empty one is the provider's way of taking it back.
        if !value.is_empty() {
            self.cookies.push(Cookie { name: name.into(), path: path.into(), value: value.into() });
        }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}
