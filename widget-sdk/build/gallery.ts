import { join } from 'node:path'
import { build, type Plugin } from 'vite'

const root = join(import.meta.dirname, '..')

/** The fake gateway hashes with Node's `crypto`; in a browser, with ours. */
const hash: Plugin = {
  name: 'gallery-hash',
  enforce: 'pre',
  resolveId: id => (id === 'node:crypto' ? join(root, 'src/gallery/hash.ts') : undefined),
}

/** dist/gallery/: the script of the demo's gallery. No part of the widget: it brings the gateway that is made up. */
export async function buildGallery(): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [hash],
    build: {
      target: 'es2022',
      outDir: 'dist/gallery',
      emptyOutDir: true,
      reportCompressedSize: false,
      lib: {
        entry: 'src/gallery/gallery.ts',
        formats: ['iife'],
        name: 'gallery',
        fileName: () => 'gallery.js',
      },
    },
  })
}
