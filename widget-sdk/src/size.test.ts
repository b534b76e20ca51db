import { brotliCompressSync, gzipSync } from 'node:zlib'
import { beforeAll, expect, test, vi } from 'vitest'
import { type Built, buildAll } from '../build/build.ts'

/** What every page that embeds the widget loads, in bytes of `gzip -9`, as all of these. */
const LOADER = 5_000
/** What it takes to open the window and talk: the loader, the panel, and what the panel cannot begin without. */
const OPEN = 37_900
/** What that should come to one day: printed beside it. The bound above only ever goes down. */
const AIM = 30_000
/** All scripts together, but for translations, emoji and the calls of other products. */
const ALL = 64_800
/** A script that is loaded when what it is for is asked for, by how its name begins. */
const AT_MOST = { 'shim/': 2_000, 'widget/words-': 4_500, 'widget/emoji-': 25_000 }
const ON_DEMAND = 5_000

type Script = Required<Built>

const gzip = ({ content }: Script) => gzipSync(content, { level: 9 }).length
const brotli = ({ content }: Script) => brotliCompressSync(content).length
const sum = (scripts: Script[], size: typeof gzip) =>
  scripts.reduce((total, script) => total + size(script), 0)

/** The scripts that start with `first`, and all that these import before they run. */
function closure(scripts: Script[], first: RegExp): Script[] {
  const found = new Set(scripts.filter(({ path }) => first.test(path)))
  for (const { imports } of found) {
    for (const script of scripts) if (imports.includes(script.path)) found.add(script)
  }
  return [...found]
}

/** What there is one of for each language, and only one is loaded. */
const aside = ({ path }: Script) => /^shim\/|^widget\/(words|emoji)-/.test(path)

let scripts: Script[] = []
let open: Script[] = []
let all: Script[] = []

beforeAll(async () => {
  // Else the build is one for development.
  vi.stubEnv('NODE_ENV', 'production')
  const isScript = (file: Built): file is Script =>
    file.imports !== undefined && !file.path.startsWith('npm/')
  scripts = (await buildAll()).filter(isScript)
  open = closure(scripts, /^widget\.js$|^widget\/panel-/)
  all = scripts.filter(script => !aside(script))
  const row = (name: string, ...of: Script[]) => ({ name, gzip: sum(of, gzip), brotli: sum(of, brotli) })
  console.table([
    ...scripts.map(script => row(script.path, script)),
    row('to open and talk', ...open),
    { name: 'to open and talk: the aim', gzip: AIM },
    row('all but words, emoji and shims', ...all),
  ])
}, 120_000)

test('what every page loads', () => {
  const loader = scripts.filter(({ path }) => path === 'widget.js')
  expect(loader).toHaveLength(1)
  expect(sum(loader, gzip)).toBeLessThanOrEqual(LOADER)
})

test('what it takes to open the window and talk', () => {
  expect(open.length).toBeGreaterThan(1)
  expect(sum(open, gzip)).toBeLessThanOrEqual(OPEN)
})

test('everything together', () => expect(sum(all, gzip)).toBeLessThanOrEqual(ALL))

test('what is loaded on demand, each', () => {
  const most = ({ path }: Script) =>
    Object.entries(AT_MOST).find(([begin]) => path.startsWith(begin))?.[1] ?? ON_DEMAND
  const tooBig = scripts.filter(script => !open.includes(script) && gzip(script) > most(script))
  expect(tooBig.map(({ path }) => path)).toEqual([])
})
