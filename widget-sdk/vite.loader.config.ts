import { readFileSync } from 'node:fs'
import { defineConfig, type UserConfig } from 'vite'

const root = import.meta.dirname
const json = (path: string) => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'))

/** How /widget.js is built, given the name that the panel's build came to. */
export function loader(panel: string): UserConfig {
  return {
    define: {
      PANEL: JSON.stringify(`widget/${panel}`),
      VERSION: JSON.stringify(json('package.json').version),
    },
    build: {
      target: 'es2022',
      // As for the panel.
      cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
      outDir: 'dist',
      emptyOutDir: false,
      lib: { entry: 'src/index.ts', formats: ['iife'], name: 'chatdesk', fileName: () => 'widget.js' },
    },
  }
}

export default defineConfig(() => loader(json('dist/widget/manifest.json')['src/ui/panel.tsx'].file))
