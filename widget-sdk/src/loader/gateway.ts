/** What is loaded when it is wanted: the window, and what obeys the proactive rules. */
export type Part = 'panel' | 'rules'

/** Where the gateway has the rest. */
export interface Gateway {
  /** The address of a part. */
  part(name: Part): string
  /** The address of whatever the gateway has of it now, in case it was updated since it served the script. */
  latest(name: Part): string
  /** `wss://…/ws` */
  socket: string
  /** The widget's version. */
  version: string
  /** Loads a module. */
  load(address: string): Promise<unknown>
}

/** The gateway that `address` lies on, with the parts at the paths given. */
export function gatewayAt(address: string, version: string, paths: Record<Part, string>): Gateway {
  const at = (path: string) => new URL(path, address).href
  const latest = (name: Part) => at(`widget/${name}.js`)
  return {
    part: name => at(paths[name]),
    latest,
    socket: at('ws').replace(/^http/, 'ws'),
    version,
    load: address => import(/* @vite-ignore */ address),
  }
}
