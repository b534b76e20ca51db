import type { Plugin } from 'vite'

/** Frames that only agents say or hear. */
const AGENTS = [
  'set_availability',
  'inbox_sync',
  'watch',
  'unwatch',
  'profile',
  'search',
  'contacts',
  'presence',
  'inbox_changes',
  'visitors',
  'live_visitor',
  'visitor_left',
  'visitor_profile',
  'search_page',
  'contacts_page',
]

/** Leaves the numbers of agents' frames out of what visitors load: to them they are ops that they do not know. */
export function visitors(): Plugin {
  return {
    name: 'visitors',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/client/wire.ts')) return null
      let left = code
      for (const name of AGENTS) {
        const without = left.replace(new RegExp(`^ {2}${name}: \\d+,\\n`, 'm'), '')
        if (without === left) this.error(`there is no frame ${name}`)
        left = without
      }
      return { code: left, map: null }
    },
  }
}
