import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Built } from './build.ts'

const root = join(import.meta.dirname, '..')
/** What the package's types are made of: its entry, and what that hands on. The rest of the source is nobody's business. */
const NEEDED = ['npm/index.d.ts', 'api.d.ts']

/** dist/npm/package.json: that folder is what would be published, and can be installed as it is. */
export function manifest(): Built {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entry = { types: './index.d.ts', default: './index.js' }
  const manifest = { name, version, license, type: 'module', sideEffects: false, exports: { '.': entry } }
  return { path: 'npm/package.json', content: `${JSON.stringify(manifest, null, 2)}\n` }
}

/** dist/npm/: the types of the package, for whoever has neither this source nor its compiler options. */
export function types(): Built[] {
  const out = mkdtempSync(join(tmpdir(), 'chatdesk-types-'))
  try {
    const tsc = join(root, '../node_modules/.bin/tsc')
    execFileSync(tsc, ['-p', join(root, 'build/types.json'), '--outDir', out], { stdio: 'inherit' })
    return NEEDED.map(path => {
      // The compiler leaves the source's endings; beside each other, both are found by every way of resolving.
      const content = readFileSync(join(out, path), 'utf8').replaceAll("'../api.ts'", "'./api.js'")
      return { path: `npm/${basename(path)}`, content }
    })
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}
