import { defineConfig } from '@playwright/test'

const root = typeof process.getuid === 'function' && process.getuid() === 0

const QUIET = 'widget/lighthouse.spec.ts'

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/browser',
  // Two files at a time: what shares a gateway or restarts one does so within its file.
  workers: 2,
  // Two browsers, a gateway and Postgres share two cores. What passes at the second attempt is told as flaky, and is to be
  // looked into; what does not has failed.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  projects: [
    { name: 'pages', testMatch: '*.spec.ts', testIgnore: ['widget/**', 'firefox/**'] },
    { name: 'widget', testMatch: 'widget/*.spec.ts', testIgnore: QUIET },
    // Measures, so nothing else may run beside it.
    { name: 'measured', testMatch: QUIET, workers: 1 },
    // Drives the system's Firefox, where there is one.
    { name: 'firefox', testMatch: 'firefox/*.spec.ts', workers: 1 },
  ],
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
