#!/usr/bin/env python3
"""A visitor of a ChatDesk widget, on a terminal. Written from ../SPEC.md, whose sections the comments name.

    pip install -r requirements.txt
    python visitor.py --name Ada --email ada@example.org
    python visitor.py --say Hello --say "Is anybody there?" --until-reply 2
"""
import argparse, asyncio, itertools, json, pathlib, random, sys, threading, uuid
from enum import IntEnum

import msgpack
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

Op = IntEnum("Op", {"HELLO": 1, "WELCOME": 2, "PING": 3, "PONG": 4, "ERROR": 5, "START": 16, "STARTED": 17, "SEND": 18,
                    "ENTRY": 20, "STORED": 21, "FOLLOW": 22, "REPLAY": 23, "READ": 27})


class Visitor:
    def __init__(self, args):
        self.args, self.file = args, pathlib.Path(args.state)
        self.kept = {"token": None, "start": None, "outbox": {}}  # outbox: client_id → text, until it is stored
        self.kept |= json.loads(self.file.read_text()) if self.file.exists() else {}
        self.conversation, self.cursor, self.pending, self.live = None, 0, {}, False
        self.replies, self.refs, self.sends, self.bound = 0, itertools.count(10), {}, 0.25

    def keep(self):
        self.file.write_text(json.dumps(self.kept))

    async def request(self, op, body, ref=0):
        await self.ws.send(msgpack.packb([op, ref, body]))

    async def say(self, text):
        client_id = str(uuid.uuid4())
        self.kept["outbox"][client_id] = text
        self.keep()
        if self.live:
            await self.send(client_id)

    async def send(self, client_id):  # section 7
        self.sends[ref := next(self.refs)] = client_id
        content = {"kind": "text", "text": self.kept["outbox"][client_id]}
        send = {"conversation": self.conversation, "client_id": client_id, "content": content}
        await self.request(Op.SEND, send, ref)

    async def hello(self):  # section 5
        body = {"role": "visitor", "widget_key": self.args.key, "agent": "visitor.py"}
        body |= {"token": self.kept["token"]} if self.kept["token"] else {}
        body |= {"resume": [{"conversation": self.conversation, "cursor": self.cursor}]} if self.conversation else {}
        await self.request(Op.HELLO, body, 1)

    async def welcomed(self, visitor):
        self.bound = 0.25
        self.me, self.kept["token"] = visitor["visitor"], visitor.get("token", self.kept["token"])
        self.conversation = self.conversation or visitor.get("conversation", {}).get("conversation")
        if not self.conversation:  # section 10; the same start again, should this socket break before its answer
            self.kept["start"] = self.kept["start"] or str(uuid.uuid4())
            given = {"name": self.args.name, "email": self.args.email} | dict(a.split("=", 1) for a in self.args.answer)
            keys = [field["key"] for field in visitor["form"]["fields"] if visitor["form"]["enabled"]]
            answers = [{"key": key, "value": given[key]} for key in keys if given.get(key)]
            await self.request(Op.START, {"client_id": self.kept["start"], "answers": answers}, 2)
        self.keep()

    async def replayed(self, page):  # section 9
        if page["reset"]:
            self.cursor = (page["entries"][0]["seq"] if page["entries"] else page["summary"]["head"] + 1) - 1
        for entry in page["entries"]:
            await self.place(entry)
        if not page["more"]:
            self.pending, self.live = {}, True
            for client_id in list(self.kept["outbox"]):
                await self.send(client_id)

    async def place(self, entry):  # section 8: an entry or a stored
        key = (entry["sender"]["id"], entry["client_id"])
        if "seq" not in entry:
            return self.pending.setdefault(key, entry)
        known = self.pending.pop(key, {})
        if key[0] == self.me and key[1] in self.kept["outbox"]:  # the acknowledgement
            known = {"sender": entry["sender"], "content": {"kind": "text", "text": self.kept["outbox"].pop(key[1])}}
            self.keep()
        entry = known | entry | {"sender": known.get("sender", entry["sender"])}  # stored has no content and no name
        if entry["seq"] == self.cursor + 1 and "content" in entry:
            self.cursor += 1
            if entry["content"]["kind"] == "text":
                name = entry["sender"].get("name", entry["sender"]["kind"])
                print(f"{self.cursor} {name}: {entry['content']['text']}", flush=True)
                self.replies += entry["sender"]["kind"] == "agent"
            await self.request(Op.READ, {"conversation": self.conversation, "seq": self.cursor})
        elif entry["seq"] > self.cursor and self.live:  # a gap; while a replay is under way, that has it
            self.live = False
            await self.request(Op.FOLLOW, {"conversation": self.conversation, "cursor": self.cursor}, 3)

    async def failed(self, ref, error):  # section 17
        client_id = self.sends.get(ref)
        if ref == 1 and error["code"] == "unauthenticated":  # section 5
            self.kept["token"], self.conversation, self.cursor = None, None, 0
            await self.hello()
        elif error["retryable"]:
            await asyncio.sleep(error["retry_ms"] / 1000)
            await (self.send(client_id) if client_id in self.kept["outbox"] else self.ws.close())
        elif client_id is None:
            sys.exit(f"{error['code']}: {error['text']}")
        else:
            print(f"not sent: {self.kept['outbox'].pop(client_id, '')}: {error['text']}", file=sys.stderr)
            self.keep()

    async def take(self, op, ref, body):
        match op:
            case Op.PING: await self.request(Op.PONG, {}, ref)
            case Op.WELCOME: await self.welcomed(body["visitor"])
            case Op.STARTED: self.conversation, self.kept["start"] = body["conversation"]["conversation"], None
            case Op.REPLAY: await self.replayed(body)
            case Op.ENTRY | Op.STORED: await self.place(body)
            case Op.ERROR: await self.failed(ref, body)

    async def run(self):  # section 13
        while True:
            try:
                async with connect(self.args.url, subprotocols=["chatdesk.v1"]) as self.ws:
                    await self.hello()
                    while self.kept["outbox"] or not self.live or self.replies < self.args.until_reply:
                        (frames := msgpack.Unpacker()).feed(await asyncio.wait_for(self.ws.recv(), 60))
                        for op, ref, body, *_ in frames:
                            await self.take(op, ref, body)
                    return
            except (ConnectionClosed, InvalidHandshake, OSError) as error:
                if (closed := getattr(error, "rcvd", None)) and 4500 <= closed.code < 5000:
                    sys.exit(f"refused: {closed.code} {closed.reason}")
                print("connecting again:", error, file=sys.stderr)
            self.live, self.sends = False, {}
            self.bound = min(self.bound * 2, 20)
            await asyncio.sleep(random.uniform(0, self.bound))


async def main(args):
    visitor, loop = Visitor(args), asyncio.get_running_loop()

    def typed():
        for line in filter(str.strip, sys.stdin):
            asyncio.run_coroutine_threadsafe(visitor.say(line.rstrip("\n")), loop)

    for text in args.say:
        await visitor.say(text)
    if not args.say:
        threading.Thread(target=typed, daemon=True).start()
    await visitor.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:8080/ws")
    parser.add_argument("--key", default="wk_demo", help="the widget's key")
    parser.add_argument("--state", default="visitor.json", help="file that keeps the token and the outbox")
    parser.add_argument("--name")
    parser.add_argument("--email")
    parser.add_argument("--answer", action="append", default=[], metavar="KEY=VALUE", help="to a field of the form")
    parser.add_argument("--say", action="append", default=[], metavar="TEXT", help="instead of what is typed")
    parser.add_argument("--until-reply", type=int, metavar="N", default=1 << 60, help="end after N texts of agents")
    asyncio.run(main(parser.parse_args()))
