import { expect, test } from 'vitest'
import { contrast, palette, parseColor, textOn } from './contrast.ts'

test('colours are parsed in both lengths and nothing else', () => {
  expect(parseColor('#3B82F6')).toEqual([59, 130, 246])
  expect(parseColor('#f80')).toEqual([255, 136, 0])
  for (const bad of ['red', '3B82F6', '#3B82F', '#3B82F6FF', 'rgb(1,2,3)', '']) {
    expect(parseColor(bad), bad).toBeUndefined()
  }
})

test('the ratio is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#ffffff', '#ffffff')).toBe(1)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})

test('text is white on dark colours and dark on light ones', () => {
  expect(textOn('#1e3a8a')).toBe('#ffffff')
  expect(textOn('#fde047')).toBe('#111827')
})

test('every brand colour gets readable text, icons and links', () => {
  for (let hue = 0; hue < 16; hue++) {
    for (const level of ['00', '55', 'aa', 'ff']) {
      const byte = (hue * 17).toString(16).padStart(2, '0')
      for (const brand of [`#${byte}${level}80`, `#${level}${byte}30`, `#40${level}${byte}`]) {
        const colors = palette(brand)
        expect(contrast(colors.fill, colors.on), `${brand} text`).toBeGreaterThanOrEqual(4.5)
        expect(contrast(colors.brand, colors.icon), `${brand} icon`).toBeGreaterThanOrEqual(3)
        expect(contrast(colors.onLight, '#ffffff'), `${brand} on light`).toBeGreaterThanOrEqual(4.5)
        expect(contrast(colors.onDark, '#111827'), `${brand} on dark`).toBeGreaterThanOrEqual(4.5)
      }
    }
  }
})

test('the default blue keeps white text by being a little darker, and its bubble as it is', () => {
  const colors = palette('#3B82F6')
  expect(colors).toMatchObject({ brand: '#3B82F6', icon: '#ffffff', on: '#ffffff' })
  expect(colors.fill).not.toBe('#3B82F6')
})
