import { defineConfig } from 'vitest/config'
import { asFunctions } from './build/closures.ts'
import { emoji } from './build/emoji.ts'
import { RENDERER } from './build/renderer.ts'

// The console has preact and classes, the widget's build src/render and functions: both must do.
export default defineConfig({
  plugins: [emoji()],
  test: {
    setupFiles: ['src/words/setup.ts'],
    projects: [
      { extends: true, test: { name: 'preact', exclude: ['src/render/wrong.test.tsx', 'node_modules/**'] } },
      {
        extends: true,
        plugins: [asFunctions()],
        resolve: { alias: RENDERER },
        test: { name: 'render', include: ['src/{ui,parts,render,rules,state}/**/*.test.{ts,tsx}'] },
      },
    ],
  },
})
