// Writes a brotli and a gzip form beside each text file of the folders given, for the gateway to send as they are.
// usage: node tools/compress.mjs FOLDER…
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { gzipAsync } from '@gfx/zopfli'

const TEXT = /\.(css|html|js|json|svg)$/
/** Below this a compressed form saves less than its header costs. */
const MIN_BYTES = 512

for (const folder of process.argv.slice(2)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXT.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    if (bytes.length < MIN_BYTES) continue
    // Some 3% smaller than gzip at its best: it is done once, here, and not for each visitor.
    writeFileSync(`${path}.gz`, await gzipAsync(bytes, { numiterations: 15 }))
    const params = {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    }
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
  }
}
