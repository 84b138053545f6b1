//! Somebody's browser, as far as the check needs one: a cookie, and redirects taken one at a time.

use acquaint::{Error, Result};
use reqwest::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, redirect};
use url::{Url, form_urlencoded};

/// One person's browser.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    /// Any address of the product.
    pub(crate) product: Url,
    /// What the product asked it to keep, attributes included.
    pub(crate) cookie: String,
    /// What it tells the product that the product is called, if not the truth.
    pub(crate) host: Option<&'static str>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// Where it leads.
    pub(crate) to: Option<Url>,
}

impl Browser {
    /// A browser without a cookie.
    pub(crate) fn new(product: &Url) -> Result<Self> {
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
        Ok(Self {
            client: client.map_err(failed)?,
            product: product.clone(),
            cookie: String::new(),
            host: None,
        })
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Page> {
        let url = self.at(path)?;
        self.send(Method::GET, url, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Page> {
        let url = self.at(path)?;
        self.send(Method::POST, url, form).await
    }

    /// Visits a consent page, whose person agrees or refuses at once; gives the address that they are sent back to,
    /// not visited yet.
    pub(crate) async fn consent(&mut self, page: Option<Url>) -> Result<Url> {
        let page = page.ok_or_else(|| Error::bug("nobody was sent to a consent page"))?;
        let answer = self.send(Method::GET, page, &[]).await?;
        answer.to.ok_or_else(|| Error::bug(format!("the consent page answers {}", answer.status)))
    }

    /// Goes to an address that somebody else gave.
    pub(crate) async fn visit(&mut self, url: &Url) -> Result<Page> {
        self.send(Method::GET, url.clone(), &[]).await
    }

    fn at(&self, path: &str) -> Result<Url> {
        self.product.join(path).map_err(|error| Error::bug("no address").with_source(error))
    }

    async fn send(&mut self, method: Method, url: Url, form: &[(&str, &str)]) -> Result<Page> {
        let own = url.origin() == self.product.origin();
        let mut request = self.client.request(method.clone(), url.clone());
        // The product's cookie goes to the product alone.
        if let (true, Some((cookie, _))) = (own, self.cookie.split_once(';')) {
            request = request.header(COOKIE, cookie);
        }
        if let (true, Some(host)) = (own, self.host) {
            request = request.header(HOST, host);
        }
        if method == Method::POST {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.map_err(failed)?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if let (true, Some(cookie)) = (own, header(SET_COOKIE)) {
            self.cookie = cookie.to_owned();
        }
        let to = header(LOCATION).and_then(|location| url.join(location).ok());
        let status = response.status().as_u16();
        Ok(Page { status, to, text: response.text().await.map_err(failed)? })
    }
}

/// Addresses hold codes: they stay out of errors.
fn failed(error: reqwest::Error) -> Error {
    Error::unavailable(error.without_url())
}
