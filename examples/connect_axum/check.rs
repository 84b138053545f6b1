//! Three people use the server: two of one tenant, one of another.

use acquaint::google_calendar::SCOPE_EVENTS;
use acquaint::{Acquaint, Error, Result, Verdict, What};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use url::Url;

use crate::browser::{Browser, Page};
use crate::sandbox::Sandboxes;

const ANA: &str = "ana@acme.example";
const BEN: &str = "ben@acme.example";
const CARA: &str = "cara@globex.example";

/// What is left out of the CRM's consent, to be asked for again.
const CONTACTS: &str = "crm.objects.contacts.read";

/// What has been seen so far.
#[derive(Debug, Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn that(&mut self, what: &str, holds: bool, seen: &Page) {
        if holds {
            println!("ok      {what}");
        } else {
            self.failed += 1;
            println!("FAILED  {what}\n{} {}", seen.status, seen.text);
        }
    }
}

/// Whether all is as it should be.
pub(crate) async fn run(acquaint: &Acquaint, product: &Url, sandboxes: &Sandboxes) -> Result<bool> {
    let mut report = Report::default();
    preflight(acquaint, product, sandboxes, &mut report).await?;
    let mut ana = log_in(product, ANA, &mut report).await?;
    let mut ben = log_in(product, BEN, &mut report).await?;
    let mut cara = log_in(product, CARA, &mut report).await?;
    strangers(product, &mut report).await?;
    connecting(&mut ana, &mut cara, sandboxes, &mut report).await?;
    refusals(&mut ana, &mut ben, &mut cara, sandboxes, &mut report).await?;
    told(acquaint, &mut ana, sandboxes, &mut report).await?;
    narrowed(&mut cara, sandboxes, &mut report).await?;
    without_consent(&mut ana, &mut cara, sandboxes, &mut report).await?;
    tenants(&mut ana, &mut cara, &mut report).await?;
    disconnecting(&mut ana, &mut cara, sandboxes, &mut report).await?;
    stopped(&mut ben, sandboxes, &mut report).await?;
    println!("{}", if report.failed == 0 { "all as it should be" } else { "something went wrong" });
    Ok(report.failed == 0)
}

/// What is wrong at the providers is known before anybody is sent to one.
async fn preflight(
    acquaint: &Acquaint,
    product: &Url,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let mut elsewhere = product.clone();
    elsewhere.set_path("/elsewhere");
    sandboxes.register(&elsewhere);
    let found = acquaint.preflight().await?;
    // HubSpot's page does not say what it refuses.
    let named = found.checks.iter().any(|check| {
        let Verdict::Wrong { fix, .. } = &check.verdict else { return false };
        check.what == What::Redirect && fix.contains(product.as_str())
    });
    let seen = Page { status: 0, text: found.to_string(), to: None };
    report.that("the preflight says which redirect is not registered at Google", named, &seen);
    sandboxes.register(product);
    Ok(())
}

async fn log_in(product: &Url, user: &str, report: &mut Report) -> Result<Browser> {
    let mut browser = Browser::new(product)?;
    let page = browser.post("/login", &[("user", user)]).await?;
    let kept = ["HttpOnly", "SameSite=Lax"].iter().all(|attribute| browser.cookie.contains(attribute));
    report.that(&format!("{user} logs in, and scripts and other sites cannot use the cookie"), kept, &page);
    Ok(browser)
}

/// Without a session nothing happens, and following a link changes nothing.
async fn strangers(product: &Url, report: &mut Report) -> Result<()> {
    let mut nobody = Browser::new(product)?;
    for path in ["/connect/calendar", "/reconnect/x", "/disconnect/x", "/sync"] {
        let page = nobody.post(path, &[("mirrored", "erase")]).await?;
        report.that(&format!("nobody can post to {path} without a session"), page.status == 401, &page);
        let page = nobody.get(path).await?;
        report.that(&format!("a link to {path} does nothing"), page.status == 405, &page);
    }
    Ok(())
}

/// Begins, consents and comes back.
async fn connect(browser: &mut Browser, path: &str) -> Result<Page> {
    let back = begin(browser, path).await?;
    browser.visit(&back).await
}

/// Begins and consents; gives the address of the callback.
async fn begin(browser: &mut Browser, path: &str) -> Result<Url> {
    let sent = browser.post(path, &[]).await?;
    browser.consent(sent.to).await
}

async fn connecting(
    ana: &mut Browser,
    cara: &mut Browser,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let page = connect(ana, "/connect/calendar").await?;
    report.that("ana connects her calendar", page.text.contains("ana@acme.example is connected."), &page);
    let page = connect(ana, "/connect/crm").await?;
    report.that("ana connects acme's CRM", page.text.contains("1001 is connected."), &page);
    let page = connect(cara, "/connect/calendar").await?;
    report.that("cara connects her calendar", page.text.contains("cara@globex.example is connected."), &page);
    ana.host = Some("evil.example");
    let page = ana.post("/connect/calendar", &[]).await?;
    ana.host = None;
    let own = page.to.as_ref().is_some_and(|page| {
        let mut pairs = page.query_pairs();
        pairs.any(|(name, value)| name == "redirect_uri" && value.starts_with(ana.product.as_str()))
    });
    report.that("whatever host a request names, people come back here", own, &page);
    let page = ana.get("/notices").await?;
    report.that("the product is told", page.text.matches(": was connected").count() == 2, &page);
    let page = ana.post("/connect/nonsense", &[]).await?;
    report.that("there is nothing else to connect", page.status == 400, &page);
    let calls = sandboxes.google.oauth().calls();
    report.that("each code was exchanged once", calls.exchanges == 2, &page);
    Ok(())
}

/// The provider calls the server, and is believed.
async fn told(
    acquaint: &Acquaint,
    ana: &mut Browser,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let page = ana.post("/sync", &[]).await?;
    let open = sandboxes.google.channels();
    let own = open.iter().filter(|channel| channel.account == ANA).count();
    report.that("reading a calendar opens channels for it and its list", own == 2, &page);
    let hints = || acquaint.received().hints;
    let near = (Utc::now() - TimeDelta::days(3), Utc::now() + TimeDelta::days(3));
    let event = sandboxes.google.events(ANA, near.0, near.1).into_iter().next();
    let id = event.and_then(|event| event["id"].as_str().map(str::to_owned)).unwrap_or_default();
    let call = |title: &str| {
        let named = sandboxes.google.patch_event(ANA, &id, json!({ "summary": title }));
        named.map_err(|error| Error::bug(error.to_string()))
    };
    call("Initech follow-up")?;
    for _ in 0..100 {
        if hints() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    report.that("an edit is told to this server within seconds", hints() == 1, &page);
    let forged = ana.post("/acquaint/push/google-calendar", &[]).await?;
    report.that("what is no notification is refused", forged.status == 400, &forged);
    let page = ana.post("/sync", &[]).await?;
    let home = ana.get("/").await?;
    report.that("and is there after the next sync", home.text.contains("Initech follow-up"), &page);
    call("Initech review with ana@acme.example")?;
    ana.post("/sync", &[]).await?;
    Ok(())
}

async fn refusals(
    ana: &mut Browser,
    ben: &mut Browser,
    cara: &mut Browser,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let oauth = sandboxes.google.oauth();
    for (who, stranger) in [("cara of another tenant", &mut *cara), ("ana of the same tenant", &mut *ana)] {
        let back = begin(ben, "/connect/calendar").await?;
        let page = stranger.visit(&back).await?;
        let refused = page.text.contains("begun by somebody else");
        report.that(&format!("{who} cannot finish what ben began"), refused, &page);
        let page = ben.visit(&back).await?;
        let ended = page.text.contains("dealt with already");
        report.that("and neither can ben, once it was in other hands", ended, &page);
    }

    oauth.deny_consent(true);
    let page = connect(ben, "/connect/calendar").await?;
    report.that("ben says no, and is told so", page.text.contains("You said no"), &page);
    oauth.deny_consent(false);
    oauth.untick_scopes([SCOPE_EVENTS]);
    let page = connect(ben, "/connect/calendar").await?;
    report.that("ben unticks what everything needs", page.text.contains("what was unticked"), &page);
    oauth.untick_scopes([""; 0]);
    let page = ben.get("/").await?;
    report.that("nothing of ben's is connected", !page.text.contains("connected by ben"), &page);

    let back = begin(ben, "/connect/calendar").await?;
    let page = ben.visit(&back).await?;
    report.that("ben connects his calendar", page.text.contains("ben@acme.example is connected."), &page);
    let page = ben.visit(&back).await?;
    report.that(
        "a second look at the callback does nothing",
        page.text.contains("dealt with already"),
        &page,
    );
    let mut forged = back;
    forged.set_query(Some("code=4/0x&state=guessed"));
    let page = ben.visit(&forged).await?;
    report.that("a guessed callback does nothing", page.text.contains("did not begin here"), &page);

    let own = id(&ben.get("/").await?, "ana@acme.example")?;
    let mut sent = ben.post(&format!("/reconnect/{own}"), &[]).await?;
    // On the consent page people may choose another account than the one that they are offered.
    sent.to = sent.to.map(|page| choose(&page, BEN));
    let back = ben.consent(sent.to).await?;
    let page = ben.visit(&back).await?;
    let told = page.text.contains("You chose ben@acme.example, but it is ana@acme.example");
    report.that("another account cannot take the place of ana's", told, &page);
    Ok(())
}

/// The same consent page for another account.
fn choose(page: &Url, account: &str) -> Url {
    let mut chosen = page.clone();
    let others = page.query_pairs().filter(|(name, _)| name != "login_hint");
    chosen.query_pairs_mut().clear().extend_pairs(others).append_pair("login_hint", account);
    chosen
}

/// Part of the permissions, then the rest.
async fn narrowed(cara: &mut Browser, sandboxes: &Sandboxes, report: &mut Report) -> Result<()> {
    sandboxes.hubspot.oauth().untick_scopes([CONTACTS]);
    let page = connect(cara, "/connect/crm").await?;
    report.that("cara withholds contacts, and is told", page.text.contains("we cannot read contacts"), &page);
    sandboxes.hubspot.oauth().untick_scopes([""; 0]);
    let page = cara.get("/").await?;
    let lacks = page.text.contains(&format!("lacks {CONTACTS}"));
    report.that("her CRM is listed with what it lacks", lacks, &page);
    let crm = id(&page, "2002")?;
    let page = connect(cara, &format!("/reconnect/{crm}")).await?;
    report.that("she allows the rest", page.text.contains("2002 is connected."), &page);
    let page = cara.get("/").await?;
    report.that("and it lacks nothing", !page.text.contains("lacks"), &page);
    Ok(())
}

/// A token that is pasted, and a service account that one tenant's administrator has allowed.
async fn without_consent(
    ana: &mut Browser,
    cara: &mut Browser,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let token = sandboxes.hubspot.static_token(1001, &["crm.objects.companies.read", CONTACTS]);
    let token = token.map_err(|error| Error::bug(error.to_string()))?;
    let page = ana.post("/connect/crm/token", &[("token", "pat-na1-wrong")]).await?;
    report.that("a token that the provider does not know is refused", page.status == 403, &page);
    let page = ana.post("/connect/crm/token", &[("token", &token)]).await?;
    report.that("acme's CRM goes on with a token", page.text.contains("1001 is connected."), &page);
    let page = ana.get("/").await?;
    report.that("it is still one connection", page.text.matches("crm: ").count() == 1, &page);

    let page = ana.post("/connect/calendar/delegated", &[]).await?;
    report.that("acme has not allowed the service account", page.status == 403, &page);
    let page = cara.post("/connect/calendar/delegated", &[]).await?;
    let connected = page.text.contains("cara@globex.example is connected.");
    report.that("cara's calendar goes on with it: globex has", connected, &page);
    Ok(())
}

/// No tenant sees or touches anything of another.
async fn tenants(ana: &mut Browser, cara: &mut Browser, report: &mut Report) -> Result<()> {
    for browser in [&mut *ana, &mut *cara] {
        let page = browser.post("/sync", &[]).await?;
        report.that("what is connected is read", page.status == 200, &page);
    }
    let hers = ana.get("/").await?;
    let (calendar, crm) = (id(&hers, ANA)?, id(&hers, "1001")?);
    report.that("acme has its two meetings", hers.text.contains("2 meetings matter"), &hers);
    for path in ["/", "/notices"] {
        let page = cara.get(path).await?;
        let foreign = ["acme", "Initech", "1001", calendar.as_str(), crm.as_str()];
        let clean = !foreign.iter().any(|word| page.text.contains(word));
        report.that(&format!("cara sees nothing of acme at {path}"), clean, &page);
    }
    let page = cara.get("/").await?;
    let shown = page.text.contains("1 meetings matter") && page.text.contains("Umbrella review");
    report.that("cara sees her own", shown, &page);
    report.that(
        "what people are called cannot be markup",
        page.text.contains("Cara &lt;Globex &amp; Sons&gt;"),
        &page,
    );
    for path in [format!("/reconnect/{calendar}"), format!("/disconnect/{calendar}")] {
        let page = cara.post(&path, &[("mirrored", "erase")]).await?;
        report.that("cara cannot touch ana's calendar", page.status == 404, &page);
    }
    let page = ana.get("/").await?;
    report.that("it is all still there", page.text == hers.text, &page);
    Ok(())
}

async fn disconnecting(
    ana: &mut Browser,
    cara: &mut Browser,
    sandboxes: &Sandboxes,
    report: &mut Report,
) -> Result<()> {
    let calendar = id(&ana.get("/").await?, ANA)?;
    let path = format!("/disconnect/{calendar}");
    let page = ana.post(&path, &[("mirrored", "keep")]).await?;
    report.that("ana's calendar is disconnected", page.text.contains("has forgotten our access"), &page);
    let revoked = sandboxes.google.oauth().calls().revocations;
    report.that("the provider was asked to forget it", revoked == 1, &page);
    let page = ana.get("/").await?;
    let kept = page.text.contains("disconnected 2") && page.text.contains("2 meetings matter");
    report.that("what was read of it is kept", kept, &page);
    let page = ana.post(&path, &[("mirrored", "erase")]).await?;
    report.that("then it is erased", page.text.contains(" 1 records were erased"), &page);
    ana.post("/sync", &[]).await?;
    let page = ana.get("/").await?;
    let gone = !page.text.contains(&calendar) && page.text.contains("1 meetings matter");
    report.that("connection and meeting are gone; ben's are there", gone, &page);
    let page = cara.get("/").await?;
    report.that("cara has lost nothing", page.text.contains("1 meetings matter"), &page);
    let cookie = ana.cookie.clone();
    ana.post("/logout", &[]).await?;
    ana.cookie = cookie;
    let page = ana.get("/").await?;
    report.that("after logging out the old cookie opens nothing", page.status == 401, &page);
    Ok(())
}

/// Somebody takes the product's access back at the provider.
async fn stopped(ben: &mut Browser, sandboxes: &Sandboxes, report: &mut Report) -> Result<()> {
    sandboxes.google.oauth().revoke_account(BEN);
    for _ in 0..2 {
        let page = ben.post("/sync", &[]).await?;
        report.that("what ben has taken back at the provider is not read", page.status == 403, &page);
    }
    let page = ben.get("/notices").await?;
    report.that(
        "the product is told once",
        page.text.matches("needs to be authorised again").count() == 1,
        &page,
    );
    let page = ben.get("/").await?;
    report.that("his calendar is listed as stopped", page.text.contains("has stopped"), &page);
    let page = connect(ben, &format!("/reconnect/{}", id(&page, BEN)?)).await?;
    report.that("ben connects it again", page.text.contains("ben@acme.example is connected."), &page);
    let page = ben.post("/sync", &[]).await?;
    report.that("and it goes on", page.status == 200, &page);
    Ok(())
}

/// The id of the connection that is listed with a label.
fn id(page: &Page, label: &str) -> Result<String> {
    let row = page.text.lines().filter(|line| line.contains("/reconnect/")).find(|line| {
        // The label stands before who connected it.
        line.split_once(", connected by").is_some_and(|(before, _)| before.contains(label))
    });
    let (_, rest) = row.and_then(|row| row.split_once("/reconnect/")).ok_or_else(|| {
        Error::bug(format!("no connection is labelled {label}: {} {}", page.status, page.text))
    })?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}
