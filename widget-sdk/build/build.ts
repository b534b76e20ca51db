import { build, type InlineConfig } from 'vite'
import { loader, npm, shims, widget } from './outputs.ts'
import { manifest, types } from './types.ts'

/** A file that was built. */
export interface Built {
  /** Its place below dist/. */
  path: string
  content: string
  /** The scripts that come with it, by their places; absent if it is no script. */
  imports?: string[]
}

/** Builds all that a gateway serves, and the npm package. Writes nothing. */
export async function buildAll(): Promise<Built[]> {
  const panel = await run(widget('panel', 'src/ui/panel.tsx'))
  const rules = await run(widget('rules', 'src/rules/rules.ts'))
  const names = { panel: panel[0]?.path ?? '', rules: rules[0]?.path ?? '' }
  const files = [...panel, ...rules]
  for (const config of [loader(names), ...shims(), npm()]) files.push(...(await run(config)))
  return [...files, ...types(), manifest()]
}

/** Its entry comes first. */
async function run(config: InlineConfig): Promise<Built[]> {
  const built = await build({ ...config, build: { ...config.build, write: false } })
  const place = (name: string) => `${config.build?.outDir}/${name}`.replace(/^dist\//, '')
  return (Array.isArray(built) ? built : [built])
    .flatMap(one => ('output' in one ? one.output : []))
    .map(file =>
      file.type === 'chunk'
        ? { path: place(file.fileName), content: file.code, imports: file.imports.map(place) }
        : { path: place(file.fileName), content: String(file.source) },
    )
}
