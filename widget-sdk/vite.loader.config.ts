import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

const root = import.meta.dirname
const json = (path: string) => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'))

// /widget.js. Built after the panel, whose name it must know.
export default defineConfig({
  define: {
    PANEL: JSON.stringify(`widget/${json('dist/widget/manifest.json')['src/ui/panel.tsx'].file}`),
    VERSION: JSON.stringify(json('package.json').version),
  },
  build: {
    target: 'es2022',
    // Older ones get no stand-ins for what these understand: the README says which browsers the widget is for.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    outDir: 'dist',
    emptyOutDir: false,
    lib: { entry: 'src/index.ts', formats: ['iife'], name: 'chatdesk', fileName: () => 'widget.js' },
  },
})
