import { gzipSync } from 'node:zlib'
import { build, type UserConfig } from 'vite'
import { expect, test, vi } from 'vitest'
import panel from '../vite.config.ts'
import { loader } from '../vite.loader.config.ts'

/** What every page that embeds the widget loads, in bytes, gzipped. */
const LOADER = 5_500
/** What a page loads once the chat is wanted: the loader, and the panel with Preact, client and styles in it. */
const ALL = 38_500

/** Builds without writing anything, and gives each script's bytes, gzipped. */
async function scripts(config: UserConfig): Promise<Record<string, number>> {
  const root = new URL('..', import.meta.url).pathname
  const built = await build({
    ...config,
    root,
    configFile: false,
    logLevel: 'silent',
    build: { ...config.build, write: false },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap(one => ('output' in one ? one.output : []))
  return Object.fromEntries(
    outputs.flatMap(file =>
      file.type === 'chunk' ? [[file.fileName, gzipSync(file.code, { level: 9 }).length]] : [],
    ),
  )
}

test('the widget stays small', { timeout: 60_000 }, async () => {
  // Else the build is one for development.
  vi.stubEnv('NODE_ENV', 'production')
  const sizes = { ...(await scripts(panel)), ...(await scripts(loader('panel-00000000.js'))) }
  const all = Object.values(sizes).reduce((sum, size) => sum + size, 0)
  console.log('gzipped bytes', sizes, 'together', all)
  expect(sizes['widget.js']).toBeLessThanOrEqual(LOADER)
  expect(all).toBeLessThanOrEqual(ALL)
})
