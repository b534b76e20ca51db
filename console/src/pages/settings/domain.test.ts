import { expect, test } from 'vitest'
import { domainFrom } from './domain.ts'

test.each([
  ['shop.example', 'shop.example'],
  [' Shop.Example ', 'shop.example'],
  ['*.shop.example', '*.shop.example'],
  ['https://shop.example/cart?x=1#top', 'shop.example'],
  ['http://localhost:3000', 'localhost'],
  ['127.0.0.1:8080', '127.0.0.1'],
  ['bücher.example', 'xn--bcher-kva.example'],
])('%s means %s', (text, domain) => expect(domainFrom(text)).toBe(domain))

test.each([
  '',
  '*',
  '*.',
  'a b',
  'a..b',
  '-shop.example',
  'shop_.example',
  'ada@shop.example',
  '*.*.example',
  '[::1]',
])('%j is no host', text => expect(domainFrom(text)).toBeUndefined())
