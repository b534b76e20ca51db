import { REFUSED_AS, type Refusal } from '../client/index.ts'

/** What a refusal is called: for the site's developer, and as an event's code. */
export function explain(refusal: Refusal, widgetKey: string): { code: string; message: string } {
  switch (refusal.code) {
    case REFUSED_AS.not_found:
      return {
        code: 'not_found',
        message: `no widget answers to the key ${widgetKey}: it is unknown or switched off`,
      }
    case REFUSED_AS.origin_refused:
      return {
        code: 'origin_refused',
        message: `${location.origin} is not among this widget's allowed domains`,
      }
    default:
      return {
        code: refusal.error?.code ?? 'unauthenticated',
        message: `the gateway refused the connection: ${refusal.error?.text ?? refusal.reason} (${refusal.code})`,
      }
  }
}
