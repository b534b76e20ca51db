// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { expect, test } from 'vitest'
import { countryName, Device } from './device.tsx'

test('a country is called by its name, and what is none by what it says', () => {
  expect(countryName('NO', 'en')).toBe('Norway')
  expect(countryName('NO', 'de')).toBe('Norwegen')
  expect(countryName('ZZ1', 'en')).toBe('ZZ1')
})

test('what is known of a browser is told, and what is not is left out', () => {
  const root = document.createElement('div')
  const lines = () => [...root.querySelectorAll('.details-line')].map(line => line.textContent)
  const at = Date.now()
  const browser = {
    device_type: 'mobile',
    browser: 'Firefox 128',
    os: 'Android',
    country: 'NO',
    city: 'Bergen',
  }
  act(() => render(<Device browser={{ ...browser, last_seen_at: at }} />, root))
  expect(lines().slice(0, 4)).toEqual([
    'DevicePhone',
    'BrowserFirefox 128',
    'SystemAndroid',
    'PlaceBergen, Norway',
  ])
  act(() => render(<Device browser={{ device_type: 'fridge', last_seen_at: at }} />, root))
  expect(lines()).toHaveLength(2)
  expect(lines()[0]).toBe('Devicefridge')
})
