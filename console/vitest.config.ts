import { defineConfig } from 'vitest/config'
import { emoji } from '../widget-sdk/build/emoji.ts'

export default defineConfig({
  plugins: [emoji()],
  test: { include: ['src/**/*.test.{ts,tsx}'], testTimeout: 5_000 },
})
