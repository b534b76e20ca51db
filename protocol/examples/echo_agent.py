#!/usr/bin/env python3
"""A bot that is an agent: it answers each visitor's text with the same text, once, whatever breaks or restarts.
Written from ../SPEC.md, whose sections the comments name.

    pip install -r requirements.txt
    python echo_agent.py --email agent@demo.test --password chatdesk-demo
"""
import argparse, asyncio, itertools, json, random, sys, urllib.error, urllib.request
from enum import IntEnum
from http.cookies import SimpleCookie

import msgpack
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

Op = IntEnum("Op", {"HELLO": 1, "WELCOME": 2, "PING": 3, "PONG": 4, "ERROR": 5, "SEND": 18, "ENTRY": 20, "STORED": 21,
                    "FOLLOW": 22, "REPLAY": 23, "READ": 27, "INBOX": 48, "INBOX_PAGE": 49, "SUMMARY": 50})
RESUME_CURSORS = 100  # section 19


def login(base, email, password):  # section 5
    body = json.dumps({"email": email, "password": password}).encode()
    request = urllib.request.Request(base + "/api/login", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return SimpleCookie(answer.headers["set-cookie"])["chatdesk_agent"].value


class Log:
    """What is known of one conversation: how far, which texts wait for their echo, which are pending."""

    def __init__(self):
        self.cursor, self.live, self.pending, self.unanswered, self.answered = 0, False, {}, {}, set()


class EchoAgent:
    def __init__(self, args):
        self.args, self.token, self.bound = args, None, 0.25
        self.logs, self.refs, self.asked = {}, itertools.count(1), {}  # asked: ref → the request, for another try

    async def request(self, op, body):
        self.asked[ref := next(self.refs)] = op, body
        await self.ws.send(msgpack.packb([op, ref, body]))

    async def welcomed(self, agent):
        self.me, self.bound = agent["member"]["id"], 0.25
        for conversation in list(self.logs)[RESUME_CURSORS:]:
            await self.follow(conversation)
        await self.request(Op.INBOX, {"limit": 100})

    async def follow(self, conversation):
        log = self.logs.setdefault(conversation, Log())
        await self.request(Op.FOLLOW, {"conversation": conversation, "cursor": log.cursor})

    async def listed(self, summary):  # section 12
        if summary["conversation"] not in self.logs:
            await self.follow(summary["conversation"])

    async def replayed(self, page):  # section 9
        log = self.logs[page["summary"]["conversation"]]
        if page["reset"]:
            log.cursor = (page["entries"][0]["seq"] if page["entries"] else page["summary"]["head"] + 1) - 1
        for entry in page["entries"]:
            await self.place(entry)
        if not page["more"]:
            log.live, log.pending = True, {}
            await self.echo(page["summary"]["conversation"])

    async def place(self, entry):  # section 8: an entry or a stored
        log, key = self.logs[entry["conversation"]], (entry["sender"]["id"], entry["client_id"])
        if "seq" not in entry:
            return log.pending.setdefault(key, entry)
        # stored tells no content. What the bot sends itself it need not look up: its echoes need no answer.
        own = {"content": {"kind": "text"}} if key[0] == self.me else {}
        entry = own | log.pending.pop(key, {}) | entry
        if entry["seq"] == log.cursor + 1 and "content" in entry:
            log.cursor += 1
            if key[0] == self.me:
                log.answered.add(entry["client_id"])
                log.unanswered.pop(entry["client_id"], None)
            elif entry["sender"]["kind"] == "visitor" and entry["content"]["kind"] == "text":
                # Named after the entry that it answers: a restart makes the same name, and so no second echo.
                if (client_id := f"echo-{entry['id']}") not in log.answered:
                    log.unanswered[client_id] = entry
            if log.live:
                await self.echo(entry["conversation"], entry["id"])
        elif entry["seq"] > log.cursor and log.live:  # a gap
            log.live = False
            await self.follow(entry["conversation"])

    async def echo(self, conversation, only=None):  # section 7; `unanswered` is the outbox
        for client_id, entry in list(self.logs[conversation].unanswered.items()):
            if only in (None, entry["id"]):
                print(f"{entry['seq']} {entry['content']['text']}", flush=True)
                await self.request(Op.READ, {"conversation": conversation, "seq": entry["seq"]})
                content = {"kind": "text", "text": entry["content"]["text"]}
                await self.request(Op.SEND, {"conversation": conversation, "client_id": client_id, "content": content})

    async def failed(self, ref, error):  # section 17
        op, body = self.asked.pop(ref, (None, {}))
        print(f"{op!r}: {error['code']}: {error['text']}", file=sys.stderr)
        if error["code"] == "unauthenticated":
            self.token = None  # and the socket is closed
        elif error["retryable"] and op in (Op.SEND, Op.FOLLOW, Op.INBOX):
            await asyncio.sleep(error["retry_ms"] / 1000)
            await self.request(op, body)

    async def take(self, op, ref, body):
        match op:
            case Op.PING: return await self.ws.send(msgpack.packb([Op.PONG, ref, {}]))
            case Op.ERROR: return await self.failed(ref, body)
            case Op.WELCOME: await self.welcomed(body["agent"])
            case Op.REPLAY: await self.replayed(body)
            case Op.ENTRY | Op.STORED: await self.place(body)
            case Op.SUMMARY: await self.listed(body)
            case Op.INBOX_PAGE:
                for summary in body["conversations"]:
                    await self.listed(summary)
                if "next" in body:
                    await self.request(Op.INBOX, {"limit": 100, "after": body["next"]})
        self.asked.pop(ref, None)

    async def session(self):
        self.token = self.token or await asyncio.to_thread(login, self.args.base, self.args.email, self.args.password)
        async with connect(self.args.base.replace("http", "ws", 1) + "/ws", subprotocols=["chatdesk.v1"]) as self.ws:
            resume = [{"conversation": c, "cursor": log.cursor} for c, log in self.logs.items()][:RESUME_CURSORS]
            await self.request(Op.HELLO, {"role": "agent", "token": self.token, "resume": resume})
            while message := await asyncio.wait_for(self.ws.recv(), 60):
                (frames := msgpack.Unpacker()).feed(message)
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
            for log in self.logs.values():
                log.live = False
            self.bound = min(self.bound * 2, 20)
            await asyncio.sleep(random.uniform(0, self.bound))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8080", help="the gateway")
    parser.add_argument("--email", default="agent@demo.test")
    parser.add_argument("--password", default="chatdesk-demo")
    asyncio.run(EchoAgent(parser.parse_args()).run())
