// Builds all that the gateway serves and the npm package, into dist/.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runnerImport } from 'vite'

process.env.NODE_ENV = 'production'
const { module } = await runnerImport('./build/build.ts')
const files = await module.buildAll()
// Only now, and at once: a gateway may be serving from there.
rmSync('dist', { recursive: true, force: true })
for (const { path, content } of files) {
  const to = join('dist', path)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, content)
}
const { module: pages } = await runnerImport('./build/gallery.ts')
await pages.buildGallery()
