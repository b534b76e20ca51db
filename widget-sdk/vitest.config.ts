import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { setupFiles: ['src/words/setup.ts'] } })
