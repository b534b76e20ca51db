import type { Browser } from '@chatdesk/widget/client'
import { clock, day } from '@chatdesk/widget/parts'
import { Line } from './line.tsx'

const DEVICES: Record<string, string> = {
  desktop: 'Desktop',
  mobile: 'Phone',
  tablet: 'Tablet',
  bot: 'Bot',
  other: 'Other',
}

/** A country by its two letters, in the reader's language; the letters, where they are no country that is known. */
export function countryName(code: string, locale?: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code
  } catch {
    return code
  }
}

/** What a visitor's browser shows of itself, and where it seems to be. */
export function Device({ browser }: { browser: Browser }) {
  const { device_type, os, country, city, ip_address, last_seen_at } = browser
  const place = [city, country && countryName(country)].filter(Boolean).join(', ')
  return (
    <>
      <h3>Last seen with</h3>
      <dl>
        {device_type && <Line term="Device">{DEVICES[device_type] ?? device_type}</Line>}
        {browser.browser && <Line term="Browser">{browser.browser}</Line>}
        {os && <Line term="System">{os}</Line>}
        {place && <Line term="Place">{place}</Line>}
        {ip_address && <Line term="IP address">{ip_address}</Line>}
        <Line term="When">
          {day(last_seen_at, Date.now())}, {clock(last_seen_at)}
        </Line>
      </dl>
    </>
  )
}
