import { defineConfig } from 'vite'

export default defineConfig({
  base: '/console/',
  build: {
    target: 'es2022',
    // The console's policy allows no data: fonts or styles: every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
