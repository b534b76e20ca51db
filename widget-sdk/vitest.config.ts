import { defineConfig } from 'vitest/config'
import { emoji } from './build/emoji.ts'
import { RENDERER } from './build/renderer.ts'

// What is drawn is drawn by preact in the console and by src/render in the widget: both must do.
export default defineConfig({
  plugins: [emoji()],
  test: {
    setupFiles: ['src/words/setup.ts'],
    projects: [
      { extends: true, test: { name: 'preact', exclude: ['src/render/wrong.test.tsx', 'node_modules/**'] } },
      {
        extends: true,
        resolve: { alias: RENDERER },
        test: { name: 'render', include: ['src/{ui,parts,render,rules}/**/*.test.{ts,tsx}'] },
      },
    ],
  },
})
