import { defineConfig, type Plugin } from 'vite'

/**
 * A second name for the panel that stays the same, for a loader which an older gateway served and which asks for a panel
 * that is not there any more.
 */
const alias: Plugin = {
  name: 'panel-alias',
  generateBundle(_, bundle) {
    const panel = Object.values(bundle).find(file => file.type === 'chunk' && file.isEntry)
    this.emitFile({ type: 'asset', fileName: 'panel.js', source: `export * from './${panel?.fileName}'\n` })
  },
}

// The panel: what the bubble opens, loaded when it is wanted. vite.loader.config.ts builds the script that loads it.
export default defineConfig({
  plugins: [alias],
  build: {
    target: 'es2022',
    // Older ones get no stand-ins for what these understand: the README says which browsers the widget is for.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    outDir: 'dist/widget',
    emptyOutDir: true,
    modulePreload: false,
    manifest: 'manifest.json',
    rollupOptions: {
      input: 'src/ui/panel.tsx',
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
