import { build, type InlineConfig } from 'vite'
import { loader, npm, panel, shims } from './outputs.ts'

/** A script that was built. */
export interface Script {
  /** Its place below dist/. */
  path: string
  code: string
  /** The scripts that come with it, by their places. */
  imports: string[]
}

/** Builds all that a gateway serves, and the npm package: into dist/, or, unless `write`, for looking at only. */
export async function buildAll(write: boolean): Promise<Script[]> {
  const scripts = await run(panel(), write)
  const named = (name: string) =>
    scripts.find(({ path }) => new RegExp(`^widget/${name}-.{8}\\.js$`).test(path))?.path
  const names = { panel: named('panel') ?? '', rules: named('rules') ?? '' }
  for (const config of [loader(names), ...shims(), ...npm()]) scripts.push(...(await run(config, write)))
  return scripts
}

async function run(config: InlineConfig, write: boolean): Promise<Script[]> {
  const built = await build({ ...config, build: { ...config.build, write } })
  const folder = `${config.build?.outDir}/`.replace(/^dist\//, '')
  return (Array.isArray(built) ? built : [built])
    .flatMap(one => ('output' in one ? one.output : []))
    .flatMap(file =>
      file.type === 'chunk'
        ? [
            {
              path: folder + file.fileName,
              code: file.code,
              imports: file.imports.map(name => folder + name),
            },
          ]
        : [],
    )
}
