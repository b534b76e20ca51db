// Builds all that the gateway serves and the npm package, into dist/.
import { runnerImport } from 'vite'

process.env.NODE_ENV = 'production'
const { module } = await runnerImport('./build/build.ts')
await module.buildAll(true)
const { module: pages } = await runnerImport('./build/gallery.ts')
await pages.buildGallery()
