import { locale } from '../words/words.ts'

const STEP = 1000
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte']

/** A file's length as people say it: `812 bytes`, `4.2 MB`. */
export function fileSize(bytes: number, tag = locale()): string {
  const power = bytes < STEP ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(STEP)), UNITS.length - 1)
  const count = bytes / STEP ** power
  return count.toLocaleString(tag, {
    style: 'unit',
    unit: UNITS[power],
    unitDisplay: power > 0 ? 'short' : 'long',
    maximumFractionDigits: power > 0 && count < 10 ? 1 : 0,
  })
}
