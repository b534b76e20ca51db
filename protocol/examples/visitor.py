#!/usr/bin/env python3
"""A visitor of a ChatDesk widget: it says, sends a file, hears answers. Written from ../SPEC.md, section by section."""
import argparse, asyncio, enum, hashlib, itertools, json, mimetypes, pathlib, random, sys, uuid
import msgpack
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

Op = enum.IntEnum("Op", {"HELLO": 1, "WELCOME": 2, "PING": 3, "PONG": 4, "ERROR": 5, "START": 16, "STARTED": 17,
    "SEND": 18, "ENTRY": 20, "STORED": 21, "FOLLOW": 22, "REPLAY": 23, "READ": 27, "UPLOAD_OPEN": 64,
    "UPLOAD_READY": 65, "UPLOAD_CHUNK": 66, "UPLOAD_CREDIT": 67, "UPLOAD_DONE": 68})


class Visitor:
    def __init__(self, args):
        self.args, self.path, self.data = args, pathlib.Path(args.state), args.file and args.file.read_bytes()
        self.kept = {"token": None, "start": str(uuid.uuid4()), "outbox": {}}  # outbox: client_id → content
        self.kept |= json.loads(self.path.read_text()) if self.path.exists() else {}
        self.conversation, self.cursor, self.pending, self.live = None, 0, {}, False
        self.replies, self.refs, self.asked, self.bound, self.upload = 0, itertools.count(1), {}, 0.25, None

    async def request(self, op, body, ref=None):
        if ref is None:
            self.asked[ref := next(self.refs)] = op, body  # for another try
        await self.ws.send(msgpack.packb([op, ref, body]))

    async def send(self, key, content):  # section 7
        self.kept["outbox"][key] = content
        if self.live:
            await self.request(Op.SEND, {"conversation": self.conversation, "client_id": key, "content": content})

    async def hello(self):  # section 5
        body = {"role": "visitor", "widget_key": self.args.key, "agent": "visitor.py", "features": ["uploads"]}
        body |= {"token": self.kept["token"]} if self.kept["token"] else {}
        body |= {"resume": [{"conversation": self.conversation, "cursor": self.cursor}]} if self.conversation else {}
        await self.request(Op.HELLO, body)

    async def welcomed(self, visitor):
        self.bound, self.me, self.kept["token"] = 0.25, visitor["visitor"], visitor.get("token", self.kept["token"])
        self.conversation = self.conversation or visitor.get("conversation", {}).get("conversation")
        if not self.conversation:  # section 10; the same start again, should this socket break before its answer
            given = dict(answer.split("=", 1) for answer in self.args.answer)
            keys = [field["key"] for field in visitor["form"]["fields"] if visitor["form"]["enabled"]]
            answers = [{"key": key, "value": given[key]} for key in keys if key in given]
            await self.request(Op.START, {"client_id": self.kept["start"], "answers": answers})

    async def replayed(self, page):  # section 9
        if page["reset"]:
            self.cursor = (page["entries"][0]["seq"] if page["entries"] else page["summary"]["head"] + 1) - 1
        for entry in page["entries"]:
            await self.place(entry)
        if not page["more"]:
            self.pending, self.live = {}, True
            for key, content in list(self.kept["outbox"].items()):
                await self.send(key, content)
            await self.open()

    async def place(self, entry):  # section 8: an entry or a stored
        key = (entry["sender"]["id"], entry["client_id"])
        if "seq" not in entry:
            return self.pending.setdefault(key, entry)
        known = self.pending.pop(key, {})  # a stored has no content
        if key[0] == self.me and key[1] in self.kept["outbox"]:  # the acknowledgement
            known = {"content": self.kept["outbox"].pop(key[1])}
        content, sender = (known | entry).get("content"), entry["sender"]["kind"]
        if entry["seq"] != self.cursor + 1 or not content:
            return await self.missed(entry["seq"])
        self.cursor += 1
        if content["kind"] in ("text", "attachment"):
            print(f"{self.cursor} {sender}: {content.get('text') or content['attachment']['name']}", flush=True)
            self.replies += sender == "agent"
        await self.request(Op.READ, {"conversation": self.conversation, "seq": self.cursor}, 0)

    async def missed(self, head):  # section 9: a gap, if there is one; while a replay is under way, that has it
        if head > self.cursor and self.live:
            self.live = False
            await self.request(Op.FOLLOW, {"conversation": self.conversation, "cursor": self.cursor})

    async def open(self, again=False):  # section 16
        if self.data and (again or not self.upload):
            self.upload, name, sha256 = "opening", self.args.file.name, hashlib.sha256(self.data).hexdigest()
            key = f"{self.conversation}-{sha256[:27]}"  # whenever this file is sent to this conversation
            about = {"name": name, "size": len(self.data), "type": mimetypes.guess_type(name)[0], "sha256": sha256}
            await self.request(Op.UPLOAD_OPEN, {"conversation": self.conversation, "client_id": key} | about)

    async def chunks(self, upload, end):  # as far as the credit goes
        while upload == self.upload and (chunk := self.data[self.sent : min(end, self.sent + 16384)]):
            await self.request(Op.UPLOAD_CHUNK, {"upload": upload, "offset": self.sent, "bytes": chunk}, 0)
            self.sent += len(chunk)

    async def failed(self, op, body, error):  # section 20
        if op == Op.HELLO and error["code"] == "unauthenticated":  # section 5
            self.kept["token"], self.conversation, self.cursor = None, None, 0
            await self.hello()
        elif op == Op.SEND and not error["retryable"]:
            print("not sent:", self.kept["outbox"].pop(body["client_id"], None), error["text"], file=sys.stderr)
        elif error["retryable"] or "upload" in error and error.get("field") not in ("sha256", "type"):
            await asyncio.sleep(error["retry_ms"] / 1000)
            await (self.open(again=True) if "upload" in error else self.request(op, body))
        else:
            sys.exit(f"{error['code']}: {error['text']}")

    async def take(self, op, ref, body):
        match op:
            case Op.PING:
                await self.request(Op.PONG, {}, ref)
                await self.missed(max([head["head"] for head in body.get("heads", [])], default=0))
            case Op.ERROR: await self.failed(*self.asked.pop(ref, (Op.PING, {})), body)
            case Op.WELCOME: await self.welcomed(body["visitor"])
            case Op.STARTED: self.conversation = body["conversation"]["conversation"]
            case Op.REPLAY: await self.replayed(body)
            case Op.ENTRY | Op.STORED: await self.place(body)
            case Op.UPLOAD_READY: self.upload, self.sent = body["upload"], body["offset"]
            case Op.UPLOAD_DONE:
                self.data = self.upload = None
                await self.send(body["client_id"], {"kind": "attachment", "attachment": body["attachment"]})
        if op in (Op.UPLOAD_READY, Op.UPLOAD_CREDIT):
            await self.chunks(body["upload"], body["offset"] + body["credit"])

    async def run(self):  # section 13
        while True:
            try:
                async with connect(self.args.url, subprotocols=["chatdesk.v1"]) as self.ws:
                    await self.hello()
                    while self.kept["outbox"] or self.data or self.replies < self.args.until_reply:
                        (frames := msgpack.Unpacker()).feed(await asyncio.wait_for(self.ws.recv(), 60))
                        for op, ref, body, *_ in frames:
                            await self.take(op, ref, body)
                        self.path.write_text(json.dumps(self.kept))
                    return
            except (ConnectionClosed, InvalidHandshake, OSError) as error:
                if (closed := getattr(error, "rcvd", None)) and 4500 <= closed.code < 5000:
                    sys.exit(f"refused: {closed.code} {closed.reason}")
                print("connecting again:", error, file=sys.stderr)
            self.live, self.upload, self.asked, self.bound = False, None, {}, min(self.bound * 2, 20)
            await asyncio.sleep(random.uniform(0, self.bound))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="ws://127.0.0.1:8080/ws")
    parser.add_argument("--key", default="wk_demo", help="the widget's key")
    parser.add_argument("--state", default="visitor.json", help="file that keeps the token and the outbox")
    parser.add_argument("--answer", action="append", default=[], metavar="KEY=VALUE", help="to a field of the form")
    parser.add_argument("--say", action="append", default=[], metavar="TEXT")
    parser.add_argument("--file", type=pathlib.Path, help="to upload and send")
    parser.add_argument("--until-reply", type=int, metavar="N", default=0, help="end after N messages of agents")
    visitor = Visitor(parser.parse_args())
    visitor.kept["outbox"] |= {str(uuid.uuid4()): {"kind": "text", "text": text} for text in visitor.args.say}
    asyncio.run(visitor.run())
