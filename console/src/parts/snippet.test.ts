import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { snippet } from './snippet.ts'

test('the snippet queues calls until the script has come', () => {
  expect(snippet('queue', 'https://chat.example', 'wk_demo')).toBe(`<script>
  window.chatdesk = window.chatdesk || function () {
    (chatdesk.q = chatdesk.q || []).push(arguments);
  };
  chatdesk('init', { widgetKey: 'wk_demo' });
</script>
<script async src="https://chat.example/widget.js"></script>`)
})

test('the direct form is one line', () => {
  expect(snippet('direct', 'https://chat.example', 'wk_demo')).toBe(
    '<script async src="https://chat.example/widget.js" data-widget-key="wk_demo"></script>',
  )
})

test('a key cannot break out of the code', () => {
  expect(snippet('direct', 'https://chat.example', '"><b>')).toContain('data-widget-key="&quot;><b>"')
  expect(snippet('queue', 'https://chat.example', "'</script>")).toContain("widgetKey: '\\x27\\x3c/script>'")
})

test('the README shows the same code', () => {
  const readme = readFileSync(new URL('../../../widget-sdk/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(snippet('queue', 'https://chat.example', 'wk_demo'))
  expect(readme).toContain(snippet('direct', 'https://chat.example', 'wk_demo'))
})
