/** What a domain must look like, in words. */
export const DOMAIN_RULE = 'Use a host such as shop.example, or *.shop.example for its subdomains.'

/**
 * The host that somebody meant: a pasted address loses its scheme, port and path, and letters beyond ASCII become
 * what browsers send. Undefined for what is no host.
 */
export function domainFrom(text: string): string | undefined {
  const bare = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const [, wildcard = '', rest = ''] = /^(\*\.)?(.*)$/s.exec(bare) ?? []
  let host: string
  try {
    const url = new URL(`http://${rest}`)
    if (url.username || url.password) return undefined
    host = url.hostname
  } catch {
    return undefined
  }
  return isHost(host) ? wildcard + host : undefined
}

function isHost(host: string): boolean {
  return host.length <= 253 && host.split('.').every(label => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label))
}
