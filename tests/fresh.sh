#!/usr/bin/env bash
# ./start as a newcomer runs it: in a clone of its own, in a folder that only its owner may enter. Twice, to see that
# the second finds the first one's data; as root once more with the system's Postgres out of sight, for npm's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

READY_SECONDS=1200
PORT=18573
work=$(mktemp -d)
pid=
finish() {
  [ -z "$pid" ] || kill -TERM "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

git clone --quiet --no-hardlinks . "$work/chatdesk"
# Dependencies need not be built anew each time: what is fresh is the clone, its packages and its data.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/fresh
export CHATDESK_ADDR=127.0.0.1:$PORT
unset DATABASE_URL
cd "$work/chatdesk"

# begin COMMAND…: runs ./start through it, until it says that it is ready.
begin() {
  : >"$work/log"
  "$@" ./start >"$work/log" 2>&1 &
  pid=$!
  local waited=0
  until grep -q "^ready http://127.0.0.1:$PORT$" "$work/log"; do
    if ! kill -0 "$pid" 2>/dev/null || [ $((waited += 1)) -gt "$READY_SECONDS" ]; then
      cat "$work/log" >&2
      echo 'fresh: ./start did not get ready' >&2
      exit 1
    fi
    sleep 1
  done
}

# probe: health, readiness and the demo login.
probe() {
  node --input-type=module -e '
    const base = process.argv[1]
    for (const path of ["/healthz", "/readyz", "/demo", "/console", "/widget.js"]) {
      const { status } = await fetch(base + path)
      if (status !== 200) throw new Error(`${path}: ${status}`)
    }
    const answer = await fetch(base + "/api/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "owner@demo.test", password: "chatdesk-demo" }),
    })
    if (answer.status !== 200) throw new Error(`login: ${answer.status}`)
    console.log((await answer.json()).organization.id)
  ' "http://127.0.0.1:$PORT"
}

# end: stops it, and sees that it ends well and leaves no Postgres behind.
end() {
  kill -TERM "$pid"
  wait "$pid" || { cat "$work/log" >&2; echo 'fresh: it did not end well' >&2; exit 1; }
  pid=
  if [ -e .data/postgres/postmaster.pid ]; then
    echo 'fresh: Postgres was left running' >&2
    exit 1
  fi
}

begin
first=$(probe)
end
begin
second=$(probe)
end
[ "$first" = "$second" ] || { echo 'fresh: the second start did not find the data' >&2; exit 1; }
echo 'fresh: started, stopped, and found its data again'

if [ "$(id -u)" = 0 ] && command -v unshare >/dev/null 2>&1; then
  rm -rf .data
  begin unshare --mount sh -c 'mount -t tmpfs none /usr/lib/postgresql 2>/dev/null; exec "$@"' hidden
  probe >/dev/null
  end
  [ -d tools/postgres/node_modules ] || { echo 'fresh: npm’s Postgres was not used' >&2; exit 1; }
  echo 'fresh: started with Postgres from npm'
fi
