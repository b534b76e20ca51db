import { defineConfig } from 'vite'
import { emoji } from '../widget-sdk/build/emoji.ts'

export default defineConfig({
  base: '/console/',
  plugins: [emoji()],
  build: {
    target: 'es2022',
    // The console's policy allows no data: fonts or styles: every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
