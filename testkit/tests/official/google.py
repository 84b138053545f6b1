"""Google's own client for Python, unchanged, against whatever answers at ROOT.

    ROOT=… HOOK=… OTHER=… CLIENT_ID=… CLIENT_SECRET=… REFRESH_TOKEN=… python -I google.py

It prints a line `ok NAME` for each step, and ends with an error at the first that fails. HOOK is where notifications
go; a GET there brings those received so far. There must be an account with a primary calendar and a second one whose
id is in OTHER, and a series with the id `weekly` on the primary one.
"""

import json
import os
import time
import urllib.request

import google.auth.transport.requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

ROOT, HOOK, OTHER = (os.environ[name] for name in ("ROOT", "HOOK", "OTHER"))


def done(step):
    print("ok", step, flush=True)


def refused(request, status, reason):
    """The request fails with this status, and the client tells the reason."""
    try:
        request.execute()
    except HttpError as error:
        assert error.resp.status == status, error
        if reason is not None:
            assert error.error_details[0]["reason"] == reason, error.error_details
        return
    raise AssertionError(f"nothing was refused with {status} {reason}")


def timed(title, day, hour):
    """An event of an hour in October 2026."""
    start, end = (
        {"dateTime": f"2026-10-{day:02}T{clock:02}:00:00", "timeZone": "Europe/Berlin"} for clock in (hour, hour + 1)
    )
    return {"summary": title, "start": start, "end": end}


def all_pages(collection, request):
    """Items of all pages, how many pages there were, and the last page."""
    items, pages, page = [], 0, None
    while request is not None:
        page = request.execute()
        items += page["items"]
        pages += 1
        request = collection.list_next(request, page)
    return items, pages, page


def received(channel):
    with urllib.request.urlopen(HOOK) as answer:
        return [one for one in json.load(answer) if one["x-goog-channel-id"] == channel]


def wait_for(channel, count):
    """The notifications of a channel, once there are so many."""
    until = time.monotonic() + 30
    while len(received(channel)) < count:
        assert time.monotonic() < until, f"{channel} was not told: {received(channel)}"
        time.sleep(0.02)
    return received(channel)


credentials = Credentials(
    token=None,
    refresh_token=os.environ["REFRESH_TOKEN"],
    token_uri=f"{ROOT}/token",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
)
credentials.refresh(google.auth.transport.requests.Request())
assert credentials.token and credentials.expiry and not credentials.expired
done("a token is refreshed")

service = build(
    "calendar",
    "v3",
    credentials=credentials,
    static_discovery=True,
    client_options={"api_endpoint": f"{ROOT}/calendar/v3/"},
)
events, calendars = service.events(), service.calendarList()

credentials.token = "ya29.of-yesterday"
service.calendars().get(calendarId="primary").execute()
assert credentials.token != "ya29.of-yesterday"
done("a dead token is renewed by a 401")

items, pages, _ = all_pages(calendars, calendars.list(maxResults=1))
assert pages == 2 and OTHER in [item["id"] for item in items], items
me = next(item["id"] for item in items if item.get("primary"))
done("calendars are listed page by page")

made = [events.insert(calendarId="primary", body=timed(f"m{hour}", 14, hour)).execute() for hour in range(9, 14)]
assert all(one["kind"] == "calendar#event" and one["organizer"]["self"] for one in made)
done("events are inserted")

items, pages, last = all_pages(events, events.list(calendarId="primary", maxResults=2))
assert pages == 3 and len(items) == 6 and "nextSyncToken" in last, (pages, items)
token = last["nextSyncToken"]
done("events are listed page by page")

heads = []
request = events.list(calendarId="primary")
request.add_response_callback(heads.append)
request.execute()
assert heads[0].get("-content-encoding") == "gzip", heads[0]
done("answers are compressed")

first = made[0]
patched = events.patch(calendarId="primary", eventId=first["id"], body={"location": "Oslo"}).execute()
assert (patched["location"], patched["summary"]) == ("Oslo", "m9") and patched["etag"] != first["etag"]
done("an event is patched")

request = events.update(calendarId="primary", eventId=first["id"], body=timed("lost", 14, 9))
request.headers["If-Match"] = first["etag"]
refused(request, 412, "conditionNotMet")
request = events.update(calendarId="primary", eventId=first["id"], body=timed("kept", 14, 9))
request.headers["If-Match"] = patched["etag"]
updated = request.execute()
assert updated["summary"] == "kept" and "location" not in updated
done("an event is updated only on the version that is named")

request = events.get(calendarId="primary", eventId=first["id"])
request.headers["If-None-Match"] = updated["etag"]
refused(request, 304, None)
done("a known version is not sent again")

moved = events.move(calendarId="primary", eventId=made[1]["id"], destination=OTHER).execute()
assert moved["id"] == made[1]["id"] and moved["organizer"]["email"] == OTHER
assert events.get(calendarId="primary", eventId=made[1]["id"]).execute()["status"] == "cancelled"
done("an event is moved to another calendar")

events.delete(calendarId="primary", eventId=made[2]["id"]).execute()
refused(events.delete(calendarId="primary", eventId=made[2]["id"]), 410, "deleted")
done("an event is deleted once")

imported = dict(timed("from elsewhere", 15, 9), iCalUID="abc@exchange.example")
assert events.import_(calendarId="primary", body=imported).execute()["iCalUID"] == "abc@exchange.example"
done("an event is imported")

window = {"timeMin": "2026-10-01T00:00:00Z", "timeMax": "2026-11-01T00:00:00Z", "maxResults": 3}
request, instances = events.instances(calendarId="primary", eventId="weekly", **window), []
while request is not None:
    page = request.execute()
    instances += page["items"]
    request = events.instances_next(request, page)
assert len(instances) == 4 and all(one["recurringEventId"] == "weekly" for one in instances), instances
done("a series shows its instances")

changes, _, last = all_pages(events, events.list(calendarId="primary", maxResults=2, syncToken=token))
changed = {one["id"]: one["status"] for one in changes}
assert changed[first["id"]] == "confirmed" and len(changed) == 4, changed
assert changed[made[1]["id"]] == changed[made[2]["id"]] == "cancelled", changed
done("changes come since the sync token")

rule = {"role": "reader", "scope": {"type": "user", "value": "somebody@northwind.example"}}
service.acl().insert(calendarId="primary", body=rule).execute()
gone = events.list(calendarId="primary", maxResults=2, syncToken=last["nextSyncToken"])
refused(gone, 410, "fullSyncRequired")
done("a dead sync token is gone")

page = events.list(calendarId="primary", maxResults=1, fields="nextPageToken,items(id,start/dateTime)").execute()
assert set(page) == {"nextPageToken", "items"} and set(page["items"][0]) == {"id", "start"}, page
refused(events.list(calendarId="primary", fields="items(nonsense)"), 400, "invalidParameter")
done("fields are selected")

busy = {"timeMin": "2026-10-14T00:00:00Z", "timeMax": "2026-10-15T00:00:00Z", "items": [{"id": me}]}
assert len(service.freebusy().query(body=busy).execute()["calendars"][me]["busy"]) == 2
assert service.settings().list().execute()["items"] and len(service.colors().get().execute()["event"]) == 11
done("busy times, settings and colours are read")

channels = {}
for name in ("one", "two"):
    body = {"id": name, "type": "web_hook", "address": HOOK, "token": f"t-{name}", "params": {"ttl": "3600"}}
    channels[name] = events.watch(calendarId="primary", body=body).execute()
    (sync,) = wait_for(name, 1)
    assert (sync["x-goog-resource-state"], sync["x-goog-message-number"]) == ("sync", "1"), sync
    assert sync["x-goog-channel-token"] == f"t-{name}", sync
    assert sync["x-goog-resource-id"] == channels[name]["resourceId"], sync
refused(events.watch(calendarId="primary", body=body), 400, "channelIdNotUnique")
done("a channel says that it is open")

events.insert(calendarId="primary", body=timed("pushed", 16, 9)).execute()
assert [one["x-goog-resource-state"] for one in wait_for("one", 2)] == ["sync", "exists"]
wait_for("two", 2)
done("a channel tells of a change")

stop = {"id": "one", "resourceId": channels["one"]["resourceId"]}
service.channels().stop(body=stop).execute()
refused(service.channels().stop(body=stop), 404, "notFound")
events.insert(calendarId="primary", body=timed("unheard", 16, 11)).execute()
wait_for("two", 3)
assert len(received("one")) == 2
done("a stopped channel is silent")
