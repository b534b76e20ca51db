#!/usr/bin/env python3
"""A bot that is an agent: it echoes each text and each file's name, once, whatever breaks. Written from ../SPEC.md."""
import argparse, asyncio, enum, itertools, json, random, sys, urllib.error, urllib.request
from http.cookies import SimpleCookie
from types import SimpleNamespace
import msgpack
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

Op = enum.IntEnum("Op", {"HELLO": 1, "WELCOME": 2, "PING": 3, "PONG": 4, "ERROR": 5, "SEND": 18, "ENTRY": 20,
    "STORED": 21, "FOLLOW": 22, "REPLAY": 23, "READ": 27, "INBOX": 48, "INBOX_PAGE": 49, "SUMMARY": 50})


def login(base, email, password):  # section 5
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(base + "/api/login", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return SimpleCookie(answer.headers["set-cookie"])["chatdesk_agent"].value


class EchoAgent:
    def __init__(self, args):
        self.args, self.token, self.bound, self.live = args, None, 0.25, set()
        # live: conversations without a replay under way. logs: how far each is known, and what waits for its echo.
        self.logs, self.refs, self.asked = {}, itertools.count(1), {}  # asked: ref → the request, for another try

    async def request(self, op, body):
        self.asked[ref := next(self.refs)] = op, body
        await self.ws.send(msgpack.packb([op, ref, body]))

    async def welcomed(self, agent):
        self.me, self.bound = agent["member"]["id"], 0.25
        for conversation in list(self.logs)[500:]:  # what a hello cannot hold
            await self.follow(conversation)
        await self.request(Op.INBOX, {"limit": 100})

    async def follow(self, conversation):
        log = self.logs.setdefault(conversation, SimpleNamespace(cursor=0, pending={}, unanswered={}, answered=set()))
        self.live.discard(conversation)
        await self.request(Op.FOLLOW, {"conversation": conversation, "cursor": log.cursor})

    async def noticed(self, conversation, head=0):  # section 9
        log = self.logs.get(conversation)
        if not log or head > log.cursor and conversation in self.live:
            await self.follow(conversation)

    async def replayed(self, page):  # section 9
        log = self.logs[page["summary"]["conversation"]]
        if page["reset"]:
            log.cursor = (page["entries"][0]["seq"] if page["entries"] else page["summary"]["head"] + 1) - 1
        for entry in page["entries"]:
            await self.place(entry)
        if not page["more"]:
            log.pending = {}
            self.live.add(page["summary"]["conversation"])
            await self.echo(page["summary"]["conversation"])

    async def place(self, entry):  # section 8: an entry or a stored
        log, key = self.logs[entry["conversation"]], (entry["sender"]["id"], entry["client_id"])
        if "seq" not in entry:
            return log.pending.setdefault(key, entry)
        # A stored tells no content; the bot's own need none.
        own = {"content": {"kind": "text"}} if key[0] == self.me else {}
        entry = own | log.pending.pop(key, {}) | entry
        if entry["seq"] == log.cursor + 1 and "content" in entry:
            log.cursor += 1
            if key[0] == self.me:
                log.answered.add(entry["client_id"])
                log.unanswered.pop(entry["client_id"], None)
            elif entry["sender"]["kind"] == "visitor" and entry["content"]["kind"] in ("text", "attachment"):
                # Named after the entry that it answers: a restart makes the same name, and so no second echo.
                if (client_id := f"echo-{entry['id']}") not in log.answered:
                    log.unanswered[client_id] = entry
            if entry["conversation"] in self.live:
                await self.echo(entry["conversation"], entry["id"])
        else:  # a gap, if it is not known
            await self.noticed(entry["conversation"], entry["seq"])

    async def echo(self, conversation, only=None):  # section 7
        for client_id, entry in list(self.logs[conversation].unanswered.items()):
            if only in (None, entry["id"]):
                file = entry["content"].get("attachment")
                text = f"{file['name']}, {file['size']} bytes" if file else entry["content"]["text"]
                print(f"{entry['seq']} {text}", flush=True)
                await self.request(Op.READ, {"conversation": conversation, "seq": entry["seq"]})
                send = {"conversation": conversation, "content": {"kind": "text", "text": text}}
                await self.request(Op.SEND, send | {"client_id": client_id})

    async def failed(self, ref, error):  # section 20
        op, body = self.asked.pop(ref, (None, {}))
        print(f"{op!r}: {error['code']}: {error['text']}", file=sys.stderr)
        if error["code"] == "unauthenticated":
            self.token = None  # and the socket is closed
        elif error["retryable"]:
            await asyncio.sleep(error["retry_ms"] / 1000)
            if "conversation" in error:  # one of many that were to be resumed
                await self.follow(error["conversation"])
            elif op in (Op.SEND, Op.FOLLOW, Op.INBOX):
                await self.request(op, body)

    async def take(self, op, ref, body):
        match op:
            case Op.PING:
                await self.ws.send(msgpack.packb([Op.PONG, ref, {}]))
                for head in body.get("heads", []):
                    await self.noticed(head["conversation"], head["head"])
            case Op.ERROR: return await self.failed(ref, body)
            case Op.WELCOME: await self.welcomed(body["agent"])
            case Op.REPLAY: await self.replayed(body)
            case Op.ENTRY | Op.STORED: await self.place(body)
            case Op.SUMMARY: await self.noticed(body["conversation"])
            case Op.INBOX_PAGE:
                for summary in body["conversations"]:
                    await self.noticed(summary["conversation"])
                if "next" in body:
                    await self.request(Op.INBOX, {"limit": 100, "after": body["next"]})
        self.asked.pop(ref, None)

    async def session(self):
        self.token = self.token or await asyncio.to_thread(login, self.args.base, self.args.email, self.args.password)
        async with connect(self.args.base.replace("http", "ws", 1) + "/ws", subprotocols=["chatdesk.v1"]) as self.ws:
            resume = [{"conversation": c, "cursor": log.cursor} for c, log in self.logs.items()][:500]
            await self.request(Op.HELLO, {"role": "agent", "token": self.token, "resume": resume})
            while True:
                (frames := msgpack.Unpacker()).feed(await asyncio.wait_for(self.ws.recv(), 60))
                for op, ref, body, *_ in frames:
                    await self.take(op, ref, body)

    async def run(self):  # section 13
        while True:
            try:
                await self.session()
            except urllib.error.HTTPError as error:
                if error.code == 401:
                    sys.exit("the login is wrong")
            except (ConnectionClosed, InvalidHandshake, OSError) as error:
                if (closed := getattr(error, "rcvd", None)) and 4500 <= closed.code < 5000 and closed.code != 4501:
                    sys.exit(f"refused: {closed.code} {closed.reason}")
                print("connecting again:", error, file=sys.stderr)
            self.live, self.bound = set(), min(self.bound * 2, 20)
            await asyncio.sleep(random.uniform(0, self.bound))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8080", help="the gateway")
    parser.add_argument("--email", default="agent@demo.test")
    parser.add_argument("--password", default="chatdesk-demo")
    asyncio.run(EchoAgent(parser.parse_args()).run())
