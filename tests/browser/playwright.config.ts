import { defineConfig } from '@playwright/test'

const root = typeof process.getuid === 'function' && process.getuid() === 0

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/browser',
  // Each test kills and restarts a gateway of its own; on two cores they would only slow each other down.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHATDESK_CHROMIUM ?? '/usr/bin/chromium',
      // Chromium's own sandbox does not start for root.
      args: ['--disable-background-networking', ...(root ? ['--no-sandbox'] : [])],
    },
    trace: 'retain-on-failure',
  },
})
